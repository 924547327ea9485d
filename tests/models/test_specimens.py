"""The specimens read what their definitions say: model against truth, head by head and component by component."""

from itertools import product
from random import Random

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from harness.models.specimens import hand_built
from harness.models.specimens.specimen_vocabulary import BOS, COUNTS, LETTERS, VOCABULARY
from harness.readings.model import Model
from harness.records.address import COMPONENTS, Address
from tests.support.specimen_forms import ADDED, FORMS, ROTARY, numbers, truth, vectors, way_out

pytestmark = pytest.mark.slow

MARGIN_FLOOR = 1e-2
"""The smallest margin there is, in logits: that of the count, 1 / (2 * 26)."""

SCALED_FLOOR = 1e-3
"""The smallest margin as a share of the vector's length (W_O @ W_U has columns of length 1): the count again."""

letters = st.lists(st.sampled_from(LETTERS), min_size=1, max_size=24).map(tuple)
few_letters = st.lists(st.sampled_from(LETTERS[:3]), min_size=1, max_size=24).map(tuple)
repeats = st.tuples(st.sampled_from(LETTERS), st.integers(1, 24)).map(lambda drawn: (drawn[0],) * drawn[1])
periodic = st.tuples(st.lists(st.sampled_from(LETTERS), min_size=2, max_size=6), st.integers(2, 4)).map(
    lambda drawn: tuple(drawn[0]) * drawn[1]
)
anything = st.lists(st.integers(0, len(VOCABULARY) - 1), min_size=1, max_size=24).map(tuple)
few_of_anything = st.lists(st.sampled_from((BOS, 1, 32, 33, 34, COUNTS[0], COUNTS[-1])), min_size=1, max_size=24).map(
    tuple
)
long = st.lists(st.sampled_from((*LETTERS[:2], BOS)), min_size=40, max_size=63).map(tuple)
sequences = st.one_of(letters, few_letters, repeats, periodic, anything, few_of_anything, long)


@pytest.mark.slow
@FORMS
@settings(max_examples=40, deadline=None)
@given(ids=sequences, bos=st.booleans())
@example(ids=(1,), bos=True)
@example(ids=(1,), bos=False)
@example(ids=(BOS,), bos=True)
@example(ids=(BOS, BOS, 1), bos=False)
@example(ids=(1, 2, 1, 2, 2), bos=False)
@example(ids=(1,) * 24, bos=True)
@example(ids=(1,) * 63, bos=True)
@example(ids=(2, *(1,) * 62), bos=True)
@example(ids=tuple(LETTERS), bos=False)
@example(ids=tuple(range(60, 122)), bos=True)
@example(ids=tuple(LETTERS[-2:]) * 31, bos=True)
def test_every_component_reads_as_defined(form, ids, bos):
    for head, parts in form.vectors(ids, bos=bos).items():
        out = way_out(form.model, head)
        for component, c in parts.items():
            best = (c @ out).topk(2, dim=-1)
            assert best.indices[:, 0].tolist() == truth(form, head, component, ids, bos=bos), (head, component)
            margins = best.values[:, 0] - best.values[:, 1]
            assert float(margins.min()) >= MARGIN_FLOOR, (head, component)
            assert float((margins / c.norm(dim=-1)).min()) >= SCALED_FLOOR, (head, component)


@FORMS
@pytest.mark.parametrize("bos", [True, False])
def test_every_short_sequence_of_a_few_tokens_reads_as_defined(form, bos):
    few = (LETTERS[0], LETTERS[1], LETTERS[25], BOS)
    for length in range(1, 5):
        batch = list(product(few, repeat=length))
        seen = torch.tensor([(BOS, *ids) if bos else ids for ids in batch])
        start = seen.shape[1] - length
        layers = form.model.activations(seen, range(form.model.shape.n_layers))
        query, key = torch.tril_indices(length, length)
        for behaviour in form.behaviours:
            layer, number = numbers(behaviour.head)
            out = way_out(form.model, behaviour.head)
            parts = {part: getattr(layers[layer], part)[:, start:, number].double() for part in ("q", "k", "v", "z")}
            parts["qk"] = parts["q"][:, query] * parts["k"][:, key]
            for component, c in parts.items():
                read = (c @ out).argmax(-1).tolist()
                wanted = [truth(form, behaviour.head, component, ids, bos=bos) for ids in batch]
                assert read == wanted, (behaviour.head, component)


@FORMS
def test_no_reading_of_letters_is_a_near_tie(form):
    """As the instrument sees it: in its own dtype, by its own tolerance."""
    model = Model(form.model)
    batch = [tuple(Random(length).choices(LETTERS, k=length)) for length in (1, 2, 5, 13, 24)]
    batch += [tuple(Random(0).choices(LETTERS[:3], k=24)), (1,) * 24, (2, 1) * 12]
    for behaviour in form.behaviours:
        for component in COMPONENTS:
            for reading in model.read(batch, Address(*numbers(behaviour.head)), component):
                assert not reading.near_ties.any(), (behaviour.head, component)
                flat = truth(form, behaviour.head, component, reading.sequence, bos=True)
                assert reading.tokens.tolist() == flat, (behaviour.head, component)


