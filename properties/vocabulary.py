"""Vocabulary: how many attention tokens a head uses, and whether they are always the same."""

from hypothesis import given

from harness import alphabet, conjecture, needs_at_most, same_length_pairs, text_random_pairs, words


@conjecture(components="q k v z qk", source="seed notebook: some heads compress 16 tokens into 3 or 4 attention tokens")
@given(S=words(min_length=8))
def random_tokens_need_at_most_half_as_many_attention_tokens(head, S):
    """A random sequence has at most half as many distinct attention tokens as it has tokens.

    Such a head sorts its input into a few kinds. A head that names the token or the position needs a new word for
    nearly each.
    """
    assert needs_at_most(head(S), len(S) // 2)


@conjecture(
    components="q k v z qk", source="seed notebook: each head has a vocabulary of its own, nearly independent of input"
)
@given(S=words())
def a_reading_stays_inside_the_known_vocabulary(head, S):
    """A random sequence brings no attention token that 64 other random sequences, of 24 tokens each, did not bring.

    The head's vocabulary is then finite and as good as known, so its size means something. The 64 sequences are drawn
    once, with a seed of their own. The share of new tokens in a reading estimates how much is still unseen (Good 1953).
    """
    assert alphabet(head(S)) <= head.vocabulary


@conjecture(
    components="q k v z qk", source="seed notebook: the number of attention tokens hardly depends on the length"
)
@given(couple=same_length_pairs(min_length=20))
def doubling_a_random_sequence_brings_no_new_attention_token(head, couple):
    """S followed by R, as long and as random, has no attention token that S alone does not have.

    By then the head has said all its words. Counters, and heads that name the token, go on finding new ones.
    """
    assert alphabet(head(couple.S + couple.R)) <= alphabet(head(couple.S))


@conjecture(
    components="q k v z qk",
    source="seed notebook: how many attention tokens there are hardly depends on the input, see random tokens",
)
@given(couple=text_random_pairs(min_length=20))
def natural_text_brings_no_attention_token_beyond_random_tokens(head, couple):
    """English text S has no attention token that R, as long and of random tokens, does not have.

    The head then says the same of language as of noise, so findings on random tokens hold for text as well. A head that
    names the token breaks this law. So does a head that counts, since words come again in language.
    """
    assert alphabet(head(couple.S)) <= alphabet(head(couple.R))
