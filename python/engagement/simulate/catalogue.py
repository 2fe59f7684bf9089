"""The catalogue of the simulated product: plans, statuses, roles and events.

The order of `EVENTS` is the layout of every array of rates and counts: one column an event.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Times = npt.NDArray[np.datetime64]


class Plan(IntEnum):
    """The plan of an account; a higher plan unlocks more events."""

    FREE, STARTER, BUSINESS, ENTERPRISE = range(4)


class Status(IntEnum):
    """The status of an account."""

    TRIAL, FREE, PAYING, CHURNED = range(4)


class Role(IntEnum):
    """The role of a user in an account; founders are admins."""

    ADMIN, MANAGER, MEMBER, VIEWER, SERVICE = range(5)


PRICES = np.array([0.0, 8.0, 16.0, 30.0])  # by plan, a seat and month
ANNUAL_DISCOUNT = 0.15
FEWEST_SEATS = np.array([0, 3, 5, 20])  # by plan


@dataclass(frozen=True)
class Event:
    """An event name and how it comes about.

    Attributes:
        name: As in `events.event_name`.
        per_day: Mean count on an active day of an average user; for a system event, on any day
            with a row.
        collaboration: Loading on the account's latent collaboration: the rate is multiplied by
            exp(loading * latent), and the latent is standard normal.
        breadth: The same for the account's latent breadth of use.
        plan: The cheapest plan that offers it.
        onboarding: How many times as frequent it is on a user's first day.
        launched_on: Nothing happens before this day.
        is_passive: Viewers do it as much as anybody.
        is_system: It also happens to users who do nothing.
    """

    name: str
    per_day: float
    collaboration: float = 0.0
    breadth: float = 0.0
    plan: Plan = Plan.FREE
    onboarding: float = 1.0
    launched_on: date = date.min
    is_passive: bool = False
    is_system: bool = False


EVENTS = (
    Event("logged_in", 0.2, is_passive=True),  # beside the one that opens every active day
    Event("mobile_opened", 0.4, is_passive=True),
    Event("board_viewed", 1.3, is_passive=True),
    Event("task_viewed", 2.0, is_passive=True),
    Event("search_performed", 0.4, is_passive=True),
    Event("timeline_viewed", 0.25, plan=Plan.STARTER, is_passive=True),
    Event("dashboard_viewed", 0.4, breadth=0.3, plan=Plan.BUSINESS, is_passive=True),
    Event("comment_added", 0.8, collaboration=0.7, onboarding=1.5),
    Event("task_created", 0.6, onboarding=3.0),
    Event("task_completed", 0.6),
    Event("time_logged", 0.25, plan=Plan.STARTER),
    Event("file_uploaded", 0.2, collaboration=0.2),
    Event("template_used", 0.04, breadth=0.3, onboarding=6.0),
    Event("ai_summary_created", 0.2, plan=Plan.BUSINESS, launched_on=date(2026, 3, 2)),
    Event("report_created", 0.08, breadth=0.7, plan=Plan.BUSINESS),
    Event("report_exported", 0.05, breadth=0.5, plan=Plan.BUSINESS),
    Event("teammate_invited", 0.04, collaboration=0.6, onboarding=4.0),
    Event("project_created", 0.05, onboarding=5.0),
    Event("automation_created", 0.02, breadth=0.6, plan=Plan.BUSINESS),
    Event("integration_connected", 0.02, breadth=0.7, onboarding=4.0),
    Event("help_opened", 0.05, onboarding=6.0, is_passive=True),
    Event("settings_opened", 0.06, onboarding=3.0, is_passive=True),
    Event("pricing_viewed", 0.0),  # by visitors who are not users yet
    Event("signup_started", 0.0),
    Event("automation_ran", 0.4, breadth=0.6, plan=Plan.BUSINESS, is_system=True),
    Event("notification_delivered", 0.8, is_system=True),
)
NAMES = [event.name for event in EVENTS]
LOGGED_IN = NAMES.index("logged_in")
INVITED = NAMES.index("teammate_invited")
PRICING_VIEWED = NAMES.index("pricing_viewed")
SIGNUP_STARTED = NAMES.index("signup_started")

PER_DAY = np.array([event.per_day for event in EVENTS])
COLLABORATION = np.array([event.collaboration for event in EVENTS])
BREADTH = np.array([event.breadth for event in EVENTS])
ONBOARDING = np.array([event.onboarding for event in EVENTS])
LAUNCHED_ON = np.array([event.launched_on for event in EVENTS], dtype="datetime64[D]")
IS_SYSTEM = np.array([event.is_system for event in EVENTS])
UNLOCKED = np.array([[event.plan <= plan for event in EVENTS] for plan in Plan])  # plan x event
DONE_BY_VIEWERS = np.array([1.0 if e.is_passive or e.is_system else 0.15 for e in EVENTS])
