"""The independent check, against numbers worked out by hand."""

from __future__ import annotations

import csv
import gzip
import json
import random
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial
from math import exp, inf, log, nan
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from engagement.validation import TABLE_KEYS, Settings, compare, expected_tables, validate
from engagement.validation.days import over_windows
from engagement.validation.files import read_columns
from engagement.validation.inputs import utc
from engagement.validation.scores import exponential_scale, window_points
from engagement.validation.seeds import Version

Row = Mapping[str, object]
Rows = Sequence[Row]

V1: Row = {
    "version": "v1",
    "valid_from": "1970-01-01",
    "window_days": 28,
    "winsor_percentile": 0.9,
    "curvature": 2,
    "half_life_days": None,
    "min_population": 20,
    "normalize_by": None,
    "calibration": "rolling",
}
BANDS: Rows = [{"band": "low", "min_score": 0}, {"band": "champion", "min_score": 75}]
AS_OF = date(2026, 3, 31)


@dataclass(frozen=True)
class Company:
    """A company in a folder of CSVs, with its seeds in another."""

    folder: Path

    def tables(self, **variables: Any) -> dict[str, pd.DataFrame]:
        return expected_tables(self.settings(**variables))

    def settings(self, **variables: Any) -> Settings:
        given = {"as_of": AS_OF} | variables
        return Settings(
            data=self.folder / "data",
            seeds=self.folder / "seeds",
            publish_personal_data=True,
            **given,
        )


Writer = Callable[..., Company]


def write_company(folder: Path, events: Rows, **tables: Rows) -> Company:
    """Writes a company; inputs by their names, seeds by theirs, with defaults."""
    seeds: dict[str, Rows] = {
        "scoring_versions": [V1],
        "event_weights": [weight("click", 1)],
        "score_bands": BANDS,
    }
    for name, rows in (seeds | tables | {"events": events}).items():
        write_csv(folder / ("data" if name in INPUTS else "seeds") / f"{name}.csv", rows)
    return Company(folder)


@pytest.fixture
def company(tmp_path: Path) -> Writer:
    return partial(write_company, tmp_path)


INPUTS = {"events", "users", "accounts", "memberships", "account_history", "identities"} | {
    "subscriptions",
    "account_facts",
    "signal_actions",
}


def write_csv(path: Path, rows: Rows) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns)
        writer.writeheader()
        writer.writerows(rows)


def weight(
    name: str, value: float, daily_cap: int | None = None, version: str = "v1", active: bool = True
) -> Row:
    return {
        "version": version,
        "event_name": name,
        "weight": value,
        "daily_cap": daily_cap,
        "counts_as_active": str(active).lower(),
    }


def events(
    user: str, name: str, n: int = 1, at: str = "2026-03-30 12:00", account: str | None = None
) -> list[Row]:
    """n events at one time; their ids are unique by user, name, time and account."""
    return [
        {
            "event_id": f"{user}-{name}-{at}-{account}-{i}",
            "event_name": name,
            "user_id": user,
            "occurred_at": at,
            "account_id": account,
        }
        for i in range(n)
    ]


def row(table: pd.DataFrame, **where: object) -> pd.Series:
    """The only row with these values; a date is given as ISO text."""
    for column, value in where.items():
        table = table[table[column] == value]
    assert len(table) == 1, f"{len(table)} rows with {where}"
    return table.iloc[0]


# -- golden numbers ----------------------------------------------------------------------------


def test_points_of_the_worked_example_are_187(company: Writer) -> None:
    counts = {"a": (3, 9), "b": (5, 7), "c": (10, 5), "d": (20, 3), "e": (15, 1)}
    tables = company(
        [event for name, (n, _) in counts.items() for event in events("u", name, n)],
        event_weights=[weight(name, value) for name, (_, value) in counts.items()],
    ).tables()
    own = row(tables["user_scores"], score_date="2026-03-31")
    assert own["points"] == Decimal(187)
    assert own["scored_events"] == 53
    assert own["distinct_scored_events"] == 5
    assert own["active_days"] == 1


POPULATION = [475, 89, 101, 7, 3, 21, 2, 149, 223, 1, 13, 9, 37]


@pytest.mark.parametrize(
    ("curvature", "scale"),
    [
        (0, lambda u: 1 + 99 * u),
        (2, lambda u: 1 + 99 * (exp(2 * u) - 1) / (exp(2) - 1)),
        (-3, lambda u: 1 + 99 * (exp(-3 * u) - 1) / (exp(-3) - 1)),
    ],
)
def test_the_cap_of_the_worked_example_is_208_2(
    company: Writer, curvature: float, scale: Callable[[float], float]
) -> None:
    tables = company(
        [event for points in POPULATION for event in events(f"u{points}", f"e{points}")],
        event_weights=[weight(f"e{points}", points) for points in POPULATION],
        scoring_versions=[{**V1, "curvature": curvature, "min_population": 13}],
    ).tables()
    calibration = row(tables["score_calibrations"], score_date="2026-03-31", entity_type="user")
    assert calibration["cap"] == pytest.approx(208.2, rel=1e-15)
    assert calibration["calibration_status"] == "measured"
    assert calibration["population"] == 13
    scores = tables["user_scores"]
    own = row(scores, score_date="2026-03-31", user_id="u149")
    assert own["score"] == pytest.approx(scale(149 / 208.2), rel=1e-14)
    assert (own["rank"], own["percentile_rank"]) == (3, 10 / 13)
    top = row(scores, score_date="2026-03-31", user_id="u475")
    assert (top["winsorized_share"], top["score"], top["band"]) == (1, 100, "champion")
    everybody = [scale(min(points, 208.2) / 208.2) for points in POPULATION]
    assert calibration["p25_score"] == pytest.approx(np.quantile(everybody, 0.25), rel=1e-12)
    product = row(tables["product_scores"], score_date="2026-03-31")
    assert product["total_engagement"] == pytest.approx(sum(everybody), rel=1e-12)


