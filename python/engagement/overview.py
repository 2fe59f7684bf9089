"""An overview of the scores: the main tables, and where to look next."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from engagement.incidents import open_incidents
from engagement.project import Settings
from engagement.tables import Row, analysis, read

#: Days before the latest score date whose product scores are shown.
PRODUCT_DAYS = (0, 28, 56)


@dataclass(frozen=True)
class View:
    """One question, and the analysis that answers it."""

    title: str
    analysis: str


VIEWS = (
    View(
        "How engaged is the product, today and 4 and 8 weeks ago? (product_scores)",
        "overview_product",
    ),
    View("Who needs somebody first? (account_priorities)", "overview_priorities"),
    View("Which accounts lead? (account_profiles)", "overview_leading_accounts"),
    View("Which accounts are cooling, by revenue? (account_profiles)", "overview_cooling_accounts"),
    View("Where does onboarding stop? (activation_steps)", "overview_onboarding"),
    View("How do scores spread? (score_calibrations, latest date)", "overview_distribution"),
)

NEXT = """\
Where to look next
  engagement digest             what has changed, and whom to call first
  engagement explain            why a score moved: explain account NAME
  engagement show lost          the accounts that have left, and what was visible before
  signals                       who needs somebody, why, since when, and what to say
  user_scores, account_scores   every score of every date, with rank, band and trend
  feature_adoption              which features are used, and by how many of those who could
  activity, lifecycle           daily, weekly and monthly actives; new, retained, dormant
  rejected_events               the rows that were rejected, and why
The descriptions of tables and columns say how each number is computed (docs/definitions.md)."""


def print_overview(console: Console, settings: Settings) -> None:
    """Prints each view as a table.

    Raises:
        UsageError: Nothing has been built yet.
    """
    found = read(settings, *(analysis(settings, view.analysis) for view in VIEWS))
    for view, rows in zip(VIEWS, found, strict=True):
        shown = _compared_dates(rows) if view.analysis == "overview_product" else rows
        table = Table(
            *(shown[0] if shown else ()),
            title=view.title,
            title_justify="left",
            box=None,
            pad_edge=False,
        )
        for row in shown:
            table.add_row(*map(_text, row.values()))
        console.print(table, end="\n\n")
    for sentence in open_incidents(settings):
        console.print(f"[bold]Tracking:[/] {escape(sentence)}\n", soft_wrap=True)
    console.print(NEXT, soft_wrap=True)


def _compared_dates(rows: list[Row]) -> list[Row]:
    """The rows of the latest score date and of those some weeks before it."""
    if not rows:
        return []
    latest = rows[0]["score_date"]
    dates = {latest - timedelta(days=days) for days in PRODUCT_DAYS}
    return [row for row in rows if row["score_date"] in dates]


def _text(value: object) -> str:
    if value is None:
        return ""
    return f"{value:,.2f}" if isinstance(value, float | Decimal) else str(value)
