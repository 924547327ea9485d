"""Nights: dated, reproducible, and each compared with the one before."""

import json
import textwrap
from datetime import date

import pytest

from harness.cli.nightly import lines
from harness.errors import StoreError
from harness.records.earlier_runs import counterexamples, last_run
from harness.runs.request import Request
from harness.sweeps import nightly as nights
from harness.sweeps import sweep as sweeps
from harness.sweeps.nightly import nightly, seed_of
from harness.sweeps.plan import SweepOrder
from harness.sweeps.sweep import sweep
from harness.trials.profile import Profile
from tests.support.sweeping import Clock

pytestmark = pytest.mark.slow

CHAPTER = '''
"""A chapter."""

from hypothesis import given

from harness import agree, conjecture, words


@conjecture(components="z", source="a test")
@given(S=words(min_length=2, max_length=7))
def a_reading_is_what_it_is(head, S):
    """What is read before is read again."""
    assert agree(head(S + S)[: len(S)], head(S))


@conjecture(components="z", source="a test")
@given(S=words(min_length=2, max_length=6))
def every_place_reads_as_the_first(head, S):
    """S is read as its first token said as often."""
    assert agree(head(S), head((S[0],) * len(S)))
'''
FIRST, SECOND, THIRD = (date(2026, 11, day) for day in (23, 24, 25))


@pytest.fixture
def night(tmp_path):
    book = tmp_path / "mine.py"
    book.write_text(textwrap.dedent(CHAPTER))

    def do(day, *, text=CHAPTER, **given):
        if book.read_text() != textwrap.dedent(text):
            book.write_text(textwrap.dedent(text))
        profile = Profile(search=20, census=100, first=10, nulls=0, seed=seed_of(day))
        order = SweepOrder(Request(model="specimen", heads=("0.1", "0.5"), profile=profile), book)
        return nightly(order, tmp_path / "store.db", tmp_path / "nights", day, **given)

    return do


def test_a_night_leaves_a_report_and_says_what_came_of_it(night, tmp_path):
    found = night(FIRST)
    assert (found.seed, found.cells, found.code, found.before) == (20261123, 4, 0, "")
    folder = tmp_path / "nights" / "2026-11-23"
    assert (folder / "index.html").exists()
    assert (
        json.loads((folder / "night.json").read_text())["run"]
        == found.run
        == last_run(tmp_path / "store.db", "specimen")
    )
    assert '<a href="2026-11-23/index.html">2026-11-23</a>' in (tmp_path / "nights" / "index.html").read_text()


def test_what_its_verdicts_are_about_stands_wherever_they_are_shown(night, tmp_path):
    found = night(FIRST)
    said = "share one draw of 100 sequences (seed 20261123)"
    assert said in found.about
    assert found.about in lines(found, tmp_path)
    assert found.about.replace("'", "&#39;") in (tmp_path / "nights" / "index.html").read_text()
    assert said in (tmp_path / "nights" / "2026-11-23" / "index.html").read_text()


def test_the_next_night_is_compared_with_it_and_another_time_is_the_same(night, tmp_path):
    first, second = night(FIRST), night(SECOND)
    assert (second.before, second.changed, second.code) == (first.run, 0, 0)
    assert night(SECOND) == second
    assert [entry["date"] for entry in json.loads((tmp_path / "nights" / "nights.json").read_text())] == [
        "2026-11-23",
        "2026-11-24",
    ]


def cut_short(night, day, monkeypatch):
    """A night whose time is over when the first of its two claims was tried."""
    clock = Clock()
    with monkeypatch.context() as patched:
        patched.setattr(sweeps, "time", clock)
        found = night(day, minutes=1.5, told=clock.told)
    assert (found.cells, found.left_out) == (2, 2)
    return found


def test_what_a_night_did_not_come_to_is_compared_with_the_night_that_did(night, tmp_path, monkeypatch):
    first = night(FIRST)
    _say(tmp_path, first.run, ("0.1", "z", "output", "mine", "every_place_reads_as_the_first"), "satisfied")
    second = cut_short(night, SECOND, monkeypatch)
    assert (second.before, second.flips, second.code) == (first.run, 0, 0)
    difference = json.loads((tmp_path / "nights" / "2026-11-24" / "difference.json").read_text())
    assert (difference["same"], difference["new"], difference["gone"]) == (2, 0, 0)
    third = night(THIRD)
    assert (third.before, third.earlier, third.new, third.flips) == (second.run, {first.run: 2}, 0, 1)
    assert third.surprises == ("mine::every_place_reads_as_the_first[0.1-z]: satisfied the night before, now refuted",)
    assert f"  2 cells not tried that night: compared with {first.run}" in lines(third, tmp_path)


def test_counterexamples_of_cells_that_the_night_before_did_not_come_to_are_tried_first(night, tmp_path, monkeypatch):
    first, second = night(FIRST), cut_short(night, SECOND, monkeypatch)
    store = tmp_path / "store.db"
    assert counterexamples(store, second.run) == {}
    assert counterexamples(store, night(THIRD).run) == counterexamples(store, second.run, first.run) != {}


