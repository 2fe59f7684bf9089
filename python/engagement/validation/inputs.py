"""The raw inputs, read as text and cleaned: nothing is trusted, nothing is counted yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise

import numpy as np
import pandas as pd

from .days import Floats, date_number, day_number, day_of
from .files import read_columns
from .seeds import TRUE_WORDS, free_mail_domains
from .settings import Settings, erased_ids, event_ids, is_erased, person_ids

TIME_OF_DAY = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?"
ZONE = r" ?(?:Z|UTC|GMT|[+-]00:?00 UTC|[+-](?:0\d|1[0-3])(?::?[0-5]\d)?|[+-]14(?::?00)?)"
ISO_TIME = rf"\d{{4}}-\d{{2}}-\d{{2}}(?:[ T]{TIME_OF_DAY}(?:{ZONE})?)?"
LARGEST_QUANTITY = 999_999_999
#: Powers of ten that make microseconds of a number with so many digits before its point.
EPOCHS = {10: 6, 13: 3, 16: 0, 19: -3}


@dataclass(frozen=True)
class Identities:
    """Whose id an alias is: alias -> (first day, the first day after, user), in any order."""

    owners: dict[str, list[tuple[float, float, str]]]

    def owner(self, user_id: str, day: float) -> str:
        """The user that an id belongs to on a day, each step of the chain taken on that day.

        Raises:
            ValueError: The chain never ends.
        """
        end, steps = user_id, 0
        while end in self.owners:
            end, steps = _owner_on(self.owners[end], day), steps + 1
            if steps > len(self.owners):
                raise ValueError(f"identities: the chain of alias {user_id!r} never ends.")
        return end

    def of_events(self, user_ids: pd.Series, days: pd.Series) -> pd.Series:
        """The owner of each id on its day."""
        is_alias = user_ids.isin(list(self.owners))
        asked = pd.DataFrame({"id": user_ids[is_alias], "day": days[is_alias]})
        distinct = asked.drop_duplicates()
        owners = [self.owner(*row) for row in distinct.itertuples(index=False)]
        answered = asked.merge(distinct.assign(owner=owners), how="left", on=["id", "day"])
        resolved = user_ids.astype("object")
        resolved[is_alias] = answered["owner"].to_numpy()
        return resolved.astype("str")

    def of_memberships(self, memberships: pd.DataFrame) -> pd.DataFrame:
        """The memberships, those of an alias cut where its owner changes."""
        is_alias = memberships["user_id"].isin(list(self.owners))
        cut = [
            {**row, "user_id": self.owner(row["user_id"], start), "from_day": start, "to_day": end}
            for row in memberships[is_alias].to_dict("records")
            for start, end in self._spans(row["user_id"], row["from_day"], row["to_day"])
        ]
        kept = memberships[~is_alias]
        return pd.concat([kept, pd.DataFrame(cut, columns=kept.columns).astype(kept.dtypes)])

    def _spans(self, alias: str, start: float, end: float) -> list[tuple[float, float]]:
        """The time from start to end, cut on each day on which a step of the chain may change."""
        chain, reached = [alias], {alias}
        for step in chain:
            for _, _, user in self.owners.get(step, []):
                if user not in reached:
                    reached.add(user)
                    chain.append(user)
        bounds = {day for step in chain for row in self.owners.get(step, []) for day in row[:2]}
        days = [start, *sorted(day for day in bounds if start < day < end), end]
        return list(pairwise(days))


def _owner_on(rows: list[tuple[float, float, str]], day: float) -> str:
    """The user of the row valid on the day, else of the last begun before, else of the first."""
    valid = [row for row in rows if row[0] <= day < row[1]]
    begun = [row for row in rows if row[0] <= day]
    latest = valid or begun
    return max(latest)[2] if latest else min(rows)[2]


@dataclass(frozen=True)
class Inputs:
    """The inputs, one row per raw row. Times (`_at`) are UTC, days (`_on`, `day`) numbers or NaN.

    events           event_id, event_name, received_user_id, user_id, account_id, occurred_text
                     (null: none given), occurred_at (null: none or unparsable), loaded_at, day,
                     quantity_text (null: none given), quantity (1: none given, NaN: not a whole
                     number in its limits), actor (in lower case;
                     null: none given)
    users            user_id, account_id, created_at, created_on, email, role, is_internal,
                     is_champion
    accounts         account_id, parent_account_id, name, created_at, created_on, plan, status,
                     trial_ends_on, renews_on, industry, owner, seats
    memberships      user_id, account_id, valid_from, from_day (-inf: always), to_day (inf: for
                     ever; the first day after)
    account_history  account_id, day, plan, status, owner; by valid_from
    subscriptions    account_id, subscription_id ("": none), currency (in capitals), day,
                     mrr, months, ended_as_agreed
    account_facts    account_id, day, name, value
    signal_actions   account_id, signal, state, acted_at, day, acted_by, note
    identities       whose id it is, on a day
    merged_accounts  merged account -> the account it became, followed to the end
    """

    events: pd.DataFrame
    users: pd.DataFrame
    accounts: pd.DataFrame
    memberships: pd.DataFrame
    account_history: pd.DataFrame
    subscriptions: pd.DataFrame
    account_facts: pd.DataFrame
    signal_actions: pd.DataFrame
    identities: Identities
    merged_accounts: dict[str, str]


def read_inputs(settings: Settings) -> Inputs:
    """All inputs in `settings.data`; a missing input is empty."""
    identities = _identities(settings)
    users = _users(settings)
    merged = _merged_accounts(settings)
    accounts = _accounts(settings)
    accounts["parent_account_id"] = surviving(accounts["parent_account_id"], merged)

    def of_survivors(rows: pd.DataFrame) -> pd.DataFrame:
        return rows.assign(account_id=surviving(rows["account_id"], merged))

    # An account whose parent was merged into it has none.
    is_own = accounts["parent_account_id"].eq(accounts["account_id"])
    accounts["parent_account_id"] = accounts["parent_account_id"].where(~is_own)
    return Inputs(
        events=_events(settings),
        users=of_survivors(users[~users["user_id"].isin(list(identities.owners))]).reset_index(
            drop=True
        ),
        accounts=accounts[~accounts["account_id"].isin(list(merged))].reset_index(drop=True),
        memberships=of_survivors(_memberships(settings, identities)),
        account_history=of_survivors(_account_history(settings)),
        subscriptions=of_survivors(_subscriptions(settings, merged)),
        account_facts=of_survivors(_account_facts(settings)),
        signal_actions=of_survivors(_signal_actions(settings)),
        identities=identities,
        merged_accounts=merged,
    )


def read_properties(settings: Settings) -> pd.Series:
    """The `properties` of each row of events, read separately since few rows need them."""
    return read_columns(settings, "events", "properties")["properties"]


# -- tables ------------------------------------------------------------------------------------


def _events(settings: Settings) -> pd.DataFrame:
    rows = read_columns(
        settings,
        "events",
        "event_id event_name user_id account_id occurred_at loaded_at quantity actor",
    )
    occurred_at = utc(rows["occurred_at"])
    quantity_text = not_blank(rows["quantity"].astype("str"))
    events = pd.DataFrame(
        {
            "event_id": not_blank(rows["event_id"]),
            "event_name": not_blank(rows["event_name"]),
            "received_user_id": not_blank(rows["user_id"]),
            "user_id": person_ids(not_blank(rows["user_id"]), settings),
            "account_id": not_blank(rows["account_id"]),
            "occurred_text": not_blank(rows["occurred_at"].astype("str")),
            "occurred_at": occurred_at,
            "loaded_at": utc(rows["loaded_at"]),
            "day": day_number(occurred_at, settings.timezone),
            "quantity_text": quantity_text,
            "quantity": quantities(
                pd.to_numeric(quantity_text, errors="coerce").where(quantity_text.notna(), 1)
            ),
            "actor": not_blank(rows["actor"]).str.strip(" ").str.lower(),
        }
    )
    return events.assign(event_id=event_ids(events, settings))


def quantities(numbers: pd.Series) -> pd.Series:
    """How many events each row stands for; NaN where that is no whole number in its limits."""
    numbers = numbers.astype("float64")
    return numbers.where((numbers % 1 == 0) & (numbers >= 0) & (numbers <= LARGEST_QUANTITY))


def _users(settings: Settings) -> pd.DataFrame:
    rows = read_columns(
        settings,
        "users",
        "user_id account_id created_at email role is_internal is_champion",
    )
    created_at = _credible(utc(rows["created_at"]), settings)
    shows_email = settings.publish_personal_data & ~is_erased(rows["user_id"], settings)
    users = rows.assign(
        email=rows["email"].where(shows_email),
        user_id=person_ids(not_blank(rows["user_id"]), settings),
        account_id=not_blank(rows["account_id"]).fillna(_accounts_by_domain(rows, settings)),
        created_at=created_at,
        created_on=day_number(created_at, settings.timezone),
        is_internal=_flags(rows["is_internal"]),
        is_champion=_flags(rows["is_champion"]),
    )
    return users.dropna(subset="user_id").drop_duplicates("user_id", ignore_index=True)


def _accounts_by_domain(rows: pd.DataFrame, settings: Settings) -> pd.Series:
    """The account that the domain of each user's address names; else of an id that is one."""
    if not settings.accounts_from_email_domains:
        return pd.Series(index=rows.index, dtype="str")
    addresses = not_blank(rows["email"]).fillna(not_blank(rows["user_id"]))
    domains = addresses.map(_domain, na_action="ignore").astype("str")
    named = domains.where(~domains.isin(free_mail_domains(settings.seeds)))
    return erased_ids(named, settings)


