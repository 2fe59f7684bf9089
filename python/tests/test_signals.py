"""Signals: each rule at its limits, by hand; how an opening lives; what people were told."""

import csv
import io
import random
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from conftest import VERSION_COLUMNS, Company, event

from engagement.project import CHECKOUT

AS_OF = date(2026, 6, 28)  # a Sunday; the window is a week
LONG_AGO = "2026-01-05 09:00:00"
FEATURES = ["report", "setup", "invite", "connect", "publish"]


def rules(**changes: dict[str, Any]) -> str:
    """The project's own signal_rules, all in force, with some cells changed: {entity
    type_signal: {column: x}}."""
    rows = list(csv.DictReader((CHECKOUT / "seeds" / "signal_rules.csv").open()))
    for row in rows:
        row["is_enabled"] = "true"
        row.update(changes.get(f"{row['entity_type']}_{row['signal']}", {}))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


class Inputs:
    """Rows of the inputs, told in the words of the rules."""

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, Any]]] = {
            name: [] for name in ("events", "users", "accounts", "account_facts", "subscriptions")
        }

    def account(self, name: str, *users: str, **columns: Any) -> None:
        row = {"status": "paying", "created_at": LONG_AGO, "plan": "pro", "owner": "kim", **columns}
        self.rows["accounts"].append({"account_id": name, "name": name.title(), **row})
        for user in users or [name]:
            is_champion = user.endswith("*")
            self.rows["users"].append(
                {"user_id": user.rstrip("*"), "account_id": name, "is_champion": is_champion}
            )

    def does(self, user: str, name: str, day: date, times: int = 1) -> None:
        for _ in range(times):
            number = len(self.rows["events"])
            self.rows["events"].append(event(f"e{number}", name, user, f"{day} 09:00:00"))

    def points(self, user: str, before: int, now: int, days: int = 1) -> None:
        """Points in the window before and in that of AS_OF, a report each, on some days of it."""
        for points, last in ((before, AS_OF - timedelta(days=7)), (now, AS_OF)):
            for number in range(points):
                self.does(user, "report", last - timedelta(days=number % days))

    def uses(self, user: str, *features: str, day: date = AS_OF) -> None:
        for name in features:
            self.does(user, name, day)

    def write(self, company: Company) -> None:
        for name, rows in self.rows.items():
            if rows:
                company.write(name, rows)


def configure(company: Company, **changes: dict[str, Any]) -> None:
    """A point a report, over a week; five steps and five features."""
    company.score_reports()
    names = "".join(f"\nv1,{name},0,,false" for name in FEATURES[1:])
    company.configure(
        "event_weights",
        f"version,event_name,weight,daily_cap,counts_as_active\nv1,report,1,,true{names}",
    )
    lines = "".join(f"\n{name},{name},," for name in FEATURES)
    company.configure("key_features", f"feature,event_name,launched_on,plans{lines}")
    steps = "".join(f"\n{name},account,{name},1,,{i}" for i, name in enumerate(FEATURES, 1))
    company.configure(
        "activation_milestones",
        f"milestone,entity_type,event_name,min_count,within_days,position{steps}",
    )
    company.configure("signal_rules", rules(**changes))


