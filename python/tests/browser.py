"""Chromium on a file from disk, without a network, and what it has to complain of."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Page

#: Tells of what the browser refused, as it reports it itself.
REPORTS = """
window.refused = [];
document.addEventListener("securitypolicyviolation", (event) =>
  window.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Visit:
    """A page that is open: what it logged, asked for, and tried to say in a dialog."""

    page: Page
    logged: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def dismiss(self, dialog: Dialog) -> None:
        """Keeps what a dialog says, and closes it."""
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def refused(self) -> list[str]:
        """What the browser refused by the page's own policy."""
        found: list[str] = self.page.evaluate("window.refused")
        return found

    def complaints(self) -> list[str]:
        """All that must not be."""
        return [*self.logged, *self.asked, *self.dialogs, *self.refused()]

    def go(self, place: str) -> "Visit":
        """Goes to another address of the page, as a link does."""
        self.page.evaluate("place => { location.hash = place; }", place)
        self.page.wait_for_timeout(50)
        return self

    def texts(self, selector: str) -> list[str]:
        """The texts of what is visible."""
        return [one.inner_text() for one in self.page.locator(selector).all() if one.is_visible()]


@contextmanager
def visiting(browser: Browser, file: Path, place: str = "", **options: Any) -> Iterator[Visit]:
    """A file opened from disk, with the network off, once its script is done."""
    context = browser.new_context(
        offline=True, **{"viewport": {"width": 1280, "height": 900}, **options}
    )
    page = context.new_page()
    visit = Visit(page)
    page.add_init_script(REPORTS)
    page.on("console", lambda message: visit.logged.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: visit.logged.append(str(error)))
    page.on("request", lambda request: visit.asked.append(request.url))
    page.on("dialog", visit.dismiss)
    address = f"{file.resolve().as_uri()}{place and '#'}{place}"
    page.goto(address)
    if options.get("java_script_enabled", True):
        page.wait_for_selector("html[data-ready]", state="attached")
    visit.asked = [
        url for url in visit.asked if not url.startswith((address.split("#")[0], "data:"))
    ]
    try:
        yield visit
    finally:
        context.close()


def drawn(visit: Visit) -> None:
    """Waits until all charts of the current page are drawn."""
    visit.page.wait_for_function(
        "() => [...document.querySelectorAll('.current [data-chart]')]"
        ".every((place) => place.querySelector('svg'))"
    )