def test_the_exponential_scale_at_ln_100_is_100_to_the_u() -> None:
    u = np.array([0, 0.25, 0.5, 1])
    assert exponential_scale(u, log(100)) == pytest.approx(100**u, rel=1e-13)
    assert exponential_scale(u, 0) == pytest.approx([1, 25.75, 50.5, 100], rel=1e-15)


def test_two_of_ten_features_are_an_adoption_of_a_fifth(company: Writer) -> None:
    features = [{"feature": f"f{i}", "event_name": f"e{i}"} for i in range(10)]
    locked = {"feature": "paid", "event_name": "e0", "plans": "pro|max"}
    later = {"feature": "later", "event_name": "e1", "launched_on": "2026-03-31"}
    tables = company(
        events("u", "e0", 3, account="a")
        + events("u", "e1", account="a")
        + events("u", "e7", at="2026-01-10", account="a"),
        accounts=[{"account_id": "a", "plan": "free"}],
        key_features=[*features, locked, later],
    ).tables()
    before = row(tables["user_adoption"], score_date="2026-03-30")
    assert (before["features_available"], before["features_used"]) == (10, 2)
    assert before["adoption_rate"] == 0.2
    assert before["adoption_rate_all_time"] == 0.3
    after = row(tables["account_adoption"], score_date="2026-03-31")
    assert (after["features_available"], after["features_used"]) == (11, 2)
    feature = tables["feature_adoption"]
    assert row(feature, score_date="2026-03-31", feature="later")["users_adopted"] == 0
    paid = row(feature, score_date="2026-03-31", feature="paid")
    assert (paid["users_available"], paid["users_adopted_all_time"]) == (0, 1)
    assert pd.isna(paid["user_adoption_rate"])
    assert (
        row(feature, score_date="2026-03-31", feature="e7".replace("e", "f"))[
            "users_adopted_all_time"
        ]
        == 1
    )


def milestone(
    name: str, kind: str, event: str, position: int, n: int | None = 1, **limits: int | None
) -> Row:
    return {
        "milestone": name,
        "entity_type": kind,
        "event_name": event,
        "min_count": n,
        **dict.fromkeys(("min_days", "within_days", "any_days")),
        **limits,
        "position": position,
    }


def test_activation_is_four_of_seven_and_two_of_five(company: Writer) -> None:
    users = [milestone(f"m{i}", "user", f"e{i}", 7 - i) for i in range(7)]
    accounts = [milestone(f"m{i}", "account", f"e{i}", i) for i in range(2)]
    late = [
        milestone("twice", "account", "e0", 2, n=2),
        milestone("soon", "account", "e3", 3, within_days=9),
        milestone("in ten days", "account", "e3", 4, within_days=10),
    ]
    tables = company(
        [event for i in (0, 2, 4, 6) for event in events("u", f"e{i}", account="a")]
        + events("v", "e3", at="2026-03-11", account="a"),
        accounts=[{"account_id": "a", "created_at": "2026-03-01 09:00"}],
        activation_milestones=[*users, *accounts, *late],
    ).tables()
    user = row(tables["user_activation"], user_id="u")
    assert (user["milestones_reached"], user["milestones"]) == (4, 7)
    assert user["activation_rate"] == 4 / 7
    assert user["missing_milestones"] == "m5|m3|m1"
    assert user["next_milestone"] == "m5"
    account = row(tables["account_activation"], account_id="a")
    assert account["activation_rate"] == 2 / 5
    assert account["missing_milestones"] == "m1|twice|soon"
    assert account["members"] == 2
    assert account["mean_user_activation_rate"] == pytest.approx((4 / 7 + 1 / 7) / 2)
    step = row(tables["activation_steps"], entity_id="a", milestone="in ten days")
    assert (step["occurrences"], step["days_to_reach"]) == (1, 10)
    product = row(tables["product_scores"], score_date="2026-03-29")
    assert product["user_activation_rate"] == pytest.approx(1 / 7)
    assert product["account_activation_rate"] == pytest.approx(1 / 5)


# -- which rows count --------------------------------------------------------------------------


def test_every_raw_row_has_one_outcome(company: Writer) -> None:
    good = events("u", "click")[0]
    raw: list[Row] = [
        {**good, "event_id": "kept", "properties": "b", "loaded_at": "2026-03-30 13:00"},
        {**good, "event_id": "kept", "properties": "a", "loaded_at": "2026-03-30 14:00"},
        {**good, "event_id": "kept", "properties": "a", "loaded_at": "2026-03-30 14:00"},
        {**good, "event_id": "kept", "occurred_at": "2026-03-28", "loaded_at": "2026-03-30"},
        {**good, "event_id": "  "},
        {**good, "event_name": None},
        {**good, "user_id": None},
        {**good, "occurred_at": None},
        {**good, "occurred_at": "31.03.2026"},
        {
            **good,
            "event_id": "f1",
            "occurred_at": "2026-03-30 12:01",
            "loaded_at": "2026-03-30 11:00",
        },
        {
            **good,
            "event_id": "f2",
            "occurred_at": "2026-03-30 12:00",
            "loaded_at": "2026-03-30 11:00",
        },
        {**good, "event_id": "f3", "occurred_at": "2026-05-01"},
        {**good, "event_id": "later", "occurred_at": "2026-04-01 00:00"},
        {**good, "event_id": "bot", "user_id": "robot"},
    ]
    tables = company(raw, users=[{"user_id": "robot", "is_internal": "true"}]).tables(
        reference_time=datetime(2026, 4, 10)
    )
    run = tables["run_history"].iloc[0]
    # `now` is given, so f3 alone is ahead of it; f1 is a minute over the clock skew.
    assert run["source_rows"] == len(raw)
    assert run["accepted_events"] == 3
    assert run["excluded_events"] == 1
    assert run["pending_events"] == 1
    assert run["rejected_events"] == 9
    assert run["recurring_event_ids"] == 1
    rejected = tables["rejected_events"]
    assert rejected.groupby("reason")["copies"].sum().to_dict() == {
        "missing_event_id": 1,
        "missing_event_name": 1,
        "missing_user_id": 1,
        "missing_occurred_at": 1,
        "unparsable_occurred_at": 1,
        "future": 2,
        "duplicate": 2,
    }
    assert row(rejected, reason="duplicate")["properties"] == "a"
    inventory = row(tables["event_inventory"], event_name="click")
    assert (inventory["events"], inventory["excluded_events"]) == (3, 1)


