"""Erases a person from all that the project has written (docs/privacy.md).

`person` says what becomes of a value, `databases` rewrites tables, `files` exports and digests, and
`sources` finds what is left to do.
"""

import secrets
from dataclasses import dataclass, field

from engagement.errors import UsageError
from engagement.finding import entity_id_of
from engagement.project import Settings
from engagement.tables import text_literal

from .databases import Database, database_of
from .files import clean_files
from .person import Person, hash_of, listed
from .sources import sources_with


@dataclass
class Report:
    """What was done, and what is left to do."""

    person: Person
    done: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def erase(settings: Settings, user_id: str) -> Report:
    """Replaces the ids of a user by random ones, and removes addresses, properties and texts.

    Remaining source rows are read under the random id from now on. If it is broken off, run it
    again.

    Raises:
        UsageError: There is no such user, the id belongs to several, or the engine cannot update.
    """
    with database_of(settings) as database:
        person = _person(settings, database, user_id)
        report = Report(person, database.rewrite(person))
    report.left += sources_with(settings, person)
    report.done += clean_files(settings, person)
    return report


def _person(settings: Settings, database: Database, user_id: str) -> Person:
    """Who is meant: the user, with all aliases; those of an erasure that was broken off again."""
    internal, built = f'"{settings.schema()}_internal"', f'"{settings.schema()}_build"'
    known = database.ask(f"select salt, id_hash, erased_id from {built}.erased_users")
    salt = known[0][0] if known else secrets.token_hex(16)
    erased = {id_hash: erased_id for _, id_hash, erased_id in known}
    owners = database.ask(
        f"select distinct user_id from {internal}.int_identities"
        f" where alias_id = {text_literal(user_id)} and user_id is not null"
    )
    if len(owners) > 1:
        named = ", ".join(sorted(owner for (owner,) in owners))
        raise UsageError(f"The id {user_id} has belonged to several users, {named}: name one.")
    user = owners[0][0] if owners else user_id
    aliases = database.ask(
        f"select distinct alias_id from {internal}.int_identities"
        f" where user_id = {text_literal(user)}"
    )
    names = [user, *sorted(alias for (alias,) in aliases)]
    is_known = any(
        database.ask(f"select 1 from {place} in ({listed(names)}) limit 1")
        for place in (
            f"{internal}.int_users where user_id",
            f"{internal}.int_event_totals where user_id",
            f"{internal}.int_rejected_events where user_id",
            f'"{settings.schema()}".published_scores where entity_id',
            f"{built}.published_scores where entity_id",
        )
    )
    hashes = {name: hash_of(salt, name) for name in names}
    if not is_known and hashes[user] not in erased:
        found = entity_id_of(settings, "user", user_id)
        raise UsageError(f"There is no user {user_id}: did you mean {found}?")
    first = erased.get(hashes[user]) or f"erased-{secrets.token_hex(8)}"
    ids = {
        name: erased.get(hashes[name]) or (first if number == 0 else f"{first}.{number}")
        for number, name in enumerate(names)
    }
    addresses = database.ask(
        f"select distinct email from {internal}.int_users"
        f" where user_id in ({listed(names)}) and email is not null"
    )
    known_addresses = tuple(address for (address,) in addresses)
    accounts = database.ask(
        f"select listed_account_id from {internal}.int_users where user_id in ({listed(names)})"
    ) + database.ask(
        f'select account_id from "{settings.schema()}".user_profiles'
        f" where user_id in ({listed(names)})"
    )
    for account in sorted({account for (account,) in accounts if account}):
        known_as = erased.get(hash_of(salt, account))
        if known_as or _is_own(settings, database, account, (*names, *known_addresses)):
            ids[account] = known_as or f"{first}.{len(ids)}"
    return Person(ids, known_addresses, salt)


def _is_own(settings: Settings, database: Database, account: str, words: tuple[str, ...]) -> bool:
    """Whether the domain of the person's address names an account, and nothing else does.

    words: the ids and the addresses of the person.
    """
    internal, named = f'"{settings.schema()}_internal"', f"account_id = {text_literal(account)}"
    return any(word.lower().strip(" ").endswith(f"@{account}") for word in words) and not any(
        database.ask(f"select 1 from {internal}.{evidence} limit 1")
        for evidence in (
            f"int_users where listed_{named} and user_id not in ({listed(words)})",
            f"int_memberships where {named}",
            f"int_monthly_revenue where {named}",
            f"int_accounts where {named} and not is_inferred",
            f"int_daily_event_counts where {named}"
            " and source_rows > source_rows_with_inferred_account",
        )
    )
