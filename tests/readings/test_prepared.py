"""What preparations do to readings: GPT-2's formula in float64, from the saved weights, against the instrument.

Nothing here asks TransformerLens: layer norm is folded, QK and OV are refactored and signs are fixed by hand.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from safetensors.numpy import load_file

from harness import load_model
from harness.records.address import COMPONENTS, Address

IDS = (7, 31, 7, 12, 44, 3, 9, 31)
D_HEAD = 8


@pytest.fixture(scope="module")
def loaded(tiny_gpt2):
    """The tiny GPT-2 in float32, by its preparation."""
    return {name: load_model(str(tiny_gpt2), preparation=name) for name in ("default", "seed", "none")}


@dataclass(frozen=True)
class Direct:
    """A head of layer 0, computed by hand; BOS stands at position 0 and is cut off at the end."""

    vectors: dict[str, np.ndarray]
    W_O: np.ndarray
    unembed: np.ndarray
    bias: np.ndarray

    def scores(self, component):
        return self.vectors[component] @ self.W_O @ self.unembed + self.bias


def direct(folder, head):
    weights = {name: value.astype(np.float64) for name, value in load_file(folder / "model.safetensors").items()}
    part = {name.removeprefix("transformer.h.0."): value for name, value in weights.items()}
    gain, shift = part["ln_1.weight"], part["ln_1.bias"]
    columns = slice(head * D_HEAD, (head + 1) * D_HEAD)
    W, b = (np.split(part[f"attn.c_attn.{kind}"], 3, axis=-1) for kind in ("weight", "bias"))
    W, b = [each[:, columns] for each in W], [each[columns] for each in b]
    W_Q, W_K, W_V = (gain[:, None] * each for each in W)
    b_Q, b_K, _ = (bias + shift @ each for bias, each in zip(b, W, strict=True))  # that of v goes into W_O's
    W_Q, W_K, W_V = (each - each.mean(0) for each in (W_Q, W_K, W_V))
    W_O = part["attn.c_proj.weight"][columns]
    W_O = W_O - W_O.mean(1, keepdims=True)

    U, S, Vt = np.linalg.svd(np.vstack([W_Q, b_Q]) @ np.vstack([W_K, b_K]).T)
    U, S, Vt = U[:, :D_HEAD], np.sqrt(S[:D_HEAD]), Vt[:D_HEAD]
    turn = fixed((U * S)[:-1])
    queries, keys = U * S * turn, Vt.T * S * turn
    U, S, Vt = np.linalg.svd(W_V @ W_O)
    U, S, Vt = U[:, :D_HEAD], S[:D_HEAD], Vt[:D_HEAD]
    turn = fixed(Vt.T)
    values, W_O = U * S * turn, Vt * turn[:, None]

    ids = [0, *IDS]
    x = weights["transformer.wte.weight"][ids] + weights["transformer.wpe.weight"][: len(ids)]
    x = x - x.mean(1, keepdims=True)
    x = x / np.sqrt((x**2).mean(1, keepdims=True) + 1e-5)
    q, k = (np.hstack([x, np.ones((len(ids), 1))]) @ each for each in (queries, keys))
    v = x @ values
    attention = np.where(np.tri(len(ids), dtype=bool), q @ k.T / np.sqrt(D_HEAD), -np.inf)
    pattern = np.exp(attention - attention.max(1, keepdims=True))
    z = pattern / pattern.sum(1, keepdims=True) @ v
    q, k, v, z = (each[1:] for each in (q, k, v, z))
    pairs = np.array([q[i] * k[j] for i in range(len(IDS)) for j in range(i + 1)])
    unembed = weights["transformer.wte.weight"].T
    gain, shift = weights["transformer.ln_f.weight"], weights["transformer.ln_f.bias"]
    return Direct({"q": q, "k": k, "v": v, "z": z, "qk": pairs}, W_O, gain[:, None] * unembed, shift @ unembed)


def fixed(directions):
    """The sign that makes each column's entry of largest magnitude positive."""
    return np.sign(np.take_along_axis(directions, np.abs(directions).argmax(0)[None], 0)[0])


@pytest.mark.parametrize("head", range(4))
def test_default_readings_are_those_of_the_svd_with_its_signs_fixed(loaded, tiny_gpt2, head):
    by_hand = direct(tiny_gpt2, head)
    for component in COMPONENTS:
        (reading,) = loaded["default"].read([IDS], Address(0, head), component)
        scores = by_hand.scores(component)
        sure = ~reading.near_ties
        assert sure.mean() > 0.9
        np.testing.assert_array_equal(reading.tokens[sure], scores.argmax(1)[sure])
        first, second = np.sort(scores, 1)[:, :-3:-1].T
        np.testing.assert_allclose(reading.margins, first - second, atol=1e-3, rtol=1e-3)


def test_the_seeds_signs_are_left_open_and_its_readings_are_others(loaded):
    different = dict.fromkeys(COMPONENTS, 0)
    for layer in range(3):
        for head in range(4):
            for component in COMPONENTS:
                one, other = (
                    loaded[name].read([IDS], Address(layer, head), component)[0] for name in ("default", "seed")
                )
                different[component] += int((one.tokens != other.tokens).sum())
    assert min(different[component] for component in ("q", "k", "qk")) > 0
    assert different["v"] == different["z"] == 0, "turning v and W_O together turns nothing that leaves the head"


def test_readings_of_weights_as_they_came_are_others(loaded):
    for name in ("q", "k", "qk"):
        one, other = (loaded[kind].read([IDS], Address(1, 2), name)[0] for kind in ("default", "none"))
        assert (one.tokens != other.tokens).any()


def test_no_preparation_changes_what_the_model_predicts_or_attends_to(loaded):
    import torch

    ids = torch.tensor([[0, *IDS]])
    plain = loaded["none"].backbone
    expected, patterns = plain.bridge(ids).log_softmax(-1), plain.activations(ids, range(3))
    for name in ("default", "seed"):
        prepared = loaded[name].backbone
        torch.testing.assert_close(prepared.bridge(ids).log_softmax(-1), expected, atol=1e-4, rtol=1e-4)
        for layer, made in prepared.activations(ids, range(3)).items():
            torch.testing.assert_close(made.pattern, patterns[layer].pattern, atol=1e-5, rtol=1e-4)
