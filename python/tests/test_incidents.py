"""An event that falls silent for most accounts, while they go on: tracking broke, not the customer.

The company of these tests has 20 accounts of one user, who come every weekday for six weeks: they
log in and make a report. From a Wednesday on, reports are no longer recorded.
"""

import csv
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import duckdb
import pytest
from conftest import BUILT, VERSION_COLUMNS, Company, event
from test_command_line import engagement

from engagement.explain import explain
from engagement.project import CHECKOUT

FIRST, BROKEN, LAST = date(2026, 3, 2), date(2026, 4, 8), date(2026, 4, 14)
ACCOUNTS = range(20)
SILENT, KNOWN = date(2026, 4, 8), date(2026, 4, 9)  # known on the second silent day
USUAL = 20 * 20 / 28  # reports a day, of 20 accounts on 20 of the 28 days before

Happens = Callable[[int, str, date], int]


def days(first: date = FIRST, last: date = LAST) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def write(company: Company, happens: Happens, *more: dict[str, Any]) -> None:
    """Writes the company's events, of each account, name and weekday, as often as they happen."""
    rows = [
        event(
            f"{name} {account} {day} {number}",
            name,
            f"u{account}",
            f"{day} 09:00:00",
            account_id=f"a{account:02}",
            loaded_at=f"{day + timedelta(days=1)} 00:30:00",
        )
        for day in days()
        if day.isoweekday() < 6
        for account in ACCOUNTS
        for name in ("report", "login")
        for number in range(happens(account, name, day))
    ]
    company.write("events", [*rows, *more])


