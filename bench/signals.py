"""What happened after each signal: `python bench/signals.py`.

Made-up companies whose seeds were never used while rules and limits were chosen. Writes
bench/results/signals.md, and into each page of docs/signals its rule and its figures; with
`--rules`, only the rules. Only Sundays are looked at: of most of the history they are all there is.
"""

import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb

from engagement.project import CHECKOUT
from engagement.publication import working_file

FOLDER = Path(__file__).resolve().parent
WORK = FOLDER / ".work" / "signals"
RESULTS, PAGES = FOLDER / "results", CHECKOUT / "docs" / "signals"
RULES = CHECKOUT / "models" / "intermediate" / "signals" / "rules"
ENGAGEMENT = Path(sys.executable).with_name("engagement")
SIZE = {"accounts": 3000, "users": 18_000, "days": 720}
SEEDS = range(3001, 3004)
DAY = "2026-03-01"  # a Sunday, of which seats and renewals are known


@dataclass(frozen=True)
class Outcome:
    """Something that may come after a signal.

    Attributes:
        population: Whom the signal is compared with, a table of OBSERVED with a row per entity
            and Sunday (per trial).
        happened: A condition on its rows.
        words: The same for readers: whom, and what happened.
    """

    population: str
    happened: str
    words: str


Outcomes = dict[tuple[str, str], list[Outcome]]
LEFT = Outcome("customers", "churned_in <= 90", "customers: left within 90 days")
LEFT_LATER = Outcome(
    "staying_customers", "churned_in <= 120", "customers: left 30 to 120 days later"
)
STOPPED = "not scores_later", "no points eight weeks later"
GOOD_STOPPED = Outcome("good_users", STOPPED[0], f"users who scored 15: {STOPPED[1]}")
USERS_STOPPED = Outcome("scoring_users", STOPPED[0], f"users with points: {STOPPED[1]}")
CONVERTED = Outcome("trials", "converts", "trials: paid when it ended")
#: (entity type, signal) -> what may come after it; the rules of thumb stand beside.
NEXT: Outcomes = {
    ("account", "at_risk"): [LEFT, LEFT_LATER],
    ("account", "no login for 14 days"): [LEFT, LEFT_LATER],
    ("account", "gone_inactive"): [LEFT, LEFT_LATER],
    ("account", "cooling"): [LEFT, LEFT_LATER],
    ("account", "depends_on_one_champion"): [LEFT, LEFT_LATER],
    ("account", "needs_training"): [LEFT, LEFT_LATER],
    ("account", "onboarding_stuck"): [
        Outcome("new_accounts", "churned_in <= 90", "accounts of 14 to 60 days: left within 90")
    ],
    ("account", "trial_ready"): [CONVERTED],
    ("account", "any login in the trial"): [CONVERTED],
    ("account", "cross_sell"): [
        Outcome("customers", "took_up_in <= 90", "customers: used one more feature within 90 days")
    ],
    ("account", "advocate"): [
        Outcome("customers", "churned_in > 90", "customers: still there 90 days later")
    ],
    ("user", "champion_gone_quiet"): [
        Outcome(
            "good_users", "account_left_in <= 90", "users who scored 15: account left in 90 days"
        ),
        GOOD_STOPPED,
    ],
    ("user", "declining"): [GOOD_STOPPED],
    ("user", "needs_training"): [USERS_STOPPED],
    ("user", "growing"): [USERS_STOPPED],
    ("user", "power_user"): [USERS_STOPPED],
}
#: The same, of rules that look at what only the accounts of the day say: seats and renewals.
NEXT_ON_A_DAY: Outcomes = {
    ("account", "ready_to_expand"): [
        Outcome("customers", "mrr_after > mrr", "customers: paid more 90 days later")
    ],
    ("account", "renewal_at_risk"): [
        Outcome("renewing_customers", "churned_in <= 90", "renewals within 60 days: left within 90")
    ],
}
PAGE_OF = {"no login for 14 days": "at_risk", "any login in the trial": "trial_ready"}

