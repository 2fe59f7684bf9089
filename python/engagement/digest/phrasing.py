"""The sentences of a digest without markup, shared by Markdown, HTML and Slack."""

import unicodedata
from dataclasses import dataclass

from engagement.digest.document import Account, Change, Digest, Mover, Priority, Section

#: White space, the zero-width joiner and non-joiner.
KEPT = "\n\r\t\u200c\u200d"
HEADINGS = {
    "opened": "Opened",
    "reopened": "Open again",
    "closed": "Closed",
    "withdrawn": "Withdrawn: late data or a changed rule shows that it never held",
}


@dataclass(frozen=True)
class Line:
    """One line: a label, the account or users, and the text; all readable.

    account_id: of the account that it is about, as it is; None: of none.
    """

    label: str
    who: str
    says: str
    account_id: str | None

    @classmethod
    def of(cls, label: str, account: Account, users: tuple[str, ...], says: str) -> "Line":
        """The line, with each part made readable."""
        who = _who(account, users)
        return cls(readable(label), readable(who), readable(says), account.account_id)


@dataclass(frozen=True)
class Part:
    """A heading and its lines."""

    heading: str
    lines: tuple[Line, ...]


def readable(text: str) -> str:
    """The text without the characters that control a terminal, or turn the direction of reading.

    A line feed or tab is left, as are those that join letters and emoji.
    """
    return "".join(
        character
        for character in text
        if character in KEPT or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Co")
    )


def title(digest: Digest) -> str:
    """The title of the digest."""
    return f"Digest as of {digest.as_of}"


def summary(digest: Digest) -> str:
    """The digest in a sentence or two, and one for each event that has fallen silent."""
    return readable(" ".join([_counted(digest), *_overdue(digest), *digest.tracking]))


def _overdue(digest: Digest) -> list[str]:
    overdue = digest.overdue()
    if not overdue:
        return []
    return [f"{overdue:,} signals are overdue." if overdue > 1 else "1 signal is overdue."]


def _counted(digest: Digest) -> str:
    counts = {name: count for name, count in digest.counts().items() if count}
    if not counts and digest.since is None:
        return "No signal is open."
    if not counts:
        return f"No signal has opened or closed since {digest.since}."
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    before = "The first digest" if digest.since is None else f"Since {digest.since}"
    return f"{before}: {told}."


def owner(section: Section) -> str:
    """The name of the owner of a section."""
    return readable(section.owner or "") or "No owner"


def parts(section: Section) -> list[Part]:
    """The non-empty parts of a section."""
    found = [
        Part(heading, tuple(_change(told) for told in section.changes if told.change == name))
        for name, heading in HEADINGS.items()
    ]
    found.append(Part("Scores that rose most", tuple(map(_mover, section.risers))))
    found.append(Part("Scores that fell most", tuple(map(_mover, section.fallers))))
    found.append(Part("First in line", tuple(map(_priority, section.priorities))))
    return [part for part in found if part.lines]


def _change(told: Change) -> Line:
    if told.sentence is not None:
        return Line.of(told.severity, told.account, told.names or told.users, told.sentence)
    counted = [
        f"{signal.replace('_', ' ')} ({count:,} {'user' if count == 1 else 'users'})"
        for signal, count in told.signals.items()
    ]
    return Line.of(told.severity, told.account, (), ", ".join(counted))


def _mover(mover: Mover) -> Line:
    scores = f"{mover.previous_score:.0f} → {mover.score:.0f}"
    return Line.of(f"{mover.score_change:+.0f}", mover.account, (), scores)


def _priority(first: Priority) -> Line:
    more = f" {first.open_signals:,} signals are open." if first.open_signals > 1 else ""
    says = f"{first.severity}. {first.sentence}{more}{_action(first)}"
    return Line.of(f"{first.priority_rank:,}", first.account, (), says)


def _action(first: Priority) -> str:
    """Who acts, and by when somebody is to act."""
    by = f" by {first.action_by}" if first.action_by else ""
    acted = f" {first.action_state.capitalize()}{by}." if first.action_state else ""
    return acted + (f" Due {first.next_due_on}." if first.next_due_on else "")


def _who(account: Account, users: tuple[str, ...]) -> str:
    named = account.name and account.name != account.account_id
    whole = f"{account.name} ({account.account_id})" if named else account.account_id
    people = [f"user {user}" for user in users]
    money = [] if account.mrr is None else [f"MRR {account.mrr:,.0f}"]
    return ", ".join([whole or "no account", *people, *money])
