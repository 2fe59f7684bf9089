"""What would bring an account to a band: the points, the steps, and that exactly they get there.

In the fixtures scores are 1 + 99 x points / 100 (k = 0, a frozen cap of 100) over a week, and the
bands start at 0, 25 and 50: 25 takes 24.24 points, 50 takes 49.50.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from conftest import VERSION_COLUMNS, Company, event

NOW, DAY = date(2026, 3, 14), timedelta(days=1)
TABLES = "score_targets account_scores"


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
    company.write("events", [row for some in rows for row in some])
    for name, table in inputs.items():
        company.write(name, table)
    company.build(only=TABLES, tests=True, as_of=NOW)
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
    """10 points of 24.24: two more reports. One user did three on a day, so Ann has room for both."""
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


if __name__ == "__main__":
    pd.DataFrame()