def _domain(address: str) -> str | None:
    """What follows the last @ of an e-mail address, in lower case; null if it is not one."""
    mailbox, _, domain = address.strip(" ").lower().rpartition("@")
    labels = domain.split(".")
    is_domain = len(labels) > 1 and all(
        re.fullmatch("[a-z0-9-]+", label) and not label.startswith("-") and not label.endswith("-")
        for label in labels
    )
    if not is_domain or not re.fullmatch("[a-z].+", labels[-1]):
        return None
    return domain if mailbox and " " not in mailbox and not mailbox.endswith("@") else None


def _accounts(settings: Settings) -> pd.DataFrame:
    rows = read_columns(
        settings,
        "accounts",
        "account_id parent_account_id name created_at plan status trial_ends_on renews_on industry"
        " owner seats",
    )
    created_at = _credible(utc(rows["created_at"]), settings)
    accounts = rows.assign(
        account_id=not_blank(rows["account_id"]),
        created_at=created_at,
        created_on=day_number(created_at, settings.timezone),
        trial_ends_on=date_number(utc(rows["trial_ends_on"])),
        renews_on=date_number(utc(rows["renews_on"])),
        seats=pd.to_numeric(rows["seats"], errors="coerce").astype("float64"),
    )
    return accounts.dropna(subset="account_id").drop_duplicates("account_id", ignore_index=True)


