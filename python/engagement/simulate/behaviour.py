"""A week of events: who comes on which day, what they do there, and when.

A user's chance to be active on a day is a logistic function of the user's propensity and the
account's momentum, times the season, the user's habit (most lose interest after the first weeks)
and the account's fade. On an active day, each event happens a Poisson number of times around its
rate in `EVENTS`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from engagement.simulate.catalogue import (
    BREADTH,
    COLLABORATION,
    DONE_BY_VIEWERS,
    EVENTS,
    INVITED,
    IS_SYSTEM,
    LAUNCHED_ON,
    LOGGED_IN,
    ONBOARDING,
    PER_DAY,
    PRICING_VIEWED,
    SIGNUP_STARTED,
    UNLOCKED,
    Bools,
    Floats,
    Ints,
    Role,
    Times,
)
from engagement.simulate.company import Company
from engagement.simulate.kinds import Kind
from engagement.simulate.people import WEEK, Calendar

DAY_SECONDS = 86_400
LONGEST_DAY_SECONDS = 9 * 3600  # from a user's first event of the day to the last
HOLIDAYS, HOLIDAY_ACTIVITY = ("12-22", "01-03"), 0.45
SUMMER, SUMMER_ACTIVITY = ("07-15", "08-25"), 0.8
MOMENTUM_EFFECT, HABIT_DAYS, ONBOARDING_DAYS = 0.6, 21.0, 5.0
MOST_LIKELY, SECOND_ACCOUNT_SHARE, NOTIFIED_SHARE = 0.97, 0.3, 0.05
CARRIES_ACCOUNT, HAS_PROPERTIES, BEFORE_LOGIN = 0.75, 0.08, 0.2
ALIAS_DAYS = 3  # after signup, in which some events still come under the anonymous id
LOAD_SECONDS, SLOWEST_LOAD_SECONDS = 180, 1800
PROPERTIES = ('{"source":"web"}', '{"source":"mobile"}', '{"source":"api"}', '{"is_bulk":true}')


@dataclass
class Rows:
    """Rows of `events`, an array a column; ids are numbers, and -1 is a null.

    A user is its slot in `Users`; a number beyond is an alias or a stranger (see `Directory`).
    """

    event_id: Ints
    event: Ints
    user: Ints
    account: Ints
    occurred_at: Times
    loaded_at: Times
    properties: Ints

    def __len__(self) -> int:
        """How many rows."""
        return len(self.event)

    def take(self, which: Ints) -> Rows:
        """The rows at these positions."""
        return Rows(*(getattr(self, column.name)[which] for column in fields(self)))


@dataclass
class Visits:
    """Days of users in accounts, an array a column; not `is_active` if only the system acts."""

    user: Ints
    day: Ints
    account: Ints
    is_active: Bools


@dataclass
class Deeds:
    """Events before they are rows: who did what where, on which day, at which second."""

    event: Ints
    user: Ints
    account: Ints
    day: Ints
    second: Floats


def seasons(calendar: Calendar, kind: Kind) -> Floats:
    """Activity of each day of the history, relative to an ordinary Monday without holidays."""
    dates = calendar.dates(np.arange(calendar.days))
    month_day = np.array([str(day)[5:] for day in dates])
    holidays = (month_day >= HOLIDAYS[0]) | (month_day < HOLIDAYS[1])
    summer = (month_day >= SUMMER[0]) & (month_day < SUMMER[1])
    yearly = np.select([holidays, summer], [HOLIDAY_ACTIVITY, SUMMER_ACTIVITY], 1.0)
    return np.asarray(kind.season(dates) * yearly)


class Behaviour:
    """Draws the events of one week after the other from the state of a company."""

    def __init__(
        self,
        rng: np.random.Generator,
        company: Company,
        calendar: Calendar,
        kind: Kind,
        projects: Floats,
    ) -> None:
        """Watch a company.

        `rng` is for what its users do, not for what accounts decide; `projects` (accounts, weeks)
        is what is left of an account's activity in a week.
        """
        self.rng = rng
        self.company = company
        self.calendar = calendar
        self.season = seasons(calendar, kind)
        self.projects = projects
        accounts = company.accounts
        latent = np.outer(accounts.collaboration, COLLABORATION)
        latent += np.outer(accounts.breadth, BREADTH)
        self.rates = PER_DAY * np.exp(latent)  # account x event
        self.next_id = 0

    def week(self, start: int, end: int) -> Rows:
        """Everything that happens in [start, end), in the order of time; the company sees it."""
        visits = self._visits(np.arange(start, end))
        deeds = [
            self._work(visits),
            self._invitations(start, end),
            self._first_visits(start, end),
        ]
        rows = self._rows(deeds)
        self._show(deeds[:2], visits, start)
        return rows

    def _visits(self, days: Ints) -> Visits:
        """The days on which users are active, and the account of each."""
        rng, accounts, users = self.rng, self.company.accounts, self.company.users
        here = (users.joined <= days[-1]) & (users.left > days[0]) & ~users.is_never_active
        here &= (users.account >= 0) | users.is_internal
        who = np.flatnonzero(here)
        shape = (len(who), len(days))
        places = self._places(who, days)
        joined = users.joined[who, None]
        column = days - days[0]

        propensity = users.propensity[who, None] + MOMENTUM_EFFECT * accounts.momentum[places]
        habit = users.habit[who, None]
        kept = habit + (1 - habit) * np.exp(-np.maximum(days - joined, 0) / HABIT_DAYS)
        chance = kept * self.season[days] / (1 + np.exp(-propensity))
        chance = np.minimum(chance, MOST_LIKELY) * accounts.activity(days)[places, column]
        chance *= self.projects[places, days // WEEK]
        chance[(days == joined) | users.is_bot[who, None]] = 1.0

        is_here = (days >= joined) & (days < users.left[who, None])
        is_here &= accounts.is_open(days[:, None])[column, places] & ~accounts.is_silent[places]
        is_active = is_here & (rng.random(shape) < chance)
        is_notified = is_here & (rng.random(shape) < NOTIFIED_SHARE)
        user, day = np.nonzero(is_active | is_notified)
        return Visits(who[user], days[day], places[user, day], is_active[user, day])

    def _places(self, who: Ints, days: Ints) -> Ints:
        """The account in which each user would be on each day, user x day."""
        rng, users = self.rng, self.company.users
        accounts = self.company.accounts
        shape = (len(who), len(days))
        open_accounts = np.flatnonzero(accounts.is_open(days[0]) & ~accounts.is_silent)
        anywhere = rng.choice(open_accounts, shape)
        is_second = rng.random(shape) < SECOND_ACCOUNT_SHARE
        is_second |= users.moves[who, None]
        is_second &= days >= users.second_from[who, None]
        places = np.where(is_second, users.second_account[who, None], users.account[who, None])
        return np.where(users.is_internal[who, None], anywhere, places)

    def _work(self, visits: Visits) -> Deeds:
        """What is done in visits: a Poisson count of each event, spread over the working day."""
        rng, accounts, users = self.rng, self.company.accounts, self.company.users
        fresh = np.exp(-(visits.day - users.joined[visits.user]) / ONBOARDING_DAYS)
        intensity = users.intensity[visits.user] * rng.gamma(4, 1 / 4, len(visits.user))
        is_viewer = users.role[visits.user] == Role.VIEWER
        dates = self.calendar.dates(visits.day)

        rates = self.rates[visits.account] * UNLOCKED[accounts.plan[visits.account]]
        rates *= intensity[:, None] * (1 + (ONBOARDING - 1) * fresh[:, None])
        rates *= np.where(is_viewer[:, None], DONE_BY_VIEWERS, 1.0)
        rates *= dates[:, None] >= LAUNCHED_ON
        rates *= IS_SYSTEM | visits.is_active[:, None]
        counts = rng.poisson(rates)
        counts[:, LOGGED_IN] += visits.is_active

        visit, event = np.nonzero(counts)
        times = counts[visit, event]
        visit, event = np.repeat(visit, times), np.repeat(event, times)
        user, day = visits.user[visit], visits.day[visit]
        opens = np.diff(visit, prepend=-1) > 0  # the first event of each visit, a login
        second = self._start_of_visits(visits)[visit]
        span = np.minimum(LONGEST_DAY_SECONDS, DAY_SECONDS - second)
        second += span * rng.random(len(visit)) ** 2 * ~opens
        return Deeds(event, user, visits.account[visit], day, second)

    def _start_of_visits(self, visits: Visits) -> Floats:
        """The second of the day at which each visit begins; after the signup on the first day."""
        users = self.company.users
        usual = users.start_second[visits.user] + self.rng.normal(0, 2400, len(visits.user))
        signup = users.joined_second[visits.user] + 30.0
        is_first = users.joined[visits.user] == visits.day
        return np.where(is_first, signup, np.clip(usual, 0, DAY_SECONDS - 1))

    def _invitations(self, start: int, end: int) -> Deeds:
        """Founders invite those who join, up to three hours before."""
        users = self.company.users
        joined = (users.joined >= start) & (users.joined < end) & (users.account >= 0)
        joined &= ~users.is_founder & ~self.company.accounts.is_silent[users.account]
        who = np.flatnonzero(joined)
        account = users.account[who]
        before = self.rng.uniform(60, 3 * 3600, len(who))
        second = np.maximum(users.joined_second[who] - before, 0.0)
        return Deeds(np.full(len(who), INVITED), account, account, users.joined[who], second)

    def _first_visits(self, start: int, end: int) -> Deeds:
        """Some users look at the prices anonymously before they sign up."""
        users = self.company.users
        signed_up = (users.joined >= start) & (users.joined < end) & (users.account >= 0)
        signed_up &= users.is_aliased & ~users.is_never_active
        who = np.flatnonzero(signed_up & ~self.company.accounts.is_silent[users.account])
        looks = self.rng.integers(1, 5, len(who))
        visitor = np.repeat(who, looks)
        is_last = np.diff(np.append(np.repeat(np.arange(len(who)), looks), len(who))) > 0
        day = np.maximum(users.joined[visitor] - self.rng.integers(0, 5, len(visitor)), start)
        second = users.joined_second[visitor] * self.rng.uniform(0.2, 0.99, len(visitor))
        event = np.where(is_last, SIGNUP_STARTED, PRICING_VIEWED)
        number = visitor + len(users) * np.where(users.is_chained[visitor], 2, 1)
        return Deeds(event, number, np.full(len(visitor), -1), day, second)

    def _rows(self, deeds: list[Deeds]) -> Rows:
        """Rows of events in the order of time, with ids, load times and the columns left out."""
        rng, users = self.rng, self.company.users
        columns = [
            np.concatenate([getattr(part, column.name) for part in deeds])
            for column in fields(Deeds)
        ]
        milliseconds = (columns[3] * DAY_SECONDS + np.minimum(columns[4], 86_399.0)) * 1000
        order = np.argsort(milliseconds, kind="stable")
        event, user, account, day = (column[order] for column in columns[:4])
        size = len(order)
        occurred_at = self.calendar.first.astype("datetime64[us]")
        occurred_at = occurred_at + milliseconds[order].astype("timedelta64[ms]")
        delay = 1 + np.minimum(rng.exponential(LOAD_SECONDS, size), SLOWEST_LOAD_SECONDS)

        known = user % len(users)
        is_anonymous = users.is_aliased[known] & (user < len(users))
        is_anonymous &= (day - users.joined[known] < ALIAS_DAYS) & (event != LOGGED_IN)
        is_anonymous &= rng.random(size) < BEFORE_LOGIN
        is_guest = (users.second_account[known] >= 0) & ~users.moves[known]
        carries = is_guest | users.is_internal[known] | (rng.random(size) < CARRIES_ACCOUNT)
        properties = rng.integers(len(PROPERTIES), size=size)
        rows = Rows(
            event_id=self.next_id + np.arange(size),
            event=event,
            user=user + len(users) * is_anonymous,
            account=np.where(carries, account, -1),
            occurred_at=occurred_at,
            loaded_at=occurred_at + (delay * 1000).astype("timedelta64[ms]"),
            properties=np.where(rng.random(size) < HAS_PROPERTIES, properties, -1),
        )
        self.next_id += size
        return rows

    def _show(self, deeds: list[Deeds], visits: Visits, start: int) -> None:
        """Report the use by customers to the company; staff and bots do not count."""
        accounts, users = self.company.accounts, self.company.users
        cells = len(accounts) * len(EVENTS)
        counts = np.zeros(cells)
        for part in deeds:
            counts_for = ~users.is_internal[part.user] & ~IS_SYSTEM[part.event]
            cell = (part.account * len(EVENTS) + part.event)[counts_for]
            counts += np.bincount(cell, minlength=cells)
        customers = visits.is_active & ~users.is_internal[visits.user]
        pairs = visits.account[customers] * len(users) + visits.user[customers]
        actives = np.bincount(np.unique(pairs) // len(users), minlength=len(accounts))
        self.company.use.observe(
            counts.reshape(len(accounts), -1), actives.astype(np.float64), accounts.is_open(start)
        )
