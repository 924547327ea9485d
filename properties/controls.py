"""Controls: claims whose truth is known beforehand. They test the instrument, not the head."""

from hypothesis import given

from harness import agree, conjecture, ends_alike, extensions, is_prefix, same_length_pairs, tokens, words


@conjecture(
    components="q k v z qk",
    source="causal masking, Vaswani et al. 2017, section 3.2.3",
    control="holds",
    architectural=True,
)
@given(extension=extensions())
def appending_a_token_leaves_the_reading_of_what_stood_before_unchanged(head, extension):
    """What S is read as is how the reading of S + t begins.

    True of every causal model, whatever its weights: a position sees nothing after it. If this fails, the harness
    is wrong.
    """
    assert is_prefix(head(extension.S), head(extension.whole))


@conjecture(
    components="q k v z qk", source="a measurement that cannot be repeated is none", control="holds", architectural=True
)
@given(S=words())
def reading_twice_gives_the_same(head, S):
    """A sequence read among others, and read again in other company with nothing remembered, reads the same.

    True of every deterministic model. If this fails, readings depend on the batch they were made in, or on a stale
    cache.
    """
    assert agree(head(S), head.afresh(S))


@conjecture(
    components="z qk",
    source="a measurement does not depend on what else is measured",
    control="holds",
    architectural=True,
)
@given(S=words())
def a_sequence_reads_the_same_in_a_batch_of_its_own(head, S):
    """What S is read as among others is what it is read as when it is run alone.

    True of every model, since sequences of a batch do not meet. If this fails, batching mixes them up. (z and qk are
    made of all the rest.)
    """
    assert agree(head(S), head.alone(S))


@conjecture(
    components="q k v",
    source="the residual stream before layer 0 is the embedding, Elhage et al. 2021",
    control="holds",
    architectural=True,
    scope="first layer",
)
@given(couple=same_length_pairs(max_length=23), t=tokens())
def in_layer_0_q_k_and_v_see_the_token_and_its_place_alone(head, couple, t):
    """In layer 0, the last position of S + t reads as the last position of R + t, where R is as long as S.

    True of every model in layer 0, where nothing has been moved between positions yet; above it is a question (see
    position). If this fails, activations are taken from the wrong layer or place.
    """
    assert ends_alike(head((*couple.S, t)), head((*couple.R, t)))


@conjecture(
    components="q k v z",
    source="nothing in a model fixes the coordinates inside a head, Elhage et al. 2021",
    control="holds",
    architectural=True,
    scope="basis-free",
)
@given(S=words())
def another_basis_inside_the_head_leaves_the_reading_unchanged(head, S):
    """With W_Q and W_K turned together, and W_V and W_O changed by a matrix and its inverse, S reads the same.

    True, whatever the weights, where the projection undoes the change: of v and z by their way to the output, of all
    four by way of the circuit. If this fails, the projection is not what it says. Elsewhere the flag `gauge` tells.
    """
    assert agree(head(S), head.in_another_basis(S))


@conjecture(components="q k v z qk", source="an impostor, false by its form", control="fails", architectural=True)
@given(extension=extensions())
def a_reading_does_not_grow_with_its_sequence(head, extension):
    """The reading of S + t has no more entries than the reading of S.

    False of every head, since each position has an entry. If this is not refuted, the harness cannot refute.
    """
    assert agree(head(extension.S), head(extension.whole))
