"""Small sweeps: a book of a few claims, the specimen, and the rows that they end as."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.records.cell import Cell
from harness.runs.correction import correct
from harness.runs.request import Request
from harness.sweeps.plan import SweepOrder
from harness.trials.profile import Profile
from tests.support.forked import Forked

CLOCK = ("run_id", "started", "seconds")
"""Columns in which two runs of the same cells may differ."""

SMALL = Profile(search=8, census=24, first=8, epsilon=0.4, delta=0.4, confidence=0.9, nulls=0, hits=5)
"""Sizes by which a cell without a violation goes through all stages and is decided."""

HALF = "*.1 *.3 *.5 *.7"
"""Half of the heads, of both layers."""

FEW = """
    from hypothesis import given
    from harness import agree, conjecture, is_prefix, words

    @conjecture(components="q k v z qk", source="a test", control="holds")
    @given(S=words(max_length=6))
    def reading_twice_gives_the_same_result(head, S):
        '''A control.'''
        assert agree(head(S), head.afresh(S))

    @conjecture(components="v z qk", source="a test")
    @given(S=words(max_length=6))
    def longer_ones_begin_alike(head, S):
        '''True of every head.'''
        assert is_prefix(head(S), head(S * 2))

    @conjecture(components="v z", source="a test")
    @given(S=words(max_length=6))
    def every_token_reads_as_the_first(head, S):
        '''True of few.'''
        assert agree(head(S), head((S[0],) * len(S)))

    @conjecture(components="q k", source="a test")
    @given(S=words(min_length=3, max_length=5))
    def the_last_is_read_as_if_alone(head, S):
        '''True of those that do not look around.'''
        assert agree(head(S)[-1:], head(S[-1:]))
"""


class Clock:
    """Goes on by a minute whenever a task is finished."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def told(self, progress):
        self.now += 60.0


def ordered(
    book: Path, *, heads: str = "all", shrink: int = -1, profile: Profile = SMALL, **request: Any
) -> SweepOrder:
    """An order on the specimen, in sizes that take seconds; `heads` as on the command line, with spaces between."""
    given = {"model": "specimen", "heads": tuple(heads.split()), "profile": profile, "census_given": True} | request
    return SweepOrder(Request(**given), book, shrink=shrink)


def plain(cell: Cell) -> dict[str, Any]:
    """A cell, but for the clock."""
    return {name: value for name, value in asdict(cell).items() if name not in CLOCK}


def one_by_one(order: SweepOrder) -> list[dict[str, Any]]:
    """Each cell but controls as pytest tries it, by itself, one claim after another; counterexamples small or not."""
    session = order.session()
    for claim in order.claims.values():
        for address, component in [] if claim.control else session.request.in_play(claim):
            head = session.head(address, component)
            session.file(claim.entry, session.try_out(claim, head, shrinking=order.shrink < 0))
    correct(session)
    return [plain(cell) for cell in session.cells]


def rows(store: Path) -> list[dict[str, Any]]:
    """The store's cells, sorted, but for the clock; there is one run."""
    with closing(sqlite3.connect(store)) as connection:
        connection.row_factory = sqlite3.Row
        found = [dict(row) for row in connection.execute("SELECT * FROM cells")]
        assert connection.execute("SELECT count(*) FROM runs").fetchone()[0] == 1
    kept = [{name: value for name, value in row.items() if name not in CLOCK} for row in found]
    return sorted(kept, key=lambda row: (row["chapter"], row["conjecture"], row["head"], row["component"]))


CODE = "from harness.cli import main; main()"
SIZES = ("--search", "8", "--census", "24", "--epsilon", "0.4", "--confidence", "0.9", "--no-nulls")
FIRST = ("--first", "8")


def command(book: Path, store: Path, *more: str, model: str = "specimen", small: bool = True) -> list[str]:
    """The command of a small sweep, as a process of its own; every counterexample is made small, or none."""
    given = [
        "--model",
        model,
        "--book",
        str(book),
        "--store",
        str(store),
        "--report",
        str(store.parent / "report"),
    ]
    return [
        sys.executable,
        "-c",
        CODE,
        "sweep",
        *given,
        *SIZES,
        *FIRST,
        *(["--shrink"] if small else ["--shrink-first", "0"]),
        *more,
    ]


def heeding_ctrl_c() -> None:
    """Whatever started the tests, a process of theirs may be interrupted: in the background a shell would forbid it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def started(arguments: list[str], **how: Any) -> Any:
    """The process of a command, in a group of its own; forked from one that has imported all, if nothing is asked."""
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    if not how:
        return Forked("headlaws" if arguments[2] == CODE else arguments[2], arguments[3:], environment)
    return subprocess.Popen(
        arguments,
        **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "env": environment}
        | {"preexec_fn": heeding_ctrl_c}
        | how,
        start_new_session=True,
    )


def by_pytest(book: Path, store: Path, *more: str, model: str = "specimen") -> list[str]:
    """The command that tries the cells of a small sweep, each as a test."""
    given = ["--model", model, "--store", str(store), "--report", str(store.parent / "report")]
    return [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(book), *given, *SIZES, *FIRST, *more]


def finished(arguments: list[str], *, code: int = 0, seconds: float = 600) -> tuple[str, str]:
    """What a command says on stdout and stderr, when it has come to its end."""
    process = started(arguments)
    said, complained = process.communicate(timeout=seconds)
    assert process.returncode == code, said + complained
    return said, complained
