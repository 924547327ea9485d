"""Roles: where a head looks. These are claims about attention itself, in the words of the literature."""

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

    Such a head hands each position the token before it: the first half of an induction circuit.
    """
    assert attends(head(S), the_token_before)


@conjecture(components="attn", source="duplicate-token heads, Wang et al. 2022, section 3")
@given(word=words(max_length=8), times=integers(2, 3))
def the_head_attends_to_an_earlier_copy_of_the_token(head, word, times):
    """In a repeated word, more than half of the attention goes to an earlier copy of the same token.

    Such a head knows what has been said already.
    """
    assert attends(head(word * times), an_earlier_copy)


@conjecture(components="attn", source="induction heads, Olsson et al. 2022")
@given(word=words(max_length=8), times=integers(2, 3))
def the_head_attends_to_the_token_after_an_earlier_copy(head, word, times):
    """In a repeated word, more than half of the attention goes to the token after an earlier copy of the same token.

    Such a head can continue what it has seen once: the second half of an induction circuit.
    """
    assert attends(head(word * times), what_followed_an_earlier_copy)


@conjecture(components="attn", source="attention sinks, Xiao et al. 2023")
@given(S=words())
def the_head_attends_to_the_first_position(head, S):
    """More than half of the attention goes to the first position there is, which is BOS if BOS is in front.

    A head rests there when it finds nothing to do. Random tokens give most heads little else.
    """
    assert attends(head(S), the_first_position)


@conjecture(components="attn", source="diagonal heads, Elhage et al. 2021; Clark et al. 2019")
@given(S=words())
def the_head_attends_to_its_own_position(head, S):
    """More than half of the attention goes to the query's own position.

    Such a head passes on its own token: it acts like a layer that sees one position.
    """
    assert attends(head(S), itself)
