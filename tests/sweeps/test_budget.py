"""A budget is spent where it decides most; what it did not suffice for is said, and done when the order comes again."""

import json
import sqlite3
from contextlib import closing

import pytest

from harness.records.cell import Verdict
from harness.sweeps import sweep as module
from harness.sweeps.sweep import sweep
from tests.support.sweeping import FEW, Clock, ordered, plain

pytestmark = pytest.mark.slow

LATE = """
    from hypothesis import given
    from harness import agree, conjecture, words

    @conjecture(components="v", source="a test")
    @given(S=words(max_length=7))
    def a_late_thought(head, S):
        '''True.'''
        assert agree(head(S), head(S))

    @conjecture(components="v", source="a test")
    @given(S=words(max_length=8))
    def hardly_decided(head, S):
        '''True, and too seldom tried.'''
        assert agree(head(S), head(S))
"""


def record(store, run_id):
    with closing(sqlite3.connect(store)) as connection:
        return json.loads(connection.execute("SELECT record FROM runs WHERE run_id = ?", (run_id,)).fetchone()[0])


def budget(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.mark.slow
def test_what_is_left_out_is_said_and_done_later(few, tmp_path, monkeypatch):
    clock = budget(monkeypatch)
    order, store, report = ordered(few, heads="0.1 0.3", shrink=0), tmp_path / "store.db", tmp_path / "report"
    whole = sweep(order, tmp_path / "whole.db", report=report)
    part = sweep(order, store, report=report, minutes=2.5, told=clock.told)
    assert part.why == "the time of 2.5 min was up"
    assert 0 < sum(part.left_out.values()) < 2 * 7
    assert record(store, part.run_id)["left_out"] == {"tasks": part.left_out, "why": part.why}
    rest = sweep(order, store, report=report)
    assert rest.run_id != part.run_id
    assert rest.left_out == {}
    assert record(store, rest.run_id)["left_out"] == {}
    assert [plain(cell) for cell in rest.session.cells] == [plain(cell) for cell in whole.session.cells]
    tried = {(cell.head, cell.component, cell.conjecture): cell.started for cell in part.session.cells}
    later = {(cell.head, cell.component, cell.conjecture): cell.started for cell in rest.session.cells}
    assert tried.items() <= later.items(), "what was tried is not tried again"
    assert sweep(order, store, report=report).run_id != rest.run_id, "and then it is over"


def test_a_budget_that_is_spent_at_once_leaves_controls_to_the_next_time(few, tmp_path, monkeypatch):
    clock = budget(monkeypatch)
    order, store, report = ordered(few, heads="0.0", shrink=0), tmp_path / "store.db", tmp_path / "report"
    none = sweep(order, store, report=report, minutes=0.5, told=clock.told)
    assert none.session.cells == []
    assert none.session.controls == "not run"
    assert len(sweep(order, store, report=report).session.cells) == 5 + 7


def test_a_budget_may_be_spent_again_and_again(few, tmp_path, monkeypatch):
    order, store, report = ordered(few, heads="0.1 0.3", shrink=0), tmp_path / "store.db", tmp_path / "report"
    numbers, ids = [], set()
    for _ in range(3):
        clock = budget(monkeypatch)
        done = sweep(order, store, report=report, minutes=1.5, told=clock.told)
        numbers.append(len(done.session.cells))
        ids.add(done.run_id)
    assert numbers == [5, 5 + 2 * 5, 5 + 2 * 7]
    assert len(ids) == 3


@pytest.mark.slow
def test_never_tried_cells_come_first_then_undecided_ones(book, tmp_path):
    """Without a budget the order is the book's."""
    store, report = tmp_path / "store.db", tmp_path / "report"
    sweep(ordered(book(few=FEW), heads="0.0", shrink=0), store, report=report)
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(
            "UPDATE cells SET verdict = ? WHERE conjecture = 'the_last_is_read_as_if_alone'",
            (Verdict.UNDECIDED.value,),
        )
    order = ordered(book(few=FEW, zlate=LATE), heads="0.0", shrink=0)

    def names(minutes):
        found = []
        sweep(order, tmp_path / f"{minutes}.db" if minutes is None else store, report=report, minutes=minutes,
              told=lambda progress: found.append(progress.doing))  # fmt: skip
        return [name.split("::")[1].split(" ")[0] for name in found if "::" in name]  # and not what is drawn

    assert names(None)[1:] == [
        "longer_ones_begin_alike", "the_last_is_read_as_if_alone", "a_late_thought", "hardly_decided",
    ]  # fmt: skip
    assert names(60)[1:] == [
        "a_late_thought", "hardly_decided", "the_last_is_read_as_if_alone", "longer_ones_begin_alike",
    ]  # fmt: skip
