"""The published golden numbers through the whole pipeline, from events to public tables."""

from math import exp
from pathlib import Path

import pytest
from conftest import VERSION_COLUMNS, Company, event

POINTS = (475, 89, 101, 7, 3, 21, 2, 149, 223, 1, 13, 9, 37)
DAY_OF_187, DAY_OF_13, DAY_OF_BANDS = "2026-01-04", "2026-03-15", "2026-04-12"


def repeated(name: str, user: str, day: str, count: int, **columns: str) -> list[dict[str, object]]:
    return [
        event(f"{day}-{user}-{name}-{number}", name, user, f"{day} 12:00:00", **columns)
        for number in range(count)
    ]


@pytest.fixture(scope="module")
def golden(workshop: Path) -> Company:
    """Three windows apart: one user of 187 points, the 13 values, scores on the edges of bands."""
    company = Company(workshop).reset()
    company.configure(
        "scoring_versions",
        f"""{VERSION_COLUMNS}
        linear,1970-01-01,28,0.9,0,,13,,rolling
        frozen,2026-04-12,28,0.9,0,,13,,frozen
        curved,2026-04-13,28,0.9,2,,13,,frozen""",
    )
    company.configure(
        "calibration_caps",
        """version,entity_type,normalization_group,cap
        frozen,user,all,99
        frozen,account,all,99
        curved,user,all,99
        curved,account,all,99""",
    )
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        linear,nine,9,,true
        linear,seven,7,,true
        linear,five,5,,true
        linear,three,3,,true
        linear,one,1,,true
        frozen,one,1,,true
        curved,one,1,,true""",
    )
    company.configure(
        "key_features",
        "feature,event_name,launched_on,plans\n"
        + "\n".join(f"feature {number},f{number},," for number in range(8))
        + "\nnine,nine,,\nseven,seven,,",
    )
    company.configure(
        "activation_milestones",
        """milestone,entity_type,event_name,min_count,within_days,position
        nine,user,nine,3,,1
        seven,user,seven,5,,2
        five,user,five,10,,3
        three,user,three,20,,4
        more nines,user,nine,4,,5
        more sevens,user,seven,6,,6
        never,user,never,1,,7
        nine,account,nine,1,,1
        more nines,account,nine,4,,2
        seven,account,seven,1,,3
        more sevens,account,seven,6,,4
        never,account,never,1,,5""",
    )
    company.configure(
        "score_bands",
        """band,min_score
        first,0
        second,25
        third,50
        fourth,75""",
    )
    rows = [
        row
        for name, count in (("nine", 3), ("seven", 5), ("five", 10), ("three", 20), ("one", 15))
        for row in repeated(name, "u187", DAY_OF_187, count, account_id="a187")
    ]
    for points in POINTS:
        rows += repeated("one", f"u{points}", DAY_OF_13, points, account_id=f"a{points}")
    for points in (24, 49, 74, 99):
        rows += repeated("one", f"b{points}", DAY_OF_BANDS, points)
    rows += repeated("one", "after", "2026-04-14", 1)
    company.write("events", rows)
    company.build(tests=True)
    return company.kept_as("golden")


def score(company: Company, user: str, day: str, column: str = "score") -> float:
    value = company.value(
        f"select {column} from engagement.user_scores"
        f" where user_id = '{user}' and score_date = '{day}'"
    )
    return float(value)


def test_points_are_187(golden: Company) -> None:
    assert score(golden, "u187", DAY_OF_187, "points") == 187
    assert (
        golden.value(
            "select points from engagement.account_scores"
            f" where account_id = 'a187' and score_date = '{DAY_OF_187}'"
        )
        == 187
    )


def test_the_cap_is_208_2_for_users_and_for_accounts(golden: Company) -> None:
    caps = golden.query(
        "select calibration_status, population, cap from engagement.score_calibrations"
        f" where score_date = '{DAY_OF_13}'"
    )
    assert [row[:2] for row in caps] == [("measured", 13)] * 2
    assert [row[2] for row in caps] == pytest.approx([208.2] * 2, rel=1e-12)


@pytest.mark.parametrize(("points", "published"), [(475, 100), (223, 100), (149, 71.6), (37, 17.8)])
def test_without_the_floor_of_1_scores_are_the_published_linear_ones(
    golden: Company, points: int, published: float
) -> None:
    floored = score(golden, f"u{points}", DAY_OF_13)
    assert floored == pytest.approx(1 + 99 * min(points, 208.2) / 208.2, rel=1e-12)
    assert (floored - 1) / 99 * 100 == pytest.approx(published, abs=0.05)


def test_curvature_2_is_the_exponential_scale(golden: Company) -> None:
    expected = 1 + 99 * (exp(2 * 24 / 99) - 1) / (exp(2) - 1)
    assert score(golden, "b24", "2026-04-13") == pytest.approx(expected, rel=1e-12)
    assert score(golden, "b99", "2026-04-13") == 100


def test_scores_of_exactly_25_50_and_75_open_a_band_each(golden: Company) -> None:
    rows = golden.query(
        f"select score, band from engagement.user_scores where score_date = '{DAY_OF_BANDS}'"
        " and user_id like 'b%' order by score"
    )
    assert [round(row[0], 9) for row in rows] == [25, 50, 75, 100]
    assert [row[1] for row in rows] == ["second", "third", "fourth", "fourth"]


def test_adoption_of_2_in_10_features_is_20_percent(golden: Company) -> None:
    assert golden.query(
        "select features_used, features_available, adoption_rate from engagement.user_adoption"
        f" where user_id = 'u187' and score_date = '{DAY_OF_187}'"
    ) == [(2, 10, 0.2)]


def test_activation_is_4_of_7_and_2_of_5(golden: Company) -> None:
    assert golden.query(
        "select activation_rate, missing_milestones from engagement.user_activation"
        " where user_id = 'u187'"
    ) == [(4 / 7, "more nines|more sevens|never")]
    assert golden.query(
        "select activation_rate, next_milestone from engagement.account_activation"
        " where account_id = 'a187'"
    ) == [(2 / 5, "more nines")]


def test_the_independent_check_agrees(golden: Company) -> None:
    assert golden.differences() == []
