"""What happened after each signal, beside a simple rule: `python bench/signals.py`.

Made-up companies that were not used while rules and limits were chosen (`companies.py`). Writes
bench/results/signals.md, and into each page of docs/signals its rule and its figures; with
`--rules`, only the rules. Only Sundays are looked at: of most of the history they are all there is.
The unit is an entity on a Sunday on which the signal holds: an alert. The simple rule names as many
on each Sunday, so that neither has the easier task.
"""

import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from companies import SIZE, company, write_results
from rankings import interval

from engagement.project import CHECKOUT

FOLDER = Path(__file__).resolve().parent
RESULTS, PAGES = FOLDER / "results", CHECKOUT / "docs" / "signals"
RULES = CHECKOUT / "models" / "intermediate" / "signals" / "rules"
COMPANIES = [("saas", 601), ("weekly", 603), ("agency", 606)]
#: Seats and renewals are known of one day: companies of their own.
COMPANIES_ON_A_DAY = [("saas", 611), ("saas", 612), ("weekly", 613)]
DRAWS = 1000
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
LEFT_USED = Outcome("used_customers", LEFT.happened, "customers in use: left within 90 days")
LEFT_LATER = Outcome(
    "staying_customers", "churned_in <= 120", "customers: left 30 to 120 days later"
)
STOPPED = "not scores_later", "no points eight weeks later"
GOOD_STOPPED = Outcome("good_users", STOPPED[0], f"users who scored 15: {STOPPED[1]}")
CONVERTED = Outcome("trials", "converts", "trials: paid when it ended")
#: (entity type, signal) -> what may come after it; the others make no prediction.
NEXT: Outcomes = {
    ("account", "at_risk"): [LEFT_USED],
    ("account", "gone_inactive"): [LEFT],
    ("account", "cooling"): [LEFT, LEFT_LATER],
    ("account", "depends_on_one_champion"): [LEFT, LEFT_LATER],
    ("account", "onboarding_stuck"): [
        Outcome("new_accounts", "churned_in <= 90", "accounts of 14 to 60 days: left within 90")
    ],
    ("account", "trial_ready"): [CONVERTED],
    ("user", "champion_gone_quiet"): [
        Outcome(
            "good_users", "account_left_in <= 90", "users who scored 15: account left in 90 days"
        ),
        GOOD_STOPPED,
    ],
    ("user", "declining"): [GOOD_STOPPED],
}
#: The same, of rules that look at what only the accounts of the day say: seats and renewals.
NEXT_ON_A_DAY: Outcomes = {
    ("account", "ready_to_expand"): [
        Outcome("growing_customers", "mrr_after > mrr", "customers: paid more 90 days later")
    ],
    ("account", "renewal_at_risk"): [
        Outcome("renewing_customers", "churned_in <= 90", "renewals within 60 days: left within 90")
    ],
}
#: What the simple rule goes by: `thumb` in OBSERVED, larger first.
RULES_OF_THUMB = {
    "trials": "most active days",
    "growing_customers": "most active days",
    "new_accounts": "longest without activity",
    "renewing_customers": "longest without activity",
    "good_users": "longest without activity",
}

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
    coalesce(day - activity.active_on, 9999) as thumb,
    coalesce(windows.active_days, 0) as active_days,
    coalesce(next_periods.status = 'paying', false) as converts
from sundays
inner join engagement_internal.int_account_periods as periods
    on day >= periods.valid_from and day < periods.valid_until
inner join engagement_internal.int_accounts as accounts using (account_id)
left join leavers on accounts.account_id = leavers.account_id
left join activity using (day, account_id)
left join engagement_internal.int_entity_scores as windows
    on
        windows.entity_type = 'account'
        and accounts.account_id = windows.entity_id
        and day = windows.score_date
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
where accounts.signup_on <= day and coalesce(periods.status, 'paying') <> 'churned';

create temp table customers as from present where status = 'paying';
create temp table growing_customers as select * replace (active_days as thumb) from customers;
create temp table renewing_customers as from customers where renews_in between 0 and 60;
create temp table used_customers as from customers where thumb <= 27;
create temp table staying_customers as from customers where churned_in > 30;
create temp table new_accounts as from present where age between 14 and 60;

