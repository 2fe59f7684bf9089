"""What is unusual about a run: days, events, scores and inputs; and what run_history says of it."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import Company, event
from test_command_line import engagement, options

from engagement.runner import Build

FIRST, LAST = date(2026, 3, 1), date(2026, 5, 16)  # a Sunday, a Saturday
DAYS = [FIRST + timedelta(days=day) for day in range((LAST - FIRST).days + 1)]
#: 80 events are usual on a Wednesday or Thursday: 23 are under three tenths, 24 are not.
LOW, JUST_ENOUGH = date(2026, 5, 6), date(2026, 5, 7)
VOLUME_TESTS = {
    *("days_have_their_usual_events", "events_keep_occurring", "scores_stay_comparable"),
    *("inputs_have_not_shrunk", "no_source_row_has_vanished"),
}


def usual() -> dict[tuple[date, str], int]:
    """How often what occurs: nobody exports on weekends."""
    counts = {(day, "task_created"): 60 for day in DAYS}
    counts |= {(day, "exported"): 20 for day in DAYS if day.isoweekday() < 6}
    for day, count in ((LOW, 23), (JUST_ENOUGH, 24)):
        counts |= {(day, "task_created"): count, (day, "exported"): 0}
    return counts


def write(company: Company, counts: Mapping[tuple[date, str], int]) -> None:
    company.write(
        "events",
        [
            event(f"{name} {day} {number}", name, f"u{number % 6}", f"{day} 09:00:00")
            for (day, name), count in counts.items()
            for number in range(count)
        ],
    )


def told(outcome: Build) -> list[str]:
    """What the tests of volumes say, whether they warn or fail."""
    nodes = (*outcome.warnings, *outcome.failures)
    return sorted(node.message for node in nodes if node.name in VOLUME_TESTS)


def test_days_and_events_are_held_against_those_of_the_same_weekday(company: Company) -> None:
    write(company, usual())
    outcome = company.build(tests=True, as_of=LAST)
    assert told(outcome) == ["2026-05-06 has 23 events, and 80 are usual on that weekday"]
    assert company.query(
        "select last_day_events, usual_events, status, message from engagement.run_history"
    ) == [(60, 60, "published", None)]

    write(
        company,
        {
            (day, name): count
            for (day, name), count in usual().items()
            if name != "exported" or day < date(2026, 5, 14)
        },
    )
    assert told(company.build(tests=True, as_of=LAST, quiet_days=["2026-05-06"])) == [
        "events has 5567 rows, and had 5607 in the last run that was published",
        "the event exported has not occurred since 2026-05-14, and 20 a day are usual",
    ]


def test_an_unusual_day_stops_a_publication_if_that_is_asked_for(company: Company) -> None:
    write(company, usual())
    stop = ("--as-of", LAST, "--vars", "volume_gate: stop")
    done = engagement("build", *options(company), *stop)
    assert done.status == 1
    assert "2026-05-06 has 23 events, and 80 are usual on that weekday" in done.out
    assert not company.database.exists()
    history = engagement("history", "--database", company.database)
    assert "failed" in history.out
    assert "days_have_their_usual_events" in history.out
    accepted = engagement(
        *("build", *options(company), *stop[:3], "volume_gate: stop\nquiet_days: [2026-05-06]")
    )
    assert accepted.status == 0
    assert company.database.is_file()


def test_four_weeks_must_have_passed(company: Company) -> None:
    """On day 28 three such weekdays lie before; on day 29 four."""
    for days in (28, 29):
        counts = {(day, "task_created"): 60 for day in DAYS[: days - 1]}
        write(company, counts | {(DAYS[days - 1], "task_created"): 1})
        outcome = company.build(tests=True, as_of=DAYS[days - 1])
        low_days = [message for message in told(outcome) if "are usual" in message]
        assert len(low_days) == (days == 29)


def test_scores_that_move_without_behaviour_are_told(company: Company) -> None:
    """Ten late events a user raise by 10 what had been published for a week before."""
    company.score_reports()
    reports = [
        event(
            f"{user} {day}",
            "report",
            user,
            f"2026-05-{day:02} 09:00:00",
            loaded_at=f"2026-05-{day:02} 12:00:00",
        )
        for user in "abcdef"
        for day in range(1, 19)
    ]
    company.write("events", [row for row in reports if row["occurred_at"] < "2026-05-12"])
    assert told(company.build(tests=True, as_of=date(2026, 5, 10))) == []
    late = [
        event(
            f"late {user} {number}",
            "report",
            user,
            "2026-05-10 10:00:00",
            loaded_at="2026-05-17 12:00:00",
        )
        for user in "abcdef"
        for number in range(10)
    ]
    company.write("events", [*reports, *late])
    outcome = company.build(tests=True, as_of=date(2026, 5, 17))
    assert told(outcome) == [
        "the median score has moved by 9.9 points as of 2026-05-17 without a change of behaviour:"
        " table score_changes has the parts"
    ]
    assert company.query("select score_shift from engagement.run_history order by started_at") == [
        *((0,), (pytest.approx(9.9),))
    ]


def test_inputs_that_lost_rows_are_told(company: Company) -> None:
    write(company, {(FIRST, "task_created"): 60})
    company.write("users", [{"user_id": f"u{number}"} for number in range(10)])
    company.write("accounts", [{"account_id": f"a{number}"} for number in range(10)])
    company.build(tests=True)
    write(company, {(FIRST, "task_created"): 59})
    company.write("users", [{"user_id": f"u{number}"} for number in range(9)])
    company.write("accounts", [{"account_id": f"a{number}"} for number in range(8)])
    last_run = " rows, and had {} in the last run that was published"
    (found,) = told(company.build("--full-refresh", tests=True))
    assert sorted(found.split("; ")) == [
        "accounts has 8" + last_run.format(10),
        "events has 59" + last_run.format(60),
    ]


def test_a_run_that_died_is_told_by_the_next(company: Company) -> None:
    """It had built its first table, and no more."""
    write(company, {(FIRST, "task_created"): 60})
    company.build(tests=True)
    with duckdb.connect(str(company.working_file)) as connection:
        connection.execute("update engagement_internal.int_run set run_id = 'gone'")
    company.build(tests=True)
    assert company.query(
        "select run_id, status, message from engagement.run_history where status <> 'published'"
    ) == [("gone", "died", "the run did not end")]


def test_while_a_build_goes_on_the_history_is_that_of_the_publication(
    company: Company, tmp_path: Path
) -> None:
    write(company, {(FIRST, "task_created"): 60})
    company.build(tests=True)
    (tmp_path / "other").write_text("no database")
    company.working_file.write_bytes((tmp_path / "other").read_bytes())
    done = engagement("history", "--database", company.database)
    assert done.status == 0
    assert "published" in done.out
