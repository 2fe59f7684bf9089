"""A digest as one message of Slack's Block Kit, cut to what Slack takes.

Names are rich text, which has no markup: a name with asterisks or angle brackets stays as it is.
Limits: 50 blocks a message, 150 characters a header (docs.slack.dev/reference/block-kit/blocks).
All blocks together are refused from about 12,000 characters on, where exactly is not documented
(github.com/slackapi/bolt-js/issues/2867): a message stays well below.
"""

from typing import Any

from engagement.digest import phrasing
from engagement.digest.document import Digest, Section
from engagement.digest.phrasing import Line

BLOCKS = 50
SECTION_CHARACTERS = 3_000
MESSAGE_CHARACTERS = 8_000
OWNER_CHARACTERS = 100
#: Beside the sections: the header, the summary, and how many owners were left out.
OTHER_BLOCKS = 3
Element = dict[str, Any]


def render(digest: Digest) -> dict[str, Any]:
    """The message: its blocks, and the text that a notification shows."""
    told = digest.sections[: BLOCKS - OTHER_BLOCKS]
    room = min(SECTION_CHARACTERS, MESSAGE_CHARACTERS // max(1, len(told)))
    title, summary = phrasing.title(digest), phrasing.summary(digest)
    blocks = [
        {"type": "header", "text": _plain(title)},
        {"type": "context", "elements": [_plain(summary)]},
        *(_section(section, room) for section in told),
    ]
    left_out = len(digest.sections) - len(told)
    if left_out:
        blocks.append({"type": "context", "elements": [_plain(f"… and {left_out:,} more owners")]})
    return {"text": f"{title}. {summary}", "blocks": blocks}


def _section(section: Section, room: int) -> Element:
    """An owner and as many lines as fit; a heading stays with its first line."""
    owner = _on_one_line(phrasing.owner(section))[:OWNER_CHARACTERS]
    elements = [_paragraph(_text(owner, "bold"))]
    parts = [part for part in phrasing.parts(section) if part.lines]
    left = sum(len(part.lines) for part in parts)
    room -= len(owner) + len(f"… and {left:,} more")
    for part in parts:
        room -= len(part.heading)
        shown: list[Element] = []
        for line in part.lines:
            room -= sum(len(text["text"]) for text in _line(line))
            if room < 0:
                break
            shown.append(_paragraph(*_line(line)))
        left -= len(shown)
        if shown:
            elements.append(_paragraph(_text(part.heading, "italic")))
            elements.append({"type": "rich_text_list", "style": "bullet", "elements": shown})
        if room < 0:
            elements.append(_paragraph(_text(f"… and {left:,} more")))
            break
    return {"type": "rich_text", "elements": elements}


def _line(line: Line) -> tuple[Element, Element]:
    says = f" {_on_one_line(line.who)}: {_on_one_line(line.says)}"
    return _text(_on_one_line(line.label), "bold"), _text(says)


def _plain(text: str) -> Element:
    return {"type": "plain_text", "text": text}


def _paragraph(*texts: Element) -> Element:
    return {"type": "rich_text_section", "elements": list(texts)}


def _text(text: str, style: str = "") -> Element:
    return {"type": "text", "text": text} | ({"style": {style: True}} if style else {})


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
