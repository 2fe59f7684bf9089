"""A broken event: from some day on it is no longer recorded in some of the accounts.

As if an update of the app, which these accounts have, had lost it. People and accounts behave as
before; only the rows are missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from engagement.simulate.behaviour import Rows
from engagement.simulate.catalogue import NAMES, Bools
from engagement.simulate.company import Company


@dataclass(frozen=True)
class Breakage:
    """What is broken.

    Attributes:
        event: The name of the event.
        first: The first day on which it is not recorded.
        share: In which share of the accounts; which ones is drawn.
        days: For how many days; None: to the end.
    """

    event: str
    first: date
    share: float = 1.0
    days: int | None = None

    def check(self) -> None:
        """Raise a `ValueError` for a breakage that cannot be."""
        if self.event not in NAMES:
            raise ValueError(f"No event is called {self.event}: name one of {', '.join(NAMES)}.")
        if not 0 < self.share <= 1:
            raise ValueError(f"A share is above 0 and at most 1, not {self.share}.")
        if self.days is not None and self.days < 1:
            raise ValueError(f"An event is broken for at least 1 day, not {self.days}.")

    def recorded(self, rows: Rows, company: Company, is_broken: Bools) -> Rows:
        """The rows that are recorded; `is_broken` says it of each account."""
        first = np.datetime64(self.first)
        day = rows.occurred_at.astype("datetime64[D]")
        is_lost = (rows.event == NAMES.index(self.event)) & (day >= first)
        if self.days is not None:
            is_lost &= day < np.datetime64(self.first + timedelta(days=self.days))
        own = company.users.account[rows.user % len(company.users)]
        account = np.where(rows.account >= 0, rows.account, own)
        is_lost &= (account >= 0) & is_broken[account]
        return rows.take(np.flatnonzero(~is_lost))
