"""Tells what readers saw of an entity on a day, beside what is known of that day now.

All figures come from the records published_scores, published_risk and published_signals, and from
the tables of the same facts; this module only compares and phrases them.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engagement.errors import UsageError
from engagement.finding import entity_id_of
from engagement.project import Settings
from engagement.tables import Row, analysis, read

#: A date after all others.
LAST = date(9999, 12, 31)
#: Two scores, points or probabilities are equal if they differ by no more, relative to their size.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class State:
    """Score and risk of an entity on a day. Without a score it is 0; without a rank, no customer.

    probability: None without a model of risk.
    """

    version: str | None
    score: float
    band: str
    points: float
    risk_rank: int | None
    customers: int | None
    probability: float | None
    reasons: str | None

    def told_score(self) -> str:
        """The score and its band."""
        return f"{self.score:.1f}, {self.band}"

    def told_risk(self) -> str:
        """The rank, and the probability if there is one."""
        if self.risk_rank is None:
            return "not a customer"
        chance = "" if self.probability is None else f", {100 * self.probability:.0f} %"
        return f"{self.risk_rank} of {self.customers}{chance}"


@dataclass(frozen=True)
class SignalThen:
    """A signal on a day: as it was published (opened_on), as it is known now, or both."""

    entity_type: str
    entity_id: str
    signal: str
    opened_on: date | None
    sentence: str | None
    known_opened_on: date | None
    known_last_seen_on: date | None

    def name(self, entity_id: str) -> str:
        """The signal, and whose it is if it is not the entity's own."""
        return self.signal if self.entity_id == entity_id else f"{self.signal} of {self.entity_id}"


@dataclass(frozen=True)
class AsPublished:
    """What readers saw of an entity, and what is known now.

    score_date: the latest day up to the one asked for as of which a run was published. known: None
    if the tables do not keep that day any more.
    """

    entity_type: str
    entity_id: str
    asked_for: date
    score_date: date
    published_at: datetime
    published: State
    known: State | None
    signals: tuple[SignalThen, ...]

    def sentence(self) -> str:
        """What has changed since then."""
        if self.known is None:
            return (
                f"What is known of {self.score_date} now is not kept: of days older than"
                " score_history_days only Sundays are."
            )
        parts = [*_changes(self.published, self.known), *self._changed_signals()]
        if not parts:
            return f"Nothing has changed: of {self.score_date} the same is known now."
        return f"Since then: {'; '.join(parts)}."

    def _changed_signals(self) -> list[str]:
        told = []
        for one in self.signals:
            if one.known_opened_on is None:
                told.append(f"{one.name(self.entity_id)} did not hold, as is known now")
            elif one.opened_on is None:
                told.append(
                    f"{one.name(self.entity_id)} was not open, and an opening from"
                    f" {one.known_opened_on} to {one.known_last_seen_on} is known now"
                )
        return told

    def as_json(self) -> dict[str, Any]:
        """What was published and what is known, as values that JSON can hold."""
        return {**_plain(asdict(self)), "sentence": self.sentence()}


def as_published(
    settings: Settings, entity_type: str, entity_id: str, day: date | None = None
) -> AsPublished:
    """What readers saw of an entity on a date, by default the latest. An account may be named.

    Raises:
        UsageError: The entity or a table does not exist, or nothing was published by that date.
    """
    entity = {"entity_type": entity_type, "entity_id": entity_id}
    query = analysis(settings, "as_published", **entity, score_date=day or LAST)
    ((row,),) = read(settings, query)
    shown = row["score_date"]
    if shown is None:
        begins = f": the first is {row['first_date']}" if row["first_date"] else ""
        raise UsageError(
            f"Nothing was published as of {day or 'any day'} or a day before it{begins}. What a run"
            " says of earlier days, no reader saw then."
        )
    query = analysis(settings, "as_published_signals", **entity, score_date=shown)
    (signals,) = read(settings, query)
    if row["version"] is None and row["risk_rank"] is None and not signals:
        found = entity_id_of(settings, entity_type, entity_id)
        if found != entity_id:
            return as_published(settings, entity_type, found, day)
    return AsPublished(
        entity_type=entity_type,
        entity_id=entity_id,
        asked_for=day or shown,
        score_date=shown,
        published_at=row["published_at"],
        published=_state(row, ""),
        known=_state(row, "known_") if row["is_kept"] else None,
        signals=tuple(
            SignalThen(**{name: one[name] for name in SignalThen.__dataclass_fields__})
            for one in signals
        ),
    )


def _state(row: Row, prefix: str) -> State:
    values = {name: row[f"{prefix}{name}"] for name in State.__dataclass_fields__}
    for name in ("risk_rank", "customers"):
        values[name] = None if values[name] is None else int(values[name])
    points = float(values["points"] or 0)
    band, score = values["band"] or "inactive", values["score"] or 0.0
    return State(**{**values, "points": points, "band": band, "score": score})


def _changes(then: State, now: State) -> list[str]:
    """What is another score or risk now, and why as far as the tables tell."""
    told = []
    if then.version and now.version and then.version != now.version:
        told.append(f"the day is scored under {now.version}, no longer under {then.version}")
    elif not _equal(then.points, now.points):
        told.append(
            f"late or corrected data have changed its points from {then.points:,.1f} to"
            f" {now.points:,.1f}"
        )
    elif not _equal(then.score, now.score):
        told.append("late or corrected data of others have moved the cap")
    if (then.risk_rank is None) != (now.risk_rank is None):
        counts = "did not count" if then.risk_rank is None else "counted"
        told.append(f"it {counts} as a customer, and {'does' if now.risk_rank else 'does not'} now")
    elif then.told_risk() != now.told_risk():
        told.append(f"its risk is ranked {now.told_risk()}, not {then.told_risk()}")
    if then.risk_rank and now.risk_rank and then.probability is None and now.probability:
        told.append("a model of risk has come into force")
    return told


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= TOLERANCE * max(1, abs(one), abs(other))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, date) else value


def print_as_published(console: Console, told: AsPublished) -> None:
    """Prints what was published beside what is known now, the sentences, and what has changed."""
    who = escape(f"{told.entity_type} {told.entity_id}")
    when = f"{told.published_at:%Y-%m-%d %H:%M} UTC"
    console.print(f"[bold]{who}[/], as first published for {told.score_date} by the run of {when}")
    if told.score_date != told.asked_for:
        console.print(
            f"No run was published as of {told.asked_for}: this is what readers saw then."
        )
    console.print()
    console.print(_compared(told), soft_wrap=True)
    sentences = [
        f"{one.name(told.entity_id)}: {one.sentence}" for one in told.signals if one.sentence
    ]
    if told.published.reasons:
        sentences.insert(0, f"risk: {told.published.reasons}")
    for sentence in (*sentences, told.sentence()):
        console.print(f"\n{escape(sentence)}", soft_wrap=True)


def _compared(told: AsPublished) -> Table:
    table = Table("", "as published", "known now", box=None, pad_edge=False)
    known = told.known
    table.add_row(
        "score", escape(told.published.told_score()), escape(known.told_score()) if known else ""
    )
    if told.entity_type == "account":
        table.add_row("risk", told.published.told_risk(), known.told_risk() if known else "")
    for one in told.signals:
        now = "open" if one.known_opened_on else "not open"
        table.add_row(
            escape(one.name(told.entity_id)),
            f"open since {one.opened_on}" if one.opened_on else "not open",
            now if known else "",
        )
    if not told.signals:
        table.add_row("signals", "none", "none" if known else "")
    return table
