"""Position: how a reading depends on position, and on everything before it."""

from hypothesis import given

from harness import agree, alphabet, conjecture, ends_alike, same_length_pairs, shuffles, tokens, words


@conjecture(
    components="q k v z qk",
    source="seed notebook: probably heavily influenced by positional encodings",
    true_of_what_sees="the token",
)
@given(P=words(max_length=23), S=words())
def a_prefix_does_not_change_the_reading_after_it(head, P, S):
    """S reads the same after P as by itself.

    Then neither position nor past counts. For qk, relative position may still count.
    """
    assert agree(head(P + S)[len(P) :], head(S))


@conjecture(
    components="q k v z qk",
    source="Xiao et al. 2023: much attention goes to the first token, whatever it is",
    true_of_what_sees="the token",
)
@given(S=words(min_length=3))
def dropping_the_first_token_does_not_change_the_rest(head, S):
    """Without its first token, the rest of S reads as before, one place to the left.

    This is the least prefix. It moves every position by one, and leaves the second token without a token before it.
    """
    assert agree(head(S)[1:], head(S[1:]))


@conjecture(
    components="q k v z",
    source="Xiao et al. 2023: much attention goes to the first token, whatever it is",
    true_of_what_sees="the token and its place",
)
@given(S=words(min_length=3, max_length=23), a=tokens(), b=tokens())
def the_last_reading_does_not_depend_on_the_first_token(head, S, a, b):
    """The last positions of a + S and b + S read alike.

    No position changes, so this is about memory alone. Heads that look back a few tokens obey. Heads that keep the
    first token, or gather from all, do not.
    """
    assert ends_alike(head((a, *S)), head((b, *S)))


@conjecture(
    components="q k v z",
    source="Elhage et al. 2021: what a head writes and where it looks are separate circuits",
    true_of_what_sees="the token and its place",
)
@given(couple=same_length_pairs(max_length=23), t=tokens())
def the_reading_depends_on_token_and_position_only(head, couple, t):
    """The last positions of S + t and R + t read alike, where R is as long as S.

    The head adds nothing from other positions: a dictionary with a page for each place.
    """
    assert ends_alike(head((*couple.S, t)), head((*couple.R, t)))


@conjecture(components="q k v z qk", source="Voita et al. 2019: positional heads, which attend by place alone")
@given(couple=same_length_pairs())
def sequences_of_the_same_length_read_alike(head, couple):
    """Two sequences that have only their length in common read the same.

    The reading then depends on position, on distance, or on nothing.
    """
    assert agree(head(couple.S), head(couple.R))


@conjecture(
    components="q k v z",
    source="Sinha et al. 2021: models of shuffled text learn much of what models of ordered text do",
    true_of_what_sees="the token and its place",
)
@given(couple=shuffles(max_length=23), t=tokens())
def shuffling_the_past_does_not_change_the_last_reading(head, couple, t):
    """The last position of S + t reads the same when S is put in another order.

    The past is a bag of tokens. Heads that count or weigh all earlier tokens obey; those that look at a neighbour or at
    the first token do not.
    """
    assert ends_alike(head((*couple.S, t)), head((*couple.R, t)))


@conjecture(
    components="q k v z qk",
    source="seed notebook, the plan: symmetries of what sequences read as",
    true_of_what_sees="the token",
)
@given(S=words())
def a_reversed_sequence_has_the_same_alphabet(head, S):
    """S and its reverse have the same set of attention tokens.

    Direction does not matter to the set of words, whatever it does to their places. Looking back at a neighbour breaks
    this law, since no head looks back at the last token.
    """
    assert alphabet(head(S[::-1])) == alphabet(head(S))
