"""What the project reads and does not write, and the person is to be taken out of by hand."""

import os
import re

from engagement.project import Settings
from engagement.tables import literal

from .person import Person

INPUT_DATABASE = "ENGAGEMENT_INPUT_DATABASE"

#: The columns of inputs that hold ids of users.
INPUT_IDS = {
    "events": ("user_id",),
    "users": ("user_id",),
    "identities": ("alias_id", "user_id"),
    "memberships": ("user_id",),
    "signal_actions": ("by",),
}
#: Those that hold text in which somebody may be named.
INPUT_TEXTS = {"signal_actions": ("note",)}


def sources_with(settings: Settings, person: Person) -> list[str]:
    """The inputs and seeds that still hold the person."""
    from engagement import runner

    told = [
        f"{file} names the person: take the line out"
        for file in sorted(settings.seeds_folder().glob("*.csv"))
        if any(
            re.search(rf"(^|,)\"?{re.escape(name)}\"?(,|$)", file.read_text(), re.MULTILINE)
            for name in person.ids
        )
    ]
    if settings.is_duckdb and not (settings.has_data_folder or os.environ.get(INPUT_DATABASE)):
        return [*told, "the inputs were not searched: name them with --data"]
    queries = [_query(name, person) for name in INPUT_IDS]
    for name, found in zip(INPUT_IDS, runner.read_all(settings, queries), strict=True):
        rows = int(found["n"].iloc[0])
        if rows:
            told.append(f"the input {name} still holds the person in {rows:,} rows")
    return told


def _query(name: str, person: Person) -> str:
    """How many rows of an input hold the person."""
    among = f"in ({', '.join(literal(known) for known in person.ids)})"
    conditions = [f"{_column(name, column)} {among}" for column in INPUT_IDS[name]]
    conditions += [
        f"{_column(name, column)} like {literal(f'%{word}%')}"
        for column in INPUT_TEXTS.get(name, ())
        for word in person.words
    ]
    holds = " or ".join(conditions)
    return f"select count(*) as n from {{{{ input('{name}')['from'] }}}} where {holds}"


def _column(name: str, column: str) -> str:
    return f"{{{{ input_column(input('{name}'), '{column}') }}}}"