@pytest.fixture(scope="module")
def limits(workshop: Any) -> Iterator[Company]:
    """One account per rule that is just within its limits, and one that is just not."""
    company = Company(workshop).reset()
    configure(
        company,
        user_needs_training={"min_days": "5"},
        user_power_user={"min_days": "6"},
        account_advocate={"fact": "satisfaction", "min_fact": "4"},
        account_at_risk={"max_days": "26", "alert_budget": "1"},
        user_champion_gone_quiet={"min_days": "2"},
        account_cooling={"min_score": "3.97"},
    )
    inputs = Inputs()
    for name, before, now in (
        ("risky", 5, 3),
        ("risky_not", 4, 3),
        ("cool", 20, 10),
        ("cool_not", 20, 11),
    ):
        inputs.account(name)
        inputs.points(name, before, now)
    for name, days in (("gone", 28), ("gone_not", 27)):
        inputs.account(name)
        inputs.does(name, "report", AS_OF - timedelta(days=days))
    for name, days in (("renews", 60), ("renews_not", 61)):
        inputs.account(name, renews_on=AS_OF + timedelta(days=days))
        inputs.points(name, 4, 4)
    for name, days in (("stuck", 14), ("stuck_not", 13)):
        inputs.account(name, status="free", created_at=f"{AS_OF - timedelta(days=days)} 08:00:00")
        inputs.uses(name, "setup", "invite", day=AS_OF - timedelta(days=days))
    for name, steps in (("trial", FEATURES[1:4]), ("trial_not", FEATURES[1:3])):
        inputs.account(
            name, status="trial", created_at="2026-06-20 08:00:00", trial_ends_on="2026-07-05"
        )
        inputs.points(name, 0, 5)
        inputs.uses(name, *steps)
    for name, points in (("one", (6, 2, 2)), ("one_not", (5, 3, 2))):
        users = [f"{name}_{letter}" for letter in "abc"]
        inputs.account(name, *users)
        for user, count in zip(users, points, strict=True):
            inputs.points(user, count, count)
        inputs.uses(users[0], *FEATURES[1:4])
    for name, features in (("narrow", FEATURES[:3]), ("narrow_not", FEATURES[:4])):
        users = [f"{name}_{letter}" for letter in "abc"]
        inputs.account(name, *users)
        for user in users:
            inputs.points(user, 3, 3)
        inputs.uses(users[0], *features[1:])
    for name, seats in (("full", 5), ("full_not", 6)):
        users = [f"{name}_{letter}" for letter in "abcd"]
        inputs.account(name, *users, seats=seats)
        for user in users:
            inputs.points(user, 4, 4)
        inputs.uses(users[0], *FEATURES[1:4])
    for name, features in (("cross", FEATURES[1:3]), ("cross_not", FEATURES[1:4])):
        inputs.account(name)
        inputs.points(name, 40, 40)
        inputs.uses(name, *features)
    for name, age, satisfaction in (
        ("fans", 90, 4.0),
        ("fans_young", 89, 4.0),
        ("fans_sad", 90, 3.9),
        ("fans_silent", 90, None),
    ):
        users = [f"{name}_{letter}" for letter in "abcde"]
        inputs.account(name, *users, created_at=f"{AS_OF - timedelta(days=age)} 08:00:00")
        for user in users[:3]:
            inputs.points(user, 25, 25)
        inputs.uses(users[0], *FEATURES[1:])
        if satisfaction:
            for day, value in (("2026-05-01", 1.0), ("2026-06-28", satisfaction)):
                inputs.rows["account_facts"].append(
                    {"account_id": name, "measured_on": day, "name": "satisfaction", "value": value}
                )
    inputs.account("quiet", "quiet_top", "quiet_next")
    inputs.points("quiet_top", 40, 0)
    inputs.does("quiet_top", "report", AS_OF - timedelta(days=2), 12)
    inputs.points("quiet_next", 38, 38)
    inputs.account("marked", "marked_top", "marked_next*", "marked_other")
    inputs.points("marked_top", 50, 50)
    inputs.points("marked_next", 40, 0)
    inputs.does("marked_next", "report", AS_OF - timedelta(days=2), 12)
    inputs.account("loud", "loud_top", status="free")
    inputs.points("loud_top", 40, 0)
    inputs.does("loud_top", "report", AS_OF - timedelta(days=1), 12)
    inputs.points("marked_other", 40, 12)
    inputs.account("rising", "rising_yes", "rising_not", status="free")
    inputs.points("rising_yes", 10, 31)
    inputs.points("rising_not", 10, 30)
    inputs.account("often", "often_power", "often_narrow", "often_rare", status="free")
    inputs.points("often_power", 70, 70, days=6)
    inputs.uses("often_power", *FEATURES[1:])
    inputs.points("often_narrow", 5, 5, days=5)
    inputs.points("often_rare", 70, 70, days=4)
    for name, mrr in (("gone", 300), ("renews", 100)):
        inputs.rows["subscriptions"].append({"account_id": name, "month": "2026-06-01", "mrr": mrr})
    inputs.write(company)
    company.build("--select", "+account_priorities", as_of=AS_OF)
    yield company.kept_as("limits")


def test_each_rule_holds_within_its_limits_and_not_beyond(limits: Company) -> None:
    held = limits.query(
        "select entity_type, entity_id, signal from engagement.signals where is_open order by all"
    )
    alone = {
        "at_risk": "risky",
        "cooling": "cool",
        "gone_inactive": "gone",
        "renewal_at_risk": "renews",
        "onboarding_stuck": "stuck",
        "trial_ready": "trial",
        "depends_on_one_champion": "one",
        "needs_training": "narrow",
        "ready_to_expand": "full",
        "cross_sell": "cross",
        "advocate": "fans",
    }
    # Where users share an account, the account has signals of its own.
    beside = [
        ("marked", "cross_sell"),
        ("marked", "depends_on_one_champion"),
        ("marked", "needs_training"),
        ("quiet", "cross_sell"),
    ]
    users = [
        ("loud_top", "declining"),
        ("marked_next", "champion_gone_quiet"),
        ("marked_next", "declining"),
        ("marked_other", "declining"),
        ("often_narrow", "needs_training"),
        ("often_power", "power_user"),
        ("quiet_top", "champion_gone_quiet"),
        ("quiet_top", "declining"),
        ("rising_yes", "growing"),
    ]
    accounts = [(account, signal) for signal, account in alone.items()] + beside
    assert held == [("account", *row) for row in sorted(accounts)] + [
        ("user", *row) for row in users
    ]


