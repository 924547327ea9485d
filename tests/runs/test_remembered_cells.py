"""A cell that an earlier run tried comes back as it was, and only where nothing that it depends on has changed."""

import sqlite3
import sys
import textwrap
from contextlib import closing
from dataclasses import replace

import pytest

from harness.readings import room
from harness.records.cell import Verdict
from harness.runs.remembered_cells import FILE, RememberedCells
from harness.trials.profile import Profile
from tests.support.in_process import import_everything
from tests.support.sweeping import SIZES, SMALL, ordered, plain

CHAPTER = """
    from hypothesis import given
    from harness import agree, conjecture, is_prefix, words
    from law_helper import twice

    @conjecture(components="q", source="a test", control="holds")
    @given(S=words(max_length=6))
    def longer_ones_begin_alike(head, S):
        '''True of every head.'''
        assert is_prefix(head(S), head(S * 2))

    @conjecture(components="z v", source="a test")
    @given(S=words(max_length=6))
    def twice_reads_as_once(head, S):
        '''True of few.'''
        assert agree(head(S), head(twice(S))[: len(S)])
"""


@pytest.fixture
def helper(tmp_path, monkeypatch):
    """Writes the module that the chapter imports; gives what does so."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(text):
        (tmp_path / "law_helper.py").write_text(text, encoding="utf-8")
        monkeypatch.delitem(sys.modules, "law_helper", raising=False)

    write("def twice(S):\n    return S[::-1] * 2\n")
    return write


@pytest.fixture
def session(monkeypatch, tmp_path, specimen, helper):
    """Gives a session of a new run, which remembers what earlier ones read."""
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HEADLAWS_READINGS", "16")
    monkeypatch.setattr("harness.models.catalogue.boot", lambda *_, **__: specimen.backbone)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)  # of a helper that is written twice in a second

    def made(*, more="", **request):
        chapter = tmp_path / "mine.py"
        chapter.write_text(textwrap.dedent(CHAPTER) + more, encoding="utf-8")
        order = ordered(chapter, **{"heads": "1.3"} | request)
        begun = order.session()
        begun.order = order
        return begun

    return made


def asked(session, *, control=False):
    """The first claim of a kind, and a head that it is tried on."""
    claim = next(claim for claim in session.order.claims.values() if bool(claim.control) is control)
    address, component = session.request.in_play(claim)[0]
    return claim, session.head(address, component)


def tried(session, *, control=False):
    """A cell that this session tried and remembers."""
    claim, head = asked(session, control=control)
    cell = session.verdict_on(claim, head)
    RememberedCells(session).put(claim, head, cell)
    return cell


def known(session, *, control=False):
    return RememberedCells(session).get(*asked(session, control=control))


def test_a_later_run_has_the_cell_as_it_was(session):
    first = tried(session())
    assert first.verdict is Verdict.REFUTED
    again = known(session())
    assert plain(again) == plain(replace(first, remembered=True))
    assert again.started >= first.started


def test_a_control_is_tried_each_time(session):
    assert tried(session(), control=True).verdict is Verdict.SATISFIED
    assert known(session(), control=True) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"more": "\n# a word of explanation\n"},
        {"heads": "1.2"},
        {"bos": False},
        {"profile": replace(SMALL, seed=7)},
        {"profile": replace(SMALL, length=9)},
        {"profile": replace(SMALL, search=SMALL.search + 1)},
        {"fresh": True},
    ],
    ids=str,
)
def test_where_anything_it_depends_on_has_changed_it_is_tried_anew(session, changed):
    tried(session())
    assert known(session()) is not None
    assert known(session(**changed)) is None


def test_a_family_of_another_size_is_judged_anew(session):
    tried(session())
    other = session()
    other.family += 1
    assert known(other) is None


def test_what_a_chapter_imports_of_its_author_belongs_to_the_claim(session, helper):
    tried(session())
    helper("def twice(S):\n    return S + S[::-1]\n")
    assert known(session()) is None
    helper("def twice(S):\n    return S[::-1] * 2\n")
    assert known(session()) is not None


def test_another_code_or_library_judges_anew(session, monkeypatch):
    tried(session())
    with monkeypatch.context() as patch:
        patch.setattr("harness.runs.remembered_cells.environment", lambda: {"hypothesis": "0"})
        assert known(session()) is None
    with monkeypatch.context() as patch:
        patch.setattr("harness.runs.remembered_cells.instrument", lambda: "another")
        assert known(session()) is None
    assert known(session()) is not None


def test_a_flipped_byte_is_noticed(session):
    tried(session())
    with closing(sqlite3.connect(room.folder() / FILE)) as connection, connection:
        connection.execute("UPDATE remembered SET value = replace(value, 'refuted', 'satisfied')")
    assert known(session()) is None


def test_one_that_is_counted_on_null_models_is_known_by_what_it_was_before(session):
    begun = session(profile=replace(SMALL, nulls=Profile().nulls))
    before = tried(begun)
    claim, head = asked(begun)
    remembered = RememberedCells(begun)
    remembered.put_counted(claim, head, before, replace(before, null_random=0.25))
    assert remembered.counted(claim, head, replace(before, started="later", seconds=9.0)).null_random == 0.25
    assert remembered.counted(claim, head, replace(before, degree=0.123)) is None


def test_who_looks_into_a_claim_has_it_tried(session):
    tried(session())
    begun = session()
    assert RememberedCells(begun, used=False).get(*asked(begun)) is None


@pytest.mark.slow
def test_the_command_given_again_says_what_it_has_not_tried(pytester, session, helper):
    session()
    import_everything()
    (pytester.path / "mine.py").write_text(textwrap.dedent(CHAPTER), encoding="utf-8")
    arguments = ["mine.py", "--model", "specimen", "--head", "1.3", "--store", "runs.db", *SIZES]
    first = pytester.runpytest(*arguments)
    first.stdout.no_fnmatch_line("*as an earlier run tried*")
    again = pytester.runpytest(*arguments)
    again.stdout.fnmatch_lines(["2 cells as an earlier run tried the same law on the same head*"])
    fresh = pytester.runpytest(*arguments, "--fresh")
    fresh.stdout.no_fnmatch_line("*as an earlier run tried*")
    with closing(sqlite3.connect("runs.db")) as connection:
        rows = connection.execute(
            "SELECT component, verdict, degree, counterexample FROM cells ORDER BY run_id"
        ).fetchall()
    third = len(rows) // 3
    assert rows[:third] == rows[third : 2 * third] == rows[2 * third :]


@pytest.mark.slow
def test_a_broken_instrument_leaves_nothing_to_later_runs(pytester, session, helper):
    session()
    import_everything()
    wrong = textwrap.dedent(CHAPTER).replace('control="holds"', 'control="fails"')
    (pytester.path / "mine.py").write_text(wrong, encoding="utf-8")
    arguments = ["mine.py", "--model", "specimen", "--head", "1.3", "--store", "runs.db", *SIZES]
    for _ in range(2):
        done = pytester.runpytest(*arguments)
        done.stdout.no_fnmatch_line("*as an earlier run tried*")
        done.stdout.fnmatch_lines(["*cannot be trusted here*"])