def test_without_a_var_as_of_is_the_day_before_the_latest_accepted_event(
    company: Writer,
) -> None:
    two_days = company(
        events("u", "click", at="2026-03-01") + events("u", "click", at="2026-03-05")
    )
    run = two_days.tables(as_of=None)["run_history"].iloc[0]
    assert run["as_of"] == pd.Timestamp("2026-03-04")
    assert (run["accepted_events"], run["pending_events"]) == (1, 1)
    one_day = company(events("u", "click", at="2026-03-05"))
    assert one_day.tables(as_of=None)["run_history"].iloc[0]["as_of"] == pd.Timestamp("2026-03-05")


def test_no_accepted_event_leaves_no_score_dates(company: Writer) -> None:
    empty = company([{**events("u", "click")[0], "user_id": ""}], users=[{"user_id": "u"}])
    tables = empty.tables(as_of=None)
    assert tables["product_scores"].empty
    profile = tables["user_profiles"].iloc[0]
    assert (profile["score"], profile["band"]) == (0, "inactive")
    assert pd.isna(profile["features_used"])


def test_a_folder_without_events_is_one_sentence(tmp_path: Path) -> None:
    settings = Settings(tmp_path, tmp_path)
    with pytest.raises(ValueError, match="There are no events at"):
        read_columns(settings, "events", "event_id")
    (tmp_path / "events").mkdir()
    with pytest.raises(ValueError, match="There are no events at"):
        read_columns(settings, "events", "event_id")
    assert read_columns(settings, "users", "user_id email").empty


def test_an_alias_is_followed_to_the_end_of_its_chain(company: Writer) -> None:
    tables = company(
        events("cookie", "click") + events("phone", "click") + events("u", "click"),
        identities=[
            {"alias_id": "cookie", "user_id": "phone"},
            {"alias_id": "phone", "user_id": "u"},
        ],
        users=[{"user_id": "u"}, {"user_id": "phone", "email": "old@example.com"}],
    ).tables()
    assert list(tables["user_profiles"]["user_id"]) == ["u"]
    assert tables["user_profiles"].iloc[0]["events"] == 3


def test_a_chain_of_aliases_that_never_ends_is_an_error(company: Writer) -> None:
    identities = [{"alias_id": "a", "user_id": "b"}, {"alias_id": "b", "user_id": "a"}]
    with pytest.raises(ValueError, match="never ends"):
        company(events("a", "click"), identities=identities).tables()


def test_a_day_begins_at_midnight_in_the_time_zone_on_both_sides_of_dst(
    company: Writer,
) -> None:
    # Berlin is UTC+1 until 2026-03-29 01:00 UTC, then UTC+2.
    times = ["2026-03-28 22:59:59", "2026-03-28T23:00:00Z", "2026-03-29 21:59:59.999999"]
    times += ["2026-03-29 22:00 UTC", "2026-03-30T00:00:00+02:00"]
    clicks = [{**events("u", "click")[0], "occurred_at": at} for at in times]
    days = company([{**click, "event_id": str(i)} for i, click in enumerate(clicks)]).tables(
        timezone="Europe/Berlin"
    )["activity"]
    users = days[days["entity_type"] == "user"].set_index("activity_date")
    assert list(users["daily_active"]) == [1, 1, 1, 0]
    assert users.index[0] == pd.Timestamp("2026-03-28")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", "2026-01-31"),
        ("2026-01-31 10:00", "2026-01-31 10:00"),
        ("2026-01-31T10:00:00.123456Z", "2026-01-31 10:00:00.123456"),
        ("2026-01-31T10:00:00.1234567", "2026-01-31 10:00:00.123456"),
        ("2026-01-31 10:00:00+02:00", "2026-01-31 08:00"),
        ("2026-01-31 10:00:00 -0530", "2026-01-31 15:30"),
        ("2026-01-31 10:00:00+00", "2026-01-31 10:00"),
        ("2026-01-31 10:00:00 UTC", "2026-01-31 10:00"),
        ("2026-02-30", None),
        ("26-01-31", None),
        ("1769853600", "2026-01-31 10:00"),
        ("2026-01-31 10:00 Europe/Berlin", None),
        ("yesterday", None),
    ],
)
def test_which_texts_are_times(text: str, expected: str | None) -> None:
    parsed = utc(pd.Series([text, None], dtype="str"))
    assert (
        parsed.iloc[0] is pd.NaT if expected is None else parsed.iloc[0] == pd.Timestamp(expected)
    )
    assert parsed.iloc[1] is pd.NaT


