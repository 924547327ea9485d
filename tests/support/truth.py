"""What each way of reading implies for each conjecture: data, derived from the rules and from nothing else.

A row is a rule of `harness.models.specimens.rules`, whatever heads and components read by it; a column is a conjecture.
Columns stand in blocks, one a chapter. To add a claim, name it in CHAPTERS and give each row of IMPLIED a letter in its
chapter's block; to add a chapter, name it and give each row a block. Sequences are of letters, five vowels and 21
consonants, with BOS at place 0; i is the place of the query, j of the key.

    S   holds of every sequence: satisfied
    s   holds, and every reading that the claim asks for is one and the same token: satisfied, trivial
    c   false as R is, and every reading that the claim asks for is one and the same token: refuted, trivial
    R   false at a rate of 8 % or more: refuted, since 100 sequences show that it is no `mostly`
    M   false at a rate below 0.2 %, by sequences over so few tokens that a search comes upon one: mostly
    m   false at a rate below 0.5 %, by a coincidence that a search may miss: mostly, or satisfied; never refuted
    r   false at a rate between: refuted or mostly; never satisfied
    ?   left open, not tested
    .   no component that reads by this rule is one that the claim speaks of

Only a derivation may set a letter, never a result.

Natural text is that of `harness/readings/sentences.txt`, letter by letter; what is said of it below is counted there
(`tests/readings/test_sentences.py`). Passages of 20 to 24 letters have seven different ones at least, so random letters
as many hardly ever have them all. Every 19 letters in a row have vowels, consonants, and a letter twice.
"""

CHAPTERS = {
    "repetition": (
        "a_repeat_adds_no_new_attention_tokens",
        "a_repeated_token_reads_the_same_after_its_first_copy",
        "repetitions_of_different_tokens_read_alike",
        "the_alphabet_of_a_repeated_token_stops_growing",
    ),
    "periodicity": (
        "a_periodic_input_has_a_periodic_reading",
        "the_third_period_reads_like_the_second",
        "rotating_the_word_rotates_the_reading",
        "a_second_period_brings_no_new_attention_token",
        "the_reading_has_no_shorter_period_than_the_input",
    ),
    "extension": (
        "one_more_token_brings_at_most_one_new_attention_token",
        "repeating_a_token_does_not_change_its_reading",
        "the_reading_of_a_new_token_does_not_depend_on_the_past",
        "swapping_the_two_previous_tokens_does_not_change_the_reading",
        "the_order_of_two_appended_tokens_does_not_change_the_alphabet",
        "the_last_attention_token_and_the_new_token_decide_the_next",
    ),
    "vocabulary": (
        "random_tokens_need_at_most_half_as_many_attention_tokens",
        "a_reading_stays_inside_the_known_vocabulary",
        "doubling_a_random_sequence_brings_no_new_attention_token",
        "natural_text_brings_no_attention_token_beyond_random_tokens",
    ),
    "renaming": (
        "renaming_tokens_does_not_change_the_pattern",
        "renaming_tokens_does_not_change_the_reading",
        "equal_tokens_read_alike_at_every_position",
    ),
    "position": (
        "a_prefix_does_not_change_the_reading_after_it",
        "dropping_the_first_token_does_not_change_the_rest",
        "the_last_reading_does_not_depend_on_the_first_token",
        "the_reading_depends_on_token_and_position_only",
        "sequences_of_the_same_length_read_alike",
        "shuffling_the_past_does_not_change_the_last_reading",
        "a_reversed_sequence_has_the_same_alphabet",
    ),
    "iteration": (
        "re_reading_the_output_reaches_a_fixed_point",
        "re_reading_the_output_ends_in_a_cycle_of_two",
        "re_reading_the_output_brings_no_new_attention_token",
        "re_reading_the_output_needs_no_more_attention_tokens",
    ),
}
"""The columns, in the order of the blocks of a row."""

OTHERS = frozenset({"pairs", "roles"})
"""Chapters that no rule decides: they are about where a head looks, or about two heads."""

