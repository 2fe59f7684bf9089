"""Made-up companies that the benches of risk and of signals share, each made once.

Here, too, is how these benches run the command and write their results.
"""

import csv
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from engagement.project import CHECKOUT
from engagement.publication import working_file

FOLDER = Path(__file__).resolve().parent
WORK = FOLDER / ".work" / "companies"
RESULTS = FOLDER / "results" / "signals.json"
ENGAGEMENT = Path(sys.executable).with_name("engagement")
SIZE = {"accounts": 1500, "users": 9000, "days": 720}


def company(kind: str, seed: int, day: str | None = None) -> tuple[Path, Path]:
    """The inputs and the working file of a company, made if they are not there.

    Args:
        kind: One of those of engagement simulate.
        seed: Of the random numbers.
        day: The accounts are as of this day, and so is the build; else the last.
    """
    folder = WORK / "-".join([kind, str(seed), *([day] if day else [])])
    data, database = folder / "company", folder / "scores.duckdb"
    if not data.is_dir():
        size = [part for key, value in SIZE.items() for part in (f"--{key}", value)]
        then = ("--accounts-as-of", day) if day else ()
        run("simulate", "--out", data, "--seed", seed, "--kind", kind, *size, *then)
    if not working_file(database).is_file():
        tables = ("+signals", "+account_risk", "+int_outcome_risk")
        run(
            *("build", "--data", data, "--database", database, "--select", *tables),
            *("--exclude", "resource_type:test", "--seeds", every_rule()),
            *(("--as-of", day) if day else ()),
        )
    return data, working_file(database)


def every_rule() -> Path:
    """The project's seeds with every signal enabled: those that are off are measured, too."""
    folder = FOLDER / ".work" / "seeds"
    shutil.copytree(CHECKOUT / "seeds", folder, dirs_exist_ok=True)
    file = folder / "signal_rules.csv"
    rows = list(csv.DictReader(file.read_text().splitlines()))
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, "is_enabled": "true"} for row in rows)
    return folder.relative_to(CHECKOUT)


def run(*command: object) -> None:
    """Runs the engagement command."""
    subprocess.run([str(ENGAGEMENT), *map(str, command)], check=True, stdout=subprocess.DEVNULL)


def write_results(file: Path = RESULTS, **parts: Any) -> None:
    """Writes parts of a file of results, and leaves the others as they are."""
    known = json.loads(file.read_text()) if file.is_file() else {}
    content = {**(known if isinstance(known, dict) else {}), **parts}
    file.write_text(json.dumps(content, indent=1) + "\n")
