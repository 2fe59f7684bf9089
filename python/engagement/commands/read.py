"""Commands that read the tables: show, history, explain, export, digest, dashboard."""

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from engagement.commands.options import (
    Crm,
    DatabaseOption,
    EntityType,
    FileFormat,
    JsonOption,
    Page,
    TargetOption,
    VarsOption,
    band_and_target,
    day,
    err,
    out,
    progress_bar,
    settings_of,
)
from engagement.errors import UsageError
from engagement.project import Settings

#: A run of yesterday, or of a weekend before, is as new as can be.
DAYS_UNTOLD = 3


def tell_run(settings: Settings) -> None:
    """Says on standard error which run is shown, and what became of a newer one."""
    from engagement.tables import read

    for row in read(settings, "select * from {{ published('publication') }}")[0]:
        age = (date.today() - row["as_of"]).days if row["as_of"] else 0
        as_of = f"{row['as_of']}, {age} days ago" if age > DAYS_UNTOLD else f"{row['as_of']}"
        err.print(
            f"Run {row['run_id']}, as of {as_of}, published {row['published_at']} UTC.",
            highlight=False,
            soft_wrap=True,
        )
    _tell_last_build(settings)


def _tell_last_build(settings: Settings) -> None:
    from engagement.lock import last_build

    newer = last_build(settings)
    if newer:
        err.print(f"[yellow]{escape(newer)}[/]", highlight=False, soft_wrap=True)


def show(
    page: Annotated[
        Page | None,
        typer.Argument(
            metavar="PAGE",
            help="lost: the accounts that have left, and what was visible 30 days before.",
        ),
    ] = None,
    database: DatabaseOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
) -> None:
    """Print the main tables and where to look next, or one page."""
    settings = settings_of(database=database, variables=variables, target=target, only_reads=True)
    if page is Page.lost:
        from engagement.lost import lost_accounts, print_lost_accounts

        print_lost_accounts(out, lost_accounts(settings))
    else:
        from engagement import overview

        overview.print_overview(out, settings)
    tell_run(settings)


