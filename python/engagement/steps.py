"""How a first build reads a long history: at once, or in steps that fit in memory."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil
from pathlib import Path

from engagement.inputs.files import files_of
from engagement.inputs.relation import listed
from engagement.project import Settings
from engagement.tables import connect

#: Memory that the first aggregation takes for an event: 12 GB for 100 million (bench/README.md).
BYTES_PER_EVENT = 120
#: Share of the memory limit that a step may plan for; the rest is DuckDB's own and a margin.
USABLE = 0.5
UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
UNITS |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}


@dataclass(frozen=True)
class Plan:
    """The first days that each step leaves to the next; none if one run reads everything."""

    ends: tuple[date, ...]
    needed_bytes: int
    limit_bytes: int

    def sentence(self) -> str:
        """Why the build takes steps, and how many."""
        return (
            f"Reading the whole history at once takes about {self.needed_bytes / 1e9:.1f} GB of"
            f" memory, and the limit is {self.limit_bytes / 1e9:.1f} GB: building it in"
            f" {len(self.ends) + 1} steps."
        )


def plan(settings: Settings) -> Plan:
    """The steps of a first build, each with about as many events as the memory limit allows.

    Only Parquet files say how many events they hold without being read; a build from other files,
    from tables or on another engine is one step.
    """
    limit = memory_limit()
    files = _event_files(settings)
    if not files:
        return Plan((), 0, limit)
    with connect() as connection:
        ((events,),) = connection.execute(
            f"select sum(num_rows) from parquet_file_metadata({listed(files)})"
        ).fetchall()
        needed = int(events or 0) * BYTES_PER_EVENT
        steps = ceil(needed / (limit * USABLE))
        if steps <= 1:
            return Plan((), needed, limit)
        shares = [step / steps for step in range(1, steps)]
        ((times,),) = connection.execute(
            f"select approx_quantile(epoch(try_cast(occurred_at as timestamp)), {shares})"
            f" from read_parquet({listed(files)}, union_by_name = true)"
        ).fetchall()
    days = {date(1970, 1, 1) + timedelta(days=int(time // 86_400)) for time in times or ()}
    return Plan(tuple(sorted(days)), needed, limit)


def memory_limit() -> int:
    """ENGAGEMENT_MEMORY_LIMIT in bytes; without one, or where unreadable, 80 % of the machine."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    text = os.environ.get("ENGAGEMENT_MEMORY_LIMIT", "80%").replace(" ", "")
    found = re.fullmatch(r"([\d.]+)(%|[KMGT]?i?B)?", text, re.IGNORECASE)
    if not found:
        return int(0.8 * machine)
    number, unit = float(found[1]), (found[2] or "").upper()
    return int(number / 100 * machine if unit == "%" else number * UNITS[unit])


def _event_files(settings: Settings) -> Sequence[Path]:
    """The Parquet files of events, if they come from files."""
    if not (settings.is_duckdb and settings.has_data_folder):
        return []
    variables = settings.all_variables()
    if variables["sources"]:
        return []
    found, _ = files_of(settings.data_folder(), ["events"], variables["input_tables"] or {})
    events = found.get("events")
    if events is None or events.format != "parquet":
        return []
    with connect() as connection:
        columns = connection.execute(
            f"select name from parquet_schema({listed(events.paths[:1])})"
        ).fetchall()
    return events.paths if ("occurred_at",) in columns else []
