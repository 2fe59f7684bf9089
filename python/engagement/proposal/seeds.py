"""The three seeds that are proposed, as CSV with a reason in each row."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from engagement.proposal.events import Weight
from engagement.proposal.features import Feature
from engagement.proposal.milestones import Milestone

WEIGHTS, FEATURES, MILESTONES = "event_weights", "key_features", "activation_milestones"
#: The version of the starter's scoring_versions.
VERSION = "v1"
COLUMNS = {
    WEIGHTS: "version event_name weight daily_cap counts_as_active reason",
    FEATURES: "feature event_name launched_on plans reason",
    MILESTONES: "milestone entity_type event_name min_count min_days within_days any_days position"
    " reason",
}


def write_seed(
    folder: Path, name: str, rows: Sequence[Weight] | Sequence[Feature] | Sequence[Milestone]
) -> None:
    """Writes a seed into a folder."""
    (folder / f"{name}.csv").write_text(seed_text(name, rows))


def seed_text(name: str, rows: Sequence[Weight] | Sequence[Feature] | Sequence[Milestone]) -> str:
    """A seed as CSV."""
    text = StringIO()
    writer = csv.DictWriter(text, COLUMNS[name].split(), lineterminator="\n", restval="")
    writer.writeheader()
    writer.writerows(row for part in rows for row in _rows(part))
    return text.getvalue()


def _rows(part: Weight | Feature | Milestone) -> Iterator[dict[str, object]]:
    if isinstance(part, Weight):
        yield {
            "version": VERSION,
            "event_name": part.event_name,
            "weight": f"{part.weight:g}",
            "daily_cap": part.daily_cap,
            "counts_as_active": str(part.counts_as_active).lower(),
            "reason": part.reason,
        }
    elif isinstance(part, Feature):
        for event_name in part.event_names:
            yield {"feature": part.name, "event_name": event_name, "reason": part.reason}
    else:
        yield {
            "milestone": part.event_name,
            "entity_type": part.entity_type,
            "event_name": part.event_name,
            "min_count": 1,
            "position": part.position,
            "reason": part.reason,
        }
