"""Repetition: how a head reads the same word said again."""

from hypothesis import given
from hypothesis.strategies import integers

from harness import agree, alphabet, conjecture, constant, repeats, tokens, words


@conjecture(
    components="q k v z qk",
    source="seed notebook, random inputs: a random word of 3 tokens repeated",
    true_of_what_sees="the token",
)
@given(word=words(max_length=6), times=integers(3, 4))
def a_repeat_adds_no_new_attention_tokens(head, word, times):
    """However often a word is repeated, it brings no attention token that two repeats did not bring.

    Heads that see token identity or the previous token obey. Heads that count, or track the position, do not.
    """
    assert alphabet(head(word * times)) <= alphabet(head(word * 2))


@conjecture(
    components="q k v z qk", source="seed notebook, random inputs: one token repeated", true_of_what_sees="the token"
)
@given(S=repeats(min_length=3))
def a_repeated_token_reads_the_same_after_its_first_copy(head, S):
    """In t t t ... all positions but the first have the same attention token.

    The first has only itself to look at (and BOS). A head that breaks this law tells the repeats apart by position or
    by count.
    """
    assert constant(head(S)[1:])


@conjecture(components="q k v z qk", source="seed notebook, random inputs: motifs that stay when the token changes")
@given(a=tokens(), b=tokens(), times=integers(2, 24))
def repetitions_of_different_tokens_read_alike(head, a, b, times):
    """a a a ... and b b b ... of the same length read alike.

    A head that obeys reads position or nothing. A head that reads the token breaks this law at once.
    """
    assert agree(head((a,) * times), head((b,) * times))


@conjecture(
    components="q k v z qk",
    source="seed notebook: vocabularies nearly independent of the input's length",
    true_of_what_sees="the token",
)
@given(t=tokens(), times=integers(4, 12))
def the_alphabet_of_a_repeated_token_stops_growing(head, t, times):
    """Saying t twice as often brings no attention token that four or more times did not bring.

    A counter that stops counting obeys, and so does a head that sees identity. Position and an unbounded count break
    this law.
    """
    assert alphabet(head((t,) * (2 * times))) <= alphabet(head((t,) * times))
