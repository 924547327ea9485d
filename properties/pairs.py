"""Pairs: what two heads of a layer have in common. Of one head alone, the other is its neighbour."""

from hypothesis import given

from harness import conjecture, share_a_token, share_at_most, words


@conjecture(components="q k v qk", source="seed notebook: at least one token is shared between every head pair")
@given(S=words(min_length=12))
def two_heads_of_a_layer_share_an_attention_token(head_pair, S):
    """Some attention token is read by both heads of the pair.

    The seed said it of vocabularies over many prompts; of one sequence it is harder. If it holds, some tokens are
    common property, like the argmax of an unembedding's bias.
    """
    assert share_a_token(head_pair.left(S), head_pair.right(S))


@conjecture(components="q k v qk", source="seed notebook: and at most 4 are shared")
@given(S=words(min_length=12))
def two_heads_of_a_layer_share_at_most_four_attention_tokens(head_pair, S):
    """No more than four attention tokens are read by both heads of the pair.

    If it holds, each head has a vocabulary of its own. Where a head reads fewer than five tokens it holds by
    arithmetic; the degree, the share of the smaller alphabet that both have, tells.
    """
    assert share_at_most(head_pair.left(S), head_pair.right(S), 4)
