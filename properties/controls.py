"""Controls: known-answer checks, laws whose truth is known beforehand. They test headlaws, not the head."""

from hypothesis import given

from harness import agree, conjecture, ends_alike, extensions, is_prefix, same_length_pairs, tokens, words


@conjecture(
    components="q k v z qk",
    source="causal masking, Vaswani et al. 2017, section 3.2.3",
    control="holds",
    architectural=True,
)
@given(extension=extensions())
def appending_a_token_does_not_change_the_reading_before_it(head, extension):
    """The reading of S + t begins with the reading of S.

    This is true of every causal model, whatever its weights: a position sees nothing after it. If it fails, headlaws is
    wrong.
    """
    assert is_prefix(head(extension.S), head(extension.whole))


@conjecture(
    components="q k v z qk", source="a measurement that cannot be repeated is none", control="holds", architectural=True
)
@given(S=words())
def reading_twice_gives_the_same_result(head, S):
    """A sequence reads the same when it is read again, in another batch and with nothing remembered.

    This is true of every deterministic model. If it fails, readings depend on their batch, or on a stale cache.
    """
    assert agree(head(S), head.afresh(S))


@conjecture(
    components="z qk",
    source="a measurement does not depend on what else is measured",
    control="holds",
    architectural=True,
)
@given(S=words())
def a_sequence_reads_the_same_alone_and_in_a_batch(head, S):
    """S reads the same in a batch with others and alone.

    This is true of every model, since the sequences of a batch do not meet. If it fails, batches mix them up. (z and qk
    are made of all the rest.)
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
def in_layer_0_q_k_and_v_depend_on_token_and_position_only(head, couple, t):
    """In layer 0, the last positions of S + t and R + t read alike, where R is as long as S.

    This is true of every model: before layer 0, nothing has moved between positions. In higher layers it is a question
    (see position). If it fails, activations come from the wrong layer or position.
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
def changing_the_basis_inside_the_head_does_not_change_the_reading(head, S):
    """S reads the same after W_Q and W_K are rotated together, and W_V and W_O are changed by a matrix and its inverse.

    This is true, whatever the weights, where the projection undoes the change: for v and z under `output`, and for all
    four under `circuit`. If it fails, the projection is wrong. Elsewhere the flag basis-dependent marks the change.
    """
    assert agree(head(S), head.in_another_basis(S))


@conjecture(components="q k v z qk", source="an impostor, false by its form", control="fails", architectural=True)
@given(extension=extensions())
def a_reading_does_not_grow_with_its_sequence(head, extension):
    """The reading of S + t has no more entries than the reading of S.

    This is false of every head, since each position has an entry. If it is not refuted, headlaws cannot refute.
    """
    assert agree(head(extension.S), head(extension.whole))
