"""A book of a few claims, or of some of the book's own chapters."""

import shutil
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from sweeping import FEW

from harness.laws.book import shipped


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