@FORMS
def test_float64_reads_the_same(form):
    ids = tuple(LETTERS[:4]) * 6
    double = vectors(form.model.in_float64(), form.behaviours, ids, bos=True)
    for head, parts in form.vectors(ids, bos=True).items():
        out = way_out(form.model, head)
        for component in COMPONENTS:
            assert torch.equal((parts[component] @ out).argmax(-1), (double[head][component] @ out).argmax(-1))


def equal(x, i):
    return [j for j in range(i + 1) if x[j] == x[i]]


def counted(x, i):
    return [0, *(j for j in range(1, i + 1) if x[j] == x[i])]


def bos(x, i):
    return [0]


def first_copy(x, i):
    return [x.index(x[i]) if x.index(x[i]) < i else 0]


def itself(x, i):
    return [i]


def one_back(x, i):
    return [max(i - 1, 0)]


def after_the_last_copy(x, i):
    return [max((j for j in range(1, i + 1) if x[j - 1] == x[i]), default=i)]


def last_other(x, i):
    return [max((j for j in range(i + 1) if x[j] != x[i]), default=i)]


@pytest.mark.parametrize(
    ("form", "head", "attended"),
    [
        (ADDED, "0.0", bos),
        (ADDED, "0.1", equal),
        (ADDED, "0.3", itself),
        (ADDED, "0.4", lambda x, i: list(range(i % 2, i + 1, 2))),
        (ADDED, "0.5", one_back),
        (ADDED, "0.6", lambda x, i: [min(i, 1)]),
        (ADDED, "0.7", counted),
        (ADDED, "1.0", first_copy),
        (ADDED, "1.1", after_the_last_copy),
        (ADDED, "1.2", itself),
        (ADDED, "1.3", last_other),
        (ADDED, "1.4", one_back),
        (ADDED, "1.5", lambda x, i: list(range(1, i + 1)) or [0]),
        (ADDED, "1.6", counted),
        (ADDED, "1.7", itself),
        (ROTARY, "0.0", bos),
        (ROTARY, "0.1", equal),
        (ROTARY, "0.3", one_back),
        (ROTARY, "1.0", after_the_last_copy),
        (ROTARY, "1.1", itself),
        (ROTARY, "1.2", last_other),
        (ROTARY, "1.3", one_back),
    ],
)
def test_attention_is_shared_equally_among_those_that_the_head_attends_to(form, head, attended):
    x = (BOS, 2, 1, 1, 2, 3, 1, 2, 2, *(4, 5) * 27)
    layer, number = numbers(head)
    pattern = form.model.activations(torch.tensor([x]), [layer])[layer].pattern[0, number].double()
    wanted = torch.zeros(len(x), len(x), dtype=torch.float64)
    for i in range(len(x)):
        places = attended(x, i)
        wanted[i, places] = 1 / len(places)
    assert torch.allclose(pattern, wanted, atol=1e-6)


def test_truths_by_hand():
    a, b, c = 1, 2, 3
    text = {
        (head, component): " ".join(VOCABULARY[token] for token in hand_built.expected(head, component, (a, b, a, c)))
        for head in (behaviour.head for behaviour in hand_built.BEHAVIOURS)
        for component in COMPONENTS
        if component != "qk"
    }
    assert text["0.0", "z"] == "blank blank blank blank"
    assert text["0.1", "z"] == "a b a c"
    assert text["0.2", "z"] == "vowel consonant vowel consonant"
    assert text["0.3", "z"] == "@1 @2 @3 @4"
    assert text["0.4", "z"] == "odd even odd even"
    assert text["0.5", "z"] == "<bos> a b a"
    assert text["0.5", "q"] == "@0 @1 @2 @3"
    assert text["0.6", "z"] == "a a a a"
    assert text["0.7", "z"] == "#0 #0 #1 #0"
    assert text["1.0", "z"] == "new new again new"
    assert text["1.1", "z"] == "a b b c"
    assert text["1.1", "k"] == "<bos> a b a"
    assert text["1.2", "z"] == "mark vowel consonant vowel"
    assert text["1.3", "z"] == "<bos> a b a"
    assert text["1.4", "z"] == "<bos> <bos> a b"
    assert text["1.5", "z"] == "vowel vowel vowel vowel"
    assert text["1.6", "z"] == "#0 #0 #1 #0"
    assert text["1.7", "z"] == "a blank a c"
    majority = hand_built.expected("1.5", "z", (b, a, c, c), bos=False)
    assert [VOCABULARY[token] for token in majority] == ["consonant", "vowel", "consonant", "consonant"]
    assert hand_built.expected("1.6", "z", (a,) * 6)[2:] == (COUNTS[2], COUNTS[3], COUNTS[3], COUNTS[3])
    others = hand_built.expected("1.3", "qk", (a, b, b))
    assert [[VOCABULARY[token] for token in row] for row in others] == [
        ["blank"],
        ["a", "blank"],
        ["a", "blank", "blank"],
    ]
    rows = hand_built.expected("0.7", "qk", (a, b, a))
    assert [[VOCABULARY[token] for token in row] for row in rows] == [["a"], ["blank", "b"], ["a", "blank", "a"]]
    without_bos = hand_built.expected("0.5", "z", (a, b), bos=False), hand_built.expected("0.7", "z", (a, a), bos=False)
    assert without_bos == ((a, a), (COUNTS[-1], COUNTS[-1]))
