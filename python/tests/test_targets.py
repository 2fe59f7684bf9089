"""What would bring an account to a band: the points, the steps, and that exactly they get there.

In the fixtures scores are 1 + 99 x points / 100 (k = 0, a frozen cap of 100) over a week, and the
bands start at 0, 25 and 50: 25 takes 24.24 points, 50 takes 49.50.
"""

import json
import shutil
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import VERSION_COLUMNS, Company, event
from typer.testing import CliRunner, Result

from engagement.cli import app
from engagement.errors import UsageError
from engagement.simulate import simulate
from engagement.targets import target_of

NOW, DAY = date(2026, 3, 14), timedelta(days=1)
TABLES = "score_targets score_calibrations account_scores"


def configure(
    company: Company,
    weights: str = "v1,report,10,,true",
    version: str = "v1,1970-01-01,7,0.5,0,,1,,frozen",
) -> None:
    company.configure("scoring_versions", f"{VERSION_COLUMNS}\n{version}")
    company.configure(
        "event_weights", f"version,event_name,weight,daily_cap,counts_as_active\n{weights}"
    )
    company.configure(
        "calibration_caps",
        "version,entity_type,normalization_group,cap\nv1,user,all,100\nv1,account,all,100",
    )
    company.configure("score_bands", "band,min_score\nlow,0\nfair,25\ngood,50")


def did(
    user: str | None, day: date, count: int, name: str = "report", account: str = "acme"
) -> list[dict[str, Any]]:
    return [
        event(f"{user}{day}{name}{i}{account}", name, user, f"{day} 09:00:00", account_id=account)
        for i in range(count)
    ]


def build(company: Company, *rows: Sequence[dict[str, Any]], **inputs: Any) -> None:
    """Builds the events, with one of another account that begins the history two windows back."""
    begun = did("zoe", NOW - 13 * DAY, 1, "begun", account="zeta")
    company.write("events", [row for some in (begun, *rows) for row in some])
    for name, table in inputs.items():
        company.write(name, table)
    company.build(only=TABLES, as_of=NOW)
    assert company.differences(as_of=NOW) == []


def steps(company: Company, band: str = "fair") -> list[tuple[Any, ...]]:
    return company.query(
        "select user_id, event_name, event_date, events from engagement_internal.int_target_steps"
        f" where account_id = 'acme' and target_band = '{band}'"
        " order by event_date desc, event_name, user_id"
    )


def told(company: Company, columns: str = "target_band, steps") -> tuple[Any, ...]:
    (row,) = company.query(
        f"select {columns} from engagement.score_targets where account_id = 'acme'"
    )
    return row


def test_without_a_cap_nobody_is_asked_for_more_than_the_busiest_day(company: Company) -> None:
    """10 points of 24.24: two more reports, of which Ann alone has room for three a day."""
    configure(company)
    build(company, did("ann", NOW - DAY, 1), did("bob", NOW - 8 * DAY, 3))
    assert told(company, "band, round(points_missing, 6), target_band, steps, target_status") == (
        "low",
        pytest.approx(14.242424),
        "fair",
        "2 more report by 1 person",
        "reachable",
    )
    assert steps(company) == [("ann", "report", NOW, 2)]


def test_a_daily_cap_and_what_was_done_leave_the_room_of_a_day(company: Company) -> None:
    """One report of two is done today, so one is left; yesterday has room for the other."""
    configure(company, "v1,report,10,2,true")
    build(company, did("ann", NOW, 1), did("ann", NOW - 8 * DAY, 5))
    assert steps(company) == [("ann", "report", NOW, 1), ("ann", "report", NOW - DAY, 1)]
    assert told(company) == ("fair", "2 more report by 1 person")


def test_with_a_half_life_later_days_count_more(company: Company) -> None:
    """A half-life of one day: today's exports (6) come before yesterday's reports (10 x 0.5), and
    6 + 6 + 5 + 5 + 3 give the 24.24 - 2.5 that are missing."""
    configure(
        company,
        "v1,report,10,1,true\nv1,export,6,,true",
        "v1,1970-01-01,7,0.5,0,1,1,,frozen",
    )
    build(company, did("ann", NOW, 1), did("ann", NOW - 3 * DAY, 2, "export"))
    assert told(company, "points, round(points_missing, 6)") == (11.5, pytest.approx(12.742424))
    assert steps(company) == [
        ("ann", "export", NOW, 2),
        ("ann", "report", NOW - DAY, 1),
    ]


