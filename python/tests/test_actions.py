"""What people did about signals: to which opening an action belongs, when a dismissed signal comes
back, what is overdue, and the hold-out."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import Company, event

from engagement import runner
from engagement.checks import check
from engagement.errors import UsageError

AS_OF = date(2026, 6, 28)  # a Sunday; the window is a week
#: While a user was active in the window, both rules hold: one is a risk, the other none.
RULES = """
entity_type,signal,kind,severity,is_enabled,min_score,min_share,min_days,due_days,sentence
user,power_user,risk,high,true,1,,1,3,{user} scores {score}.
account,advocate,opportunity,low,true,1,0,0,,Scores {score}."""
#: Account -> its one user's reports a day, on these days.
DAILY: dict[str, list[tuple[str, str, int]]] = {
    "at_limit": [("2026-06-15", "2026-06-28", 5)],
    "past_limit": [("2026-06-16", "2026-06-28", 5)],
    "twice": [("2026-05-01", "2026-05-01", 5), ("2026-06-01", "2026-06-28", 5)],
    "twice_later": [("2026-05-01", "2026-05-01", 5), ("2026-06-01", "2026-06-28", 5)],
    "twice_undated": [("2026-05-01", "2026-05-01", 5), ("2026-06-01", "2026-06-28", 5)],
    "steady": [("2026-06-01", "2026-06-28", 10)],
    "slips": [("2026-06-01", "2026-06-26", 10), ("2026-06-27", "2026-06-28", 5)],
    "falls": [
        ("2026-06-01", "2026-06-26", 10),
        ("2026-06-27", "2026-06-27", 5),
        ("2026-06-28", "2026-06-28", 4),
    ],
    "recovers": [
        ("2026-06-01", "2026-06-20", 10),
        ("2026-06-22", "2026-06-22", 8),
        ("2026-06-23", "2026-06-28", 12),
    ],
    "halves": [("2026-06-01", "2026-06-24", 2)],
    "nearly_halves": [("2026-06-01", "2026-06-24", 2), ("2026-06-28", "2026-06-28", 1)],
    "returns": [("2026-05-01", "2026-05-20", 10), ("2026-06-20", "2026-06-28", 10)],
    "due": [("2026-06-25", "2026-06-28", 5)],
    "overdue": [("2026-06-24", "2026-06-28", 5)],
    "answered": [("2026-06-24", "2026-06-28", 5)],
    "changes": [("2026-06-01", "2026-06-28", 5)],
    "ties": [("2026-06-01", "2026-06-28", 5)],
    "later": [("2026-06-01", "2026-06-28", 5)],
    "odd": [("2026-06-01", "2026-06-28", 5)],
}


def action(account: str, state: str, at: str = "", **columns: str) -> dict[str, Any]:
    row = {"account_id": account, "signal": "power_user", "opened_on": "2026-06-01"}
    return {**row, "state": state, "at": at, "by": "", "note": "", **columns}


ACTIONS = [
    action("at_limit", "taken", "2026-06-01 09:00:00", by="kim"),
    action("past_limit", "taken", "2026-06-01 09:00:00"),
    action("twice", "done", "2026-05-17 23:59:00"),
    action("twice_later", "done", "2026-05-18 00:00:00"),
    action("twice_undated", "done", opened_on="2026-05-01"),
    *(
        action(account, "dismissed", "2026-06-20 09:00:00", note="is on holiday")
        for account in ("steady", "slips", "falls", "recovers", "halves", "nearly_halves")
    ),
    action("falls", "dismissed", "2026-06-20 09:00:00", signal="advocate"),
    action("returns", "dismissed", "2026-05-10 09:00:00", signal="advocate"),
    action("answered", "taken", "2026-06-25 09:00:00"),
    action("changes", "dismissed", "2026-06-10 09:00:00"),
    action("changes", "done", "2026-06-11 09:00:00"),
    action("changes", "taken", "2026-06-11 08:00:00"),
    action("ties", "taken"),
    action("ties", "dismissed"),
    action("ties", "done"),
    action("later", "taken", "2026-06-29 00:00:00"),
    action("odd", "lost", "2026-06-20 09:00:00"),
    action("odd", "done", "2026-06-20 09:00:00", signal="loud"),
    action("odd", "done", "2026-05-01 09:00:00"),
    action("nobody", "done", "2026-06-20 09:00:00"),
    action("odd", "done", opened_on=""),
]
#: Two users of one account: bob's signal closes on 06-16, cleo's begins on 06-21.
TEAM = {
    "ann": ("2026-06-01", "2026-06-28"),
    "bob": ("2026-06-01", "2026-06-09"),
    "cleo": ("2026-06-21", "2026-06-28"),
}


def reports(user: str, account: str, first: str, last: str, times: int) -> list[dict[str, Any]]:
    start, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [start + timedelta(days=number) for number in range((end - start).days + 1)]
    return [
        event(f"{user} {day} {number}", "report", user, f"{day} 09:00:00", account_id=account)
        for day in days
        for number in range(times)
    ]


def write(company: Company, actions: list[dict[str, Any]]) -> None:
    company.score_reports()
    company.configure("signal_rules", RULES)
    rows = [
        row
        for account, spans in DAILY.items()
        for span in spans
        for row in reports(f"{account}_user", account, *span)
    ]
    for user, span in TEAM.items():
        rows += reports(user, "team", *span, 5)
    company.write("events", rows)
    company.write("accounts", [{"account_id": name, "owner": "kim"} for name in [*DAILY, "team"]])
    company.write("signal_actions", actions)


@pytest.fixture(scope="module")
def built(workshop: Path) -> Iterator[tuple[Company, str]]:
    """A company whose people acted on the signals of one user an account, and of three of one; and
    what a run with tests says of these actions."""
    company = Company(workshop).reset()
    write(company, [*ACTIONS, action("team", "dismissed", "2026-06-16 09:00:00")])
    outcome = company.build(tests=True, as_of=AS_OF, publish_personal_data=True)
    assert company.differences(AS_OF, publish_personal_data=True) == []
    (odd,) = [node for node in outcome.warnings if node.name == "signal_actions_are_understood"]
    yield company.publish().kept_as("acted"), odd.message


@pytest.fixture(scope="module")
def acted(built: tuple[Company, str]) -> Company:
    return built[0]


def openings(company: Company, account: str, *columns: str) -> list[tuple[Any, ...]]:
    """These columns of the openings of power_user, in order; dates as MM-DD."""
    return company.query(
        f"select strftime(opened_on, '%m-%d'), {', '.join(columns)} from engagement.signals"
        f" where account_id = '{account}' and signal = 'power_user' order by opened_on, entity_id"
    )


@pytest.mark.parametrize(
    ("account", "expected"),
    [
        ("at_limit", [("06-15", "taken")]),
        ("past_limit", [("06-16", None)]),
        ("twice", [("05-01", "done"), ("06-01", None)]),
        ("twice_later", [("05-01", None), ("06-01", "done")]),
        ("twice_undated", [("05-01", "done"), ("06-01", None)]),
        ("changes", [("06-01", "done")]),
        ("ties", [("06-01", "dismissed")]),
        ("later", [("06-01", None)]),
        ("odd", [("06-01", None)]),
    ],
)
def test_an_action_belongs_to_the_latest_opening_that_began_by_its_day_and_the_cooldown(
    acted: Company, account: str, expected: list[tuple[str, str | None]]
) -> None:
    assert openings(acted, account, "action_state") == expected


def test_an_action_on_a_signal_of_users_is_about_all_whose_signal_was_open(acted: Company) -> None:
    assert acted.query(
        "select entity_id, strftime(closed_on, '%m-%d'), action_state from engagement.signals"
        " where account_id = 'team' and signal = 'power_user' order by entity_id"
    ) == [("ann", None, "dismissed"), ("bob", "06-16", None), ("cleo", None, "dismissed")]


@pytest.mark.parametrize(
    ("account", "is_dismissed"),
    [
        ("steady", True),  # 70.3 stays 70.3
        ("slips", True),  # 70.3, then 60.4: 9.9 lower
        ("falls", False),  # 70.3, then 59.41: 10.89 lower
        ("recovers", False),  # 70.3, then 58.42 on 06-22, and more from then on
        ("halves", False),  # 14.86, then 6.94
        ("nearly_halves", True),  # 14.86, then 7.93
        ("changes", False),
    ],
)
def test_a_dismissed_risk_comes_back_when_it_worsens(
    acted: Company, account: str, is_dismissed: bool
) -> None:
    assert openings(acted, account, "is_dismissed") == [("06-01", is_dismissed)]
    listed = acted.value(
        "select coalesce(max(signals), '') from engagement.account_priorities"
        f" where account_id = '{account}'"
    )
    assert ("power_user" in listed) is not is_dismissed


def test_a_dismissed_opportunity_does_not_come_back_when_the_score_falls(acted: Company) -> None:
    assert acted.query(
        "select action_state, is_dismissed from engagement.signals"
        " where account_id = 'falls' and signal = 'advocate'"
    ) == [("dismissed", True)]


def test_a_dismissed_signal_comes_back_when_it_opens_anew(acted: Company) -> None:
    assert acted.query(
        "select strftime(opened_on, '%m-%d'), is_dismissed, is_open from engagement.signals"
        " where account_id = 'returns' and signal = 'advocate' order by opened_on"
    ) == [("05-01", True, False), ("06-20", False, True)]


@pytest.mark.parametrize(
    ("account", "due_on", "is_overdue"),
    [("due", "06-28", False), ("overdue", "06-27", True), ("answered", "06-27", False)],
)
def test_a_signal_is_overdue_after_its_day_while_nobody_acts(
    acted: Company, account: str, due_on: str, is_overdue: bool
) -> None:
    ((_, *found),) = openings(acted, account, "strftime(due_on, '%m-%d')", "is_overdue")
    assert found == [due_on, is_overdue]


def test_a_closed_signal_is_not_overdue(acted: Company) -> None:
    assert openings(acted, "twice", "is_overdue")[0] == ("05-01", False)


def test_priorities_say_who_acts_and_what_is_due(acted: Company) -> None:
    asked = ("at_limit", "answered", "overdue", "due", "falls")
    assert acted.query(
        "select account_id, top_signal, top_action_state, top_action_by,"
        " strftime(next_due_on, '%m-%d'), overdue_signals from engagement.account_priorities"
        f" where account_id in {asked} order by account_id"
    ) == [
        ("answered", "power_user", "taken", None, None, 0),
        ("at_limit", "power_user", "taken", "kim", None, 0),
        ("due", "power_user", None, None, "06-28", 0),
        ("falls", "power_user", None, None, None, 0),
        ("overdue", "power_user", None, None, "06-27", 1),
    ]


def test_an_action_without_effect_is_named(built: tuple[Company, str]) -> None:
    assert set(built[1].split("; ")) == {
        f"signal_actions has {oddity} (rows: {rows}, such as of account {account}):"
        " they have no effect"
        for oddity, rows, account in (
            ("a day by which the account had no signal power_user", 2, "odd"),
            ("an account that no other input has", 1, "nobody"),
            ("neither at nor opened_on", 1, "odd"),
            ("the signal loud, which signal_rules lacks", 1, "odd"),
            ("the state lost, none of taken, done, dismissed", 1, "odd"),
        )
    }


def test_who_acted_and_the_note_are_published_only_if_asked_for(company: Company) -> None:
    write(company, ACTIONS)
    company.build(only="account_priorities", as_of=AS_OF)
    assert company.value("select count(action_state) from engagement.signals") > 0
    assert company.query(
        "select count(action_by), count(action_note), count(top_action_by)"
        " from engagement.signals, engagement.account_priorities"
    ) == [(0, 0, 0)]


def test_a_second_night_has_what_a_full_refresh_has(company: Company) -> None:
    rows = "select * from engagement.signals order by entity_type, entity_id, signal, opened_on"
    write(company, ACTIONS[:10])
    company.build(only="account_priorities", as_of=AS_OF - timedelta(days=1))
    first = company.query(rows)
    write(company, ACTIONS)
    company.build(only="account_priorities", as_of=AS_OF)
    second = company.query(rows)
    company.build("--full-refresh", only="account_priorities", as_of=AS_OF)
    assert first != second == company.query(rows)


# -- the hold-out --------------------------------------------------------------------------------


def is_held_out(account: str, share: float) -> bool:
    digest = hashlib.md5(f"action_holdout/{account}".encode(), usedforsecurity=False).hexdigest()
    return int(digest, 16) < share * 16**32


def test_nobody_is_told_of_the_signals_of_the_holdout(company: Company) -> None:
    write(company, ACTIONS)
    company.build(only="account_priorities signal_history", as_of=AS_OF, action_holdout=0.5)
    held_out = {name for name in [*DAILY, "team"] if is_held_out(name, 0.5)}
    assert 3 < len(held_out) < len(DAILY) - 3
    assert "past_limit" in held_out
    for table, where in (
        ("signals", "where is_held_out"),
        ("signals", "where not is_held_out"),
        ("account_priorities", ""),
        ("signal_history", ""),
    ):
        told = {
            name for (name,) in company.query(f"select account_id from engagement.{table} {where}")
        }
        assert told
        assert told <= held_out if where == "where is_held_out" else not told & held_out, table
    assert openings(company, "past_limit", "is_open", "is_overdue") == [("06-16", True, False)]


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 1])
def test_the_holdout_has_its_share_of_many_accounts(acted: Company, share: float) -> None:
    found = runner.read(
        acted.settings(action_holdout=share),
        "select number, {{ is_held_out(\"'account ' || number\") }} as is_held_out"
        " from (select unnest(range(20000)) as number) as numbers",
    )
    expected = [is_held_out(f"account {number}", share) for number in found["number"]]
    assert found["is_held_out"].tolist() == expected
    assert abs(found["is_held_out"].mean() - share) < 0.012  # four standard errors of 0.1 are 0.008


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_holdout_that_is_no_share_is_refused(company: Company, share: float) -> None:
    with pytest.raises(UsageError, match=r"action_holdout is .*a share from 0 to 1"):
        check(company.settings(action_holdout=share))
