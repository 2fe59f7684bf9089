"""What was known then: the records of signals and risk, and what is told from them."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Company
from test_signals import AS_OF, Inputs, configure
from typer.testing import CliRunner, Result

from engagement.cli import app
from engagement.errors import UsageError

DAY = timedelta(days=1)
RECORDS = ("published_signals", "published_risk")
PROFILES = ("user_profiles", "account_profiles")
READ = (*RECORDS, "published_scores", "user_scores", "account_scores", "product_scores", *PROFILES)
OFF = {
    name: {"is_enabled": "false"}
    for name in (
        *("account_at_risk", "account_renewal_at_risk", "account_depends_on_one_champion"),
        *("user_declining", "user_champion_gone_quiet", "user_growing"),
    )
}


def two_accounts() -> Inputs:
    """Acme has lost half of its points on AS_OF, 20 to 10; Beta has 5 in each week."""
    inputs = Inputs()
    inputs.account("acme", "ann")
    inputs.account("beta", "bob")
    inputs.points("ann", 20, 10)
    inputs.points("bob", 5, 5)
    return inputs


def night(company: Company, inputs: Inputs, as_of: date = AS_OF, *arguments: str) -> None:
    inputs.write(company)
    company.build(*arguments, only=" ".join(READ), as_of=as_of)


def rows(company: Company, table: str) -> list[tuple[Any, ...]]:
    return company.query(f"from engagement.{table} order by all")


def test_what_was_published_first_stays_when_late_data_change_the_past(company: Company) -> None:
    """A later run of the same date adds the signals that are new to it, and ranks nobody again."""
    configure(company, **OFF)
    inputs = two_accounts()
    night(company, inputs)
    signals, risk = (rows(company, table) for table in RECORDS)
    told = "Use was 50 % lower in the last 7 days than in the 7 before; the score went from 21 to"
    assert [(row[:8], row[10][:90]) for row in signals] == [
        (
            (AS_OF, "account", "acme", "cooling", AS_OF, "risk", "medium", "acme"),
            f"{told} 11. "[:90],
        )
    ]
    assert [row[:5] for row in risk] == [
        (AS_OF, "acme", "v1", 2, 2),
        (AS_OF, "beta", "v1", 1, 2),
    ]

    inputs.does("ann", "report", AS_OF, 10)  # comes late: Acme has not cooled, but Beta has
    inputs.does("bob", "report", AS_OF - 7 * DAY, 5)
    inputs.account("late")
    night(company, inputs)
    assert company.query(
        "select entity_id from engagement.signals where signal = 'cooling' and is_open"
    ) == [("beta",)]
    kept = rows(company, "published_signals")
    assert kept[0] == signals[0]
    assert [row[2:5] for row in kept[1:]] == [("beta", "cooling", AS_OF)]
    assert kept[1][-1] > kept[0][-1]
    assert rows(company, "published_risk") == risk
    assert len(company.query("from engagement.account_risk")) > len(risk)

    later = AS_OF + DAY
    night(company, inputs, later)
    published = [rows(company, table) for table in RECORDS]
    assert [row for row in published[0] if row[0] == AS_OF] == kept
    assert {row[0] for row in published[0]} == {AS_OF, later}
    assert [row for row in published[1] if row[0] == AS_OF] == risk
    assert [row[1:5] for row in published[1] if row[0] == later] == [
        ("acme", "v1", 3, 3),
        ("beta", "v1", 2, 3),
        ("late", "v1", 1, 3),
    ]
    night(company, inputs, later, "--full-refresh")
    assert [rows(company, table) for table in RECORDS] == published


@pytest.fixture(scope="module")
def two_nights(workshop: Path) -> Company:
    """Published as of AS_OF, and six weeks later, when late data had changed AS_OF."""
    company = Company(workshop).reset()
    configure(company, **OFF)
    inputs = two_accounts()
    night(company, inputs)
    inputs.does("ann", "report", AS_OF, 10)
    inputs.does("bob", "report", AS_OF - 7 * DAY, 5)
    inputs.does("bob", "report", AS_OF + 42 * DAY)
    night(company, inputs, AS_OF + 42 * DAY)
    return company.publish().kept_as("two_nights")


def explained(company: Company, *arguments: str) -> Result:
    """What engagement explain account ID --as-published says."""
    options = ["--as-published", "--database", str(company.database)]
    return CliRunner().invoke(app, ["explain", "account", *arguments, *options])


def lines(result: Result) -> list[str]:
    """The lines without spaces at their ends; times as they are for all tests."""
    told = [line.rstrip() for line in result.stdout.splitlines()]
    return [line[: line.index(" by the run")] if " by the run" in line else line for line in told]


def test_what_readers_saw_stands_beside_what_is_known_now(two_nights: Company) -> None:
    """Acme had cooled, as was known then; ten reports that came late say that it had not."""
    assert lines(explained(two_nights, "Acme", "--date", str(AS_OF + 3 * DAY))) == [
        "account acme, as first published for 2026-06-28",
        "No run was published as of 2026-07-01: this is what readers saw then.",
        "",
        "         as published           known now",
        "score    10.9, fair             20.8, good",
        "risk     2 of 2                 2 of 2",
        "cooling  open since 2026-06-28  not open",
        "",
        "risk: a score of 11, active today, use down by 50 %",
        "",
        "cooling: Use was 50 % lower in the last 7 days than in the 7 before; the score went from"
        " 21 to 11. Look at who has stopped before it becomes a habit.",
        "",
        "Since then: late or corrected data have changed its points from 10.0 to 20.0; cooling did"
        " not hold, as is known now.",
    ]
    assert lines(explained(two_nights, "beta", "--date", str(AS_OF)))[2:] == [
        "         as published  known now",
        "score    6.0, fair     6.0, fair",
        "risk     1 of 2        1 of 2",
        "cooling  not open      open",
        "",
        "risk: a score of 6, active today",
        "",
        "Since then: cooling was not open, and an opening from 2026-06-28 to 2026-07-04 is known"
        " now.",
    ]


def test_of_a_day_that_is_no_later_known_otherwise_nothing_has_changed(two_nights: Company) -> None:
    shown = explained(two_nights, "acme", "--json")
    told = json.loads(shown.stdout)
    assert (told["score_date"], told["published"]["risk_rank"]) == (str(AS_OF + 42 * DAY), 1)
    assert told["published"] == told["known"]
    assert told["sentence"] == "Nothing has changed: of 2026-08-09 the same is known now."


def test_before_the_first_publication_nobody_saw_anything(two_nights: Company) -> None:
    for arguments, sentence in (
        (
            ("acme", "--date", str(AS_OF - DAY)),
            "Nothing was published as of 2026-06-27 or a day before it: the first is 2026-06-28."
            " What a run says of earlier days, no reader saw then.",
        ),
        (("nobody", "--date", str(AS_OF)), "There is no account nobody: look for the id in"),
        (
            ("acme", "--target", "next"),
            "--as-published tells of the past: leave out --target BAND.",
        ),
    ):
        refused = explained(two_nights, *arguments)
        assert isinstance(refused.exception, UsageError)
        assert str(refused.exception).startswith(sentence)


def pays(inputs: Inputs, account: str, *months: int, ended_as_agreed: bool = False) -> None:
    """A subscription in some months of 2026, of which the last may end as agreed."""
    for month in months:
        inputs.rows["subscriptions"].append(
            {
                "account_id": account,
                "month": f"2026-{month:02}-01",
                "mrr": 100,
                "ended_as_agreed": ended_as_agreed and month == months[-1],
            }
        )


@pytest.fixture(scope="module")
def some_left(workshop: Path) -> Company:
    """Nine accounts, published as of AS_OF (June 28th) and August 31st; by then some have left."""
    company = Company(workshop).reset()
    configure(company, **{**OFF, "user_declining": {}})
    inputs = Inputs()
    accounts = ("quiet", "early", "unpaid", "agreed", "stays", "back")
    for points, account in enumerate(accounts, 1):
        inputs.account(account)
        inputs.points(account, points, points)
    inputs.account("seen")
    inputs.points("seen", 20, 10)
    inputs.account("partly", "dee", "eve")
    inputs.points("dee", 20, 5)
    inputs.points("eve", 5, 30)
    inputs.account("prospect", status="trial")
    inputs.does("stays", "report", date(2026, 8, 31))
    pays(inputs, "early", 4, 5)
    pays(inputs, "unpaid", 6, 7)
    pays(inputs, "agreed", 6, 7, ended_as_agreed=True)
    pays(inputs, "stays", 6, 7, 8)
    company.write(
        "account_history",
        [
            {"account_id": account, "valid_from": f"2026-{day}", "status": status}
            for account, day, status in (
                ("seen", "07-28", "churned"),
                ("seen", "08-05", "churned"),
                ("quiet", "08-01", "churned"),
                ("partly", "07-30", "churned"),
                ("prospect", "08-02", "churned"),
                ("back", "07-10", "churned"),
                ("back", "07-20", "paying"),
                ("stays", "09-10", "churned"),
            )
        ],
    )
    for as_of in (AS_OF, date(2026, 8, 31)):
        night(company, inputs, as_of)
        assert company.differences(as_of=as_of) == []
    return company.publish().kept_as("some_left")


def test_an_account_has_left_when_it_is_recorded_as_churned_or_pays_no_more(
    some_left: Company,
) -> None:
    assert some_left.query(
        "select account_id, cast(lost_on as varchar), ended_as_agreed"
        " from engagement.account_profiles order by 1"
    ) == [
        ("agreed", "2026-08-01", True),
        ("back", None, None),
        ("early", "2026-06-01", False),
        ("partly", "2026-07-30", False),
        ("prospect", "2026-08-02", False),
        ("quiet", "2026-08-01", False),
        ("seen", "2026-07-28", False),
        ("stays", None, None),
        ("unpaid", "2026-08-01", False),
    ]


def test_the_page_of_lost_accounts_tells_what_was_visible_30_days_before(
    some_left: Company,
) -> None:
    shown = CliRunner().invoke(app, ["show", "lost", "--database", str(some_left.database)])
    assert lines(shown) == [
        "Which accounts have left, and what did readers see of them 30 days before?",
        "account   lost on                 published as of  risk then  risk signals then",
        "Prospect  2026-08-02              2026-06-28                  none was visible",
        "Agreed    2026-08-01 (as agreed)  2026-06-28       4 of 8     none was visible",
        "Quiet     2026-08-01              2026-06-28       1 of 8     none was visible",
        "Unpaid    2026-08-01              2026-06-28       3 of 8     none was visible",
        "Partly    2026-07-30              2026-06-28       8 of 8     declining (a user)",
        "Seen      2026-07-28              2026-06-28       7 of 8     cooling",
        "Early     2026-06-01                                          nothing had been published",
        "",
        "Of 4 accounts lost since 2026-07-28, 1 had a risk signal 30 days before, 1 only one of a"
        " user, and 2 none. Not counted: 1 that ended as agreed, 1 that counted as no customer"
        " then, 1 of whom nothing had been published by then.",
    ]
