"""Roles: where a head looks. Claims about attention itself, in the words in which the literature names heads."""

from hypothesis import given
from hypothesis.strategies import integers

from harness import (
    an_earlier_copy,
    attends,
    conjecture,
    itself,
    the_first_position,
    the_token_before,
    what_followed_an_earlier_copy,
    words,
)


@conjecture(components="attn", source="previous-token heads, Elhage et al. 2021; Wang et al. 2022")
@given(S=words())
def the_head_attends_to_the_token_before(head, S):
    """More than half of the attention goes to the position right before the query.

    Such a head hands each position what stood before it: the first half of an induction circuit.
    """
    assert attends(head(S), the_token_before)


@conjecture(components="attn", source="duplicate-token heads, Wang et al. 2022, section 3")
@given(word=words(max_length=8), times=integers(2, 3))
def the_head_attends_to_an_earlier_copy_of_the_token(head, word, times):
    """In a word said again, more than half of the attention goes to where the same token stood before.

    Such a head knows what has been said already.
    """
    assert attends(head(word * times), an_earlier_copy)


@conjecture(components="attn", source="induction heads, Olsson et al. 2022")
@given(word=words(max_length=8), times=integers(2, 3))
def the_head_attends_to_what_followed_an_earlier_copy_of_the_token(head, word, times):
    """In a word said again, more than half of the attention goes to what came after the same token before.

    Such a head can continue what it has seen once: the second half of an induction circuit.
    """
    assert attends(head(word * times), what_followed_an_earlier_copy)


@conjecture(components="attn", source="attention sinks, Xiao et al. 2023")
@given(S=words())
def the_head_attends_to_the_first_position(head, S):
    """More than half of the attention goes to the first position there is, BOS where it is in front.

    There a head rests that has found nothing to do; random tokens give most heads little else.
    """
    assert attends(head(S), the_first_position)


@conjecture(components="attn", source="diagonal heads, Elhage et al. 2021; Clark et al. 2019")
@given(S=words())
def the_head_attends_to_itself(head, S):
    """More than half of the attention goes to the query's own position.

    What such a head passes on is its own token: it is a layer of its own in disguise.
    """
    assert attends(head(S), itself)
