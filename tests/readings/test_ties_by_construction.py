"""Ties that hold exactly by a model's weights are marked, in float32 and in float64, whatever preparation does to them.

Every head looks at all positions alike and copies what it sees; the embeddings are rows of a Hadamard matrix, so all
that is computed of the stored weights, in whatever basis, is a sum of whole numbers. Tokens said equally often tie.
"""

import json

import numpy as np
import pytest
import torch
import transformers
from hypothesis import given

from harness import conjecture, constant, load_model, words
from harness.laws.relations import alphabet
from harness.readings.head import Head
from harness.records.address import Address
from harness.records.cell import Verdict
from harness.trials.profile import Profile
from harness.trials.trial import tried

D_MODEL, D_HEAD, VOCAB = 64, 32, 27
SIZES = {"GPT-2": {}, "Llama": {}}


def hadamard(n):
    made = np.ones((1, 1))
    while len(made) < n:
        made = np.block([[made, made], [made, -made]])
    return made


def unimodular(random, n):
    """A matrix of whole numbers whose inverse is one too, and the inverse."""
    made, back = np.eye(n), np.eye(n)
    for _ in range(3 * n):
        i, j = random.choice(n, 2, replace=False)
        by = random.integers(-2, 3)
        made[:, j] += by * made[:, i]
        back[i] -= by * back[j]
        if np.abs(made).max() > 200 or np.abs(back).max() > 200:  # large enough to lose digits in float32
            break
    assert (made @ back == np.eye(n)).all()
    return made, back


def tied(shape):
    """A model of two layers and two heads; norms have gains, and each head has a basis of its own."""
    random = np.random.default_rng(7)
    words = hadamard(D_MODEL)[1 : VOCAB + 1]  # not the constant row, so that no word has a mean
    gain, last = (2.0 ** random.integers(-2, 3, D_MODEL) for _ in range(2))
    if shape == "GPT-2":  # whose last norm takes a mean from what is written, which gains would make of it
        last = np.full(D_MODEL, 2.0)
    W_V, W_O = [], []
    for _ in range(2):
        turn, back = unimodular(random, D_HEAD)
        copy = np.zeros((D_MODEL, D_HEAD))
        copy[:, :VOCAB] = (words / gain).T
        out = np.zeros((D_HEAD, D_MODEL))
        out[:VOCAB] = words / last
        W_V.append(copy @ turn / 64)
        W_O.append(back @ out)
    values, writes = np.concatenate(W_V, 1), np.concatenate(W_O, 0)
    common = {"bos_token_id": 0, "eos_token_id": 0, "vocab_size": VOCAB}
    if shape == "GPT-2":
        config = transformers.GPT2Config(
            n_embd=D_MODEL, n_layer=2, n_head=2, n_positions=32, layer_norm_epsilon=2.0**-20, **common
        )
        model = transformers.GPT2LMHeadModel(config)
    else:
        config = transformers.LlamaConfig(
            hidden_size=D_MODEL, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=2, pad_token_id=1,
            intermediate_size=16, max_position_embeddings=32, rms_norm_eps=2.0**-20, tie_word_embeddings=False,
            **common,
        )  # fmt: skip
        model = transformers.LlamaForCausalLM(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()

        def put(parameter, value):
            parameter.copy_(torch.from_numpy(value))

        if shape == "GPT-2":
            inner = model.transformer
            put(inner.wte.weight, words)
            put(inner.ln_f.weight, last)
            for block in inner.h:
                put(block.ln_1.weight, gain)
                block.attn.c_attn.weight[:, 2 * D_MODEL :] = torch.from_numpy(values)
                put(block.attn.c_proj.weight, writes)
                block.attn.c_proj.weight.mul_(0.0 if block is inner.h[0] else 1.0)
        else:
            put(model.model.embed_tokens.weight, words)
            put(model.lm_head.weight, words)
            put(model.model.norm.weight, last)
            for layer in model.model.layers:
                put(layer.input_layernorm.weight, gain)
                put(layer.self_attn.v_proj.weight, values.T.copy())
                put(layer.self_attn.o_proj.weight, writes.T.copy())
                layer.self_attn.o_proj.weight.mul_(0.0 if layer is model.model.layers[0] else 1.0)
    return model


@pytest.fixture(scope="module", params=SIZES)
def folder(request, tmp_path_factory):
    made = tmp_path_factory.mktemp("tied")
    tied(request.param).save_pretrained(made)
    assert json.loads((made / "config.json").read_text())["vocab_size"] == VOCAB
    return made


IDS = (5, 11, 3, 26, 8, 5, 11, 3, 19, 2, 14)


def said(ids, bos):
    """How many tokens tie at each position, and which: those said most often so far, BOS among them."""
    for i in range(len(ids)):
        seen = ([0] if bos else []) + list(ids[: i + 1])
        most = max(seen.count(token) for token in seen)
        yield {token for token in seen if seen.count(token) == most}


@pytest.mark.parametrize("way", ["float32", "float64", "in float64"])
def test_every_tie_is_marked(folder, way):
    model = load_model(str(folder), dtype="float64" if way == "float64" else "float32")
    model = model.in_float64 if way == "in float64" else model
    assert model.backbone.preparation.fold_ln
    assert not model.backbone.preparation.note.startswith("left")
    sizes = set()
    for head in (Address(1, 0), Address(1, 1)):
        for bos in (True, False):
            reading = Head(model, head, projection="output", bos=bos)(IDS)
            for i, tokens in enumerate(said(IDS, bos)):
                sizes.add(len(tokens))
                assert int(reading.z.tokens[i]) in tokens, (head, bos, i)
                assert bool(reading.z.near_ties[i]) is (len(tokens) > 1), (head, bos, i, float(reading.z.margins[i]))
                assert bool(reading.z.open[i]) is (len(tokens) > 2), (head, bos, i)
                if len(tokens) > 1:
                    assert int(reading.z.runners_up[i]) in tokens
            assert reading.v.tokens.tolist() == list(IDS)
            assert not reading.v.near_ties.any()
            assert reading.q.open.all()  # every token has the same value there: none
            assert reading.qk.open.all()
    assert {1, 2, 3, 5} <= sizes


def test_a_head_that_writes_nothing_satisfies_nothing(folder):
    """W_O of layer 0 is zero: every token has the same value."""

    @conjecture(components="v z", source="a test")
    @given(S=words(max_length=8))
    def a_reading_is_constant(head, S):
        """Every entry reads the same."""
        assert constant(head(S))

    model = load_model(str(folder))
    for component in ("v", "z"):
        head = model.component(Address(0, 1), component)
        assert head(IDS).open.all()
        cell = tried(a_reading_is_constant.conjecture, head, Profile(nulls=0, search=10, census=80))
        assert (cell.verdict, cell.near_tied, cell.violations) == (Verdict.UNDECIDED, 1.0, 0)
        assert "100% of the" in cell.message


def test_no_difference_rests_on_them(folder):
    model = load_model(str(folder))
    for some in (model, model.in_float64):
        head = Head(some, Address(1, 0), projection="output", bos=False).component("z")
        assert alphabet(head((1, 2, 9))) == alphabet(head((9, 2, 1)))
        for n in (2, 3, 5):
            ids = IDS[:n]
            assert alphabet(head(ids)) == alphabet(head(ids[::-1]))
            assert alphabet(head(ids)) <= alphabet(head(ids[::-1]))
