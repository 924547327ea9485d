"""Verdicts over the runs of a store, and what differed where they flipped."""

import json
import sqlite3
from contextlib import closing

import pytest

from reports.analysis.difference import UNEXPLAINED
from reports.load import report
from tests.support.large import write as large


@pytest.fixture
def nights(tmp_path):
    return large(tmp_path / "store.db", layers=1, each=2, nights=3)


def names(store):
    with closing(sqlite3.connect(store)) as connection:
        return [name for (name,) in connection.execute("SELECT run_id FROM runs ORDER BY started")]


def change(store, statement, *values):
    with closing(sqlite3.connect(store)) as connection, connection:
        assert connection.execute(statement, values).rowcount


def turn(store, run, verdict="undecided"):
    """Give one cell that was satisfied another verdict; gives its head, component and conjecture."""
    with closing(sqlite3.connect(store)) as connection, connection:
        row = connection.execute(
            "SELECT cells.rowid, head, component, conjecture FROM cells JOIN conjectures ON name = conjecture AND"
            " conjectures.run_id = cells.run_id WHERE cells.run_id = ? AND verdict = 'satisfied' AND control = ''",
            (run,),
        ).fetchone()
        connection.execute("UPDATE cells SET verdict = ? WHERE rowid = ?", (verdict, row[0]))
    return row[1:]


def test_a_verdict_that_is_another_is_a_flip_and_nothing_else_is(nights):
    *_, last = names(nights)
    before = {(one.head, one.component, one.conjecture) for one in report(nights).history.flips}
    turned = turn(nights, last)
    found = report(nights).history
    assert {(one.head, one.component, one.conjecture) for one in found.flips} - before == {turned}
    flip = next(one for one in found.flips if (one.head, one.component, one.conjecture) == turned)
    assert (flip.before, flip.after, flip.run_id) == ("satisfied", "undecided", last)
    assert found.changed == found.nights[-1].flips
    assert found.changed + found.unchanged == sum(found.nights[-1].counts.values())


def test_a_flip_says_what_differed(nights):
    first, second, _ = names(nights)
    turned = turn(nights, second)
    where = {"run_id": second}
    change(nights, "UPDATE conjectures SET code = code || '#' WHERE run_id = ? AND name = ?", second, turned[2])
    with closing(sqlite3.connect(nights)) as connection:
        (text,) = connection.execute("SELECT record FROM runs WHERE run_id = ?", (second,)).fetchone()
    record = json.loads(text)
    record["weights_sha256"] = "0" * 64
    record["versions"]["torch"] = "9.9"
    record["profile"]["census"] = 777
    change(nights, "UPDATE runs SET record = ? WHERE run_id = ?", json.dumps(record), where["run_id"])
    found = report(nights, second).history
    flip = next(one for one in found.flips if (one.head, one.component, one.conjecture) == turned)
    assert flip.since == first
    assert "the law's code" in flip.causes
    assert "weights b179c952 → 00000000" in flip.causes
    assert "torch 2.13.0 → 9.9" in flip.causes
    assert "census 200 → 777" in flip.causes
    others = [one for one in found.flips if one.conjecture != turned[2]]
    assert all("the law's code" not in one.causes for one in others)
    assert "the code of 1 law" in found.nights[-1].differs


def test_a_flip_without_a_difference_says_so(nights):
    _, second, _ = names(nights)
    turn(nights, second)
    assert report(nights, second).history.flips[0].causes == (UNEXPLAINED,)


def test_a_cell_is_held_against_when_it_was_last_tried(nights):
    first, second, last = names(nights)
    turned = turn(nights, last)
    key = (second, *turned)
    change(nights, "DELETE FROM cells WHERE run_id = ? AND head = ? AND component = ? AND conjecture = ?", *key)
    flips = report(nights).history.flips
    flip = next(one for one in flips if (one.head, one.component, one.conjecture) == turned)
    assert (flip.run_id, flip.since) == (last, first)
    found = report(nights).history
    assert found.new == 0, "it was not in the run before, but in the one before that"
    assert found.changed + found.unchanged == sum(found.nights[-1].counts.values())
    change(
        nights, "DELETE FROM cells WHERE run_id = ? AND head = ? AND component = ? AND conjecture = ?", first, *turned
    )
    assert report(nights).history.new == 1, "it has no past"


def test_the_history_ends_with_the_run_so_that_a_report_stays_what_it_was(nights):
    first, second, _ = names(nights)
    assert [night.run_id for night in report(nights, second).history.nights] == [first, second]
    assert report(nights, first).history.since == ""


def test_another_models_runs_are_not_of_this_history(nights):
    first, *_, last = names(nights)
    change(nights, "UPDATE runs SET model = 'another' WHERE run_id = ?", first)
    assert first not in [night.run_id for night in report(nights, last).history.nights]