def configure(company: Company) -> None:
    """A report is worth 4 points, a login 6; a score is 1 + 99 x points / 100; cooling is a fall
    by three tenths."""
    company.configure("scoring_versions", f"{VERSION_COLUMNS}\nv1,1970-01-01,7,0.5,0,,1,,frozen")
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,report,4,,true
        v1,login,6,,true""",
    )
    company.configure(
        "calibration_caps",
        """version,entity_type,normalization_group,cap
        v1,user,all,100
        v1,account,all,100""",
    )
    with (CHECKOUT / "seeds" / "signal_rules.csv").open(newline="") as file:
        (rule,) = [row for row in csv.DictReader(file) if row["signal"] == "cooling"]
    rule |= {"is_enabled": "true", "min_score": "0", "min_fall": "0.3", "sentence": "Ask."}
    company.configure("signal_rules", f"{','.join(rule)}\n{','.join(rule.values())}")


def broken(accounts: int, until: date = date.max) -> Happens:
    """Of so many accounts no report is recorded, from BROKEN to before a day."""
    return lambda account, name, day: (
        not (name == "report" and account < accounts and BROKEN <= day < until)
    )


def found(company: Company) -> list[tuple[Any, ...]]:
    return company.query(
        "select event_name, started_on, detected_on, ended_on, accounts, silent_accounts,"
        " usual_daily_events from engagement.tracking_incidents order by started_on"
    )


def built(company: Company, happens: Happens, *more: dict[str, Any]) -> Company:
    configure(company)
    write(company, happens, *more)
    company.build(only="tracking_incidents score_changes signals", as_of=LAST)
    return company


@pytest.mark.parametrize("accounts", [20, 12])
def test_an_event_that_falls_silent_for_most_is_found_on_the_second_day(
    company: Company, accounts: int
) -> None:
    """Of 20, 12 are the fewest: 12 ln(12 x 6 / 20) + 8 ln(8 x 6 / (20 x 5)) = 9.5 > ln 10,000."""
    built(company, broken(accounts))
    assert found(company) == [
        ("report", SILENT, KNOWN, None, 20, accounts, pytest.approx(USUAL)),
    ]


def no_more_for_11(account: int, name: str, day: date) -> int:
    return broken(11)(account, name, day)


def holidays(account: int, name: str, day: date) -> int:
    """Nobody does anything on three days; three accounts look in."""
    return not BROKEN <= day < BROKEN + timedelta(days=3) or (name == "login" and account < 3)


def away(account: int, name: str, day: date) -> int:
    """Everybody logs in three times a day, and from then on once, and makes no report."""
    return 0 if name == "report" and day >= BROKEN else 3 if day < BROKEN else 1


def one_large_account(account: int, name: str, day: date) -> int:
    return name == "login" or (account == 0 and day < BROKEN)


def declining(account: int, name: str, day: date) -> int:
    """Every second day one account fewer makes reports."""
    return name == "login" or (day - FIRST).days < 2 * account


def rare(account: int, name: str, day: date) -> int:
    """A report every second week, and then no more."""
    week = (day - FIRST).days // 7
    return name == "login" or (day.isoweekday() == 3 and week % 2 == account % 2 and day < BROKEN)


def new(account: int, name: str, day: date) -> int:
    """A feature that was tried for three weeks."""
    return name == "login" or date(2026, 3, 18) <= day < BROKEN


@pytest.mark.parametrize(
    "happens",
    [no_more_for_11, holidays, away, one_large_account, declining, rare, new],
)
def test_what_is_no_incident_is_not_found(company: Company, happens: Happens) -> None:
    assert found(built(company, happens)) == []


def test_many_rows_of_one_account_hide_no_silence(company: Company) -> None:
    large = [
        event(
            f"large {day} {n}",
            "report",
            "u0",
            f"{day} 10:00:00",
            account_id="a00",
            loaded_at=f"{day + timedelta(days=1)} 00:30:00",
        )
        for day in days()
        for n in range(100)
    ]
    built(company, broken(20), *large)
    assert [row[:6] for row in found(company)] == [("report", SILENT, KNOWN, None, 20, 19)]


def test_an_event_that_comes_back_ends_its_incident(company: Company) -> None:
    """Reports are recorded again from Monday on."""
    back = date(2026, 4, 13)
    built(company, broken(20, until=back))
    assert [row[:4] for row in found(company)] == [("report", SILENT, KNOWN, back)]


def test_an_incident_ends_when_half_of_the_accounts_are_back(company: Company) -> None:
    """Nine on Friday, the tenth on Monday, the others never."""

    def happens(account: int, name: str, day: date) -> int:
        until = {**dict.fromkeys(range(9), date(2026, 4, 10)), 9: date(2026, 4, 13)}
        return broken(20, until.get(account, date.max))(account, name, day)

    assert [row[3] for row in found(built(company, happens))] == [date(2026, 4, 13)]


def test_an_event_that_falls_silent_again_is_another_incident(company: Company) -> None:
    def happens(account: int, name: str, day: date) -> int:
        return name != "report" or day not in days(date(2026, 4, 1), date(2026, 4, 3)) + days(
            date(2026, 4, 13), LAST
        )

    assert [row[1:4] for row in found(built(company, happens))] == [
        (date(2026, 4, 1), date(2026, 4, 2), date(2026, 4, 6)),
        (date(2026, 4, 13), date(2026, 4, 14), None),
    ]


def changes(company: Company, day: date) -> list[tuple[Any, ...]]:
    """behaviour_change and instrumentation_change of the accounts."""
    return [
        (entity, round(behaviour, 9), round(instrumentation, 9))
        for entity, behaviour, instrumentation in company.query(
            "select entity_id, behaviour_change, instrumentation_change"
            f" from engagement.score_changes where score_date = '{day}'"
            " and entity_type = 'account' and entity_id in ('a00', 'a01', 'a19') order by 1"
        )
    ]


def leaving(account: int, name: str, day: date) -> int:
    """18 accounts are broken; the second of them leaves on the same day."""
    return broken(18)(account, name, day) and not (account == 1 and day >= BROKEN)


def test_the_loss_by_a_silent_event_is_told_apart_from_behaviour(company: Company) -> None:
    """A point moves a score by 0.99. On Tuesday the fourteenth five reports (20 points) are missing
    in the window, and of the account that leaves five logins (30 points), too: its score falls from
    50.5 to 0, and two fifths of that are the reports."""
    built(company, leaving)
    assert changes(company, date(2026, 4, 14)) == [
        ("a00", pytest.approx(-19.8), pytest.approx(-19.8)),
        ("a01", pytest.approx(-50.5), pytest.approx(-20.2)),
        ("a19", 0, 0),
    ]
    # Two days after the start two reports are missing; a day after it nobody could know.
    assert changes(company, KNOWN)[0][1:] == (pytest.approx(-7.92), pytest.approx(-7.92))
    assert changes(company, SILENT)[0][1:] == (pytest.approx(-3.96), 0)
    assert company.query(
        "select round(instrumentation_change, 9) from engagement.score_changes"
        f" where entity_type = 'user' and entity_id = 'u0' and score_date = '{LAST}'"
    ) == [(-19.8,)]


def test_who_has_the_event_again_in_the_silence_has_lost_nothing_by_it(company: Company) -> None:
    """The first account makes one report on Monday, though most are silent still."""

    def happens(account: int, name: str, day: date) -> int:
        return broken(18)(account, name, day) or (account == 0 and day == date(2026, 4, 13))

    assert changes(built(company, happens), LAST)[0] == ("a00", pytest.approx(-15.84), 0)


def test_a_risk_is_held_back_while_the_fall_is_that_of_the_event(company: Company) -> None:
    """A broken account keeps 30 of its 50 points, and all of them with its reports. One that leaves
    keeps none, and would have kept 20: that is a fall by three tenths, too."""
    built(company, leaving)
    assert company.query("select distinct entity_id from engagement.signals") == [("a01",)]
    assert company.query("select signals_held_back from engagement.tracking_incidents") == [(17,)]
    assert company.differences(as_of=LAST) == []


def test_explain_show_and_digest_say_that_tracking_broke(company: Company) -> None:
    """The account that leaves has lost 50.5 points, two fifths of them by reports."""
    configure(company)
    write(company, leaving)
    company.build(as_of=LAST)
    company.publish()
    account, other = (explain(company.settings(), "account", name) for name in ("a01", "a19"))
    assert account.tracking == (
        "20.2 of the 50.5 points lost come from an event that fell silent for most accounts (report"
        " on 2026-04-08): probably tracking, not the customer."
    )
    assert other.tracking is None
    before = explain(company.settings(), "account", "a01", SILENT)
    assert before.tracking is None, "nobody could know yet"
    sentence = (
        "report fell silent on 2026-04-08 in 17 of the 19 accounts that used it: probably tracking,"
        " not the customers. 17 signals of risk are held back."
    )
    shown = engagement("show", "--database", company.database)
    assert f"Tracking: {sentence}" in shown.out
    assert sentence in engagement("digest", "--database", company.database).out


def test_late_events_take_an_incident_back(company: Company) -> None:
    configure(company)
    write(company, broken(20))
    company.build(as_of=LAST)
    assert len(found(company)) == 1
    late = [
        event(
            f"late {account} {day}",
            "report",
            f"u{account}",
            f"{day} 09:00:00",
            account_id=f"a{account:02}",
            loaded_at="2026-04-15 12:00:00",
        )
        for day in days(BROKEN)
        for account in ACCOUNTS
    ]
    write(company, broken(20), *late)
    company.build(as_of=LAST)
    assert found(company) == []
    assert (
        company.value(
            "select count(*) from engagement.score_changes where instrumentation_change <> 0"
        )
        == 0
    )


#: A break that heals, and the tables that rest on it, with the day of a row.
HEALS = broken(18, until=date(2026, 4, 13))
PLACES = {
    f"{BUILT}.score_changes": "score_date",
    "engagement_internal.int_signal_days": "score_date",
    "engagement_internal.int_silent_accounts": "detected_on",
    "engagement_internal.int_instrumentation": "score_date",
}


def test_nights_equal_a_full_refresh_and_no_row_rests_on_later_days(company: Company) -> None:
    configure(company)
    write(company, HEALS)
    nights = days(BROKEN - timedelta(days=1))
    for night in nights:
        company.build(as_of=night)
        shutil.copy(company.working_file, company.folder / f"{night}.duckdb")
    company.working_file.unlink()
    company.build(as_of=LAST)
    assert company.differences(as_of=LAST) == []
    with duckdb.connect() as connection:
        connection.execute(f"attach '{company.working_file}' as whole (read_only)")
        for night in nights:
            connection.execute(
                f"attach '{company.folder / f'{night}.duckdb'}' as night (read_only)"
            )
            known = {
                place: (f"select * {without(place)} from {{}}.{place} where {day} <= '{night}'")
                for place, day in PLACES.items()
            }
            known["tracking_incidents"] = (
                "select event_name, started_on, detected_on, accounts, silent_accounts,"
                f" case when ended_on <= '{night}' then ended_on end"
                f" from {{}}.{BUILT}.tracking_incidents where detected_on <= '{night}'"
            )
            for place, sql in known.items():
                one, other = sql.format("whole"), sql.format("night")
                both = f"({one} except all {other}) union all ({other} except all {one})"
                assert connection.execute(both).fetchall() == [], (night, place)
            connection.execute("detach night")


def without(place: str) -> str:
    """The columns that compare with what was published."""
    if not place.endswith("score_changes"):
        return ""
    return "exclude (published_previous_score, change_since_published, correction_change)"