def _memberships(settings: Settings, identities: Identities) -> pd.DataFrame:
    rows = read_columns(settings, "memberships", "user_id account_id valid_from valid_to")
    valid_from = utc(rows["valid_from"])
    from_day = date_number(valid_from)
    to_day = date_number(utc(rows["valid_to"]))
    memberships = pd.DataFrame(
        {
            "user_id": person_ids(not_blank(rows["user_id"]), settings),
            "account_id": not_blank(rows["account_id"]),
            "valid_from": valid_from,
            "from_day": np.where(np.isnan(from_day), -np.inf, from_day),
            "to_day": np.where(np.isnan(to_day), np.inf, to_day),
        }
    )
    return identities.of_memberships(
        memberships.dropna(subset=["user_id", "account_id"], ignore_index=True)
    )


def _account_history(settings: Settings) -> pd.DataFrame:
    rows = read_columns(settings, "account_history", "account_id valid_from plan status owner")
    valid_from = utc(rows["valid_from"])
    history = rows.assign(
        account_id=not_blank(rows["account_id"]),
        valid_from=valid_from,
        day=date_number(valid_from),
    )
    return history.dropna(subset=["account_id", "valid_from"]).sort_values(
        "valid_from", kind="stable", ignore_index=True
    )


def _subscriptions(settings: Settings, merged: dict[str, str]) -> pd.DataFrame:
    """A subscription without an id of its own has that of its account, if it was merged."""
    columns = "account_id subscription_id currency month mrr months ended_as_agreed"
    rows = read_columns(settings, "subscriptions", columns)
    account_id = not_blank(rows["account_id"])
    own_id = account_id.where(account_id.isin(list(merged)))
    return pd.DataFrame(
        {
            "account_id": account_id,
            "day": month_number(rows["month"]),
            "subscription_id": not_blank(rows["subscription_id"]).fillna(own_id).fillna(""),
            "currency": not_blank(rows["currency"]).str.upper(),
            "mrr": pd.to_numeric(rows["mrr"], errors="coerce").astype("float64"),
            "months": pd.to_numeric(rows["months"], errors="coerce").fillna(1).clip(lower=1),
            "ended_as_agreed": _flags(rows["ended_as_agreed"]),
        }
    ).dropna(subset=["account_id", "day"], ignore_index=True)