IMPLIED = {
    # one token, whatever comes
    # All comes back at once, whatever the word.
    "blank": "ssss ssssc ssssss ssss sss sssssss ssss",
    "#24": "ssss ssssc .sssss ssss sss sssssss ssss",
    "#3": "ssss ssssc .sssss ssss sss sssssss ssss",
    "again": "ssss ssssc .sssss ssss sss sssssss ssss",
    # The token itself: the only thing that it minds is which token is repeated.
    # Of 8 letters hardly one comes twice; 64 times 24 letters are all 26; the second 20 hold some that the first
    # lack.
    "x[i]": "SSRS SSSSS SSSSSS RSRR SRS SSSSRSS SSSS",
    "x[j]": "SSRS SSSSS SS..S. RSRR SRS SS..R.S ....",
    # Two letters differ in class 2 * 5/26 * 21/26 = 31 times in 100.
    # Twenty consonants in a row: 1 time in 70. What reads as vowel or consonant is itself read as a mark, and so is
    # that. 20 to 24 random letters have no vowel 1 time in 105, without the last 1 time in 85: text always has one.
    "class of x[i]": "SSRS SSSSR .SSSSS SSrr RRS SSSSRSS SSRS",
    "class of x[j]": "SSRS SSSSR SS..S. SSrr RRS SS..R.S ....",
    # Every new place is a new token, and nothing else counts. For qk a whole new row reads one new place.
    # Moved by a prefix; settled by what was read before it, since places follow each other.
    "@i": "RRSR RRRRS SRRSSS RSRS SSR RRSSSSS SSSS",
    "@(i-1)": "RRSR RRRRS .RRSSS RSRS SSR RRSSSSS SSSS",
    # One new key, one new place; the keys shared with the row before read as they did.
    "@j": "RRSR RRRRS SS..S. RSRS SSR RR..S.S ....",
    # Two tokens in all; periodic only where the word's length is even.
    "parity of i": "SRSS RRRSR .RRSSS SSSS SSR RRSSSSS SSSS",
    # A shift of both changes nothing, one more query flips the row.
    # It has every period.
    "parity of i-j": "SRSS SSSSR SR..S. SSSS SSR SS..S.S ....",
    # BOS at first; the last token of a word is first looked back at in the second period.
    # The first reads BOS, the last is never read. Read again, all moves one on, and only BOS comes in.
    "x[i-1]": "SSRS SSSRS .RRRRR RSRR SRR RRSRRRR RRSS",
    "x[j-1]": "SSRS SSSRS SS..R. RSRR SRR RR..R.R ....",  # the new key alone can bring the last token of S
    # In t t t the second still reads BOS, the third t.
    # Of S + a + b neither a nor b is read.
    "x[i-2]": "SRRS SSSRS .RRRSR RSRR SRR RRSRRRR RRSS",
    # The last letter's class is new in the second period where all before it were of the other class. Of words of
    # 2 to 12 letters these are the mean of 5/26 (21/26)^(n - 1) + 21/26 (5/26)^(n - 1): 8.4 %.
    # The first reads BOS's class, mark, so nothing repeats itself. a and b are of two classes, of which S has one
    # only: 5 %. Back to front, the last letter's class is the one that matters: 7 %. Read again: marks.
    "class of x[i-1]": "SSRS SSSRS .RRRrR SSrr RRR RRSRRRr SSSS",
    "class of x[j-1]": "SSRS SSSRS SS..r. SSrr RRR RR..R.r ....",
    # A rotated word begins with another token.
    "first": "SSRS SSRSR .SRSSS SSSR SRS RRRRRRR SSSS",
    # A count goes on: #0, #1, #2 ...
    # In 59 of 100 passages of text some letter stands four times, in as many random letters at most 28 times in 100.
    # A search says one letter 24 times; a census hardly one five times. The last letter is a or b and not both: 7.4
    # %. Counts of counts: the tableau whose rows the counts are is transposed, and back; of 0 0 0 they are 0 1 2.
    "#n": "RRSR RRRRS .RRSSR MMRR SSR RRrRRSS RSRR",
    # To 3: four times t read all four counts there are, so the alphabet stops growing. A repeat adds #2 where the
    # word's letters are all different, 77 times in 100; a rotated word has one fewer of its old first letter before it.
    # A tableau that is cut off at its fourth row is not transposed back.
    "#n to 3": "RRSS RRRRS .RRSSR SSRR SSR RRrRRSS RRRR",
    # From the second period on all is `again`; in the first it is new in a word of different letters (46 in 100).
    # Twenty random letters are all different 3 times in 100,000; text has both.
    # That the last has come before, but only as the first: 5 %. Of a reading, from the third time on, new new again
    # ... and new again new again again ... in turn.
    "again or new": "SSSS SSSRS .RRSSR SSSm SSR RR?RRSS RSRR",
    # After a a, the first b brings both itself and blank: false only where S is one letter, 1 time in 570.
    "x[i] where x[j]": "SSRS SSSSS MS..S. RSRR SRS SS..R.S ....",
    # In t t t all is blank. Of a word with two letters, each comes to stand before another one within two periods, but
    # the last letter not within one, unless it has stood before. A new row can bring that one letter, and no other.
    # The last letter is no other's key.
    "x[j] unless x[i]": "Ssss SSSRS SS..R. RSRR SRS SS..R.R ....",
    # In t t t all is BOS. Else as above. t passes over t, so the second t reads as the first; of a b t and b a t one
    # reads b and the other a, unless two of the three are the same (89 differ in 100).
    # BOS, then mostly the token before; only in a a a does it look back to the end.
    "last other": "Ssss SSSRS .SRRRR RSRR SRR RRMRRRR RRSS",
    # Always a letter of the word: itself at first, then what followed the last time, which is a period's matter. S + t
    # reads what followed t in S, S + t + t reads t: they differ where t stands in S but not at its end (32 in 100). The
    # order of a and b counts where t is one of them (7 in 100) or the last of S (3 in 100).
    # Its alphabet is that of the sequence: a letter's first copy reads itself, and nothing else is ever read.
    "after the last copy": "SSRS SSSS? .RRRSR RSRR SRR RR?RRRS RRSS",
    # Let f be the vowels less the consonants up to a place, D those of the word: in the k-th period the readings are
    # the signs of f + (k - 1) D. Where the first period reads alike throughout, D has that sign, so no new class comes
    # after it. A period differs from the next where f + D and f + 2 D have different signs, as in a b b. Over all
    # strings of vowels and consonants: 4.9 % of words of 2 to 6 letters, 4.7 % of 2 to 8. Rotated, one letter fewer
    # has come before: 14 %, among them all with D = 0. Appended twice, t is a vowel and f = -2, or a consonant and
    # f = 1: 2.2 %. After S or after R: 5 %.
    # It turns seldom and late, so much lies near the bounds. Up to some place the vowels are a half or more in 75 of
    # 100 passages of text, and 38 times in 100 in random letters.
    "majority": "SSRS rrRSR .rrS?R SSmR RRR RR?rRSR SSRS",
    # b after a is 1 pair in 676: where t is appended once but not twice, and at the seam of two periods. a b t and b a
    # t, or S t and R t, differ where t is b and one of two letters is a: 1 in 350.
    # After blank the next token reads as itself, so a reading stays as it is.
    "noisy x[i]": "SSRS SSSmS .mmm?S R?RR ?R? mmSmRm? SSSS",
}

