"""The decisions of customers, week by week, driven by their use of the product.

What drives what, so that an analysis can look for it:

- Accounts differ by two fixed latents, collaboration and breadth, which make the events of
  `EVENTS` that load on them more or less frequent, and by a momentum that drifts from week to week
  and makes their users more or less active. None of them acts on retention directly.
- Every week, an open account may begin to leave. The odds are those of its plan times exp(-depth).
  `depth` sums, over the events of `DRIVERS`, effect * (rank - 1/2), where rank is the account's
  percentile among open accounts in the *realised* count of that event per member, a moving mean
  over about four weeks. An annual contract is left at its renewal only, so that its odds are
  concentrated in the weeks before. All other events (views, searches, tasks) are decoys: they go
  along with activity and have no effect of their own.
- Of those who begin to leave, most fade for 4 to 10 weeks and go, some go within three weeks
  without a sign, and some fade and recover.
- The odds that a trial converts or a free account buys are multiplied by exp(depth).
- Colleagues join by invitation, more of them where many were invited lately and seats are left.
- Seats are bought when they are nearly full and use is rising; plans are upgraded when use is
  rising; seats are returned when few of them are used.
- Satisfaction rises with depth and falls in a fade; support tickets grow with the members, and in
  a fade. Both are noisy.

In a company with `no_churn_driver`, use says nothing about churn: depth is 0 for everybody, the
odds are those of the mean plan at any time, and nobody fades. An analysis must find nothing there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from engagement.simulate.catalogue import (
    ANNUAL_DISCOUNT,
    FEWEST_SEATS,
    INVITED,
    NAMES,
    PRICES,
    Bools,
    Floats,
    Ints,
    Plan,
    Status,
)
from engagement.simulate.people import NEVER, OWNERS, WEEK, found_accounts, recruit_users

DRIVERS = {
    "comment_added": 2.0,
    "teammate_invited": 1.2,
    "integration_connected": 1.2,
    "report_created": 1.2,
}
WEEKLY_LEAVING = np.array([0.008, 0.009, 0.006, 0.004])  # by plan, at depth 0
AT_RENEWAL = 7.0  # how many times as likely in the weeks before an annual renewal
FATES = {"faded_and_left": 0.62, "left_suddenly": 0.13, "faded_and_recovered": 0.25}
NO_SIGN = {"faded_and_left": 0.0, "left_suddenly": 1.0, "faded_and_recovered": 0.0}
NOTICE_DAYS = (28, 70)  # from the first sign of fading to the end
SETTLED_WEEKS = 4
CONVERTS, STAYS_FREE = 0.4, 0.25  # a trial at depth 0; a trial that does not convert
BUYS, EXPANDS, UPGRADES, CONTRACTS, CHANGES_OWNER = 0.004, 0.3, 0.015, 0.03, 0.004  # a week
RISING, NEARLY_FULL, HALF_EMPTY = 1.05, 0.85, 0.35
QUITS, JOINS_SECOND_ACCOUNT = 0.002, 0.001  # users, a week
TICKETS_A_MEMBER, ANSWERS = 0.08, 0.4


@dataclass
class Use:
    """The recent use of accounts: moving means over about 4 and 12 weeks, which start at 0."""

    weekly: Floats  # account x event, 4 weeks
    actives: Floats  # users active in a week, 4 weeks
    long_total: Floats  # all events, 12 weeks
    weeks: Ints  # seen of each account

    SHORT, LONG = 1 / 4, 1 / 12

    def observe(self, counts: Floats, actives: Floats, is_open: Bools) -> None:
        """Take in a week: counts by account and event, active users by account."""
        self.weekly += self.SHORT * (counts - self.weekly)
        self.actives += self.SHORT * (actives - self.actives)
        self.long_total += self.LONG * (counts.sum(axis=1) - self.long_total)
        self.weeks += is_open

    def weight_seen(self, rate: float) -> Floats:
        """The weight of the weeks seen; a moving mean divided by it is unbiased from the start."""
        return 1 - (1 - rate) ** np.maximum(self.weeks, 1)

    def rise(self) -> Floats:
        """Use of the last 4 weeks as a multiple of that of the last 12."""
        short = self.weekly.sum(axis=1) / self.weight_seen(self.SHORT)
        long = self.long_total / self.weight_seen(self.LONG)
        return np.asarray(short / np.where(long > 0, long, np.inf))


@dataclass
class Ledger:
    """Every change of an account and its price; a list of arrays per column."""

    account: list[Ints] = field(default_factory=list)
    day: list[Ints] = field(default_factory=list)
    plan: list[Ints] = field(default_factory=list)
    status: list[Ints] = field(default_factory=list)
    owner: list[Ints] = field(default_factory=list)
    mrr: list[Floats] = field(default_factory=list)


@dataclass(frozen=True)
class Fact:
    """A measure of some accounts on a day."""

    name: str
    day: int
    account: Ints
    value: Floats


def percentile(values: Floats) -> Floats:
    """Rank of each value among all, in (0, 1); ties share the middle of their ranks."""
    ordered = np.sort(values)
    below, up_to = np.searchsorted(ordered, values), np.searchsorted(ordered, values, "right")
    return np.asarray((below + up_to) / (2 * max(len(values), 1)))


class Company:
    """Accounts and users, and the ledger of their decisions."""

    def __init__(
        self,
        rng: np.random.Generator,
        accounts: int,
        users: int,
        days: int,
        no_churn_driver: bool = False,
        size_spread: float = 1.0,
    ) -> None:
        """All accounts and users of the history, on the day before it starts."""
        self.rng = rng
        self.no_churn_driver = no_churn_driver
        self.size_spread = size_spread
        self.accounts = found_accounts(rng, accounts, days)
        self.users = recruit_users(rng, users, self.accounts, days)
        self.use = Use(
            weekly=np.zeros((accounts, len(NAMES))),
            actives=np.zeros(accounts),
            long_total=np.zeros(accounts),
            weeks=np.zeros(accounts, dtype=np.int64),
        )
        self.ledger = Ledger()
        self.facts: list[Fact] = []
        self.story: Counter[str] = Counter()
        self._join(-NEVER, 0)
        self.accounts.seats = self._seats_for(self.members(0))
        self._record(np.full(accounts, True), self.accounts.created)

    def begin_week(self, start: int, end: int) -> None:
        """Decide, from the use so far, what changes in [start, end). An account changes once."""
        accounts = self.accounts
        accounts.momentum = 0.97 * accounts.momentum + self.rng.normal(0, 0.12, len(accounts))
        depth = self.depth(start)
        closed = self._close(start, end)
        ended = self._end_trials(depth, start, end)
        can_decide = accounts.is_open(start) & (self.use.weeks >= SETTLED_WEEKS)
        can_decide &= (accounts.leaves_on == NEVER) & ~accounts.is_fading(start) & ~closed & ~ended
        can_decide &= accounts.status != Status.TRIAL
        self._waver(can_decide, depth, start)
        self._buy(can_decide & (accounts.leaves_on == NEVER), depth, start, end)
        self._measure(depth, start)
        self._join(start, end)
        self._move(start, end)

    def members(self, day: int) -> Ints:
        """Users who have joined before a day and not left, by account."""
        users = self.users
        present = (users.account >= 0) & (users.joined < day) & (users.left > day)
        return np.bincount(users.account[present], minlength=len(self.accounts))

    def renewal(self, day: int) -> Ints:
        """The first day after `day` on which each paying account renews."""
        paid_from = self.accounts.paid_from
        period = np.where(self.accounts.is_annual, 365, 30)
        return np.asarray(paid_from + ((day - paid_from) // period + 1) * period)

    def depth(self, day: int) -> Floats:
        """Sum of effect * (percentile - 1/2) over `DRIVERS`, by account; 0 if not open."""
        is_open = self.accounts.is_open(day)
        scale = np.maximum(self.members(day), 1) * self.use.weight_seen(Use.SHORT)
        depth = np.zeros(len(self.accounts))
        if self.no_churn_driver:
            return depth
        for name, effect in DRIVERS.items():
            per_member = self.use.weekly[:, NAMES.index(name)] / scale
            depth[is_open] += effect * (percentile(per_member[is_open]) - 0.5)
        return depth

    def _close(self, start: int, end: int) -> Bools:
        """Close the accounts whose last day has come."""
        leaves_on = self.accounts.leaves_on
        closes: Bools = (leaves_on >= start) & (leaves_on < end)
        self.accounts.status[closes] = Status.CHURNED
        self._record(closes, leaves_on)
        return closes

    def _end_trials(self, depth: Floats, start: int, end: int) -> Bools:
        """Trials that end convert, stay as free accounts, or leave."""
        accounts, chance = self.accounts, self.rng.random((2, len(self.accounts)))
        ends: Bools = (accounts.status == Status.TRIAL) & (accounts.trial_ends < end)
        odds = np.exp(depth) * CONVERTS / (1 - CONVERTS)
        converts = ends & (chance[0] < odds / (1 + odds))
        stays = ends & ~converts & (chance[1] < STAYS_FREE)
        leaves = ends & ~converts & ~stays
        self._start_paying(converts, accounts.trial_ends, start)
        accounts.status[stays], accounts.plan[stays] = Status.FREE, Plan.FREE
        accounts.status[leaves] = Status.CHURNED
        accounts.leaves_on[leaves] = accounts.trial_ends[leaves]
        self._record(ends, accounts.trial_ends)
        self._tell(trial_converted=converts, trial_stayed_free=stays, trial_left=leaves)
        return ends

    def _waver(self, can_decide: Bools, depth: Floats, start: int) -> None:
        """Some accounts begin to leave; most of them fade first."""
        accounts, rng, size = self.accounts, self.rng, len(self.accounts)
        is_annual = accounts.is_annual & (accounts.status == Status.PAYING)
        renewal = self.renewal(start)
        shortest, longest = NOTICE_DAYS
        renews_soon = (renewal >= start + shortest) & (renewal <= start + longest)
        odds = WEEKLY_LEAVING[accounts.plan] * np.exp(-depth)
        odds *= np.where(is_annual, AT_RENEWAL * renews_soon, 1.0)
        if self.no_churn_driver:
            odds = np.full(size, WEEKLY_LEAVING.mean())
        wavers = can_decide & (rng.random(size) < odds)
        wavers[0] = False
        fates = NO_SIGN if self.no_churn_driver else FATES
        fate = rng.choice(len(FATES), size, p=list(fates.values()))
        fades, leaves_suddenly, recovers = (wavers & (fate == kind) for kind in range(3))

        end_of_fade = start + rng.integers(shortest, longest + 1, size)
        last_day = np.where(is_annual, renewal, end_of_fade)
        soon = start + rng.integers(WEEK, 3 * WEEK, size)
        accounts.fades_from = np.where(fades | recovers, start, accounts.fades_from)
        accounts.fades_until = np.select(
            [fades, recovers], [last_day, end_of_fade], accounts.fades_until
        )
        accounts.leaves_on = np.select(
            [fades, leaves_suddenly], [last_day, soon], accounts.leaves_on
        )
        self._tell(**dict(zip(FATES, (fades, leaves_suddenly, recovers), strict=True)))

    def _buy(self, can_decide: Bools, depth: Floats, start: int, end: int) -> None:
        """Free accounts start to pay; paying ones expand, upgrade, contract; owners change."""
        accounts, rng, size = self.accounts, self.rng, len(self.accounts)
        chance, day = rng.random((5, size)), rng.integers(start, end, size)
        members = self.members(start)
        is_paying = can_decide & (accounts.status == Status.PAYING)
        rises = is_paying & (self.use.rise() > RISING)
        is_full = members >= NEARLY_FULL * accounts.seats
        is_empty = self.use.actives < HALF_EMPTY * accounts.seats
        fewest = FEWEST_SEATS[accounts.plan]

        buys = can_decide & (accounts.status == Status.FREE) & (chance[0] < BUYS * np.exp(depth))
        expands = rises & is_full & (chance[1] < EXPANDS)
        upgrades = rises & ~expands & (accounts.plan < Plan.ENTERPRISE) & (chance[2] < UPGRADES)
        contracts = is_paying & is_empty & (accounts.seats > fewest) & (chance[3] < CONTRACTS)
        contracts &= ~(expands | upgrades)
        changes_owner = can_decide & (chance[4] < CHANGES_OWNER)

        accounts.plan[buys] = Plan.STARTER
        self._start_paying(buys, day, start)
        more = np.ceil(1.3 * np.maximum(members, accounts.seats)).astype(np.int64)
        fewer = np.maximum(0.7 * accounts.seats, fewest).astype(np.int64)
        accounts.seats = np.select([expands, contracts], [more, fewer], accounts.seats)
        accounts.plan[upgrades] += 1
        accounts.owner[changes_owner] = (accounts.owner[changes_owner] + 1) % len(OWNERS)
        self._record(buys | expands | upgrades | contracts | changes_owner, day)
        self._tell(bought=buys, expanded=expands, upgraded=upgrades, contracted=contracts)

    def _measure(self, depth: Floats, start: int) -> None:
        """Support tickets every four weeks; a survey of satisfaction, 1 to 5, every quarter."""
        accounts, rng = self.accounts, self.rng
        faded = 1 - accounts.activity(np.array([start]))[:, 0]
        tickets = rng.poisson(TICKETS_A_MEMBER * self.members(start) * (1 + 2 * faded))
        noise = rng.normal(0, 0.5, len(accounts))
        satisfaction = np.clip(3.6 + 0.5 * depth - 1.5 * faded + noise, 1.0, 5.0).round(1)
        is_open = accounts.is_open(start)
        answers = is_open & (rng.random(len(accounts)) < ANSWERS)
        for name, weeks, who, values in (
            ("support_tickets", 4, is_open, tickets.astype(np.float64)),
            ("satisfaction", 13, answers, satisfaction),
        ):
            if start % (weeks * WEEK) == 0:
                self.facts.append(Fact(name, start, np.flatnonzero(who), values[who]))

    def _join(self, start: int, end: int) -> None:
        """Users who arrive in [start, end) are invited into an account with a seat for them."""
        accounts, users = self.accounts, self.users
        arrives = (users.joined >= start) & (users.joined < end) & (users.account < 0)
        who = np.flatnonzero(arrives & ~users.is_internal)
        is_open = (accounts.created < max(start, 0)) & (accounts.leaves_on >= end)
        is_full = (accounts.status == Status.PAYING) & (self.members(start) >= accounts.seats)
        invites = 0.3 + percentile(self.use.weekly[:, INVITED])
        weight = is_open * invites * np.exp(self.size_spread * accounts.size)
        weight *= np.where(is_full & (start >= 0), 0.05, 1.0)
        weight *= np.where(accounts.is_fading(start), 0.1, 1.0)
        account = self.rng.choice(len(accounts), len(who), p=weight / weight.sum())
        users.account[who] = account
        users.joined[who] = np.maximum(users.joined[who], accounts.created[account])

    def _move(self, start: int, end: int) -> None:
        """Some users quit; some join a second account, beside the first or instead of it."""
        accounts, users, rng = self.accounts, self.users, self.rng
        chance, day = rng.random((2, len(users))), rng.integers(start, end, len(users))
        other = rng.integers(len(accounts), size=len(users))
        is_settled = (users.account >= 0) & (users.joined < start) & (users.left == NEVER)
        is_settled &= ~users.is_founder & (users.second_account < 0)
        quits = is_settled & (chance[0] < QUITS)
        fits = accounts.is_open(start)[other] & ~accounts.is_silent[other]
        fits &= other != users.account
        joins = is_settled & ~quits & fits & (chance[1] < JOINS_SECOND_ACCOUNT)
        users.left[quits] = day[quits]
        users.second_account[joins] = other[joins]
        users.second_from[joins] = day[joins]

    def _start_paying(self, who: Bools, day: Ints, start: int) -> None:
        accounts = self.accounts
        accounts.status[who] = Status.PAYING
        accounts.paid_from[who] = day[who]
        accounts.seats[who] = self._seats_for(self.members(start))[who]

    def _seats_for(self, members: Ints) -> Ints:
        """Seats bought by paying accounts: for the members, with room to grow."""
        accounts = self.accounts
        room = self.rng.uniform(1.1, 1.6, len(accounts))
        seats = np.maximum(np.ceil(members * room), FEWEST_SEATS[accounts.plan])
        return np.where(accounts.status == Status.PAYING, seats, 0).astype(np.int64)

    def _record(self, who: Bools, day: Ints) -> None:
        """Enter the state and price of these accounts into the ledger, from a day on."""
        accounts, ledger = self.accounts, self.ledger
        price = PRICES[accounts.plan] * np.where(accounts.is_annual, 1 - ANNUAL_DISCOUNT, 1.0)
        mrr = np.where(accounts.status == Status.PAYING, np.round(accounts.seats * price, 2), 0.0)
        ledger.account.append(np.flatnonzero(who))
        ledger.day.append(day[who])
        ledger.plan.append(accounts.plan[who])
        ledger.status.append(accounts.status[who])
        ledger.owner.append(accounts.owner[who])
        ledger.mrr.append(mrr[who])

    def _tell(self, **who: Bools) -> None:
        self.story.update({name: int(accounts.sum()) for name, accounts in who.items()})
