"""Whatever the company and its configuration: the models and the independent check agree.

A few companies are drawn in every run, always the same ones; ENGAGEMENT_EXAMPLES=200 draws more,
at random, and prints how to draw the failing one again.
"""

import os
from datetime import datetime, timedelta
from typing import Any

from conftest import VERSION_COLUMNS, Company, event
from generators import (
    actors,
    dimensions,
    event_rules,
    properties,
    quantities,
    signal_rules,
    users,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as draw

EXAMPLES = os.environ.get("ENGAGEMENT_EXAMPLES")
START = datetime(2026, 3, 1)
DAYS = 75

accounts = draw.sampled_from(["a", "b", "demo", ""])
moments = draw.integers(0, DAYS * 24 * 60).map(lambda minutes: START + timedelta(minutes=minutes))
few_or_many = draw.sampled_from([40, 5])
days = moments.map(lambda moment: str(moment.date()))


@draw.composite
def events(choose: draw.DrawFn) -> dict[str, Any]:
    occurred_at = choose(moments)
    delay = choose(draw.sampled_from([-120, 0, 5, 60 * 24 * 3]))
    return event(
        str(choose(draw.integers(1, 60))),
        choose(
            draw.sampled_from(["task_created", "project_created", "automation_ran", "other", ""])
        ),
        choose(draw.one_of(users, users, users, draw.just(""))),
        choose(draw.sampled_from([str(occurred_at), f"{occurred_at.isoformat()}Z", "soon", ""])),
        account_id=choose(accounts),
        quantity=choose(quantities),
        properties=choose(properties),
        actor=choose(actors),
        loaded_at=choose(draw.sampled_from([str(occurred_at + timedelta(minutes=delay)), ""])),
    )


@draw.composite
def companies(choose: draw.DrawFn) -> dict[str, list[dict[str, Any]]]:
    return {
        "events": choose(draw.lists(events(), min_size=choose(few_or_many), max_size=60)),
        **choose(dimensions(days, accounts)),
    }


@draw.composite
def versions(choose: draw.DrawFn) -> str:
    """Two versions, of which the second begins during the events or soon after them."""
    second = choose(draw.sampled_from(["2026-04-10", "2026-05-20"]))
    rows = [
        [
            version,
            valid_from,
            choose(draw.sampled_from([7, 28])),
            choose(draw.sampled_from([0.5, 0.9])),
            choose(draw.sampled_from([-2, 0, 2])),
            choose(draw.sampled_from(["", 3])),
            choose(draw.sampled_from([1, 3])),
            choose(draw.sampled_from(["", "plan"])),
            "rolling",
        ]
        for version, valid_from in (("v1", "2026-01-01"), ("v2", second))
    ]
    return "\n".join(",".join(map(str, row)) for row in rows)


@settings(
    max_examples=int(EXAMPLES or 4),
    derandomize=EXAMPLES is None,
    database=None,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
@given(
    inputs=companies(),
    scoring=versions(),
    rules=signal_rules(),
    of_events=event_rules(),
    scored=draw.sampled_from([["human"], ["human"], ["human", "agent"], ["api"]]),
    cooldown=draw.sampled_from([14, 2]),
    holdout=draw.sampled_from([0, 0, 0.5]),
)
def test_models_and_check_agree(
    company: Company,
    inputs: dict[str, list[dict[str, Any]]],
    scoring: str,
    rules: str,
    of_events: dict[str, str],
    scored: list[str],
    cooldown: int,
    holdout: float,
) -> None:
    company.reset()
    company.configure("scoring_versions", f"{VERSION_COLUMNS}\n{scoring}")
    company.configure(
        "event_weights",
        """version,event_name,weight,daily_cap,counts_as_active
        v1,task_created,3,2,true
        v1,project_created,0.125,,true
        v1,automation_ran,0,,false
        v1,other,0,,false
        v2,task_created,5,,true
        v2,project_created,7,1,false""",
    )
    company.configure("signal_rules", rules)
    for seed, text in of_events.items():
        company.configure(seed, text)
    company.configure("excluded_accounts", "account_id,reason\ndemo,our own")
    for name, rows in inputs.items():
        if rows:
            company.write(name, rows)
    variables: dict[str, Any] = {
        "timezone": "America/New_York",
        "signal_cooldown_days": cooldown,
        "action_holdout": holdout,
        "scored_actors": scored,
        "publish_personal_data": True,
        "max_rejected_share": 1,
    }
    company.build(**variables)
    assert company.differences(**variables) == []
