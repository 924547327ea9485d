"""Relations between readings, to state laws with. Pure functions, smallest case first.

    entries     equal, entry by entry
    alphabets   which tokens, and how many
    patterns    equal up to the names of tokens
    periods     what comes back, and when
    functions   what is settled by what
    orbits      readings read again

Where an entry is a near-tie its token is uncertain between the first and the second, and where it is open it may be
any; every relation here gives such an entry the benefit of the doubt and tallies it (see `agreement`).
"""

from harness.laws.relations.alphabets import (
    Alphabet,
    alphabet,
    brings_at_most,
    brings_no_new_token,
    loses_no_token,
    needs_at_most,
    needs_no_more_than,
    same_alphabet,
    share_a_token,
    share_at_most,
)
from harness.laws.relations.entries import agree, constant, ends_alike, is_prefix
from harness.laws.relations.functions import goes_on_from_the_last, reads_equal_tokens_alike, settled_by
from harness.laws.relations.orbits import iterated
from harness.laws.relations.patterns import Pattern, pattern, same_pattern
from harness.laws.relations.periods import period, periodic, repeats_no_sooner

__all__ = [
    "Alphabet",
    "Pattern",
    "agree",
    "alphabet",
    "brings_at_most",
    "brings_no_new_token",
    "constant",
    "ends_alike",
    "goes_on_from_the_last",
    "is_prefix",
    "iterated",
    "loses_no_token",
    "needs_at_most",
    "needs_no_more_than",
    "pattern",
    "period",
    "periodic",
    "reads_equal_tokens_alike",
    "repeats_no_sooner",
    "same_alphabet",
    "same_pattern",
    "settled_by",
    "share_a_token",
    "share_at_most",
]
