"""Periodicity: how a head reads a word that is said over and over."""

from hypothesis import given
from hypothesis.strategies import integers

from harness import agree, alphabet, conjecture, periodic, repeats_no_sooner, words


@conjecture(
    components="q k v z qk",
    source="seed notebook, random inputs: a random word of 3 tokens repeated",
    true_of_what_sees="the token",
)
@given(word=words(max_length=6), times=integers(3, 4))
def a_periodic_input_has_a_periodic_reading(head, word, times):
    """After its first period, the reading of word * times has the period of the word.

    The first period lacks a past of the same kind. Heads that see identity or the last few tokens obey; position breaks
    this law.
    """
    assert periodic(head(word * times)[len(word) :], len(word))


@conjecture(
    components="q k v z qk", source="seed notebook, the plan: invariances under S + t", true_of_what_sees="the token"
)
@given(word=words(max_length=8))
def the_third_period_reads_like_the_second(head, word):
    """In word word word, the third period reads like the second.

    This is weaker than full periodicity: a head may count to two and stop.
    """
    assert agree(head(word * 3)[2 * len(word) :], head(word * 3)[len(word) : 2 * len(word)])


@conjecture(
    components="q k v z qk",
    source="seed notebook, the plan: symmetries under a change of the word",
    true_of_what_sees="the token",
)
@given(word=words(max_length=8))
def rotating_the_word_rotates_the_reading(head, word):
    """A periodic input that starts one token later reads as before, one token later.

    The two inputs share all but their ends. A head that looks back less than a period cannot tell them apart.
    """
    assert agree(head((word[1:] + word[:1]) * 3)[len(word) : -1], head(word * 3)[len(word) + 1 :])


@conjecture(
    components="q k v z qk", source="seed notebook: heads compress what they read", true_of_what_sees="the token"
)
@given(word=words(max_length=12))
def a_second_period_brings_no_new_attention_token(head, word):
    """The second saying of a word brings no attention token that the first did not bring.

    This holds if a token alone decides its reading. Duplicate-token and induction heads break it, since they act on the
    second saying.
    """
    assert alphabet(head(word * 2)) <= alphabet(head(word))


@conjecture(components="q k v z qk", source="seed notebook, random inputs: a random word of 3 tokens repeated")
@given(word=words(max_length=6))
def the_reading_has_no_shorter_period_than_the_input(head, word):
    """The reading of word word word has no period shorter than that of the input.

    Such a head tells the places of a period apart. A head that reads two of them alike may repeat too soon. A head
    whose reading has no period obeys.
    """
    assert repeats_no_sooner(head(word * 3))
