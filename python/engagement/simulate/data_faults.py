"""The faults of real event streams, each planted at a small rate and counted.

A row has one fault at most, so that each can be counted again from the data.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt

from engagement.simulate.behaviour import Rows
from engagement.simulate.catalogue import Ints, Times
from engagement.simulate.company import Company
from engagement.simulate.people import Calendar

RATES = {
    "exact_copy": 0.003,  # the row twice
    "reloaded_copy": 0.002,  # the row twice, the second loaded later
    "reused_id": 0.0005,  # the id of an event of the week before
    "late": 0.015,  # loaded hours to more than 30 days after
    "null_event_id": 0.0004,
    "blank_event_id": 0.0002,
    "null_event_name": 0.0004,
    "blank_event_name": 0.0002,
    "null_user_id": 0.0005,
    "blank_user_id": 0.0003,
    "null_occurred_at": 0.0004,
    "year_2099": 0.0003,
    "hours_ahead": 0.0004,  # occurred hours after it was loaded
    "null_loaded_at": 0.0003,
    "unlisted_user": 0.0005,  # users in no table
    "unlisted_account": 0.0005,  # accounts in no table
}
KINDS = tuple(RATES)
NONE = -1  # no fault
NULL, BLANK = -1, -2  # instead of a number of `Rows`
NEVER_KNOWN, IN_2099 = np.datetime64("NaT", "us"), np.datetime64("2099-01-01", "us")
LATE_HOURS, LATE_SPREAD, LATEST_HOURS = 20, 1.6, 60 * 24  # lognormal: the median, sigma, at most
SNAPSHOT_HOURS = 6  # after the last day: nothing is loaded later

Spans = npt.NDArray[np.timedelta64]


def hours(rng: np.random.Generator, low: float, high: float, size: int) -> Spans:
    """Uniform spans of time, in whole seconds."""
    return (rng.uniform(low, high, size) * 3600).astype("timedelta64[s]")


class DataFaults:
    """Plants faults into the rows of one week after the other."""

    def __init__(
        self,
        rng: np.random.Generator,
        strangers: Ints,
        unlisted_accounts: Ints,
        calendar: Calendar,
    ) -> None:
        """Take the numbers that stand for users and accounts in no table."""
        self.rng = rng
        self.strangers = strangers
        self.unlisted_accounts = unlisted_accounts
        end = calendar.first + np.timedelta64(calendar.days, "D")
        self.snapshot = end + np.timedelta64(SNAPSHOT_HOURS, "h")
        self.ids_of_last_week = np.zeros(0, dtype=np.int64)

    def plant(self, rows: Rows) -> tuple[Rows, dict[str, int]]:
        """The rows with faults, copies beside their originals, and the count of each fault."""
        kind, late = self._draw(rows)
        planted = {name: int((kind == code).sum()) for code, name in enumerate(KINDS)}
        clean_ids = rows.event_id[kind == NONE]
        is_copied = np.isin(kind, [KINDS.index("exact_copy"), KINDS.index("reloaded_copy")])
        which = np.repeat(np.arange(len(rows)), 1 + is_copied)
        is_copy = np.diff(which, prepend=-1) == 0
        rows, kind, late = rows.take(which), kind[which], late[which]
        has = {name: kind == code for code, name in enumerate(KINDS)}
        n = {name: int(where.sum()) for name, where in has.items()}

        rng = self.rng
        rows.event_id[has["reused_id"]] = rng.choice(
            self.ids_of_last_week, n["reused_id"], replace=False
        )
        rows.event_id[has["null_event_id"]] = NULL
        rows.event_id[has["blank_event_id"]] = BLANK
        rows.event[has["null_event_name"]] = NULL
        rows.event[has["blank_event_name"]] = BLANK
        rows.user[has["null_user_id"]] = NULL
        rows.user[has["blank_user_id"]] = BLANK
        rows.user[has["unlisted_user"]] = rng.choice(self.strangers, n["unlisted_user"])
        rows.account[has["unlisted_account"]] = rng.choice(
            self.unlisted_accounts, n["unlisted_account"]
        )
        rows.occurred_at[has["null_occurred_at"]] = NEVER_KNOWN
        rows.occurred_at[has["year_2099"]] = IN_2099 + hours(rng, 0, 8000, n["year_2099"])
        ahead = rows.loaded_at[has["hours_ahead"]] + hours(rng, 2, 9, n["hours_ahead"])
        rows.occurred_at[has["hours_ahead"]] = ahead
        rows.loaded_at[has["late"]] = late[has["late"]]
        rows.loaded_at[has["null_loaded_at"]] = NEVER_KNOWN
        rows.loaded_at += is_copy * has["reloaded_copy"] * hours(rng, 0.1, 5, len(rows))
        self.ids_of_last_week = clean_ids
        return rows, planted

    def _draw(self, rows: Rows) -> tuple[Ints, Times]:
        """The fault of each row, and when the row is loaded if it is late."""
        rng, size = self.rng, len(rows)
        kind = np.searchsorted(np.cumsum(list(RATES.values())), rng.random(size), side="right")
        kind[kind == len(KINDS)] = NONE
        delay = np.clip(rng.lognormal(np.log(LATE_HOURS), LATE_SPREAD, size), 2, LATEST_HOURS)
        late = rows.occurred_at + (delay * 3600).astype("timedelta64[s]")
        kind[(kind == KINDS.index("late")) & (late > self.snapshot)] = NONE
        reused = np.flatnonzero(kind == KINDS.index("reused_id"))
        kind[reused[len(self.ids_of_last_week) :]] = NONE
        return kind, late


class Census:
    """Counts the faults that only the whole stream of events shows."""

    def __init__(self, users: int, accounts: int) -> None:
        """Start with no user or account seen."""
        self.rows = self.internal_rows = self.anonymous_rows = 0
        self.planted: Counter[str] = Counter()
        self.is_seen = np.zeros(users, dtype=bool)
        self.is_account_seen = np.zeros(accounts, dtype=bool)

    def count(self, rows: Rows, planted: dict[str, int], company: Company) -> None:
        """Take in a week of source rows and the faults planted in them."""
        users, accounts = len(self.is_seen), len(self.is_account_seen)
        known = rows.user[(rows.user >= 0) & (rows.user < 3 * users)]
        self.rows += len(rows)
        self.planted.update(planted)
        self.anonymous_rows += int((known >= users).sum())
        self.internal_rows += int(company.users.is_internal[known[known < users]].sum())
        self.is_seen[known % users] = True
        self.is_account_seen[rows.account[(rows.account >= 0) & (rows.account < accounts)]] = True

    def faults(self, company: Company) -> dict[str, int]:
        """Rows of each kind of fault; entities with a fault, and rows that belong to them."""
        users = company.users
        seen = self.is_account_seen.copy()
        for account in (users.account, users.second_account):
            seen[account[self.is_seen & (account >= 0)]] = True
        return dict(self.planted) | {
            "internal_rows": self.internal_rows,
            "anonymous_rows": self.anonymous_rows,
            "internal_users": int(users.is_internal.sum()),
            "bots": int(users.is_bot.sum()),
            "aliased_users": int(users.is_aliased.sum()),
            "chained_users": int(users.is_chained.sum()),
            "users_in_two_accounts": int((users.second_account >= 0).sum()),
            "users_without_events": int((~self.is_seen).sum()),
            "accounts_without_events": int((~seen).sum()),
        }
