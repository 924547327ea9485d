"""Killed at any moment, and begun again with the same command, a sweep ends with the rows of an undisturbed one."""

import os
import random
import resource
import shutil
import signal
import sqlite3
import subprocess
import textwrap
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from harness.errors import StoreError
from harness.laws.book import shipped
from harness.records.journal import Journal, journal
from harness.sweeps.sweep import sweep
from tests.support.sweeping import FEW, command, finished, ordered, plain, rows, started

pytestmark = pytest.mark.slow

SOME = ("--head", "0.0", "--head", "0.5", "--head", "1.1")
TWO = ("--head", "0.0", "--head", "0.1")
"""Heads enough for several tasks."""


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What is made once for the tests below is remembered nowhere else."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("HEADLAWS_CACHE", str(tmp_path_factory.mktemp("cache")))
        patched.setenv("HEADLAWS_READINGS", "0")
        yield


@pytest.fixture(scope="module")
def undisturbed(cache: None, tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The rows of a few claims about some heads, filed by a process that nothing happens to."""
    folder = tmp_path_factory.mktemp("undisturbed")
    (folder / "few.py").write_text(textwrap.dedent(FEW), encoding="utf-8")
    finished(command(folder / "few.py", folder / "whole.db", *SOME))
    return rows(folder / "whole.db")


@pytest.fixture(scope="module")
def long_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of many tasks, each of which takes a moment."""
    folder = tmp_path_factory.mktemp("long") / "book"
    folder.mkdir()
    (folder / "few.py").write_text(textwrap.dedent(FEW), encoding="utf-8")
    for chapter in ("periodicity", "position"):
        shutil.copy(shipped() / f"{chapter}.py", folder)
    return folder


@pytest.fixture(scope="module")
def long_undisturbed(cache: None, long_book: Path) -> list[dict[str, Any]]:
    """The rows of the long book about two heads."""
    store = long_book.with_name("whole.db")
    finished(command(long_book, store, *TWO, small=False))
    return rows(store)


class BrokenOffError(Exception):
    """Raised in the middle of a sweep."""


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(found) for found in listed.stdout.split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def journals(store: Path) -> list[Path]:
    return sorted(store.with_name(f"{store.name}.sweeps").glob("*.db"))


def tasks_done(store: Path) -> int:
    for file in journals(store):
        with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
            return int(connection.execute("SELECT count(DISTINCT task) FROM cells").fetchone()[0])
    return 0


def wait_for(what, *, seconds: float = 300) -> None:
    ends = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < ends, "it never came so far"
        time.sleep(0.02)


def breaking_off(after: int):
    """Is told of the progress, and breaks off at the n-th time, as long as there are cells to be tried."""
    left = iter(range(after))

    def told(progress):
        if not progress.step and next(left, None) is None:
            raise BrokenOffError

    return told


def test_broken_off_after_every_task(few, tmp_path):
    order = ordered(few, heads="0.1 0.3", shrink=0)
    report, store = tmp_path / "report", tmp_path / "store.db"
    whole = sweep(order, tmp_path / "whole.db", report=report)
    breaks = 0
    while True:
        try:
            done = sweep(order, store, report=report, told=breaking_off(1))
            break
        except BrokenOffError:
            breaks += 1
    assert breaks == 3
    assert [plain(cell) for cell in done.session.cells] == [plain(cell) for cell in whole.session.cells]
    assert rows(store) == rows(tmp_path / "whole.db")
    assert journals(store) == []


def test_killed_between_filing_and_dropping_it_is_not_filed_twice(few, tmp_path, monkeypatch):
    order = ordered(few, heads="0.0", shrink=0)
    store = tmp_path / "store.db"

    def gone(_journal):
        raise BrokenOffError

    with monkeypatch.context() as patched:
        patched.setattr(Journal, "drop", gone)
        with pytest.raises(BrokenOffError):
            sweep(order, store, report=tmp_path / "report")
    before = rows(store)
    done = sweep(order, store, report=tmp_path / "report")
    assert rows(store) == before
    assert done.page.exists()
    assert journals(store) == []


def test_after_it_is_whole_the_same_order_is_another_run(few, tmp_path):
    order = ordered(few, heads="0.0", shrink=0)
    ids = {sweep(order, tmp_path / "store.db", report=tmp_path / "report").run_id for _ in range(2)}
    assert len(ids) == 2


def test_another_order_has_another_journal(few, tmp_path):
    found = {ordered(few, heads=heads, shrink=shrink).digest("x") for heads in ("0.0", "0.1") for shrink in (0, 1)}
    assert len(found) == 4
    again = ordered(few, heads="0.0", shrink=0)
    assert again.digest("x") in found
    (few / "few.py").write_text((few / "few.py").read_text() + "\n# changed\n", encoding="utf-8")
    assert ordered(few, heads="0.0", shrink=0).digest("x") not in found


def test_a_task_is_in_the_journal_or_it_is_not_and_only_once(few, tmp_path):
    order = ordered(few, heads="0.0", shrink=0)
    cells = sweep(order, tmp_path / "store.db", report=tmp_path / "report").session.cells
    with journal(tmp_path / "store.db", "0123456789abcdef0") as kept:
        kept.add("one", cells)
        kept.add("one", cells[:1])
        assert kept.finished() == {"one": cells}
        with (
            pytest.raises(StoreError, match="another process is running the same sweep"),
            journal(tmp_path / "store.db", "0123456789abcdef0"),
        ):
            pass
        first = kept.run_id
        kept.renew()
        assert kept.run_id != first
        assert kept.finished() == {"one": cells}


def test_of_two_at_the_same_sweep_the_second_is_refused(few, tmp_path):
    store = tmp_path / "store.db"
    order = ordered(few, heads="0.0", shrink=0)
    digest = order.digest(order.session().model.backbone.fingerprint)
    with (
        journal(store, digest),
        pytest.raises(StoreError, match="another process is running the same sweep; wait for it"),
    ):
        sweep(order, store, report=tmp_path / "report")


@pytest.mark.parametrize(
    ("workers", "times"),
    [pytest.param(2, 1, marks=pytest.mark.slow), *(pytest.param(n, 10, marks=pytest.mark.thorough) for n in (1, 2))],
)
def test_killed_at_random_moments(long_book, long_undisturbed, tmp_path, workers, times):
    """By SIGKILL, while it begins, within a task or between two, of the process or of its whole group.

    One that comes to its end before it is killed is held against the whole, and another is begun.
    """
    moments = random.Random(workers)
    more = ("--workers", str(workers), *TWO)
    stores = iter(tmp_path / f"store {i}.db" for i in range(times))
    store, before, kills = next(stores), 0, 0
    while kills < times:
        process = started(
            command(long_book, store, *more, small=False), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        if moments.random() < 0.7:  # let it finish something, or else kill it while it begins

            def came(process=process, store=store, before=before):
                return tasks_done(store) > before or process.poll() is not None

            wait_for(came)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=moments.uniform(0, 0.3))
        done = tasks_done(store)
        if process.poll() is None:
            kills += 1
            assert done >= before, "what was finished stays"
            if moments.random() < 0.5:
                os.killpg(process.pid, signal.SIGKILL)
            else:
                process.kill()
            process.wait()
            wait_for(lambda group=process.pid: not in_group(group), seconds=30)  # its workers end by themselves
            before = tasks_done(store) if journals(store) else 0
        else:
            assert process.returncode == 0
            assert rows(store) == long_undisturbed
            store, before = next(stores), 0
    finished(command(long_book, store, *more, small=False))
    assert rows(store) == long_undisturbed
    assert journals(store) == []


def in_group(group: int) -> list[int]:
    listed = subprocess.run(["ps", "-eo", "pid=,pgid=,stat="], capture_output=True, text=True, check=True).stdout
    found = [line.split() for line in listed.splitlines()]
    return [int(pid) for pid, pgid, stat in found if int(pgid) == group and not stat.startswith("Z")]


@pytest.mark.thorough
def test_a_worker_is_killed_again_and_again(few, tmp_path, undisturbed):
    store = tmp_path / "store.db"
    more = ("--workers", "2", *SOME)
    process = started(command(few, store, *more))
    killed = 0
    while process.poll() is None and killed < 2:
        for pid in children(process.pid)[:1]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
                killed += 1
        time.sleep(1.5)
    said, complained = process.communicate(timeout=300)
    assert process.returncode == 0, said + complained
    assert killed
    assert rows(store) == undisturbed


@pytest.mark.slow
@pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")
def test_an_actor_is_killed(few, tmp_path, undisturbed):
    store = tmp_path / "store.db"
    process = started(command(few, store, "--workers", "2", "--engine", "ray", *SOME))
    actors: list[int] = []

    def at_work() -> bool:
        actors[:] = [pid for pid in in_session(process.pid) if command_of(pid).startswith("ray::Worker")]
        return bool(tasks_done(store) and actors) or process.poll() is not None

    wait_for(at_work)
    for pid in actors[:1]:
        os.kill(pid, signal.SIGKILL)
    said, complained = process.communicate(timeout=400)
    assert process.returncode == 0, said + complained
    assert actors
    assert rows(store) == undisturbed


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # it has ended
        return ""


def in_session(first: int) -> list[int]:
    """A process and all that came of it."""
    found = [first]
    for pid in found:
        found += children(pid)
    return found


@pytest.mark.slow
def test_ctrl_c_ends_it_in_one_line_and_leaves_nobody_behind(long_book, long_undisturbed, tmp_path):
    store = tmp_path / "store.db"
    for workers in ("1", "2"):
        process = started(command(long_book, store, "--workers", workers, *TWO, small=False))
        before = tasks_done(store)
        wait_for(lambda before=before, process=process: tasks_done(store) > before or process.poll() is not None)
        os.killpg(process.pid, signal.SIGINT)
        said, complained = process.communicate(timeout=120)
        assert process.returncode == 130, said + complained
        assert complained.strip().splitlines()[-1].startswith("headlaws: interrupted. Finished work is kept")
        assert "Traceback" not in complained
        assert said == ""
        assert in_group(process.pid) == []
    _, complained = finished(command(long_book, store, *TWO, small=False))
    assert not complained.startswith("0 of")
    assert rows(store) == long_undisturbed


@pytest.mark.thorough
def test_a_full_disk_is_said_in_one_line_and_loses_nothing(few, tmp_path, undisturbed):
    store = tmp_path / "store.db"

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 10, 64 << 10))

    process = started(command(few, store, *SOME), preexec_fn=little_room)
    said, complained = process.communicate(timeout=300)
    assert process.returncode == 4, said + complained
    last = complained.strip().splitlines()[-1]
    assert last.startswith("headlaws: "), last
    assert "free some space" in last.lower()
    assert "Traceback" not in complained
    finished(command(few, store, *SOME))
    assert rows(store) == undisturbed


@pytest.mark.thorough
@pytest.mark.parametrize("both", [False, True])
def test_nobody_listens_any_more(few, tmp_path, both, undisturbed):
    """As in `headlaws sweep | head -1`, and with `2>&1`."""
    store = tmp_path / "store.db"
    reading, writing = os.pipe()
    os.close(reading)
    process = started(command(few, store, *SOME), stdout=writing, stderr=writing if both else subprocess.PIPE)
    os.close(writing)
    _, complained = process.communicate(timeout=300)
    assert process.returncode in (1, 141)
    assert "Traceback" not in (complained or "")
    assert "Exception ignored" not in (complained or "")
    if both:
        finished(command(few, store, *SOME))
    assert rows(store) == undisturbed