def test_all_file_formats_give_the_same_tables(company: Writer, tmp_path: Path) -> None:
    raw = events("007", "click", 2, at="2026-03-30 12:00:00.5", account="1")
    raw += events("7", "click", at="2026-03-31", account="01")
    expected = company(raw).tables()
    assert set(expected["user_profiles"]["user_id"]) == {"7", "007"}
    frame = pd.DataFrame(raw).astype("str")
    typed = frame.assign(
        occurred_at=pd.to_datetime(frame["occurred_at"], format="ISO8601", utc=True)
    )

    def csv_gz(data: Path) -> None:
        with gzip.open(data / "events.csv.gz", "wt", encoding="utf-8") as file:
            file.write(frame.to_csv(index=False))

    def jsonl(data: Path) -> None:
        lines = [json.dumps({**row, "properties": {"n": 1}}) for row in raw]
        (data / "events.jsonl").write_text("\n".join(lines) + "\n")

    def folder(data: Path) -> None:
        for part in (0, 1):
            (data / "events" / f"month={part}").mkdir(parents=True)
            typed.iloc[part::2].to_parquet(data / "events" / f"month={part}" / "part.parquet")

    def parquet(data: Path) -> None:
        typed.to_parquet(data / "events.parquet")

    for write in (csv_gz, jsonl, folder, parquet):
        data = tmp_path / write.__name__
        data.mkdir()
        write(data)
        settings = replace(Company(tmp_path).settings(), data=data)
        for name, table in expected_tables(settings).items():
            assert compare(expected[name], table, TABLE_KEYS[name], name) == []


# -- scores ------------------------------------------------------------------------------------


def test_the_daily_cap_is_per_user_and_in_accounts_per_user_and_account(
    company: Writer,
) -> None:
    tables = company(
        events("u", "click", 4, account="a")
        + events("u", "click", 2, account="b")
        + events("v", "click", 4, account="a"),
        event_weights=[weight("click", 2, daily_cap=3)],
    ).tables()
    users, accounts = tables["user_scores"], tables["account_scores"]
    assert row(users, score_date="2026-03-31", user_id="u")["points"] == 6
    a = row(accounts, score_date="2026-03-31", account_id="a")
    assert a["points"] == 12
    assert (a["champion_user_id"], a["champion_concentration"]) == ("u", 0.5)
    assert (a["active_users"], a["members"], a["coverage"]) == (2, 2, 1)
    assert (a["scored_events"], a["total_user_score"]) == (8, 200)
    assert row(accounts, score_date="2026-03-31", account_id="b")["points"] == 4


def test_with_a_half_life_old_events_count_less(company: Writer) -> None:
    tables = company(
        events("u", "click", at="2026-03-31") + events("u", "click", at="2026-03-24"),
        event_weights=[weight("click", 0.125)],
        scoring_versions=[{**V1, "half_life_days": 3}],
    ).tables()
    factor = Decimal(str(round(0.5 ** (7 / 3), 9)))
    expected = Decimal("0.125") * (1 + factor)
    assert row(tables["user_scores"], score_date="2026-03-31")["points"] == expected


def version(**changes: Any) -> Version:
    return replace(
        Version("v1", -inf, 28, Decimal("0.9"), 2.0, None, 20, None, is_frozen=False), **changes
    )


def test_the_decay_factor_is_rounded_half_up_at_nine_decimals() -> None:
    factors = version(half_life_days=1.0, window_days=11).factors()
    assert factors.tolist()[:3] == [10**9, 5 * 10**8, 25 * 10**7]
    assert factors[10] == 976_563  # 0.5^10 = 0.0009765625


def test_points_too_large_for_int64_stay_exact() -> None:
    units = pd.DataFrame({"day": [1, 2], "entity": [0, 0], "units": [10**17, 10**17 + 1]})
    points = window_points(units, ["entity"], np.array([2]), version())["points"]
    assert points.iloc[0] == (2 * 10**17 + 1) * 10**9


def test_windows_are_the_same_in_chunks_and_at_once() -> None:
    daily = pd.DataFrame({"day": [1, 1, 3, 5, 8], "n": range(5)})
    dates = np.array([2, 3, 5, 9, 30])
    whole = pd.concat(over_windows(daily, dates, 3))
    pieces = list(over_windows(daily, dates, 3, chunk_rows=2))
    assert len(pieces) > 1
    pd.testing.assert_frame_equal(pd.concat(pieces), whole)
    assert whole.groupby("score_date")["n"].agg(list).to_dict() == {
        2: [0, 1],
        3: [0, 1, 2],
        5: [2, 3],
        9: [4],
    }


def crowd(n: int, at: str) -> list[Row]:
    """n users with 1, 2 ... n clicks."""
    return [event for i in range(1, n + 1) for event in events(f"u{i:02}", "click", i, at=at)]


def statuses(
    tables: Mapping[str, pd.DataFrame], kind: str = "user"
) -> dict[str, tuple[str, float]]:
    own = tables["score_calibrations"]
    own = own[(own["entity_type"] == kind) & (own["normalization_group"] == "all")]
    return {
        f"{date:%m-%d}": (status, cap)
        for date, status, cap in zip(
            own["score_date"], own["calibration_status"], own["cap"], strict=True
        )
    }


def test_a_small_population_takes_the_cap_of_the_latest_sunday_with_enough(
    company: Writer,
) -> None:
    # 2026-03-01 and -08 are Sundays.
    clicks = crowd(3, "2026-02-28") + crowd(5, "2026-03-02") + crowd(1, "2026-03-12")
    versions = [{**V1, "window_days": 7, "min_population": 3, "winsor_percentile": 0.5}]
    by_date = statuses(company(clicks, scoring_versions=versions).tables())
    assert by_date["02-28"] == ("measured", 2)
    assert by_date["03-02"] == ("measured", 4)
    assert by_date["03-08"] == ("measured", 3)
    assert by_date["03-12"] == ("carried_forward", 3)
    assert by_date["03-18"] == ("carried_forward", 3)
    small = company(crowd(2, "2026-02-28"), scoring_versions=versions).tables()
    assert statuses(small)["03-01"] == ("insufficient_population", 2)
    caps = [
        {"version": "v1", "entity_type": "user", "normalization_group": "all", "cap": 1.5},
    ]
    given = company(crowd(2, "2026-02-28"), scoring_versions=versions, calibration_caps=caps)
    assert statuses(given.tables())["03-01"] == ("fallback", 1.5)


