"""Writes a digest to files atomically."""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from urllib.parse import quote

from engagement.atomic_write import atomic_write
from engagement.digest import html, markdown
from engagement.digest.document import Digest
from engagement.errors import UsageError


def write_all(
    folder: Path,
    digest: Digest,
    owner: str | None,
    owners: Sequence[str],
    dashboard: str | None = None,
) -> str:
    """Writes a digest of all (owner is None) and, in a folder of their own, that of each owner.

    Args:
        folder: The folder to write to.
        digest: Of all, or of one owner.
        owner: The owner of the digest; None: all.
        owners: Everybody who owns an account.
        dashboard: Where the dashboard is: an address, or a path from the working folder on.

    Returns:
        A sentence on what was written.

    Raises:
        UsageError: The folder cannot be written to.
    """
    told = {section.owner for section in digest.sections}
    names = folders({*owners, *told, owner})
    if owner is not None:
        _write(folder / names[owner], digest, dashboard)
        return f"{folder / names[owner]}: the digest of {digest.as_of} for {owner}."
    _write(folder, digest, dashboard)
    for section in digest.sections:
        _write(folder / names[section.owner], digest.of(section.owner), dashboard)
    return f"{folder}: the digest of {digest.as_of}, and {len(told)} folders with one for an owner."


def _write(folder: Path, digest: Digest, dashboard: str | None) -> None:
    """Writes digest-<as_of>.md, .html and .json."""
    for ending, text in (
        ("md", markdown.render(digest)),
        ("html", html.render(digest, _seen_from(folder, dashboard))),
        ("json", as_json(digest)),
    ):
        replace_file(folder / f"digest-{digest.as_of}.{ending}", text)


def _seen_from(folder: Path, dashboard: str | None) -> str | None:
    """The address of the dashboard in a file of a folder: of a file, the path from there on."""
    if dashboard is None or re.match(r"[a-z][a-z0-9+.-]*:", dashboard):
        return dashboard
    return quote(os.path.relpath(dashboard, folder))


def as_json(digest: Digest) -> str:
    """The digest as JSON text."""
    return json.dumps(digest.as_json(), indent=2, ensure_ascii=False) + "\n"


def replace_file(file: Path, text: str) -> None:
    """Replaces a file atomically.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        with atomic_write(file) as beside:
            beside.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise UsageError(f"{file} cannot be written: {error.strerror}.") from None


def folders(owners: Iterable[str | None]) -> dict[str | None, str]:
    """Owner -> name of a folder: letters and digits in lower case; a hash tells equal ones apart.

    None (accounts without an owner) maps to no-owner.
    """
    names = {owner: _slug(owner) for owner in owners}
    taken = Counter(names.values())
    return {
        owner: name if name and taken[name] == 1 else f"{name or 'owner'}-{_hash(owner)}"
        for owner, name in names.items()
    }


def _slug(owner: str | None) -> str:
    return re.sub(r"[\W_]+", "-", (owner or "no owner").casefold())[:60].strip("-")


def _hash(owner: str | None) -> str:
    return hashlib.sha256((owner or "").encode()).hexdigest()[:8]
