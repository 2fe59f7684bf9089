"""The pictures of docs/dashboard.md, from the dashboard of `make demo`, by Chromium."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

CHECKOUT = Path(__file__).resolve().parent.parent
IMAGES = CHECKOUT / "docs" / "images"
DASHBOARD = CHECKOUT / ".demo" / "dashboard.html"
SIZE = {"width": 1200, "height": 800}
#: The pages, as addresses; of the account that has moved most.
PAGES = {
    "today": "today",
    "overview": "overview",
    "account": "accounts?sort=change",
    "what-if": "what-if",
}


def main() -> None:
    """Writes a picture of each page in both themes."""
    if not DASHBOARD.is_file():
        sys.exit(f"{DASHBOARD} is missing: run make demo first.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for theme in ("light", "dark"):
            context = browser.new_context(offline=True, color_scheme=theme, viewport=SIZE)
            for name, address in PAGES.items():
                page = context.new_page()
                page.goto(f"{DASHBOARD.as_uri()}#{address}")
                page.wait_for_selector("html[data-ready]", state="attached")
                if name == "account":
                    page.locator("table[data-table=accounts] tbody a").first.click()
                if name == "what-if":
                    page.locator("[name=curvature]").fill("3")
                page.wait_for_function(
                    "() => [...document.querySelectorAll('.current [data-chart]')]"
                    ".every((place) => place.querySelector('svg'))"
                )
                page.screenshot(path=IMAGES / f"{name}-{theme}.png")
                page.close()
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
