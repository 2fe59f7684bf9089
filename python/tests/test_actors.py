"""Who did it, and what it is called: actors apart, and events named by their properties."""

import json
from typing import Any

import pytest
from conftest import Company, event

from engagement.errors import UsageError

WEIGHTS = """version,event_name,weight,daily_cap,counts_as_active
    v1,report,1,,true
    v1,upgrade,5,,true
    v1,gigabyte,2,3,true"""
DERIVED = """position,derived_event,source_event,property,comparison,value,quantity_property,unit
    2,change,plan_changed,to,exists,,,
    1,upgrade,plan_changed,to,is,pro,,
    1,upgrade,plan_changed,plan/seats,at_least,5,,
    3,gigabyte,upload,,,,files/0/gb,0.1"""
RULES = """position,field,comparison,value,actor
    1,user_id,starts_with,svc-,api
    1,event_name,is_not,login,api
    2,properties/client,contains,mcp,agent
    3,actor,is,robot,agent"""


def on(day: int, number: str, name: str, user: str = "u", **columns: Any) -> dict[str, Any]:
    """An event of account a at noon of a day of May, loaded an hour later unless it says so."""
    properties = columns.pop("properties", "")
    return event(
        number,
        name,
        user,
        f"2026-05-{day:02d} 12:00",
        account_id="a",
        loaded_at=columns.pop("loaded_at", f"2026-05-{day:02d} 13:00"),
        properties=properties if isinstance(properties, str) else json.dumps(properties),
        actor=columns.pop("actor", ""),
        quantity=columns.pop("quantity", ""),
    )


PRO = {"to": "pro", "plan": {"seats": 5}}
FIRST = [
    on(1, "1", "report"),
    on(1, "2", "report", actor=" Human "),
    on(1, "3", "report", actor="agent"),
    on(1, "4", "report", actor="API", quantity="3"),
    on(1, "5", "report", actor="robot"),
    on(1, "6", "report", actor="butler"),
    # A rule comes before the column, and the first that holds before the others.
    on(1, "7", "report", "svc-1", actor="human", properties={"client": "mcp"}),
    on(1, "8", "report", properties={"client": "an mcp server"}),
    on(1, "9", "login", "svc-1"),
    # The first rule whose conditions all hold gives the name.
    on(2, "11", "plan_changed", properties=PRO),
    on(2, "12", "plan_changed", properties={"to": "pro", "plan": {"seats": 4.5}}),
    on(2, "13", "plan_changed", properties={"to": None, "plan": {"seats": 9}}),
    on(2, "14", "plan_changed", properties='{"to": "pro", "plan": {"seats": 9}'),
    on(2, "15", "other_changed", properties=PRO),
    # floor(0.3 / 0.1) is 3; nothing or less is 0, and the row says no quantity of its own.
    on(2, "21", "upload", properties={"files": [{"gb": 0.3}]}),
    on(2, "22", "upload", properties={"files": [{"gb": "0.19"}]}, quantity="many"),
    on(2, "23", "upload", properties={"files": [{"gb": -7}]}),
    on(2, "24", "upload", properties={"files": []}, quantity="7"),
    on(2, "25", "upload", properties={"files": [{"gb": "many"}]}),
    on(2, "26", "upload", properties={"files": [{"gb": 1e9}]}),
    on(3, "99", "report"),
]


def configure(company: Company) -> None:
    """The rules, on scores that a hand can compute."""
    company.score_reports()
    company.configure("event_weights", WEIGHTS)
    company.configure("derived_events", DERIVED)
    company.configure("actor_rules", RULES)


def inventory(company: Company) -> dict[str, tuple[Any, ...]]:
    """The events that occur: rows; how often, by humans, agents, APIs and others; users."""
    rows = company.query(
        "select event_name, source_rows, events, human_events, agent_events, api_events,"
        " other_events, users from engagement.event_inventory where source_rows > 0"
    )
    return {row[0]: row[1:] for row in rows}


