"""Commands that start, make, check and erase: from init and build to erase and validate."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from engagement.commands.options import (
    AsOfOption,
    CompanyKind,
    DatabaseOption,
    DataOption,
    JsonOption,
    SeedsOption,
    TargetOption,
    VarsOption,
    Vendor,
    day,
    err,
    out,
    progress_bar,
    range_of,
    settings_of,
    usable,
)
from engagement.errors import UsageError
from engagement.lock import PUBLISHED, only_build
from engagement.project import PACKAGE, Settings

if TYPE_CHECKING:
    from engagement.inputs.reading import Reading
    from engagement.proposal import Recognition
    from engagement.runner import Build


#: What a step that is not the last leaves out.
UNTESTED = ("--exclude-resource-type", "test")


def init(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where to start it.")],
    data: Annotated[
        Path | None,
        typer.Option(
            "--data",
            metavar="PLACE",
            help="Your events, or a vendor's tables, in a folder or a DuckDB file: propose seeds.",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option("--target", metavar="NAME", help="The same in the database of a target."),
    ] = None,
    schema: Annotated[
        str | None,
        typer.Option("--schema", metavar="NAME", help="The schema of these tables; else raw."),
    ] = None,
) -> None:
    """Start a dbt project of your own: your weights, milestones, settings and models.

    With --data or --target, it says whose tables they are, and proposes what events are worth,
    which features there are, and which steps those took who stayed, each with its reason. A seed
    that has been edited stays as it is.
    """
    from engagement import proposal, starter

    if data is not None and target is not None:
        raise UsageError("Either --data or --target says where the tables are, not both.")
    place = data.resolve() if data is not None else target
    if schema is not None and (place is None or (isinstance(place, Path) and place.is_dir())):
        raise UsageError("--schema is that of a DuckDB file (--data) or of a database (--target).")
    if place is None:
        starter.start(folder)
        out.print(
            f"{folder} is ready. Say in {folder / 'seeds'} what your events are worth; then\n\n"
            f"    cd {folder}\n    engagement build --data DIR"
        )
    elif isinstance(place, Path) and not place.is_file():
        files = Settings(folder, data=place).data_folder()
        _propose(folder, files)
        _tell_next(folder, f"engagement build --data {place}")
    else:
        with proposal.copied_schema(place, schema or proposal.USUAL) as (files, found):
            _propose(folder, files, found)
        if isinstance(place, Path):
            _tell_next(folder, f"export ENGAGEMENT_INPUT_DATABASE={place}", "engagement build")
        else:
            _tell_next(folder, f"export ENGAGEMENT_TARGET={place}", "engagement build")


def _propose(folder: Path, files: Path, found: "Recognition | None" = None) -> None:
    """Starts a project, unless it is there, and writes what the data suggest into it.

    found: what the files are, where that is known; a project that is there says so by its vars.
    """
    from engagement import proposal, starter

    if not starter.is_started(folder):
        found = found or proposal.recognize(files, PACKAGE)
        starter.start(folder)
        proposal.write_variables(folder, found)
        proposal.remember(folder)
        for reason in found.reasons:
            out.print(escape(reason))
    settings = Settings(folder, data=files, target="duckdb")
    with progress_bar() as bar:
        task = bar.add_task("reading", total=None)
        proposed = proposal.propose(settings, lambda step: bar.update(task, description=step))
    for told in proposal.write(folder, proposed):
        out.print(f"[yellow]warning:[/] {escape(told)}")
    out.print(
        f"\n{len(proposed.weights)} events have weights, {len(proposed.features)} features and"
        f" {len(proposed.milestones)} milestones are named: {folder / 'seeds'} has the reasons."
    )
    out.print(escape(proposed.evidence))


def _tell_next(folder: Path, *commands: str) -> None:
    """Says which commands make the first scores."""
    lines = [f"cd {folder}", *commands, "engagement dashboard --out dashboard.html"]
    out.print("\n" + "\n".join(f"    {escape(line)}" for line in lines))


def doctor(
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    target: TargetOption = None,
    variables: VarsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Look a set-up over without building: versions, settings, disk, seeds, inputs, mapping.

    The exit status is 1 if something is wrong.
    """
    from engagement.doctor import State, examine

    settings = settings_of(
        data=data,
        database=database,
        seeds=seeds,
        variables=variables,
        target=target,
        is_checked=False,
    )
    colours = {State.good: "green", State.doubtful: "yellow", State.wrong: "red"}
    found = []
    for finding in examine(settings):
        found.append(finding)
        if not as_json:
            colour = colours[finding.state]
            remedy = f": {finding.remedy}" if finding.remedy else ""
            out.print(
                f"[{colour}]{finding.state:8}[/] {finding.area:12}"
                f" {escape(finding.found)}{escape(remedy)}"
            )
    if as_json:
        typer.echo(json.dumps([finding.as_dict() for finding in found]))
    if any(finding.state is State.wrong for finding in found):
        raise typer.Exit(1)


