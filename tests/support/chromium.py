"""Chromium as Debian packages it, driven by playwright: found here, opened with the network off."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
ASSETS = Path(__file__).parents[2] / "reports" / "assets"
AXE = ASSETS / "node_modules" / "axe-core" / "axe.min.js"


def needed(what: str, present: bool) -> None:
    """Skip with a reason where something is not installed; on CI that is an error."""
    if not present:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"{what} is not here; see .github/CONTRIBUTING.md")


def executable() -> str | None:
    """The browser: that of `HEADLAWS_CHROMIUM`, or the first on the path."""
    return os.environ.get("HEADLAWS_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@contextmanager
def browser() -> Iterator[Any]:
    """A headless Chromium; as root it runs without its sandbox, which the kernel then refuses."""
    from playwright.sync_api import sync_playwright

    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as play:
        opened = play.chromium.launch(executable_path=executable(), args=flags)
        try:
            yield opened
        finally:
            opened.close()
