"""Judging one input and many, against heads that are a line of Python."""

from dataclasses import replace

import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st

from harness import agree, alphabet, conjecture, constant, words
from harness.errors import ConjectureError, SequenceError
from harness.laws.conjecture import Conjecture
from harness.laws.sampling import Draw, inside
from harness.readings.reading import line
from harness.trials.judge import InputBatch, Outcome, judge, judge_all


class Scripted:
    """A head whose reading is a function of the ids; entries in `doubtful` are near-ties."""

    layer = 0

    def __init__(self, rule, doubtful=lambda ids: ()):
        self.rule, self.doubtful = rule, doubtful
        self.batches = []

    def __call__(self, ids):
        ids = tuple(ids)
        return replace(line(list(self.rule(ids)), near_ties=tuple(self.doubtful(ids))), ids=ids, sequence=ids)

    afresh = __call__

    def read(self, sequences, *, afresh=False, own=False):
        if sequences:
            self.batches.append(len(sequences))
        return [self(ids) for ids in sequences]


ECHO = Scripted(lambda ids: ids)
CONSTANT = Scripted(lambda ids: [9] * len(ids))
IN_DOUBT = Scripted(lambda ids: ids, doubtful=lambda ids: range(len(ids)))


def claim(body) -> Conjecture:
    """A conjecture of one sequence S, from a body."""

    @conjecture(components="q", source="a test")
    @given(S=words())
    def claimed(head, S):
        """A claim."""
        return body(head, S)

    return claimed.conjecture


def outcome(body, head, S=(1, 2, 3)):
    found = claim(body)
    with inside(found.test):
        return judge(found, head, {"S": S})


def asserts(condition):
    def body(head, S):
        assert condition(head, S)

    return body


def test_a_claim_holds_or_is_violated_and_says_by_how_much():
    is_constant = asserts(lambda head, S: constant(head(S)))
    assert (outcome(is_constant, CONSTANT).outcome, outcome(is_constant, CONSTANT).share) == (Outcome.HOLDS, 1)
    broken = outcome(is_constant, ECHO)
    assert broken.outcome is Outcome.VIOLATED
    assert broken.share == pytest.approx(1 / 3)
    assert broken.deciding.first_difference == (1,)
    assert broken.readings == (ECHO((1, 2, 3)),)


def test_the_share_is_the_mean_over_the_comparisons_made():
    def body(head, S):
        assert agree(head(S), head(S))
        assert agree(head(S), head((*S[:-1], 9, 9)))

    assert outcome(body, ECHO).share == pytest.approx((1 + 2 / 4) / 2)


def test_plain_assertions_count_as_all_or_nothing():
    assert outcome(asserts(lambda head, S: head(S).tokens[0] == 1), ECHO).share == 1
    broken = outcome(asserts(lambda head, S: head(S).tokens[0] == 2), ECHO)
    assert (broken.outcome, broken.share, broken.deciding) == (Outcome.VIOLATED, 0, None)


def test_an_assumption_that_is_not_met_discards_the_input():
    def body(head, S):
        assume(len(S) > 5)
        raise AssertionError

    assert outcome(body, ECHO).outcome is Outcome.DISCARDED
    assert outcome(body, ECHO, S=(1,) * 6).outcome is Outcome.VIOLATED


def test_a_body_that_returns_a_verdict_instead_of_asserting_it_is_refused():
    with pytest.raises(ConjectureError, match="write `assert"):
        outcome(lambda head, S: bool(constant(head(S))), ECHO)


def test_what_a_body_gets_wrong_by_itself_is_not_taken_for_a_violation():
    def body(head, S):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        outcome(body, ECHO)


def test_a_body_may_speak_to_hypothesis():
    def body(head, S):
        event(f"length {len(S)}")
        assert len(head(S)) == len(S)

    assert outcome(body, ECHO).outcome is Outcome.HOLDS


# Near-ties


@pytest.mark.parametrize(
    "condition",
    [
        lambda head, S: constant(head(S)),
        lambda head, S: agree(head(S), head(S[::-1])),
        lambda head, S: alphabet(head(S)) <= alphabet(head((7, 8, 9))),
        lambda head, S: not agree(head(S), head(S[::-1])),
        lambda head, S: not constant(head(S)),
        lambda head, S: len(alphabet(head(S))) >= 3,
        lambda head, S: len(alphabet(head(S)) - alphabet(head((7, 8, 9)))) <= 1,
    ],
)
def test_a_claim_that_near_ties_alone_decide_is_a_near_tie_whichever_way_it_is_put(condition):
    assert outcome(asserts(condition), IN_DOUBT).outcome is Outcome.NEAR_TIE


