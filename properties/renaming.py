"""Renaming: does it matter which tokens they are, or only which of them are equal?"""

from hypothesis import given

from harness import agree, conjecture, few_token_sequences, pattern, reads_equal_tokens_alike, renamings


@conjecture(
    components="q k v z qk",
    source="Olsson et al. 2022: induction heads complete patterns of any tokens, by their sameness alone",
)
@given(couple=renamings())
def renaming_tokens_does_not_change_the_pattern(head, couple):
    """Replace every token by another, equal ones by equal ones: the pattern of the reading stays the same.

    The head then tells tokens apart only by which are equal and where they stand, and not by which they are. Heads that
    know kinds of tokens break this law.
    """
    assert pattern(head(couple.S)) == pattern(head(couple.R))


@conjecture(components="q k v z qk", source="seed notebook, random inputs: motifs that stay when the tokens change")
@given(couple=renamings())
def renaming_tokens_does_not_change_the_reading(head, couple):
    """Replace every token by another, equal ones by equal ones: the attention tokens stay the same.

    Heads that count, or mark a token as seen before, or read the position obey. A head that says anything of the token
    itself does not.
    """
    assert agree(head(couple.S), head(couple.R))


@conjecture(
    components="q k v z qk",
    source="seed notebook, the plan: what different sequences read as",
    true_of_what_sees="the token",
)
@given(S=few_token_sequences())
def equal_tokens_read_alike_at_every_position(head, S):
    """In one sequence, all copies of a token read alike; for qk, all pairs of the same two tokens.

    A head that obeys is a dictionary for this sequence. Position, count and neighbours all break it.
    """
    assert reads_equal_tokens_alike(head(S))
