"""Runs dbt in this process and reports the outcome."""

import gc
import json
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from time import monotonic
from typing import TYPE_CHECKING, Any

import yaml
from dbt.adapters.factory import FACTORY
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt_common.exceptions import DbtRuntimeError

from engagement.errors import UsageError
from engagement.inputs.reading import Reading, check
from engagement.kept_templates import kept_templates
from engagement.project import NAME, Settings
from engagement.tables import BATCH, Selected

if TYPE_CHECKING:
    import pandas as pd

# A seed may lack a column that dbt_project.yml gives a type to (meta: optional).
warnings.filterwarnings("ignore", message=".* does not match the name of any column")

#: Called with (nodes done, nodes in all, name of the node that started or ended).
Progress = Callable[[int, int, str], None]
#: Rows of a warning, and nodes that failed, that are told.
TOLD = 5
TOLD_NODES = 3
#: The model that publishes the others.
PUBLICATION = "publication"
#: The macro that compiles queries.
COMPILE = "compile_queries"
#: Objects of earlier runs that may wait to be collected; a run leaves some 600,000 of 100 MB.
MANY_OBJECTS = 4_000_000


@dataclass(frozen=True)
class Node:
    """One dbt node of a run: its name, kind, outcome, time in seconds, and where it is stored."""

    name: str
    kind: str
    status: str
    message: str
    seconds: float
    schema: str
    is_public: bool

    @property
    def failed(self) -> bool:
        """Whether the node failed itself (a skipped one did not)."""
        return self.status in ("error", "fail", "runtime error")

    @property
    def warned(self) -> bool:
        """Whether a test of the node warned."""
        return self.status == "warn"


@dataclass(frozen=True)
class Build:
    """The outcome of a run; `input_warnings` are those of the files that it read."""

    nodes: tuple[Node, ...]
    seconds: float
    input_warnings: tuple[str, ...] = ()

    @property
    def failures(self) -> tuple[Node, ...]:
        """The nodes that failed."""
        return tuple(node for node in self.nodes if node.failed)

    @property
    def warnings(self) -> tuple[Node, ...]:
        """The tests that warn."""
        return tuple(node for node in self.nodes if node.warned)

    @property
    def unpublished_because(self) -> str | None:
        """Why readers do not see the tables of the run, as a clause; None if they do."""
        if self.failures:
            more = " and others" if len(self.failures) > TOLD_NODES else ""
            named = ", ".join(node.name for node in self.failures[:TOLD_NODES])
            return f"the run failed in {named}{more}"
        for node in self.nodes:
            if node.name == PUBLICATION:
                return None if node.message == "published" else node.message
        return f"the run leaves out the model {PUBLICATION}"

    @property
    def tables(self) -> tuple[Node, ...]:
        """The public tables that were built."""
        return tuple(
            node
            for node in self.nodes
            if node.is_public and node.status == "success" and node.name != PUBLICATION
        )


def build(
    settings: Settings,
    arguments: Sequence[str],
    progress: Progress | None = None,
    reading: Reading | None = None,
) -> Build:
    """Runs `dbt build` without dbt's unit tests.

    Args:
        settings: Project, inputs, database, as_of, target and vars.
        arguments: Further arguments of dbt build, such as --select.
        progress: Called as nodes start and end.
        reading: How its files are read, if that is decided already (inputs.reading.check).

    Raises:
        UsageError: dbt could not start, nothing was selected, or the configuration or an input is
            wrong. A model or test that fails does not raise: it is a failed node.
    """
    command = ["build", "--log-level", "none", "--exclude-resource-type", "unit_test", *arguments]
    started = monotonic()
    reading = reading or check(settings)
    with kept_templates(settings.target_folder()):
        outcome = _invoke(settings, command, _listener(progress) if progress else None)
    warnings = tuple(reading.warnings) if reading else ()
    return Build(_nodes(settings, outcome), monotonic() - started, warnings)


def read(settings: Settings, query: str) -> "pd.DataFrame":
    """The rows of a query, which may use macros and ref() of built models, published or not.

    Decimals are Decimal, dates are date, nulls are None.

    Raises:
        UsageError: A model has not been built, or dbt could not start.
    """
    return read_all(settings, [query])[0]