def simulate(
    out_folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder to write the inputs to.")
    ],
    accounts: Annotated[
        int, typer.Option(metavar="N", help="Accounts at the end of the history.")
    ] = 100,
    users: Annotated[
        int, typer.Option(metavar="N", help="Users at the end of the history.")
    ] = 1_000,
    days: Annotated[int, typer.Option(metavar="N", help="Days of history.")] = 270,
    seed: Annotated[
        int, typer.Option(metavar="N", help="The same seed gives the same company.")
    ] = 1,
    no_churn_driver: Annotated[
        bool, typer.Option("--no-churn-driver", help="Make churn independent of usage.")
    ] = False,
    kind: Annotated[
        CompanyKind, typer.Option(help="When and where its customers use the product.")
    ] = CompanyKind.saas,
    layout: Annotated[
        Vendor | None, typer.Option(help="The vendor in whose tables to write it; else inputs.")
    ] = None,
    accounts_as_of: Annotated[
        datetime | None,
        day("--accounts-as-of", "Write accounts as of this day; else the last."),
    ] = None,
    break_event: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="An event that breaks: it is no longer recorded."),
    ] = None,
    break_from: Annotated[
        datetime | None, day("--break-from", "Its first day without; needs --break-event.")
    ] = None,
    break_share: Annotated[
        float, typer.Option(metavar="SHARE", help="The share of accounts in which it breaks.")
    ] = 1.0,
    break_days: Annotated[
        int | None, typer.Option(metavar="N", help="Days until it is recorded again; else never.")
    ] = None,
) -> None:
    """Simulate a SaaS company, including the faults of real data.

    With --layout, the events and what else the vendor holds are in a folder of its name, as it
    exports them; what it does not hold (plans, revenue, facts) is beside it.
    """
    from engagement.simulate import Breakage
    from engagement.simulate import simulate as simulate_company

    if (break_event is None) != (break_from is None):
        raise UsageError("--break-event and --break-from go together.")
    broken = None
    if break_event is not None and break_from is not None:
        broken = Breakage(break_event, break_from.date(), break_share, break_days)
    with progress_bar() as bar:
        task = bar.add_task("simulating", total=None)
        made = usable(
            lambda: simulate_company(
                out_folder,
                accounts=accounts,
                users=users,
                days=days,
                seed=seed,
                no_churn_driver=no_churn_driver,
                accounts_as_of=accounts_as_of.date() if accounts_as_of else None,
                broken=broken,
                kind=kind.value,
                layout=layout and layout.value,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        )
    out.print(
        f"{out_folder}: {made.source_rows:,} event rows of {made.users:,} users"
        f" in {made.accounts:,} accounts over {days} days"
    )


def build(
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    as_of: AsOfOption = None,
    target: TargetOption = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild every table from the inputs.")
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="NODE...", help="Build only these nodes, in dbt's syntax."),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="NODE...", help="Skip these nodes.")
    ] = None,
    first_day: Annotated[
        datetime | None, day("--from", "Reread the inputs from this day on; needs --to.")
    ] = None,
    last_day: Annotated[datetime | None, day("--to", "Last day to reread; needs --from.")] = None,
    variables: VarsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build and test everything that has changed since the last run."""
    from engagement import freshness

    settings = settings_of(
        data=data, database=database, seeds=seeds, as_of=as_of, variables=variables, target=target
    )
    settings = replace(settings, read_again=range_of(first_day, last_day))
    arguments = ["--select", *select] if select else []
    arguments += ["--exclude", *exclude] if exclude else []
    is_whole = not arguments and settings.read_again is None
    if settings.is_read_only:
        err.print(
            "No project here: the weights are those of the simulated company."
            " engagement init FOLDER starts a project with weights of your own.",
            soft_wrap=True,
        )
    with only_build(settings, err.print) as ended:
        inputs = freshness.fingerprint(settings)
        is_known = inputs is not None and inputs == freshness.last_fingerprint(settings)
        if is_whole and is_known and not full_refresh:
            sentence = f"Nothing new since the last build of {settings.database_file()}."
            typer.echo(json.dumps({"status": "nothing new"}) if as_json else sentence)
            ended.outcome = None
            return
        runs_all_models = not select and all(
            name.startswith("test_type:") for name in exclude or ()
        )
        ends = _first_steps(settings, full_refresh) if runs_all_models else ()
        outcome = _build_in_steps(settings, ends, arguments, as_json, full_refresh)
        ended.outcome = _ending(outcome)
        if is_whole and inputs is not None and not outcome.failures:
            freshness.remember(settings, inputs)
    raise typer.Exit(1 if outcome.failures else 0)


def backfill(
    first_day: Annotated[datetime, day("--from", "First day of the history.")],
    last_day: Annotated[datetime, day("--to", "Last day of the history.")],
    step: Annotated[int, typer.Option(min=1, metavar="N", help="Days per run.")] = 90,
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
) -> None:
    """Build a long history in steps; run it again to resume.

    Each step leaves what is built as if the history ended there. The last one reads the rest, tests
    everything and publishes it.
    """
    from engagement import freshness

    settings = settings_of(
        data=data, database=database, seeds=seeds, variables=variables, target=target
    )
    first, last = range_of(first_day, last_day) or (date.min, date.max)
    ends = [first + timedelta(days=count) for count in range(step, (last - first).days + 1, step)]
    with only_build(settings, err.print) as ended:
        reached = freshness.backfilled_until(settings)
        if reached is not None:
            err.print(f"resuming: the days before {reached} have been read")
        remaining = [end for end in ends if reached is None or end > reached]
        outcome = _build_in_steps(settings, remaining, [], as_json=False)
        ended.outcome = _ending(outcome)
    raise typer.Exit(1 if outcome.failures else 0)


def rollback(database: DatabaseOption = None) -> None:
    """Let readers see the publication before the last; a second time, the last again."""
    from engagement import publication, tables

    settings = settings_of(database=database)
    if not settings.is_duckdb:
        raise UsageError("rollback runs only on DuckDB: other engines keep one publication.")
    with only_build(settings, err.print) as ended:
        publication.roll_back(settings.built_database())
        ended.outcome = None
    ((shown,),) = tables.read(settings, "select * from {{ published('publication') }}")
    typer.echo(f"Readers see the run {shown['run_id']}, as of {shown['as_of']}.")


class Erasable(StrEnum):
    """Who can be erased."""

    user = "user"


def erase(
    kind: Annotated[Erasable, typer.Argument(metavar="user", help="Whom to erase.")],
    entity_id: Annotated[str, typer.Argument(metavar="ID", help="The user_id, or an alias.")],
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
) -> None:
    """Erase a person from all that was written, and from what is read later."""
    from engagement import erasure

    settings = settings_of(
        data=data, database=database, seeds=seeds, variables=variables, target=target
    )
    with only_build(settings, err.print) as ended:
        report = erasure.erase(settings, entity_id)
        ended.outcome = None
    typer.echo(f"{entity_id} is now {report.person.erased_id}.")
    typer.echo("\n".join(report.done))
    for sentence in report.left:
        err.print(f"[yellow]to do[/] {escape(sentence)}", highlight=False, soft_wrap=True)


def validate(
    data: DataOption = None,
    database: DatabaseOption = None,
    seeds: SeedsOption = None,
    as_of: AsOfOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
    sample_above: Annotated[
        int,
        typer.Option(metavar="N", help="Above this many events, compare a sample of the entities."),
    ] = 2_000_000,
    seed: Annotated[
        int, typer.Option(metavar="N", help="The same seed gives the same sample.")
    ] = 0,
    as_json: JsonOption = False,
) -> None:
    """Recompute every public number from the inputs with pandas, and compare."""
    from engagement import tables, validation
    from engagement.validation import report

    settings = settings_of(
        data=data, database=database, seeds=seeds, as_of=as_of, variables=variables, target=target
    )
    with settings.applied(), progress_bar(hidden=as_json) as bar:
        task = bar.add_task("recomputing", total=None)
        with tables.copied(settings) as copy:
            checked = validation.Settings.from_vars(
                copy.inputs, settings.seeds_folder(), copy.variables, of_tables=copy.of_tables
            )
            result = usable(
                lambda: validation.validate(
                    checked,
                    copy.database,
                    settings.schema(),
                    sample_above=sample_above,
                    seed=seed,
                    progress=lambda step: bar.update(task, description=step),
                )
            )
    if as_json:
        typer.echo(json.dumps(report.as_json(result), indent=2, default=str))
    else:
        report.print_report(out, result)
    raise typer.Exit(0 if result.ok else 1)


def _ending(outcome: "Build") -> str:
    """What readers are told of a build."""
    because = outcome.unpublished_because
    return f"was not published: {because}" if because else PUBLISHED


def _first_steps(settings: Settings, full_refresh: bool) -> Sequence[date]:
    """The ends of the steps that a first build takes to fit in memory; none otherwise."""
    from engagement import freshness, steps

    reached = freshness.backfilled_until(settings)
    if reached is None and not full_refresh and freshness.has_finished(settings):
        return ()
    plan = steps.plan(settings)
    if plan.ends:
        err.print(plan.sentence())
    return [end for end in plan.ends if full_refresh or reached is None or end > reached]


def _build_in_steps(
    settings: Settings,
    ends: Sequence[date],
    arguments: list[str],
    as_json: bool,
    full_refresh: bool = False,
) -> "Build":
    """Builds the history up to each end, then the rest; stops at a step that fails.

    A full refresh is one of the first step: the others go on from there. The last step tests and
    publishes everything.
    """
    from engagement.inputs.reading import check

    reading = check(settings)
    refresh = ["--full-refresh"] if full_refresh else []
    for number, end in enumerate([*ends, None], start=1):
        if ends:
            err.print(f"step {number} of {len(ends) + 1}: the days until {end or 'the end'}")
        outcome = _build(
            replace(settings, read_until=end),
            [*arguments, *(refresh if number == 1 else []), *(UNTESTED if end else [])],
            as_json,
            reading,
            is_last=end is None,
        )
        if outcome.failures:
            break
    return outcome


def _build(
    settings: Settings,
    arguments: list[str],
    as_json: bool,
    reading: "Reading | None",
    is_last: bool = True,
) -> "Build":
    """Runs dbt with a progress bar and prints the outcome."""
    from engagement import report, runner, tables

    working_file = settings.working_file() if settings.is_duckdb else None
    if working_file is not None:
        working_file.parent.mkdir(parents=True, exist_ok=True)
        tables.make_private(working_file)
    with progress_bar(hidden=as_json) as bar:
        task = bar.add_task("reading the project", total=None)
        outcome = runner.build(
            settings,
            arguments,
            lambda done, total, name: bar.update(
                task, completed=done, total=total, description=name
            ),
            reading,
        )
    summary = report.summarize(outcome, working_file)
    if as_json and not (is_last or outcome.failures):
        return outcome
    if as_json:
        typer.echo(json.dumps(report.as_json(outcome, summary), indent=2))
    else:
        report.print_build(out, outcome, summary)
    return outcome
