"""What it costs to read a vendor's own tables, beside the same company in the project's format.

    python bench/sources.py --events 10_000_000

One company is written in each layout (`engagement simulate --layout`), its vendor's files as
Parquet, as a warehouse would export them, and built from nothing, without data tests. The builds
of all layouts take turns. Writes bench/results/sources.json and prints the ratios; bar: 1.3.
"""

import argparse
import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
from company import DAYS, EVENTS_PER_USER, USERS_PER_ACCOUNT
from measure import Measure, measure

from engagement.publication import working_file
from engagement.simulate.layouts import LAYOUTS

FOLDER = Path(__file__).resolve().parent
WORK, RESULTS = FOLDER / ".work" / "sources", FOLDER / "results" / "sources.json"
ENGAGEMENT = Path(sys.executable).with_name("engagement")
OWN = "own"
#: How DuckDB reads the files of vendors.
READERS = {
    ".csv": "read_csv('{}', all_varchar = true)",
    ".jsonl": "read_json('{}', format = 'newline_delimited', sample_size = -1)",
    ".json": "read_json('{}', format = 'newline_delimited', sample_size = -1)",
}


def main() -> None:
    """Writes the layouts that are not there, measures, and prints."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=10_000_000)
    options.add_argument("--repeat", type=int, default=3)
    options.add_argument("--layouts", nargs="*", default=list(LAYOUTS), choices=list(LAYOUTS))
    given = options.parse_args()
    names = [OWN, *given.layouts]
    folders = {name: prepared(name, given.events) for name in names}
    runs: dict[str, list[Measure]] = {name: [] for name in names}
    for _ in range(given.repeat):
        for name in names:
            runs[name].append(built(name, folders[name]))
    found = {name: summary(measures) for name, measures in runs.items()}
    own = found[OWN]["seconds"]
    ratios = {name: round(found[name]["seconds"] / own, 2) for name in given.layouts}
    result = {"events": given.events, "builds": found, "ratios": ratios}
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


def prepared(name: str, events: int) -> Path:
    """The company in a layout, its vendor's files as Parquet; made if it is not there."""
    folder = WORK / f"{events}-{name}"
    if folder.is_dir():
        return folder
    users = max(round(events / EVENTS_PER_USER), 40)
    size = ("--users", users, "--accounts", max(users // USERS_PER_ACCOUNT, 2), "--days", DAYS)
    layout = () if name == OWN else ("--layout", name)
    draft = folder.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    command = [str(part) for part in (ENGAGEMENT, "simulate", "--out", draft, *size, *layout)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    for file in sorted((draft / name).rglob("*.*")):
        if file.suffix in READERS:
            as_parquet(file)
    draft.rename(folder)
    return folder


def as_parquet(file: Path) -> None:
    """Puts a Parquet file in the place of another."""
    source = READERS[file.suffix].format(file)
    with duckdb.connect() as connection:
        connection.execute(f"copy (from {source}) to '{file.with_suffix('.parquet')}'")
    file.unlink()


def built(name: str, folder: Path) -> Measure:
    """One build from nothing."""
    database = WORK / f"{name}.duckdb"

    def begin() -> None:
        for file in (database, working_file(database)):
            file.unlink(missing_ok=True)

    variables = json.dumps({"sources": [] if name == OWN else [name]})
    return measure(
        [
            *(ENGAGEMENT, "build", "--data", folder, "--database", database),
            *("--vars", variables, "--exclude", "resource_type:test"),
        ],
        repeat=1,
        before=begin,
        log=WORK / "log.txt",
    )


def summary(measures: list[Measure]) -> dict[str, float]:
    """The median of several builds; a build that failed stops the bench."""
    seconds = sorted(one.seconds for one in measures if one.seconds is not None)
    if len(seconds) < len(measures):
        raise SystemExit(f"A build failed: {WORK / 'log.txt'} says why.")
    memory = max(one.memory_bytes for one in measures)
    return {
        "seconds": round(seconds[len(seconds) // 2], 1),
        "lowest": round(seconds[0], 1),
        "memory_gigabytes": round(memory / 1e9, 2),
    }


if __name__ == "__main__":
    main()
