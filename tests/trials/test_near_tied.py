"""Near-tied entries are counted in every cell, and where they are many nothing is satisfied that rests on them."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from harness import agree, attends, conjecture, constant, words
from harness.laws.roles import the_token_before
from harness.readings.attention import of_weights
from harness.records.cell import Cell, Verdict
from harness.trials.census import Census
from harness.trials.null import NullCensus
from harness.trials.profile import Profile
from harness.trials.trial import tried
from harness.trials.verdict import NEAR_TIED, corrected, figures
from tests.support.scripted import Scripted, echo, nothing

PROFILE = Profile(nulls=0)


@conjecture(components="v", source="a test")
@given(S=words(min_length=10, max_length=10))
def a_reading_is_constant(head, S):
    """Every entry reads the same."""
    assert constant(head(S))


@conjecture(components="v", source="a test", control="holds")
@given(S=words())
def reading_twice_gives_the_same_result(head, S):
    """A control."""
    assert agree(head(S), head.afresh(S))


@conjecture(components="attn", source="a test")
@given(S=words(min_length=4))
def it_looks_back(head, S):
    """The head attends to the token before."""
    assert attends(head(S), the_token_before)


@conjecture(components="attn", source="a test")
@given(S=words(min_length=4))
def it_looks_at_one_place(head, S):
    """The head attends to one place most."""
    assert constant(head(S))


for claim in (a_reading_is_constant, reading_twice_gives_the_same_result, it_looks_back, it_looks_at_one_place):
    claim.__test__ = False  # tried here by hand


def some(entries):
    """A head that says one token, for certain but in the first entries."""
    return Scripted(nothing, doubtful=lambda ids: range(min(entries, len(ids))))


@pytest.mark.parametrize(
    ("entries", "share", "verdict"),
    [
        (0, 0.0, Verdict.SATISFIED),
        (1, 0.1, Verdict.SATISFIED),
        (2, 0.2, Verdict.UNDECIDED),
        (10, 1.0, Verdict.UNDECIDED),
    ],
)
def test_the_share_is_in_the_cell_and_decides(entries, share, verdict):
    cell = tried(a_reading_is_constant.conjecture, some(entries), PROFILE)
    assert (cell.verdict, cell.near_tied, cell.violations) == (verdict, share, 0)
    if verdict is Verdict.UNDECIDED:
        assert cell.message == (
            f"{share:.0%} of the 2,000 entries are near-ties, but at most 10% may be; the law cannot be satisfied "
            "with more"
        )
        assert (cell.p_value, cell.near_ties) == (1.0, 0)
        assert corrected([cell], alpha=0.5)[0].verdict is Verdict.UNDECIDED
    else:
        assert cell.message == ""


def test_a_control_is_about_the_instrument_and_may_rest_on_near_ties():
    cell = tried(reading_twice_gives_the_same_result.conjecture, some(30), PROFILE)
    assert (cell.verdict, cell.near_tied) == (Verdict.SATISFIED, 1.0)


def test_what_is_refuted_stays_so_and_nothing_holds_mostly():
    near = Census(200, 1, 0, 0, 1.0, (), constant=False, entries=100, near_tied=11)
    blank = Cell("0.0", "v", "output", "c", "c", Verdict.UNDECIDED)
    found = {
        share: figures(blank, counterexample=True, tried=1, counted=replace(near, near_tied=share), profile=PROFILE)
        for share in (10, 11)
    }
    assert NEAR_TIED == 0.1
    assert [cell.verdict for cell in found.values()] == [Verdict.MOSTLY, Verdict.REFUTED]
    assert corrected([found[11]], alpha=0.5)[0].verdict is Verdict.REFUTED
    assert tried(a_reading_is_constant.conjecture, Scripted(echo), PROFILE).near_tied == 0.0


class Looking(Scripted):
    """A head of given attention."""

    name = "attn"

    def __call__(self, ids):
        ids = tuple(ids)
        return of_weights(ids, self.rule(len(ids)), relative=1e-6)

    afresh = __call__

    @property
    def in_float64(self):
        return self


def one_before(n):
    """All attention to the token before, but for what two positions share, which is nothing."""
    return np.eye(n, k=-1) + np.eye(n) * (np.arange(n) == 0)


def spread(n):
    """Attention shared by all keys."""
    return np.tril(np.ones((n, n))) / np.arange(1, n + 1)[:, None]


@pytest.mark.slow
def test_weights_that_are_weighed_are_no_near_ties_and_places_that_are_read_are():
    weighed = tried(it_looks_back.conjecture, Looking(one_before), PROFILE)
    assert (weighed.verdict, weighed.near_tied) == (Verdict.SATISFIED, 0.0)
    assert tried(it_looks_back.conjecture, Looking(spread), PROFILE).near_tied == 0.0
    read = tried(it_looks_at_one_place.conjecture, Looking(spread), PROFILE)
    assert read.near_tied > 0.8
    assert read.verdict is Verdict.UNDECIDED


def test_nothing_holds_of_a_null_that_says_nothing():
    assert NullCensus(60, 0, 0, near_tied=0.1).holds(PROFILE)
    assert not NullCensus(60, 0, 0, near_tied=0.2).holds(PROFILE)
