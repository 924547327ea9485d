"""Preparation: signs are fixed without changing the network; what cannot be done is left out and said."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file

from harness.errors import ModelError
from harness.models import bridge, catalogue, preparing
from harness.models.bridge_parts import matrix
from harness.models.preparation import NONE, Kind, flags_for, signs
from tests.support.configurations import CONFIGURATIONS


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**16))
def test_turned_directions_have_their_largest_entry_positive(entries: int, directions: int, seed: int) -> None:
    matrix = torch.randn(entries, directions, generator=torch.Generator().manual_seed(seed))
    turn = signs(matrix)
    turned = matrix * turn
    assert set(turn.tolist()) <= {1.0, -1.0}
    assert (turned.max(0).values == matrix.abs().max(0).values).all()
    assert (signs(turned) == 1).all()
    assert torch.equal(signs(-matrix) * -matrix, turned)


def test_signs_keep_zeros_and_dtype() -> None:
    assert signs(torch.zeros(3, 2)).tolist() == [1.0, 1.0]
    assert signs(torch.tensor([[-2.0]], dtype=torch.float64)).dtype is torch.float64


def test_refactored_factors_have_fixed_signs_and_turning_them_changes_nothing(tiny_gpt2: Path) -> None:
    fixed = bridge.folder(tiny_gpt2, name="x")
    loose = bridge.folder(tiny_gpt2, name="x", kind=Kind.SEED)
    assert loose.preparation == replace(fixed.preparation, name="seed")
    ids = torch.arange(10)[None]
    turned = 0
    for layer in range(3):
        one, other = (network.activations(ids, [layer])[layer] for network in (fixed, loose))
        torch.testing.assert_close(one.pattern, other.pattern, atol=1e-6, rtol=1e-5)
        assert (signs(matrix(fixed.bridge.blocks[layer].attn.q)) == 1).all()
        assert (signs(matrix(fixed.bridge.blocks[layer].attn.o).T) == 1).all()
        for head in range(4):
            torch.testing.assert_close(
                one.z[0, :, head] @ fixed.W_O(layer, head), other.z[0, :, head] @ loose.W_O(layer, head)
            )
            torch.testing.assert_close(
                fixed.W_Q(layer, head) @ fixed.W_K(layer, head).T, loose.W_Q(layer, head) @ loose.W_K(layer, head).T
            )
        turned += int((signs(matrix(loose.bridge.blocks[layer].attn.o).T) == -1).sum())
    assert turned > 0, "otherwise this shows nothing"


@pytest.mark.slow
@pytest.mark.parametrize("failing", ["raises", "wrong"])
def test_a_refactoring_that_fails_is_left_out_on_a_fresh_bridge(
    tiny_gpt2: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    apply = preparing.apply

    def spoil(made: Any, preparation: Any, **how: Any) -> None:
        apply(made, preparation, **how)
        if preparation.wanted.refactor_factored_attn_matrices:
            if failing == "raises":
                raise AssertionError("You can't refactor\nthis")
            made.blocks[0].attn.o.original_component.weight.mul_(3)

    monkeypatch.setattr(preparing, "apply", spoil)
    network = bridge.folder(tiny_gpt2, name="x")
    assert network.preparation.fold_ln
    assert not network.preparation.refactor_factored_attn_matrices
    why = "You can't refactor this" if failing == "raises" else "would change the model's predictions by up to"
    assert why in network.preparation.note
    monkeypatch.setattr(
        preparing, "flags_for", lambda **_: replace(flags_for(rotary=True, grouped=True, centred_norm=True))
    )
    monkeypatch.setattr(preparing, "apply", apply)
    expected = bridge.folder(tiny_gpt2, name="x")
    assert torch.equal(network.W_O(0, 1), expected.W_O(0, 1)), "nothing of the failed attempt is left"


def test_where_nothing_works_the_model_is_left_as_it_came(
    tiny_llama: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(made: Any, preparation: Any, **how: Any) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(preparing, "apply", fail)
    assert bridge.folder(tiny_llama, name="x").preparation == replace(NONE, note="left as it came: no")
    assert capsys.readouterr().err == "headlaws: x is read without preparation (left as it came: no).\n"


@pytest.mark.parametrize("name", ["GPT-NeoX", "Qwen2", "Llama, biases", "GPT-BigCode"])
def test_v_and_z_are_those_of_the_model_as_it_came(name: str, tmp_path: Path) -> None:
    """By default v keeps its bias, and that of the norm in front, unless its basis is another."""
    bare, prepared = (
        catalogue.boot(str(CONFIGURATIONS[name].save(tmp_path / kind)), preparation=kind)
        for kind in ("none", "default")
    )
    assert not prepared.preparation.fold_value_biases
    ids = torch.arange(2, 14)[None]
    for layer in range(2):
        one, other = (network.activations(ids, [layer])[layer] for network in (bare, prepared))
        for part in ("v", "z"):
            for head in range(4):
                before, after = (
                    getattr(made, part)[0, :, head] @ network.W_O(layer, head)
                    for made, network in ((one, bare), (other, prepared))
                )
                if prepared.preparation.center_writing_weights:
                    before = before - before.mean(-1, keepdim=True)
                torch.testing.assert_close(before, after, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("kind", [Kind.DEFAULT, Kind.SEED])
def test_refactoring_moves_the_bias_of_v_and_the_record_says_so(kind: Kind, tiny_gpt2: Path) -> None:
    bare, moved = (bridge.folder(tiny_gpt2, name="x", kind=one) for one in (Kind.NONE, kind))
    ids = torch.arange(10)[None]
    before, after = (network.activations(ids, [1])[1].z[0, :, 2] @ network.W_O(1, 2) for network in (bare, moved))
    before = before - before.mean(-1, keepdim=True)
    assert float((before - after).abs().max()) > 1e-2
    torch.testing.assert_close(before - before.mean(0), after - after.mean(0), atol=1e-4, rtol=1e-3)
    assert moved.preparation.fold_value_biases
    assert moved.preparation.summary == f"{kind} (v's bias moved to the output)"
    assert not bare.preparation.fold_value_biases


@pytest.mark.slow
def test_the_record_says_what_was_done_and_not_what_was_asked(tmp_path: Path) -> None:
    capped = catalogue.boot(str(CONFIGURATIONS["Gemma 2"].save(tmp_path / "capped"))).preparation
    assert (capped.center_unembed, "unembedding not centred" in capped.note) == (False, True)
    post = catalogue.boot(str(CONFIGURATIONS["GPT"].save(tmp_path / "post"))).preparation
    assert (post.fold_layer_norms, "norms in front of q, k and v not folded" in post.note) == (False, True)
    experts = catalogue.boot(str(CONFIGURATIONS["ERNIE 4.5 MoE"].save(tmp_path / "experts"))).preparation
    assert experts.fold_ln
    assert experts.note.startswith("only norms folded: it would change the model's predictions by up to")


def test_flags_say_what_is_left_out_and_why() -> None:
    everything = flags_for(rotary=False, grouped=False, centred_norm=True)
    assert (everything.refactor_factored_attn_matrices, everything.center_writing_weights, everything.note) == (
        True,
        True,
        "",
    )
    assert (
        flags_for(rotary=False, grouped=True, centred_norm=True).note
        == "attention matrices not refactored: grouped queries"
    )


def test_weights_as_they_came(tiny_gpt2: Path, tiny_llama: Path) -> None:
    for path, key, rows in (
        (tiny_gpt2, "transformer.h.1.attn.c_proj.weight", slice(8, 16)),
        (tiny_llama, "model.layers.1.self_attn.o_proj.weight", slice(8, 16)),
    ):
        network = bridge.folder(path, name="x", kind=Kind.NONE)
        saved = load_file(path / "model.safetensors")[key]
        assert torch.equal(network.W_O(1, 1), (saved if "c_proj" in key else saved.T)[rows])
        assert network.preparation == NONE


def test_the_seeds_preparation_is_refused_where_it_cannot_be_had(
    tiny_gpt2: Path, tiny_llama: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(
        ModelError, match=r"not with rotary embeddings, grouped queries, RMS norms\); use default"
    ) as no:
        catalogue.boot(str(tiny_llama), preparation="seed")
    assert "\n" not in str(no.value)
    with pytest.raises(
        ModelError, match="--preparation 'seed': smollm2-135m cannot be prepared as the seed notebook's"
    ):
        catalogue.boot("smollm2-135m", preparation="seed")
    with pytest.raises(ModelError, match=r"--preparation 'seed' with --model 'specimen': .* give none"):
        catalogue.boot("specimen", preparation="seed")
    with pytest.raises(
        ModelError, match="--preparation 'svd': this preparation is not known; choose from default, seed, none"
    ):
        catalogue.boot("specimen", preparation="svd")
    monkeypatch.setattr(preparing, "difference", lambda *_: "it would change the model's predictions by up to 3")
    with pytest.raises(ModelError, match=r"--preparation 'seed': .* by up to 3"):
        catalogue.boot(str(tiny_gpt2), preparation="seed")


def test_the_specimens_own_preparation_is_none() -> None:
    for name in ("default", "none"):
        assert catalogue.boot("specimen", preparation=name).preparation == NONE
