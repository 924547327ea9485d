"""Renaming: whether it matters which tokens they are, or only which of them are the same."""

from hypothesis import given

from harness import agree, conjecture, few_token_sequences, pattern, reads_equal_tokens_alike, renamings


@conjecture(
    components="q k v z qk",
    source="Olsson et al. 2022: induction heads complete patterns of any tokens, by their sameness alone",
)
@given(couple=renamings())
def renaming_the_tokens_leaves_the_pattern_unchanged(head, couple):
    """When every token is replaced by another, equal ones by equal ones, the reading has the same pattern.

    What a head tells apart is then settled by which tokens are the same and where they stand, not by what they are.
    Heads that know kinds of tokens break it.
    """
    assert pattern(head(couple.S)) == pattern(head(couple.R))


@conjecture(components="q k v z qk", source="seed notebook, random inputs: motifs that stay when the tokens change")
@given(couple=renamings())
def renaming_the_tokens_leaves_even_the_reading_unchanged(head, couple):
    """When every token is replaced by another, equal ones by equal ones, the very same attention tokens are read.

    Heads that count, or mark a token as seen before, or read the place obey; one that says anything of the token
    itself does not.
    """
    assert agree(head(couple.S), head(couple.R))


@conjecture(
    components="q k v z qk",
    source="seed notebook, the plan: what different sequences read as",
    true_of_what_sees="the token",
)
@given(S=few_token_sequences())
def equal_tokens_are_read_alike_wherever_they_stand(head, S):
    """Within a sequence, every copy of a token reads the same; of qk, every pair of the same two tokens.

    A head that obeys is a dictionary as far as one sequence goes. Place, count and neighbours all break it.
    """
    assert reads_equal_tokens_alike(head(S))
