"""band_targets, score_targets: what would bring an account to a band, by trying step after step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, Context, Decimal

import numpy as np
import pandas as pd

from .days import Flags, as_dates
from .entities import attribute_on
from .facts import Facts
from .history import in_force
from .scores import ALL, POINT, UNKNOWN, Scores
from .seeds import Version

#: Digits of the inverse of the scale, far more than a double has.
EXACT = Context(prec=50)
#: A score counts at nine decimals: this much below a limit it still reaches it.
SLACK = Decimal("4e-10")
CURRENT, EARLIER, MEMBER = 1, 2, 3
STEPS = ["steps", "step_events", "step_users", "step_more_users", "steps_start_on"]
COLUMNS = [
    *("score_date", "account_id", "target_band", "target_min_score", "is_reached", "cap"),
    "calibration_status",
    *("target_points", "points_missing", "target_status", *STEPS),
]


@dataclass(frozen=True)
class _Step:
    """So many more events of a user (None: none) on a day."""

    event: str
    day: int
    user: str | None
    recency: int
    count: int
    value: int


@dataclass(frozen=True)
class _Slot:
    """An event on a day: what one of it counts (1e-12), and who has room for how many."""

    event: str
    day: int
    value: int
    room: tuple[tuple[str | None, int, int], ...]

    def points(self) -> int:
        """What all of it counts."""
        return self.value * sum(count for _, _, count in self.room)


def band_targets(
    account_rows: pd.DataFrame, scores: Scores, facts: Facts, keep: Flags
) -> pd.DataFrame:
    """One row per account to keep that has a row on as_of, and band.

    `account_rows` are those of account_scores, with day and entity as codes.
    """
    latest = facts.history.as_of
    rows = account_rows[(account_rows["day"] == latest) & keep[account_rows["entity"]]]
    if latest is None or rows.empty:
        return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
    version = facts.calendar.versions[int(in_force(facts.calendar.versions, np.array([latest]))[0])]
    caps = _caps(rows, scores, version, facts)
    slots_of = _Use(facts, version)
    found = []
    for row, (cap, status_of_cap) in zip(rows.to_dict("records"), caps, strict=True):
        points = int(EXACT.multiply(row["points"], Decimal(POINT)))
        slots: list[tuple[_Slot, ...]] | None = None
        for band in facts.seeds.bands.to_dict("records"):
            limit = band["min_score"]
            reached = points > 0 and round(row["score"], 9) >= limit
            target = None if cap is None else _target(limit, cap, version.curvature)
            steps: list[_Step] = []
            if not reached and target is not None:
                slots = slots_of.account(int(row["entity"])) if slots is None else slots
                steps = _steps(slots, target - points)
            status = "no_cap" if target is None else "reachable" if steps else "out_of_reach"
            missing = None if target is None else (target - points) / POINT
            found.append(
                {
                    "account_id": row["account_id"],
                    "target_band": band["band"],
                    "target_min_score": limit,
                    "is_reached": reached,
                    "cap": cap,
                    "calibration_status": status_of_cap,
                    "target_points": None if target is None else target / POINT,
                    "points_missing": 0.0 if reached else missing,
                    "target_status": "reached" if reached else status,
                    **_told(steps),
                }
            )
    table = pd.DataFrame(found)
    table = table.assign(
        score_date=as_dates(np.full(len(found), latest)),
        steps_start_on=as_dates(table["steps_start_on"].to_numpy(dtype="float64")),
    )
    numbers = ["cap", "target_points", "points_missing"]
    return table.astype(dict.fromkeys(numbers, "float64"))[COLUMNS]


def score_targets(bands: pd.DataFrame, account_rows: pd.DataFrame, facts: Facts) -> pd.DataFrame:
    """The rows of the next band of each account that has one, with its score."""
    ahead = bands[~bands["is_reached"].astype(bool)].sort_values("target_min_score")
    following = ahead.drop_duplicates("account_id").drop(columns="is_reached")
    latest = account_rows[account_rows["day"] == facts.history.as_of]
    return following.merge(latest[["account_id", "version", "band", "score", "points"]])


# -- the points --------------------------------------------------------------------------------


def _caps(
    rows: pd.DataFrame, scores: Scores, version: Version, facts: Facts
) -> list[tuple[float | None, str | None]]:
    """The cap of each account's group on as_of, else that of all, and its status.

    A frozen version has those of the seed.
    """
    entities, days = rows["entity"].to_numpy(), rows["day"].to_numpy()
    groups = [ALL] * len(rows)
    if version.normalize_by is not None:
        own = facts.people.accounts.index.take(entities).to_series()
        found = attribute_on(facts.inputs, facts.people, own, days, version.normalize_by)
        groups = found.fillna(UNKNOWN).tolist()
    caps: dict[str, tuple[float | None, str | None]]
    if version.is_frozen:
        caps = {
            group: (cap, "frozen")
            for (name, entity_type, group), cap in facts.seeds.caps.items()
            if (name, entity_type) == (version.name, "account")
        }
        return [caps.get(group, caps[ALL]) for group in groups]
    today = scores.calibrations
    today = today[today["score_date"].isin(days) & (today["version"] == version.name)]
    caps = {
        group: (cap, status)
        for group, cap, status in today[["group", "cap", "status"]].itertuples(index=False)
    }
    pooled = (caps[ALL][0], "pooled") if ALL in caps else (None, None)
    return [caps.get(group, pooled) for group in groups]


def _target(min_score: float, cap: float, curvature: float) -> int:
    """The least points (1e-12) whose score at nine decimals is min_score."""
    if min_score <= 1:
        return 1
    share = (Decimal(str(min_score)) - SLACK - 1) / 99
    if curvature:
        k = Decimal(str(curvature))
        share = EXACT.ln(1 + share * (EXACT.exp(k) - 1)) / k
    return int((Decimal(cap) * share * POINT).to_integral_value(ROUND_CEILING))


# -- the steps ---------------------------------------------------------------------------------


class _Use:
    """What the accounts did in the window of as_of and the one before."""

    def __init__(self, facts: Facts, version: Version) -> None:
        """Collects the weighted events of both windows, and the members on as_of."""
        latest = facts.history.as_of
        assert latest is not None
        weights = facts.seeds.weights_of(version, facts.history.events)
        daily = facts.history.daily
        recent = daily[(daily["day"] > latest - 2 * version.window_days) & (daily["account"] >= 0)]
        recent = recent[weights["milli"].to_numpy()[recent["event"]] > 0]
        spells = facts.spells
        self._members = spells[(spells["start"] <= latest) & (spells["end"] > latest)]
        self._members_of = self._members.groupby("account")["user"].unique().to_dict()
        self._done = {account: rows for account, rows in recent.groupby("account")}
        self._weights, self._version = weights, version
        self._users, self._events = facts.people.users.index, facts.history.events
        self._first = max(latest - version.window_days + 1, facts.history.first_day or 0)
        self._latest = latest

    def account(self, account: int) -> list[tuple[_Slot, ...]]:
        """The slots of an account in their order: of who was there of late, and of all members."""
        done = self._done.get(account)
        if done is None:
            return [(), ()]
        slots = sorted(self._slots(account, done), key=lambda slot: slot[0])
        everybody = tuple(slot for _, slot in slots)
        late = tuple(
            replace(slot, room=tuple(who for who in slot.room if who[1] < MEMBER))
            for slot in everybody
        )
        return [late, everybody]

    def _people(self, account: int, done: pd.DataFrame) -> list[tuple[int, int, str]]:
        """(recency, -events, user_id or '') of who may take a step, in order."""
        current = set(done.loc[done["day"] >= self._latest - self._version.window_days + 1, "user"])
        uses = done.groupby("user")["n"].sum().to_dict()
        people = [
            (CURRENT if user in current else EARLIER, -uses[user], self._id(user))
            for user in done["user"].unique()
        ]
        others = set(self._members_of.get(account, [])) - set(uses)
        return sorted([*people, *((MEMBER, 0, self._id(user)) for user in others)])

    def _id(self, user: int) -> str:
        return "" if user < 0 else str(self._users[user])

    def _slots(
        self, account: int, done: pd.DataFrame
    ) -> Iterator[tuple[tuple[int, int, int, str], _Slot]]:
        """Each slot with its place in the order: value, day, use of the event, name."""
        people = self._people(account, done)
        factors = self._version.factors()
        counts = {
            (event, day, self._id(user)): n
            for day, user, event, n in done[["day", "user", "event", "n"]].itertuples(index=False)
        }
        for event in done["event"].unique():
            own = done[done["event"] == event]
            limit = int(min(own["n"].max(), self._weights["daily_cap"].to_numpy()[event]))
            doers = {"none": (own["user"] < 0).any(), "users": (own["user"] >= 0).any()}
            name, used = str(self._events[event]), int(own["n"].sum())
            asked = [who for who in people if doers["users" if who[2] else "none"]]
            for day in range(self._first, self._latest + 1):
                value = int(self._weights["milli"].to_numpy()[event]) * int(
                    factors[self._latest - day]
                )
                room = tuple(
                    (user or None, recency, limit - min(counts.get((event, day, user), 0), limit))
                    for recency, _, user in asked
                )
                if value:
                    yield (-value, -day, -used, name), _Slot(name, day, value, room)


def _steps(tiers: list[tuple[_Slot, ...]], missing: int) -> list[_Step]:
    """The first steps that give what is missing; none if all together do not."""
    for slots in tiers:
        if sum(slot.points() for slot in slots) >= missing:
            return list(_taken(slots, missing))
    return []


def _taken(slots: tuple[_Slot, ...], missing: int) -> Iterator[_Step]:
    for slot in slots:
        for user, recency, room in slot.room:
            count = min(room, -(-missing // slot.value))
            if count > 0:
                yield _Step(slot.event, slot.day, user, recency, count, slot.value)
                missing -= count * slot.value
            if missing <= 0:
                return


# -- in words ----------------------------------------------------------------------------------


def _told(steps: list[_Step]) -> dict[str, object]:
    """The columns that describe the steps."""
    if not steps:
        return dict.fromkeys(STEPS)
    events = sorted(
        {step.event for step in steps},
        key=lambda name: (-sum(s.count * s.value for s in steps if s.event == name), name),
    )
    return {
        "steps": ", ".join(
            _sentence(name, [step for step in steps if step.event == name]) for name in events
        ),
        "step_events": sum(step.count for step in steps),
        "step_users": len({step.user for step in steps if step.user}),
        "step_more_users": len({s.user for s in steps if s.user and s.recency > CURRENT}),
        "steps_start_on": min(step.day for step in steps),
    }


def _sentence(name: str, steps: list[_Step]) -> str:
    active = len({step.user for step in steps if step.user and step.recency == CURRENT})
    more = len({step.user for step in steps if step.user and step.recency > CURRENT})
    text = f"{sum(step.count for step in steps)} more {name}"
    if active and more:
        people, others = (
            ("person" if active == 1 else "people"),
            ("other" if more == 1 else "others"),
        )
        return f"{text} by {active} {people} and {more} {others}"
    if active or more:
        count, word = active or more, "other " if more else ""
        return f"{text} by {count} {word}{'person' if count == 1 else 'people'}"
    return text