def test_near_ties_that_decide_nothing_are_left_out_of_account():
    assert outcome(asserts(lambda head, S: agree(head(S), head(S))), IN_DOUBT).outcome is Outcome.HOLDS
    assert outcome(asserts(lambda head, S: len(head(S)) == 0), IN_DOUBT).outcome is Outcome.VIOLATED


def test_a_certain_difference_beside_a_near_tie_is_a_violation():
    last = Scripted(lambda ids: ids, doubtful=lambda ids: (len(ids) - 1,))
    broken = outcome(asserts(lambda head, S: constant(head(S))), last)
    assert broken.outcome is Outcome.VIOLATED
    assert broken.deciding.near_ties == 1
    assert not broken.deciding


def test_a_near_tie_has_no_deciding_comparison_even_where_one_failed_beside_it():
    last = Scripted(lambda ids: ids, doubtful=lambda ids: (len(ids) - 1,))

    def body(head, S):
        assert not agree(head((1, 2)), head((3, 2)))
        assert not agree(head((1, 2)), head((1, 3)))

    judged = outcome(body, last)
    assert (judged.outcome, judged.deciding) == (Outcome.NEAR_TIE, None)


def test_a_claim_that_holds_because_a_comparison_fails_has_none_that_decides():
    judged = outcome(asserts(lambda head, S: not agree(head(S), head(S[::-1]))), ECHO)
    assert (judged.outcome, judged.deciding) == (Outcome.HOLDS, None)


def test_of_a_discarded_input_what_was_read_is_kept_and_its_share_is_whole():
    def body(head, S):
        assume(constant(head(S)))

    judged = outcome(body, ECHO)
    assert (judged.outcome, judged.share, judged.deciding) == (Outcome.DISCARDED, 1.0, None)
    assert judged.readings == (ECHO((1, 2, 3)),)


class Forgetful(Scripted):
    """Reads something else when it is asked afresh."""

    def afresh(self, ids):
        return self([id + 1 for id in ids])

    def read(self, sequences, *, afresh=False, own=False):
        return [self.afresh(ids) if afresh else self(ids) for ids in sequences]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (lambda head, S: agree(head(S), head.afresh(S)), Outcome.VIOLATED),
        (lambda head, S: agree(head([id + 1 for id in S]), head.afresh(S)), Outcome.HOLDS),
        (lambda head, S: list(head(S).tokens) == list(S), Outcome.HOLDS),
    ],
)
def test_what_is_asked_for_afresh_is_read_afresh_and_nothing_else_is(condition, expected):
    head, found = Forgetful(lambda ids: ids), asserts(condition)
    alone = outcome(found, head)
    (together,) = judge_all(claim(found), head, sheet((1, 2, 3)))
    assert alone.outcome is together.outcome is expected
    assert alone.readings == together.readings


class Related(Scripted):
    """Has other components, another basis, and another head beside it: each reads by adding a number of its own."""

    def __init__(self, added=0):
        super().__init__(lambda ids: [id + added for id in ids])
        self.added = added

    def sibling(self, component):
        return Related(self.added + {"q": 10, "z": 20}[component])

    @property
    def other(self):
        return Related(self.added + 100)

    @property
    def in_another_basis(self):
        return Related(self.added + 1000)

    @property
    def vocabulary(self):
        return f"of {self.added}"


@pytest.mark.parametrize(
    ("asked", "added"),
    [
        (lambda head: head, 0),
        (lambda head: head.left, 0),
        (lambda head: head.right, 100),
        (lambda head: head.of("q"), 10),
        (lambda head: head.of("z"), 20),
        (lambda head: head.in_another_basis, 1000),
        (lambda head: head.left.in_another_basis, 1000),
        (lambda head: head.right.in_another_basis, 1100),
        (lambda head: head.right.of("z"), 120),
        (lambda head: head.right.afresh, 100),
    ],
)
def test_another_component_or_head_is_read_by_the_one_that_is_asked_for(asked, added):
    body = asserts(lambda head, S: asked(head)(iter(S)).tokens.tolist() == [id + added for id in S])
    alone = outcome(body, Related())
    (together,) = judge_all(claim(body), Related(), sheet((1, 2, 3)))
    assert alone.outcome is together.outcome is Outcome.HOLDS
    assert alone.readings == together.readings


