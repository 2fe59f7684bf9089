"""Writes the page: one HTML file with its style, its script, and its data.

The browser runs the two scripts of the page by their hashes and nothing else, and asks for nothing
(Content-Security-Policy). Data is no script: JSON, packed, read by the first of the two. The other
draws charts (Vega, Vega-Lite and Vega-Embed, as vl-convert carries them), and is unpacked when the
first chart comes into view.
"""

import base64
import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import vl_convert
from jinja2 import Environment

from engagement.dashboard import columns, formats
from engagement.dashboard.charts import Chart
from engagement.markup import environment

#: The file may have so many bytes: a mail server takes it.
LARGEST = 3_000_000
GENERATOR = "engagement dashboard"
#: By which a file is known as a dashboard.
MARK = f'<meta name="generator" content="{GENERATOR}">'
#: The pages, in the order of the navigation, by id and label.
PAGES = (
    ("today", "Today"),
    ("overview", "Overview"),
    ("accounts", "Accounts"),
    ("users", "Users"),
    ("features", "Features"),
    ("onboarding", "Onboarding"),
    ("cohorts", "Cohorts"),
    ("evidence", "Does it work?"),
    ("data", "Data"),
    ("what-if", "What if"),
)


@dataclass(frozen=True)
class Content:
    """What is written: the values of the templates, the charts, and the data of the script."""

    values: dict[str, Any]
    charts: Sequence[Chart]
    data: dict[str, Any]


def render(content: Content) -> str:
    """The whole page."""
    script = _source("dashboard.js")
    library = _library()
    specs = {chart.name: chart.spec for chart in content.charts if chart.spec}
    return (
        _environment()
        .get_template("page.html")
        .render(
            **content.values,
            pages=PAGES,
            generator=GENERATOR,
            policy=_policy(script, library),
            style=_source("dashboard.css"),
            script=script,
            library=_packed(library),
            data=_packed(json.dumps(content.data, default=_plain, separators=(",", ":"))),
            specs=_packed(json.dumps(specs, default=_plain, separators=(",", ":"), sort_keys=True)),
        )
    )


def _policy(*scripts: str) -> str:
    """Nothing from anywhere; of scripts those with these hashes."""
    hashes = " ".join(f"'sha256-{_hash(script)}'" for script in scripts)
    return f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:"


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _packed(text: str) -> str:
    """Text as gzip in base64: the same text always gives the same."""
    return base64.b64encode(gzip.compress(text.encode(), 9, mtime=0)).decode()


def unpacked(page: str) -> dict[str, str]:
    """What a page holds packed: `data` and `specs`, each JSON. Empty if it is no dashboard.

    Raises `ValueError` if the page was cut short or changed.
    """
    if MARK not in page:
        return {}
    packed = dict(re.findall(r'id="packed-(data|specs)">([^<]*)<', page))
    if packed.keys() != {"data", "specs"}:
        raise ValueError("The page has lost its data.")
    try:
        return {
            name: gzip.decompress(base64.b64decode(part)).decode() for name, part in packed.items()
        }
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError("The page's data cannot be unpacked.") from error


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} is not JSON")


@cache
def _library() -> str:
    return str(vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;"))


def _source(name: str) -> str:
    """A file beside the templates, as it is."""
    return (files("engagement.dashboard") / "templates" / name).read_text()


@cache
def _environment() -> Environment:
    found = environment("engagement.dashboard")
    for name in ("number", "percent", "signed", "day", "delta", "band", "words", "line", "time"):
        found.filters[name] = getattr(formats, name)
    found.globals["account_link"] = formats.account_link
    found.globals["body"] = columns.body
    found.globals["first_rows"] = columns.FIRST_ROWS
    return found
