"""What people are shown: on heads of known behaviour, the smallest counterexample that a person would think of.

Ids are those of the specimen: 1 is `a`, 2 is `b` ... Where two small ones are as good as each other, both are allowed.
"""

import pytest

from harness.laws.book import conjectures, shipped
from harness.records.address import Address
from harness.records.cell import Verdict
from harness.trials.counterexample import revived
from harness.trials.profile import Profile
from harness.trials.trial import trial
from tests.support.by_rule import ByRule

pytestmark = pytest.mark.slow

AA, AB, BA = (1, 1), (1, 2), (2, 1)
THE_FIRST_TWENTY = tuple(ord(letter) - 96 for letter in "thekettlewasalreadys")

SMALLEST = [
    ("0.3-z", "a_repeated_token_reads_the_same_after_its_first_copy", [{"S": (1, 1, 1)}]),
    ("0.3-z", "a_repeat_adds_no_new_attention_tokens", [{"word": AA, "times": 3}]),
    ("0.3-qk", "a_repeat_adds_no_new_attention_tokens", [{"word": AA, "times": 3}]),
    ("0.3-z", "the_alphabet_of_a_repeated_token_stops_growing", [{"t": 1, "times": 4}]),
    (
        "0.1-v",
        "repetitions_of_different_tokens_read_alike",
        [{"a": 1, "b": 2, "times": 2}, {"a": 2, "b": 1, "times": 2}],
    ),
    (
        "0.2-q",
        "repetitions_of_different_tokens_read_alike",
        [{"a": 1, "b": 2, "times": 2}, {"a": 2, "b": 1, "times": 2}],
    ),
    ("0.4-z", "the_third_period_reads_like_the_second", [{"word": (1, 1, 1)}]),  # an even word cannot show it
    ("0.6-z", "rotating_the_word_rotates_the_reading", [{"word": AB}, {"word": BA}]),
    (
        "0.5-z",
        "a_second_period_brings_no_new_attention_token",
        [{"word": AB}, {"word": BA}],
    ),  # the first saying looks back at one token of it only
    (
        "0.5-z",
        "repeating_a_token_does_not_change_its_reading",
        [{"extension": (AA, 2)}, {"extension": ((2, 2), 1)}],
    ),
    (
        "0.7-qk",
        "one_more_token_brings_at_most_one_new_attention_token",
        [{"extension": (AA, 2)}, {"extension": ((2, 2), 1)}],
    ),
    ("0.4-qk", "repeating_a_token_does_not_change_its_reading", [{"extension": (AA, 1)}]),
    (
        "0.3-v",
        "the_reading_of_a_new_token_does_not_depend_on_the_past",
        [{"S": AA, "R": (1, 1, 1), "t": 1}, {"S": (1, 1, 1), "R": AA, "t": 1}],
    ),
    (
        "0.5-z",
        "swapping_the_two_previous_tokens_does_not_change_the_reading",
        [{"S": AA, "a": 1, "b": 2, "t": 1}, {"S": AA, "a": 2, "b": 1, "t": 1}],
    ),
    (
        "0.1-z",
        "renaming_tokens_does_not_change_the_reading",
        [{"couple": (AA, (2, 2))}, {"couple": ((2, 2), AA)}],
    ),
    ("0.3-z", "equal_tokens_read_alike_at_every_position", [{"S": AA}]),
    ("0.3-q", "a_prefix_does_not_change_the_reading_after_it", [{"P": AA, "S": AA}]),
    (
        "0.5-z",
        "shuffling_the_past_does_not_change_the_last_reading",
        [{"couple": (AB, BA), "t": 1}, {"couple": (BA, AB), "t": 1}],
    ),
    ("0.7-z", "re_reading_the_output_reaches_a_fixed_point", [{"S": AA}, {"S": AB}]),
    ("0.2-v", "re_reading_the_output_brings_no_new_attention_token", [{"S": AA}]),
    (
        "0.1-z",
        "natural_text_brings_no_attention_token_beyond_random_tokens",
        [{"couple": (THE_FIRST_TWENTY, (1,) * 20)}],
    ),
    ("0.0-z", "a_reading_does_not_grow_with_its_sequence", [{"extension": (AA, 1)}]),
]


@pytest.fixture(scope="module")
def specimen():
    """Each head's readings by its rule: shrinking reads hundreds of sequences one by one."""
    return ByRule()


@pytest.fixture(scope="module")
def book():
    return {name: found for (_, name), found in conjectures(shipped()).items()}


@pytest.mark.parametrize(
    ("where", "name", "smallest"), SMALLEST, ids=[f"{where}-{name}" for where, name, _ in SMALLEST]
)
def test_a_counterexample_is_as_small_as_a_person_would_make_it(specimen, book, where, name, smallest):
    address, _, component = where.partition("-")
    head = specimen.component(Address(*map(int, address.split("."))), component)
    cell = trial(book[name], head, Profile(census=60, search=60))
    assert cell.verdict in (Verdict.REFUTED, Verdict.MOSTLY), cell.message
    assert revived(cell.counterexample.inputs) in smallest
    assert cell.margin is None or cell.margin > 0


def test_another_seed_comes_to_the_same(specimen, book):
    head = specimen.component(Address(0, 3), "z")
    name = "a_repeated_token_reads_the_same_after_its_first_copy"
    found = {trial(book[name], head, Profile(census=20, search=30, seed=seed)).counterexample.id for seed in range(3)}
    assert len(found) == 1