def test_a_frozen_version_scores_by_its_caps_alone(company: Writer) -> None:
    caps = [
        {"version": "v1", "entity_type": kind, "normalization_group": "all", "cap": 20}
        for kind in ("user", "account")
    ]
    frozen = company(
        crowd(30, "2026-03-30"),
        scoring_versions=[{**V1, "calibration": "frozen"}],
        calibration_caps=caps,
    )
    tables = frozen.tables()
    assert statuses(tables)["03-31"] == ("frozen", 20)
    assert (
        row(tables["user_scores"], score_date="2026-03-31", user_id="u10")["winsorized_share"]
        == 0.5
    )
    bare = company(
        crowd(1, "2026-03-30"),
        scoring_versions=[{**V1, "calibration": "frozen"}],
        calibration_caps=[{**caps[0], "version": "v0"}],
    )
    with pytest.raises(ValueError, match="calibration_caps"):
        bare.tables()


def test_a_small_normalization_group_is_pooled(company: Writer) -> None:
    plans = {f"u{i:02}": "free" if i <= 4 else "pro" if i <= 6 else None for i in range(1, 8)}
    tables = company(
        crowd(7, "2026-03-30"),
        users=[{"user_id": user, "account_id": f"a-{user}"} for user in plans],
        accounts=[{"account_id": f"a-{user}", "plan": plan} for user, plan in plans.items()],
        scoring_versions=[
            {**V1, "min_population": 4, "normalize_by": "plan", "winsor_percentile": 0.5}
        ],
    ).tables()
    rows = tables["score_calibrations"]
    rows = rows[(rows["score_date"] == "2026-03-31") & (rows["entity_type"] == "user")]
    found = rows.set_index("normalization_group")
    assert found["calibration_status"].to_dict() == {
        "all": "measured",
        "free": "measured",
        "pro": "pooled",
        "unknown": "pooled",
    }
    assert found["cap"].to_dict() == {"all": 4, "free": 2.5, "pro": 4, "unknown": 4}
    assert (
        row(tables["user_scores"], score_date="2026-03-31", user_id="u01")["winsorized_share"]
        == 1 / 2.5
    )
    assert row(tables["user_scores"], score_date="2026-03-31", user_id="u01")["rank"] == 7


def test_the_version_in_force_on_a_date_scores_it(company: Writer) -> None:
    second = {**V1, "version": "v2", "valid_from": "2026-03-30", "window_days": 7}
    tables = company(
        events("u", "click", at="2026-03-22 08:00") + events("u", "click", at="2026-03-29 08:00"),
        scoring_versions=[V1, second],
        event_weights=[weight("click", 1), weight("click", 5, version="v2")],
    ).tables()
    scores = tables["user_scores"]
    before = row(scores, score_date="2026-03-29")
    assert (before["version"], before["points"]) == ("v1", 2)
    assert before["previous_points"] is None
    after = row(scores, score_date="2026-03-30")
    assert (after["version"], after["points"]) == ("v2", 5)
    assert after["previous_points"] == 1  # on 03-23, under v1
    assert after["active_days"] == 1


def test_a_fall_by_half_is_cooling_and_silence_is_a_row_of_zero(
    company: Writer,
) -> None:
    clicks = events("u", "click", 10, at="2026-01-20") + events("v", "click", at="2026-01-01")
    clicks += events("u", "click", 5, at="2026-02-20") + events("v", "click", 4, at="2026-02-20")
    scores = company(clicks).tables()["user_scores"]
    fallen = row(scores, score_date="2026-02-22", user_id="u")
    assert (fallen["previous_points"], fallen["points"]) == (10, 5)
    assert (fallen["score_change"], fallen["trend"]) == (0, "cooling")
    silent = row(scores, score_date="2026-03-20", user_id="u")
    assert (silent["points"], silent["score"], silent["band"]) == (0, 0, "inactive")
    assert (silent["rank"] is pd.NA, silent["trend"]) == (True, "cooling")
    assert scores[(scores["score_date"] == "2026-01-28")]["trend"].isna().all()


# -- activity ----------------------------------------------------------------------------------


def test_lifecycle_states_of_weeks(company: Writer) -> None:
    weeks = ["2026-03-02", "2026-03-09", "2026-03-16", "2026-03-23"]
    clicks = events("old", "click", at=weeks[0]) + events("old", "click", at=weeks[2])
    clicks += events("fresh", "click", at=weeks[0]) + events("fresh", "click", at=weeks[1])
    table = company(clicks, users=[{"user_id": "fresh", "created_at": weeks[0]}]).tables()[
        "lifecycle"
    ]
    table = table[(table["period"] == "week") & (table["entity_type"] == "user")]
    states = table.pivot(index="period_start", columns="state", values="entities")
    assert [f"{week:%Y-%m-%d}" for week in states.index] == weeks
    assert states["new"].tolist() == [1, 0, 0, 0]
    assert states["retained"].tolist() == [1, 1, 0, 0]
    assert states["resurrected"].tolist() == [0, 0, 1, 0]
    assert states["dormant"].tolist() == [0, 1, 1, 1]


