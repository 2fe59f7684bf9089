"""The command `engagement`: build the tables, read them, test the scores.

Exit status: 0 success; 1 a model, a test or the check failed, or another build was in the way;
2 wrong usage or configuration.
"""

import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any, NoReturn

import typer
from rich.markup import escape
from typer.exceptions import TyperException

from engagement.commands import read, run, tune
from engagement.commands.options import err
from engagement.errors import UsageError

GROUPS: dict[str, tuple[Any, ...]] = {
    "Run": (
        *(run.init, run.doctor, run.simulate, run.build, run.backfill),
        *(run.rollback, run.erase, run.validate),
    ),
    "Read": (
        *(read.show, read.history, read.explain, read.dashboard),
        *(read.export, read.digest),
    ),
    "Tune": (tune.compare, tune.evaluate, tune.calibrate),
}

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False)
for group, commands in GROUPS.items():
    for command in commands:
        app.command(rich_help_panel=group)(command)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"engagement {version('product-engagement')}")
        raise typer.Exit()


@app.callback()
def engagement(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version."
        ),
    ] = False,
) -> None:
    """Turn product events into engagement scores: build, explain and test them."""


#: Options that take several values, as dbt's do.
TAKE_SEVERAL = ("--select", "--exclude")


def repeated(arguments: Sequence[str]) -> list[str]:
    """Arguments in which `--select a b` is `--select a --select b`, as the parser wants it."""
    written: list[str] = []
    option = None
    for argument in arguments:
        if argument.startswith("-"):
            option = argument if argument in TAKE_SEVERAL else None
        elif option and written[-1] != option:
            written.append(option)
        written.append(argument)
    return written


def main() -> None:
    """Runs the command. A user error prints one sentence and exits with status 2."""
    import duckdb

    try:
        sys.exit(app(repeated(sys.argv[1:]), standalone_mode=not sys.argv[1:]))
    except UsageError as error:
        _stop(str(error), error.status)
    except TyperException as error:
        _stop(getattr(error, "format_message", error.__str__)())
    except duckdb.Error as error:
        _stop(str(error).splitlines()[0])


def _stop(sentence: str, status: int = UsageError.status) -> NoReturn:
    err.print(f"[red]engagement:[/] {escape(sentence)}", highlight=False, soft_wrap=True)
    sys.exit(status)


if __name__ == "__main__":
    main()