def test_people_are_asked_in_order_and_named_more_if_they_were_away(company: Company) -> None:
    """A report a day each: Ann, who is here, then Bob, who is not any more; a member who never
    came is not asked while these two have days left."""
    configure(company, "v1,report,10,1,true")
    build(
        company,
        did("ann", NOW, 1),
        did("bob", NOW - 7 * DAY, 1),
        users=[{"user_id": user, "account_id": "acme"} for user in ("ann", "bob", "cat")],
    )
    assert steps(company) == [("bob", "report", NOW, 1), ("ann", "report", NOW - DAY, 1)]
    assert told(company) == ("fair", "2 more report by 1 person and 1 other")
    assert told(company, "step_events, step_users, step_more_users, steps_start_on") == (
        *(2, 2, 1),
        NOW - DAY,
    )


def test_other_members_are_asked_if_those_of_late_cannot_reach_it(company: Company) -> None:
    """Ann can give one report (3 points) on six more days: 21 of 24.24. With Bob and Cat, who
    have done nothing, all days from the latest on are shared."""
    configure(company, "v1,report,3,1,true")
    build(
        company,
        did("ann", NOW, 1),
        users=[{"user_id": user, "account_id": "acme"} for user in ("ann", "bob", "cat")],
    )
    first = [(user, "report", NOW, 1) for user in ("bob", "cat")]
    second = [(user, "report", NOW - DAY, 1) for user in ("ann", "bob", "cat")]
    third = [(user, "report", NOW - 2 * DAY, 1) for user in ("ann", "bob", "cat")]
    assert steps(company) == first + second + third
    assert told(company) == ("fair", "8 more report by 1 person and 2 others")


def test_only_kinds_that_the_account_uses_are_asked_for(company: Company) -> None:
    """Of what it used in the two windows, only what has a weight; of equals, what it uses more."""
    configure(company, "v1,report,10,1,true\nv1,export,10,1,true\nv1,invite,100,,true")
    build(
        company,
        did("ann", NOW - DAY, 1, "export"),
        did("ann", NOW - DAY, 1),
        did("ann", NOW - 8 * DAY, 1, "export"),
        did("ann", NOW - 20 * DAY, 1, "invite"),
        did("bob", NOW, 1, "invite", account="other"),
    )
    assert steps(company) == [("ann", "export", NOW, 1)]
    assert [event for _, event, _, _ in steps(company, "good")] == ["export", "report", "export"]


def test_events_without_a_user_are_steps_of_nobody(company: Company) -> None:
    configure(company, "v1,synced,10,3,true\nv1,report,1,1,true")
    build(
        company,
        did(None, NOW, 1, "synced"),
        did(None, NOW - 8 * DAY, 9, "synced"),
        did("ann", NOW, 1),
    )
    assert steps(company) == [("", "synced", NOW, 2)]
    assert told(company, "steps, step_users") == ("2 more synced", 0)


def test_an_account_without_points_needs_any_at_all(company: Company) -> None:
    """One event reaches the lowest band; the reports of the window before are its own kind."""
    configure(company)
    build(company, did("ann", NOW - 8 * DAY, 2), did("bob", NOW, 1, account="other"))
    assert told(company, "band, score, target_band, target_points, steps") == (
        *("inactive", 0, "low", 1e-12),
        "1 more report by 1 other person",
    )


def test_a_band_out_of_reach_has_no_steps(company: Company) -> None:
    """One report a day for a week is seven points; fair takes 24.24."""
    configure(company, "v1,report,1,1,true")
    build(company, did("ann", NOW, 1))
    assert told(company, "target_band, target_status, steps, step_events") == (
        *("fair", "out_of_reach"),
        *(None, None),
    )


def test_an_account_in_the_top_band_has_no_target(company: Company) -> None:
    configure(company)
    build(company, did("ann", NOW, 5))
    assert company.query("select * from engagement.score_targets") == []
    assert company.query(
        "select target_band, is_reached, target_status, points_missing, steps"
        " from engagement.band_targets order by target_min_score"
    ) == [(band, True, "reached", 0, None) for band in ("low", "fair", "good")]


