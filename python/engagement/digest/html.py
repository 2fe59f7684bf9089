"""A digest as one HTML file, for mail clients and phones: no scripts, no images, inline styles.

It looks as the dashboard does, whose style sheet mail clients would not read.
"""

from engagement.digest import phrasing
from engagement.digest.document import Digest
from engagement.markup import account_address, environment

#: Of the label of a line.
COLOURS = {"critical": "#b3261e", "high": "#b35309", "medium": "#2a56c6"}
OTHERS = "#59636f"


def render(digest: Digest, dashboard: str | None = None) -> str:
    """The digest as HTML, with all data escaped.

    dashboard: where the dashboard is, an address or a path from this file on, for links; None: no
    links.
    """
    return (
        environment("engagement.digest")
        .get_template("digest.html")
        .render(
            digest=digest,
            phrasing=phrasing,
            dashboard=dashboard,
            link=lambda account_id: f"{dashboard}{account_address(account_id)}",
            colour=lambda label: COLOURS.get(label, OTHERS),
        )
    )
