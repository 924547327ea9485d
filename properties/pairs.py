"""Pairs: what two heads of a layer have in common. For one head alone, the other is its neighbour."""

from hypothesis import given

from harness import conjecture, share_a_token, share_at_most, words


@conjecture(components="q k v qk", source="seed notebook: at least one token is shared between every head pair")
@given(S=words(min_length=12))
def two_heads_of_a_layer_share_an_attention_token(head_pair, S):
    """Both heads of the pair have some attention token in common.

    The seed said it of vocabularies over many prompts; in one sequence it is harder. If it holds, some tokens are
    common property, like the argmax of an unembedding's bias.
    """
    assert share_a_token(head_pair.left(S), head_pair.right(S))


@conjecture(components="q k v qk", source="seed notebook: and at most 4 are shared")
@given(S=words(min_length=12))
def two_heads_of_a_layer_share_at_most_four_attention_tokens(head_pair, S):
    """The two heads of the pair have at most four attention tokens in common.

    If it holds, each head has a vocabulary of its own. A head with fewer than five tokens obeys by arithmetic. The
    agreement is the share of the smaller alphabet that both have.
    """
    assert share_at_most(head_pair.left(S), head_pair.right(S), 4)
