"""Milestones and features of which no event has occurred: a rate is unknown then, not 0 %."""

from datetime import date
from typing import Any

import pytest
from conftest import Company, event

VARIABLES: dict[str, Any] = {
    "score_history_days": 30,
    "min_segment_size": 1,
    "established_after_days": 400,
}


@pytest.fixture
def company_with_goals(company: Company) -> Company:
    """Two features and two milestones of each type; reports from 1 May on, and nothing else."""
    company.score_reports()
    company.configure(
        "key_features",
        """feature,event_name,launched_on,plans
        exports,export,,
        shares,share,,""",
    )
    company.configure(
        "activation_milestones",
        """milestone,entity_type,event_name,min_count,within_days,position
        an export,user,export,1,,1
        a share,user,share,1,,2
        an export,account,export,1,,1
        a share,account,share,1,,2""",
    )
    company.write("events", reports())
    company.write("accounts", [{"account_id": "a", "created_at": "2026-05-01", "status": "trial"}])
    return company


def reports() -> list[dict[str, object]]:
    return [row(f"r{day}", "report", day) for day in range(1, 11)]


def row(event_id: str, name: str, day: int, loaded: int = 12) -> dict[str, object]:
    return event(
        event_id,
        name,
        "u",
        f"2026-05-{day:02} 09:00:00",
        account_id="a",
        loaded_at=f"2026-05-{loaded} 00:00:00",
    )


def rates(company: Company) -> dict[str, list[object]]:
    """Every rate of adoption and activation on 4 and 9 May."""
    on = "score_date in ('2026-05-04', '2026-05-09') order by score_date"
    queries = {
        "user": f"select adoption_rate from engagement.user_adoption where {on}",
        "account": f"select adoption_rate_all_time from engagement.account_adoption where {on}",
        "feature": "select user_adoption_rate from engagement.feature_adoption"
        f" where feature = 'exports' and {on}",
        "product": f"select account_activation_rate from engagement.product_scores where {on}",
        "segment": "select activation_rate from engagement.segment_scores"
        f" where entity_type = 'user' and dimension = 'plan' and {on}",
    }
    return {name: [value for (value,) in company.query(sql)] for name, sql in queries.items()}


def test_without_an_event_there_is_no_rate_and_no_signal(company_with_goals: Company) -> None:
    company_with_goals.build(tests=True, **VARIABLES)
    assert set(map(tuple, rates(company_with_goals).values())) == {(None, None)}
    assert company_with_goals.query(
        "select milestones, milestones_reached, activation_rate, missing_milestones,"
        " mean_user_activation_rate from engagement.account_activation"
    ) == [(2, 0, None, "an export|a share", None)]
    assert company_with_goals.query(
        "select adoption_rate, activation_rate from engagement.user_profiles"
    ) == [(None, None)]
    goals = ("onboarding_stuck", "needs_training", "cross_sell", "trial_ready")
    assert (
        company_with_goals.query(
            f"select signal from engagement.signal_history where signal in {goals}"
        )
        == []
    )
    assert company_with_goals.differences(**VARIABLES) == []


def test_the_rate_begins_on_the_day_of_the_first_event_however_late_it_comes(
    company_with_goals: Company,
) -> None:
    company_with_goals.build(**VARIABLES)
    company_with_goals.write("events", [*reports(), row("e", "export", 5, loaded=13)])
    company_with_goals.build(**VARIABLES)
    assert rates(company_with_goals) == {
        "user": [None, 0.5],
        "account": [None, 0.5],
        "feature": [None, 1],
        "product": [None, 0.5],
        "segment": [None, 0.5],
    }
    # The share that nobody has made still counts as missing.
    assert company_with_goals.query(
        "select activation_rate, next_milestone from engagement.user_activation"
    ) == [(0.5, "a share")]
    assert company_with_goals.value("select max(as_of) from engagement.run_history") == date(
        2026, 5, 9
    )
    assert company_with_goals.differences(**VARIABLES) == []


def test_a_feature_that_nobody_has_used_is_not_recommended(company_with_goals: Company) -> None:
    company_with_goals.configure(
        "signal_rules",
        """entity_type,signal,kind,severity,is_enabled,min_score,min_count,sentence
        account,cross_sell,opportunity,low,true,1,1,{evidence}""",
    )
    company_with_goals.write(
        "accounts", [{"account_id": "a", "status": "paying"}, {"account_id": "b"}]
    )
    used = {**row("e", "export", 9), "user_id": "v", "account_id": "b"}
    company_with_goals.write("events", [*reports(), used])
    company_with_goals.build(**VARIABLES)
    assert company_with_goals.query(
        "select entity_id, opened_on, evidence from engagement.signals"
    ) == [("a", date(2026, 5, 9), "exports")]
    assert company_with_goals.differences(**VARIABLES) == []
