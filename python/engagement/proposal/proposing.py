"""Reads a company's data once through the models, and proposes a configuration from it."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from engagement import runner
from engagement.errors import UsageError
from engagement.inputs.contract import contracts
from engagement.outcomes.calibrate import KEEP, RAISE, calibrate
from engagement.project import Settings
from engagement.proposal.events import EventUse, Weight, weights
from engagement.proposal.features import Feature, features
from engagement.proposal.milestones import Early, Milestone, milestones
from engagement.proposal.seeds import FEATURES, MILESTONES, WEIGHTS, write_seed
from engagement.tables import Row, analysis, connect

#: More events than these are too many to give weights.
MOST_EVENTS = 300
#: The outcome that tells whose use goes with staying, and the horizons that are tried, in days.
OUTCOME, HORIZONS = "retained", (90, 30)
DRAWS = 200
NAMES = (
    "select {event} as event_name from {{{{ input('events')['from'] }}}}"
    " where {event} is not null group by 1 order by count(*) desc limit {most}"
)

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Proposed:
    """Rows of three seeds, each with its reason; evidence: what revenue says of the weights."""

    weights: Sequence[Weight]
    features: Sequence[Feature]
    milestones: Sequence[Milestone]
    evidence: str


def propose(settings: Settings, progress: Progress = lambda step: None) -> Proposed:
    """Proposes weights, features and milestones.

    It builds in a database of its own, and with seeds of its own, which are then thrown away.

    Args:
        settings: A project of the user's own, and its data.
        progress: Called with what is being done.

    Raises:
        UsageError: There are no events, or they cannot be read.
    """
    scratch = settings.target_folder() / "proposal"
    shutil.rmtree(scratch, ignore_errors=True)
    shutil.copytree(settings.seeds_folder(), scratch / "seeds")
    with tempfile.TemporaryDirectory(prefix="engagement-") as folder:
        own = replace(settings, seeds=scratch / "seeds", database=Path(folder) / "proposal.duckdb")
        try:
            return _propose(own, progress)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def _propose(settings: Settings, progress: Progress) -> Proposed:
    folder = settings.seeds_folder()
    connect(settings.working_file()).close()
    progress("reading the events")
    names = _names(settings)
    write_seed(folder, WEIGHTS, [Weight(name, 1, None, "") for name in names])
    write_seed(folder, FEATURES, [])
    write_seed(folder, MILESTONES, [])
    _build(settings, "+int_accepted_events", "+stg_accounts")
    found, early = runner.read_all(
        settings,
        [analysis(settings, "proposal_events"), analysis(settings, "proposal_milestones")],
    )
    uses = [EventUse.of(row) for row in _rows(found)]
    if not uses:
        raise UsageError("None of the rows is an event that can be read: rejected_events has why.")
    proposed: Sequence[Weight] = weights(uses)
    used = [event for event in uses if not event.is_of_system]
    active = {event.name for event in uses if not (event.is_passive or event.is_of_system)}
    steps = milestones(Early.all_of(_rows(early)), active)
    proposed, evidence = _by_outcome(settings, proposed, progress)
    return Proposed(proposed, features(used), steps, evidence)


def build_sources(settings: Settings) -> None:
    """Builds the models that make inputs of vendors' tables, which are views.

    Raises:
        UsageError: A table cannot be read.
    """
    _, vendors = contracts(settings.package)
    models = [
        f"+{vendor}_{name}"
        for vendor in settings.all_variables()["sources"]
        for name in vendors[vendor]["makes"]
    ]
    if models:
        _build(settings, *models)


def _names(settings: Settings) -> list[str]:
    """The names of the events, the most frequent first."""
    build_sources(settings)
    event = "{{ input_column(input('events'), 'event_name') }}"
    names = runner.read(settings, NAMES.format(event=event, most=MOST_EVENTS))["event_name"]
    if names.empty:
        raise UsageError("There are no events: the file or table is empty.")
    return [str(name) for name in names]


def _by_outcome(
    settings: Settings, proposed: Sequence[Weight], progress: Progress
) -> tuple[Sequence[Weight], str]:
    """The weights that separate those who stayed, where later dates bear them out; and a sentence.

    Intervals of all events hold at once, and the test is on dates that the weights have not seen.
    """
    rows = runner.read(settings, "select count(*) as rows from {{ ref('stg_subscriptions') }}")
    if not int(rows["rows"].iloc[0]):
        return proposed, "No revenue is known: weights say how rare an event is, and no more."
    write_seed(settings.seeds_folder(), WEIGHTS, proposed)
    progress("scoring, to hold the weights against revenue")
    _build(settings, "+int_outcomes")
    reason = ""
    for horizon in HORIZONS:
        progress(f"who stayed for {horizon} days?")
        try:
            found = calibrate(settings, OUTCOME, horizon, DRAWS)
        except UsageError as error:
            reason = reason or str(error)
            continue
        if not found.is_better():
            return proposed, found.sentence()
        by_name = {row["event_name"]: row for row in _rows(found.events)}
        return [_moved(weight, by_name.get(weight.event_name)) for weight in proposed], (
            found.sentence()
        )
    return proposed, f"Revenue does not say yet what an event is worth. {reason}"


def _moved(weight: Weight, found: Row | None) -> Weight:
    """A weight as the outcome moves it, if it does beyond doubt (calibrate.Proposal.events)."""
    if found is None or found["verdict"] == KEEP:
        return weight
    told = "more" if found["verdict"] == RAISE else "less"
    reason = f"{weight.reason}; {told} than {weight.weight:g} by what those did who stayed"
    return replace(weight, weight=float(found["proposed_weight"]), reason=reason)


def _rows(frame: pd.DataFrame) -> list[Row]:
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False)]


def _build(settings: Settings, *chosen: str) -> None:
    """Builds some models with all that they are made of, or everything; without data tests."""
    arguments = ["--select", *chosen] if chosen else []
    outcome = runner.build(settings, [*arguments, "--exclude-resource-type", "test"])
    if outcome.failures:
        node = outcome.failures[0]
        raise UsageError(f"{node.name} failed: {node.message}")
