"""Commands as processes of their own that need not import everything first: they are forked from one that has.

A command's first ten seconds are imports. Python's own fork server pays them once; a command is then a process like any
other, with a group of its own, its output in files, and signals as a shell would leave them.
"""

import multiprocessing
import os
import runpy
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

LOADED = ("pytest", "harness.cli", "harness.readings.model", "harness.models.bridge", "harness.sweeps.sweep")


class Forked:
    """A running command, asked as a `subprocess.Popen` is."""

    def __init__(
        self,
        program: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        *,
        folder: Path | None = None,
    ) -> None:
        """Start it.

        Args:
            program: `headlaws`, or what `python -m` would run.
            folder: that it is run in, if not this one.
        """
        self._folder = tempfile.TemporaryDirectory()
        self._out, self._err = Path(self._folder.name, "out"), Path(self._folder.name, "err")
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(list(LOADED))
        files = (str(self._out), str(self._err))
        self._process = context.Process(
            target=_run, args=(program, list(arguments), dict(environment), str(folder or Path.cwd()), files)
        )
        self._process.start()
        self.pid: int = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """The exit status; that of a signal is negative; nothing while it runs."""
        return self._process.exitcode

    @property
    def said(self) -> str:
        """What it has written to stdout so far."""
        return _text(self._out)

    def poll(self) -> int | None:
        """Return the exit status, or nothing while it runs."""
        return self.returncode

    def kill(self) -> None:
        """Kill it."""
        self._process.kill()

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end and give the exit status.

        Raises:
            subprocess.TimeoutExpired: it has not ended by then.
        """
        self._process.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired("headlaws", timeout or 0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end and give what was written to stdout and stderr.

        Raises:
            subprocess.TimeoutExpired: it has not ended by then.
        """
        self.wait(timeout)
        return self.said, _text(self._err)


def run(program: str, arguments: Sequence[str], folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end in a folder."""
    process = Forked(program, arguments, os.environ | environment, folder=folder)
    said, complained = process.communicate()
    return subprocess.CompletedProcess([program, *arguments], process.returncode or 0, said, complained)


def _text(file: Path) -> str:
    return file.read_text("utf-8", errors="replace") if file.exists() else ""


def _run(
    program: str, arguments: Sequence[str], environment: Mapping[str, str], folder: str, files: Sequence[str]
) -> Any:
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
    sys.argv = [program, *arguments]
    if program == "headlaws":
        from harness.cli import main

        main()
    else:
        sys.path.insert(0, folder)
        runpy.run_module(program, run_name="__main__", alter_sys=True)