def _account_facts(settings: Settings) -> pd.DataFrame:
    rows = read_columns(settings, "account_facts", "account_id measured_on name value")
    return pd.DataFrame(
        {
            "account_id": not_blank(rows["account_id"]),
            "day": date_number(utc(rows["measured_on"])),
            "name": not_blank(rows["name"]),
            "value": pd.to_numeric(rows["value"], errors="coerce").astype("float64"),
        }
    ).dropna(ignore_index=True)


def _signal_actions(settings: Settings) -> pd.DataFrame:
    columns = "account_id signal opened_on state at by note"
    rows = read_columns(settings, "signal_actions", columns)
    acted_at = utc(rows["at"])
    day = pd.Series(day_number(acted_at, settings.timezone))
    shows = settings.publish_personal_data & ~is_erased(rows["by"], settings)
    return pd.DataFrame(
        {
            "account_id": not_blank(rows["account_id"]),
            "signal": not_blank(rows["signal"]),
            "state": not_blank(rows["state"]),
            "acted_at": acted_at,
            "day": day.fillna(pd.Series(date_number(utc(rows["opened_on"])))),
            "acted_by": not_blank(rows["by"]).where(shows),
            "note": not_blank(rows["note"]).where(shows),
        }
    )


def _merged_accounts(settings: Settings) -> dict[str, str]:
    """Merged account -> account, each chain followed to its end."""
    rows = read_columns(settings, "account_identities", "alias_id account_id")
    pairs = rows.apply(not_blank).dropna().query("alias_id != account_id")
    chain = Identities(
        {alias: [(-np.inf, np.inf, account)] for alias, account in pairs[rows.columns].to_numpy()}
    )
    return {alias: chain.owner(alias, 0) for alias in chain.owners}


def surviving(account_ids: pd.Series, merged: dict[str, str]) -> pd.Series:
    """Each account id, or that of the account it became."""
    return account_ids.map(merged).astype("str").fillna(account_ids)


