"""Cells are tried ahead of their items: by as many processes as are asked for, whatever a claim does to one of them."""

import io
import os
import re
import signal
import sqlite3
import subprocess
import textwrap
import time
from types import SimpleNamespace

import pytest
from _pytest._io import TerminalWriter

from harness.plugin import status
from harness.plugin.status import Status
from harness.sweeps.workers_local import can_fork
from tests.support.forked import Forked

pytestmark = pytest.mark.slow

EXHIBITED = True
BOOK = """
    from hypothesis import given
    from harness import agree, conjecture, is_prefix, words

    @conjecture(components="q v z qk", source="a test")
    @given(S=words(max_length=4))
    def longer_ones_begin_alike(head, S):
        '''True of every head.'''
        assert is_prefix(head(S), head(S * 2))

    @conjecture(components="v z", source="a test")
    @given(S=words(max_length=5))
    def every_token_reads_as_the_first(head, S):
        '''True of few.'''
        assert agree(head(S), head((S[0],) * len(S)))
"""
DEADLY = """
    import os
    from hypothesis import given
    from harness import conjecture, words

    @conjecture(components="v", source="a test")
    @given(S=words(max_length=3))
    def this_one_takes_its_process_with_it(head, S):
        '''As it says.'''
        os._exit(3)
"""
SMALL = ("--model", "specimen", "--head", "0.1", "--search", "5", "--census", "100", "-p", "no:cacheprovider")
forking = pytest.mark.skipif(not can_fork(), reason="where processes are not forked, the cells are tried by this one")


@pytest.fixture
def book(pytester):
    folder = pytester.mkdir("properties")
    (folder / "mine.py").write_text(textwrap.dedent(BOOK), encoding="utf-8")
    return folder


def run(pytester, *more):
    return pytester.runpytest_inprocess("properties", *SMALL, "-p", "no:playwright", *more)


def rows(store):
    with sqlite3.connect(store) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute("SELECT * FROM cells ORDER BY rowid")]
        shown = connection.execute("SELECT head, kind, name, data FROM exhibits ORDER BY rowid").fetchall()
    clock = ("run_id", "started", "seconds")
    return [{name: value for name, value in row.items() if name not in clock} for row in found], shown


def test_one_process_two_and_four_file_the_same_rows_and_graphs(pytester, book):
    for number in ("1", "2", "4"):
        result = run(pytester, "--workers", number, "--store", f"{number}.db")
        assert result.ret == 0
        who = "this process" if number == "1" else f"{number} processes"
        result.stdout.fnmatch_lines([f"headlaws: 6 cells, tried by {who}*"])
    one = rows(pytester.path / "1.db")
    assert rows(pytester.path / "2.db") == rows(pytester.path / "4.db") == one
    cells, shown = one
    assert {cell["verdict"] for cell in cells} == {"satisfied", "refuted"}
    assert all(cell["null_random"] is not None for cell in cells)
    assert shown


@forking
def test_a_claim_that_kills_its_process_is_an_error_and_the_others_go_on(pytester, book):
    (book / "deadly.py").write_text(textwrap.dedent(DEADLY), encoding="utf-8")
    result = run(pytester, "--no-nulls", "--workers", "2")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["error: deadly.py::this_one_takes_its_process_with_it*the process that tried it died*"]
    )
    assert "1 failed" in result.stdout.lines[-1]
    assert "satisfied" in result.stdout.lines[-1]


def test_null_models_are_made_when_the_verdicts_are_there(pytester, book, monkeypatch):
    from harness.readings.model import Model

    said = []
    monkeypatch.setattr(Model, "nulls", property(lambda self: said.append("nulls") or SimpleNamespace(missing="none")))
    monkeypatch.setattr("harness.plugin.ahead.Ahead._finished", lambda self, waiting: said.append("finished") or [])
    real = status.Status.clear
    monkeypatch.setattr(status.Status, "clear", lambda self: said.append("cell") or real(self))
    assert run(pytester, "--workers", "1").ret == 0
    assert "nulls" not in said[: said.index("finished")]


@pytest.mark.slow
@forking
def test_ctrl_c_ends_the_processes_and_files_what_is_there(pytester, book):
    slow = BOOK.replace("assert is_prefix", "__import__('time').sleep(0.02); assert is_prefix")
    (book / "mine.py").write_text(textwrap.dedent(slow), encoding="utf-8")
    process = Forked("pytest", ["properties", *SMALL, "--workers", "2", "-v"], os.environ)
    while "SATISFIED" not in process.said:
        assert process.poll() is None
        time.sleep(0.05)
    below = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout
    os.kill(process.pid, signal.SIGINT)
    said = process.communicate(timeout=120)[0]
    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "left out, since the run was interrupted" in said
    assert len(below.split()) == 2
    time.sleep(1)
    assert not any(os.path.exists(f"/proc/{pid}") for pid in below.split())  # noqa: PTH110
    cells, _ = rows(pytester.path / ".headlaws/store.db")
    assert cells
    assert all(cell["null_random"] is None for cell in cells)


# The line that says how far it is


class Screen:
    """What a terminal shows of what is written to it: newlines, carriage returns and four sequences of escape."""

    def __init__(self):
        self.lines, self.row, self.column = [""], 0, 0

    def write(self, text):
        for part in re.findall(r"\x1b\[\d*\w|[^\x1b]", text):
            if part == "\n":
                self.row, self.column = self.row + 1, 0
                self.lines += [""] * (self.row + 1 - len(self.lines))
            elif part == "\r":
                self.column = 0
            elif part == "\x1b[A":
                self.row -= 1
            elif part == "\x1b[2K":
                self.lines[self.row] = ""
            elif part.endswith("C"):
                self.column = int(part[2:-1])
            else:
                line = self.lines[self.row].ljust(self.column)
                self.lines[self.row] = line[: self.column] + part + line[self.column + 1 :]
                self.column += 1

    def flush(self):
        pass

    def isatty(self):
        return True


def reporting(file, *, terminal):
    writer = TerminalWriter(file)
    writer.fullwidth = 40
    reporter = SimpleNamespace(_tw=writer, isatty=terminal, hasmarkup=terminal, ensure_newline=lambda: None)
    reporter.write_line = lambda line: writer.line(line)
    plugins = {"terminalreporter": reporter, "capturemanager": None}
    return reporter, Status(SimpleNamespace(pluginmanager=SimpleNamespace(getplugin=plugins.get)))


def test_on_a_terminal_it_stands_under_pytests_line_and_leaves_that_as_it_was():
    screen = Screen()
    reporter, line = reporting(screen, terminal=True)
    reporter._tw.write("mine.py RR")
    line.show("headlaws: 2 of 6 cells")
    assert screen.lines == ["mine.py RR", "headlaws: 2 of 6 cells"]
    line.show("headlaws: 3 of 6 cells, 1.0 a second, 20 s left and more")
    assert screen.lines == ["mine.py RR", "headlaws: 3 of 6 cells, 1.0 a second, 2"], "it never wraps"
    line.clear()
    reporter._tw.write("S\n")
    reporter._tw.write("next")
    assert screen.lines == ["mine.py RRS", "next"]


def test_elsewhere_it_is_a_line_of_its_own_now_and_then(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr(status, "time", SimpleNamespace(monotonic=lambda: clock.now))
    file = io.StringIO()
    reporter, line = reporting(file, terminal=False)
    reporter._tw.write("RR")
    for clock.now in range(0, 70, 10):
        line.show(f"{clock.now} s")
        line.clear()
    assert file.getvalue() == "RR\n30 s\n60 s\n"
