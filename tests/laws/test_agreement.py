"""Agreement: a record of a comparison that is as true as what is certain of it."""

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.laws.agreement import Agreement, agreements, literally, noted, taken_literally


@st.composite
def tallies(draw):
    compared = draw(st.integers(0, 30))
    agreeing = draw(st.integers(0, compared))
    return Agreement(agreeing=agreeing, near_ties=draw(st.integers(0, compared - agreeing)), compared=compared)


@settings(max_examples=50, deadline=None)
@given(tallies())
def test_the_share_leaves_near_ties_out(found):
    assert 0 <= found.share <= 1
    assert (found.share == 1) == bool(found)


@settings(max_examples=50, deadline=None)
@given(tallies())
def test_taken_literally_a_near_tie_is_a_difference(found):
    with literally():
        assert bool(found) == (found.agreeing == found.compared)
    if not found:
        with literally():
            assert not found, "what is broken for certain is broken literally"


def test_comparisons_are_noted_in_the_innermost_trial_and_nowhere_outside():
    one = Agreement(agreeing=1, near_ties=0, compared=1)
    assert noted(one) is one
    with agreements() as outer:
        noted(one)
        with agreements() as inner:
            noted(one)
        noted(one)
    noted(one)
    assert (len(outer), len(inner)) == (2, 1)


def test_an_exception_leaves_nothing_behind():
    try:
        with agreements() as log, literally():
            raise KeyError
    except KeyError:
        pass
    noted(Agreement(agreeing=1, near_ties=0, compared=1))
    assert log == []
    assert not taken_literally()
