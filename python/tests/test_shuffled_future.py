"""What is told of a day rests on what had happened by then: events after it change nothing."""

import shutil
from datetime import date, timedelta

import duckdb
import numpy as np
import pandas as pd
from conftest import BUILT, Company

from engagement.simulate import simulate
from engagement.validation import TABLE_KEYS

#: The tables whose rows belong to a day, in SQL; a period belongs to its last.
DAYS = {
    **dict.fromkeys(
        [
            "user_scores",
            "account_scores",
            "account_risk",
            "product_scores",
            "segment_scores",
            "account_role_scores",
            "score_distributions",
            "score_calibrations",
            "score_changes",
            "published_scores",
            "account_risk",
            "user_adoption",
            "account_adoption",
            "feature_adoption",
            "account_risk",
        ],
        "score_date",
    ),
    "activity": "activity_date",
    "lifecycle": "case period when 'day' then period_start when 'week' then period_start + 6"
    " else last_day(period_start) end",
}
#: Those that look ahead (outcomes), and those of today.
OTHERS = {
    *("score_outcomes", "score_validation", "feature_impact"),
    *("score_change_drivers", "score_contributions", "score_targets", "band_targets"),
    *("scored_event_days", "cohort_retention"),
    *("signals", "signal_history", "account_priorities"),
    *("published_risk", "published_signals"),
    *("user_activation", "account_activation", "activation_steps"),
    *("user_profiles", "account_profiles", "account_features"),
    *("event_inventory", "rejected_events", "run_history", "tracking_incidents"),
}

IGNORED = {f"{BUILT}.published_scores": "published_at"}


def shuffled(events: pd.DataFrame, day: date) -> pd.DataFrame:
    """The events, those after a day with the users, accounts and names of others of them."""
    times = pd.to_datetime(events["occurred_at"], errors="coerce", utc=True)
    later = events.index[times >= pd.Timestamp(day, tz="UTC") + pd.Timedelta(days=1)]
    numbers = np.random.default_rng(7)
    for column in ("user_id", "account_id", "event_name"):
        events.loc[later, column] = events.loc[numbers.permutation(later), column].to_numpy()
    return events


def test_a_shuffle_of_later_events_changes_no_earlier_row(company: Company) -> None:
    assert {*DAYS, *OTHERS} == {*TABLE_KEYS}
    simulate(company.data, accounts=30, users=250, days=160, seed=11)
    users, events = company.data / "users.parquet", company.data / "events.parquet"
    pd.read_parquet(users)[::3].to_parquet(users)  # the others are inferred
    found = pd.read_parquet(company.data / "events", partitioning=None)
    shutil.rmtree(company.data / "events")
    found.to_parquet(events)
    company.build()
    as_of = company.value("select as_of from engagement.run_history")
    day = as_of - timedelta(days=45)
    kept = company.working_file.rename(company.folder / "before.duckdb")
    shuffled(found, day).to_parquet(events)
    company.build(as_of=as_of)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{kept}' as before (read_only)")
        connection.execute(f"attach '{company.working_file}' as after (read_only)")
        places = [(f"{BUILT}.{table}", column) for table, column in DAYS.items()]
        for place, column in [*places, ("engagement_internal.int_signal_days", "score_date")]:
            before, after = (
                f"select * exclude ({IGNORED[place]}) from {name}.{place}"
                if place in IGNORED
                else f"from {name}.{place}"
                for name in ("before", "after")
            )

            def differences(condition: str, one: str = before, other: str = after) -> int:
                one, other = f"({one} where {condition})", f"({other} where {condition})"
                both = f"({one} except all {other}) union all ({other} except all {one})"
                return len(connection.execute(both).fetchall())

            assert differences(f"{column} <= '{day}'") == 0, place
            assert differences(f"{column} > '{day}'") > 0, place
