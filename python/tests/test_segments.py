"""Groups of users and accounts, by hand: who is in them on which day, and what is left out."""

from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from conftest import Company, event

from engagement.errors import UsageError

BEFORE, NOW = date(2026, 3, 7), date(2026, 3, 14)
TABLES = "segment_scores account_role_scores score_distributions"


@pytest.fixture
def small(company: Company) -> Company:
    """Scores of 1 + 99 x points / 100, over a week; ann and bob on a, cid on b, dan nowhere."""
    return configured(company)


@pytest.fixture(scope="module")
def built(workshop: Path) -> Company:
    """The same company, built once with all of dbt's tests; only to be read."""
    company = configured(Company(workshop).reset())
    build(company, tests=True)
    return company.kept_as("segments")


def configured(company: Company) -> Company:
    company.score_reports()
    company.configure("key_features", "feature,event_name,launched_on,plans\nreports,report,,")
    company.configure(
        "activation_milestones",
        """milestone,entity_type,event_name,min_count,within_days,position
        a report,user,report,1,,1
        ten reports,user,report,10,,2""",
    )
    company.write(
        "users",
        [
            {"user_id": "ann", "account_id": "a", "role": "admin", "created_at": "2025-12-01"},
            {"user_id": "bob", "account_id": "a", "role": "", "created_at": "2026-03-01"},
            {"user_id": "cid", "account_id": "b", "role": "admin", "created_at": "2025-12-14"},
            {"user_id": "dan", "account_id": "", "role": "guest", "created_at": "2026-03-10"},
        ],
    )
    company.write(
        "accounts",
        [
            {"account_id": "a", "plan": "pro", "region": "north", "created_at": "2025-12-01"},
            {"account_id": "b", "plan": "free", "region": "", "created_at": "2025-12-14"},
        ],
    )
    company.write(
        "account_history",
        [
            {"account_id": "a", "valid_from": "2025-12-01", "plan": "free"},
            {"account_id": "a", "valid_from": str(NOW), "plan": "pro"},
        ],
    )
    company.write(
        "events",
        [
            event(f"{user}{day}{number}", "report", user, f"{day} 09:00", account_id=account)
            for user, account, day, count in (
                ("ann", "a", BEFORE, 10),
                ("ann", "a", NOW, 20),
                ("bob", "a", NOW, 5),
                ("cid", "b", NOW, 40),
            )
            for number in range(count)
        ],
    )
    return company


def segments(company: Company, entity_type: str, dimension: str, day: date = NOW) -> list[Any]:
    return company.query(
        "select value, entities, active_entities, scored_entities, round(mean_score, 9),"
        " adoption_rate, round(activation_rate, 9) from engagement.segment_scores"
        f" where score_date = '{day}' and entity_type = '{entity_type}'"
        f" and dimension = '{dimension}' order by value"
    )


def build(company: Company, only: str = TABLES, tests: bool = False, **variables: Any) -> None:
    company.build(only=only, as_of=NOW, tests=tests, min_segment_size=1, **variables)
    assert company.differences(as_of=NOW, min_segment_size=1, **variables) == []


def test_a_segment_says_how_many_are_behind_each_figure(built: Company) -> None:
    assert segments(built, "user", "role") == [
        ("admin", 2, 2, 2, round(1 + 0.99 * 30, 9), 1, 1),
        ("guest", 1, 0, 0, None, None, 0),
        ("unknown", 1, 1, 1, 5.95, 1, 0.5),
    ]
    assert segments(built, "account", "plan") == [
        ("free", 1, 1, 1, 40.6, 1, None),
        ("pro", 1, 1, 1, 25.75, 1, None),
    ]


def test_a_plan_counts_from_the_day_of_its_change(built: Company) -> None:
    before = segments(built, "user", "plan", date(2026, 3, 13))
    assert [row[:3] for row in before] == [("free", 3, 1), ("unknown", 1, 0)]
    now = segments(built, "user", "plan")
    assert [row[:3] for row in now] == [("free", 1, 1), ("pro", 2, 2), ("unknown", 1, 0)]


def test_an_entity_is_established_90_days_after_its_signup(built: Company) -> None:
    """cid signed up 90 days before NOW, ann 103, bob and dan this month."""
    assert [row[:2] for row in segments(built, "user", "age")] == [("established", 2), ("new", 2)]
    assert [row[:2] for row in segments(built, "user", "age", date(2026, 3, 13))] == [
        ("established", 1),
        ("new", 3),
    ]
    assert [row[:2] for row in segments(built, "user", "tenure")] == [
        ("0-29 days", 2),
        ("90-364 days", 2),
    ]
    assert [row[:2] for row in segments(built, "user", "signup_month")] == [
        ("2025-12-01", 2),
        ("2026-03-01", 2),
    ]


def test_figures_of_too_few_are_left_out(small: Company) -> None:
    small.build(only=TABLES, as_of=NOW, tests=True, min_segment_size=2)
    assert segments(small, "user", "role") == [
        ("admin", 2, 2, 2, round(1 + 0.99 * 30, 9), 1, 1),
        ("guest", 1, 0, 0, None, None, None),
        ("unknown", 1, 1, 1, None, None, None),
    ]
    assert small.differences(as_of=NOW, min_segment_size=2) == []


def test_segments_by_a_column_that_a_var_names(small: Company) -> None:
    """An account that no table lists is in the segment of those without a value."""
    events = small.data / "events.csv"
    events.write_text(events.read_text() + f"x,report,ann,{NOW} 10:00,unlisted\n")
    build(small, segment_attributes={"accounts": ["region"]})
    assert [row[:2] for row in segments(small, "account", "region")] == [
        ("north", 1),
        ("unknown", 2),
    ]


def test_segments_by_a_column_of_json_lines(small: Company) -> None:
    accounts = small.data / "accounts.csv"
    pd.read_csv(accounts).to_json(small.data / "accounts.jsonl", orient="records", lines=True)
    accounts.unlink()
    build(small, segment_attributes={"accounts": ["region"]})
    assert segments(small, "account", "region")[0][:2] == ("north", 1)


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"users": ["size"]}, "names size, which the input users lacks: add the column"),
        ({"users": ["role"]}, "names role of users, by which segments are formed already"),
        ({"users": "team"}, "has team for users: write a list"),
        ({"events": ["kind"]}, "names events: write"),
    ],
)
def test_a_wrong_attribute_is_one_sentence(small: Company, attributes: Any, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        small.build(as_of=NOW, segment_attributes=attributes)


def test_a_new_role_makes_all_dates_again(small: Company) -> None:
    build(small, only="")
    users = small.data / "users.csv"
    users.write_text(users.read_text().replace("a,,2026-03-01", "a,guest,2026-03-01"))
    build(small, only="")
    assert [row[:2] for row in segments(small, "user", "role")] == [("admin", 2), ("guest", 2)]
    assert small.query(
        "select role, active_users, points, round(share_of_points, 9)"
        f" from engagement.account_role_scores where score_date = '{NOW}' and account_id = 'a'"
        " order by role"
    ) == [("admin", 1, 20, 0.8), ("guest", 1, 5, 0.2)]


def test_the_last_bin_of_a_distribution_holds_100(small: Company) -> None:
    small.configure(
        "calibration_caps",
        """version,entity_type,normalization_group,cap
        v1,user,all,20
        v1,account,all,100""",
    )
    build(small)
    assert small.query(
        "select min_score, entities, round(share, 9) from engagement.score_distributions"
        f" where score_date = '{NOW}' and entity_type = 'user' order by 1"
    ) == [(25, 1, round(1 / 3, 9)), (95, 2, round(2 / 3, 9))]