def test_where_no_night_came_to_a_cell_it_is_said_that_nothing_is_compared(night, tmp_path, monkeypatch):
    first, second = cut_short(night, FIRST, monkeypatch), night(SECOND)
    assert (second.before, second.earlier, second.new, second.changed) == (first.run, {}, 2, 0)
    assert "  2 cells that no earlier night tried: compared with nothing" in lines(second, tmp_path)


def test_a_run_in_the_daytime_is_no_night(night, tmp_path):
    """One head, looked at between two nights, is not what the second is compared with."""
    first = night(FIRST)
    place = ("0.1", "z", "output", "mine", "every_place_reads_as_the_first")
    _say(tmp_path, first.run, place, "satisfied")
    request = Request(model="specimen", heads=("0.5",), profile=Profile(search=20, census=100, first=10, nulls=0))
    book, store = tmp_path / "mine.py", tmp_path / "store.db"
    daytime = sweep(SweepOrder(request, book), store, report=tmp_path / "report")
    assert last_run(store, "specimen") == daytime.run_id
    found = night(SECOND)
    assert (found.before, found.flips, found.code) == (first.run, 1, 1)
    assert found.surprises == ("mine::every_place_reads_as_the_first[0.1-z]: satisfied the night before, now refuted",)


def test_a_first_night_says_that_there_is_nothing_to_compare_with(night, tmp_path):
    said = "compared with nothing: the store has no earlier night that asked the same"
    assert said in lines(night(FIRST), tmp_path)
    assert said not in lines(night(SECOND), tmp_path)


def test_counterexamples_of_the_night_before_are_tried_first(night, tmp_path):
    first, second = night(FIRST), night(SECOND)
    before, after = (counterexamples(tmp_path / "store.db", run) for run in (first.run, second.run))
    assert before == after != {}


def test_what_goes_against_the_night_before_is_a_surprise(night, tmp_path, monkeypatch):
    first = night(FIRST)
    place = ("0.1", "z", "output", "mine", "every_place_reads_as_the_first")
    assert place in counterexamples(tmp_path / "store.db", first.run)
    _say(tmp_path, first.run, place, "satisfied")
    found = night(SECOND)
    assert (found.flips, found.code) == (1, 1)
    assert found.surprises == ("mine::every_place_reads_as_the_first[0.1-z]: satisfied the night before, now refuted",)


def test_a_flip_that_an_edited_claim_explains_is_no_surprise(night, tmp_path):
    first = night(FIRST)
    _say(tmp_path, first.run, ("0.1", "z", "output", "mine", "every_place_reads_as_the_first"), "satisfied")
    found = night(SECOND, text=CHAPTER.replace("(S[0],) * len(S)", "S[:1] * len(S)"))
    assert (found.flips, found.surprises, found.code) == (1, (), 0)


def test_what_breaks_is_told_from_what_surprises(night):
    found = night(FIRST, text=CHAPTER.replace("agree(head(S), head((S[0],) * len(S)))", "1 / 0"))
    assert found.code == 2
    assert len(found.broken) == 2
    assert "ZeroDivisionError" in found.broken[0]


def test_a_night_killed_after_its_run_was_filed_is_not_filed_twice(night, tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr(nights, "recorded", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            night(FIRST)
    run = last_run(tmp_path / "store.db", "specimen")
    assert run
    assert night(FIRST).run == run


def test_a_night_that_cannot_be_read_is_refused(night, tmp_path):
    night(FIRST)
    (tmp_path / "nights" / "2026-11-23" / "night.json").write_text("{")
    with pytest.raises(StoreError, match="delete its folder"):
        night(FIRST)


def test_beliefs_are_what_a_night_is_held_against_where_they_are_given(night, tmp_path):
    beliefs = tmp_path / "beliefs.toml"
    beliefs.write_text(
        'model = "specimen"\n\n[[beliefs]]\nhead = "0.1"\ncomponent = "z"\nprojection = "output"\nchapter = "mine"\n'
        'conjecture = "every_place_reads_as_the_first"\nverdict = "satisfied"\nreason = "hope"\ndate = 2026-11-22\n'
    )
    found = night(FIRST, beliefs=beliefs)
    assert found.code == 1
    assert "because hope, found refuted" in found.surprises[0]


def _say(tmp_path, run, place, verdict):
    """Change what a run filed, as if it had come out so."""
    import sqlite3

    head, component, _, chapter, name = place
    with sqlite3.connect(tmp_path / "store.db") as connection:
        connection.execute(
            "UPDATE cells SET verdict = ?, counterexample = NULL WHERE (run_id, head, component, chapter, conjecture) ="
            " (?, ?, ?, ?, ?)",
            (verdict, run, head, component, chapter, name),
        )
