"""The float64 twin computes in float64 throughout, and leaves the original alone."""

import gc
from pathlib import Path

import numpy as np
import pytest
import torch

from harness.models import bridge, precision
from harness.models.bridge_parts import bias
from harness.models.network import Network
from harness.models.precision import cast

IDS = torch.randint(1, 50, (1, 20), generator=torch.Generator().manual_seed(1))


@pytest.fixture(params=["tiny_gpt2", "tiny_llama"])
def network(request: pytest.FixtureRequest) -> Network:
    path: Path = request.getfixturevalue(request.param)
    return bridge.folder(path, name="tiny")


def test_first_layer_equals_a_computation_by_hand_to_float64(network: Network) -> None:
    twin = network.in_float64()
    found, rough = twin.activations(IDS, [0])[0], network.activations(IDS, [0])[0]
    for head in range(4):
        for part, expected in by_hand(twin, head).items():
            exact = (getattr(found, part)[0, :, head] if part != "pattern" else found.pattern[0, head]).numpy()
            assert exact.dtype == np.float64
            assert np.abs(exact - expected).max() < 1e-14
    assert float((rough.z - found.z).abs().max()) > 1e-9, "float32 is not that good, so the test can tell"


def test_deeper_layers_stay_near_those_of_float32(network: Network) -> None:
    twin = network.in_float64()
    for layer, made in twin.activations(IDS, range(3)).items():
        torch.testing.assert_close(made.z.float(), network.activations(IDS, [layer])[layer].z, atol=1e-5, rtol=1e-4)
        assert made.pattern.dtype is torch.float64


def test_a_layer_gives_the_same_whether_higher_ones_are_ready_or_not(network: Network) -> None:
    twin = network.in_float64()
    early = twin.activations(IDS, [0])[0]
    twin.activations(IDS, [2])
    assert torch.equal(early.z, twin.activations(IDS, [0])[0].z)


def test_the_original_stays_as_it_was(network: Network) -> None:
    before = network.activations(IDS, [2])[2]
    twin = network.in_float64()
    twin.activations(IDS, [2])
    after = network.activations(IDS, [2])[2]
    assert network.dtype is network.W_U.dtype is network.W_V(1, 1).dtype is after.z.dtype is torch.float32
    assert torch.equal(before.z, after.z)


def test_the_twin_is_made_once_and_has_the_same_weights_but_another_fingerprint(network: Network) -> None:
    twin = network.in_float64()
    assert network.in_float64() is twin is twin.in_float64()
    assert torch.equal(twin.W_O(1, 2), network.W_O(1, 2).double())
    assert torch.equal(twin.W_U, network.W_U.double())
    assert (twin.name, twin.weights_sha256, twin.preparation) == (
        network.name,
        network.weights_sha256,
        network.preparation,
    )
    assert twin.fingerprint != network.fingerprint


def test_the_twin_does_without_the_original(tiny_gpt2: Path) -> None:
    twin = bridge.folder(tiny_gpt2, name="tiny").in_float64()
    gc.collect()
    assert twin.activations(IDS, [2])[2].z.dtype is torch.float64


@pytest.mark.parametrize("dtype", ["float64", "bfloat16"])
def test_booted_in_another_dtype(tiny_llama: Path, dtype: str) -> None:
    network = bridge.folder(tiny_llama, name="x", dtype=dtype)
    assert network.dtype is getattr(torch, dtype)
    assert network.activations(IDS, [1])[1].z.dtype is network.dtype


def by_hand(twin: Network, head: int) -> dict[str, np.ndarray]:
    """Layer 0 in numpy, from the prepared weights."""
    made, d_head = twin.bridge, twin.shape.d_head
    config = made.original_model.config
    x = made.embed.W_E.detach().double().numpy()[IDS[0].numpy()]
    places = np.arange(x.shape[0])
    if twin.shape.rotary:
        eps = config.rms_norm_eps
    else:
        x = x + made.pos_embed.W_pos.detach().double().numpy()[places]
        x, eps = x - x.mean(-1, keepdims=True), config.layer_norm_epsilon
    x = x / np.sqrt((x**2).mean(-1, keepdims=True) + eps)
    q, k, v = (x @ W(0, head).numpy() for W in (twin.W_Q, twin.W_K, twin.W_V))
    if twin.shape.rotary:
        frequencies = 1 / config.rope_parameters["rope_theta"] ** (torch.arange(0, d_head, 2).float() / d_head)
        angles = np.tile(places[:, None] * frequencies.double().numpy(), 2)
        q, k = (y * np.cos(angles) + half_turned(y) * np.sin(angles) for y in (q, k))
    else:
        own = slice(head * d_head, (head + 1) * d_head)
        attention = made.blocks[0].attn
        q, k, v = (
            y + bias(part).detach().numpy()[own] for y, part in ((q, attention.q), (k, attention.k), (v, attention.v))
        )
    scores = q @ k.T / np.sqrt(d_head)
    scores[np.triu_indices(len(scores), 1)] = -np.inf
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    pattern = shares / shares.sum(-1, keepdims=True)
    return {"q": q, "k": k, "v": v, "pattern": pattern, "z": pattern @ v}


def half_turned(y: np.ndarray) -> np.ndarray:
    half = y.shape[-1] // 2
    return np.concatenate([-y[:, half:], y[:, :half]], axis=-1)


@pytest.mark.parametrize("folder", ["tiny_gpt2", "tiny_llama"])
def test_a_cast_changes_what_the_bridges_own_changes_and_looks_no_weight_up_by_name(
    folder: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, ours = (bridge.booted(request.getfixturevalue(folder)) for _ in range(2))
    theirs.to(torch.float64, print_details=False)
    monkeypatch.setattr(type(ours), "state_dict", None)
    cast(ours, torch.float64)
    assert ours.cfg.dtype is theirs.cfg.dtype is torch.float64
    for found, expected in ((ours, theirs), (ours.original_model, theirs.original_model)):
        found, expected = dict(bridge.named_tensors(found)), dict(bridge.named_tensors(expected))
        assert found.keys() == expected.keys()
        assert all(tensor.dtype is expected[name].dtype for name, tensor in found.items())
        assert all(tensor.equal(expected[name]) for name, tensor in found.items())
    assert ours.W_U.dtype is torch.float64


def test_functions_that_a_library_put_into_modules_are_the_copys_own() -> None:
    """As TransformerLens does with Falcon's matrices: the copy once multiplied by those of the original."""
    linear = torch.nn.Linear(3, 2)
    linear.forward = (lambda module: lambda x: x @ module.weight.T)(linear)
    copied = torch.nn.Linear(3, 2)
    function = precision.rebound(linear.forward, {id(linear): copied})
    x = torch.ones(1, 3)
    assert torch.equal(function(x), x @ copied.weight.T)
    assert not torch.equal(function(x), linear(x))


def test_what_asks_for_float32_is_given_float64() -> None:
    x = torch.tensor([[1 / 3, 2 / 3]], dtype=torch.float64)
    with precision.throughout(torch.float64):
        made = [x.float(), x.to(torch.float32), x.softmax(-1, dtype=torch.float32), torch.full((), 1e300), x * 1e-9]
    assert all(one.dtype is torch.float64 for one in made)
    assert torch.equal(made[0], x)
    assert torch.get_default_dtype() is torch.float32
    with precision.throughout(torch.float32):
        assert x.float().dtype is torch.float32