def test_growth_and_the_composite(company: Writer) -> None:
    clicks = events("u", "click", at="2026-02-01", account="lost")
    clicks += events("u", "click", at="2026-03-30", account="gained")
    clicks += events("v", "click", at="2026-01-31", account="kept")
    clicks += events("v", "click", at="2026-03-20", account="kept")
    tables = company(clicks, key_features=[{"feature": "f", "event_name": "click"}]).tables()
    product = row(tables["product_scores"], score_date="2026-03-31")
    # "lost" was last active on 02-01: outside the window before, (02-03 - 28, 02-03 + 28].
    assert (product["gained_accounts"], product["lost_accounts"]) == (2, 0)
    product = row(tables["product_scores"], score_date="2026-03-01")
    assert (product["gained_accounts"], product["lost_accounts"]) == (0, 2)
    assert (product["growth_rate"], product["active_accounts"]) == (1 / 4, 0)
    early = row(tables["product_scores"], score_date="2026-02-08")
    assert pd.isna(early["growth_rate"])
    assert early["composite_score"] == pytest.approx(100 * (1 + 2 / 28 / 2) / 2)


# -- signals -----------------------------------------------------------------------------------


def rule(signal: str, severity: str, entity_type: str = "account", **columns: object) -> Row:
    """A row of signal_rules; the limits it needs, and a fact, are given by name."""
    return {
        "entity_type": entity_type,
        "signal": signal,
        "kind": "risk",
        "severity": severity,
        "is_enabled": "true",
        "sentence": "{measured_value} of {evidence}",
        **columns,
    }


@pytest.mark.parametrize(
    ("cooldown", "expected"),
    [
        (4, [("2026-03-04", "2026-03-30", "2026-03-31", 24, "24 of ")]),
        (
            3,
            [
                ("2026-03-04", "2026-03-05", "2026-03-06", 4, "4 of "),
                ("2026-03-09", "2026-03-30", "2026-03-31", 24, "24 of "),
            ],
        ),
    ],
)
def test_what_comes_back_within_the_cooldown_is_the_same_opening(
    company: Writer, cooldown: int, expected: list[tuple[object, ...]]
) -> None:
    days = ("2026-03-01", "2026-03-06", "2026-03-31")
    signals = company(
        [event for day in days for event in events("u", "click", at=day, account="a")],
        signal_rules=[rule("gone_inactive", "critical", alert_budget=9, min_days=3)],
    ).tables(signal_cooldown_days=cooldown)["signals"]
    times = [signals[name].dt.date.astype(str) for name in ("opened_on", "last_seen_on")]
    closed = signals["closed_on"].dt.date.astype(str)
    assert [
        *zip(*times, closed, signals["measured_value"], signals["sentence"], strict=True)
    ] == expected
    assert not signals["is_open"].any()


def test_a_signal_with_limits_of_a_fact_holds_while_the_latest_value_is_within(
    company: Writer,
) -> None:
    facts = [("a", "2026-03-01", 4), ("a", "2026-03-25", 2), ("a", "2026-03-25", 3), ("b", None, 1)]
    signals = company(
        events("u", "click", at="2026-03-02", account="a")
        + events("v", "click", at="2026-03-02", account="b"),
        account_facts=[
            {"account_id": account, "measured_on": day, "name": "satisfaction", "value": value}
            for account, day, value in facts
        ],
        signal_rules=[
            rule(
                "gone_inactive",
                "critical",
                alert_budget=9,
                min_days=3,
                fact="satisfaction",
                max_fact=3,
            )
        ],
    ).tables()["signals"]
    only = row(signals, entity_id="a")
    assert (str(only["opened_on"].date()), only["fact_value"]) == ("2026-03-25", 3)
    assert set(signals["entity_id"]) == {"a"}


def test_priority_is_severity_times_one_plus_the_share_of_the_mean_revenue(
    company: Writer,
) -> None:
    silent = [("b", "2026-03-20"), ("c", "2026-03-21")]
    tables = company(
        [event for user in "uv" for event in events(user, "click", at="2026-03-31", account="a")]
        + [event for a, day in silent for event in events("w", "click", at=day, account=a)],
        users=[{"user_id": user, "account_id": "a"} for user in "uvw"],
        accounts=[{"account_id": "a", "renews_on": "2026-04-10", "status": "paying"}],
        subscriptions=[
            {"account_id": account, "month": "2026-03-01", "mrr": mrr}
            for account, mrr in (("a", 300), ("b", 100))
        ],
        signal_rules=[
            rule("gone_inactive", "critical", alert_budget=9, min_days=3),
            rule("renewal_at_risk", "high", alert_budget=9, max_share=1, max_days=60),
            rule("power_user", "low", "user", kind="opportunity", min_score=1, min_days=1),
            rule("declining", "high", "user", is_enabled="false", min_fall=0),
        ],
    ).tables()
    table = tables["account_priorities"].set_index("account_id")
    # Three customers: two are less at risk than b, one less than c.
    assert table["priority"].to_dict() == {
        "a": 5 * 2.5,
        "b": pytest.approx(8 * 1.5 * (1 + 2 / 3)),
        "c": pytest.approx(8 * (1 + 1 / 3)),
    }
    assert table["priority_rank"].to_dict() == {"b": 1, "a": 2, "c": 3}
    first = table.loc["a"]
    assert (first["signals"], first["open_signals"]) == ("renewal_at_risk|power_user", 2)
    assert (first["open_risks"], first["open_opportunities"]) == (1, 1)
    assert (first["top_signal"], first["top_sentence"]) == (
        "renewal_at_risk",
        "10 of a score of 100, active today",
    )
    assert set(tables["signals"]["signal"]) == {"gone_inactive", "renewal_at_risk", "power_user"}


# -- everything, the slow way ------------------------------------------------------------------


