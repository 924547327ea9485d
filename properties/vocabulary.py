"""Vocabulary: how many attention tokens a head makes do with, and whether they are always the same."""

from hypothesis import given

from harness import alphabet, conjecture, needs_at_most, same_length_pairs, text_random_pairs, words


@conjecture(components="q k v z qk", source="seed notebook: some heads compress 16 tokens into 3 or 4 attention tokens")
@given(S=words(min_length=8))
def random_tokens_are_read_in_at_most_half_as_many_attention_tokens(head, S):
    """A random sequence needs no more than half as many attention tokens as it has tokens.

    Such a head sorts what it sees into a few kinds, and can be told from others by the kinds. One that says what the
    token or the place is needs a new word for nearly each.
    """
    assert needs_at_most(head(S), len(S) // 2)


@conjecture(
    components="q k v z qk", source="seed notebook: each head has a vocabulary of its own, nearly independent of input"
)
@given(S=words())
def a_reading_stays_inside_the_vocabulary_that_the_head_has_shown(head, S):
    """A random sequence needs no attention token that 64 other random sequences, of 24 tokens each, did not need.

    The head's vocabulary is then finite in earnest and as good as known; its size means something. Those 64 are drawn
    once, with a seed of their own. The share of a reading's tokens that are new estimates how much is still unseen
    (Good 1953).
    """
    assert alphabet(head(S)) <= head.vocabulary


@conjecture(
    components="q k v z qk", source="seed notebook: the number of attention tokens hardly depends on the length"
)
@given(couple=same_length_pairs(min_length=20))
def a_random_sequence_twice_as_long_needs_no_new_attention_tokens(head, couple):
    """What S followed by R, as long and as random, is read in is no more than what S alone is read in.

    By then the head has said all that it has to say. Counters and heads that say the token go on finding words.
    """
    assert alphabet(head(couple.S + couple.R)) <= alphabet(head(couple.S))


@conjecture(
    components="q k v z qk",
    source="seed notebook: how many attention tokens there are hardly depends on the input, see random tokens",
)
@given(couple=text_random_pairs(min_length=20))
def natural_text_needs_no_attention_token_that_random_tokens_do_not_need(head, couple):
    """What English text S is read in is no more than what R, as long and of random tokens, is read in.

    Then the head says the same of language as of noise, and what was learnt on random tokens holds of text as well. One
    that says the token breaks it, and so does one that counts: in language the same tokens come again.
    """
    assert alphabet(head(couple.S)) <= alphabet(head(couple.R))
