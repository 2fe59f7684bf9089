"""Who is erased, and a value without the person."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engagement.tables import text_literal

#: The name of a column, and its type.
Column = tuple[str, str]
#: Columns of what a person alone has; they are emptied.
PERSONAL = ("email", "properties")
#: Columns by which a row is a person's.
IDS = ("user_id", "received_user_id", "merged_user_id", "alias_id", "entity_id")
#: What an id is not part of, in a text: other than these, a letter, a digit or a sign of an id.
BEFORE, AFTER = r"(^|[^[:alnum:]_.@+-])", r"($|[^[:alnum:]_.@+-]|[.]($|[^[:alnum:]]))"
#: Shorter ids, and numbers, are too much like other text to be looked for in it.
LEAST_LENGTH = 3


@dataclass(frozen=True)
class Person:
    """The ids of a person, each with the one that takes its place, and the e-mail addresses."""

    ids: Mapping[str, str]
    addresses: Sequence[str]
    salt: str

    @property
    def erased_id(self) -> str:
        """The id under which the user is known from now on; those of aliases begin with it."""
        return next(iter(self.ids.values())).partition(".")[0]

    @property
    def words(self) -> tuple[str, ...]:
        """What must be found nowhere: ids and addresses that are not like other text."""
        return tuple(
            word
            for word in (*self.ids, *self.addresses)
            if len(word) >= LEAST_LENGTH and not word.isdigit()
        )

    def value_of(self, column: str, columns: Sequence[str]) -> str:
        """The expression of a text column without the person."""
        name = f'"{column}"'
        if column in PERSONAL:
            owners = [f'"{owner}"' for owner in IDS if owner in columns]
            is_theirs = [f"{owner} in ({listed(self.ids)})" for owner in owners]
            if self.addresses:
                is_theirs.append(f"{name} in ({listed(self.addresses)})")
            return f"case when {' or '.join(is_theirs) or '1 = 0'} then null else {name} end"
        if column == "event_id" and "user_id" in columns:
            hashed = f"md5({text_literal(self.salt)} || {name})"
            owned = f'"user_id" in ({listed(self.ids)})'
            return f"case when {owned} then {hashed} else {name} end"
        whens = [
            f"when {text_literal(old)} then {text_literal(new)}" for old, new in self.ids.items()
        ]
        return f"case {name} {' '.join(whens)} else {self._rephrased(name, columns)} end"

    def _rephrased(self, name: str, columns: Sequence[str]) -> str:
        """A text in which the person may be named."""
        text = name
        for address in self.addresses:
            text = f"replace({text}, {text_literal(address)}, '')"
        for old, new in self.ids.items():
            pattern = text_literal(BEFORE + re.escape(old) + AFTER)
            renamed = text_literal(rf"\1{new}\2")
            changed = f"regexp_replace({text}, {pattern}, {renamed}, 'g')"
            if old in self.words:
                text = changed
                continue
            named = [f'"{column}"' for column in (*IDS, "evidence") if column in columns]
            if named:
                holds = " or ".join(f"{column} = {text_literal(old)}" for column in named)
                text = f"case when {holds} then {changed} else {text} end"
        return text

    def without(self, text: str) -> str:
        """The content of a file without the person."""
        for address in self.addresses:
            text = text.replace(address, "")
        for old, new in self.ids.items():
            text = re.sub(rf"(?<![\w@+-]){re.escape(old)}(?![\w@+-])", new, text)
        return text


def listed(values: Iterable[str]) -> str:
    """Literals of texts, separated by commas."""
    return ", ".join(map(text_literal, values))


def hash_of(salt: str, name: str) -> str:
    """What a list of erased ids holds of one."""
    return hashlib.md5((salt + name).encode(), usedforsecurity=False).hexdigest()


def selected(person: Person, columns: Sequence[Column]) -> str:
    """The columns of a table, by name and type, as a select list without the person."""
    names = [name for name, _ in columns]
    return ", ".join(
        f'{person.value_of(name, names)} as "{name}"' if kind == "VARCHAR" else f'"{name}"'
        for name, kind in columns
    )