@pytest.mark.parametrize(("asked", "added"), [(lambda pair: pair.left, 0), (lambda pair: pair.right, 100)])
def test_each_head_of_a_pair_has_its_own_vocabulary(asked, added):
    body = asserts(lambda head, S: asked(head).vocabulary == f"of {added}")
    (together,) = judge_all(claim(body), Related(), sheet((1, 2, 3)))
    assert outcome(body, Related()).outcome is together.outcome is Outcome.HOLDS


def test_the_heads_of_a_pair_are_of_its_layer():
    body = asserts(lambda head, S: head.left.layer == head.right.layer == head.layer)
    assert outcome(body, Related()).outcome is Outcome.HOLDS


def test_readings_are_kept_in_the_order_they_were_asked_for():
    def body(head, S):
        head(S), head.afresh(S), head((7,)), head.afresh((8,))

    assert [list(made.tokens) for made in outcome(body, Forgetful(lambda ids: ids)).readings] == [
        [1, 2, 3],
        [2, 3, 4],
        [7],
        [9],
    ]


def test_a_reader_that_gives_too_few_readings_is_not_believed():
    class Short(Scripted):
        def read(self, sequences, *, afresh=False, own=False):
            return super().read(sequences)[1:]

    with pytest.raises(ValueError, match="zip"):
        judge_all(claim(asserts(lambda head, S: constant(head(S)))), Short(lambda ids: ids), sheet((1,), (2,)))


# Many at once


def sheet(*sequences):
    return InputBatch(tuple(Draw({"S": S}, ()) for S in sequences))


SEQUENCES = [(1, 2), (3, 3, 3), (1, 2), (5,), (2, 1, 2, 1)]


@pytest.mark.parametrize("head", [ECHO, CONSTANT, IN_DOUBT])
@pytest.mark.parametrize(
    "condition",
    [
        lambda head, S: constant(head(S)),
        lambda head, S: agree(head(S), head(S + S)[: len(S)]),
        lambda head, S: agree(head(S), head(head(S).tokens.tolist())),
        lambda head, S: len(S) < 4 and constant(head(S * 2)),
    ],
)
def test_many_together_are_judged_as_one_by_one(condition, head):
    found = claim(asserts(condition))
    for together, S in zip(judge_all(found, head, sheet(*SEQUENCES)), SEQUENCES, strict=True):
        alone = outcome(asserts(condition), head, S)
        assert (together.outcome, together.share, together.readings) == (alone.outcome, alone.share, alone.readings)


def test_each_step_of_asking_is_one_batch():
    """The first readings together, then those that depend on them; for the next head all that was asked for at once."""
    next_one = Scripted(lambda ids: [token + 1 for token in ids])
    found = claim(asserts(lambda head, S: len(head(head(head(S).tokens).tokens)) == len(S)))
    made = sheet((1, 2), (5, 6, 7), (1, 2))
    judge_all(found, next_one, made)
    assert next_one.batches == [2, 2, 2]
    again = Scripted(next_one.rule)
    judge_all(found, again, made)
    assert again.batches == [6]


def test_what_one_head_asked_for_in_vain_is_not_carried_on_for_ever():
    found = claim(asserts(lambda head, S: len(head(head(S).tokens)) == len(S)))
    made = sheet((1, 2))
    for offset in range(1, 6):
        judge_all(found, Scripted(lambda ids, offset=offset: [token + offset for token in ids]), made)
    assert [ids for ids, _ in made.asked] == [(1, 2)]


def test_no_except_of_a_body_swallows_the_asking():
    def body(head, S):
        try:
            reading = head(S)
        except Exception:  # a careless author
            return
        assert not constant(reading)

    (judged,) = judge_all(claim(body), CONSTANT, sheet((1, 2)))
    assert judged.outcome is Outcome.VIOLATED


def test_discarded_and_violated_keep_their_places():
    def body(head, S):
        assume(S != (5,))
        assert constant(head(S))

    judged = judge_all(claim(body), ECHO, sheet(*SEQUENCES))
    assert [found.outcome.name for found in judged] == ["VIOLATED", "HOLDS", "VIOLATED", "DISCARDED", "VIOLATED"]


