"""The specimens as models: their shape, vocabulary and weights, and how they are made."""

import subprocess
import sys
import time
from dataclasses import asdict
from itertools import combinations

import pytest
import torch

from harness.models.backbone import Backbone
from harness.models.preparation import NONE
from harness.models.specimens import hand_built, specimen_space, specimen_weights
from harness.models.specimens.rules import RULES
from harness.models.specimens.specimen_vocabulary import BOS, COUNTS, LETTERS, PLACES, SPECIAL, VOCABULARY
from harness.records.address import COMPONENTS
from tests.support.specimen_forms import ADDED, FORMS, ROTARY


@pytest.fixture(scope="module")
def specimen() -> Backbone:
    return ADDED.model


@FORMS
def test_every_head_is_described(form):
    shape, module = form.model.shape, form.module
    heads = [f"{layer}.{head}" for layer in range(module.N_LAYERS) for head in range(module.N_HEADS)]
    assert [behaviour.head for behaviour in form.behaviours] == heads
    assert all(all(asdict(behaviour).values()) for behaviour in form.behaviours)
    assert (shape.n_layers, shape.n_heads, shape.vocab) == (module.N_LAYERS, module.N_HEADS, len(VOCABULARY))
    assert (shape.n_ctx, shape.d_head, shape.rotary) == (64, specimen_space.D_HEAD, form is ROTARY)


def test_every_rule_is_some_heads_and_says_what_it_is():
    behaviours = (*hand_built.BEHAVIOURS, *hand_built.ROTARY_BEHAVIOURS)
    assert {getattr(behaviour, part) for behaviour in behaviours for part in COMPONENTS} == set(RULES)
    assert all(rule.says for rule in RULES.values())


def test_vocabulary():
    assert len(set(VOCABULARY)) == len(VOCABULARY)
    assert VOCABULARY[BOS] == "<bos>"
    assert [VOCABULARY[id] for id in (LETTERS[0], LETTERS[-1], PLACES[0], PLACES[-1], COUNTS[0], COUNTS[-1])] == [
        "a", "z", "@0", "@63", "#0", "#24",
    ]  # fmt: skip
    assert {*SPECIAL, *LETTERS} == set(range(len(VOCABULARY)))
    assert not SPECIAL & set(LETTERS)


@FORMS
def test_the_backbone_speaks_the_vocabulary(form):
    specimen = form.model
    assert specimen.name == form.module.NAME
    assert specimen.bos == BOS
    assert specimen.special == SPECIAL
    assert specimen.b_U is None
    assert specimen.preparation == NONE
    assert specimen.encode("a b a") == (1, 2, 1)
    assert specimen.token(COUNTS[3]) == "#3"


def test_the_weights_are_the_circuits(specimen):
    for layer, heads in enumerate(specimen_weights.added()):
        for number, head in enumerate(heads):
            for name, matrix in (("W_Q", head.W_Q), ("W_K", head.W_K), ("W_V", head.W_V), ("W_O", head.W_O)):
                assert torch.equal(getattr(specimen, name)(layer, number), matrix), name


@FORMS
def test_no_head_can_be_read_with_anothers_output_matrix(form):
    for layer in range(form.module.N_LAYERS):
        matrices = [form.model.W_O(layer, number) for number in range(form.module.N_HEADS)]
        assert not any(torch.equal(one, other) for one, other in combinations(matrices, 2))


def test_a_rotary_embedding_turns_no_spoken_coordinate():
    ids = torch.tensor([(BOS, *(1, 2, 3) * 21)[:64]])
    found = ROTARY.model.activations(ids, [0, 1])
    for layer, heads in enumerate(specimen_weights.rotary()):
        for number, head in enumerate(heads):
            speaks = head.W_O.any(dim=1)
            assert int(speaks.sum()) == specimen_space.WORDS
            for part in (found[layer].q, found[layer].k):
                # at both places token 1 stands after token 3: nothing but the place differs
                one, other = part[0, 7, number, speaks], part[0, 61, number, speaks]
                assert float((one - other).abs().max()) <= 1e-6 * float(one.abs().max())


def test_in_the_rotary_form_no_embedding_tells_the_place():
    same = ROTARY.model.activations(torch.tensor([(1,) * 64]), [0])[0].v[0]
    assert torch.equal(same, same[:1].expand_as(same))


@FORMS
def test_builds_quickly_and_always_the_same(form):
    model = form.model
    state = torch.random.get_rng_state()
    start = time.perf_counter()
    again = form.module.build()
    assert time.perf_counter() - start < 1
    assert torch.equal(torch.random.get_rng_state(), state)
    assert again.fingerprint == model.fingerprint
    assert again.weights_sha256 == model.weights_sha256


def test_the_words_of_the_specimen_need_neither_torch_nor_transformer_lens():
    code = (
        "import sys; from harness.models.specimens import hand_built; hand_built.expected('0.7', 'z', (1, 1));"
        "assert not {'torch', 'transformer_lens', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
