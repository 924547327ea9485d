"""The surrogate says a head's own tokens as often as the head, and knows nothing of what it reads."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given

from harness import agree, conjecture, constant, is_prefix, words
from harness.laws.families import Extension, drawing_from, extensions
from harness.laws.sampling import draws
from harness.readings.attention import by_hand
from harness.readings.lexicon import Lexicon
from harness.readings.reading import triangle
from harness.records.cell import Verdict
from harness.trials.census import judged_on, on_text
from harness.trials.judge import Judgement, Outcome
from harness.trials.profile import Profile
from harness.trials.subject import Ask
from harness.trials.surrogate import Surrogate, dealt_out
from harness.trials.trial import trial
from tests.support.scripted import Scripted, echo

LEXICON = Lexicon(words=tuple(range(1, 31)), special=(0,))


def claim(body, components="v", **strategies):
    body.__doc__ = "As it says."
    return conjecture(components=components, source="a test")(given(**strategies)(body)).conjecture


def one_token_throughout(head, S):
    assert constant(head(S))


def as_the_sequence_begins(head, S):
    assert is_prefix(head(S), head(S * 2))


def longer_ones_only(head, S):
    assume(len(S) > 10)
    assert agree(head(S), head(S))


def seldom_another(ids):
    """Token 9, and 8 where the id is divisible by 10."""
    return [8 if id % 10 == 0 else 9 for id in ids]


def judged(law, rule, n=40):
    return judged_on(law, Scripted(rule), 0, n, seed=0, lexicon=LEXICON)


def test_a_constant_head_is_constant_when_its_tokens_are_dealt_out_and_an_echo_is_not():
    law = claim(one_token_throughout, S=words())
    assert set(dealt_out(law, Scripted(seldom_another), judged(law, lambda ids: [9] * len(ids)))) == {1.0}
    echoed = dealt_out(law, Scripted(echo), judged(law, echo))
    assert np.mean(echoed) < 0.5


def test_what_is_causal_stays_so():
    law = claim(as_the_sequence_begins, S=words(max_length=8))
    assert set(dealt_out(law, Scripted(echo), judged(law, echo))) == {1.0}


def test_tokens_are_said_as_often_as_by_the_head_and_do_not_hang_on_what_is_read():
    law = claim(one_token_throughout, S=words(min_length=20))
    found = judged(law, seldom_another, 200)
    surrogate = Surrogate(Scripted(seldom_another), [one for _, one in found])
    counts, at_tens = Counter(), Counter()
    for draw, _ in found:
        ids = draw.inputs["S"]
        tokens = surrogate(ids).tokens.tolist()
        counts.update(tokens)
        at_tens.update(token for token, id in zip(tokens, ids, strict=True) if id % 10 == 0)
    true = Counter(token for _, one in found for token in one.readings[0].tokens.tolist())
    assert counts[8] / counts.total() == pytest.approx(true[8] / true.total(), abs=0.02)
    assert at_tens[8] / at_tens.total() < 0.2  # the head: always


def test_a_sequence_is_read_the_same_each_time():
    law = claim(one_token_throughout, S=words())
    found = [one for _, one in judged(law, echo)]
    first, again = (Surrogate(Scripted(echo), found) for _ in range(2))
    assert first((3, 5, 3)) == again((3, 5, 3))
    assert first((3, 5, 3)) != first((5, 3, 3))


def test_pairs_are_dealt_out_one_by_one():
    law = claim(one_token_throughout, S=words())
    reader = Scripted(echo)
    reader.name = "qk"
    rows = triangle([[7], [7, 8], [7, 8, 9]])
    made = Judgement(Outcome.HOLDS, 1.0, None, (rows,), asked=(((1, 2, 3), Ask()),))
    read = Surrogate(reader, [made])(tuple(range(1, 25)))
    assert read.triangle
    assert len(read.tokens) == 24 * 25 // 2
    assert set(read.tokens.tolist()) == {7, 8, 9}
    assert read.rows[5] != read.rows[6][:6]
    assert law.components == ("v",)


def test_attention_keeps_its_shares_in_another_order():
    reader = Scripted(echo)
    reader.name = "attn"
    given_ = by_hand([[1.0], [0.75, 0.25], [0.5, 0.3, 0.2], [0.4, 0.3, 0.2, 0.1]])
    made = Judgement(Outcome.HOLDS, 1.0, None, (given_,), asked=((given_.ids, Ask()),))
    dealt = Surrogate(reader, [made])(given_.ids)
    assert not np.array_equal(dealt.weights, given_.weights)
    assert np.array_equal(np.sort(dealt.weights, axis=1), np.sort(given_.weights, axis=1))
    assert np.array_equal(dealt.weights, np.tril(dealt.weights))


def test_what_does_not_meet_the_precondition_has_no_share():
    law = claim(longer_ones_only, S=words(min_length=2))
    found = judged(law, echo)
    assert {share is None for share in dealt_out(law, Scripted(echo), found)} == {True, False}
    assert [share is None for share in dealt_out(law, Scripted(echo), found)] == [
        one.outcome is Outcome.DISCARDED for _, one in found
    ]


def test_a_cell_has_its_degree_beside_it_and_a_control_has_none():
    law = claim(one_token_throughout, S=words())
    cell = trial(law, Scripted(seldom_another), Profile(search=10))
    assert cell.verdict is Verdict.REFUTED
    assert cell.null_surrogate == cell.comparisons["surrogate"].degree
    assert 0.5 < cell.null_surrogate < 1
    control = replace(law, control=type(law.control)("fails"))
    assert trial(control, Scripted(seldom_another), Profile(search=10)).null_surrogate is None


# Natural text


TEXT = tuple(range(101, 181))


def sequences(law, lexicon):
    with drawing_from(lexicon):
        return [draw.inputs for draw in draws(law.test, name=law.draws_as, number=60, seed=0)]


def extended(head, extension):
    assert is_prefix(head(extension.S), head(extension.whole))


def repeated(head, word):
    assert agree(head(word * 2)[: len(word)], head(word))


def test_on_natural_text_sequences_are_its_passages_and_t_is_what_follows():
    natural = LEXICON._replace(text=TEXT, natural=True)
    for inputs in sequences(claim(one_token_throughout, S=words()), natural):
        first, *rest = inputs["S"]
        assert inputs["S"] == tuple(range(first, first + 1 + len(rest)))
    for inputs in sequences(claim(extended, extension=extensions()), natural):
        assert isinstance(inputs["extension"], Extension)
        assert inputs["extension"].t == inputs["extension"].S[-1] + 1
    lengths = {len(inputs["S"]) for inputs in sequences(claim(one_token_throughout, S=words()), natural)}
    assert {min(lengths) >= 2, max(lengths) <= 24, len(lengths) > 10} == {True}


def test_only_claims_about_any_sequence_are_asked_of_text():
    law = claim(one_token_throughout, S=words())
    reader = Scripted(seldom_another)
    with_text = LEXICON._replace(text=TEXT)
    assert on_text(law, reader, number=20, seed=0, lexicon=with_text).n == 20
    assert on_text(law, reader, number=20, seed=0, lexicon=LEXICON) is None
    narrow = claim(one_token_throughout, S=words(alphabet=(3, 4)))
    assert on_text(narrow, reader, number=5, seed=0, lexicon=with_text) is None
