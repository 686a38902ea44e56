# ruff: noqa: T201 - a program of its own, it speaks on standard output
"""
Pictures of the running demo: `python -m tests.browser.screenshots var/demo.json docs/images`.

Signs in as the demo's employee, for the log as its auditor, and writes each page
in light and dark. For the page that says it is shut, an administrator closes the
boards, and two open them again, so the demo is left as it was.
"""

import json
import shutil
import sys
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

PAGES = {
    "employee": {
        "record": "/",
        "board": "/boards/tokens-30d/",
        "tiers": "/boards/tiers-30d/",
        "privacy": "/privacy/",
        "who-looked": "/privacy/disclosures/",
    },
    "auditor": {"log": "/audit/"},
}
SIZE = {"width": 1280, "height": 900}
TALL = {"width": 1280, "height": 1200}
SWITCH = "/admin/shutter/scope/"


def main(arguments: list[str]) -> int:
    """Write all pictures; returns 1 where there is no Chromium."""
    demo = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    folder = Path(arguments[1])
    folder.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        print("Chromium is not installed: no picture was taken.")
        return 1
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        studio = Studio(browser, demo, folder)
        studio.take_pages()
        studio.take_shut()
        browser.close()
    return 0


class Studio:
    """A browser before the demo, and the folder for its pictures."""

    def __init__(self, browser: Browser, demo: dict[str, Any], folder: Path) -> None:
        self.browser = browser
        self.demo = demo
        self.folder = folder

    def take_pages(self) -> None:
        """Take each page as its reader sees it."""
        for kind, scheme in product(PAGES, ("light", "dark")):
            page = self.signed_in(kind, scheme)
            for name, path in PAGES[kind].items():
                page.set_viewport_size(TALL if name == "record" else SIZE)
                page.goto(path)
                page.wait_for_load_state("networkidle")
                self.take(page, f"{name}-{scheme}")
            page.context.close()

    def take_shut(self) -> None:
        """Close the boards, take the page that says so, and open them again."""
        self.press("admin", "close", scope="boards")
        try:
            for scheme in ("light", "dark"):
                page = self.signed_in("employee", scheme)
                page.goto("/boards/")
                self.take(page, f"shut-{scheme}")
                page.context.close()
        finally:
            self.press("admin", "ask", scope="boards")
            self.press("admin2", "approve")

    def press(self, kind: str, button: str, scope: str = "") -> None:
        """Press a button of the switch as one of the demo's administrators."""
        page = self.signed_in(kind, "light")
        page.goto(SWITCH)
        form = page.locator(f'form[action$="/{button}/"]')
        if scope:
            form = form.filter(has=page.locator(f'input[name="scope"][value="{scope}"]'))
        form.first.get_by_role("button").click()
        page.wait_for_load_state()
        page.context.close()

    def signed_in(self, kind: str, scheme: Any) -> Page:
        """Return a page in a fresh context, signed in as the demo's person of that kind."""
        context = self.browser.new_context(
            base_url=self.demo["base_url"], color_scheme=scheme, viewport=SIZE
        )
        page = context.new_page()
        person = self.demo["people"][kind]
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(person["email"])
        page.get_by_label("Password").fill(person["password"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(lambda url: "/accounts/login" not in url)
        return page

    def take(self, page: Page, name: str) -> None:
        """Write one picture."""
        path = self.folder / f"{name}.png"
        page.screenshot(path=path)
        print(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
