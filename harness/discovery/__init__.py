"""Discovery: laws that nobody stated, proposed by a grammar, screened, filtered, and confirmed on fresh sequences.

    transformation   what can be done to a sequence; `lengthening`, `shortening`, `reordering`, `exchanging` hold them
    places           which places of the two readings are compared
    comparison       how they are compared, for readings and for arrays of many heads
    relation         a comparison at some places, with its phrases
    law              a transformation, the sequences it is done to, and a relation: name, sentence and code
    samples          the sequences of the screen, and where in them the places lie
    simple_readers   readers by rule, which say what a law means: the set of those that obey it
    screen           the degree of every law on every head asked for, and on heads of the null models
    funnel           what is left out, step by step, and why
    interpretation   what a law would mean, by readers of one fact
    confirming       what is left, on fresh sequences, by the verdict code of every other claim
    chapter          the laws as property tests
    outcome          what is asked, and what came of it; `document` writes it down
    discover         all of it, resumable

Theorems are proved by reading every token (`harness.readings.exhaustion`):

    token_classes    which tokens a component reads alike
    generic_draws    sequences of symbols of which all others are images
    token_functions  which claims hold of every function of the token
    proving          both, written as data and as a page

A law's meaning is the set of simple readers that obey it. A law that readers without law obey says nothing; where all
that obey one law obey another, the one implies the other, as far as these readers tell; two with one set are one law.
So what the book states, what a simpler law explains, and what is said twice are found by one comparison of sets.
"""
