"""Commands as processes of their own that need not import everything first: they are forked from one that has.

A command's first ten seconds are imports. Python's own fork server pays them once; a command is then a process like any
other, with a group of its own, its output in files, and signals as a shell would leave them.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LOADED = ("harness.cli", "harness.readings.model", "harness.models.bridge", "harness.sweeps.sweep")


class Forked:
    """A running `headlaws` command, asked as a `subprocess.Popen` is."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._files = [Path(self._folder.name, name) for name in ("out", "err")]
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(LOADED))
        self._process = context.Process(
            target=_run, args=(list(arguments), dict(environment), str(Path.cwd()), list(map(str, self._files)))
        )
        self._process.start()
        self.pid = self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit status; that of a signal is negative; nothing while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit status, or nothing while it runs."""
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end and give what was written to stdout and stderr.

        Raises:
            subprocess.TimeoutExpired: it has not ended by then.
        """
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("headlaws", timeout or 0)
        out, err = (file.read_text("utf-8", errors="replace") for file in self._files)
        return out, err


def _run(arguments: Sequence[str], environment: Mapping[str, str], folder: str, files: Sequence[str]) -> Any:
    """Be the command."""
    os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, file in enumerate(files, 1):
        opened = os.open(file, os.O_WRONLY | os.O_CREAT, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    sys.argv = ["headlaws", *arguments]
    from harness.cli import main

    main()
