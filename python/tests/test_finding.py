"""Who is meant by an id or a name."""

from pathlib import Path

import pytest
from conftest import Company, event

from engagement.errors import UsageError
from engagement.finding import entity_id_of

ACCOUNTS = {"a1": "Acme", "a2": "Acme", "b": "Beta Works", "c%": "O'Neil", "d": ""}


@pytest.fixture(scope="module")
def named(workshop: Path) -> Company:
    company = Company(workshop).reset()
    company.write("accounts", [{"account_id": key, "name": ACCOUNTS[key]} for key in ACCOUNTS])
    company.write("events", [event("1", "task_created", "Ann", "2026-05-01 09:00:00")])
    company.build(only="user_profiles account_profiles")
    return company.publish().kept_as("named")


@pytest.mark.parametrize(
    ("asked", "found"),
    [("b", "b"), ("beta works", "b"), ("Beta", "b"), ("O'NEIL", "c%"), ("c%", "c%"), ("D", "d")],
)
def test_an_account_is_found_by_its_id_or_its_name(named: Company, asked: str, found: str) -> None:
    assert entity_id_of(named.settings(), "account", asked) == found


@pytest.mark.parametrize(
    ("kind", "asked", "sentence"),
    [
        ("account", "acme", "acme may be several accounts: name one of a1 (Acme), a2 (Acme)."),
        ("account", "Beta Wroks", "There is no account Beta Wroks: did you mean b (Beta Works)?"),
        ("account", "zz", "There is no account zz: look for the id in account_profiles."),
        ("account", "%", "There is no account %: did you mean c% (O'Neil)?"),
        ("user", "Anne", "There is no user Anne: did you mean Ann?"),
    ],
)
def test_who_is_not_found_is_told_with_those_that_come_near(
    named: Company, kind: str, asked: str, sentence: str
) -> None:
    with pytest.raises(UsageError) as raised:
        entity_id_of(named.settings(), kind, asked)
    assert str(raised.value) == sentence
