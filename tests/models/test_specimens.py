"""The specimen reads what its definition says: model against truth, head by head and component by component."""

import subprocess
import sys
import time
from dataclasses import asdict
from functools import cache
from itertools import combinations

import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch import Tensor

from harness.models import specimen_weights, specimens
from harness.models.backbone import Backbone
from harness.models.preparation import NONE
from harness.models.specimen_vocabulary import BOS, COUNTS, LETTERS, PLACES, SPECIAL, VOCABULARY

COMPONENTS = ("q", "k", "v", "z", "qk")
HEADS = tuple(behaviour.head for behaviour in specimens.BEHAVIOURS)

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


@cache
def backbone() -> Backbone:
    return specimens.build()


@pytest.fixture(scope="module")
def specimen() -> Backbone:
    return backbone()


def vectors(model: Backbone, head: int, ids: tuple[int, ...], *, bos: bool) -> dict[str, Tensor]:
    """Each component's vectors, an entry each (for qk the pairs row after row), BOS left out."""
    seen = (BOS, *ids) if bos else ids
    start = len(seen) - len(ids)
    layer = model.activations(torch.tensor([seen]), [0])[0]
    found = {part: getattr(layer, part)[0, start:, head].double() for part in ("q", "k", "v", "z")}
    query, key = torch.tril_indices(len(ids), len(ids))
    return {**found, "qk": found["q"][query] * found["k"][key]}


def truth(head: str, component: str, ids: tuple[int, ...], *, bos: bool) -> list[int]:
    expected = specimens.expected(head, component, ids, bos=bos)
    return [token for row in expected for token in row] if component == "qk" else list(expected)


@pytest.mark.parametrize("head", HEADS)
@settings(max_examples=40, deadline=None)
@given(ids=sequences, bos=st.booleans())
@example(ids=(1,), bos=True)
@example(ids=(1,), bos=False)
@example(ids=(BOS,), bos=True)
@example(ids=(BOS, BOS, 1), bos=False)
@example(ids=(1,) * 24, bos=True)
@example(ids=(1,) * 63, bos=True)
@example(ids=tuple(LETTERS), bos=False)
@example(ids=tuple(range(60, 122)), bos=True)
def test_every_component_reads_as_defined(head, ids, bos):
    model, number = backbone(), int(head[2:])
    way_out = model.W_O(0, number).double() @ model.W_U.double()
    for component, c in vectors(model, number, ids, bos=bos).items():
        best = (c @ way_out).topk(2, dim=-1)
        assert best.indices[:, 0].tolist() == truth(head, component, ids, bos=bos), component
        margins = best.values[:, 0] - best.values[:, 1]
        assert float(margins.min()) >= MARGIN_FLOOR, component
        assert float((margins / c.norm(dim=-1)).min()) >= SCALED_FLOOR, component


def test_float64_reads_the_same(specimen):
    ids = tuple(LETTERS[:4]) * 6
    for number in range(specimens.N_HEADS):
        way_out = specimen.W_O(0, number).double() @ specimen.W_U.double()
        single, double = (vectors(model, number, ids, bos=True) for model in (specimen, specimen.in_float64()))
        for component in COMPONENTS:
            assert torch.equal((single[component] @ way_out).argmax(-1), (double[component] @ way_out).argmax(-1))


@pytest.mark.parametrize(
    ("number", "attended"),
    [
        (1, lambda x, i: [j for j in range(i + 1) if x[j] == x[i]]),
        (3, lambda x, i: [i]),
        (4, lambda x, i: list(range(i % 2, i + 1, 2))),
        (5, lambda x, i: [max(i - 1, 0)]),
        (6, lambda x, i: [min(i, 1)]),
        (7, lambda x, i: [0, *(j for j in range(1, i + 1) if x[j] == x[i])]),
    ],
)
def test_attention_is_shared_equally_among_those_that_the_head_attends_to(specimen, number, attended):
    x = (BOS, 2, 1, 1, 2, 3, 1, 2, 2)
    pattern = specimen.activations(torch.tensor([x]), [0])[0].pattern[0, number].double()
    wanted = torch.zeros(len(x), len(x), dtype=torch.float64)
    for i in range(len(x)):
        places = attended(x, i)
        wanted[i, places] = 1 / len(places)
    assert torch.allclose(pattern, wanted, atol=1e-6)


