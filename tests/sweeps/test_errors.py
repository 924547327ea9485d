"""What goes wrong in a cell is that cell's error, and the rest goes on; a wrong control ends it."""

import json
from collections import Counter
from dataclasses import fields, replace

import pytest
import torch

from harness.models.backbone import LayerActivations
from harness.models.catalogue import boot
from harness.readings.model import Model
from harness.records.cell import Verdict
from harness.sweeps.sweep import sweep
from harness.sweeps.workers_local import Processes
from tests.support.sweeping import FEW, SMALL, command, finished, ordered, plain

ONE_STAGE = replace(SMALL, first=0)

RAISES = """
    import os

    from hypothesis import given
    from harness import agree, conjecture, words

    @conjecture(components="v", source="a test")
    @given(S=words(max_length=6))
    def it_raises(head, S):
        '''A mistake.'''
        assert agree(head(S), [][len(S)])

    @conjecture(components="v", source="a test")
    @given(S=words(max_length=6))
    def it_leaves(head, S):
        '''Another.'''
        raise SystemExit(3)
"""

DIES = """
    import os

    from hypothesis import given
    from harness import agree, conjecture, words

    @conjecture(components="v", source="a test")
    @given(S=words(max_length=7))
    def it_takes_its_process_with_it(head, S):
        '''A mistake in something written in C.'''
        os._exit(7)
"""

WRONG = """
    from hypothesis import given
    from harness import conjecture, is_prefix, words

    @conjecture(components="z", source="a test", control="fails")
    @given(S=words(min_length=3, max_length=6))
    def it_is_no_control_at_all(head, S):
        '''True, and said to be false.'''
        assert is_prefix(head(S), head(S * 2))
"""


def two(order, worker):
    return Processes(order, 2, worker)


def errors(done):
    return {cell.conjecture: cell.message for cell in done.errors}


def test_a_claim_that_raises(book, tmp_path):
    order = ordered(book(few=FEW, raises=RAISES), heads="0.1 0.3", shrink=0)
    done = sweep(order, tmp_path / "store.db", report=tmp_path / "report")
    assert Counter(cell.conjecture for cell in done.errors) == {"it_raises": 2, "it_leaves": 2}
    found = errors(done)
    assert found["it_raises"].startswith("IndexError: list index out of range; the law itself raised this error")
    assert found["it_leaves"].startswith("SystemExit: 3")
    assert len(done.session.cells) == 5 + 2 * 7 + 4


@pytest.mark.slow
def test_a_claim_that_takes_its_process_with_it(book, tmp_path):
    order = ordered(book(few=FEW, dies=DIES), heads="0.1 0.3", shrink=0)
    done = sweep(order, tmp_path / "store.db", make_workers=two, report=tmp_path / "report")
    assert Counter(cell.conjecture for cell in done.errors) == {"it_takes_its_process_with_it": 2}
    (said,) = set(errors(done).values())
    assert said.startswith("the process that tried it died, and died 2 more times when it tried this cell alone")
    assert len(done.session.cells) == 5 + 2 * 7 + 2


@pytest.mark.slow
def test_an_actor_that_dies_again_and_again(book, tmp_path):
    pytest.importorskip("ray")
    folder = book(few=FEW, dies=DIES)
    more = ("--engine", "ray", "--workers", "2", "--head", "0.*", "--json")
    said, _ = finished(command(folder, tmp_path / "store.db", *more), code=1)
    found = json.loads(said)
    assert len(found["errors"]) == 8
    assert all("died" in one["message"] for one in found["errors"])


@pytest.mark.thorough
def test_the_command_says_so(book, tmp_path):
    said, complained = finished(command(book(few=FEW, raises=RAISES), tmp_path / "s.db", "--head", "0.0"), code=1)
    assert "2 errors:" in said
    assert "raises.py::it_raises[0.0-v]: IndexError" in said
    assert "Traceback" not in complained


class Broken:
    """The specimen, with NaN in all that its second layer computes."""

    def __init__(self, backbone):
        self._backbone = backbone
        self.fingerprint = f"{backbone.fingerprint}/broken"

    def __getattr__(self, name):
        return getattr(self._backbone, name)

    def activations(self, ids, layers, lengths=None):
        found = self._backbone.activations(ids, layers)
        spoilt = {part.name: torch.full_like(getattr(found[1], part.name), torch.nan) for part in fields(found[1])} \
            if 1 in found else {}  # fmt: skip
        return found | ({1: LayerActivations(**spoilt)} if spoilt else {})

    def in_float64(self):
        return Broken(self._backbone.in_float64())


@pytest.mark.thorough
def test_a_layer_of_nan_takes_no_other_with_it(few, tmp_path, monkeypatch):
    """Both layers are one block, and run together; in one stage, since when a census ends hangs on the family."""
    whole = sweep(
        ordered(few, heads="0.*", shrink=0, profile=ONE_STAGE), tmp_path / "whole.db", report=tmp_path / "report"
    )
    family = max(cell.family for cell in whole.session.cells)
    monkeypatch.setattr("harness.readings.loading.load_model", lambda name, **how: Model(Broken(boot(name))))
    done = sweep(ordered(few, shrink=0, profile=ONE_STAGE), tmp_path / "store.db", report=tmp_path / "report")
    assert done.session.controls == "right"
    assert Counter(cell.head[0] for cell in done.errors) == {"1": 8 * 7}
    assert all("layer 1 gives NaN or infinity" in cell.message for cell in done.errors)
    found = [cell for cell in done.session.cells if cell.head[0] == "0"]
    same = ("degree", "violations", "near_ties", "census_n", "search_n", "rate_low", "rate_high")
    assert family < max(cell.family for cell in found)
    assert [[plain(cell)[name] for name in same] for cell in found] == [
        [plain(cell)[name] for name in same] for cell in whole.session.cells
    ]


@pytest.mark.slow
@pytest.mark.parametrize("number", [1, 2])
def test_a_wrong_control_ends_it(book, tmp_path, number):
    order = ordered(book(few=FEW, wrong=WRONG), heads="0.1 0.3", shrink=0)
    how = {"make_workers": two} if number == 2 else {}
    done = sweep(order, tmp_path / "store.db", report=tmp_path / "report", **how)
    assert done.session.controls == "wrong"
    assert done.session.verdicts == []
    assert done.why == "a known-answer check failed"
    assert sum(done.left_out.values()) == 2 * 7
    assert {cell.verdict for cell in done.session.cells if cell.wrong} == {Verdict.SATISFIED}
    again = sweep(order, tmp_path / "store.db", report=tmp_path / "report", **how)
    assert again.run_id != done.run_id, "another time it may come out right"


@pytest.mark.thorough
def test_the_command_says_that_a_control_came_out_wrong(book, tmp_path):
    said, _ = finished(command(book(few=FEW, wrong=WRONG), tmp_path / "store.db", "--head", "0.*"), code=1)
    assert said.startswith("KNOWN-ANSWER CHECKS FAILED: headlaws cannot be trusted here")
    assert "56 cells not tried: a known-answer check failed." in said
