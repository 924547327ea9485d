"""Components: how q, k, v, z and qk of one head relate to each other."""

from hypothesis import given

from harness import agree, alphabet, conjecture, settled_by, words


@conjecture(components="qk", source="seed notebook, macro patterns: q, k and their element-wise product")
@given(S=words())
def qk_adds_no_attention_token_to_those_of_q_and_k(head, S):
    """Every attention token of qk is one of q or one of k.

    The product of two vectors then has no meaning beyond theirs. A head that marks where query and key coincide has a
    word of its own for that, and breaks this law.
    """
    assert alphabet(head(S)) <= alphabet(head.of("q")(S)) | alphabet(head.of("k")(S))


@conjecture(components="qk", source="seed notebook, the plan: readings may form an algebraic structure")
@given(S=words())
def the_tokens_of_query_and_key_decide_the_token_of_their_pair(head, S):
    """In one sequence, pairs whose queries read alike and whose keys read alike have the same attention token.

    qk then has a multiplication table in attention tokens: readings multiply as vectors do. A head breaks this law if q
    or k carries something that its attention token does not show.
    """
    assert settled_by(head(S), head.of("q")(S), head.of("k")(S))


@conjecture(components="q", source="Elhage et al. 2021: the QK circuit")
@given(S=words())
def query_and_key_read_the_same_token(head, S):
    """At every position, q and k have the same attention token.

    Such a head asks for what it offers, as heads that look for copies do. A head that looks at the token before, or at
    the first one, asks for something else.
    """
    assert agree(head(S), head.of("k")(S))


@conjecture(components="z", source="Elhage et al. 2021: the OV circuit")
@given(S=words())
def the_output_reads_as_the_value_at_the_same_position(head, S):
    """At every position, z and v have the same attention token.

    This holds if attention rests on the diagonal, or if all values read alike. Such a head does not move information.
    """
    assert agree(head(S), head.of("v")(S))


@conjecture(components="z", source="Elhage et al. 2021: attention moves values from one position to another")
@given(S=words())
def the_output_reads_as_one_of_the_values(head, S):
    """Every attention token of z is one of v.

    Such a head points: its output is the value of some position, and never that of BOS or a blend that reads as
    something new. Averages and counts are such blends.
    """
    assert alphabet(head(S)) <= alphabet(head.of("v")(S))
