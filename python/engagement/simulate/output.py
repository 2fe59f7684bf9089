"""The folder of a simulation: complete or absent; other folders are never overwritten."""

from __future__ import annotations

import shutil
from pathlib import Path

from engagement.simulate.layouts import LAYOUTS
from engagement.simulate.tables import SCHEMAS

#: Begins with an underscore, so that no build takes it for an input.
MANIFEST = "_simulation.json"


def check_folder(out: Path) -> None:
    """Raise a `ValueError` unless `out` is free, empty, or an earlier simulation."""
    if not out.exists():
        return
    if not out.is_dir():
        raise ValueError(f"{out} is a file: name a folder to write the simulation into.")
    ours = {MANIFEST, "events", *LAYOUTS, *(f"{name}.parquet" for name in SCHEMAS)}
    found = {path.name for path in out.iterdir()}
    if found and (MANIFEST not in found or found - ours):
        raise ValueError(
            f"{out} holds something other than a simulation: name another folder or empty it."
        )


def fresh_sibling(out: Path, purpose: str) -> Path:
    """A free name beside `out`; the remains of a crash are removed."""
    sibling = out.absolute().with_name(f".{out.absolute().name}.{purpose}")
    shutil.rmtree(sibling, ignore_errors=True)
    return sibling


def put_in_place(draft: Path, out: Path) -> None:
    """Rename the finished draft to `out`; an earlier folder is moved aside, then deleted."""
    replaced = fresh_sibling(out, "replaced")
    if out.exists():
        out.rename(replaced)
    draft.rename(out)
    shutil.rmtree(replaced, ignore_errors=True)
