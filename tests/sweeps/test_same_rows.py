"""One cell, one row: whoever tries it, in whatever company, files the same."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import replace

import pytest

from harness.laws.book import conjectures, shipped
from harness.sweeps.sweep import alone, sweep
from harness.sweeps.workers_local import Processes
from tests.support.sweeping import HALF, SMALL, by_pytest, command, finished, one_by_one, ordered, plain, rows

pytestmark = pytest.mark.slow

HOURS = 7200
"""More seconds than a command takes, whatever else the machine does."""


def two(order, worker):
    return Processes(order, 2, worker)


def afresh(order, worker):
    """Two processes that load the model themselves."""
    workers = Processes(order, 2)
    workers.context = __import__("multiprocessing").get_context("spawn")
    return workers


def swept(order, tmp_path, make_workers):
    done = sweep(order, tmp_path / f"{make_workers.__name__}.db", make_workers=make_workers, report=tmp_path / "report")
    assert done.session.controls != "wrong"
    assert not done.errors
    assert not done.left_out
    return [plain(cell) for cell in done.session.cells if not cell.control]


@pytest.mark.parametrize(
    ("shrink", "first"),
    [(-1, 8), (0, 0), *(pytest.param(*other, marks=pytest.mark.thorough) for other in ((-1, 0), (0, 8)))],
)
def test_a_few_claims(few, tmp_path, first, shrink):
    order = ordered(few, heads=HALF, shrink=shrink, profile=replace(SMALL, first=first))
    wanted = one_by_one(order)
    verdicts = Counter(cell["verdict"] for cell in wanted)
    assert len(wanted) == 8 * (3 + 2 + 2)
    assert set(verdicts) >= {"satisfied", "refuted"}, verdicts
    for make_workers in (alone, two):
        assert swept(order, tmp_path, make_workers) == wanted


def test_of_the_first_heads_alone_counterexamples_are_made_small(few, tmp_path):
    small, large = (one_by_one(ordered(few, heads=HALF, shrink=shrink)) for shrink in (-1, 0))
    seen = {}
    found = swept(ordered(few, heads=HALF, shrink=2), tmp_path, alone)
    for cell, shrunk, as_found in zip(found, small, large, strict=True):
        place = seen.setdefault(cell["conjecture"], {}).setdefault(cell["head"], len(seen[cell["conjecture"]]))
        assert cell == (shrunk if place < 2 else as_found)
    assert small != large


def test_chapters_of_the_book(book, tmp_path):
    order = ordered(book(extension="", repetition=""), heads="*.3", shrink=0)
    wanted = one_by_one(order)
    assert len(wanted) > 50
    assert swept(order, tmp_path, alone) == wanted
    assert swept(order, tmp_path, two) == wanted


@pytest.mark.thorough
def test_processes_that_load_the_model_themselves(few, tmp_path, network):
    order = ordered(few, heads="*.5")
    assert swept(order, tmp_path, afresh) == one_by_one(order)


@pytest.mark.slow
def test_by_the_networks_themselves(few, tmp_path, network):
    order = ordered(few, heads="*.5", shrink=0)
    wanted = one_by_one(order)
    for make_workers in (alone, two):
        assert swept(order, tmp_path, make_workers) == wanted


@pytest.mark.thorough
def test_the_whole_book_on_every_head_of_the_specimen(tmp_path, network):
    order = ordered(shipped(), shrink=0, profile=replace(SMALL, nulls=20))
    wanted = one_by_one(order)
    assert swept(order, tmp_path, alone) == wanted
    assert swept(order, tmp_path, two) == wanted


@pytest.mark.slow
def test_a_ray_cluster_of_two(few, tmp_path):
    pytest.importorskip("ray")
    store = tmp_path / "ray.db"
    finished(command(few, store, "--engine", "ray", "--workers", "2"))
    finished(command(few, tmp_path / "alone.db"))
    assert rows(store) == rows(tmp_path / "alone.db")


@pytest.mark.thorough
def test_pytest_and_the_command_file_the_same_rows(book, tmp_path):
    folder = book(extension="", repetition="")
    heads = ("--head", "0.3", "--head", "0.5", "--head", "0.7")
    finished(by_pytest(folder, tmp_path / "pytest.db", *heads))
    finished(command(folder, tmp_path / "sweep.db", *heads))
    found, wanted = rows(tmp_path / "sweep.db"), rows(tmp_path / "pytest.db")
    assert found == wanted
    assert len(found) > 100


@pytest.mark.long
@pytest.mark.parametrize(
    ("model", "heads", "small"),
    [("specimen", "all", True), ("specimen-rotary", "all", True), ("smollm2-135m", "3.*", False)],
)
def test_the_whole_book_by_pytest_by_one_worker_by_two_and_by_ray(model, heads, small, tmp_path):
    """A sweep tries controls on the first head of each block of layers, pytest on every head.

    Where sweeps leave counterexamples as they were found, pytest's are others, of other margins: it makes each small.
    """
    pytest.importorskip("ray")
    finished(by_pytest(shipped(), tmp_path / "pytest.db", "--head", heads, model=model), seconds=HOURS)
    sweeps = []
    for way in (("--workers", "1"), ("--workers", "2"), ("--engine", "ray", "--workers", "2")):
        store = tmp_path / f"{len(sweeps)}.db"
        asked = command(shipped(), store, "--head", heads, *way, model=model, small=small)
        finished(asked, seconds=HOURS)
        sweeps.append(rows(store))
    one, together, on_ray = sweeps
    assert together == one
    assert on_ray == one

    controls = {place for place, claim in conjectures(shipped()).items() if claim.control}
    single = rows(tmp_path / "pytest.db")
    assert {row["verdict"] for row in single} >= {"satisfied", "refuted"}
    if not small:
        for row in [*single, *one]:
            del row["counterexample"], row["margin"]
    assert {(row["chapter"], row["conjecture"]) for row in single if row not in one} <= controls
    assert all(row in single for row in one)


@pytest.mark.thorough
@pytest.mark.real
@pytest.mark.parametrize("heads", ["3.4", pytest.param("3.*", marks=pytest.mark.thorough)])
def test_heads_of_the_default_model(book, tmp_path, heads, loaded_once):
    order = ordered(book(extension="", repetition=""), model="smollm2-135m", heads=heads, shrink=0)
    wanted = one_by_one(order)
    assert swept(order, tmp_path, alone) == wanted
    assert swept(order, tmp_path, two) == wanted


def test_the_rows_of_a_store_are_those_of_the_session(few, tmp_path):
    done = sweep(ordered(few, heads=HALF, shrink=0), tmp_path / "store.db", report=tmp_path / "report")
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        filed = connection.execute("SELECT head, component, conjecture, verdict FROM cells").fetchall()
    assert Counter(filed) == Counter(
        (cell.head, cell.component, cell.conjecture, cell.verdict.value) for cell in done.session.cells
    )
    assert max(Counter(filed).values()) == 1
