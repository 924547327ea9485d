"""Controls: claims whose truth is known beforehand. They test the instrument, not the head."""

from hypothesis import given

from harness import agree, conjecture, extensions, is_prefix, words


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


@conjecture(components="q k v z qk", source="an impostor, false by its form", control="fails", architectural=True)
@given(extension=extensions())
def a_reading_does_not_grow_with_its_sequence(head, extension):
    """The reading of S + t has no more entries than the reading of S.

    False of every head, since each position has an entry. If this is not refuted, the harness cannot refute.
    """
    assert agree(head(extension.S), head(extension.whole))
