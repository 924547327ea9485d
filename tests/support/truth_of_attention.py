"""What each specimen head's attention implies for its roles, and what pairs of heads have in common: data, derived.

Where a head attends follows from `harness.models.specimens.circuits` and `specimen_deeper`, in words below; N is how
often the query's token stands up to the query, itself counted. BOS is in front. Letters are those of `truth`, and

    U   never false for certain, but in a good part of the family decided by rounding: undecided
"""

ROLES = (
    "the_head_attends_to_the_token_before",
    "the_head_attends_to_an_earlier_copy_of_the_token",
    "the_head_attends_to_the_token_after_an_earlier_copy",
    "the_head_attends_to_the_first_position",
    "the_head_attends_to_its_own_position",
)

ATTENDS = {
    "constant": "RRRSR",  # BOS, and nothing else
    # All equal tokens alike. To earlier ones (N - 1) / N: just a half in a word of different letters said twice, which
    # is decided by rounding, and more in any other. To itself 1 / N: more than a half but in t t t t t and its like.
    "echo": "RURRM",
    # All of the class alike: of five consonants each gets a fifth. BOS is of another class.
    "token class": "RRRRR",
    "position": "RRRRS",  # itself
    # Every other place, BOS among them: itself 1, 1/2, 1/2, 1/3, ..., from six tokens on less than a half.
    "position parity": "RRRRR",
    # The place before. What followed an earlier copy stands there in words of two letters only, a copy in t t.
    "previous token": "SRRRR",
    "first token": "RRRRR",  # the first of the sequence, which is not BOS, and no neighbour from the third query on
    # BOS and all equal tokens alike, 1 / (N + 1): a half to itself and to BOS at the most.
    "count": "RRRRR",
    "count to 3": "RRRRR",
    # The first copy, where the token has come before; what followed a copy is never the first. Else BOS, so for as many
    # queries as there are different tokens: of 2 to 24 letters fewer than half are different once in 1,000 times,
    # and just a half, which is decided by rounding, once in 240. a a a is one such.
    "duplicate": "RSRMR",
    # What followed the last copy; where there is none, and in t t, itself: over half of a random sequence's tokens are
    # new to it, but not in a b a b a b.
    "induction": "RRSRM",
    "neighbour's class": "RRRRS",  # itself
    # The last that is another token: the place before, but in t t t. With t t in three tokens it is just a half.
    "last other token": "rRRRR",
    "two back": "SRRRR",  # the place before, where it finds what the token before that one was
    "majority": "RRRRR",  # all letters alike, 1 / (i + 1): a half at most from the second query on
    "noisy echo": "?????",  # left open: its attention is not told
}

PAIRS = {
    # (share a token, share at most four) for each of q, k, v, qk; sequences of 12 to 24 letters have five different
    # ones all but always
    ("0.0", "0.1"): {"q": "RS", "k": "RS", "v": "RS", "qk": "RS"},  # blank, and the token
    ("0.0", "0.6"): {"q": "SS", "k": "RS", "v": "RS", "qk": "RS"},  # blank, and blank, @i, x[i], @j
    ("0.1", "0.5"): {"q": "RS", "k": "SR", "v": "SR", "qk": "SR"},  # the token, and @(i-1), x[i], x[i], x[j]
    ("0.5", "0.6"): {"q": "RS", "k": "RS", "v": "SR", "qk": "RS"},  # @(i-1), x[i], x[i], x[j], and blank, @i, x[i], @j
}
