"""What a body will ask for, whatever it is answered, is read together."""

from dataclasses import replace

import pytest
from hypothesis import assume, given

from harness import load_model
from harness.laws.agreement import agreements
from harness.laws.conjecture import conjecture
from harness.laws.families import words
from harness.laws.relations import agree, constant
from harness.laws.sampling import Draw, inside
from harness.readings.reading import line
from harness.trials.foresight import MOST, foreseen
from harness.trials.judge import InputBatch, Outcome, judge, judge_all, judge_at_once
from harness.trials.subject import Ask

S = (1, 2, 3)


class Echo:
    """Reads every token as itself, and notes its batches."""

    layer, vocabulary = 0, frozenset({7})

    def __init__(self, name="q"):
        self.name, self.batches = name, []

    def __call__(self, ids):
        return replace(line(list(ids)), ids=tuple(ids), sequence=tuple(ids))

    afresh = __call__

    def sibling(self, component):
        return self

    def read(self, sequences, *, afresh=False, own=False):
        if sequences:
            self.batches.append(len(sequences))
        return [self(ids) for ids in sequences]


def claim(body):
    @conjecture(components="q", source="a test")
    @given(S=words())
    def claimed(head, S):
        """A claim."""
        body(head, S)

    return claimed.conjecture


def seen(body, name="q"):
    found = claim(body)
    with inside(found.test):
        return [*foreseen(found, Echo(name), {"S": S})]


def two(head, S):
    assert agree(head((*S, 9))[:-1], head(S))


def ends_at_once(head, S):
    assert constant(head(S))
    head((4,))


def by_what_is_read(head, S):
    head(head(S).tokens.tolist())


def assumed(head, S):
    assume(len(set(head(S).tokens.tolist())) >= len(S))
    head((4,))


def for_ever(head, S):
    while True:
        S = (*S, 1)
        head(S)


def wrong(head, S):
    return head(S).no_such_thing


def other_ways(head, S):
    head.afresh(S)
    head.of("k")(S)
    head.left(S)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (two, [((1, 2, 3, 9), Ask()), (S, Ask())]),
        (ends_at_once, [(S, Ask())]),
        (by_what_is_read, [(S, Ask())]),
        (assumed, [(S, Ask()), ((4,), Ask())]),
        (for_ever, [((*S, *(1,) * i), Ask()) for i in range(1, MOST + 1)]),
        (wrong, [(S, Ask())]),
        (other_ways, [(S, Ask(afresh=True)), (S, Ask(component="k")), (S, Ask())]),
    ],
)
@pytest.mark.parametrize("name", ["q", "qk", "attn"])
def test_what_does_not_hang_on_an_answer_is_foreseen(body, expected, name):
    with agreements() as log:
        found = seen(body, name)
    if name != "attn" or body not in (two, ends_at_once, assumed):  # attention cannot be sliced, and may be all one
        assert found == expected
    assert found[0] == expected[0]
    assert not log


def test_of_a_reader_without_a_component_nothing_is_foreseen():
    assert seen(two, name=None) == []


def test_what_is_foreseen_is_read_in_one_batch():
    found = claim(two)
    head = Echo()
    judge_all(found, head, InputBatch((Draw({"S": S}, ()), Draw({"S": (5,)}, ()))))
    assert head.batches == [4]
    with inside(found.test):
        assert judge_at_once(found, head, {"S": S}).outcome is Outcome.HOLDS
    assert head.batches == [4, 2]


@pytest.mark.parametrize("body", [two, ends_at_once, by_what_is_read, assumed])
@pytest.mark.parametrize("address", ["0.0", "0.3", "1.0"])
def test_a_judgement_does_not_hang_on_what_was_foreseen(body, address):
    found, head = claim(body), load_model("specimen").component(address, "z")
    for S in [(11, 12), (13, 13, 13), (11, 12, 11, 12)]:
        with inside(found.test):
            one, other = judge_at_once(found, head, {"S": S}), judge(found, head, {"S": S})
        (third,) = judge_all(found, head, InputBatch((Draw({"S": S}, ()),)))
        for made in (other, third):
            assert (one.outcome, one.share) == (made.outcome, made.share)
            assert [r.tokens.tolist() for r in one.readings] == [r.tokens.tolist() for r in made.readings]
