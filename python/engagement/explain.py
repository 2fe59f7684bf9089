"""Explains why a score changed: the parts of one entity's change, as a sentence and a waterfall.

All figures come from score_changes, score_change_drivers and score_contributions; this module only
groups and phrases them.
"""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engagement.errors import UsageError
from engagement.finding import entity_id_of
from engagement.project import Settings
from engagement.tables import Row, analysis, read

#: How many parts of a behaviour are named; the others are one part together.
NAMED = 6
#: A smaller part rounds to nothing: it joins the others.
SMALLEST = 0.05
#: Characters that the whole scale, 0-100, takes in a waterfall.
WIDTH = 50


@dataclass(frozen=True)
class Part:
    """One part of a change: a description and its effect on the score."""

    what: str
    change: float


@dataclass(frozen=True)
class Explanation:
    """An entity's change between two score dates, and the parts that add up to it.

    previous_score is the published one. has_drivers: behaviour is split by event, which holds
    only on the latest date. tracking: what events that fell silent for most accounts have to do
    with it, in words; None without one.
    """

    entity_type: str
    entity_id: str
    previous_date: date
    score_date: date
    previous_score: float
    score: float
    parts: tuple[Part, ...]
    has_drivers: bool
    tracking: str | None = None

    def sentence(self) -> str:
        """The change and its parts, the largest first, without those that round to nothing."""
        seen = [part for part in self.parts if abs(part.change) >= SMALLEST]
        parts = sorted(seen, key=lambda part: -abs(part.change))
        told = ", ".join(f"{part.what} ({_signed(part.change)})" for part in parts)
        return f"{_signed(self.score - self.previous_score)}: {told or 'nothing changed'}"

    def as_json(self) -> dict[str, Any]:
        """The explanation as values that JSON can hold."""
        days = {name: str(getattr(self, name)) for name in ("previous_date", "score_date")}
        return {**asdict(self), **days, "sentence": self.sentence()}


def explain(
    settings: Settings, entity_type: str, entity_id: str, day: date | None = None
) -> Explanation:
    """Explains the change of a score on a date, by default the latest. An account may be named.

    Raises:
        UsageError: The entity, a change of it or a table does not exist.
    """
    entity = {"entity_type": entity_type, "entity_id": entity_id}
    changes, behaviour, incidents = read(
        settings,
        analysis(settings, "explain_change", **entity, score_date=day or ""),
        analysis(settings, "explain_behaviour", **entity),
        analysis(settings, "explain_incidents", **entity),
    )
    if not changes:
        found = entity_id_of(settings, entity_type, entity_id)
        if found != entity_id:
            return explain(settings, entity_type, found, day)
        raise UsageError(_why_not(settings, entity_type, entity_id, day))
    (change,) = changes
    return _explanation(entity_type, change, behaviour, incidents)


def explain_all(settings: Settings, entity_type: str) -> dict[str, Explanation]:
    """The change of every entity of a type on the latest score date, by its id.

    Raises:
        UsageError: A table does not exist.
    """
    every = {"entity_type": entity_type, "entity_id": ""}
    changes, behaviour, incidents = read(
        settings,
        analysis(settings, "explain_change", **every, score_date=""),
        analysis(settings, "explain_behaviour", **every),
        analysis(settings, "explain_incidents", **every),
    )
    parts = {who: list(rows) for who, rows in groupby(behaviour, key=itemgetter("entity_id"))}
    return {
        change["entity_id"]: _explanation(
            entity_type,
            change,
            parts.get(change["entity_id"], []),
            [row for row in incidents if row["entity_id"] == change["entity_id"]],
        )
        for change in changes
    }


def _explanation(
    entity_type: str, change: Row, behaviour: list[Row], incidents: list[Row]
) -> Explanation:
    parts = (
        _behaviour(behaviour)
        if change["is_latest"]
        else [Part("its own behaviour", change["behaviour_change"])]
    )
    return Explanation(
        entity_type=entity_type,
        entity_id=change["entity_id"],
        previous_date=change["previous_date"],
        score_date=change["score_date"],
        previous_score=change["published_previous_score"],
        score=change["score"],
        parts=tuple(part for part in (*_around(change), *parts) if part.change),
        has_drivers=bool(change["is_latest"]),
        tracking=_tracking(change, incidents),
    )


def _why_not(settings: Settings, entity_type: str, entity_id: str, day: date | None) -> str:
    """A sentence that says why an entity has no change."""
    profiles, dates = read(
        settings,
        analysis(settings, "explain_last_seen", entity_type=entity_type, entity_id=entity_id),
        "select distinct score_date from {{ ref('score_changes') }}",
    )
    known = {row["score_date"] for row in dates}
    day = day or max(known, default=None)
    if day not in known:
        return (
            f"score_changes has no rows for {day or 'any date'}: it is not a score date, or the"
            " history begins less than a window before it."
        )
    last = profiles[0]["last_seen_on"]
    seen = f"it was last active on {last}" if last else "it was never active"
    return (
        f"The {entity_type} {entity_id} has no change until {day}: it scored neither then nor one"
        f" window earlier ({seen})."
    )