OBSERVED = """
create temp table sundays as
with dates as (
    select score_date as day, is_sunday from engagement_internal.int_score_dates where is_built
)
select day from dates
where is_sunday and {days};

create temp table leavers as
select account_id, min(cast(valid_from as date)) as left_on
from read_parquet('{data}/account_history.parquet')
where status = 'churned'
group by account_id;

create temp table revenue as
select account_id, month, mrr from read_parquet('{data}/subscriptions.parquet');

-- The last day before each Sunday on which somebody of the account was active.
create temp table activity as
select day, entity_id as account_id, max(event_date) as active_on
from sundays inner join engagement_internal.int_active_days on event_date <= day
where entity_type = 'account'
group by day, entity_id;

create temp table present as
select
    day,
    accounts.account_id as entity_id,
    coalesce(periods.status, 'paying') as status,
    day - accounts.signup_on as age,
    coalesce(leavers.left_on - day, 9999) as churned_in,
    accounts.renews_on - day as renews_in,
    coalesce(revenue.mrr, 0) as mrr,
    coalesce(revenue_after.mrr, 0) as mrr_after,
    coalesce(day - activity.active_on, 9999) as silent_days,
    coalesce(uses.first_used_on - day, 9999) as took_up_in,
    coalesce(next_periods.status = 'paying', false) as converts
from sundays
inner join engagement_internal.int_account_periods as periods
    on day >= periods.valid_from and day < periods.valid_until
inner join engagement_internal.int_accounts as accounts using (account_id)
left join leavers on accounts.account_id = leavers.account_id
left join activity using (day, account_id)
left join revenue
    on accounts.account_id = revenue.account_id and date_trunc('month', day) = revenue.month
left join revenue as revenue_after
    on
        accounts.account_id = revenue_after.account_id
        and date_trunc('month', day + 90) = revenue_after.month
left join engagement_internal.int_account_periods as next_periods
    on
        accounts.account_id = next_periods.account_id
        and periods.valid_until = next_periods.valid_from
asof left join (
    select entity_id, first_used_on from engagement_internal.int_first_uses
    where entity_type = 'account'
) as uses
    on accounts.account_id = uses.entity_id and day < uses.first_used_on
where accounts.signup_on <= day and coalesce(periods.status, 'paying') <> 'churned';

create temp table customers as from present where status = 'paying';
create temp table renewing_customers as from customers where renews_in between 0 and 60;
create temp table staying_customers as from customers where churned_in > 30;
create temp table new_accounts as from present where age between 14 and 60;

-- One row per trial, on the Sunday of the last one: what was true on any of its Sundays counts.
create temp table trials as
select max(day) as day, entity_id, bool_or(converts) as converts
from present where status = 'trial'
group by entity_id;

create temp table users as
with scores as (from engagement_internal.int_entity_scores where entity_type = 'user')
select
    day,
    scores.entity_id,
    scores.score,
    scores.previous_score,
    coalesce(later.score, 0) > 0 as scores_later,
    coalesce(leavers.left_on - day, 9999) as account_left_in
from sundays
inner join scores on day = scores.score_date
left join scores as later on scores.entity_id = later.entity_id and day + 56 = later.score_date
left join engagement_internal.int_users on scores.entity_id = user_id
left join leavers on int_users.account_id = leavers.account_id;

create temp table good_users as from users where previous_score >= 15;
create temp table scoring_users as from users where score > 0;

create temp table holds as
select score_date as day, entity_type, entity_id, signal
from engagement_internal.int_signal_days inner join sundays on score_date = day
union all
select day, 'account', entity_id, 'no login for 14 days' from customers where silent_days >= 14
union all
select day, 'account', entity_id, 'any login in the trial' from present
where status = 'trial' and silent_days < 7;

-- Of a trial, what held on any of its Sundays counts, once.
create temp table trial_holds as
select distinct trials.day, entity_type, entity_id, signal
from holds inner join trials using (entity_id)
where signal in ('trial_ready', 'any login in the trial');
delete from holds where signal in ('trial_ready', 'any login in the trial');
insert into holds from trial_holds;

-- The Sunday on which a signal opens: it held on neither of the two before.
create temp table openings as
select * from (
    select
        *, lag(day) over (partition by entity_type, entity_id, signal order by day) as held_before
    from holds
)
where held_before is null or day - held_before > 14;
"""

#: Of openings and of all rows, how many there are and how often it happened; of what happened, how
#: often the signal held.
MEASURED = """
with population as (select *, {happened} as happened from {population}),
held as (select entity_id, day from holds where entity_type = $1 and signal = $2),
opened as (select entity_id, day from openings where entity_type = $1 and signal = $2)
select
    (select count(*) from population semi join opened using (entity_id, day)),
    (select avg(happened::int) from population semi join opened using (entity_id, day)),
    (select avg(happened::int) from population),
    (
        select avg((held.day is not null)::int)
        from population left join held using (entity_id, day)
        where happened
    )
"""
#: Of the accounts that left, the share to which the signal spoke 30 to 120 days before.
AHEAD = """
select avg(exists (
    select 1 from holds
    where
        entity_type = 'account' and signal = $1 and entity_id = account_id
        and left_on - day between 30 and 120
)::int)
from leavers
where
    left_on - 120 >= (select min(day) from sundays)
    and left_on - 30 <= (select max(day) from sundays)
    and account_id in (select entity_id from customers)
"""


@dataclass(frozen=True)
class Figures:
    """What came after the openings of a signal in one company."""

    seed: int
    entity_type: str
    signal: str
    words: str
    openings: int
    precision: float | None
    base_rate: float
    recall: float | None
    ahead: float | None


FOLLOWED = "day between (select min(day) + 56 from dates) and (select max(day) - 120 from dates)"
MEASURES = ("openings", "precision", "base_rate", "recall")


