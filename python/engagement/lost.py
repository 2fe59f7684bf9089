"""Tells of the accounts that have left whether readers had been warned 30 days before.

All figures come from account_profiles, published_risk and published_signals; this module only
counts and phrases them.
"""

from dataclasses import dataclass
from datetime import date
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engagement.project import Settings
from engagement.tables import Row, analysis, read


@dataclass(frozen=True)
class LostAccount:
    """An account that has left, and what readers saw of it 30 days before.

    published_on: the day that they looked at, None if nothing had been published. risk: its rank
    and probability, None if it was not a customer. signals: its own risks that were open, and
    user_signals those of its users.
    """

    account_id: str
    name: str | None
    lost_on: date
    ended_as_agreed: bool
    published_on: date | None
    risk: str | None
    signals: tuple[str, ...]
    user_signals: tuple[str, ...]

    @property
    def counts(self) -> bool:
        """Whether readers could have been warned: it left unasked, and was a known customer."""
        was_there = self.risk is not None or bool(self.signals or self.user_signals)
        return not self.ended_as_agreed and was_there

    def told_signals(self) -> str:
        """What was visible."""
        if self.published_on is None:
            return "nothing had been published"
        named = [*self.signals, *(f"{signal} (a user)" for signal in self.user_signals)]
        return ", ".join(named) or "none was visible"


def lost_accounts(settings: Settings) -> list[LostAccount]:
    """The accounts that have left, the latest first.

    Raises:
        UsageError: Nothing has been built yet.
    """
    (rows,) = read(settings, analysis(settings, "lost_accounts"))
    grouped = groupby(rows, key=lambda row: str(row["account_id"]))
    return [_lost(account_id, list(found)) for account_id, found in grouped]


def _lost(account_id: str, rows: list[Row]) -> LostAccount:
    row = rows[0]
    chance = row["probability"]
    percent = "" if chance is None else f", {100 * chance:.0f} %"
    signals: dict[str, list[str]] = {"account": [], "user": []}
    for one in rows:
        if one["signal"] is not None:
            signals[one["entity_type"]].append(one["signal"])
    return LostAccount(
        account_id=account_id,
        name=row["name"],
        lost_on=row["lost_on"],
        ended_as_agreed=bool(row["ended_as_agreed"]),
        published_on=row["published_on"],
        risk=None
        if row["risk_rank"] is None
        else f"{int(row['risk_rank'])} of {int(row['customers'])}{percent}",
        signals=tuple(signals["account"]),
        user_signals=tuple(signals["user"]),
    )


def summary(accounts: list[LostAccount]) -> str:
    """How many had been visible, and which accounts are not counted."""
    if not accounts:
        return "No account is known to have left (account_profiles.lost_on)."
    counted = [account for account in accounts if account.counts]
    own = sum(bool(account.signals) for account in counted)
    users = sum(bool(account.user_signals) and not account.signals for account in counted)
    agreed = [account for account in accounts if account.ended_as_agreed]
    others = [one for one in accounts if not one.counts and not one.ended_as_agreed]
    unpublished = sum(one.published_on is None for one in others)
    left_out = [
        f"{number} {what}"
        for number, what in (
            (len(agreed), "that ended as agreed"),
            (len(others) - unpublished, "that counted as no customer then"),
            (unpublished, "of whom nothing had been published by then"),
        )
        if number
    ]
    told = "Of no account could a signal have been visible 30 days before it left."
    if counted:
        since = min(account.lost_on for account in counted)
        number = "1 account" if len(counted) == 1 else f"{len(counted)} accounts"
        told = (
            f"Of {number} lost since {since}, {own} had a risk signal 30 days before, {users} only"
            f" one of a user, and {len(counted) - own - users} none."
        )
    return f"{told} Not counted: {', '.join(left_out)}." if left_out else told


def print_lost_accounts(console: Console, accounts: list[LostAccount]) -> None:
    """Prints an account a line, then the totals."""
    if accounts:
        table = Table(
            *("account", "lost on", "published as of", "risk then", "risk signals then"),
            title="Which accounts have left, and what did readers see of them 30 days before?",
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        for one in accounts:
            agreed = " (as agreed)" if one.ended_as_agreed else ""
            table.add_row(
                escape(one.name or one.account_id),
                f"{one.lost_on}{agreed}",
                str(one.published_on or ""),
                one.risk or "",
                escape(one.told_signals()),
            )
        console.print(table, soft_wrap=True)
        console.print()
    console.print(summary(accounts), soft_wrap=True)
