"""Writes docs/cli.md from the help of the command: make cli-reference.

A test compares the page with the help, so the two cannot drift apart.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from engagement import cli

PAGE = Path(__file__).resolve().parents[1] / "docs" / "cli.md"
INTRODUCTION = """\
# The command line

Generated from the help of the command by `make cli-reference`; do not edit it by hand.
`engagement COMMAND --help` prints the same text. `engagement --install-completion` adds completion
to your shell.
"""


def page() -> str:
    """The reference page: the command, then each command of each group."""
    root = typer.main.get_command(cli.app)
    context = root.make_context("engagement", [], resilient_parsing=True)
    parts = [INTRODUCTION, _status(), *_described(root, context)]
    for group, commands in cli.GROUPS.items():
        parts.append(f"## {group}\n")
        for command in commands:
            name = command.__name__
            one = root.get_command(context, name)
            parts.append(f"### engagement {name}\n")
            parts += _described(one, type(context)(one, info_name=name, parent=context))
    return "\n".join(parts)


def _status() -> str:
    """The paragraph on exit statuses, which the module documents."""
    return re.sub(r"\s*\n", " ", (cli.__doc__ or "").partition("\n\n")[2].strip()) + "\n"


def _described(command: Any, context: Any) -> Iterator[str]:
    """The help of a command: its sentences, its usage, its arguments and options."""
    yield f"{(command.help or '').strip()}\n"
    yield f"    {context.command_path} {' '.join(command.collect_usage_pieces(context))}\n"
    for kind, title in (("argument", "Argument"), ("option", "Option")):
        records = [
            parameter.get_help_record(context)
            for parameter in command.get_params(context)
            if parameter.param_type_name == kind
        ]
        rows = [f"| `{_cell(names)}` | {_cell(text)} |" for names, text in filter(None, records)]
        if rows:
            yield "\n".join((f"| {title} | |", "|---|---|", *rows, ""))


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", r"\|").strip()


if __name__ == "__main__":
    PAGE.write_text(page())
