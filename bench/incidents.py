"""How broken events are found, and which signals are held back: `python bench/incidents.py`.

Made-up companies whose seeds were never used while the rule was chosen: each is built whole, and
again with an event broken in one way. Writes bench/results/incidents.md.
"""

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

import duckdb

from engagement.project import CHECKOUT
from engagement.publication import working_file

FOLDER = Path(__file__).resolve().parent
WORK = FOLDER / ".work" / "incidents"
RESULTS = FOLDER / "results"
ENGAGEMENT = Path(sys.executable).with_name("engagement")
SIZE = {"accounts": 150, "users": 1500, "days": 240}
SEEDS = range(4001, 4006)
BROKEN = date(2026, 5, 20)  # a Wednesday, six weeks before the end
#: Of the risks that rest on a fall, which the unbroken company has or has not.
FALLS = (
    "at_risk",
    "gone_inactive",
    "renewal_at_risk",
    "cooling",
    "champion_gone_quiet",
    "declining",
)


@dataclass(frozen=True)
class Kind:
    """A way in which an event breaks."""

    event: str
    share: float
    days: int | None

    def words(self) -> str:
        """The kind for readers."""
        lasts = f"{self.days} days" if self.days else "for good"
        return f"`{self.event}`, {self.share:.0%} of the accounts, {lasts}"


KINDS = (
    Kind("task_created", 1.0, None),
    Kind("task_completed", 0.7, None),
    Kind("comment_added", 0.6, 14),
    Kind("file_uploaded", 0.8, 5),
    Kind("report_created", 1.0, None),
)


def built(seed: int, kind: Kind | None) -> Path:
    """The working file of a company, built with the kind of break."""
    name = f"{seed}-{KINDS.index(kind) if kind else 'whole'}"
    data, database = WORK / name, WORK / f"{name}.duckdb"
    if working_file(database).exists():
        return working_file(database)
    options = [f"--{option}={value}" for option, value in (SIZE | {"seed": seed}).items()]
    if kind:
        options += [f"--break-event={kind.event}", f"--break-share={kind.share}"]
        options += [f"--break-from={BROKEN}", *([f"--break-days={kind.days}"] if kind.days else [])]
    run("simulate", "--out", str(data), *options)
    run(
        *("build", "--data", str(data), "--database", str(database)),
        *("--select", "+tracking_incidents", "--exclude", "resource_type:test"),
        *("--vars", "{score_history_days: 60}"),
    )
    shutil.rmtree(data)
    return working_file(database)


def run(*arguments: str) -> None:
    """Runs the command; its words are shown if it fails."""
    done = subprocess.run([ENGAGEMENT, *arguments], cwd=CHECKOUT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def query(file: Path, sql: str, **others: Path) -> list[tuple]:
    """Rows of a built company, with others attached by name."""
    with duckdb.connect() as connection:
        for name, path in {"own": file, **others}.items():
            connection.execute(f"attach '{path}' as {name} (read_only)")
        return connection.execute(sql).fetchall()


def figures(seed: int, kind: Kind) -> dict[str, float | None]:
    """What became of one break: found after how many days, false ones, and the signals.

    Signals are counted as entity, rule and score date from the break on, of rules that rest on a
    fall. Caused: not in the unbroken company. Held back of them; and real ones held back, which the
    unbroken company has too.
    """
    file, whole = built(seed, kind), built(seed, None)
    incidents = query(
        file,
        "select event_name, started_on, detected_on, ended_on"
        " from own.engagement_build.tracking_incidents order by detected_on",
    )
    last = BROKEN + timedelta(days=(kind.days or 60) + 7)
    own = [row for row in incidents if row[0] == kind.event and BROKEN <= row[2] <= last]
    ((caused, held_back, real, real_held_back),) = query(
        file,
        f"""
        select
            count(*) filter (whole.signal is null),
            count(*) filter (whole.signal is null and own.is_held_back),
            count(*) filter (whole.signal is not null),
            count(*) filter (whole.signal is not null and own.is_held_back)
        from own.engagement_internal.int_signal_days as own
        left join whole.engagement_internal.int_signal_days as whole
            using (score_date, entity_type, entity_id, signal)
        where score_date >= '{BROKEN}' and signal in {FALLS}
        """,
        whole=whole,
    )
    return {
        "found": len(own) > 0,
        "days": (own[0][2] - BROKEN).days + 1 if own else None,
        "start_off_by": abs((own[0][1] - BROKEN).days) if own else None,
        "back_after": (own[0][3] - BROKEN).days - kind.days
        if own and own[0][3] and kind.days
        else None,
        "false": len(incidents) - len(own),
        "caused": caused,
        "held_back": held_back,
        "real": real,
        "real_held_back": real_held_back,
    }


def main() -> None:
    """Measures every kind of break on every seed, and writes the page."""
    WORK.mkdir(parents=True, exist_ok=True)
    measured = {kind.words(): [figures(seed, kind) for seed in SEEDS] for kind in KINDS}
    false = {
        seed: query(
            built(seed, None),
            "select event_name, started_on from own.engagement_build.tracking_incidents",
        )
        for seed in SEEDS
    }
    rows = [
        f"| {kind} | {sum(one['found'] for one in found)} of {len(found)}"
        f" | {listed([one['days'] for one in found])} | {sum(one['false'] for one in found)}"
        f" | {sum(one['caused'] for one in found):,}"
        f" | {part(found, 'held_back', 'caused')} | {part(found, 'real_held_back', 'real')} |"
        for kind, found in measured.items()
    ]
    seen = sum(len(found) for found in false.values())
    (RESULTS / "incidents.json").write_text(
        json.dumps(
            {
                "size": SIZE,
                "seeds": list(SEEDS),
                "broken": str(BROKEN),
                "kinds": [asdict(kind) for kind in KINDS],
                "measured": measured,
                "false_unbroken": seen,
            },
            indent=1,
        )
        + "\n"
    )
    size = (
        f"{SIZE['accounts']} accounts and {SIZE['users']:,} users over {SIZE['days']} days, seeds"
        f" {SEEDS[0]} to {SEEDS[-1]}"
    )
    text = f"""\
# Tracking incidents

`python bench/incidents.py`: made-up companies of {size},
none of them used while the rule was chosen. In each an event breaks on {BROKEN}, six weeks
before the end, in one way at a time.

| what breaks | found | on day | other incidents | false signals | held back | true ones held back |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}

- *On day*: of the silence, the first being 1; the seeds in order, - where it was not found.
- *False signals*: entity, rule and score date from the break on, of the rules that rest on a fall,
  that the same company has not where nothing breaks; *held back* of them. The cap and the ranks
  move, too, so some are of entities that never used the event.
- *True ones held back*: signals that the unbroken company has, too. That is the price.
- Without a break: {seen} incidents in {len(SEEDS)} companies over {SIZE["days"]} days.
"""
    (RESULTS / "incidents.md").write_text(text)
    print(text)


def listed(values: list[float | None]) -> str:
    """Values in a row, a dash for none."""
    return ", ".join("-" if value is None else f"{value:.0f}" for value in values)


def part(found: list[dict], some: str, whole: str) -> str:
    """A part in percent of a whole, over all seeds."""
    total = sum(one[whole] for one in found)
    return f"{sum(one[some] for one in found) / total:.0%}" if total else "-"


if __name__ == "__main__":
    main()