def read_all(settings: Settings, queries: Sequence[str]) -> "list[pd.DataFrame]":
    """The rows of several queries, as in `read`; dbt starts only once."""
    if settings.is_duckdb and not settings.working_file().is_file():
        settings.built_database()
    return [_frame(settings, sql) for sql in _compiled(settings, queries)]


def _compiled(settings: Settings, queries: Sequence[str]) -> list[str]:
    """Queries in the engine's SQL: compiled as ours are, whichever project is run."""
    told: dict[str, str] = {}

    def on_event(event: Any) -> None:
        if event.info.name == "JinjaLogInfo":
            told["queries"] = event.data.msg
        elif event.info.name.startswith("RunningOperation"):
            told["error"] = event.data.exc

    operation = ["run-operation", f"{NAME}.{COMPILE}", "--args", json.dumps({"queries": queries})]
    outcome = _invoke(settings, [*operation, "--log-level", "none"], on_event)
    if outcome.exception is not None or "error" in told:
        raise UsageError(sentence(told.get("error") or str(outcome.exception)))
    compiled: list[str] = json.loads(told["queries"])
    return compiled


def _frame(settings: Settings, sql: str) -> "pd.DataFrame":
    import pandas as pd

    with selecting(settings, sql) as selected:
        rows = [row for batch in selected.batches for row in batch]
        return pd.DataFrame(rows, columns=list(selected.columns))


def manifest(settings: Settings) -> Any:
    """Dbt's manifest: the models, their contracts and tests, and where they are stored.

    Raises:
        UsageError: dbt could not read the project.
    """
    parsed = _invoke(settings, ["parse", "--log-level", "none"])
    if parsed.exception is not None:
        raise UsageError(sentence(str(parsed.exception)))
    return parsed.result


def exists(settings: Settings, source: Any) -> bool:
    """Whether the table of a source of the manifest exists."""
    (adapter,) = FACTORY.adapters.values()
    with settings.applied():
        try:
            with adapter.connection_named("read"):
                place = (source.database, source.schema, source.identifier)
                return adapter.get_relation(*place) is not None
        finally:
            release_connections()


@contextmanager
def selecting(settings: Settings, sql: str) -> Iterator[Selected]:
    """The result of a query in the engine's SQL; dbt must have parsed the project before.

    Raises:
        UsageError: The query fails, mostly because a model has not been built.
    """
    (adapter,) = FACTORY.adapters.values()
    with settings.applied():
        try:
            with adapter.connection_named("read"):
                cursor = _cursor(adapter, sql)
                batches = _batches(cursor)
                first = next(batches, [])  # PostgreSQL knows the columns once it has fetched
                columns = tuple(column[0].lower() for column in cursor.description)
                yield Selected(columns, chain([first], batches))
        except DbtRuntimeError as error:
            told = sentence(str(error)).splitlines()[0]
            raise UsageError(f"{told} Run engagement build first.") from error
        finally:
            release_connections()


def _cursor(adapter: Any, sql: str) -> Any:
    """A cursor; on PostgreSQL one of the server, since the driver would fetch all rows at once."""
    if adapter.type() != "postgres":
        return adapter.connections.add_query(sql, auto_begin=False)[1]
    with adapter.connections.exception_handler(sql):
        cursor = adapter.connections.get_thread_connection().handle.cursor(name="engagement")
        cursor.execute(sql)
        return cursor


def _batches(cursor: Any) -> Iterator[Sequence[Sequence[Any]]]:
    """The rows of a cursor in batches; in one batch if the driver lacks fetchmany."""
    driver = getattr(cursor, "_cursor", cursor)  # dbt's wrapper of Spark leaves fetchmany out
    if not hasattr(driver, "fetchmany"):
        yield driver.fetchall()
        return
    while rows := driver.fetchmany(BATCH):
        yield rows


