"""The real history of nine open-source projects, built with the example's own seeds."""

from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from conftest import OPENSTACK, Company

from engagement.project import CHECKOUT
from engagement.validation import Settings as CheckSettings
from engagement.validation import validate

pytestmark = pytest.mark.skipif(not OPENSTACK.is_dir(), reason=f"there is no {OPENSTACK}")

EXAMPLE = CHECKOUT / "examples" / "openstack"


def test_every_one_of_the_339132_rows_is_accounted_for(openstack: Company) -> None:
    (counts,) = openstack.query(
        "select source_rows, accepted_events, excluded_events, rejected_events, pending_events"
        " from engagement.run_history"
    )
    assert counts[0] == 339_132 == sum(counts[1:])
    assert dict(
        openstack.query(
            "select reason, sum(copies) from engagement.rejected_events group by reason"
        )
    ) == {"future": 144, "duplicate": 1}


def test_bots_and_those_without_a_company_are_excluded(openstack: Company) -> None:
    assert (
        openstack.query(
            "select account_id from engagement.account_scores where account_id like '*%'"
        )
        == []
    )
    excluded = openstack.value(
        f"""
        select count(*)
        from '{OPENSTACK}/events.parquet' as events
        left join '{OPENSTACK}/identities.csv.gz' as identities
            on events.user_id = identities.alias_id
        inner join '{OPENSTACK}/users.csv.gz' as users
            on coalesce(identities.user_id, events.user_id) = users.user_id
        where
            (
                users.is_internal
                or coalesce(events.account_id, users.account_id, '') in ('*independent', '*robots')
            )
            and events.occurred_at <= events.loaded_at + interval 60 minute
            and cast(events.occurred_at as date) <= (select as_of from engagement.run_history)
        """
    )
    assert excluded > 92_000
    assert openstack.value("select excluded_events from engagement.run_history") == excluded


def test_monthly_commits_are_those_that_git_counts(openstack: Company) -> None:
    """The inventory's commits against git, sort and uniq: all but the excluded and pending."""
    counted = openstack.value(
        f"select sum(commits_no_merges) from '{OPENSTACK}/reference_git_monthly.csv'"
    )
    commits, excluded = openstack.query(
        "select events, excluded_events from engagement.event_inventory where event_name = 'commit'"
    )[0]
    rejected, pending = openstack.query(
        f"""
        select
            (
                select sum(copies) from engagement.rejected_events
                where event_name = 'commit' and reason <> 'duplicate'
            ),
            count(*)
        from '{OPENSTACK}/events.parquet' as events, engagement.run_history as run
        where event_name = 'commit' and cast(occurred_at as date) > run.as_of
        """
    )[0]
    assert commits + excluded + rejected + pending == counted


def test_the_independent_check_confirms_every_public_number(openstack: Company) -> None:
    report = validate(CheckSettings(openstack.data, openstack.seeds), openstack.database)
    assert report.ok, [table.differences for table in report.tables if table.differences]


def next_half_year(database: Path, *score_dates: str) -> pd.DataFrame:
    """What the example's query finds for these score dates alone."""
    query = (EXAMPLE / "next_half_year.sql").read_text()
    every_date = "score_date >= date '2011-01-01'"
    assert query.count(every_date) == 1
    query = query.replace(every_date, f"score_date in {score_dates}")
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute(query).fetchdf()
    return rows.set_index(["entity_type", "predictor", "quartile"])


def accepted_rows() -> pd.DataFrame:
    """The accepted events, from the raw rows alone."""
    events = pd.read_parquet(OPENSTACK / "events.parquet")
    users = pd.read_csv(OPENSTACK / "users.csv.gz").set_index("user_id")
    person = pd.read_csv(OPENSTACK / "identities.csv.gz").set_index("alias_id")["user_id"]
    events["user_id"] = events["user_id"].map(person).fillna(events["user_id"])
    own_account = events["user_id"].map(users["account_id"])
    events["account_id"] = events["account_id"].fillna(own_account)
    events["day"] = events["occurred_at"].dt.normalize()
    is_excluded = events["user_id"].isin(users.index[users["is_internal"]])
    is_excluded |= events["account_id"].isin(["*independent", "*robots"])
    is_future = events["occurred_at"] > events["loaded_at"] + pd.Timedelta(minutes=60)
    return events[~is_excluded & ~is_future].drop_duplicates(["event_id", "day"])


