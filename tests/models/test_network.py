"""A prepared network computes what plain transformers computes, and hands out the matrices that did it."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from harness.errors import ModelError
from harness.models import bridge
from harness.models.bridge_parts import bias
from harness.models.network import Network
from harness.models.vocabulary import WordList

IDS = torch.randint(50, (3, 11), generator=torch.Generator().manual_seed(0))
BOTH = pytest.mark.parametrize("which", ["tiny_gpt2", "tiny_llama"])


@cache
def prepared(path: Path) -> Network:
    return bridge.folder(path, name="tiny")


@cache
def plain(path: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(path, attn_implementation="eager").eval()


@pytest.fixture
def path(which: str, request: pytest.FixtureRequest) -> Path:
    return request.getfixturevalue(which)


@BOTH
def test_patterns_are_those_of_plain_transformers(path: Path) -> None:
    with torch.no_grad():
        expected = plain(path)(IDS, output_attentions=True).attentions
    found = prepared(path).activations(IDS, range(3))
    assert sorted(found) == [0, 1, 2]
    for layer in range(3):
        torch.testing.assert_close(found[layer].pattern, expected[layer], atol=2e-6, rtol=1e-5)


@BOTH
def test_heads_sum_to_the_attention_output_of_plain_transformers(path: Path) -> None:
    network = prepared(path)
    found = network.activations(IDS, range(3))
    for layer, expected in enumerate(attention_outputs(plain(path))):
        z = found[layer].z
        total = sum(z[:, :, head] @ network.W_O(layer, head) for head in range(4))
        offset = bias(network.bridge.blocks[layer].attn.o)
        total = total if offset is None else total + offset
        if network.preparation.center_writing_weights:
            expected = expected - expected.mean(-1, keepdim=True)
        torch.testing.assert_close(total.detach(), expected, atol=5e-6, rtol=1e-5)


@BOTH
def test_q_and_k_are_those_of_the_score_and_z_is_the_patterns_sum_of_v(path: Path) -> None:
    for layer in prepared(path).activations(IDS, [0, 2]).values():
        scores = torch.einsum("bihd,bjhd->bhij", layer.q, layer.k) / 8**0.5
        masked = scores.masked_fill(torch.ones(11, 11).triu(1).bool(), -torch.inf)
        torch.testing.assert_close(masked.softmax(-1), layer.pattern, atol=2e-6, rtol=1e-5)
        torch.testing.assert_close(torch.einsum("bhij,bjhd->bihd", layer.pattern, layer.v), layer.z)


@BOTH
def test_values_come_from_the_normalised_residual_stream_by_W_V(path: Path) -> None:
    network = prepared(path)
    seen: dict[str, Tensor] = {}
    norm = network.bridge.blocks[1].ln1
    handle = norm.register_forward_hook(lambda _module, _args, found: seen.update(x=found))
    layer = network.activations(IDS, [1])[1]
    handle.remove()
    for head in range(4):
        value = seen["x"] @ network.W_V(1, head)  # value biases are folded into that of the output
        torch.testing.assert_close(value, layer.v[:, :, head], atol=5e-6, rtol=1e-5)


def test_grouped_keys_and_values_are_given_to_every_head_of_the_group(tiny_llama: Path) -> None:
    network = prepared(tiny_llama)
    assert (network.shape.n_heads, network.shape.n_kv_heads) == (4, 2)
    layer = network.activations(IDS, [1])[1]
    assert layer.k.shape == layer.v.shape == layer.q.shape == (3, 11, 4, 8)
    for first, second, other in ((0, 1, 2), (2, 3, 0)):
        for part in (layer.k, layer.v):
            assert torch.equal(part[:, :, first], part[:, :, second])
            assert not torch.equal(part[:, :, first], part[:, :, other])
        assert torch.equal(network.W_K(1, first), network.W_K(1, second))
        assert not torch.equal(network.W_V(1, first), network.W_V(1, other))


@BOTH
def test_nothing_above_the_highest_layer_is_run(path: Path) -> None:
    network = prepared(path)
    ran: list[str] = []
    points = {
        "mlp 1": network.bridge.blocks[1].mlp,
        "layer 2": network.bridge.blocks[2],
        "mlp 0": network.bridge.blocks[0].mlp,
    }
    handles = [
        module.register_forward_pre_hook(lambda _module, _args, name=name: ran.append(name))
        for name, module in points.items()
    ]
    network.activations(IDS, [1, 0])
    for handle in handles:
        handle.remove()
    assert ran == ["mlp 0"]


@BOTH
def test_no_hook_is_left_behind_even_by_a_forward_pass_that_fails(path: Path) -> None:
    network = prepared(path)
    before = hooks(network)
    network.activations(IDS, [0, 1])
    with pytest.raises(IndexError):
        network.activations(torch.tensor([[99]]), [1])
    assert hooks(network) == before
    assert network.activations(IDS, []) == {}


@BOTH
def test_no_gradients_are_kept(path: Path) -> None:
    network = prepared(path)
    layer = network.activations(IDS, [0])[0]
    handed_out = (
        layer.q,
        layer.pattern,
        network.W_U,
        network.W_Q(0, 0),
        network.W_K(0, 0),
        network.W_V(0, 0),
        network.W_O(0, 0),
    )
    assert not any(tensor.requires_grad for tensor in handed_out)


@BOTH
def test_unembedding_is_centred_and_predicts_as_plain_transformers(path: Path) -> None:
    network = prepared(path)
    assert network.W_U.shape == (32, 50)
    assert float(network.W_U.mean(-1).abs().max()) < 1e-6
    with torch.no_grad():
        torch.testing.assert_close(
            network.bridge(IDS).log_softmax(-1), plain(path)(IDS).logits.log_softmax(-1), atol=2e-5, rtol=1e-4
        )


def test_shape_and_preparation(tiny_gpt2: Path, tiny_llama: Path) -> None:
    gpt2, llama = prepared(tiny_gpt2), prepared(tiny_llama)
    assert (gpt2.shape.rotary, llama.shape.rotary) == (False, True)
    assert (gpt2.shape.n_layers, gpt2.shape.d_head, gpt2.shape.d_model, gpt2.shape.vocab, gpt2.shape.n_ctx) == (
        3,
        8,
        32,
        50,
        64,
    )
    assert gpt2.preparation.refactor_factored_attn_matrices
    assert gpt2.preparation.note == ""
    assert not llama.preparation.refactor_factored_attn_matrices
    assert "rotary" in llama.preparation.note
    assert gpt2.b_U is not None, "the final norm's bias is folded into it"
    assert llama.b_U is None


def test_without_a_tokenizer_ids_have_stand_ins_and_text_is_refused(tiny_gpt2: Path) -> None:
    network = prepared(tiny_gpt2)
    assert (network.bos, network.special, network.token(7)) == (0, frozenset({0}), "<7>")
    with pytest.raises(ModelError, match="has no tokenizer, so it cannot read text; give ids"):
        network.encode("a text")


def test_native_network_reads_words_and_refuses_what_it_cannot_show() -> None:
    config = {
        "n_layers": 1,
        "n_heads": 2,
        "d_head": 4,
        "d_model": 8,
        "n_ctx": 16,
        "d_vocab": 3,
        "act_fn": "relu",
        "attn_only": True,
    }

    def fill(model: Any) -> None:
        for parameter in model.parameters():
            parameter.fill_(0.5)

    made = bridge.native({**config, "normalization_type": None}, fill, ("^", "a", "b"), 0, "handmade", frozenset({0}))
    assert (made.encode(" b a\nb"), made.token(1), made.token(9), made.bos) == ((2, 1, 2), "a", "<9>", 0)
    assert made.preparation.name == "none"
    assert torch.equal(made.W_Q(0, 1), torch.full((8, 4), 0.5))
    assert made.activations(torch.tensor([[0, 1, 2]]), [0])[0].z.shape == (1, 3, 2, 4)
    with pytest.raises(ModelError, match="'c': this is not one of the 3 words of this model; use words such as"):
        made.encode("a c")
    with pytest.raises(ValueError, match="rotary"):
        bridge.native({**config, "positional_embedding_type": "rotary"}, fill, (), None, "x", frozenset())


def test_repeated_words_mean_the_first() -> None:
    assert WordList(("a", "b", "a"), bos=None, special=frozenset()).encode("a b") == (0, 1)


def attention_outputs(model: Any) -> list[Tensor]:
    found: list[Tensor] = []
    modules = [module for name, module in model.named_modules() if name.endswith((".attn", ".self_attn"))]
    handles = [
        module.register_forward_hook(lambda _module, _args, output: found.append(output[0])) for module in modules
    ]
    with torch.no_grad():
        model(IDS)
    for handle in handles:
        handle.remove()
    return found


def hooks(network: Network) -> int:
    return sum(len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.bridge.modules())