@pytest.mark.parametrize(
    ("curvature", "expected"), [(-3, 8.727515159), (0, 24.242424242), (2, 46.782350912)]
)
def test_the_scale_is_inverted_at_every_curvature(
    company: Company, curvature: float, expected: float
) -> None:
    """100 ln(1 + 24 (e^k - 1) / 99) / k, and 100 x 24 / 99 at k = 0."""
    configure(company, version=f"v1,1970-01-01,7,0.5,{curvature},,1,,frozen")
    build(company, did("ann", NOW, 1))
    assert company.value(
        "select target_points from engagement.band_targets where target_band = 'fair'"
    ) == pytest.approx(expected, abs=2e-9)


def test_a_score_that_rounds_to_the_band_at_nine_decimals_reaches_it(company: Company) -> None:
    """At a cap of 99 points score 1 + points: 25 takes 24 points, and no step more than 24."""
    configure(company, "v1,report,1,,true")
    company.configure(
        "calibration_caps",
        "version,entity_type,normalization_group,cap\nv1,user,all,99\nv1,account,all,99",
    )
    build(company, did("ann", NOW, 1), did("ann", NOW - DAY, 8))
    assert told(company) == ("fair", "15 more report by 1 person")


@pytest.fixture(scope="module")
def told_of(workshop: Path) -> Company:
    """Accounts at all distances from their bands; only to be read."""
    company = Company(workshop).reset()
    configure(company, "v1,report,10,2,true\nv1,view,1,1,true")
    company.write(
        "accounts",
        [{"account_id": name, "name": f"{name} Ltd"} for name in ("acme", "top", "poor")],
    )
    company.write(
        "events",
        did("zoe", NOW - 13 * DAY, 1, "view", account="zeta")
        + did("ann", NOW - DAY, 1)
        + did("ann", NOW - 8 * DAY, 2)
        + did("bob", NOW - 8 * DAY, 2)
        + did("cat", NOW - DAY, 2, account="top")
        + did("cat", NOW, 2, account="top")
        + did("dan", NOW - 3 * DAY, 2, account="top")
        + did("eve", NOW, 1, "view", account="poor"),
    )
    tables = "account_profiles user_profiles account_scores score_targets"
    company.build(only=tables, as_of=NOW)
    return company.publish().kept_as("targets")


AT_THE_CAP = "at the frozen cap of version v1 (100.0 points)"


@pytest.mark.parametrize(
    ("account", "band", "sentence"),
    [
        (
            *("acme", "next"),
            "To reach fair (25), acme needs 14.2 more points: 2 more report by 1 person, if done on"
            f" 2026-03-14, {AT_THE_CAP}",
        ),
        (
            *("acme Ltd", "good"),
            "To reach good (50), acme needs 39.5 more points: 4 more report by 1 person and 1"
            f" other, if done on 2026-03-14, {AT_THE_CAP}",
        ),
        (
            *("acme", "low"),
            "acme has reached low (0): on 2026-03-14 its score is 10.9, in the band low",
        ),
        (
            *("zeta", "next"),
            "To reach low (0), zeta needs some points: 1 more view by 1 other person, if done on"
            f" 2026-03-14, {AT_THE_CAP}",
        ),
        (
            *("poor", "fair"),
            f"To reach fair (25), poor needs 23.2 more points {AT_THE_CAP}: more than events of its"
            " own kinds can give in a window, at no more a day than its busiest user has done and"
            " the daily cap counts",
        ),
    ],
)
def test_a_target_is_told_in_one_sentence(
    told_of: Company, account: str, band: str, sentence: str
) -> None:
    assert target_of(told_of.settings(), account, band).sentence() == sentence


@pytest.mark.parametrize(
    ("account", "band", "sentence"),
    [
        ("acme", "fiar", "There is no band fiar: perhaps fair is meant."),
        ("acme", "best", "There is no band best: there are low, fair, good."),
        ("top", "next", "The account top is in good, the highest band: there is no next one."),
        ("nobody", "next", "There is no account nobody: look for the id in account_profiles."),
    ],
)
def test_what_has_no_target_is_told_in_one_sentence(
    told_of: Company, account: str, band: str, sentence: str
) -> None:
    with pytest.raises(UsageError) as stopped:
        target_of(told_of.settings(), account, band)
    assert str(stopped.value) == sentence