def random_company(seed: int) -> tuple[Rows, dict[str, Rows]]:
    """40 days of random clicks of 8 users in 3 accounts, with memberships that come and go."""
    chance = random.Random(seed)
    start = date(2026, 2, 20)

    def day(span: int = 40) -> str:
        return str(start + timedelta(days=chance.randrange(span)))

    users = [f"u{i}" for i in range(8)]
    accounts = ["a", "b", "c"]
    clicks: list[Row] = []
    for i in range(120):
        clicks.append(
            {
                "event_id": str(i),
                "event_name": chance.choice(["click", "view"]),
                "user_id": chance.choice(users),
                "occurred_at": f"{day()} {chance.randrange(24):02}:00",
                "account_id": chance.choice([*accounts, None]),
            }
        )
    memberships = [
        {
            "user_id": chance.choice(users),
            "account_id": chance.choice(accounts),
            "valid_from": chance.choice([None, day()]),
            "valid_to": chance.choice([None, day()]),
        }
        for _ in range(10)
    ]
    listed = [
        {
            "user_id": user,
            "account_id": chance.choice([*accounts, None]),
            "created_at": chance.choice([None, day()]),
        }
        for user in users[:6]
    ]
    return clicks, {"memberships": memberships, "users": listed}


@pytest.mark.parametrize("seed", range(5))
def test_a_random_company_counted_row_by_row(company: Writer, seed: int) -> None:
    clicks, inputs = random_company(seed)
    weights = [weight("click", 2, daily_cap=2), weight("view", 0.5, active=False)]
    tables = company(clicks, **inputs, event_weights=weights).tables()
    members, users = inputs["memberships"], {u["user_id"]: u for u in inputs["users"]}

    def account_then(user: object, day: str) -> Any:
        valid = [m for m in members if m["user_id"] == user and holds(m, day)]
        valid.sort(key=lambda m: str(m["account_id"]))
        valid.sort(key=lambda m: str(m["valid_from"] or ""), reverse=True)
        return valid[0]["account_id"] if valid else users.get(user, {}).get("account_id")

    def holds(member: Row, day: str) -> bool:
        return str(member["valid_from"] or "") <= day < str(member["valid_to"] or "9")

    rows = [
        (
            str(c["occurred_at"])[:10],
            c["user_id"],
            c["event_name"],
            c["account_id"] or account_then(c["user_id"], str(c["occurred_at"])[:10]),
        )
        for c in clicks
    ]
    for score_date in ("2026-03-20", "2026-03-31"):
        since = str(date.fromisoformat(score_date) - timedelta(days=28))
        window = [r for r in rows if since < r[0] <= score_date]
        scored = tables["account_scores"]
        for account in ("a", "b", "c"):
            own = [r for r in window if r[3] == account]
            points = sum(
                2 * min(2, sum(r[:3] == (d, u, "click") for r in own))
                + 0.5 * sum(r[:3] == (d, u, "view") for r in own)
                for d in {r[0] for r in own}
                for u in {r[1] for r in own}
            )
            found = row(scored, score_date=score_date, account_id=account)
            assert found["points"] == Decimal(str(points))
            assert found["active_users"] == len({r[1] for r in own if r[2] == "click"})
            assert found["active_days"] == len({r[0] for r in own if r[2] == "click"})
            assert found["scored_events"] == len(own)
            everybody = {*users, *(r[1] for r in rows)}
            belong = {
                m["user_id"] for m in members if m["account_id"] == account and holds(m, score_date)
            }
            placed = {m["user_id"] for m in members if holds(m, score_date)}
            for name, user in users.items():
                seen = min((r[0] for r in rows if r[1] == name), default="")
                if user["account_id"] == account and name not in placed:
                    belong |= {name} if str(user["created_at"] or seen) <= score_date else set()
            belong |= {r[1] for r in rows if r[3] == account and r[0] <= score_date}
            assert found["members"] == len(belong & everybody)
        product = row(tables["product_scores"], score_date=score_date)
        assert product["active_users"] == len({r[1] for r in window if r[2] == "click"})
        days = tables["activity"]
        month = row(days, activity_date=score_date, entity_type="user")
        assert month["monthly_active"] == product["active_users"]
        dailies = {(r[0], r[1]) for r in window if r[2] == "click"}
        assert month["stickiness_rate"] == pytest.approx(
            len(dailies) / 28 / month["monthly_active"]
        )


# -- compare -----------------------------------------------------------------------------------


@pytest.fixture
def expected() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "day": pd.to_datetime(["2026-03-30", "2026-03-31", "2026-03-31"]),
            "id": pd.Series(["u", "u", None], dtype="str"),
            "points": [Decimal("0.1"), Decimal("2.5"), None],
            "score": [1.5, 99.0, nan],
            "rank": pd.array([1, 2, None], dtype="Int64"),
            "band": pd.Series(["low", "high", None], dtype="str"),
        }
    )


KEYS = ["day", "id"]


def test_equal_tables_have_no_differences(expected: pd.DataFrame) -> None:
    shuffled = expected.sample(frac=1, random_state=1)
    assert compare(expected, shuffled.assign(extra=1), KEYS) == []
    noise = expected.assign(score=expected["score"] * (1 + 1e-12))
    assert compare(expected, noise, KEYS) == []
    as_dates = expected.assign(day=expected["day"].dt.date, rank=expected["rank"].astype("Float64"))
    assert compare(expected, as_dates, KEYS) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("score", 99.000001),
        ("score", nan),
        ("score", inf),
        ("points", Decimal("2.500000000001")),
        ("points", None),
        ("rank", 3),
        ("rank", pd.NA),
        ("band", "low"),
        ("band", None),
    ],
)
def test_a_changed_value_is_found(expected: pd.DataFrame, column: str, value: Any) -> None:
    actual = expected.copy()
    actual.loc[1, column] = value
    (difference,) = compare(expected, actual, KEYS, "scores")
    assert (difference.table, difference.column) == ("scores", column)
    assert difference.key == {"day": date(2026, 3, 31), "id": "u"}
    assert difference.expected == expected.loc[1, column]


