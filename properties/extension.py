"""Extension: how one more token changes the reading, S -> S + t."""

from hypothesis import given

from harness import (
    alphabet,
    brings_at_most,
    conjecture,
    ends_alike,
    extensions,
    few_token_sequences,
    goes_on_from_the_last,
    tokens,
    words,
)


@conjecture(components="qk", source="seed notebook, the plan: take S, append t, read again")
@given(extension=extensions())
def one_more_token_brings_at_most_one_new_attention_token(head, extension):
    """S + t has at most one attention token that S does not have.

    The new query meets every key, so a whole row of pairs must share its one new token. (For q, k, v and z this would
    be true by arithmetic: one position, one token.)
    """
    assert brings_at_most(head(extension.S), head(extension.whole), 1)


@conjecture(components="q k v z qk", source="seed notebook, the plan: invariances", true_of_what_sees="the token")
@given(extension=extensions(max_length=22))
def repeating_a_token_does_not_change_its_reading(head, extension):
    """In S + t + t, the last two positions read alike.

    Heads that see the token alone obey. The previous token, a count, or the position tells the two apart.
    """
    assert ends_alike(head((*extension.whole, extension.t)), head(extension.whole))


@conjecture(
    components="q k v z", source="seed notebook, the plan: how t acts on what S reads as", true_of_what_sees="the token"
)
@given(S=words(max_length=23), R=words(max_length=23), t=tokens())
def the_reading_of_a_new_token_does_not_depend_on_the_past(head, S, R, t):
    """The last positions of S + t and R + t read alike.

    A head that obeys is a dictionary: it looks the token up. A head that uses position or context breaks this law.
    """
    assert ends_alike(head((*S, t)), head((*R, t)))


@conjecture(
    components="q k v z",
    source="seed notebook, the plan: appending as a (non-commutative) action",
    true_of_what_sees="the token and its place",
)
@given(S=words(max_length=21), a=tokens(), b=tokens(), t=tokens())
def swapping_the_two_previous_tokens_does_not_change_the_reading(head, S, a, b, t):
    """The last positions of S + a + b + t and S + b + a + t read alike.

    Heads that gather from all earlier tokens obey; those that look at the previous token do not.
    """
    assert ends_alike(head((*S, a, b, t)), head((*S, b, a, t)))


@conjecture(
    components="q k v z qk",
    source="seed notebook, the plan: appending as a (non-commutative) action",
    true_of_what_sees="the token",
)
@given(S=words(max_length=22), a=tokens(), b=tokens())
def the_order_of_two_appended_tokens_does_not_change_the_alphabet(head, S, a, b):
    """S + a + b and S + b + a have the same set of attention tokens.

    As far as the alphabet can tell, appending commutes, though the positions may differ.
    """
    assert alphabet(head((*S, a, b))) == alphabet(head((*S, b, a)))


@conjecture(
    components="q k v z",
    source="seed notebook, the plan: attention tokens as states that t acts on",
    true_of_what_sees="the token",
)
@given(S=few_token_sequences(tokens=3))
def the_last_attention_token_and_the_new_token_decide_the_next(head, S):
    """Wherever the same token follows the same attention token, the same attention token comes next.

    The attention token is then the state of a machine that tokens drive: the head remembers only its last token.
    Copying and counting positions obey; looking back at the token before, or counting copies, does not.
    """
    assert goes_on_from_the_last(head(S))