def _identities(settings: Settings) -> Identities:
    """The owners of each alias. A chain that never ends is an error."""
    rows = read_columns(settings, "identities", "alias_id user_id valid_from valid_to")
    from_day = date_number(utc(rows["valid_from"]))
    to_day = date_number(utc(rows["valid_to"]))
    rows = pd.DataFrame(
        {
            "alias_id": person_ids(not_blank(rows["alias_id"]), settings),
            "user_id": person_ids(not_blank(rows["user_id"]), settings),
            "from_day": np.where(np.isnan(from_day), -np.inf, from_day),
            "to_day": np.where(np.isnan(to_day), np.inf, to_day),
        }
    ).dropna()
    rows = rows[(rows["alias_id"] != rows["user_id"]) & (rows["from_day"] < rows["to_day"])]
    owners: dict[str, list[tuple[float, float, str]]] = {}
    for alias, start, end, user in rows[["alias_id", "from_day", "to_day", "user_id"]].to_numpy():
        owners.setdefault(alias, []).append((start, end, user))
    return Identities(owners)


# -- cells -------------------------------------------------------------------------------------


def not_blank(text: pd.Series) -> pd.Series:
    """Text as it is; null if it has only spaces."""
    return text.where(text.str.strip(" ") != "")


def utc(times: pd.Series) -> pd.Series:
    """UTC times without a zone, in microseconds; null where there is none or it is unparsable."""
    if pd.api.types.is_datetime64_dtype(times):
        return times
    text = times.str.strip(" ").str.replace(r"^(\d{4})/(\d{2})/(\d{2})", r"\1-\2-\3", regex=True)
    compact = text.str.extract(r"^(\d{4})(\d{2})(\d{2})(?:\.0+)?$")
    text = text.where(compact[0].isna(), compact[0] + "-" + compact[1] + "-" + compact[2])
    iso = text.where(text.str.fullmatch(ISO_TIME))
    iso = iso.str.replace(r" ?(?:UTC|GMT|Z|[+-]00:?00 UTC)$", "Z", regex=True)
    iso = iso.str.replace(r" ([+-])", r"\1", regex=True)
    iso = iso.str.replace(r"(\.\d{6})\d+", r"\1", regex=True)
    parsed = pd.to_datetime(iso, format="ISO8601", utc=True, errors="coerce")
    parsed = parsed.dt.tz_localize(None).dt.as_unit("us")
    numbers = text.where(iso.isna() & text.str.fullmatch(r"[\d.]+(?:[eE]\+?\d{1,2})?")).dropna()
    if numbers.empty:
        return parsed
    return parsed.fillna(numbers.map(_epoch).reindex(parsed.index).astype("datetime64[us]"))


def _epoch(text: str) -> np.datetime64 | None:
    """The time of a number of seconds, milliseconds, microseconds or nanoseconds; else null."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    digits = len(str(int(number)))
    if digits not in EPOCHS:
        return None
    return np.datetime64(int(number.scaleb(EPOCHS[digits])), "us")


def month_number(months: pd.Series) -> Floats:
    """Day numbers of months written as 2026-05 or 202605, or as any day in them; else NaN."""
    if pd.api.types.is_datetime64_dtype(months):
        return date_number(months)
    text = months.str.strip(" ")
    parts = text.str.extract(r"^(\d{4})[-/]?(\d{2})(?:\.0+)?$")
    first = (parts[0] + "-" + parts[1] + "-01").where(parts[0].notna())
    days = text.where(~text.str.fullmatch(r"\d{9}.*").fillna(True).astype(bool))
    return date_number(utc(first.fillna(days).astype("str")))


def _credible(times: pd.Series, settings: Settings) -> pd.Series:
    """Times, null on days on which no event counts: a clock was not set."""
    earliest = day_of(settings.earliest_event_date)
    return times.where(day_number(times, settings.timezone) > earliest)


def _flags(text: pd.Series) -> pd.Series:
    return text.str.lower().isin(TRUE_WORDS)
