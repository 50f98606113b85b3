"""A real browser that looks at the pages: Debian's Chromium, headless, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, Request, sync_playwright

from support.peers import PeerError

__all__ = ["SHOTS", "Looking", "chromium", "looking"]

SHOTS = Path(__file__).parents[2] / "test-output"
_TIMEOUT = 20_000
_EXPECTED = ("status of 401", "status of 404", "status of 409", "status of 422")
"""What a browser remarks about an answer that is a refusal, and meant to be one."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start the browser for a session."""
    found = shutil.which("chromium")
    if found is None:
        raise PeerError("there is no chromium (Debian package chromium)")
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox", "--disable-gpu"])
        except Error as error:
            raise PeerError(f"chromium does not start: {error.message[:500]}") from None
        yield browser
        browser.close()


class Looking:
    """One person at one browser window. Whatever goes wrong in it is remembered: see :meth:`nothing_was_wrong`."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self._url = url
        self._wrong: list[str] = []
        context.on("console", self._console)
        context.on("weberror", lambda error: self._wrong.append(str(error.error)))
        context.on("dialog", lambda dialog: self._wrong.append(f"a dialog: {dialog.message}"))
        context.on("request", self._request)

    def log_in(self, token: str) -> None:
        self.page.goto(f"{self._url}/login")
        self.page.get_by_label("Token").fill(token)
        self.page.get_by_role("button", name="Log in").click()
        self.page.wait_for_url(f"{self._url}/")

    def go(self, path: str) -> None:
        self.page.goto(self._url + path)

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self._url)

    def says(self, text: str) -> None:
        """Wait until a text can be seen."""
        self.page.get_by_text(text).first.wait_for(state="visible", timeout=_TIMEOUT)

    def tab_to(self, name: str, most: int = 60) -> None:
        """Press the Tab key until the focus is on what is called ``name``."""
        for _ in range(most):
            self.page.keyboard.press("Tab")
            if name in self.focused():
                return
        raise AssertionError(f"{name!r} is not reached by keyboard: {self.focused()!r} is the last")

    def focused(self) -> str:
        """What the focus is on, as a person reads it: its label, or its text."""
        return str(
            self.page.evaluate(
                "(e => (e.labels && e.labels.length ? e.labels[0].innerText : e.getAttribute('aria-label') || e.innerText || '').trim())"
                "(document.activeElement)"
            )
        )

    def shot(self, name: str) -> None:
        SHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SHOTS / f"{name}.png", full_page=True)

    def nothing_was_wrong(self) -> None:
        assert self._wrong == []

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(one in message.text for one in _EXPECTED):
            self._wrong.append(message.text)

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self._url).netloc:
            self._wrong.append(f"asked {request.url}")


@contextmanager
def looking(browser: Browser, url: str, token: str | None = "token-of-the-operator", **how: Any) -> Iterator[Looking]:
    """Open a window of somebody's own; ``how``: as Playwright's ``new_context``."""
    context = browser.new_context(**how)
    context.set_default_timeout(_TIMEOUT)
    try:
        person = Looking(context, url)
        if token is not None:
            person.log_in(token)
        yield person
    finally:
        context.close()
