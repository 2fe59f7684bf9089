"""A digest as Markdown."""

import re

from engagement.digest import phrasing
from engagement.digest.document import Digest

#: Characters that CommonMark, or a table around the text, could take for markup.
MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def render(digest: Digest) -> str:
    """The digest as Markdown that ends with a line feed."""
    blocks = [f"# {phrasing.title(digest)}", _escape(phrasing.summary(digest))]
    for section in digest.sections:
        blocks.append(f"## {_escape(phrasing.owner(section))}")
        for part in phrasing.parts(section):
            lines = [
                f"- **{_escape(line.label)}** {_escape(line.who)}: {_escape(line.says)}"
                for line in part.lines
            ]
            blocks += [f"### {part.heading}", "\n".join(lines)]
    return "\n\n".join(blocks) + "\n"


def _escape(text: str) -> str:
    """The text as Markdown shows it, on one line."""
    return MARKUP.sub(r"\\\1", " ".join(text.split()))
