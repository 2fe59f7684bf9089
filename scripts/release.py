"""Builds a release into dist/ and tries it as a user would; nothing is published.

    python scripts/release.py [--rehearse]

Exits with 1, and says why, if the version is not dated in CHANGELOG.md, the public tables are not
those of the contract, the tree has changes, or what has been built does not work in an empty
environment.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Iterator
from pathlib import Path

import yaml
from release_contract import CONTRACT, ROOT, public_tables

DIST = ROOT / "dist"


def main() -> int:
    """Checks, builds and tries."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="although the version is not dated, or not committed",
    )
    rehearse = parser.parse_args().rehearse
    version = str(yaml.safe_load((ROOT / "dbt_project.yml").read_text())["version"])
    problems = [*_unready(version)]
    for problem in problems:
        print(f"{'not yet' if rehearse else 'stopped'}: {problem}")
    if problems and not rehearse:
        return 1
    for file in DIST.glob("*"):
        file.unlink()
    _run(sys.executable, "-m", "hatchling", "build", "--directory", DIST, folder=ROOT)
    (wheel,) = DIST.glob("*.whl")
    _try(wheel, version)
    for file in sorted(DIST.iterdir()):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(ROOT)}")
    return 0


def _unready(version: str) -> Iterator[str]:
    changes = (ROOT / "CHANGELOG.md").read_text()
    if not re.search(rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$", changes, re.MULTILINE):
        yield f"CHANGELOG.md has no heading '## {version} (DATE)'"
    contract = yaml.safe_load(CONTRACT.read_text())
    if contract != {"version": version, "tables": public_tables()}:
        yield f"{CONTRACT.relative_to(ROOT)} is not as the models are: scripts/release_contract.py"
    if _run("git", "status", "--porcelain", folder=ROOT):
        yield "the tree has changes that are not committed"


def _try(wheel: Path, version: str) -> None:
    """Installs the wheel in an empty environment, and takes it from an empty folder to scores."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        began = time.monotonic()

        def told(step: str) -> None:
            print(f"{time.monotonic() - began:6.1f} s  {step}", flush=True)

        venv.create(folder / "venv", with_pip=True)
        binaries = folder / "venv" / "bin"
        _run(binaries / "pip", "install", "--quiet", wheel, folder=folder)
        told("installed")
        command = binaries / "engagement"
        assert _run(command, "--version", folder=folder).split()[-1] == version
        work = folder / "work"
        work.mkdir()
        _run(command, "simulate", "--out", "data", folder=work)
        told("simulated")
        _run(command, "build", "--data", "data", folder=work)
        told("built: the first scores")
        assert (
            _run(command, "validate", "--data", "data", folder=work).strip().count("equal: ") == 1
        )
        told("validated")
        _run(command, "init", "own", folder=work)
        _run(binaries / "dbt", "build", folder=work / "own", ENGAGEMENT_DATA=str(work / "data"))
        assert "account_profiles" in _run(command, "show", folder=work / "own")
        told("built by dbt in a project of its own")


def _run(*command: object, folder: Path, **variables: str) -> str:
    """What a command prints; stops with all that it has printed if it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            **variables,
        },
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
