"""The command `engagement`: build, validate and explain scores, and hold them against outcomes.

Exit status: 0 done; 1 a model, a test or the check failed; 2 wrong use or configuration.
"""

import json
import sys
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import duckdb
import typer
import yaml
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engagement.errors import UsageError
from engagement.project import Settings, find_project

if TYPE_CHECKING:
    from engagement.runner import Build

app = typer.Typer(
    help="Product engagement scores: simulate a company, build, validate, show, explain.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
WIDTH = 110  # of what is printed to a file or a log
out = Console() if sys.stdout.isatty() else Console(width=WIDTH)
err = Console(stderr=True)

DataOption = Annotated[
    Path | None, typer.Option("--data", help="Folder of inputs; else ENGAGEMENT_DATA.")
]
DatabaseOption = Annotated[
    Path | None, typer.Option("--database", help="DuckDB file; else ENGAGEMENT_DATABASE.")
]
SeedsOption = Annotated[
    Path | None, typer.Option("--seeds", help="Folder of configuration seeds; else seeds/.")
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of", formats=["%Y-%m-%d"], help="Last day that counts; else the last complete day."
    ),
]
FromOption = Annotated[
    datetime | None,
    typer.Option(
        "--from", formats=["%Y-%m-%d"], help="Read the days from here on again (with --to)."
    ),
]
ToOption = Annotated[
    datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day read again.")
]
VarsOption = Annotated[
    str | None,
    typer.Option("--vars", help="Vars of the project as YAML: '{timezone: Europe/Berlin}'."),
]
TargetOption = Annotated[str | None, typer.Option(help="Target in profiles.yml; else duckdb.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object, for schedulers.")]


