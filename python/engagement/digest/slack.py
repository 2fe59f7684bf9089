"""A digest as one message of Slack's Block Kit, cut to what Slack takes.

Limits: 50 blocks a message, 3000 characters a section's text, 150 a header's
(docs.slack.dev/reference/block-kit/blocks). All blocks together are refused from about 12,000
characters on, where exactly is not documented (github.com/slackapi/bolt-js/issues/2867): a message
stays well below.
"""

import re
from typing import Any

from engagement.digest import phrasing
from engagement.digest.document import Digest, Section

BLOCKS = 50
SECTION_CHARACTERS = 3_000
MESSAGE_CHARACTERS = 8_000
OWNER_CHARACTERS = 100
#: Beside the sections: the header, the summary, and how many owners were left out.
OTHER_BLOCKS = 3


def render(digest: Digest) -> dict[str, Any]:
    """The message: its blocks, and the text that a notification shows."""
    told = digest.sections[: BLOCKS - OTHER_BLOCKS]
    room = min(SECTION_CHARACTERS, MESSAGE_CHARACTERS // max(1, len(told)))
    title, summary = phrasing.title(digest), phrasing.summary(digest)
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": title}},
        {"type": "context", "elements": [_text(summary)]},
        *({"type": "section", "text": _text(_section(section, room))} for section in told),
    ]
    left_out = len(digest.sections) - len(told)
    if left_out:
        blocks.append({"type": "context", "elements": [_text(f"… and {left_out:,} more owners")]})
    return {"text": f"{title}. {summary}", "blocks": blocks}


def escape(text: str) -> str:
    """The text on one line, with Slack's control characters escaped."""
    plain = " ".join(text.split())
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _text(markup: str) -> dict[str, str]:
    return {"type": "mrkdwn", "text": markup}


def _section(section: Section, room: int) -> str:
    """An owner and as many lines as fit; a heading stays with its first line."""
    owner = re.sub(r"&\w*$", "", escape(phrasing.owner(section))[:OWNER_CHARACTERS])
    lines = []
    for part in phrasing.parts(section):
        told = [
            f"• *{escape(line.label)}* {escape(line.who)}: {escape(line.says)}"
            for line in part.lines
        ]
        lines += [f"_{part.heading}_\n{told[0]}", *told[1:]]
    return _cut(f"*{owner}*", lines, room)


def _cut(head: str, lines: list[str], room: int) -> str:
    """The lines that fit the limit, and the number of those that do not."""
    whole = "\n".join([head, *lines])
    if len(whole) <= room:
        return whole
    told = head
    for number, line in enumerate(lines):
        more = f"\n… and {len(lines) - number:,} more"
        if len(told) + 1 + len(line) + len(more) > room:
            return told + more
        told = f"{told}\n{line}"
    return told