@pytest.mark.parametrize(
    ("entity", "signal", "value", "sentence"),
    [
        (
            "risky",
            "at_risk",
            3,
            "Among the customers most at risk: a score of 4, active today, use down by 40 %. Call",
        ),
        ("gone", "gone_inactive", 28, "Nobody has used the product for 28 days."),
        (
            "renews",
            "renewal_at_risk",
            60,
            "The contract renews in 60 days, and this is one of the renewals most at risk: a score",
        ),
        (
            "stuck",
            "onboarding_stuck",
            14,
            "No step of onboarding has been taken for 14 days; the next one is report. Offer",
        ),
        (
            "trial",
            "trial_ready",
            0.8,
            "On trial (it ends on 2026-07-05), and 80 % of the way to first value. Talk now",
        ),
        (
            "one",
            "depends_on_one_champion",
            0.6,
            "One user, one_a, made 60 % of the points of the last 7 days.",
        ),
        (
            "full",
            "ready_to_expand",
            0.8,
            "80 % of the seats were in use in the last 7 days (4 of 5), and use is not falling.",
        ),
        ("cross", "cross_sell", 2, "Uses the product a lot, and has never tried 2 features of its"),
        (
            "rising_yes",
            "growing",
            20.79,
            "The score of rising_yes rose from 11 to 32 in 7 days. Say thank you",
        ),
    ],
)
def test_a_sentence_says_what_the_rule_saw(
    limits: Company, entity: str, signal: str, value: float, sentence: str
) -> None:
    ((found, said),) = limits.query(
        "select measured_value, sentence from engagement.signals"
        f" where is_open and entity_id = '{entity}' and signal = '{signal}'"
    )
    assert found == pytest.approx(value)
    assert said.startswith(sentence)


def test_a_fact_stands_beside_the_signal_that_names_it(limits: Company) -> None:
    assert limits.query(
        "select entity_id, fact, fact_value from engagement.signals where fact is not null"
    ) == [("fans", "satisfaction", 4.0)]


def test_priorities_are_severity_times_revenue_times_risk(limits: Company) -> None:
    # The mean of what is paid is 200: 8 x (1 + 300 / 200), 8 x (1 + 100 / 200), and 8 x 1, 11 x 1.
    # Of the 22 customers 21, 16, 18 and 4 are less at risk.
    assert limits.query(
        "select priority_rank, account_id, risk_rank, priority, severity_points, open_signals,"
        " top_signal, top_user_id from engagement.account_priorities where priority_rank <= 4"
    ) == [
        (1, "gone", 1, pytest.approx(20 * (1 + 21 / 22)), 8, 1, "gone_inactive", None),
        (2, "renews", 5, pytest.approx(12 * (1 + 16 / 22)), 8, 1, "renewal_at_risk", None),
        (3, "risky", 3, pytest.approx(8 * (1 + 18 / 22)), 8, 1, "at_risk", None),
        (
            *(4, "marked", 18, pytest.approx(11 * (1 + 4 / 22)), 11, 5),
            *("champion_gone_quiet", "marked_next"),
        ),
    ]
    assert limits.value(
        "select top_sentence from engagement.account_priorities where account_id = 'marked'"
    ).startswith("The champion marked_next has not been active for 2 days: the score fell from 41")
    ((signals, risks, opportunities),) = limits.query(
        "select signals, open_risks, open_opportunities from engagement.account_priorities"
        " where account_id = 'marked'"
    )
    assert signals == (
        "champion_gone_quiet|depends_on_one_champion|cross_sell|needs_training|declining"
    )
    assert (risks, opportunities) == (4, 1)


def replayed(held: list[date], dates: list[date], cooldown: int) -> list[tuple[Any, ...]]:
    """Openings (opened_on, last_seen_on, closed_on) of a signal, day by day as a person would."""
    openings: list[list[Any]] = []
    for today in dates:
        if today in held:
            again = openings and (
                openings[-1][2] is None or (today - openings[-1][1]).days <= cooldown
            )
            if again:
                openings[-1][1:] = [today, None]
            else:
                openings.append([today, today, None])
        elif openings and openings[-1][2] is None:
            openings[-1][2] = today
    return [tuple(opening) for opening in openings]


