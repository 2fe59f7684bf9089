"""What Hypothesis draws for tests that make up companies: who there is, what joins them, rules."""

from typing import Any

from hypothesis import strategies as draw

users = draw.sampled_from(["u1", "u2", "u3", "u4", "alias1", "alias2"])
quantities = draw.sampled_from(["", "", "", "1", "2", "3", "0", "x"])
actors = draw.sampled_from(["", "", "", "human", "Agent", "api", "robot"])
properties = draw.sampled_from(
    [
        "",
        "",
        '{"to": "pro", "size": 0.3}',
        '{"to": "free", "size": "1.5", "client": {"name": "mcp"}}',
        '{"to": null, "size": -2, "client": {"name": "web"}}',
        '{"size": "large", "client": ["mcp"]}',
        '{"to": "pro"',
    ]
)
plans = draw.sampled_from(["free", "business", ""])
statuses = draw.sampled_from(["paying", "paying", "trial", "churned", ""])

#: The limits of each rule of signals, such that they are met by few users with few events.
LIMITS: dict[tuple[str, str], dict[str, list[float]]] = {
    ("account", "at_risk"): {"max_share": [0.3, 1], "max_days": [3, 20], "alert_budget": [1, 2, 5]},
    ("account", "gone_inactive"): {"min_days": [3, 10], "alert_budget": [1, 3]},
    ("account", "renewal_at_risk"): {
        "max_share": [0.5, 1],
        "max_days": [10, 60],
        "alert_budget": [1, 2],
    },
    ("account", "onboarding_stuck"): {
        "max_share": [0.2, 0.9],
        "min_days": [2, 14],
        "max_days": [30, 60],
    },
    ("account", "cooling"): {"min_score": [3, 20], "min_fall": [0.2, 0.5]},
    ("account", "depends_on_one_champion"): {
        "min_score": [5],
        "min_share": [0.5, 0.6],
        "min_count": [1, 2],
    },
    ("account", "needs_training"): {"max_share": [0.1, 0.4], "min_count": [1, 2]},
    ("account", "ready_to_expand"): {"min_score": [5, 15], "min_share": [0.5, 1]},
    ("account", "trial_ready"): {"min_score": [2, 7], "min_share": [0.1, 0.2]},
    ("account", "cross_sell"): {"min_score": [10, 35], "min_count": [2, 6]},
    ("account", "advocate"): {"min_score": [50], "min_share": [0.3, 0.6], "min_days": [5, 20]},
    ("user", "champion_gone_quiet"): {
        "min_previous_score": [10, 35],
        "min_fall": [0.3, 0.7],
        "min_days": [1, 3],
    },
    ("user", "declining"): {"min_previous_score": [5, 15], "min_fall": [0.2, 0.5]},
    ("user", "needs_training"): {"min_days": [1, 2], "max_share": [0.1, 0.25]},
    ("user", "growing"): {"min_change": [5, 20]},
    ("user", "power_user"): {"min_score": [20, 70], "min_days": [1, 3]},
}
SIGNALS = sorted({signal for _, signal in LIMITS})


@draw.composite
def event_rules(choose: draw.DrawFn) -> dict[str, str]:
    """The seeds by which events get their names, quantities and actors; often without any row."""
    derived = draw.sampled_from(
        [
            "{},project_created,task_created,to,is,pro,,",
            "{},task_created,other,size,at_most,2,size,0.1",
            "{},automation_ran,task_created,client/name,is_not,web,,",
            "{},project_created,project_created,,,,size,0.5",
        ]
    )
    of_actors = draw.sampled_from(
        [
            "{},user_id,ends_with,2,agent",
            "{},event_name,contains,_cr,human",
            "{},properties/client/name,is,mcp,api",
            "{},actor,missing,,agent",
        ]
    )
    seeds = {}
    for name, header, rows in (
        (
            "derived_events",
            "position,derived_event,source_event,property,comparison,value,quantity_property,unit",
            derived,
        ),
        ("actor_rules", "position,field,comparison,value,actor", of_actors),
    ):
        chosen = choose(draw.lists(rows, max_size=2, unique=True))
        lines = [row.format(place) for place, row in enumerate(chosen, start=1)]
        seeds[name] = "\n".join([header, *lines])
    return seeds