@app.command()
def build(
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    as_of: AsOfOption = None,
    target: TargetOption = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild from scratch.")
    ] = False,
    select: Annotated[
        list[str] | None, typer.Option(help="Only these nodes, as dbt selects.")
    ] = None,
    exclude: Annotated[list[str] | None, typer.Option(help="All but these nodes.")] = None,
    first_day: FromOption = None,
    last_day: ToOption = None,
    variables: VarsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build what has changed since the last run, and test it; nothing, if nothing has."""
    from engagement import freshness

    settings = _settings(data, database, seeds, as_of, variables, target)
    settings = replace(settings, read_again=_days(first_day, last_day))
    arguments = ["--full-refresh"] if full_refresh else []
    arguments += ["--select", *select] if select else []
    arguments += ["--exclude", *exclude] if exclude else []
    is_plain = not arguments and settings.read_again is None
    inputs = freshness.fingerprint(settings)
    if is_plain and inputs is not None and inputs == freshness.last_fingerprint(settings):
        sentence = f"Nothing new since the last build of {settings.database_file()}."
        typer.echo(json.dumps({"status": "nothing new"}) if as_json else sentence)
        return
    outcome = _build(settings, arguments, as_json)
    if is_plain and inputs is not None and not outcome.failures:
        freshness.remember(settings, inputs)
    raise typer.Exit(1 if outcome.failures else 0)


@app.command()
def backfill(
    first_day: Annotated[
        datetime,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day of the history."),
    ],
    last_day: Annotated[
        datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day of the history.")
    ],
    step: Annotated[int, typer.Option(min=1, help="Days that one run reads.")] = 90,
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
) -> None:
    """Build a long history in steps, each a run of its own: stop it, call it again, it goes on.

    Each step leaves all tables as if the history ended with it. The last one reads what there is.
    """
    from engagement import freshness

    settings = _settings(data, database, seeds, None, variables, target)
    first, last = _days(first_day, last_day) or (date.min, date.max)
    ends = [first + timedelta(days=count) for count in range(step, (last - first).days + 1, step)]
    reached = freshness.backfilled_until(settings)
    if reached is not None:
        err.print(f"going on: the days before {reached} have been read")
    remaining = [end for end in ends if reached is None or end > reached]
    for number, end in enumerate([*remaining, None], start=1):
        until = end or "the end"
        err.print(f"step {number} of {len(remaining) + 1}: the days until {until}")
        if _build(replace(settings, read_until=end), [], as_json=False).failures:
            raise typer.Exit(1)


def _build(settings: Settings, arguments: list[str], as_json: bool) -> "Build":
    """Runs dbt with a progress bar and prints what came of it."""
    from engagement import report, runner

    database_file = settings.database_file() if settings.is_duckdb else None
    if database_file is not None:
        database_file.parent.mkdir(parents=True, exist_ok=True)
    with _bar(hidden=as_json) as bar:
        task = bar.add_task("reading the project", total=None)
        outcome = runner.build(
            settings,
            arguments,
            lambda done, total, name: bar.update(
                task, completed=done, total=total, description=name
            ),
        )
    summary = report.summarize(outcome, database_file)
    if as_json:
        typer.echo(json.dumps(report.as_json(outcome, summary), indent=2))
    else:
        report.print_build(out, outcome, summary)
    return outcome


@app.command()
def simulate(
    out_folder: Annotated[
        Path, typer.Option("--out", help="Folder to write the company's inputs to.")
    ],
    accounts: Annotated[int, typer.Option(help="How many accounts there are in the end.")] = 100,
    users: Annotated[int, typer.Option(help="How many users there are in the end.")] = 1_000,
    days: Annotated[int, typer.Option(help="Days of history.")] = 270,
    seed: Annotated[int, typer.Option(help="The same seed gives the same company.")] = 1,
    unrelated: Annotated[
        bool, typer.Option("--unrelated", help="Use says nothing about who leaves.")
    ] = False,
    accounts_on: Annotated[
        datetime | None,
        typer.Option(
            "--accounts-on",
            formats=["%Y-%m-%d"],
            help="Accounts as they were on a day, not the last.",
        ),
    ] = None,
) -> None:
    """Make up a SaaS company with the faults that real data has."""
    from engagement.simulate import simulate as make_up

    with _bar() as bar:
        task = bar.add_task("simulating", total=None)
        made = _usable(
            lambda: make_up(
                out_folder,
                accounts=accounts,
                users=users,
                days=days,
                seed=seed,
                unrelated=unrelated,
                accounts_on=accounts_on.date() if accounts_on else None,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        )
    out.print(
        f"{out_folder}: {made.source_rows:,} event rows of {made.users:,} users"
        f" in {made.accounts:,} accounts over {days} days"
    )


@app.command()
def validate(
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    as_of: AsOfOption = None,
    variables: VarsOption = None,
    sample_above: Annotated[
        int, typer.Option(help="Above this many events, compare a sample of the entities.")
    ] = 2_000_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same sample.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Recompute every public number from the raw input with pandas, and compare."""
    from engagement import report, validation

    settings = _settings(data, database, seeds, as_of, variables)
    if settings.all_variables()["input_columns"]:
        raise UsageError(
            "validate reads columns by the names of docs/inputs.md: it knows no input_columns."
        )
    with settings.applied(), _bar(hidden=as_json) as bar:
        task = bar.add_task("recomputing", total=None)
        checked = validation.Settings.from_vars(
            settings.data_folder(), settings.seeds_folder(), settings.all_variables()
        )
        result = _usable(
            lambda: validation.validate(
                checked,
                settings.built_database(),
                settings.schema(),
                sample_above=sample_above,
                seed=seed,
                progress=lambda step: bar.update(task, description=step),
            )
        )
    if as_json:
        typer.echo(json.dumps(report.validation_as_json(result), indent=2, default=str))
    else:
        report.print_validation(out, result)
    raise typer.Exit(0 if result.ok else 1)


@app.command()
def show(database: DatabaseOption = None) -> None:
    """Print the tables that matter, and where to look next."""
    from engagement import overview

    settings = _settings(None, database, None, None, None)
    with settings.applied():
        overview.print_overview(out, settings.built_database(), settings.schema())