def _tracking(change: Row, incidents: list[Row]) -> str | None:
    """What a change owes to events that fell silent for most accounts; None: nothing."""
    part = change["instrumentation_change"]
    incidents = [row for row in incidents if _reaches(row, change)]
    if not incidents or abs(part) < SMALLEST:
        return None
    whole = change["score"] - change["published_previous_score"]
    is_loss = whole <= part < 0
    how_much = f"{-part:.1f} of the {-whole:.1f} points lost come" if is_loss else "Of the change"
    how_much += "" if is_loss else f" {_signed(part)} comes"
    events = ", ".join(f"{row['event_name']} on {row['started_on']}" for row in incidents)
    what = "an event that" if len(incidents) == 1 else "events that"
    cap = ""
    if change["population_change"]:
        cap = " A broken event moves the cap, too: that part is told with the cap."
    return (
        f"{how_much} from {what} fell silent for most accounts ({events}): probably tracking, not"
        f" the customer.{cap}"
    )


def _reaches(incident: Row, change: Row) -> bool:
    """Whether a silence that was known on a score date lies in its window or the one before."""
    day, window = change["score_date"], change["score_date"] - change["previous_date"]
    ended = incident["ended_on"]
    is_inside = incident["started_on"] > day - 2 * window
    is_inside |= ended is not None and day - 2 * window + timedelta(days=1) < ended <= day
    is_felt = not change["is_latest"] or bool(incident["behaviour_change"])
    return incident["detected_on"] <= day and is_inside and is_felt


def _around(change: dict[str, Any]) -> list[Part]:
    """The parts that the entity's own behaviour did not cause."""
    version, cap, previous_cap = (change[name] for name in ("version", "cap", "previous_cap"))
    moved = "rose" if cap and cap > (previous_cap or 0) else "fell"
    limits = "" if previous_cap is None else f" from {previous_cap:,.1f} to {cap:,.1f} points"
    return [
        Part("the previous score was corrected", change["correction_change"]),
        Part(f"the scoring version is now {version}", change["version_change"]),
        Part(f"the cap {moved}{limits}", change["population_change"]),
    ]


def _behaviour(rows: list[Row]) -> list[Part]:
    """The parts that the entity's own points caused, the largest first; small ones become one part.

    For an account these are its users who fell silent, those who are new, and the events of others.
    """
    named = [row for row in rows[:NAMED] if abs(row["score_change"]) >= SMALLEST]
    others = rows[len(named) :]
    parts = [
        Part(
            _people(row["user_group"], row["users"])
            if row["user_group"]
            else _events(row["part"], int(row["events"]), int(row["previous_events"])),
            row["score_change"],
        )
        for row in named
    ]
    if others:
        rest = sum(row["score_change"] for row in others)
        parts.append(Part("everything else" if named else "small changes", rest))
    return parts


def _people(what: str, users: int) -> str:
    one = {"silent": "one user fell silent", "new": "one user is new or back"}
    many = {"silent": f"{users} users fell silent", "new": f"{users} users are new or back"}
    return one[what] if users == 1 else many[what]


def _events(name: str, events: int, before: int) -> str:
    """The change in the count of an event; if the counts are equal, its days or limits differ."""
    if events == before:
        return f"the same number of {name}, on other days"
    return f"{abs(events - before):,} {'more' if events > before else 'fewer'} {name}"


def print_explanation(console: Console, explanation: Explanation) -> None:
    """Prints the sentence, then the waterfall from the previous score to the score."""
    who = escape(f"{explanation.entity_type} {explanation.entity_id}")
    told = escape(explanation.sentence())
    console.print(f"[bold]{who}[/] on {explanation.score_date}: {told}\n")
    table = Table(box=None, pad_edge=False, show_header=False)
    for justify in ("left", "right", "left"):
        table.add_column(justify=justify, no_wrap=justify != "left")
    reached = explanation.previous_score
    table.add_row(f"score of {explanation.previous_date}", f"{reached:.1f}", _bar(0, reached))
    for part in explanation.parts:
        table.add_row(escape(part.what), _signed(part.change), _bar(reached, reached + part.change))
        reached += part.change
    table.add_row(
        f"score of {explanation.score_date}", f"{explanation.score:.1f}", _bar(0, reached)
    )
    console.print(table)
    if explanation.tracking:
        console.print(f"\n{escape(explanation.tracking)}")
    if not explanation.has_drivers:
        console.print("\nEvents are shown separately only on the latest score date.")


def _bar(start: float, end: float) -> str:
    """A bar from one score to another."""
    low, high = (round(max(value, 0) / 100 * WIDTH) for value in sorted((start, end)))
    return " " * low + "█" * max(high - low, 0 if start == end else 1)


def _signed(value: float) -> str:
    return f"{value:+.1f}".replace("-", "\N{MINUS SIGN}")
