"""What each way of reading implies for each conjecture: data, derived from the rules and from nothing else.

A row is a rule of `harness.models.specimen_rules`, whatever heads and components read by it; a column is a conjecture.
Columns stand in blocks, one a chapter. To add a claim, name it in CHAPTERS and give each row of IMPLIED a letter in its
chapter's block; to add a chapter, name it and give each row a block. Sequences are of letters, five vowels and 21
consonants, with BOS at place 0; i is the place of the query, j of the key.

    S   holds of every sequence: satisfied
    s   holds, and every reading that the claim asks for is one and the same token: satisfied, trivial
    R   false at a rate of 8 % or more: refuted, since 100 sequences show that it is no `mostly`
    M   false at a rate below 0.2 %, by sequences over so few tokens that a search comes upon one: mostly
    m   false at a rate below 0.5 %, by a coincidence that a search may miss: mostly, or satisfied; never refuted
    r   false at a rate between: refuted or mostly; never satisfied
    ?   left open, not tested
    .   no component that reads by this rule is one that the claim speaks of

Only a derivation may set a letter, never a result.
"""

CHAPTERS = {
    "repetition": (
        "a_repeat_adds_no_new_attention_tokens",
        "a_repeated_token_reads_the_same_everywhere_after_the_first",
        "what_a_repeated_token_reads_as_does_not_depend_on_the_token",
        "the_alphabet_of_a_repeated_token_stops_growing",
    ),
    "periodicity": (
        "a_periodic_input_is_read_periodically_from_the_second_period_on",
        "the_third_period_reads_as_the_second",
        "rotating_the_word_rotates_the_reading",
        "two_periods_are_read_in_the_alphabet_of_one",
    ),
    "extension": (
        "one_more_token_brings_at_most_one_new_attention_token",
        "appending_a_token_twice_reads_it_the_second_time_as_the_first",
        "what_a_new_token_reads_as_does_not_depend_on_what_stood_before",
        "what_a_new_token_reads_as_does_not_depend_on_the_order_of_the_two_before_it",
    ),
}
"""The columns, in the order of the blocks of a row."""

OTHERS = frozenset({"pairs", "roles"})
"""Chapters that no rule decides: they are about where a head looks, or about two heads."""

IMPLIED = {
    # one token, whatever comes
    "blank": "ssss ssss ssss",
    "#24": "ssss ssss .sss",
    "#3": "ssss ssss .sss",
    "again": "ssss ssss .sss",
    # The token itself: the only thing that it minds is which token is repeated.
    "x[i]": "SSRS SSSS SSSS",
    "x[j]": "SSRS SSSS SS..",
    # Two letters differ in class 2 * 5/26 * 21/26 = 31 times in 100.
    "class of x[i]": "SSRS SSSS .SSS",
    "class of x[j]": "SSRS SSSS SS..",
    # Every new place is a new token, and nothing else counts. For qk a whole new row reads one new place.
    "@i": "RRSR RRRR SRRS",
    "@(i-1)": "RRSR RRRR .RRS",
    # One new key, one new place; the keys shared with the row before read as they did.
    "@j": "RRSR RRRR SS..",
    # Two tokens in all; periodic only where the word's length is even.
    "parity of i": "SRSS RRRS .RRS",
    # A shift of both changes nothing, one more query flips the row.
    "parity of i-j": "SRSS SSSS SR..",
    # BOS at first; the last token of a word is first looked back at in the second period.
    "x[i-1]": "SSRS SSSR .RRR",
    "x[j-1]": "SSRS SSSR SS..",  # the new key alone can bring the last token of S
    # In t t t the second still reads BOS, the third t.
    "x[i-2]": "SRRS SSSR .RRR",
    # The last letter's class is new in the second period where all before it were of the other class. Of words of
    # 2 to 12 letters these are the mean of 5/26 (21/26)^(n - 1) + 21/26 (5/26)^(n - 1): 8.4 %.
    "class of x[i-1]": "SSRS SSSR .RRR",
    "class of x[j-1]": "SSRS SSSR SS..",
    # A rotated word begins with another token.
    "first": "SSRS SSRS .SRS",
    # A count goes on: #0, #1, #2 ...
    "#n": "RRSR RRRR .RRS",
    # To 3: four times t read all four counts there are, so the alphabet stops growing. A repeat adds #2 where the
    # word's letters are all different, 77 times in 100; a rotated word has one fewer of its old first letter before it.
    "#n to 3": "RRSS RRRR .RRS",
    # From the second period on all is `again`; in the first it is new in a word of different letters (46 in 100).
    "again or new": "SSSS SSSR .RRS",
    # After a a, the first b brings both itself and blank: false only where S is one letter, 1 time in 570.
    "x[i] where x[j]": "SSRS SSSS MS..",
    # In t t t all is blank. Of a word with two letters, each comes to stand before another one within two periods, but
    # the last letter not within one, unless it has stood before. A new row can bring that one letter, and no other.
    "x[j] unless x[i]": "Ssss SSSR SS..",
    # In t t t all is BOS. Else as above. t passes over t, so the second t reads as the first; of a b t and b a t one
    # reads b and the other a, unless two of the three are the same (89 differ in 100).
    "last other": "Ssss SSSR .SRR",
    # Always a letter of the word: itself at first, then what followed the last time, which is a period's matter. S + t
    # reads what followed t in S, S + t + t reads t: they differ where t stands in S but not at its end (32 in 100). The
    # order of a and b counts where t is one of them (7 in 100) or the last of S (3 in 100).
    "after the last copy": "SSRS SSSS .RRR",
    # Let f be the vowels less the consonants up to a place, D those of the word: in the k-th period the readings are
    # the signs of f + (k - 1) D. Where the first period reads alike throughout, D has that sign, so no new class comes
    # after it. A period differs from the next where f + D and f + 2 D have different signs, as in a b b. Over all
    # strings of vowels and consonants: 4.9 % of words of 2 to 6 letters, 4.7 % of 2 to 8. Rotated, one letter fewer
    # has come before: 14 %, among them all with D = 0. Appended twice, t is a vowel and f = -2, or a consonant and
    # f = 1: 2.2 %. After S or after R: 5 %.
    "majority": "SSRS rrRS .rrS",
    # b after a is 1 pair in 676: where t is appended once but not twice, and at the seam of two periods. a b t and b a
    # t, or S t and R t, differ where t is b and one of two letters is a: 1 in 350.
    "noisy x[i]": "SSRS SSSm .mmm",
}

GAUGE = ("q", "k", "qk")
"""Components whose readings depend on the basis inside the head (projection output): v and z have W_O to undo it."""

MEANS = {
    "S": {"satisfied"},
    "s": {"satisfied"},
    "R": {"refuted"},
    "M": {"mostly"},
    "m": {"mostly", "satisfied"},
    "r": {"refuted", "mostly"},
}
"""The verdicts that a letter allows."""
