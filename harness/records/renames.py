"""Renames: laws that had another name in earlier versions, so that what is stored under it is still found.

Stores are never rewritten. A reader of a store sees today's names through views that stand before its tables.
"""

# ruff: noqa: E501  # a table of long names

from __future__ import annotations

import sqlite3
from typing import Final

RENAMED: Final[dict[str, str]] = {
    "a_pair_says_nothing_that_neither_its_queries_nor_its_keys_say": "qk_adds_no_attention_token_to_those_of_q_and_k",
    "what_a_pair_reads_as_is_settled_by_what_its_query_and_its_key_read_as": "the_tokens_of_query_and_key_decide_the_token_of_their_pair",
    "the_query_and_the_key_of_a_position_read_alike": "query_and_key_read_the_same_token",
    "what_a_head_gives_is_the_value_of_the_place_itself": "the_output_reads_as_the_value_at_the_same_position",
    "what_a_head_gives_is_one_of_the_values_it_holds": "the_output_reads_as_one_of_the_values",
    "appending_a_token_leaves_the_reading_of_what_stood_before_unchanged": "appending_a_token_does_not_change_the_reading_before_it",
    "reading_twice_gives_the_same": "reading_twice_gives_the_same_result",
    "a_sequence_reads_the_same_in_a_batch_of_its_own": "a_sequence_reads_the_same_alone_and_in_a_batch",
    "in_layer_0_q_k_and_v_see_the_token_and_its_place_alone": "in_layer_0_q_k_and_v_depend_on_token_and_position_only",
    "another_basis_inside_the_head_leaves_the_reading_unchanged": "changing_the_basis_inside_the_head_does_not_change_the_reading",
    "appending_a_token_twice_reads_it_the_second_time_as_the_first": "repeating_a_token_does_not_change_its_reading",
    "what_a_new_token_reads_as_does_not_depend_on_what_stood_before": "the_reading_of_a_new_token_does_not_depend_on_the_past",
    "what_a_new_token_reads_as_does_not_depend_on_the_order_of_the_two_before_it": "swapping_the_two_previous_tokens_does_not_change_the_reading",
    "two_tokens_appended_in_either_order_need_the_same_alphabet": "the_order_of_two_appended_tokens_does_not_change_the_alphabet",
    "what_is_read_next_is_settled_by_what_was_read_last_and_the_new_token": "the_last_attention_token_and_the_new_token_decide_the_next",
    "reading_ones_own_reading_comes_to_rest_by_the_third_time": "re_reading_the_output_reaches_a_fixed_point",
    "reading_ones_own_reading_comes_to_rest_or_goes_back_and_forth": "re_reading_the_output_ends_in_a_cycle_of_two",
    "a_reading_is_read_in_its_own_alphabet": "re_reading_the_output_brings_no_new_attention_token",
    "a_reading_needs_no_more_attention_tokens_than_what_it_is_a_reading_of": "re_reading_the_output_needs_no_more_attention_tokens",
    "a_periodic_input_is_read_periodically_from_the_second_period_on": "a_periodic_input_has_a_periodic_reading",
    "the_third_period_reads_as_the_second": "the_third_period_reads_like_the_second",
    "two_periods_are_read_in_the_alphabet_of_one": "a_second_period_brings_no_new_attention_token",
    "a_reading_repeats_itself_no_sooner_than_its_input": "the_reading_has_no_shorter_period_than_the_input",
    "a_prefix_in_front_leaves_the_reading_of_what_follows_unchanged": "a_prefix_does_not_change_the_reading_after_it",
    "dropping_the_first_token_leaves_the_reading_of_the_rest_unchanged": "dropping_the_first_token_does_not_change_the_rest",
    "which_token_came_first_is_forgotten_by_the_end": "the_last_reading_does_not_depend_on_the_first_token",
    "what_is_read_is_settled_by_the_token_and_its_place": "the_reading_depends_on_token_and_position_only",
    "two_sequences_of_one_length_are_read_alike": "sequences_of_the_same_length_read_alike",
    "permuting_what_came_before_leaves_what_the_last_token_reads_as_unchanged": "shuffling_the_past_does_not_change_the_last_reading",
    "reading_backwards_needs_the_same_alphabet": "a_reversed_sequence_has_the_same_alphabet",
    "renaming_the_tokens_leaves_the_pattern_unchanged": "renaming_tokens_does_not_change_the_pattern",
    "renaming_the_tokens_leaves_even_the_reading_unchanged": "renaming_tokens_does_not_change_the_reading",
    "equal_tokens_are_read_alike_wherever_they_stand": "equal_tokens_read_alike_at_every_position",
    "a_repeated_token_reads_the_same_everywhere_after_the_first": "a_repeated_token_reads_the_same_after_its_first_copy",
    "what_a_repeated_token_reads_as_does_not_depend_on_the_token": "repetitions_of_different_tokens_read_alike",
    "the_head_attends_to_what_followed_an_earlier_copy_of_the_token": "the_head_attends_to_the_token_after_an_earlier_copy",
    "the_head_attends_to_itself": "the_head_attends_to_its_own_position",
    "random_tokens_are_read_in_at_most_half_as_many_attention_tokens": "random_tokens_need_at_most_half_as_many_attention_tokens",
    "a_reading_stays_inside_the_vocabulary_that_the_head_has_shown": "a_reading_stays_inside_the_known_vocabulary",
    "a_random_sequence_twice_as_long_needs_no_new_attention_tokens": "doubling_a_random_sequence_brings_no_new_attention_token",
    "natural_text_needs_no_attention_token_that_random_tokens_do_not_need": "natural_text_brings_no_attention_token_beyond_random_tokens",
}
"""The name that a law had, and the name that it has now."""

_NAMED: Final = {"cells": "conjecture", "conjectures": "name", "exhibits": "name"}
"""The column of each table that names a law."""


def present(name: str) -> str:
    """Return the name that a law has now; also for `chapter.py::name`, as exhibits have it.

    >>> present("a_law_that_kept_its_name"), present("chapter.py::a_law")
    ('a_law_that_kept_its_name', 'chapter.py::a_law')
    """
    chapter, colons, law = name.rpartition("::")
    return f"{chapter}{colons}{RENAMED.get(law, law)}"


def show_present_names(connection: sqlite3.Connection) -> None:
    """Let every query of this connection see today's names; nothing is written to the store."""
    if not RENAMED:
        return
    connection.create_function("present_name", 1, present, deterministic=True)
    for table, column in _NAMED.items():
        names = [row[1] for row in connection.execute(f"PRAGMA main.table_info({table})")]
        if not names:
            continue
        shown = ", ".join(f"present_name({name}) AS {name}" if name == column else name for name in names)
        connection.execute(f"CREATE TEMP VIEW {table} AS SELECT rowid, {shown} FROM main.{table}")