def entities_on(score_date: str, entity_id: str, events: pd.DataFrame) -> pd.DataFrame:
    """Whoever had an event by the date: predictors (null without points), then what came next."""
    age = (pd.Timestamp(score_date) - events["day"]).dt.days
    window = events[age.between(0, 90)]
    capped = list(dict.fromkeys([entity_id, "user_id", "day", "event_name"]))
    counts = window.groupby(capped).size().rename("count").reset_index()
    weights = pd.read_csv(EXAMPLE / "seeds" / "event_weights.csv").set_index("event_name")
    counts = counts.join(weights, on="event_name")
    counts["points"] = counts["weight"] * counts[["count", "daily_cap"]].min(axis=1)
    points = counts.groupby(entity_id)["points"].sum()
    points = points[points > 0]

    entities = pd.DataFrame(index=events.loc[age >= 0, entity_id].unique())
    entities["score"] = points.clip(upper=np.quantile(points, 0.9))
    entities["event_count"] = window.groupby(entity_id).size()
    entities["active_days"] = window.groupby(entity_id)["day"].nunique()
    entities["days_since_activity"] = -age[window.index].groupby(window[entity_id]).min()
    for outcome, latest_age in {"active": -1, "still_active": -92}.items():
        after = events.loc[age.between(-182, latest_age), entity_id]
        entities[outcome] = entities.index.isin(after)
    numbers = events[age.between(-182, -1)].groupby(entity_id).size()
    entities["events"] = numbers.reindex(entities.index, fill_value=0)
    return entities


@pytest.mark.parametrize("entity_type", ["user", "account"])
def test_the_next_half_year_is_what_the_raw_rows_say(openstack: Company, entity_type: str) -> None:
    """The top and the bottom quartile of two dates, and the AUC by comparing every pair."""
    score_dates = "2014-01-05", "2016-01-03"
    events = accepted_rows().dropna(subset=f"{entity_type}_id")
    on_dates = [entities_on(score_date, f"{entity_type}_id", events) for score_date in score_dates]
    found = next_half_year(openstack.working_file, *score_dates).loc[entity_type]

    def assert_row(predictor: str, quartile: str, parts: list[pd.DataFrame]) -> None:
        row, members = (predictor, quartile), pd.concat(parts)
        assert found.loc[row, "entity_dates"] == len(members), row
        assert found.loc[row, "mean_events"] == pytest.approx(members["events"].mean(), abs=0.051)
        assert found.loc[row, "median_events"] == members["events"].median(), row
        for outcome in ("active", "still_active"):
            share = pytest.approx(100 * members[outcome].mean(), abs=0.051)
            assert found.loc[row, f"percent_{outcome}"] == share, (row, outcome)

    assert_row("score", "inactive", [on_date[on_date["score"].isna()] for on_date in on_dates])
    scored = [on_date.dropna(subset="score") for on_date in on_dates]
    for predictor in ("score", "event_count", "active_days", "days_since_activity"):
        gaps = [np.subtract.outer(*[part[predictor].to_numpy()] * 2) for part in scored]
        share_with_less = [(gap > 0).mean(axis=1) for gap in gaps]
        quarters = list(zip(scored, share_with_less, strict=True))
        assert_row(predictor, "1", [part[share < 0.25] for part, share in quarters])
        assert_row(predictor, "4", [part[share >= 0.75] for part, share in quarters])
        for outcome in ("active", "still_active"):
            pairs = np.concatenate(
                [
                    gap[part[outcome]][:, ~part[outcome]].ravel()
                    for part, gap in zip(scored, gaps, strict=True)
                ]
            )
            area = pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2, abs=0.00051)
            assert found.loc[(predictor, "all"), f"auc_{outcome}"] == area, (predictor, outcome)


def test_a_half_year_that_is_not_over_is_left_out(openstack: Company) -> None:
    found = next_half_year(openstack.working_file, "2026-01-04", "2026-07-05")
    assert found.equals(next_half_year(openstack.working_file, "2026-01-04", "2026-01-04"))
    assert not found.empty
