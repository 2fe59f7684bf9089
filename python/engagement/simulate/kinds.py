"""Kinds of companies: when and where their customers use the product.

A kind says nothing of who leaves. Who does follows from what customers do, as in `company`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engagement.simulate.catalogue import Floats

WORKING_WEEK = (1.0, 1.05, 1.05, 1.0, 0.85, 0.15, 0.12)  # from Monday
EVERY_MONTH = (1.0,) * 12
MONTH_DAYS = 31
IDLE = 0.06  # of the activity is left between two projects


@dataclass(frozen=True)
class Kind:
    """The rhythm of a company's customers.

    Attributes:
        description: Who they are.
        weekdays: Activity from Monday to Sunday, relative to an ordinary Monday.
        months: The same from January to December.
        month_days: The same of the first and of the last days of a month, and of those between.
        size_spread: How much more accounts differ in size than they usually do.
        project_weeks: The shortest and longest project of an account, and pause between two.
    """

    description: str
    weekdays: tuple[float, ...] = WORKING_WEEK
    months: tuple[float, ...] = EVERY_MONTH
    month_days: tuple[float, ...] = (1.0,) * MONTH_DAYS
    size_spread: float = 1.0
    project_weeks: tuple[tuple[int, int], tuple[int, int]] | None = None

    def season(self, dates: np.ndarray) -> Floats:
        """(days,): activity on each date, relative to an ordinary Monday in an ordinary month."""
        weekday = (dates.astype("datetime64[D]").astype(np.int64) + 3) % 7
        month = dates.astype("datetime64[M]").astype(np.int64) % 12
        first = dates.astype("datetime64[M]").astype("datetime64[D]")
        day = (dates.astype("datetime64[D]") - first).astype(np.int64)
        activity: Floats = (
            np.array(self.weekdays)[weekday]
            * np.array(self.months)[month]
            * np.array(self.month_days)[day]
        )
        return activity

    def projects(self, rng: np.random.Generator, accounts: int, weeks: int) -> Floats:
        """(accounts, weeks): 1 while an account has a project, and what is left in a pause."""
        at_work = np.ones((accounts, weeks))
        if self.project_weeks is None:
            return at_work
        for row in at_work:
            week = -int(rng.integers(self.project_weeks[0][1]))
            while week < weeks:
                shortest, longest = self.project_weeks[0]
                week += int(rng.integers(shortest, longest + 1))
                pause = int(rng.integers(self.project_weeks[1][0], self.project_weeks[1][1] + 1))
                row[max(week, 0) : max(week + pause, 0)] = IDLE
                week += pause
        return at_work


USUAL = "saas"
KINDS = {
    USUAL: Kind("used on working days, all year"),
    "weekly": Kind(
        "used on Mondays, and little on other days",
        weekdays=(1.6, 0.25, 0.15, 0.15, 0.15, 0.03, 0.03),
    ),
    "monthly": Kind(
        "used when a month is closed",
        month_days=(2.0, 2.0, 1.2, *(0.12,) * 24, 0.8, 1.5, 2.0, 2.0),
    ),
    "seasonal": Kind(
        "used in terms, and little in summer and around New Year",
        months=(0.7, 1.0, 1.1, 1.1, 1.2, 0.8, 0.2, 0.2, 0.9, 1.1, 1.1, 0.5),
    ),
    "agency": Kind("used for projects, with pauses between them", project_weeks=((4, 14), (2, 7))),
    "few_large": Kind("a few accounts have most of the users", size_spread=2.2),
}