def figures_of(
    seed: int, data: Path, database: Path, days: str, outcomes: Outcomes
) -> list[Figures]:
    """The figures of one company: of the Sundays of a condition, and of what may come after."""
    found = []
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(OBSERVED.format(data=data, days=days))
        for (entity_type, signal), followed in outcomes.items():
            for outcome in followed:
                row = connection.execute(
                    MEASURED.format(happened=outcome.happened, population=outcome.population),
                    [entity_type, signal],
                ).fetchone()
                assert row is not None
                ahead = None
                if outcome is LEFT_LATER:
                    ((ahead,),) = connection.execute(AHEAD, [signal]).fetchall()
                measures = dict(zip(MEASURES, row, strict=True))
                found.append(
                    Figures(seed, entity_type, signal, outcome.words, ahead=ahead, **measures)
                )
    return found


def table(found: list[Figures]) -> list[str]:
    """Figures as a Markdown table: one row a signal, outcome and company."""
    lines = [
        "| signal | whom, and what happened | company | opened | happened | of all | times as often"
        " | recall | told 30 days ahead |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in found:
        times = None if row.precision is None else row.precision / row.base_rate
        lines.append(
            f"| {row.signal} | {row.words} | {row.seed} | {row.openings:,} |"
            f" {_share(row.precision)} | {_share(row.base_rate)} |"
            f" {'' if times is None else f'{times:.1f}'} | {_share(row.recall)} |"
            f" {_share(row.ahead)} |"
        )
    return lines


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


ON_A_DAY = f"""The made-up companies know the seats and the next renewal of an account as of one
day, {DAY}. *Opened* is how many have the signal on it."""
LEGEND = f"""Made-up companies of {SIZE["accounts"]:,} accounts, {SIZE["users"]:,} users and
{SIZE["days"]} days, with seeds used for nothing else. *Opened*: openings on Sundays that could be
followed up. *Happened*: after how many of them it did. *Of all*: how often it does anyway, among
all of the same kind on all Sundays. *Recall*: of those to whom it happened, the share with the
signal on a Sunday before. *Told 30 days ahead*: of the accounts that left, the share with the
signal 30 to 120 days before. Made by `python bench/signals.py`."""


def write_pages(found: list[Figures] | None) -> None:
    """Puts the SQL of its rule and, if given, its figures between the marks of each page."""
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text()
        if page.stem == "README":
            continue
        rules = [RULES / f"int_{name}{page.stem}.sql" for name in ("", "account_", "user_")]
        sql = [f"```sql\n{path.read_text().strip()}\n```" for path in rules if path.exists()]
        text = _between(text, "rule", "\n\n".join(sql))
        if found is not None:
            rows = [row for row in found if PAGE_OF.get(row.signal, row.signal) == page.stem]
            is_of_a_day = any(signal == page.stem for _, signal in NEXT_ON_A_DAY)
            told = [LEGEND, *([ON_A_DAY] if is_of_a_day else []), "", *table(rows)]
            text = _between(text, "figures", "\n".join(told))
        page.write_text(text)


def _between(text: str, mark: str, content: str) -> str:
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{content}\n{end}", text, flags=re.S)


def _run(*command: object) -> None:
    subprocess.run([str(ENGAGEMENT), *map(str, command)], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Makes the companies one after the other, in the same place, and writes the pages."""
    if "--rules" in sys.argv:
        write_pages(None)
        return
    WORK.mkdir(parents=True, exist_ok=True)
    found = []
    for seed in SEEDS:
        found += figures_of(seed, *_company(seed), FOLLOWED, NEXT)
        then = _company(seed, "--accounts-as-of", DAY)
        found += figures_of(seed, *then, f"day = date '{DAY}'", NEXT_ON_A_DAY)
    order = [*NEXT, *NEXT_ON_A_DAY]
    found.sort(key=lambda row: order.index((row.entity_type, row.signal)))
    content = [asdict(row) for row in found]
    (RESULTS / "signals.json").write_text(json.dumps(content, indent=1) + "\n")
    lines = ["# What happened after each signal", "", LEGEND, "", *table(found), ""]
    (RESULTS / "signals.md").write_text("\n".join(lines))
    write_pages(found)


def _company(seed: int, *flags: str) -> tuple[Path, Path]:
    """Simulates and scores one, in the place of the one before: its folder and its database."""
    data, database = WORK / "company", WORK / "company.duckdb"
    size = [part for key, value in SIZE.items() for part in (f"--{key}", value)]
    _run("simulate", "--out", data, "--seed", seed, *size, *flags)
    working_file(database).unlink(missing_ok=True)
    _run(
        *("build", "--data", data, "--database", database),
        *(("--as-of", DAY) if flags else ()),
        *("--select", "+signals", "--exclude", "resource_type:test"),
    )
    return data, working_file(database)


if __name__ == "__main__":
    main()