@app.command()
def explain(
    entity_type: Annotated[str, typer.Argument(metavar="user|account", help="Whose score.")],
    entity_id: Annotated[str, typer.Argument(metavar="ID", help="The user_id or account_id.")],
    database: DatabaseOption = None,
    day: Annotated[
        datetime | None,
        typer.Option("--date", formats=["%Y-%m-%d"], help="A score date; else the latest."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say why a score moved since one window earlier, part by part."""
    from engagement import explain as explaining

    if entity_type not in ("user", "account"):
        raise UsageError(f"explain {entity_type}: write explain user ID or explain account ID.")
    settings = _settings(None, database, None, None, None)
    with settings.applied():
        explanation = explaining.explain(
            settings.built_database(),
            settings.schema(),
            "user" if entity_type == "user" else "account",
            entity_id,
            day.date() if day else None,
        )
    if as_json:
        typer.echo(json.dumps(explanation.as_json(), indent=2))
    else:
        explaining.print_explanation(out, explanation)


@app.command()
def export(
    out_folder: Annotated[Path, typer.Option("--out", help="Folder to write the files to.")],
    tables: Annotated[
        list[str] | None, typer.Argument(metavar="TABLE...", help="Public tables, by name.")
    ] = None,
    file_format: Annotated[
        str, typer.Option("--format", metavar="csv|parquet|jsonl", help="Of the files.")
    ] = "csv",
    since: Annotated[
        str | None,
        typer.Option(metavar="RUN_ID", help="Only what has changed since the export of a run."),
    ] = None,
    view: Annotated[
        str | None,
        typer.Option(
            metavar="hubspot|salesforce|intercom",
            help="Accounts and users as a CRM takes them.",
        ),
    ] = None,
    database: DatabaseOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
) -> None:
    """Write public tables to files, whole or what has changed; or accounts and users for a CRM."""
    from engagement import export as exporting

    for option, value, known in (
        ("--format", file_format, exporting.FORMATS),
        ("--view", view, exporting.CRMS),
    ):
        if value is not None and value not in known:
            raise UsageError(f"{option} {value}: write one of {', '.join(known)}.")
    if not tables and view is None:
        raise UsageError("export what? Name public tables, or a --view for a CRM.")
    settings = _settings(None, database, None, None, variables, target)
    with _bar() as bar:
        task = bar.add_task("exporting", total=None)
        exported = exporting.export(
            settings,
            tables or [],
            out_folder,
            file_format,
            view,
            since,
            lambda step: bar.update(task, description=step),
        )
    for file, rows in exported.rows.items():
        typer.echo(f"{file}: {rows:,} rows")
    if exported.cut_texts:
        err.print(f"Texts cut, being longer than {view} takes: {exported.cut_texts:,}.")
    run = exported.run
    typer.echo(f"run {run.run_id}, as of {run.as_of}: next time --since {run.run_id}")


@app.command()
def compare(
    versions: Annotated[
        list[str],
        typer.Option("--version", help="Two versions: --version v1 --version v2."),
    ],
    data: DataOption = None,
    seeds: SeedsOption = None,
    as_of: AsOfOption = None,
    variables: VarsOption = None,
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for every score and the plots, too.")
    ] = None,
) -> None:
    """Score all dates by two versions, side by side, before one is switched to."""
    from engagement import compare as comparing

    if len(set(versions)) != 2:
        raise UsageError("compare takes two versions: --version v1 --version v2.")
    settings = _settings(data, None, seeds, as_of, variables)
    with _bar() as bar:
        task = bar.add_task("comparing", total=None)
        found = comparing.compare(
            settings,
            (versions[0], versions[1]),
            lambda step: bar.update(task, description=step),
        )
    for compared in found:
        comparing.print_comparison(out, compared)
        if out_folder is not None:
            comparing.write_comparison(out_folder, compared)


@app.command()
def evaluate(
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
    draws: Annotated[
        int, typer.Option(min=100, help="Samples of accounts behind each interval.")
    ] = 1000,
    as_json: JsonOption = False,
) -> None:
    """Hold the score against what became of the accounts, and fill score_validation."""
    from engagement import evaluate as evaluating

    settings = _settings(data, database, seeds, None, variables, target)
    with _bar(hidden=as_json) as bar:
        task = bar.add_task("evaluating", total=None)
        rows = evaluating.evaluate(settings, draws, lambda step: bar.update(task, description=step))
    if as_json:
        dates = {name: rows[name].astype(str) for name in ("first_score_date", "last_score_date")}
        typer.echo(rows.assign(**dates).to_json(orient="records", indent=2))
    else:
        evaluating.print_evaluation(out, rows)


@app.command()
def calibrate(
    outcome: Annotated[
        str, typer.Option(help="retained, churned, expanded or contracted.")
    ] = "churned",
    horizon: Annotated[int, typer.Option(help="Days until the outcome.")] = 90,
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
    draws: Annotated[
        int, typer.Option(min=100, help="Samples of accounts behind each interval.")
    ] = 200,
    version: Annotated[str, typer.Option(help="Name of the proposed version.")] = "proposal",
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for the rows of the proposed version.")
    ] = None,
) -> None:
    """Suggest weights from what became of the accounts; change nothing."""
    from engagement import calibrate as calibrating

    settings = _settings(data, database, seeds, None, variables, target)
    with _bar() as bar:
        task = bar.add_task("calibrating", total=None)
        proposal = calibrating.calibrate(
            settings, outcome, horizon, draws, lambda step: bar.update(task, description=step)
        )
    calibrating.print_proposal(out, proposal)
    if out_folder is not None:
        calibrating.write_proposal(out_folder, settings, proposal, version)
        out.print(f"{out_folder}: the rows of the version {version}, to add to the seeds.")


@app.command()
def digest(
    out_folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for Markdown, HTML and JSON.")
    ] = None,
    owner: Annotated[str | None, typer.Option(help="Only the accounts of this owner.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="What changed after this day; else since the last digest."
        ),
    ] = None,
    to_slack: Annotated[
        bool, typer.Option("--slack-webhook", help="Post to ENGAGEMENT_SLACK_WEBHOOK, once a day.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Post it, though it has been posted.")
    ] = False,
    state: Annotated[
        Path | None, typer.Option(help="File that remembers what was sent; else by the database.")
    ] = None,
    database: DatabaseOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what has changed since the last digest, to Customer Success."""
    from engagement import digest as digesting

    if again and not to_slack:
        raise UsageError("--again posts a digest once more: give it with --slack-webhook.")
    settings = _settings(None, database, None, None, variables, target)
    day = since.date() if since else None
    wanted = digesting.Wanted(owner, day, out_folder, to_slack, again, state)
    found, done = digesting.send(settings, wanted)
    if as_json:
        typer.echo(digesting.as_json(found), nl=False)
    elif done:
        typer.echo("\n".join(done))
    else:
        typer.echo(digesting.as_markdown(found), nl=False)


def main() -> None:
    """Runs the command; an error that a user can cause is one sentence and exit status 2."""
    try:
        app()
    except UsageError as error:
        _stop(str(error))
    except duckdb.Error as error:
        _stop(str(error).splitlines()[0])


def _stop(sentence: str) -> NoReturn:
    err.print(f"[red]engagement:[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    sys.exit(2)


def _settings(
    data: Path | None,
    database: Path | None,
    seeds: Path | None,
    as_of: datetime | None,
    variables: str | None,
    target: str | None = None,
) -> Settings:
    day: date | None = as_of.date() if as_of else None
    settings = Settings(
        find_project(), data, database, seeds, day, target, variables=_variables(variables)
    )
    for option, folder in (("--data", data), ("--seeds", seeds)):
        if folder is not None and not folder.is_dir():
            raise UsageError(f"{option} {folder} is no folder: name an existing one.")
    settings.check()
    return settings


def _days(first_day: datetime | None, last_day: datetime | None) -> tuple[date, date] | None:
    if first_day is None and last_day is None:
        return None
    if first_day is None or last_day is None or first_day > last_day:
        raise UsageError("--from and --to name the first and the last day of a range: give both.")
    return first_day.date(), last_day.date()


def _variables(text: str | None) -> dict[str, Any]:
    try:
        content = yaml.safe_load(text or "{}")
    except yaml.YAMLError:
        content = None
    if not isinstance(content, dict):
        raise UsageError(
            f"--vars {text} is no YAML mapping: write it as '{{timezone: Europe/Berlin}}'."
        )
    return content


def _usable(call: Any) -> Any:
    try:
        return call()
    except (ValueError, FileNotFoundError) as error:
        raise UsageError(str(error)) from error


def _bar(hidden: bool = False) -> Progress:
    return Progress(
        TextColumn("{task.description:<32.32}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        transient=True,
        disable=hidden or not err.is_terminal,
    )


if __name__ == "__main__":
    main()
