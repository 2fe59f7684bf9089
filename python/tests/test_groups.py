"""Accounts that e-mail domains name, and accounts rolled up into their parents."""

from typing import Any

import pytest
from conftest import Company, event

from engagement.errors import UsageError

ON: dict[str, Any] = {"accounts_from_email_domains": True}
PEOPLE: list[dict[str, str]] = [
    {"user_id": "ann", "email": " Ann@ACME.com "},
    {"user_id": "bob", "email": "bob@gmail.com"},
    {"user_id": "cat@acme.com", "email": ""},
    {"user_id": "pat@acme.com", "email": "pat@gmail.com"},
    {"user_id": "dan", "email": "dan@acme.com", "account_id": "beta"},
    {"user_id": "eve", "email": "eve@acme.com"},
    {"user_id": "fay", "email": "fay@acme.com"},
    {"user_id": "gus", "email": "gus@acme"},
    {"user_id": "hal", "email": "hal@@acme.com"},
    {"user_id": "ian", "email": "ian@acme.com>"},
    {"user_id": "joy", "email": "joy@-acme.com"},
    {"user_id": "kim", "email": "@acme.com"},
    {"user_id": "lea", "email": '"lea@home"@Sub.Acme.com'},
    {"user_id": "mia", "email": "mia@acme.example"},
    {"user_id": "ned", "email": "ned@listed.com"},
    {"user_id": "oda", "email": "oda@left-out.com"},
]


def write_days(company: Company, users: list[str], last: int) -> None:
    """A report a user and day, the first one of fay's in an account that the event names."""
    company.write(
        "events",
        [
            event(f"{user} {day}", "report", user, f"2026-05-{day:02} 09:00")
            | {"account_id": "own" if (user, day) == ("fay", 1) else ""}
            for user in users
            for day in range(1, last + 1)
        ],
    )


def accounts_of(company: Company) -> dict[str, tuple[Any, ...]]:
    """Of each account: whether it is inferred, its events and its members."""
    rows = company.query(
        "select account_id, is_inferred, events, members from engagement.account_profiles"
    )
    return {account: (*figures,) for account, *figures in rows}


def test_a_domain_names_the_account_of_a_user_without_one(company: Company) -> None:
    """Until as_of, 10 May, a user has ten events. The second night a user has moved to another
    company, a domain is found to be a provider's, and a company has a second domain."""
    users = [person["user_id"] for person in PEOPLE]
    company.score_reports()
    company.configure("excluded_accounts", "account_id,reason\nleft-out.com,a test")
    company.write("users", PEOPLE)
    company.write("accounts", [{"account_id": "listed.com", "name": "Listed"}])
    company.write(
        "memberships", [{"user_id": "eve", "account_id": "gamma", "valid_to": "2026-05-05"}]
    )
    company.write("account_identities", [{"alias_id": "acme.example", "account_id": "acme.com"}])
    write_days(company, users, 11)
    company.build()
    assert set(accounts_of(company)) == {"beta", "gamma", "own", "listed.com"}

    company.build(tests=True, **ON)
    assert company.differences(**ON) == []
    # ann, cat, mia with ten, eve with six from 5 May on, fay with nine.
    found = {
        "acme.com": (True, 45, 5),
        "beta": (True, 10, 1),
        "gamma": (True, 4, 1),
        "own": (True, 1, 1),
        "sub.acme.com": (True, 10, 1),
        "listed.com": (False, 10, 1),
    }
    assert accounts_of(company) == found
    assert company.query(
        "select user_id, account_id from engagement.user_profiles"
        " where account_id is null order by user_id"
    ) == [(user, None) for user in ("bob", "gus", "hal", "ian", "joy", "kim", "pat@acme.com")]
    # In the last seven days ann, cat, mia and fay have a point a day, and eve has six.
    assert company.query(
        "select points, score from engagement.account_profiles where account_id = 'acme.com'"
    ) == [(34, pytest.approx(1 + 99 * 0.34))]

    moved = [
        person | ({"email": "ann@listed.com"} if person["user_id"] == "ann" else {})
        for person in PEOPLE
    ]
    company.write("users", moved)
    free = (company.seeds / "free_mail_domains.csv").read_text()
    company.configure("free_mail_domains", f"{free}sub.acme.com,free")
    write_days(company, users, 12)
    company.build(**ON)
    assert company.query(
        "select not starts_over, not reads_everything from engagement_internal.int_run"
    ) == [(True, True)]
    assert company.differences(**ON) == []
    assert accounts_of(company) == {
        "acme.com": (True, 39, 4),
        "beta": (True, 11, 1),
        "gamma": (True, 4, 1),
        "own": (True, 1, 1),
        "listed.com": (False, 22, 2),
    }


