"""The input tables of the contract as Arrow tables, the events week by week."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from engagement.simulate.behaviour import PROPERTIES, Rows
from engagement.simulate.catalogue import NAMES, Ints, Plan, Role, Status, Times
from engagement.simulate.company import Company
from engagement.simulate.data_faults import BLANK
from engagement.simulate.people import INDUSTRIES, NEVER, OWNERS, Calendar, Users

TEXT, TIME, DAY = pa.string(), pa.timestamp("us"), pa.date32()
SCHEMAS = {
    "events": {
        "event_id": TEXT,
        "event_name": TEXT,
        "user_id": TEXT,
        "account_id": TEXT,
        "occurred_at": TIME,
        "loaded_at": TIME,
        "properties": TEXT,
    },
    "users": {
        "user_id": TEXT,
        "account_id": TEXT,
        "created_at": TIME,
        "email": TEXT,
        "role": TEXT,
        "is_internal": pa.bool_(),
        "is_champion": pa.bool_(),
    },
    "accounts": {
        "account_id": TEXT,
        "parent_account_id": TEXT,
        "name": TEXT,
        "created_at": TIME,
        "plan": TEXT,
        "status": TEXT,
        "trial_ends_on": DAY,
        "renews_on": DAY,
        "industry": TEXT,
        "owner": TEXT,
        "seats": pa.int64(),
    },
    "memberships": {"user_id": TEXT, "account_id": TEXT, "valid_from": DAY, "valid_to": DAY},
    "account_history": {
        "account_id": TEXT,
        "valid_from": DAY,
        "plan": TEXT,
        "status": TEXT,
        "owner": TEXT,
    },
    "subscriptions": {"account_id": TEXT, "month": DAY, "mrr": pa.float64()},
    "identities": {"alias_id": TEXT, "user_id": TEXT},
    "account_facts": {
        "account_id": TEXT,
        "measured_on": DAY,
        "name": TEXT,
        "value": pa.float64(),
    },
}

#: What ids begin with: those of users, those from before their signup, and those of strangers.
USER, ANONYMOUS, DEVICE, STRANGER = "usr", "anon", "device", "usr_unlisted"
MEMBERSHIP_LISTED = 0.85
ROLE_UNKNOWN = 0.02
STRANGERS_SHARE = 0.001
FIRST_WORDS = ("Blue", "North", "Bright", "Iron", "Quiet", "Golden", "Clear", "Swift", "Red", "Oak")
LAST_WORDS = ("Harbor", "Peak", "Labs", "Works", "Field", "Stone", "River", "Logic", "Forge", "Bay")


class Directory:
    """The ids behind the numbers of users and accounts.

    Of n users, the numbers from n on are their anonymous ids, from 2n on their devices' ids, and
    from 3n on strangers, whom no table lists. Accounts are followed by unlisted ones.
    """

    def __init__(self, users: int, accounts: int) -> None:
        """Name so many users and accounts, and a few of whom no table knows."""
        self.size = users
        strangers, unlisted = (round(STRANGERS_SHARE * size) + 2 for size in (users, accounts))
        self.strangers = 3 * users + np.arange(strangers)
        self.unlisted_accounts = accounts + np.arange(unlisted)
        groups = {USER: users, ANONYMOUS: users, DEVICE: users, STRANGER: strangers}
        self.users = pa.array([name for group in groups.items() for name in ids(*group)])
        self.accounts = pa.array([*ids("acc", accounts), *ids("acc_unlisted", unlisted)])


def ids(prefix: str, count: int) -> list[str]:
    """Ids from `prefix_000001` on."""
    return [f"{prefix}_{number:06d}" for number in range(1, count + 1)]


def text(numbers: Ints, vocabulary: pa.Array | Sequence[str]) -> pa.Array:
    """The words of these numbers; null for those below 0, and blank for `BLANK`."""
    words = pa.array(vocabulary).take(pa.array(numbers, mask=numbers < 0))
    return pc.if_else(pa.array(numbers == BLANK), "  ", words) if BLANK in numbers else words


def table(name: str, columns: Sequence[object]) -> pa.Table:
    """A table of the contract from its columns, in order."""
    schema = pa.schema(list(SCHEMAS[name].items()))
    arrays = [pa.array(column, type) for column, type in zip(columns, schema.types, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


def events_table(rows: Rows, directory: Directory) -> pa.Table:
    """A week of events."""
    numbers = pa.array(rows.event_id, mask=rows.event_id < 0).cast(TEXT)
    event_id = pc.binary_join_element_wise("evt", pc.utf8_lpad(numbers, 10, "0"), "_")
    if BLANK in rows.event_id:
        event_id = pc.if_else(pa.array(rows.event_id == BLANK), "", event_id)
    columns = (
        event_id,
        text(rows.event, NAMES),
        text(rows.user, directory.users),
        text(rows.account, directory.accounts),
        rows.occurred_at,
        rows.loaded_at,
        text(rows.properties, PROPERTIES),
    )
    return table("events", columns)


def entity_tables(
    rng: np.random.Generator, company: Company, calendar: Calendar, directory: Directory
) -> dict[str, pa.Table]:
    """Every table but the events, by name."""
    return {
        "users": users_table(rng, company.users, calendar, directory),
        "accounts": accounts_table(company, calendar, directory, calendar.days - 1),
        "memberships": memberships_table(rng, company.users, calendar, directory),
        "account_history": history_table(company, calendar, directory),
        "subscriptions": subscriptions_table(company, calendar, directory),
        "identities": identities_table(company.users, directory),
        "account_facts": facts_table(company, calendar, directory),
    }


def users_table(
    rng: np.random.Generator, users: Users, calendar: Calendar, directory: Directory
) -> pa.Table:
    """One row per user, in the account they are in now."""
    slots = np.arange(len(users))
    account = np.where(users.moves & (users.second_account >= 0), users.second_account, -1)
    account = np.where(account >= 0, account, users.account)
    domain = np.select([users.is_bot, users.is_staff], ["bots.ours", "ours"], "customer")
    role = np.where(rng.random(len(users)) < ROLE_UNKNOWN, -1, users.role)
    columns = (
        text(slots, directory.users),
        text(account, directory.accounts),
        timestamps(calendar, users.joined, users.joined_second),
        [f"user{slot}@{name}.example" for slot, name in zip(slots, domain, strict=True)],
        text(role, [role.name.lower() for role in Role]),
        users.is_internal,
        users.is_champion,
    )
    return table("users", columns)


def accounts_table(
    company: Company, calendar: Calendar, directory: Directory, day: int
) -> pa.Table:
    """One row per account that is there on a day, as the company then is."""
    accounts, size = company.accounts, len(company.accounts)
    is_paying = accounts.status == Status.PAYING
    renews = np.where(is_paying, company.renewal(day), NEVER)
    words = (FIRST_WORDS, LAST_WORDS)
    columns = (
        text(np.arange(size), directory.accounts),
        text(accounts.parent, directory.accounts),
        [f"{words[0][i // 10 % 10]} {words[1][i % 10]} {i // 100 + 1}" for i in range(size)],
        timestamps(calendar, accounts.created, company.users.joined_second[:size]),
        text(accounts.plan, [plan.name.lower() for plan in Plan]),
        text(accounts.status, [status.name.lower() for status in Status]),
        calendar.dates(accounts.trial_ends),
        calendar.dates(renews),
        text(accounts.industry, INDUSTRIES),
        text(accounts.owner, OWNERS),
        pa.array(accounts.seats, mask=accounts.seats == 0),
    )
    return table("accounts", columns).filter(pa.array(accounts.created <= day))


def memberships_table(
    rng: np.random.Generator, users: Users, calendar: Calendar, directory: Directory
) -> pa.Table:
    """Most memberships are listed, and all of who has two; the others are only in `users`."""
    has_second = users.second_account >= 0
    is_listed = has_second | (rng.random(len(users)) < MEMBERSHIP_LISTED)
    first, second = np.flatnonzero(is_listed & ~users.is_internal), np.flatnonzero(has_second)
    ends = np.where(has_second & users.moves, users.second_from, users.left)
    columns = (
        text(np.concatenate([first, second]), directory.users),
        text(np.append(users.account[first], users.second_account[second]), directory.accounts),
        calendar.dates(np.append(users.joined[first], users.second_from[second])),
        calendar.dates(np.append(ends[first], users.left[second])),
    )
    return table("memberships", columns)


def history_table(company: Company, calendar: Calendar, directory: Directory) -> pa.Table:
    """One row per account and change of plan, status or owner."""
    ledger = company.ledger
    account, day = np.concatenate(ledger.account), np.concatenate(ledger.day)
    order = np.lexsort([day, account])
    plan, status, owner = map(np.concatenate, (ledger.plan, ledger.status, ledger.owner))
    state = np.stack([account, plan, status, owner], axis=1)[order]
    changes = order[np.append(True, (state[1:] != state[:-1]).any(axis=1))]
    columns = (
        text(account[changes], directory.accounts),
        calendar.dates(day[changes]),
        text(plan[changes], [plan.name.lower() for plan in Plan]),
        text(status[changes], [status.name.lower() for status in Status]),
        text(owner[changes], OWNERS),
    )
    return table("account_history", columns)


def subscriptions_table(company: Company, calendar: Calendar, directory: Directory) -> pa.Table:
    """One row per account and month in which it pays on some day: its last price of the month."""
    ledger = company.ledger
    account, day = np.concatenate(ledger.account), np.concatenate(ledger.day)
    order = np.lexsort([day, account])
    account, day = account[order], day[order]
    status, mrr = np.concatenate(ledger.status)[order], np.concatenate(ledger.mrr)[order]
    is_last = np.append(account[1:] != account[:-1], True)
    ends = np.where(is_last, calendar.days, np.append(day[1:], 0))
    begins = np.maximum(day, 0)
    pays = (status == Status.PAYING) & (begins < ends)

    account, mrr = account[pays], mrr[pays]
    first, last = (months(calendar, days[pays]) for days in (begins, ends - 1))
    price = np.repeat(np.arange(len(account)), last - first + 1)
    starts = np.flatnonzero(np.diff(price, prepend=-1))
    month = first[price] + np.arange(len(price)) - np.repeat(starts, last - first + 1)
    replaced = (np.diff(account[price], append=-1) == 0) & (np.diff(month, append=-1) == 0)
    price, month = price[~replaced], month[~replaced]
    columns = (
        text(account[price], directory.accounts),
        month.astype("datetime64[M]").astype("datetime64[D]"),
        mrr[price],
    )
    return table("subscriptions", columns)


def identities_table(users: Users, directory: Directory) -> pa.Table:
    """Anonymous ids lead to users, and the ids of devices to anonymous ids."""
    anonymous, device = np.flatnonzero(users.is_aliased), np.flatnonzero(users.is_chained)
    alias = np.append(anonymous + len(users), device + 2 * len(users))
    known = np.append(anonymous, device + len(users))
    return table("identities", (text(alias, directory.users), text(known, directory.users)))


def facts_table(company: Company, calendar: Calendar, directory: Directory) -> pa.Table:
    """One row per account, day and fact."""
    facts = company.facts
    sizes = [len(fact.account) for fact in facts]
    columns = (
        text(np.concatenate([fact.account for fact in facts]), directory.accounts),
        calendar.dates(np.repeat([fact.day for fact in facts], sizes)),
        np.repeat([fact.name for fact in facts], sizes),
        np.concatenate([fact.value for fact in facts]),
    )
    return table("account_facts", columns)


def timestamps(calendar: Calendar, days: Ints, seconds: Ints) -> Times:
    """Naive UTC times of seconds within days."""
    times = calendar.dates(days).astype("datetime64[us]") + seconds.astype("timedelta64[s]")
    return np.asarray(times)


def months(calendar: Calendar, days: Ints) -> Ints:
    """Months of days, counted from January 1970."""
    return calendar.dates(days).astype("datetime64[M]").astype(np.int64)