-- One row per trial, on the Sunday of the last one: what was true on any of its Sundays counts.
create temp table trials as
select max(day) as day, entity_id, bool_or(converts) as converts, max(active_days) as thumb
from present where status = 'trial'
group by entity_id;

create temp table user_activity as
select day, entity_id, max(event_date) as active_on
from sundays inner join engagement_internal.int_active_days on event_date <= day
where entity_type = 'user'
group by day, entity_id;

create temp table users as
with scores as (from engagement_internal.int_entity_scores where entity_type = 'user')
select
    sundays.day,
    scores.entity_id,
    scores.score,
    scores.previous_score,
    coalesce(later.score, 0) > 0 as scores_later,
    coalesce(leavers.left_on - sundays.day, 9999) as account_left_in,
    coalesce(sundays.day - user_activity.active_on, 9999) as thumb
from sundays
inner join scores on sundays.day = scores.score_date
left join scores as later
    on scores.entity_id = later.entity_id and sundays.day + 56 = later.score_date
left join user_activity
    on sundays.day = user_activity.day and scores.entity_id = user_activity.entity_id
left join engagement_internal.int_users on scores.entity_id = user_id
left join leavers on int_users.account_id = leavers.account_id;

create temp table good_users as from users where previous_score >= 15;

create temp table holds as
select score_date as day, entity_type, entity_id, signal
from engagement_internal.int_signal_days inner join sundays on score_date = day
where not is_held_back;