@pytest.mark.parametrize("component", ["z", "qk"])
def test_on_the_specimen_many_together_are_judged_as_one_by_one(specimen, component):
    head = specimen.head("0.5").component(component)
    body = asserts(lambda head, S: alphabet(head(S * 2)) <= alphabet(head(S)))
    found = claim(body)
    sequences = [(1, 2, 3), (4, 4), (7, 8, 7, 9), (26, 1)]
    judged = judge_all(found, head, sheet(*sequences))
    assert [(j.outcome, j.share) for j in judged] == [
        (j.outcome, j.share) for j in (outcome(body, head, S) for S in sequences)
    ]


def test_interactive_draws_are_not_for_conjectures():
    """What `data()` draws inside the body could be neither counted nor replayed."""
    from harness.laws.sampling import draws

    @given(data=st.data())
    def test(head, data):
        """A claim."""

    with pytest.raises(ConjectureError, match=r"data\(\)"):
        draws(test, name="a", number=1, seed=0)


class Recording(Scripted):
    """A head that notes how it is asked; in another basis and for another component it is another such head."""

    vocabulary = "its vocabulary"

    def __init__(self, name="itself", notes=None):
        super().__init__(lambda ids: ids)
        self.name, self.notes = name, [] if notes is None else notes

    def read(self, sequences, *, afresh=False, own=False):
        self.notes.append((self.name, len(sequences), afresh))
        return super().read(sequences, afresh=afresh)

    @property
    def in_another_basis(self):
        return Recording("another basis", self.notes)


def test_a_reading_alone_is_made_anew_one_by_one_and_one_in_another_basis_by_the_turned_head():
    def body(head, S):
        assert head.vocabulary == "its vocabulary"
        assert agree(head(S), head.alone(S))
        assert agree(head(S), head.in_another_basis(S))

    head = Recording()
    sheet = InputBatch(tuple(Draw({"S": (i, i + 1)}, ()) for i in range(3)))
    assert all(found.outcome is Outcome.HOLDS for found in judge_all(claim(body), head, sheet))
    made = [note for note in head.notes if note[1]]
    assert made == [("itself", 3, False), *[("itself", 1, True)] * 3, ("another basis", 3, False)]


def test_what_the_last_head_was_asked_for_is_no_error_of_the_next_one():
    """The first asks for the reading of its reading; the second would refuse that sequence, and is not asked for it."""

    def body(head, S):
        assert len(head(tuple(int(token) for token in head(S).tokens)).tokens) == len(S)

    def refuses(ids):
        if 7 in ids:
            raise SequenceError("7 is not read here")
        return [8] * len(ids)

    sheet = InputBatch((Draw({"S": (1, 2)}, ()),))
    (first,) = judge_all(claim(body), Scripted(lambda ids: [7] * len(ids)), sheet)
    assert ((7, 7)) in {ids for ids, _ in sheet.asked}
    (second,) = judge_all(claim(body), Scripted(refuses), sheet)
    assert first.outcome is second.outcome is Outcome.HOLDS
    with pytest.raises(SequenceError):
        judge_all(claim(body), Scripted(refuses), InputBatch((Draw({"S": (7, 2)}, ()),)))


def test_what_follows_from_one_heads_readings_is_asked_for_as_its_own_and_no_other_head_reads_it():
    class Noting(Scripted):
        def __init__(self, rule):
            super().__init__(rule)
            self.asked = []

        def read(self, sequences, *, afresh=False, own=False):
            self.asked.append((list(sequences), own))
            return super().read(sequences, afresh=afresh)

    found = claim(asserts(lambda head, S: len(head(tuple(head(S).tokens.tolist())).tokens) == len(S)))
    made = sheet((1, 2))
    heads = [Noting(lambda ids, offset=offset: [token + offset for token in ids]) for offset in (1, 2, 3)]
    for head in heads:
        judge_all(found, head, made)
    assert heads[0].asked == [([(1, 2)], False), ([(2, 3)], False)]
    assert heads[1].asked == [([(1, 2), (2, 3)], False), ([(3, 4)], True)]
    assert heads[2].asked == [([(1, 2)], False), ([(4, 5)], True)]


def test_readings_of_another_component_say_so():
    @conjecture(components="q", source="a test")
    @given(S=words())
    def q_is_k(head, S):
        """Claim it."""
        assert agree(head(S), head.of("k")(S))

    class OfTwo(Scripted):
        def sibling(self, name):
            return CONSTANT

    with inside(q_is_k.conjecture.test):
        found = judge(q_is_k.conjecture, OfTwo(lambda ids: ids), {"S": (1, 2)})
    assert found.outcome is Outcome.VIOLATED
    assert [reading.asked for reading in found.deciding.sides] == ["", "k"]
