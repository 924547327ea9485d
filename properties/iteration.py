"""Iteration: a reading is a sequence of tokens, so the head can be given what it has said."""

from hypothesis import given

from harness import agree, alphabet, conjecture, iterated, needs_no_more_than, words


@conjecture(components="q k v z", source="seed notebook, the plan: a head as a map from sequences to sequences")
@given(S=words())
def reading_ones_own_reading_comes_to_rest_by_the_third_time(head, S):
    """Read, read again and read once more, what is said no longer changes.

    The head is nearly a projection: what it says is what it makes of what it says. Heads that look back push
    everything one place on each time.
    """
    assert agree(iterated(head, S, 4), iterated(head, S, 3))


@conjecture(components="q k v z", source="seed notebook, the plan: a head as a map from sequences to sequences")
@given(S=words())
def reading_ones_own_reading_comes_to_rest_or_goes_back_and_forth(head, S):
    """From the third reading of a reading on, every second one is the same.

    Weaker than rest. Counting copies is such a swing: counts of counts are rows and columns of one tableau in turn.
    """
    assert agree(iterated(head, S, 5), iterated(head, S, 3))


@conjecture(components="q k v z", source="seed notebook: each head has a vocabulary of its own")
@given(S=words())
def a_reading_is_read_in_its_own_alphabet(head, S):
    """Reading what was read needs no attention token that was not read before.

    The alphabet is closed: the head can speak of what it says without new words.
    """
    assert alphabet(iterated(head, S, 2)) <= alphabet(head(S))


@conjecture(components="q k v z", source="seed notebook: heads compress what they read")
@given(S=words())
def a_reading_needs_no_more_attention_tokens_than_what_it_is_a_reading_of(head, S):
    """Read again, a reading is said in as many attention tokens or in fewer, whichever they are.

    Whatever is said once more is said more simply. A counter turns a monotonous reading into a rich one.
    """
    assert needs_no_more_than(iterated(head, S, 2), head(S))