@draw.composite
def signal_rules(choose: draw.DrawFn) -> str:
    """The seed: every rule, few of them disabled, some of accounts with limits of a fact."""
    columns = list(dict.fromkeys(name for limits in LIMITS.values() for name in limits))
    heads = ["entity_type", "signal", "kind", "severity", "is_enabled"]
    lines = [",".join([*heads, *columns, "due_days", "fact", "min_fact", "max_fact", "sentence"])]
    facts = [("", "", ""), ("", "", ""), ("satisfaction", "", ""), ("satisfaction", 3, "")]
    for (entity_type, signal), limits in LIMITS.items():
        chosen = {name: choose(draw.sampled_from(values)) for name, values in limits.items()}
        fact = choose(draw.sampled_from([*facts, ("satisfaction", "", 3)]))
        row = [
            entity_type,
            signal,
            choose(draw.sampled_from(["risk", "opportunity"])),
            choose(draw.sampled_from(["critical", "high", "medium", "low"])),
            choose(draw.sampled_from(["true"] * 7 + ["false"])),
            *(chosen.get(name, "") for name in columns),
            choose(draw.sampled_from(["", 0, 3])),
            *(fact if entity_type == "account" else ("", "", "")),
            "{score} after {previous_score}: {measured_value} ({percent} %) of {evidence}"
            " in {window_days} days" + (" by {user}" if entity_type == "user" else ""),
        ]
        lines.append(",".join(map(str, row)))
    return "\n".join(lines)


@draw.composite
def dimensions(
    choose: draw.DrawFn, days: draw.SearchStrategy[str], accounts: draw.SearchStrategy[str]
) -> dict[str, list[dict[str, Any]]]:
    """Every optional input; users may be missing, unlisted, or members of two accounts."""
    listed = choose(draw.sets(draw.sampled_from(["u1", "u2", "u3", "alias1"])))
    some_day = draw.one_of(days, draw.just(""))
    return {
        "users": [
            {
                "user_id": user,
                "account_id": choose(accounts),
                "created_at": choose(draw.one_of(some_day, draw.just("2026-03-05 23:30:00"))),
                "is_internal": choose(draw.sampled_from(["", "", "", "true"])),
                "role": choose(draw.sampled_from(["admin", "guest", ""])),
                "is_champion": choose(draw.sampled_from(["", "", "true"])),
            }
            for user in sorted(listed)
        ],
        "accounts": [
            {
                "account_id": account,
                "name": account.upper(),
                "created_at": choose(some_day),
                "plan": choose(plans),
                "status": choose(statuses),
                "trial_ends_on": choose(some_day),
                "renews_on": choose(some_day),
                "owner": choose(draw.sampled_from(["Ada", "Ben", ""])),
                "seats": choose(draw.integers(0, 3)),
            }
            for account in ("a", "b")
        ],
        "memberships": choose(
            draw.lists(
                draw.fixed_dictionaries(
                    {
                        "user_id": users,
                        "account_id": draw.sampled_from(["a", "b"]),
                        "valid_from": some_day,
                        "valid_to": some_day,
                    }
                ),
                max_size=4,
            )
        ),
        "account_history": choose(
            draw.lists(
                draw.fixed_dictionaries(
                    {
                        "account_id": draw.just("a"),
                        "valid_from": days,
                        "plan": plans,
                        "status": statuses,
                        "owner": draw.sampled_from(["Ben", ""]),
                    }
                ),
                max_size=3,
                unique_by=lambda row: row["valid_from"],
            )
        ),
        "account_facts": choose(
            draw.lists(
                draw.fixed_dictionaries(
                    {
                        "account_id": draw.sampled_from(["a", "b"]),
                        "measured_on": some_day,
                        "name": draw.sampled_from(["satisfaction", "satisfaction", "tickets"]),
                        "value": draw.sampled_from([1, 2.5, 3, 4, 5, ""]),
                    }
                ),
                max_size=6,
            )
        ),
        "signal_actions": choose(
            draw.lists(
                draw.fixed_dictionaries(
                    {
                        "account_id": draw.sampled_from(["a", "b", "nobody"]),
                        "signal": draw.sampled_from(SIGNALS),
                        "opened_on": some_day,
                        "state": draw.sampled_from(
                            ["taken", "done", "dismissed", "dismissed", "lost"]
                        ),
                        "at": some_day,
                        "by": draw.sampled_from(["kim", ""]),
                        "note": draw.sampled_from(["is on holiday", ""]),
                    }
                ),
                max_size=4,
            )
        ),
        "subscriptions": choose(
            draw.lists(
                draw.fixed_dictionaries(
                    {
                        "account_id": draw.sampled_from(["a", "b"]),
                        "month": days,
                        "mrr": draw.sampled_from([0, 50, 120.5, ""]),
                    }
                ),
                max_size=4,
            )
        ),
        "account_identities": choose(
            draw.sampled_from(
                [
                    [],
                    [],
                    [{"alias_id": "b", "account_id": "a"}],
                    [{"alias_id": "demo", "account_id": "b"}],
                ]
            )
        ),
        "identities": [
            {"alias_id": alias, **row}
            for alias, owners in (("alias1", ["u1", "alias2"]), ("alias2", ["u2", "u3"]))
            for row in choose(
                draw.lists(
                    draw.fixed_dictionaries(
                        {
                            "user_id": draw.sampled_from(owners),
                            "valid_from": some_day,
                            "valid_to": draw.one_of(draw.just(""), some_day),
                        }
                    ),
                    max_size=2,
                    unique_by=lambda row: row["valid_from"],
                )
            )
        ],
    }
