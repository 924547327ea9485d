"""What a sweep comes to, told before anything is loaded."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from harness.cli import headlaws
from harness.runs.request import Request
from harness.sweeps.dry_run import SAMPLE, dry_run
from harness.sweeps.sweep import sweep
from tests.support.sweeping import SMALL, ordered

pytestmark = pytest.mark.slow

ONE = """
    from hypothesis import given
    from harness import agree, conjecture, words

    @conjecture(components="v qk attn", source="a test")
    @given(S=words(min_length=4, max_length=4))
    def every_sequence_has_four_ids(head, S):
        '''A claim that asks for two sequences.'''
        assert agree(head(S), head(S + S)[:4])
"""


@pytest.fixture
def unloaded(monkeypatch):
    def load(_request):
        raise AssertionError("a dry run loads no model")

    monkeypatch.setattr(Request, "load", load)


def test_sequences_positions_and_vectors_are_those_that_a_claim_asks_for(book, tmp_path, unloaded):
    profile = replace(SMALL, first=SAMPLE, census=3 * SAMPLE)
    found = dry_run(ordered(book(one=ONE), profile=profile), tmp_path / "store.db", workers=1)
    assert (found.heads, found.blocks, found.tasks, found.cells, found.controls) == (16, 1, 1, 48, 0)
    assert found.least.sequences == 2 * SAMPLE
    assert found.least.positions == (5 + 9) * SAMPLE, "BOS is one"
    assert found.least.vectors == 16 * (4 + 8 + 10 + 36) * SAMPLE, "attention is not decoded"
    assert vars(found.most) == {name: 3 * number for name, number in vars(found.least).items()}


def test_cells_are_those_of_the_sweep_whose_times_are_then_known(few, tmp_path):
    order, store = ordered(few, heads="0.1 1.1", shrink=0), tmp_path / "store.db"
    before = dry_run(order, store, workers=1)
    assert before.seconds is None
    done = sweep(order, store, report=tmp_path / "report")
    kinds = [bool(cell.control) for cell in done.session.cells]
    after = dry_run(order, store, workers=2)
    assert (after.cells, after.controls) == (kinds.count(False), kinds.count(True))
    assert after.seconds > 0
    assert dry_run(order, store, workers=1).seconds == pytest.approx(2 * after.seconds)
    other = replace(order, request=replace(order.request, dtype="float64"))
    assert dry_run(other, store, workers=1).seconds is None, "another dtype takes another time"


@pytest.mark.parametrize("command", ["sweep", "nightly"])
def test_the_commands_say_it_and_leave_nothing_behind(few, tmp_path, unloaded, command, monkeypatch):
    monkeypatch.chdir(tmp_path)
    given = [command, "--dry-run", "--model", "specimen", "--book", str(few)]
    said = CliRunner().invoke(headlaws, given, catch_exceptions=False)
    assert said.exit_code == 0
    assert "specimen: 16 heads in 1 block of layers, " in said.output
    assert "no times of an earlier sweep" in said.output
    told = json.loads(CliRunner().invoke(headlaws, [*given, "--json"], catch_exceptions=False).output)
    assert f"{told['cells']:,} cells" in said.output
    assert not (tmp_path / ".headlaws").exists()


def test_of_several_checkpoints_it_is_refused(few, tmp_path, monkeypatch):
    from harness.errors import HeadlawsError

    monkeypatch.chdir(tmp_path)
    given = ["sweep", "--dry-run", "--model", "specimen", "specimen-rotary", "--book", str(few)]
    said = CliRunner().invoke(headlaws, given)
    assert said.exit_code != 0
    assert "--dry-run with 2 checkpoints" in said.output or isinstance(said.exception, HeadlawsError)
