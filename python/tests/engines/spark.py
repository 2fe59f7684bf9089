"""A private Spark cluster on loopback, from the wheel: master, two workers, Thrift server."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyspark
from pyhive import hive
from pyspark.sql import SparkSession

from .engine import NULL, WHOLE_COMPANIES, free_port, wait_for

HOME = Path(pyspark.__file__).parent
HOST = "127.0.0.1"
TYPES = {"VARCHAR": "string", "INTEGER": "int"}
#: The first compiler alone reserves little room for code, which the plans of two builds fill.
QUICK = "-XX:TieredStopAtLevel=1 -XX:ReservedCodeCacheSize=240m"
#: A private Hive metastore, and Java that is made for each query, take longer than the queries of
#: a small company; whole companies have both.
PER_QUERY = {
    "spark.sql.catalogImplementation": "hive" if WHOLE_COMPANIES else "in-memory",
    "spark.sql.codegen.wholeStage": "true" if WHOLE_COMPANIES else "false",
    "spark.sql.codegen.factoryMode": "FALLBACK" if WHOLE_COMPANIES else "NO_CODEGEN",
}
#: A cluster for little data: executors of one core, few partitions, no thorough compilation.
SETTINGS = {
    **PER_QUERY,
    "spark.executor.cores": "1",
    "spark.executor.extraJavaOptions": QUICK,
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": QUICK,
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.files.openCostInBytes": "1000",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
    "spark.ui.enabled": "false",
    "spark.sql.session.timeZone": "UTC",
}


@dataclass(frozen=True)
class Spark:
    """A running cluster: the port of its Thrift server, and its workers."""

    port: int
    workers: tuple[subprocess.Popen[bytes], ...] = ()
    target: str = "spark"

    def environment(self) -> dict[str, str]:
        """Where the Thrift server is."""
        return {
            "ENGAGEMENT_SPARK_HOST": HOST,
            "ENGAGEMENT_SPARK_PORT": str(self.port),
            "ENGAGEMENT_SPARK_AUTH": "NOSASL",
        }

    def load(self, table: str, columns: dict[str, str], rows: Path) -> None:
        """Appends a CSV file to a raw table."""
        with self.cursor() as cursor:
            for statement in load_statements(table, columns, rows):
                cursor.execute(statement)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        with self.cursor() as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        """A cursor of a session of its own."""
        with closing(hive.connect(HOST, self.port, auth="NOSASL")) as connection:
            yield connection.cursor()


@dataclass(frozen=True)
class Session:
    """Spark in this process, as dbt finds it there (target spark_session)."""

    session: SparkSession
    target: str = "spark_session"

    def environment(self) -> dict[str, str]:
        """Nothing: dbt takes the session that there is."""
        return {}

    def load(self, table: str, columns: dict[str, str], rows: Path) -> None:
        """Appends a CSV file to a raw table."""
        for statement in load_statements(table, columns, rows):
            self.session.sql(statement)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query."""
        return [tuple(row) for row in self.session.sql(sql).collect()]


def load_statements(table: str, columns: dict[str, str], rows: Path) -> list[str]:
    """What appends a CSV file to a raw table, in one session."""
    types = {name: TYPES.get(kind, kind) for name, kind in columns.items()}
    wanted = ", ".join(f"`{name}` {kind}" for name, kind in types.items())
    texts = ", ".join(f"`{name}` string" for name in types)
    cast = ", ".join(f"cast(`{name}` as {kind})" for name, kind in types.items())
    null = NULL.replace("\\", "\\\\")
    return [
        "create schema if not exists raw",
        f"create table if not exists raw.{table} ({wanted}) using parquet",
        f"create or replace temporary view loaded ({texts}) using csv options"
        f" (path '{rows}', nullValue '{null}', escape '\"', multiLine 'true')",
        f"insert into raw.{table} select {cast} from loaded",
    ]


@contextmanager
def in_this_process() -> Iterator[Session]:
    """Starts Spark in this process, and stops it."""
    folder = Path(tempfile.mkdtemp(prefix="spark-"))
    builder = SparkSession.builder.master("local[2]")
    for name, value in {**SETTINGS, "spark.sql.warehouse.dir": str(folder)}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    try:
        yield Session(session)
    finally:
        session.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    workers: int = 2, memory_gb: int = 1, more: Mapping[str, str] | None = None
) -> Iterator[Spark]:
    """Starts a cluster and stops it at the end, whatever happened.

    workers: each of one core, with so much memory; more: settings beside SETTINGS, or other values.
    """
    folder = Path(tempfile.mkdtemp(prefix="spark-"))
    started: list[subprocess.Popen[bytes]] = []

    def start(name: str, *command: str) -> subprocess.Popen[bytes]:
        home = folder / name
        home.mkdir()
        environment = {**os.environ, "SPARK_HOME": str(HOME), "SPARK_LOCAL_IP": HOST}
        environment |= {"SPARK_LOCAL_DIRS": str(home), "SPARK_WORKER_DIR": str(home)}
        with (folder / f"{name}.log").open("wb") as log:
            process = subprocess.Popen(
                [str(HOME / "bin" / command[0]), *command[1:]],
                cwd=home,
                env=environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        started.append(process)
        return process

    try:
        port, thrift_port = free_port(), free_port()
        master = f"spark://{HOST}:{port}"
        deploy = "org.apache.spark.deploy"
        place = ("--host", HOST, "--webui-port", "0")
        start("master", "spark-class", f"{deploy}.master.Master", *place, "--port", str(port))
        wait_for(lambda: "I have been elected leader" in (folder / "master.log").read_text())
        size = ("--cores", "1", "--memory", f"{memory_gb}g")
        worker = ("spark-class", f"{deploy}.worker.Worker", *place, *size, master)
        processes = tuple(start(f"worker-{number}", *worker) for number in range(workers))
        settings = {
            **SETTINGS,
            "spark.cores.max": str(workers),
            "spark.executor.memory": f"{memory_gb}g",
            **(more or {}),
            "spark.sql.warehouse.dir": str(folder / "warehouse"),
            "spark.hadoop.javax.jdo.option.ConnectionURL": (
                f"jdbc:derby:;databaseName={folder}/metastore;create=true"
            ),
        }
        start(
            *("thrift", "spark-submit", "--master", master),
            *("--class", "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2"),
            *(part for name, value in settings.items() for part in ("--conf", f"{name}={value}")),
            *("spark-internal", "--hiveconf", f"hive.server2.thrift.bind.host={HOST}"),
            *("--hiveconf", f"hive.server2.thrift.port={thrift_port}"),
            *("--hiveconf", "hive.server2.authentication=NOSASL"),
        )
        cluster = Spark(thrift_port, processes)
        wait_for(lambda: listens(thrift_port), folder / "thrift.log")
        wait_for(lambda: cluster.query("select 1") == [(1,)], folder / "thrift.log")
        yield cluster
    finally:
        for process in reversed(started):
            process.terminate()
        for process in started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()
        shutil.rmtree(folder, ignore_errors=True)


def listens(port: int) -> bool:
    """Whether somebody listens on a port of loopback; else an error says that nobody does."""
    with socket.create_connection((HOST, port), timeout=1):
        return True
