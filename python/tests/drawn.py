"""What Hypothesis draws for tests that make up companies: users, accounts, what joins them."""

from typing import Any

from hypothesis import strategies as draw

users = draw.sampled_from(["u1", "u2", "u3", "u4", "alias1", "alias2"])
plans = draw.sampled_from(["free", "business", ""])


@draw.composite
def dimensions(
    choose: draw.DrawFn, days: draw.SearchStrategy[str], accounts: draw.SearchStrategy[str]
) -> dict[str, list[dict[str, Any]]]:
    """Every optional input; users may be missing, unlisted, or members of two accounts."""
    merges = choose(draw.sets(draw.sampled_from(["alias1", "alias2"])))
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
            }
            for user in sorted(listed)
        ],
        "accounts": [
            {"account_id": account, "plan": choose(plans), "seats": choose(draw.integers(0, 3))}
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
                    {"account_id": draw.just("a"), "valid_from": days, "plan": plans}
                ),
                max_size=3,
                unique_by=lambda row: row["valid_from"],
            )
        ),
        "identities": [
            {"alias_id": alias, "user_id": choose(draw.sampled_from(targets))}
            for alias, targets in (("alias1", ["u1", "alias2"]), ("alias2", ["u2"]))
            if alias in merges
        ],
    }
