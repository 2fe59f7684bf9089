"""What publishing costs: the seconds of the last node, of a full refresh and of a night.

A build with all tests, and the next one after a day of events with late rows, as dbt timed them.
Bars at 10 million events: 15 % of a full refresh, 25 % of a night.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from company import Company, prepare

from engagement.publication import working_file

FOLDER = Path(__file__).resolve().parent
WORK = FOLDER / ".work"
RESULTS = FOLDER / "results" / "publication.json"
ENGAGEMENT = Path(sys.executable).with_name("engagement")
NODE = "model.product_engagement.publication"


def main() -> None:
    """Measures, and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=lambda text: int(text.replace("_", "")), default=10**7)
    events = parser.parse_args().events
    company = prepare(WORK / f"company_{events}", events)
    work = WORK / "publication"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    company.arrive()
    found = {"events": events, "full refresh": _built(company, work)}
    company.arrive(company.new_day, company.late_rows)
    found["late night"] = _built(company, work)
    company.arrive()
    RESULTS.write_text(json.dumps(found, indent=2) + "\n")
    print(json.dumps(found, indent=2))


def _built(company: Company, work: Path) -> dict[str, float]:
    """Builds with all tests; returns seconds, whole and of the publication, and their ratio."""
    database = work / "scores.duckdb"
    command = [ENGAGEMENT, "build", "--data", company.data, "--database", database]
    given = {"DBT_TARGET_PATH": str(work / "target"), "DBT_LOG_PATH": str(work / "logs")}
    started = perf_counter()
    subprocess.run(
        list(map(str, command)), check=True, stdout=subprocess.DEVNULL, env=os.environ | given
    )
    seconds = perf_counter() - started
    results = json.loads((work / "target" / "run_results.json").read_text())["results"]
    taken = {result["unique_id"]: result["execution_time"] for result in results}
    return {
        "seconds": round(seconds, 1),
        "publication_seconds": round(taken[NODE], 1),
        "publication_share": round(taken[NODE] / seconds, 3),
        "published_megabytes": round(database.stat().st_size / 1e6),
        "working_megabytes": round(working_file(database).stat().st_size / 1e6),
    }


if __name__ == "__main__":
    main()
