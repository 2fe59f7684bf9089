"""Errors that a user can cause: one sentence, no traceback."""


class UsageError(Exception):
    """Wrong use or configuration: what is wrong, where, and what to do. Exit status 2."""