-- Of a trial, what held on any of its Sundays counts, once.
create temp table trial_holds as
select distinct trials.day, entity_type, entity_id, signal
from holds inner join trials using (entity_id)
where signal = 'trial_ready';
delete from holds where signal = 'trial_ready';
insert into holds from trial_holds;
"""

#: Everybody of a population: whether it happened, whether the signal held, and whether the simple
#: rule would have named it, as many on each day; of equals a hash decides.
ALERTS = """
with population as (
    select
        entity_id,
        day,
        coalesce({happened}, false) as happened,
        thumb,
        exists (
            select 1 from holds
            where
                holds.entity_type = $1 and holds.signal = $2
                and holds.entity_id = population.entity_id and holds.day = population.day
        ) as is_named
    from {population} as population
),
placed as (
    select
        *,
        row_number() over (
            partition by {together} order by thumb desc, hash(entity_id, day)
        ) as place,
        count(*) filter (where is_named) over (partition by {together}) as alerts
    from population
)
select entity_id, happened, is_named, place <= alerts as is_named_by_rule
from placed
"""


@dataclass(frozen=True)
class Figures:
    """What came after the alerts of a signal in one company, and after as many of a simple rule.

    precision: how often it happened after them; base_rate: how often anyway; recall: of those to
    whom it happened, the share that was named. difference: the precision of the signal less that of
    the rule, with an interval (entities drawn).
    """

    company: str
    entity_type: str
    signal: str
    words: str
    rule: str
    alerts: int
    base_rate: float
    precision: float | None
    recall: float | None
    rule_precision: float | None
    difference: float | None
    lower: float | None
    upper: float | None


FOLLOWED = "day between (select min(day) + 56 from dates) and (select max(day) - 120 from dates)"


def figures_of(
    name: str, data: Path, database: Path, days: str, outcomes: Outcomes
) -> list[Figures]:
    """The figures of one company: of the Sundays of a condition, and of what may come after."""
    found = []
    with duckdb.connect(str(database), read_only=True) as connection:
        connection.execute(OBSERVED.format(data=data, days=days))
        for (entity_type, signal), followed in outcomes.items():
            for outcome in followed:
                query = ALERTS.format(
                    happened=outcome.happened,
                    population=outcome.population,
                    together="1" if outcome.population == "trials" else "day",
                )
                rows = connection.execute(query, [entity_type, signal]).df()
                rule = RULES_OF_THUMB.get(outcome.population, "longest without activity")
                measures = _compared(rows)
                found.append(Figures(name, entity_type, signal, outcome.words, rule, **measures))
    return found


def _compared(rows: pd.DataFrame) -> dict[str, float | None]:
    """The measures of Figures."""
    named, by_rule = rows["is_named"].to_numpy(), rows["is_named_by_rule"].to_numpy()
    happened = rows["happened"].to_numpy()
    nothing: dict[str, float | None] = dict.fromkeys(
        ("precision", "recall", "rule_precision", "difference", "lower", "upper")
    )
    shared = {"alerts": int(named.sum()), "base_rate": float(happened.mean())}
    if not named.any():
        return {**shared, **nothing}
    entity = pd.factorize(rows["entity_id"])[0]
    size = int(entity.max()) + 1
    sums = np.array(
        [
            np.bincount(entity, weights=part, minlength=size)
            for part in (named & happened, named, by_rule & happened, by_rule)
        ]
    )
    times = np.random.default_rng(0).multinomial(size, np.full(size, 1 / size), DRAWS)
    hits, alerts, rule_hits, rule_alerts = sums @ times.T
    with np.errstate(invalid="ignore", divide="ignore"):
        drawn = hits / alerts - rule_hits / rule_alerts
    lower, upper = interval(drawn)
    precision, rule_precision = happened[named].mean(), happened[by_rule].mean()
    return {
        **shared,
        "precision": float(precision),
        "recall": float(named[happened].mean()) if happened.any() else None,
        "rule_precision": float(rule_precision),
        "difference": float(precision - rule_precision),
        "lower": lower,
        "upper": upper,
    }


def table(found: list[Figures]) -> list[str]:
    """Figures as a Markdown table: one row a signal, outcome and company."""
    lines = [
        "| signal | whom, and what happened | company | alerts | right | of all | recall"
        " | simple rule, as many alerts | right | difference |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in found:
        difference = ""
        if row.difference is not None and row.lower is not None and row.upper is not None:
            difference = (
                f"{100 * row.difference:+.1f} ({100 * row.lower:+.1f} to {100 * row.upper:+.1f})"
            )
        lines.append(
            f"| {row.signal} | {row.words} | {row.company} | {row.alerts:,} |"
            f" {_share(row.precision)} | {_share(row.base_rate)} | {_share(row.recall)} |"
            f" {row.rule} | {_share(row.rule_precision)} | {difference} |"
        )
    return lines


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


ON_A_DAY = f"""The made-up companies know the seats and the next renewal of an account as of one
day, {DAY}: an alert is an account on it."""
NO_CLAIM = "It names what is so, and predicts nothing: there is nothing to hold against what came."
LEGEND = f"""Made-up companies of {SIZE["accounts"]:,} accounts, {SIZE["users"]:,} users and
{SIZE["days"]} days that were used for nothing else. An *alert* is an account or user on a Sunday on
which the signal holds. *Right*: after how many of them it happened. *Of all*: how often it does
anyway, among all of the same kind on all Sundays. *Recall*: of those to whom it happened, the share
that was named. The simple rule names as many on each Sunday. *Difference*: percentage points, with
a 95 % interval that draws accounts or users. Made by `python bench/signals.py`."""


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
            entity_type = "user" if "· user ·" in text else "account"
            rows = [
                row for row in found if (row.entity_type, row.signal) == (entity_type, page.stem)
            ]
            is_of_a_day = any(signal == page.stem for _, signal in NEXT_ON_A_DAY)
            told = [LEGEND, *([ON_A_DAY] if is_of_a_day else []), "", *table(rows)]
            if not rows:
                told = [NO_CLAIM]
            text = _between(text, "figures", "\n".join(told))
        page.write_text(text)


def _between(text: str, mark: str, content: str) -> str:
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    return re.sub(f"{begin}.*{end}", lambda _: f"{begin}\n{content}\n{end}", text, flags=re.S)


def main() -> None:
    """Measures the companies one after the other, and writes results and pages."""
    if "--rules" in sys.argv:
        write_pages(None)
        return
    found = []
    for kind, seed in COMPANIES:
        found += figures_of(kind, *company(kind, seed), FOLLOWED, NEXT)
    for kind, seed in COMPANIES_ON_A_DAY:
        then = company(kind, seed, DAY)
        found += figures_of(kind, *then, f"day = date '{DAY}'", NEXT_ON_A_DAY)
    order = [*NEXT, *NEXT_ON_A_DAY]
    found.sort(key=lambda row: order.index((row.entity_type, row.signal)))
    write_results(after_each_signal=[asdict(row) for row in found])
    lines = ["# What happened after each signal", "", LEGEND, "", *table(found), ""]
    (RESULTS / "signals.md").write_text("\n".join(lines))
    write_pages(found)


if __name__ == "__main__":
    main()
