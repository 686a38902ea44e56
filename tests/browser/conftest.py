"""
A real browser before a real server.

Playwright's synchronous interface keeps an event loop running in its thread,
and Django refuses to touch a database from such a thread. So the browser lives
in a thread of its own: a test hands it a journey (a function of a page) and
waits, while its own thread stays free for the rooms' actions.
"""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from apps.common import clock
from apps.disclosure import copies
from apps.web import pages
from tests import company as companies
from tests import people

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error("policy violated: " + event.violatedDirective + " " + event.blockedURI))"""
# A machine that runs the whole suite at once answers slowly; patience costs nothing otherwise.
PATIENCE = 20_000
expect.set_options(timeout=PATIENCE)


@dataclass
class Witness:
    """What went on while a page was open."""

    base: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Listen to the page from now on."""
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._see)

    def _hear(self, message: Any) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)

    def _see(self, request: Any) -> None:
        if not request.url.startswith((self.base, "data:")):
            self.foreign.append(request.url)


@dataclass
class Visitor:
    """Sends journeys to the browser's thread and tells what went on."""

    thread: ThreadPoolExecutor
    browser: Browser
    base: str

    def goes(self, journey: Callable[[Page], Any], **looks: Any) -> Any:
        """Make the journey in a fresh context; it must end without a complaint."""
        witness = Witness(self.base)
        try:
            return self.thread.submit(self._journey, journey, witness, looks).result(timeout=120)
        finally:
            expected = looks.get("expected", "nothing is")
            assert [each for each in witness.complaints if expected not in each] == []
            assert witness.foreign == []

    def _journey(self, journey: Callable[[Page], Any], witness: Witness, looks: Any) -> Any:
        context = self.browser.new_context(
            base_url=self.base,
            color_scheme=looks.get("scheme", "light"),
            viewport={"width": looks.get("width", 1280), "height": 900},
        )
        context.set_default_timeout(PATIENCE)
        context.add_init_script(TELL_VIOLATIONS)
        try:
            page = context.new_page()
            witness.watch(page)
            return journey(page)
        finally:
            context.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[tuple[ThreadPoolExecutor, Browser]]:
    """Start Chromium once, in its thread; where there is none, say so and skip."""
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed: nothing was seen in a browser.")
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="browser") as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result(timeout=60)
        browser = thread.submit(
            lambda: playwright.chromium.launch(
                executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
        ).result(timeout=60)
        yield thread, browser
        thread.submit(browser.close).result(timeout=60)
        thread.submit(playwright.stop).result(timeout=60)


@pytest.fixture
def visitor(chromium: tuple[ThreadPoolExecutor, Browser], live_server: Any) -> Visitor:
    """Return someone who can visit the live server."""
    return Visitor(*chromium, live_server.url)


@pytest.fixture
def company(transactional_db: Any) -> companies.Company:
    """Six people, a robot, published boards, committed for the server to see."""
    copies.forget()
    pages.forget()
    return companies.found(clock.now())


def sign_in(page: Page, user: Any) -> None:
    """Sign in through the form, as people do."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda url: "/accounts/login" not in url)
