"""The cast: all accounts and users of the history, as they are when they arrive."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from engagement.simulate.catalogue import Bools, Floats, Ints, Plan, Role, Status, Times

NEVER = 1_000_000  # a day after the end of every history
WEEK = 7
DOUBLING_DAYS = 365.0  # the company's customers and users double in this time
OLDEST_DAYS = 5 * 365

FREE_SHARE, SILENT_SHARE, CHILD_SHARE = 0.2, 0.015, 0.05
SHORT_TRIAL, LONG_TRIAL, LONG_TRIAL_SHARE = 14, 30, 0.3
ANNUAL_SHARE = np.array([0.0, 0.25, 0.55, 0.9])  # by plan
FADED = 0.1  # what is left of the activity at the end of a fade
OWNERS = ("Amara Osei", "Ben Lindqvist", "Chloe Martin", "Diego Ruiz", "Emi Tanaka", "Farid Haddad")
INDUSTRIES = ("software", "media", "retail", "finance", "health", "education", "construction")

NEVER_ACTIVE, ALIASED, CHAINED = 0.02, 0.15, 0.1  # chained: of the aliased
CHAMPIONS, FOUNDING_CHAMPIONS = 0.04, 0.25
MOVES_SHARE = 0.35  # of those who join a second account: leave the first one for it
STAFF_SHARE, ACCOUNTS_A_BOT, BOTS_START = 0.005, 1000, 0.6  # bots start at 60 % of the history
BOT_INTENSITY = 12.0
ROLE_SHARES = (0.08, 0.15, 0.57, 0.20)  # of admins, managers, members, viewers
ROLE_ACTIVITY = np.array([0.5, 0.3, 0.0, -0.5, 0.0])  # by role, on the logit scale
TYPICAL_ACTIVITY, ACTIVITY_SPREAD, CHAMPION_ACTIVITY = -1.0, 1.2, 1.2  # on the logit scale


@dataclass(frozen=True)
class Calendar:
    """The days of the history, numbered from 0; days before it are negative."""

    until: date
    days: int

    @property
    def first(self) -> np.datetime64:
        """The date of day 0."""
        return np.datetime64(self.until, "D") - np.timedelta64(self.days - 1, "D")

    def dates(self, days: Ints) -> Times:
        """Dates of day numbers; `NEVER` is null."""
        dates = self.first + np.where(days < NEVER, days, 0).astype("timedelta64[D]")
        return np.where(days < NEVER, dates, np.datetime64("NaT", "D"))

    def weeks(self) -> list[tuple[int, int]]:
        """Blocks [start, end) of seven days; the last may be shorter."""
        return [(day, min(day + WEEK, self.days)) for day in range(0, self.days, WEEK)]


@dataclass
class Accounts:
    """A slot for each account, in order of creation; days are numbers of the `Calendar`."""

    created: Ints
    size: Floats  # latents, standard normal: appetite for users
    collaboration: Floats
    breadth: Floats
    momentum: Floats  # drifts
    is_silent: Bools  # nobody ever does anything
    industry: Ints
    parent: Ints
    plan: Ints
    status: Ints
    owner: Ints
    is_annual: Bools
    seats: Ints
    trial_ends: Ints
    paid_from: Ints
    fades_from: Ints
    fades_until: Ints
    leaves_on: Ints

    def __len__(self) -> int:
        """How many accounts."""
        return len(self.created)

    def is_open(self, days: Ints | int) -> Bools:
        """Whether each account is a customer on a day; shapes broadcast."""
        return np.asarray((self.created <= days) & (days < self.leaves_on))

    def is_fading(self, day: int) -> Bools:
        """Whether each account fades, to leave or to recover."""
        return (self.fades_from <= day) & (day < self.fades_until)

    def activity(self, days: Ints) -> Floats:
        """What a fade leaves of the activity, account x day: 1 down to `FADED`.

        Who leaves fades to the last day; who recovers is back at the end of the fade.
        """
        span = np.maximum(self.fades_until - self.fades_from, 1)[:, None]
        passed = (days - self.fades_from[:, None]) / span
        leaves = (self.leaves_on < NEVER)[:, None]
        depth = np.where(leaves, passed, 1 - np.abs(2 * passed - 1))
        return 1 - (1 - FADED) * np.where((passed > 0) & (passed < 1), depth, 0.0)


@dataclass
class Users:
    """A slot for each user. `account` is -1 for staff, bots, and who has not joined yet."""

    joined: Ints
    joined_second: Ints
    left: Ints
    account: Ints
    second_account: Ints
    second_from: Ints
    moves: Bools
    is_founder: Bools
    is_staff: Bools
    is_bot: Bools
    is_champion: Bools
    is_never_active: Bools
    is_aliased: Bools  # seen under an anonymous id before signup
    is_chained: Bools  # and under a device's id before that
    role: Ints
    propensity: Floats  # to be active on a day, on the logit scale
    habit: Floats  # the share of the activity that outlives the first weeks
    intensity: Floats  # events on an active day, relative to the average user
    start_second: Ints  # of the working day

    def __len__(self) -> int:
        """How many users."""
        return len(self.joined)

    @property
    def is_internal(self) -> Bools:
        """Staff and bots."""
        return self.is_staff | self.is_bot


def arrivals(rng: np.random.Generator, count: int, days: int) -> Ints:
    """Sorted days on which a base that doubles every `DOUBLING_DAYS` grew to `count`."""
    ages = rng.exponential(DOUBLING_DAYS / np.log(2), count) % OLDEST_DAYS
    return np.sort(days - 1 - ages.astype(np.int64))


def found_accounts(rng: np.random.Generator, count: int, days: int) -> Accounts:
    """All accounts; those older than the history are free or paying, new ones free or on trial.

    The first one is older than the history, stays for ever, and takes in whoever finds no other.
    """
    created = arrivals(rng, count, days)
    created[0] = min(created[0], -1)
    size = rng.normal(size=count)
    target = Plan.STARTER + np.searchsorted([0.0, 1.4], size + 0.6 * rng.normal(size=count))
    is_free = rng.random(count) < FREE_SHARE
    is_trial = ~is_free & (created >= 0)
    trial_days = np.where(rng.random(count) < LONG_TRIAL_SHARE, LONG_TRIAL, SHORT_TRIAL)
    is_child = rng.random(count) < CHILD_SHARE
    is_silent = np.zeros(count, dtype=bool)
    is_silent[1 + rng.permutation(count - 1)[: round(SILENT_SHARE * count) + 1]] = True
    return Accounts(
        created=created,
        size=size,
        collaboration=rng.normal(size=count),
        breadth=rng.normal(size=count),
        momentum=rng.normal(0, 0.5, count),
        is_silent=is_silent,
        industry=rng.integers(-1, len(INDUSTRIES), count),
        parent=np.where(
            is_child & (np.arange(count) > 0),  # the first has nobody to belong to
            rng.integers(0, np.maximum(np.arange(count), 1)),
            -1,
        ),
        plan=np.where(is_free, Plan.FREE, target),
        status=np.select([is_free, is_trial], [Status.FREE, Status.TRIAL], Status.PAYING),
        owner=rng.integers(len(OWNERS), size=count),
        is_annual=rng.random(count) < ANNUAL_SHARE[target],
        seats=np.zeros(count, dtype=np.int64),
        trial_ends=np.where(is_trial, created + trial_days, NEVER),
        paid_from=np.where(is_free | is_trial, NEVER, created),
        fades_from=np.full(count, NEVER),
        fades_until=np.full(count, NEVER),
        leaves_on=np.full(count, NEVER),
    )


def recruit_users(rng: np.random.Generator, count: int, accounts: Accounts, days: int) -> Users:
    """All users: a founder for each account, and others, who find an account when they join.

    A few of the others are staff, who visit any account, and bots. Both are internal.
    """
    others = count - len(accounts)
    slots = np.arange(count)
    is_founder = slots < len(accounts)
    bots = len(accounts) // ACCOUNTS_A_BOT + 1
    internal = len(accounts) + rng.permutation(others)
    is_bot = np.isin(slots, internal[:bots])
    is_staff = np.isin(slots, internal[bots:][: round(STAFF_SHARE * others) + 1])
    is_customer = ~(is_bot | is_staff)
    joined = np.concatenate([accounts.created, arrivals(rng, others, days)])
    joined[is_bot] = int(BOTS_START * days)
    role = np.where(is_founder, Role.ADMIN, rng.choice(len(ROLE_SHARES), count, p=ROLE_SHARES))
    championship = np.where(is_founder, FOUNDING_CHAMPIONS, CHAMPIONS)
    is_champion = is_customer & (rng.random(count) < championship)
    is_aliased = is_customer & (joined >= 0) & (rng.random(count) < ALIASED)
    propensity = TYPICAL_ACTIVITY + ACTIVITY_SPREAD * rng.normal(size=count)
    intensity = rng.lognormal(-0.15, 0.55, count) * np.where(is_champion, 1.5, 1.0)
    return Users(
        joined=joined,
        joined_second=np.where(is_founder, 5 * 3600, 7 * 3600) + rng.integers(3600, size=count),
        left=np.full(count, NEVER),
        account=np.where(is_founder, slots, -1),
        second_account=np.full(count, -1),
        second_from=np.full(count, NEVER),
        moves=rng.random(count) < MOVES_SHARE,
        is_founder=is_founder,
        is_staff=is_staff,
        is_bot=is_bot,
        is_champion=is_champion,
        is_never_active=is_customer & ~is_founder & (rng.random(count) < NEVER_ACTIVE),
        is_aliased=is_aliased,
        is_chained=is_aliased & (rng.random(count) < CHAINED),
        role=np.where(is_bot, Role.SERVICE, role),
        propensity=propensity + ROLE_ACTIVITY[role] + CHAMPION_ACTIVITY * is_champion,
        habit=rng.beta(2.5, 1.2, count),
        intensity=np.where(is_bot, BOT_INTENSITY, intensity),
        start_second=rng.integers(6 * 3600, 14 * 3600, count),
    )
