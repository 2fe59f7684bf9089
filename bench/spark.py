"""A build on a Spark cluster of one worker and of two, and what it shuffles: `bench/spark.py`.

The same data, one after the other in one run; the workers have one core each, and share the machine
with the driver. Of the build on two, Spark's own log of events says for each table what was
shuffled and broadcast, and how large the table is.
"""

import argparse
import json
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent / "python" / "tests")]

from company import prepare  # noqa: E402
from engines.engine import INPUTS  # noqa: E402
from engines.spark import Spark, running  # noqa: E402
from measure import Measure, measure  # noqa: E402

WORK = FOLDER / ".work"
RESULTS = FOLDER / "results"
MEMORY_GB = 3
#: Beside those of the tests: thorough compilation, and partitions for more than small data.
SETTINGS = {
    "spark.sql.codegen.wholeStage": "true",
    "spark.sql.codegen.factoryMode": "FALLBACK",
    "spark.driver.memory": "3g",
    "spark.driver.extraJavaOptions": "",
    "spark.executor.extraJavaOptions": "",
    "spark.sql.shuffle.partitions": "8",
    "spark.eventLog.enabled": "true",
    "spark.eventLog.compress": "false",
    "spark.eventLog.rolling.enabled": "false",
}
NODE = re.compile(r'"node_id": "(?:model|seed)\.product_engagement\.(\w+)"')
JOINS = ("BroadcastHashJoin", "SortMergeJoin", "ShuffledHashJoin", "BroadcastNestedLoopJoin")
SQL_EVENT = "org.apache.spark.sql.execution.ui.SparkListenerSQL"


@dataclass
class Work:
    """What Spark did to make one table.

    operators of the final plans; seconds of a core that its tasks took; bytes and rows.
    """

    operators: Counter[str] = field(default_factory=Counter)
    cpu_seconds: float = 0
    shuffled_bytes: int = 0
    written_bytes: int = 0
    written_rows: int = 0

    def as_json(self) -> dict[str, Any]:
        """The work as JSON, with the operators that the page counts."""
        counted = {name: self.operators[name] for name in ("Exchange", *JOINS)}
        return {**vars(self), "operators": {name: n for name, n in counted.items() if n}}


def build(workers: int, data: Path, log: Path) -> tuple[Measure, dict[str, Work]]:
    """Measures a build from nothing on so many workers; beside it, the work for each table."""
    events = WORK / "spark_events"
    shutil.rmtree(events, ignore_errors=True)
    events.mkdir()
    settings = {**SETTINGS, "spark.eventLog.dir": events.as_uri()}
    with running(workers, MEMORY_GB, settings) as cluster:
        load(cluster, data)
        target = WORK / "spark_target"
        shutil.rmtree(target, ignore_errors=True)
        command: list[str | Path] = [Path(sys.executable).with_name("engagement"), "build"]
        command += ["--target", cluster.target, "--exclude", "test_type:data"]
        environment = {**cluster.environment(), "DBT_TARGET_PATH": str(target)}
        measured = measure(command, repeat=1, environment=environment, log=log)
    (written,) = events.iterdir()
    return measured, work(json.loads(line) for line in written.open())


def load(cluster: Spark, data: Path) -> None:
    """Makes the raw tables from parquet files."""
    cluster.query("create schema raw")
    for name in sorted({path.name.split(".")[0] for path in data.iterdir()} & INPUTS):
        (path,) = data.glob(f"{name}*")
        cluster.query(f"create table raw.{name} using parquet as select * from parquet.`{path}`")


def work(events: Iterator[dict[str, Any]]) -> dict[str, Work]:
    """Reads the log of a cluster: the work for each table that dbt made."""
    table_of: dict[int, str] = {}
    plans: dict[int, dict[str, Any]] = {}
    execution_of: dict[int, int] = {}
    found: dict[str, Work] = {}
    for event in events:
        kind = event["Event"]
        if kind == f"{SQL_EVENT}ExecutionStart":
            if node := NODE.search(event["description"]):
                table_of[event["executionId"]] = node[1]
                found.setdefault(node[1], Work())
                plans[event["executionId"]] = event["sparkPlanInfo"]
        elif kind == f"{SQL_EVENT}AdaptiveExecutionUpdate":
            plans[event["executionId"]] = event["sparkPlanInfo"]
        elif kind == "SparkListenerJobStart":
            execution = (event.get("Properties") or {}).get("spark.sql.execution.id")
            for stage in event["Stage IDs"] if execution else []:
                execution_of[stage] = int(execution)
        elif kind == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            table = table_of.get(execution_of.get(event["Stage ID"], -1))
            if table:
                metrics = event["Task Metrics"]
                made = found[table]
                made.cpu_seconds += metrics["Executor CPU Time"] / 1e9
                made.shuffled_bytes += metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"]
                made.written_bytes += metrics["Output Metrics"]["Bytes Written"]
                made.written_rows += metrics["Output Metrics"]["Records Written"]
    for execution, table in table_of.items():
        found[table].operators.update(operators(plans[execution]))
    return found


def operators(plan: dict[str, Any]) -> Iterator[str]:
    """The names of all operators of a plan."""
    yield plan["nodeName"]
    for child in plan["children"]:
        yield from operators(child)


def page(content: dict[str, Any]) -> str:
    """The measures as Markdown."""
    seconds = {workers: one["seconds"] for workers, one in content["workers"].items()}
    tables = content["tables"]
    lines = [
        f"# {content['events']:,} events on Spark",
        "",
        f"Workers of one core and {MEMORY_GB} GB, on {content['cores']} cores that they share with"
        " the driver; catalog in memory, no tests. Written by `python bench/spark.py`.",
        "",
        "| workers | seconds |",
        "|---|---|",
        *(f"| {workers} | {taken:.0f} |" for workers, taken in seconds.items()),
        "",
        f"Two workers take {seconds['2'] / seconds['1']:.2f} of the time of one.",
        f"All tasks together took {sum(made['cpu_seconds'] for made in tables.values()):.0f} s of a"
        " core: that is what more workers divide. All else is the driver's, which plans.",
        "",
        "| table | rows | MB | seconds | shuffles | MB shuffled | broadcast joins | other joins |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in sorted(tables, key=lambda name: -tables[name]["shuffled_bytes"]):
        table = tables[name]
        done = table["operators"]
        joins = {join: done.get(join, 0) for join in JOINS}
        broadcast = joins.pop("BroadcastHashJoin")
        others = ", ".join(f"{count} {join}" for join, count in joins.items() if count)
        figures = (
            f"{table['written_rows']:,}",
            f"{table['written_bytes'] / 1e6:.1f}",
            f"{table['cpu_seconds']:.1f}",
            str(done.get("Exchange", 0)),
            f"{table['shuffled_bytes'] / 1e6:.1f}",
            str(broadcast),
            others,
        )
        lines.append(f"| {name} | {' | '.join(figures)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=lambda text: int(text.replace("_", "")), default=10**7)
    arguments = parser.parse_args()
    company = prepare(WORK / str(arguments.events), arguments.events)
    content: dict[str, Any] = {"events": company.rows(), "cores": os.cpu_count(), "workers": {}}
    for workers in (1, 2):
        measured, tables = build(workers, company.data, WORK / "spark.log")
        content["workers"][str(workers)] = measured.as_json()
        print(f"{workers} workers: {measured.failure or measured.seconds}", flush=True)
        content["tables"] = {name: made.as_json() for name, made in tables.items()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "spark.json").write_text(json.dumps(content, indent=2) + "\n")
    (RESULTS / "spark.md").write_text(page(content))


if __name__ == "__main__":
    main()