def history(
    last: Annotated[int, typer.Option(min=1, metavar="N", help="Only the last runs.")] = 20,
    database: DatabaseOption = None,
    target: TargetOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the runs, the latest first: what each read, and how it ended."""
    from engagement import history as telling

    settings = settings_of(database=database, target=target, only_reads=True)
    found = telling.runs(settings)[:last]
    if as_json:
        typer.echo(json.dumps(telling.as_json(found), indent=2))
    else:
        telling.print_history(out, found)
        _tell_last_build(settings)


def explain(
    entity_type: Annotated[
        EntityType, typer.Argument(metavar="ENTITY_TYPE", help="The kind of entity.")
    ],
    entity_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="The user_id, the account_id, or the account's name."),
    ],
    database: DatabaseOption = None,
    on: Annotated[datetime | None, day("--date", "Score date; else the latest.")] = None,
    variables: VarsOption = None,
    targets: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="NAME",
            help="A band, or next: what would get the account there; or a target in profiles.yml.",
        ),
    ] = None,
    then: Annotated[
        bool,
        typer.Option(
            "--as-published", help="What readers saw on the date, beside what is known now."
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Explain why a score changed, what would bring it to a band, or what was known on a date."""
    from engagement import explain as explaining

    band, target = band_and_target(targets or [])
    settings = settings_of(database=database, variables=variables, target=target, only_reads=True)
    if then:
        if band is not None:
            raise UsageError("--as-published tells of the past: leave out --target BAND.")
        explain_as_published(settings, entity_type, entity_id, on.date() if on else None, as_json)
        return
    if band is not None:
        if entity_type is not EntityType.account or on is not None:
            raise UsageError(
                "Bands are targets of accounts on the latest score date: engagement explain"
                " account ID --target BAND."
            )
        explain_target(settings, entity_id, band, as_json)
        return
    explanation = explaining.explain(
        settings, entity_type.value, entity_id, on.date() if on else None
    )
    tell_run(settings)
    if as_json:
        typer.echo(json.dumps(explanation.as_json(), indent=2))
    else:
        explaining.print_explanation(out, explanation)


def explain_as_published(
    settings: Settings, entity_type: EntityType, entity_id: str, on: date | None, as_json: bool
) -> None:
    """Tells what readers saw of an entity on a date."""
    from engagement.as_published import as_published, print_as_published

    found = as_published(settings, entity_type.value, entity_id, on)
    tell_run(settings)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        print_as_published(out, found)


def explain_target(settings: Settings, account_id: str, band: str, as_json: bool) -> None:
    """Tells what would bring an account to a band."""
    from engagement.targets import print_target, target_of

    found = target_of(settings, account_id, band)
    tell_run(settings)
    if as_json:
        typer.echo(json.dumps(found.as_json(), indent=2))
    else:
        print_target(out, found)


def export(
    out_folder: Annotated[
        Path, typer.Option("--out", metavar="DIR", help="Folder to write the files to.")
    ],
    tables: Annotated[
        list[str] | None, typer.Argument(metavar="TABLE...", help="Public tables, by name.")
    ] = None,
    file_format: Annotated[
        FileFormat, typer.Option("--format", help="Format of the files.")
    ] = FileFormat.csv,
    since_run: Annotated[
        str | None,
        typer.Option(
            "--since-run", metavar="RUN_ID", help="Only the changes since the export of this run."
        ),
    ] = None,
    view: Annotated[
        Crm | None, typer.Option(help="Accounts and users in the format of a CRM.")
    ] = None,
    raw_csv: Annotated[
        bool,
        typer.Option(
            "--raw-csv", help="No apostrophe before what a spreadsheet would run as a formula."
        ),
    ] = False,
    database: DatabaseOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
) -> None:
    """Export public tables, whole or only their changes, or accounts and users for a CRM."""
    from engagement import export as exporting

    if not tables and view is None:
        raise UsageError("export has nothing to export: name public tables, or a --view for a CRM.")
    settings = settings_of(database=database, variables=variables, target=target, only_reads=True)
    with progress_bar() as bar:
        task = bar.add_task("exporting", total=None)
        exported = exporting.export(
            settings,
            tables or [],
            out_folder,
            file_format.value,
            view.value if view else None,
            since_run,
            lambda step: bar.update(task, description=step),
            spreadsheet_safe=not raw_csv,
        )
    for file, rows in exported.rows.items():
        typer.echo(f"{file}: {rows:,} rows")
    if exported.cut_texts and view:
        err.print(f"{exported.cut_texts:,} texts were cut to the maximum length of {view.value}.")
    tell_run(settings)
    run = exported.run
    typer.echo(f"run {run.run_id}, as of {run.as_of}: next time --since-run {run.run_id}")


def digest(
    out_folder: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder for Markdown, HTML and JSON."),
    ] = None,
    owner: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only the accounts of this owner.")
    ] = None,
    since: Annotated[
        datetime | None, day("--since", "Changes after this day; else since the last digest.")
    ] = None,
    to_slack: Annotated[
        bool, typer.Option("--slack", help="Post to ENGAGEMENT_SLACK_WEBHOOK, once a day.")
    ] = False,
    repost: Annotated[
        bool, typer.Option("--repost", help="Post again if today's digest is already posted.")
    ] = False,
    state: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Record of the digests sent; else a file beside the database."
        ),
    ] = None,
    dashboard_at: Annotated[
        str | None,
        typer.Option(
            "--dashboard",
            metavar="ADDRESS",
            help="The dashboard that HTML links to: its address, or its file.",
        ),
    ] = None,
    database: DatabaseOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Report to Customer Success the changes since the last digest."""
    from engagement import digest as digesting

    if repost and not to_slack:
        raise UsageError("--repost has no effect without --slack: add --slack.")
    if dashboard_at is not None and out_folder is None:
        raise UsageError("--dashboard has no effect without --out: HTML is written to files.")
    if dashboard_at is not None and dashboard_at.lower().startswith(("javascript:", "data:")):
        raise UsageError(f"--dashboard {dashboard_at} is not an address: name a file or https://…")
    settings = settings_of(database=database, variables=variables, target=target, only_reads=True)
    request = digesting.DigestRequest(
        owner,
        since.date() if since else None,
        out_folder,
        to_slack,
        repost,
        state,
        dashboard_at,
    )
    document, done = digesting.send(settings, request)
    tell_run(settings)
    if as_json:
        typer.echo(digesting.as_json(document), nl=False)
    elif done:
        typer.echo("\n".join(done))
    else:
        typer.echo(digesting.as_markdown(document), nl=False)


def dashboard(
    file: Annotated[Path, typer.Option("--out", metavar="FILE", help="HTML file to write.")] = Path(
        "dashboard.html"
    ),
    owner: Annotated[
        str | None, typer.Option(metavar="NAME", help="Only the accounts of this owner.")
    ] = None,
    redact: Annotated[
        bool,
        typer.Option("--redact", help="Leave out the names of accounts, users and owners."),
    ] = False,
    database: DatabaseOption = None,
    variables: VarsOption = None,
    target: TargetOption = None,
) -> None:
    """Write the dashboard: one HTML file that opens from disk and by mail."""
    from engagement import dashboard as page

    settings = settings_of(database=database, variables=variables, target=target, only_reads=True)
    if file.is_dir():
        raise UsageError(f"--out {file} is a directory: name a file, such as dashboard.html.")
    page.write(settings, file, owner, redact)
    tell_run(settings)
    typer.echo(f"{file}: {file.stat().st_size / 1000:,.0f} kB")
