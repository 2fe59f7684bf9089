"""The real history of nine open-source projects, built with the example's own seeds."""

import pytest
from conftest import OPENSTACK, Company

from engagement.validation import Settings as CheckSettings
from engagement.validation import validate

pytestmark = pytest.mark.skipif(not OPENSTACK.is_dir(), reason=f"there is no {OPENSTACK}")


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