ACROSS = (
    ("components", "qk_adds_no_attention_token_to_those_of_q_and_k"),
    ("components", "the_tokens_of_query_and_key_decide_the_token_of_their_pair"),
    ("components", "query_and_key_read_the_same_token"),
    ("components", "the_output_reads_as_the_value_at_the_same_position"),
    ("components", "the_output_reads_as_one_of_the_values"),
)
"""Conjectures about several components of one head, which no single rule settles."""

ACROSS_HEADS = {
    "constant": "SS S SS",
    "echo": "SS S SS",
    "token class": "SS S SS",
    "position": "SS S SS",
    "position parity": "SS S SS",  # the parities of i and of j settle that of i - j
    "previous token": "SS R RR",  # q @(i-1), k x[i], qk x[j]; v x[i], z x[i-1], at first BOS, whose value is not held
    "first token": "SS R RS",  # q blank, k @i, qk @j; v x[i], z the first
    "count": "RS S RR",  # q and k x[i], qk x[i] or blank; v #24, z #n
    "duplicate": "RS S RR",
    "induction": "SS R RS",  # q x[i], k x[i-1], qk x[j-1]; v x[i], z one of the tokens
    "neighbour's class": "SS R SS",
    "last other token": "SR R RR",  # q blank, k x[i], and qk x[j] or blank as x[i] decides, which neither shows
    "two back": "SS R RS",  # v x[i-1], so BOS's value is held
    "majority": "SS R RS",
    "count to 3": "RS S RR",
    "noisy echo": "SS S SS",
}
"""What each head, by name, implies for these, in their order: two of qk, one of q, two of z."""

GAUGE = ("q", "k", "qk")
"""Components whose readings depend on the basis inside the head (projection output): v and z have W_O to undo it."""

MEANS = {
    "S": {"satisfied"},
    "s": {"satisfied"},
    "R": {"refuted"},
    "c": {"refuted"},
    "M": {"mostly"},
    "m": {"mostly", "satisfied"},
    "r": {"refuted", "mostly"},
}
"""The verdicts that a letter allows."""