def _invoke(
    settings: Settings, command: list[str], on_event: Callable[[Any], None] | None = None
) -> dbtRunnerResult:
    """Runs a command of dbt under the settings."""
    project = str(settings.project)
    command += ["--project-dir", project, "--profiles-dir", project]
    if settings.is_read_only:
        command += ["--target-path", str(settings.target_folder())]
        command += ["--log-path", str(settings.log_folder())]
    if settings.variables:
        command += ["--vars", yaml.safe_dump(dict(settings.variables), default_flow_style=True)]
    with settings.applied(), gc_disabled():
        outcome = dbtRunner(callbacks=[on_event] if on_event else []).invoke(command)
        release_connections()
        if not outcome.success:  # tracebacks hold cursors, and these the file
            gc.collect()
    return outcome


@contextmanager
def gc_disabled() -> Iterator[None]:
    """Disables Python's garbage collector, which takes a fifth of a small build.

    It would traverse dbt's graph of the project repeatedly, although that lives until the run ends.
    What is left is set aside, since most processes end then; otherwise a later run collects it.
    """
    was_enabled = gc.isenabled()
    if gc.get_freeze_count() > MANY_OBJECTS:
        gc.unfreeze()
        gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


def release_connections() -> None:
    """Closes dbt's connections, which otherwise keep the DuckDB file locked."""
    for adapter in FACTORY.adapters.values():
        adapter.cleanup_connections()
        close_all = getattr(adapter.connections, "close_all_connections", None)
        if close_all:
            close_all()


def _nodes(settings: Settings, outcome: dbtRunnerResult) -> tuple[Node, ...]:
    if outcome.exception is not None:
        raise UsageError(sentence(str(outcome.exception)))
    nodes = tuple(_node(result) for result in outcome.result.results)
    wrong = [node.message for node in nodes if node.failed and _is_configuration(node)]
    if wrong:
        raise UsageError("\n".join(dict.fromkeys(sentence(message) for message in wrong)))
    if not any(node.kind != "operation" for node in nodes):
        raise UsageError("Nothing was selected: no model matches --select and --exclude.")
    queries = {
        result.node.name: result.node.compiled_code
        for result in outcome.result.results
        if str(result.node.resource_type) == "test"
    }
    return tuple(
        replace(node, message=_told(settings, queries[node.name]) or node.message)
        if node.warned or node.status == "fail"
        else node
        for node in nodes
    )


def _told(settings: Settings, query: str) -> str:
    """What a test says in its column `warning`, if it has one; its first rows only."""
    limited = f"select * from ({query}) as found limit {TOLD + 1}"
    try:
        with selecting(settings, limited) as selected:
            if selected.columns != ("warning",):
                return ""
            rows = [str(row[0]) for batch in selected.batches for row in batch]
    except UsageError:
        return ""
    return "; ".join([*rows[:TOLD], *(["and more"] if len(rows) > TOLD else [])])


def _node(result: Any) -> Node:
    return Node(
        name=result.node.name,
        kind=str(result.node.resource_type),
        status=str(result.status),
        message=result.message or "",
        seconds=result.execution_time,
        schema=result.node.schema,
        is_public=str(getattr(result.node, "access", None)) == "public",
    )


def _is_configuration(node: Node) -> bool:
    return node.message.strip().startswith("Compilation Error") or node.kind == "seed"


def sentence(message: str) -> str:
    """Dbt's message of an error, without the location in its own code."""
    kept = []
    seed = re.match(r"\w+ Error in seed \w+ \((.+)\)", message.strip())
    for line in message.strip().splitlines():
        if re.match(r"\s*(> in |> called by|compiled code at)", line):
            break
        if not re.match(r"\s*\w+ Error( in .*)?$", line):
            kept.append(line.strip())
    lines = [line for line in kept if line] or [message.strip()]
    return f"{seed[1]}: {' '.join(lines[:3])}" if seed else "\n".join(lines)


def _listener(progress: Progress) -> Callable[[Any], None]:
    done = total = 0

    def on_event(event: Any) -> None:
        nonlocal done, total
        if event.info.name == "ConcurrencyLine":
            total = event.data.node_count
        elif event.info.name == "NodeStart":
            progress(done, total, event.data.node_info.node_name)
        elif event.info.name == "NodeFinished":
            done += 1
            progress(done, total, event.data.node_info.node_name)

    return on_event
