"""Errors that a user can cause: one sentence, no traceback."""

from collections.abc import Iterable
from difflib import get_close_matches


class UsageError(Exception):
    """Wrong use or configuration: what is wrong, where, and what to do. Exit status 2."""

    status = 2


class GivenUp(UsageError):
    """Nothing is wrong, but something else was in the way for too long. Exit status 1."""

    status = 1


def nearest(name: str, names: Iterable[str]) -> str:
    """The end of a sentence about a name that does not exist: the one that was perhaps meant."""
    known = {known.lower(): known for known in names}
    near = get_close_matches(name.lower(), known, 1, 0.5)
    return (
        f": perhaps {known[near[0]]} is meant"
        if near
        else f": there are {', '.join(known.values())}"
    )
