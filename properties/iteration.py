"""Iteration: a reading is a sequence of tokens, so a head can read its own output."""

from hypothesis import given

from harness import agree, alphabet, conjecture, iterated, needs_no_more_than, words


@conjecture(components="q k v z", source="seed notebook, the plan: a head as a map from sequences to sequences")
@given(S=words())
def reading_ones_own_reading_comes_to_rest_by_the_third_time(head, S):
    """Feed the reading back to the head: from the third time on, it no longer changes.

    Such a head is nearly a projection. Heads that look back push everything one place on each time.
    """
    assert agree(iterated(head, S, 4), iterated(head, S, 3))


@conjecture(components="q k v z", source="seed notebook, the plan: a head as a map from sequences to sequences")
@given(S=words())
def reading_ones_own_reading_comes_to_rest_or_goes_back_and_forth(head, S):
    """Feed the reading back to the head: from the third time on, every second reading is the same.

    This is weaker than a fixed point. Counting copies goes back and forth: counts of counts are rows and columns of one
    tableau in turn.
    """
    assert agree(iterated(head, S, 5), iterated(head, S, 3))


@conjecture(components="q k v z", source="seed notebook: each head has a vocabulary of its own")
@given(S=words())
def a_reading_is_read_in_its_own_alphabet(head, S):
    """Feeding the reading back to the head brings no new attention token.

    The alphabet is closed: the head reads its own words without new ones.
    """
    assert alphabet(iterated(head, S, 2)) <= alphabet(head(S))


@conjecture(components="q k v z", source="seed notebook: heads compress what they read")
@given(S=words())
def a_reading_needs_no_more_attention_tokens_than_what_it_is_a_reading_of(head, S):
    """Feeding the reading back to the head gives as many distinct attention tokens, or fewer.

    Each reading is simpler than the last. A counter breaks this law: it turns a monotonous reading into a rich one.
    """
    assert needs_no_more_than(iterated(head, S, 2), head(S))