def test_infinity_is_a_difference_even_where_null_is_expected(expected: pd.DataFrame) -> None:
    actual = expected.copy()
    actual.loc[2, "score"] = inf
    (difference,) = compare(expected, actual, KEYS)
    assert (difference.expected, difference.actual) == (None, inf)


def test_rows_and_columns_that_lack_or_are_too_many_are_found(expected: pd.DataFrame) -> None:
    def said(actual: pd.DataFrame) -> list[tuple[object, object, object]]:
        found = compare(expected, actual, KEYS)
        return [(d.column, d.expected, d.actual) for d in found]

    assert said(expected.iloc[1:]) == [(None, "present", "missing")]
    extra = pd.concat([expected, expected.iloc[:1].assign(id="v")])
    assert said(extra) == [(None, "missing", "present")]
    twice = pd.concat([expected, expected.iloc[2:]])
    assert said(twice) == [(None, "present", "repeated")]
    assert said(expected.drop(columns="score")) == [("score", "present", "missing")]


# -- validate ----------------------------------------------------------------------------------


def publish(tables: Mapping[str, pd.DataFrame], database: Path) -> None:
    """The expected tables as if the project had built them."""
    with duckdb.connect(str(database)) as connection:
        catalog = f'"{database.stem}".engagement'
        connection.execute(f"create schema {catalog}")
        for name, table in tables.items():
            extra = (
                {"started_at": datetime(2026, 4, 1, tzinfo=UTC)} if name == "run_history" else {}
            )
            connection.register("frame", table.assign(**extra))
            connection.execute(f"create table {catalog}.{name} as select * from frame")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, Path]:
    folder = tmp_path_factory.mktemp("company")
    clicks, inputs = random_company(7)
    one = write_company(
        folder,
        [*clicks, {**clicks[0], "event_id": None}],
        **inputs,
        key_features=[{"feature": "clicking", "event_name": "click"}],
        activation_milestones=[milestone("clicked", "user", "click", 1)],
        signal_rules=[
            rule("power_user", "low", "user", min_score=1, min_days=1),
            rule("depends_on_one_champion", "high", min_score=1, min_share=0.1, min_count=1),
        ],
    )
    publish(one.tables(), folder / "engagement.duckdb")
    return one, folder / "engagement.duckdb"


@pytest.fixture
def built(original: tuple[Company, Path], tmp_path: Path) -> tuple[Company, Path]:
    """A company and a database of its own to spoil."""
    one, database = original
    return one, Path(shutil.copy(database, tmp_path))


def change(database: Path, statement: str) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(statement.replace("engagement.", f'"{database.stem}".engagement.'))


def test_a_database_that_is_right_passes(built: tuple[Company, Path]) -> None:
    one, database = built
    told: list[str] = []
    report = validate(one.settings(), database, progress=told.append)
    assert report.ok, [check.differences for check in report.tables if check.different]
    assert {check.table for check in report.tables} == set(TABLE_KEYS) - {
        "published_scores",
        "published_risk",
        "published_signals",
        "score_validation",
        "signal_history",
    }
    assert report.sampled is None
    assert report.events == 121
    assert [check.table for check in report.tables if not check.rows] == [
        "score_outcomes",
        "tracking_incidents",
    ]
    assert "comparing user_scores" in told


@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("update engagement.user_scores set score = score + 1e-6 where rank = 1", "user_scores"),
        ("delete from engagement.lifecycle where state = 'new'", "lifecycle"),
        (
            "insert into engagement.user_profiles from engagement.user_profiles limit 1",
            "user_profiles",
        ),
        ("drop table engagement.activity", "activity"),
        ("alter table engagement.account_scores drop coverage", "account_scores"),
        ("update engagement.rejected_events set copies = 2", "rejected_events"),
        ("update engagement.run_history set source_rows = 0", "run_history"),
        ("update engagement.signals set sentence = 'All is well.' where is_open", "signals"),
        ("delete from engagement.signals where entity_type = 'account'", "signals"),
        (
            "update engagement.account_priorities set priority_rank = 4 - priority_rank",
            "account_priorities",
        ),
    ],
)
def test_a_database_that_is_wrong_fails(
    built: tuple[Company, Path], statement: str, table: str
) -> None:
    one, database = built
    change(database, statement)
    report = validate(one.settings(), database)
    assert not report.ok
    assert [check.table for check in report.tables if check.different] == [table]


def test_a_large_company_is_checked_on_a_reproducible_sample(built: tuple[Company, Path]) -> None:
    one, database = built

    def rows(seed: int) -> Iterable[tuple[str, int, bool]]:
        report = validate(one.settings(), database, sample_above=100, seed=seed, sample=3)
        assert report.ok
        assert report.sampled is not None
        return [(check.table, check.rows, check.is_sampled) for check in report.tables]

    everything = validate(one.settings(), database)
    first, again, other = dict_of(rows(1)), dict_of(rows(1)), dict_of(rows(2))
    assert first == again != other
    for check in everything.tables:
        checked, is_sampled = first[check.table]
        assert checked < check.rows if check.table == "user_scores" else checked <= check.rows
        assert is_sampled or checked == check.rows


def dict_of(rows: Iterable[tuple[str, int, bool]]) -> dict[str, tuple[int, bool]]:
    return {table: (count, is_sampled) for table, count, is_sampled in rows}


def test_settings_come_from_vars() -> None:
    settings = Settings.from_vars(
        Path("d"),
        Path("s"),
        {
            "as_of": "2026-03-31",
            "reference_time": None,
            "clock_skew_minutes": 5,
            "timezone": "Europe/Berlin",
        },
    )
    assert (settings.as_of, settings.reference_time) == (AS_OF, None)
    assert (settings.clock_skew_minutes, settings.timezone) == (5, "Europe/Berlin")
