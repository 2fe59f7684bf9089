"""The folder of a simulation: complete or absent, and never somebody else's."""

from __future__ import annotations

import shutil
from pathlib import Path

from engagement.simulate.tables import SCHEMAS

MANIFEST = "simulation.json"


def check_folder(out: Path) -> None:
    """Raise a `ValueError` unless `out` is free, empty, or an earlier simulation."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ValueError(f"{out} is a file: name a folder to write the simulation into.")
    ours = {MANIFEST, "events", *(f"{name}.parquet" for name in SCHEMAS)}
    found = {path.name for path in out.iterdir()}
    if found and (MANIFEST not in found or found - ours):
        raise ValueError(
            f"{out} holds something other than a simulation: name another folder or empty it."
        )


def fresh_sibling(out: Path, purpose: str) -> Path:
    """A name beside `out` that is free; what a crash left there is removed."""
    sibling = out.absolute().with_name(f".{out.absolute().name}.{purpose}")
    shutil.rmtree(sibling, ignore_errors=True)
    return sibling


def put_in_place(draft: Path, out: Path) -> None:
    """Rename the finished draft to `out`; what was there goes first aside, then away."""
    replaced = fresh_sibling(out, "replaced")
    if out.exists():
        out.rename(replaced)
    draft.rename(out)
    shutil.rmtree(replaced, ignore_errors=True)
