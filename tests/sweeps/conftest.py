"""A book of a few claims, or of some of the book's own chapters; and sweeps that cost what their test is about.

A sweep in a test's own process reads the specimens by rule and files neither plots, growth, graphs nor facts of heads.
A module that is about those says `EXHIBITED = True`; a test that compares with another process, which reads by the
network, takes the fixture `network`.
"""

import shutil
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.laws.book import shipped
from harness.readings import loading
from harness.runs import filing
from tests.support import by_rule
from tests.support.sweeping import FEW

NETWORK = loading.load_model


@pytest.fixture(scope="module", autouse=True)
def cheap(request: pytest.FixtureRequest) -> Iterator[None]:
    """See above."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(loading, "load_model", by_rule.loading)
        if not getattr(request.module, "EXHIBITED", False):
            patched.setattr(filing, "exhibited", lambda *_: [])
        yield


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    """The specimens' readings come from their networks."""
    monkeypatch.setattr(loading, "load_model", NETWORK)


@pytest.fixture
def book(tmp_path: Path) -> Callable[..., Path]:
    """A folder of chapters, from their text or the book's own."""

    def write(**chapters: str) -> Path:
        folder = tmp_path / "book"
        folder.mkdir(exist_ok=True)
        for name, text in chapters.items():
            if text:
                (folder / f"{name}.py").write_text(textwrap.dedent(text), encoding="utf-8")
            else:
                shutil.copy(shipped() / f"{name}.py", folder)
        return folder

    return write


@pytest.fixture
def few(book: Callable[..., Path]) -> Path:
    """Three claims and a control."""
    return book(few=FEW)