def points(company: Company, table: str = "user") -> dict[str, float]:
    """The points on the latest day."""
    rows = company.query(
        f"select {table}_id, cast(points as double) from engagement.{table}_profiles"
        " where points > 0"
    )
    return dict(rows)


def why_it_started_over(company: Company) -> Any:
    """What the last run says."""
    return company.value(
        "select started_over_because from engagement.run_history order by started_at desc limit 1"
    )


def test_only_scored_actors_score_and_events_are_named_by_their_properties(
    company: Company,
) -> None:
    configure(company)
    nights = [*FIRST]
    company.write("events", nights)
    # By hand, of the days 1 and 2: the login of svc-1 is by a human, and has no weight.
    company.build(publish_personal_data=True)
    assert inventory(company) == {
        "report": (8, 10, 2, 3, 4, 1, 1),
        "login": (1, 1, 1, 0, 0, 0, 1),
        "upgrade": (1, 1, 1, 0, 0, 0, 1),
        "change": (1, 1, 1, 0, 0, 0, 1),
        "plan_changed": (2, 2, 2, 0, 0, 0, 1),
        "other_changed": (1, 1, 1, 0, 0, 0, 1),
        "gigabyte": (4, 4, 4, 0, 0, 0, 1),
    }
    # Two reports, an upgrade, and three of the four gigabytes that the cap lets count.
    assert points(company) == {"u": 2 + 5 + 2 * 3}
    assert points(company, "account") == {"a": 13}
    assert company.value("select agent_share from engagement.account_profiles") == 8 / 20
    assert company.query(
        "select event_id, event_name, quantity, reason from engagement.rejected_events order by 1"
    ) == [
        ("25", "gigabyte", "many", "bad_quantity"),
        ("26", "gigabyte", "1000000000.0", "bad_quantity"),
    ]
    assert company.query(
        "select source_rows, accepted_events, excluded_events, rejected_events, pending_events"
        " from engagement.run_history"
    ) == [(21, 18, 0, 2, 1)]
    assert company.differences(publish_personal_data=True) == []

    # A night: a late row of an agent, one of a human, and one that an agent had done before.
    night = {"loaded_at": "2026-05-04 13:00"}
    nights += [
        on(1, "31", "report", actor="agent", **night),
        on(2, "32", "report", "svc-1", **night),
        on(2, "33", "plan_changed", properties=PRO, **night),
        on(4, "98", "report"),
    ]
    company.write("events", nights)
    company.build(publish_personal_data=True)
    assert why_it_started_over(company) is None
    assert inventory(company)["report"] == (11, 13, 3, 4, 5, 1, 1)
    assert points(company) == {"u": 3 + 2 * 5 + 2 * 3}
    assert company.value("select agent_share from engagement.account_profiles") == 10 / 24
    assert company.differences(publish_personal_data=True) == []

    # Other rules, and agents score as well, from the first day on: the cap is that of all actors.
    company.configure("derived_events", DERIVED.replace("plan_changed", "other_changed"))
    company.configure("actor_rules", f"{RULES}\n4,properties/files/0/gb,is,0.3,agent")
    variables: dict[str, Any] = {"scored_actors": ["human", "agent"], "publish_personal_data": True}
    company.build(**variables)
    assert why_it_started_over(company) == "the input is read in another way"
    assert inventory(company)["gigabyte"] == (4, 4, 1, 3, 0, 0, 1)
    assert inventory(company)["upgrade"] == (1, 1, 1, 0, 0, 0, 1)
    assert points(company) == {"u": 3 + 4 + 5 + 2 * 3}
    assert company.differences(**variables) == []


def test_an_actor_that_does_not_exist_cannot_score(company: Company) -> None:
    company.write("events", FIRST)
    with pytest.raises(UsageError, match=r"The var scored_actors is .*: write a list of human"):
        company.build(only="event_inventory", scored_actors=["humans"])


def test_without_rules_no_properties_are_read(simulated: Company) -> None:
    with simulated.opened() as connection:
        ((view,),) = connection.execute(
            "select sql from duckdb_views() where view_name = 'stg_events'"
        ).fetchall()
    assert "json" not in view.lower().replace(".jsonl", "")