PARENTS = {
    "group": "",
    "north": "group",
    "south": "group",
    "oslo": "north",
    "left-out": "group",
    "below": "left-out",
    "gone": "group",
    "solo": "ghost",
    "lone": "nobody",
}


def write_accounts(company: Company, **moved: str) -> None:
    parents = PARENTS | moved
    company.write(
        "accounts",
        [
            {"account_id": account, "parent_account_id": parent, "plan": "pro"}
            for account, parent in parents.items()
        ],
    )


def write_reports(company: Company, last: int) -> None:
    """Reports from May 2 to the last day, cat's until May 8; as_of is the day before the last."""
    daily = {("ann", "oslo"): 1, ("ann", "south"): 1, ("bob", "oslo"): 2, ("eve", "below"): 1}
    rows = [
        event(f"{user} {account} {day}", "report", user, f"2026-05-{day:02} 09:00")
        | {"account_id": account, "quantity": quantity}
        for (user, account), quantity in daily.items()
        for day in range(2, last + 1)
    ]
    rows += [
        event(f"cat {day}", "report", "cat", f"2026-05-{day:02} 10:00")
        | {"account_id": "south", "quantity": 6}
        for day in range(2, 9)
    ]
    company.write("events", rows)


def rolled_up(company: Company) -> dict[str, tuple[Any, ...]]:
    """Of each account: accounts below, own and rolled-up members, active users and revenue, and
    the accounts below that are cooling, and the lowest of them with its score."""
    rows = company.query(
        "select account_id, child_accounts, members, rolled_up_members, active_users,"
        " rolled_up_active_users, mrr, rolled_up_mrr, cooling_child_accounts,"
        " lowest_child_account_id, round(lowest_child_score, 6) from engagement.account_profiles"
    )
    return {account: (*figures,) for account, *figures in rows}


def test_accounts_are_rolled_up_into_their_parents_and_a_user_counts_once(
    company: Company,
) -> None:
    """On the second night a subsidiary has moved; on the third, parents lead in circles."""
    company.score_reports()
    company.configure("excluded_accounts", "account_id,reason\nleft-out,a test")
    write_accounts(company)
    write_reports(company, 16)
    company.write("account_identities", [{"alias_id": "ghost", "account_id": "solo"}])
    company.write("users", [{"user_id": "dan", "account_id": "north"}])
    company.write(
        "subscriptions",
        [
            {"account_id": account, "month": "2026-05", "mrr": mrr}
            for account, mrr in (("north", 100), ("oslo", 50.5), ("left-out", 7))
        ],
    )
    company.write(
        "account_history",
        [{"account_id": "gone", "valid_from": "2026-05-10", "status": "churned"}],
    )
    outcome = company.build(tests=True)
    (warned,) = (node for node in outcome.warnings if node.name == "parents_are_known")
    assert "accounts.parent_account_id is nobody (accounts: 1)" in warned.message
    assert company.differences() == []
    # ann is in oslo and south, bob in oslo, cat in south, dan in north, eve in below. From May 9 to
    # 15 south has 7 points, after 7 + 42; north has none and has not left.
    found = {
        "group": (5, 0, 5, 0, 3, None, 150.5, 1, "north", 0),
        "north": (1, 1, 3, 0, 2, 100, 150.5, 0, "oslo", 1 + 99 * 0.21),
        "south": (0, 2, 2, 1, 1, None, None, 0, None, None),
        "oslo": (0, 2, 2, 2, 2, 50.5, 50.5, 0, None, None),
        "below": (0, 1, 1, 1, 1, None, None, 0, None, None),
        "gone": (0, 0, 0, 0, 0, None, None, 0, None, None),
        "solo": (0, 0, 0, 0, 0, None, None, 0, None, None),
        "lone": (0, 0, 0, 0, 0, None, None, 0, None, None),
    }
    assert rolled_up(company) == found

    write_accounts(company, oslo="south")
    write_reports(company, 17)
    company.build()
    assert company.differences() == []
    # South and oslo have ann in common. The window before, from May 3 to 9, had 7 + 36 points.
    assert rolled_up(company) == found | {
        "north": (0, 1, 1, 0, 0, 100, 100, 0, None, None),
        "south": (1, 2, 3, 1, 2, None, 50.5, 0, "oslo", 1 + 99 * 0.21),
    }

    chain = {f"link-{number:03}": f"link-{number + 1:03}" for number in range(100)}
    write_accounts(company, group="oslo", lone="lone", **chain)
    with pytest.raises(UsageError) as stopped:
        company.build()
    assert set(str(stopped.value).splitlines()) == {
        f"accounts: {sentence}"
        for sentence in (
            "parent_account_id leads in a circle (group, north, oslo): correct it in one of these"
            " accounts",
            "parent_account_id leads in a circle (lone): correct it in one of these accounts",
            "account_id link-000 has 100 accounts or more above it: correct parent_account_id",
        )
    }
