"""The line that says how far a run has come: under pytest's own on a terminal, and a line now and then in a pipe."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

EVERY = 30.0
"""Seconds between lines where there is no terminal."""


class Status:
    """One line, drawn anew as often as it changes.

    On a terminal it stands under the line that pytest is writing, and is gone before pytest writes on: what pytest
    writes is what it writes without us.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._reporter: TerminalReporter | None = config.pluginmanager.getplugin("terminalreporter")
        self._capture = config.pluginmanager.getplugin("capturemanager")
        self._drawn = ""
        self._last = time.monotonic()

    def show(self, text: str) -> None:
        """Say this from now on."""
        tr = self._reporter
        if tr is None or text == self._drawn:
            return
        if tr.isatty and tr.hasmarkup:
            self._draw(text[: max(0, tr._tw.fullwidth - 1)])
            self._drawn = text
        elif time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            with self._uncaptured():
                tr.ensure_newline()
                if tr._tw.width_of_current_line:  # quiet, pytest forgets that it is within a line
                    tr.write_line("")
                tr.write_line(text)

    def clear(self) -> None:
        """Say nothing, so that pytest may write."""
        if self._drawn:
            self._draw("")
            self._drawn = ""

    def _draw(self, text: str) -> None:
        """Write into the line below the cursor's, and go back."""
        assert self._reporter is not None
        writer = self._reporter._tw
        column = writer.width_of_current_line
        with self._uncaptured():
            writer._file.write(f"\n\x1b[2K{text}\x1b[A\r" + (f"\x1b[{column}C" if column else ""))
            writer._file.flush()

    @contextmanager
    def _uncaptured(self) -> Iterator[None]:
        with self._capture.global_and_fixture_disabled() if self._capture else nullcontext():
            yield