def test_the_command_takes_a_band_or_a_target_of_the_profiles(told_of: Company) -> None:
    def explain(*arguments: str) -> Result:
        return CliRunner().invoke(app, ["explain", *arguments, "--database", str(told_of.database)])

    found = explain("account", "acme", "--target", "fair", "--target", "duckdb")
    assert found.stdout.startswith("To reach fair (25), acme needs 14.2 more points: 2 more report")
    assert "not a promise" in found.stdout
    values = json.loads(explain("account", "acme", "--target", "next", "--json").stdout)
    assert (values["target_band"], values["step_events"]) == ("fair", 2)
    for arguments, sentence in (
        (("user", "ann", "--target", "fair"), "Bands are targets of accounts"),
        (("account", "acme", "--target", "fair", "--target", "low"), "name one of them"),
    ):
        assert sentence in str(explain(*arguments).exception)


def frozen_at(company: Company, day: date) -> None:
    """Freezes the caps of the company's version as they are on a day."""
    caps = company.query(
        "select version, entity_type, normalization_group, cap from engagement.score_calibrations"
        f" where score_date = '{day}'"
    )
    rows = "\n".join(f"{','.join(map(str, key))},{cap:.9f}" for *key, cap in caps)
    company.configure("calibration_caps", f"version,entity_type,normalization_group,cap\n{rows}")
    file = company.seeds / "scoring_versions.csv"
    file.write_text(file.read_text().replace("rolling", "frozen"))


def bands_with(
    company: Company, events: pd.DataFrame, steps: pd.DataFrame, day: date
) -> dict[str, str]:
    """The band of each account once the steps, a row each, are among its events."""
    added = pd.DataFrame(
        {
            "event_id": [f"step {number}" for number in range(len(steps))],
            "occurred_at": pd.to_datetime(steps["event_date"]) + pd.Timedelta(hours=12),
            "quantity": steps["events"],
            **{name: steps[name] for name in ("event_name", "user_id", "account_id")},
        }
    )
    columns = {"occurred_at": events["occurred_at"].astype("str"), "quantity": None}
    both = pd.concat([events.assign(**columns), added.astype({"occurred_at": "str"})])
    both.astype({"quantity": "Int64"}).to_parquet(company.data / "events.parquet")
    company.build("--full-refresh", only="account_scores", as_of=day)
    return dict(
        company.query(
            f"select account_id, band from engagement.account_scores where score_date = '{day}'"
        )
    )


@pytest.mark.parametrize("version", ["28,0.9,2,14,5,plan", "28,0.9,-2,,20,"])
def test_applied_steps_reach_the_band_and_none_can_be_left_out(
    company: Company, version: str
) -> None:
    """With the caps frozen, the steps of all accounts at once; then without one event of each."""
    company.configure("scoring_versions", f"{VERSION_COLUMNS}\nv1,1970-01-01,{version},rolling")
    simulate(company.data, accounts=40, users=300, days=120, seed=23)
    events = pd.read_parquet(company.data / "events", partitioning=None)
    shutil.rmtree(company.data / "events")
    events.to_parquet(company.data / "events.parquet")
    company.build(only=TABLES)
    assert company.differences() == []
    day = company.value("select as_of from engagement.run_history")
    with company.opened() as connection:
        steps = connection.execute(
            """select steps.* replace (nullif(user_id, '') as user_id), targets.band
            from engagement_internal.int_target_steps as steps
            inner join engagement_build.score_targets as targets using (account_id, target_band)"""
        ).df()
    targets = dict(zip(steps["account_id"], steps["target_band"], strict=True))
    bands = dict(zip(steps["account_id"], steps["band"], strict=True))
    assert len(targets) > 20
    frozen_at(company, day)
    reached = bands_with(company, events, steps, day)
    assert {account: reached[account] for account in targets} == targets
    # The event that counts least: without any other one, still more would be missing.
    least = steps.sort_values("points_each").drop_duplicates("account_id").index
    steps.loc[least, "events"] -= 1
    missed = bands_with(company, events, steps[steps["events"] > 0], day)
    assert {account: missed[account] for account in bands} == bands
