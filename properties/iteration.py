"""Iteration: a reading is a sequence of tokens, so a head can read its own output."""

from hypothesis import given

from harness import agree, alphabet, conjecture, iterated, needs_no_more_than, words


@conjecture(components="q k v z", source="seed notebook, the plan: a head as a map from sequences to sequences")
@given(S=words())
def re_reading_the_output_reaches_a_fixed_point(head, S):
    """Feed the reading back to the head: from the third time on, it no longer changes.

    Such a head is nearly a projection. Heads that look back push everything one place on each time.
    """
    assert agree(iterated(head, S, 4), iterated(head, S, 3))


@conjecture(components="q k v z", source="seed notebook, the plan: a head as a map from sequences to sequences")
@given(S=words())
def re_reading_the_output_ends_in_a_cycle_of_two(head, S):
    """Feed the reading back to the head: from the third time on, every second reading is the same.

    This is weaker than a fixed point. Counting copies goes back and forth: counts of counts are rows and columns of one
    tableau in turn.
    """
    assert agree(iterated(head, S, 5), iterated(head, S, 3))


@conjecture(components="q k v z", source="seed notebook: each head has a vocabulary of its own")
@given(S=words())
def re_reading_the_output_brings_no_new_attention_token(head, S):
    """Feeding the reading back to the head brings no new attention token.

    The alphabet is closed: the head reads its own words without new ones.
    """
    assert alphabet(iterated(head, S, 2)) <= alphabet(head(S))


@conjecture(components="q k v z", source="seed notebook: heads compress what they read")
@given(S=words())
def re_reading_the_output_needs_no_more_attention_tokens(head, S):
    """Feeding the reading back to the head gives as many distinct attention tokens, or fewer.

    Each reading is simpler than the last. A counter breaks this law: it turns a monotonous reading into a rich one.
    """
    assert needs_no_more_than(iterated(head, S, 2), head(S))