def test_truths_by_hand():
    a, b, c = 1, 2, 3
    text = {
        (head, component): " ".join(VOCABULARY[token] for token in specimens.expected(head, component, (a, b, a, c)))
        for head in HEADS
        for component in COMPONENTS[:4]
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
    rows = specimens.expected("0.7", "qk", (a, b, a))
    assert [[VOCABULARY[token] for token in row] for row in rows] == [["a"], ["blank", "b"], ["a", "blank", "a"]]
    without_bos = specimens.expected("0.5", "z", (a, b), bos=False), specimens.expected("0.7", "z", (a, a), bos=False)
    assert without_bos == ((a, a), (COUNTS[-1], COUNTS[-1]))


def test_every_head_is_described(specimen):
    assert [f"0.{number}" for number in range(specimens.N_HEADS)] == list(HEADS)
    assert len(specimen_weights.LAYERS) == specimens.N_LAYERS
    assert all(len(layer) == specimens.N_HEADS for layer in specimen_weights.LAYERS)
    assert all(all(asdict(behaviour).values()) for behaviour in specimens.BEHAVIOURS)
    shape = specimen.shape
    assert (shape.n_layers, shape.n_heads, shape.vocab) == (specimens.N_LAYERS, specimens.N_HEADS, len(VOCABULARY))
    assert (shape.n_ctx, shape.d_head, shape.rotary) == (64, specimen_weights.D_HEAD, False)


def test_vocabulary():
    assert len(set(VOCABULARY)) == len(VOCABULARY)
    assert VOCABULARY[BOS] == "<bos>"
    assert [VOCABULARY[id] for id in (LETTERS[0], LETTERS[-1], PLACES[0], PLACES[-1], COUNTS[0], COUNTS[-1])] == [
        "a", "z", "@0", "@63", "#0", "#24",
    ]  # fmt: skip
    assert {*SPECIAL, *LETTERS} == set(range(len(VOCABULARY)))
    assert not SPECIAL & set(LETTERS)


def test_the_backbone_speaks_the_vocabulary(specimen):
    assert specimen.name == specimens.NAME
    assert specimen.bos == BOS
    assert specimen.special == SPECIAL
    assert specimen.b_U is None
    assert specimen.preparation == NONE
    assert specimen.encode("a b a") == (1, 2, 1)
    assert specimen.token(COUNTS[3]) == "#3"


def test_the_weights_are_the_circuits(specimen):
    for number in range(specimens.N_HEADS):
        head = specimen_weights.head_weights(0, number)
        for name, matrix in (("W_Q", head.W_Q), ("W_K", head.W_K), ("W_V", head.W_V), ("W_O", head.W_O)):
            assert torch.equal(getattr(specimen, name)(0, number), matrix), name


def test_no_head_can_be_read_with_anothers_output_matrix(specimen):
    matrices = [specimen.W_O(0, number) for number in range(specimens.N_HEADS)]
    assert not any(torch.equal(one, other) for one, other in combinations(matrices, 2))


def test_builds_quickly_and_always_the_same(specimen):
    state = torch.random.get_rng_state()
    start = time.perf_counter()
    again = specimens.build()
    assert time.perf_counter() - start < 1
    assert torch.equal(torch.random.get_rng_state(), state)
    assert again.fingerprint == specimen.fingerprint
    assert again.weights_sha256 == specimen.weights_sha256


def test_the_words_of_the_specimen_need_neither_torch_nor_transformer_lens():
    code = (
        "import sys; from harness.models import specimens; specimens.expected('0.7', 'z', (1, 1));"
        "assert not {'torch', 'transformer_lens', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
