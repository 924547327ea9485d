"""Components: what q, k, v, z and qk of one head have to do with each other."""

from hypothesis import given

from harness import agree, alphabet, conjecture, settled_by, words


@conjecture(components="qk", source="seed notebook, macro patterns: q, k and their element-wise product")
@given(S=words())
def a_pair_says_nothing_that_neither_its_queries_nor_its_keys_say(head, S):
    """The alphabet of qk lies in that of q and that of k together.

    The product of two vectors would then have no meaning beyond theirs. A head that marks coincidences of query and
    key has a word for them, and breaks it.
    """
    assert alphabet(head(S)) <= alphabet(head.of("q")(S)) | alphabet(head.of("k")(S))


@conjecture(components="qk", source="seed notebook, the plan: readings may form an algebraic structure")
@given(S=words())
def what_a_pair_reads_as_is_settled_by_what_its_query_and_its_key_read_as(head, S):
    """Within a sequence, wherever query and key read the same two attention tokens, the pair reads the same.

    qk then has a multiplication table in attention tokens, and readings multiply as vectors do. Broken where q or k
    carries what its attention token does not show.
    """
    assert settled_by(head(S), head.of("q")(S), head.of("k")(S))


@conjecture(components="q", source="Elhage et al. 2021: the QK circuit")
@given(S=words())
def the_query_and_the_key_of_a_position_read_alike(head, S):
    """At every position, q reads the attention token that k reads.

    Such a head asks for what it offers, as heads that look for copies do. One that looks elsewhere, to the token
    before or to the first, asks for something else.
    """
    assert agree(head(S), head.of("k")(S))


@conjecture(components="z", source="Elhage et al. 2021: the OV circuit")
@given(S=words())
def what_a_head_gives_is_the_value_of_the_place_itself(head, S):
    """At every position, z reads the attention token that v reads.

    As where attention rests on the diagonal, or where all values say the same: then moving information is not this
    head's business.
    """
    assert agree(head(S), head.of("v")(S))


@conjecture(components="z", source="Elhage et al. 2021: attention moves values from one position to another")
@given(S=words())
def what_a_head_gives_is_one_of_the_values_it_holds(head, S):
    """The alphabet of z lies in that of v.

    Such a head points: what it gives is somebody's value, never BOS's nor a blend that reads as something new. Averages
    and counts are such blends.
    """
    assert alphabet(head(S)) <= alphabet(head.of("v")(S))
