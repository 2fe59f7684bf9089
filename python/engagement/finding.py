"""Finds who is meant by an id, or by the name of an account."""

from collections.abc import Sequence
from difflib import get_close_matches

from engagement.errors import UsageError
from engagement.project import Settings
from engagement.tables import analysis, read

#: Candidates that are told.
TOLD = 5
#: How like what was asked a candidate is, from 0 to 1.
LIKENESS = 0.6


def entity_id_of(settings: Settings, entity_type: str, asked: str) -> str:
    """The id of the user or account of an id or, without regard to case, of a name or part of one.

    Raises:
        UsageError: There is none, or several accounts have the name; says which come near.
    """
    names = _candidates(settings, entity_type, asked)
    if asked in names:
        return asked
    text = asked.lower()
    meant = [key for key, name in names.items() if text in (key.lower(), name.lower())]
    meant = meant or [key for key, name in names.items() if text in name.lower()]
    if len(meant) == 1:
        return meant[0]
    if meant:
        told = _told(meant, names)
        raise UsageError(f"{asked} may be several {entity_type}s: name one of {told}.")
    near = _near(asked, names)
    raise UsageError(
        f"There is no {entity_type} {asked}: did you mean {_told(near, names)}?"
        if near
        else f"There is no {entity_type} {asked}: look for the id in {entity_type}_profiles."
    )


def _candidates(settings: Settings, entity_type: str, asked: str) -> dict[str, str]:
    """Ids that may be meant, each with the name, or with an empty one."""
    query = analysis(settings, "find_entities", entity_type=entity_type, asked=asked)
    (rows,) = read(settings, query)
    return {str(row["entity_id"]): str(row["name"] or "") for row in rows}


def _near(asked: str, names: dict[str, str]) -> list[str]:
    """The ids whose text, or whose account's name, is most like what was asked."""
    ids = {text.lower(): key for key, name in names.items() for text in (key, name) if text}
    holding = [text for text in ids if asked.lower() in text]
    like = get_close_matches(asked.lower(), ids, TOLD, LIKENESS)
    return list(dict.fromkeys(ids[text] for text in [*like, *sorted(holding, key=len)]))[:TOLD]


def _told(ids: Sequence[str], names: dict[str, str]) -> str:
    told = [f"{key} ({names[key]})" if names[key] else key for key in ids[:TOLD]]
    return ", ".join(told) + (" and others" if len(ids) > TOLD else "")
