"""What people did about signals: to which opening an action belongs, when a dismissed signal comes
back, what is overdue, and the hold-out."""

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import Company, event

from engagement import runner
from engagement.checks import check
from engagement.errors import UsageError
from engagement.outcomes.action_effects import (
    accounts_needed,
    conclusion,
    difference_interval,
    effect_of,
    evaluate_actions,
)

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


# -- did calling help ----------------------------------------------------------------------------


def accounts(
    told: int, told_retained: int, held_out: int, held_out_retained: int, acted_on: int = 0
) -> pd.DataFrame:
    """What analyses/action_outcomes.sql gives of so many accounts."""
    groups = ((False, told, told_retained), (True, held_out, held_out_retained))
    return pd.DataFrame(
        [
            {
                "is_held_out": is_held_out,
                "is_acted_on": not is_held_out and number < acted_on,
                "is_retained": number < retained,
            }
            for is_held_out, size, retained in groups
            for number in range(size)
        ],
        columns=["is_held_out", "is_acted_on", "is_retained"],
    )


def test_the_interval_of_a_difference_is_that_of_the_literature() -> None:
    """Newcombe (1998), table II: 56 of 70 against 48 of 80, method 10."""
    assert difference_interval(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference_interval(10, 10, 0, 10) == pytest.approx((0.6075, 1.0), abs=5e-5)


def test_the_accounts_that_a_difference_takes_are_those_worked_out_by_hand() -> None:
    """0.8 against 0.85, equal groups: mean 0.825, (1.959964 sqrt(2 * 0.825 * 0.175) + 0.841621
    sqrt(0.16 + 0.1275))^2 / 0.05^2 = (1.053202 + 0.451269)^2 / 0.0025 = 905.4 each."""
    assert accounts_needed(0.8, 0.05, 0.5) == 1811
    # One held out to nine told: mean 0.845, (1.959964 sqrt(10/9 * 0.845 * 0.155) + 0.841621
    # sqrt(0.16 + 0.1275 / 9))^2 / 0.0025 = (0.747689 + 0.351266)^2 / 0.0025 = 483.08 held out.
    assert accounts_needed(0.8, 0.05, 0.1) == 4831


def test_calling_that_helps_is_found_and_calling_that_does_harm() -> None:
    helps = effect_of(accounts(900, 810, 100, 60, acted_on=450), 90, 0.1)
    assert (helps.verdict, helps.acted_on) == ("helped", 450)
    assert helps.difference == pytest.approx(0.3)
    assert conclusion(helps).startswith(
        "Telling people helped: more accounts pay (+30.0 points, 95"
    )
    harms = effect_of(accounts(900, 540, 100, 90), 90, 0.1)
    assert harms.verdict == "harmed"


def test_too_few_accounts_say_how_many_more_it_takes() -> None:
    effect = effect_of(accounts(90, 77, 10, 8), 90, 0.1)
    assert effect.verdict == "cannot_tell"
    assert effect.sought == pytest.approx(77 / 90 - 0.8)
    same = effect_of(accounts(90, 72, 10, 8), 90, 0.1)
    assert (same.verdict, same.more_accounts) == ("cannot_tell", 4831 - 100)
    assert conclusion(same).endswith(
        "about 4,731 more accounts with a risk find a difference of 5 points four times in five."
    )
    enough = effect_of(accounts(9000, 7200, 1000, 800), 90, 0.1)
    assert (enough.verdict, enough.more_accounts) == ("cannot_tell", 0)
    assert "none was found" in conclusion(enough)
    nobody = effect_of(accounts(0, 0, 0, 0), 90, 0.1)
    assert (nobody.difference, nobody.bounds, nobody.verdict) == (None, None, "cannot_tell")
    assert nobody.more_accounts == accounts_needed(0.5, 0.05, 0.1)


def test_where_calling_does_nothing_an_evaluation_rarely_finds_anything() -> None:
    """Of 400 shuffles one in twenty may find something: 33 or fewer in 999 of 1,000 tests."""
    rows = accounts(900, 740, 100, 80)
    draw = np.random.default_rng(20)
    found = 0
    for _ in range(400):
        shuffled = rows.assign(is_held_out=draw.permutation(rows["is_held_out"].to_numpy()))
        found += effect_of(shuffled, 90, 0.1).verdict != "cannot_tell"
    assert 2 <= found <= 33


MONTHS = [f"2026-0{month}-01" for month in range(1, 8)]


def test_the_first_risk_of_each_customer_counts_once_by_what_it_pays_later(
    company: Company,
) -> None:
    """Risks open on 2026-03-20: the last followed date by then is 03-08, 30 days on is April."""
    names = [f"c{number}" for number in range(12)]
    held_out = {name for name in names if is_held_out(name, 0.5)}
    assert 2 < len(held_out) < 10
    company.score_reports()
    company.configure("signal_rules", RULES)
    rows = [event(f"start {name}", "report", name, "2026-01-05 09:00:00") for name in names]
    for name in names:
        rows += reports(name, name, "2026-03-20", "2026-03-24", 5)
        rows += reports(name, name, "2026-05-20", "2026-05-24", 5)
    rows.append(event("end", "report", "c0", "2026-07-31 09:00:00"))
    company.write("events", rows)
    company.write("users", [{"user_id": name, "account_id": name} for name in names])
    company.write("accounts", [{"account_id": name} for name in names])
    leavers = {"c1", "c2", "c3", "c4"}
    paid = [
        {"account_id": name, "month": month, "mrr": 100}
        for name in names
        for month in MONTHS
        if name not in leavers or month < "2026-04-01"
    ]
    company.write("subscriptions", [row for row in paid if row["account_id"] != "c11"])
    company.write("signal_actions", [action("c5", "done", "2026-03-21")])
    company.build(as_of=date(2026, 3, 22))
    with pytest.raises(UsageError, match=r"There is no hold-out: .* Set the var action_holdout"):
        evaluate_actions(company.settings(), 30)
    # Everybody has been told of these risks: the hold-out begins with the next run.
    company.build(as_of=date(2026, 7, 30), action_holdout=0.5)
    settings = company.settings(action_holdout=0.5)
    late = evaluate_actions(settings, 30)
    assert (late.told, late.held_out) == (0, 0)

    company.working_file.unlink()
    company.build(as_of=date(2026, 7, 30), action_holdout=0.5)
    effect = evaluate_actions(settings, 30)
    customers = set(names) - {"c11"}
    told = customers - held_out
    assert (effect.told, effect.told_retained) == (len(told), len(told - leavers))
    assert (effect.held_out, effect.held_out_retained) == (
        len(customers & held_out),
        len((customers & held_out) - leavers),
    )
    assert effect.acted_on == ("c5" in told)
    with pytest.raises(UsageError, match="Outcomes of 45 days have not been built, but of 30, 90"):
        evaluate_actions(settings, 45)
