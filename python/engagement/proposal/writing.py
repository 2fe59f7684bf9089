"""Writes what is proposed into a project, and never over what a person has edited."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import yaml

from engagement.project import PROJECT_FILE
from engagement.proposal.proposing import Proposed
from engagement.proposal.recognition import Recognition
from engagement.proposal.seeds import FEATURES, MILESTONES, WEIGHTS, seed_text

#: What was written by this module, as {file: md5}: a file that is no longer so has been edited.
RECORD = ".proposed.json"
#: Where a proposal goes whose file has been edited.
ASIDE = "proposed"
#: The line of the starter's dbt_project.yml below which vars are written.
BELOW = "    timezone: UTC\n"


def write_variables(project: Path, recognition: Recognition) -> None:
    """Writes the vars of a new project, with the reasons as comments."""
    file = project / PROJECT_FILE
    text = file.read_text()
    lines = "".join(f"    # {reason}\n" for reason in recognition.reasons)
    for name, value in recognition.variables().items():
        written = yaml.safe_dump(value, default_flow_style=True, width=10_000)
        written = written.removesuffix("...\n").strip()  # the end of a text by itself
        lines += f"    {name}: {written}\n"
    file.write_text(text.replace(BELOW, BELOW + lines, 1))


def remember(project: Path) -> None:
    """Takes the seeds as they are for written, not edited: those of a new project."""
    names = [f"seeds/{name}.csv" for name in (WEIGHTS, FEATURES, MILESTONES)]
    _record(project, {name: _hash((project / name).read_bytes()) for name in names})


def write(project: Path, proposed: Proposed) -> list[str]:
    """Writes the seeds, and says which have been edited, and where theirs has gone instead."""
    written = _written(project)
    told = []
    for name, text in _texts(proposed):
        file = f"seeds/{name}.csv"
        is_as_written = _hash((project / file).read_bytes()) == written.get(file)
        place = project / (file if is_as_written else f"{ASIDE}/{name}.csv")
        place.parent.mkdir(exist_ok=True)
        place.write_text(text)
        if is_as_written:
            written[file] = _hash(text.encode())
        else:
            told.append(f"{file} has been edited, and stays: what is proposed is in {place}.")
    _record(project, written)
    return told


def _texts(proposed: Proposed) -> Iterator[tuple[str, str]]:
    yield WEIGHTS, seed_text(WEIGHTS, proposed.weights)
    yield FEATURES, seed_text(FEATURES, proposed.features)
    yield MILESTONES, seed_text(MILESTONES, proposed.milestones)


def _written(project: Path) -> dict[str, str]:
    file = project / RECORD
    found: dict[str, str] = json.loads(file.read_text()) if file.is_file() else {}
    return found


def _record(project: Path, written: dict[str, str]) -> None:
    (project / RECORD).write_text(json.dumps(written, indent=2, sort_keys=True) + "\n")


def _hash(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()