@pytest.mark.parametrize("seed", range(5))
def test_openings_are_those_of_a_replay_day_by_day(limits: Company, seed: int) -> None:
    draw = random.Random(seed)
    first, last = date(2026, 1, 1), date(2026, 6, 28)
    every_day = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    dates = [day for day in every_day if day.weekday() == 6 or (last - day).days < 90]
    held: dict[str, list[date]] = {}
    for entity in range(200):
        likely = draw.choice([0.05, 0.3, 0.7, 0.97])
        held[f"e{entity}"] = [day for day in dates if draw.random() < likely]
    sql = compiled(limits, "int_signal_openings")
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as build; create schema build.engagement_internal")
        connection.execute(
            "create table build.engagement_internal.int_score_dates as"
            " select unnest($1::date[]) as score_date, true as is_built",
            [dates],
        )
        connection.execute(
            "create table build.engagement_internal.int_signal_days"
            " (score_date date, entity_type text, entity_id text, signal text,"
            " is_held_back boolean default false)"
        )
        rows = [(day, "user", entity, "s") for entity, days in held.items() for day in days]
        draw.shuffle(rows)
        connection.executemany(
            "insert into build.engagement_internal.int_signal_days values (?, ?, ?, ?, default)",
            rows,
        )
        found: dict[str, list[tuple[Any, ...]]] = {entity: [] for entity in held}
        for entity, *opening in connection.execute(
            f"select entity_id, opened_on, last_seen_on, closed_on from ({sql}) order by opened_on"
        ).fetchall():
            found[entity].append(tuple(opening))
    assert found == {entity: replayed(days, dates, 14) for entity, days in held.items()}
    assert sum(map(len, found.values())) > 300


def compiled(company: Company, model: str) -> str:
    """The SQL of a model as the last build of a company ran it."""
    target = company.folder.parent.parent / "target" / "compiled"
    (path,) = target.rglob(f"{model}.sql")
    return path.read_text()


def test_what_people_were_told_is_kept(company: Company) -> None:
    off = {"is_enabled": "false"}
    configure(
        company, user_power_user={"min_days": "0"}, user_growing=off, user_champion_gone_quiet=off
    )
    company.configure("scoring_versions", f"{VERSION_COLUMNS}\nv1,1970-01-01,1,0.5,0,,1,,frozen")
    start = date(2026, 6, 1)
    inputs = Inputs()
    inputs.account("acme", "ann", "bob")

    def busy(user: str, *days: int) -> None:
        for day in days:
            inputs.does(user, "report", start + timedelta(days=day), 80)
        inputs.write(company)

    def told(day: int) -> list[tuple[Any, ...]]:
        """What a run at the end of a day adds."""
        company.build(only="signal_history", as_of=start + timedelta(days=day))
        return company.query(
            "select entity_id, signal, change, (opened_on - date '2026-06-01')::int"
            " from engagement.signal_history where entity_type = 'user' and recorded_at ="
            " (select started_at from engagement_internal.int_run) order by all"
        )

    busy("ann", 0, 1, 4, 30)
    busy("bob", 1)
    assert told(1) == [("ann", "power_user", "opened", 0), ("bob", "power_user", "opened", 1)]
    assert told(1) == []
    assert told(2) == [
        ("ann", "declining", "opened", 2),
        ("ann", "power_user", "closed", 0),
        ("bob", "declining", "opened", 2),
        ("bob", "power_user", "closed", 1),
    ]
    # Within the cool-down it is the same opening again.
    assert told(4) == [
        ("ann", "declining", "closed", 2),
        ("ann", "power_user", "reopened", 0),
        ("bob", "declining", "closed", 2),
    ]
    # Nobody has looked for four weeks: what was told open has closed, and opened anew.
    assert told(30) == [("ann", "power_user", "opened", 30)]
    assert told(31) == [("ann", "declining", "opened", 31), ("ann", "power_user", "closed", 30)]
    # What comes late says that the day was no worse than the one before.
    busy("ann", 31)
    assert told(31) == [
        ("ann", "declining", "withdrawn", 31),
        ("ann", "power_user", "reopened", 30),
    ]
    kept = company.query("select * from engagement.signal_history order by all")
    company.build("--full-refresh", "--select", "+signal_history", as_of=start + timedelta(days=31))
    assert company.query("select * from engagement.signal_history order by all") == kept


def test_the_pages_of_the_signals_show_the_rules_as_they_are() -> None:
    rules = CHECKOUT / "models" / "intermediate" / "signals" / "rules"
    models = {file.read_text() for file in rules.glob("*.sql")}
    shown = {
        block.split("```")[0]
        for page in (CHECKOUT / "docs" / "signals").glob("*.md")
        for block in page.read_text().split("```sql\n")[1:]
        if block.startswith("-- One row")
    }
    assert shown == models
