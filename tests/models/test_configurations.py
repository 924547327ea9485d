"""Each configuration is proved when it is loaded and read as the plain model computes, or refused in one line.

The tokens are worked out here from the plain transformers model alone: what its attention function is handed (or what
its products multiply, where it has no such function), its output matrix, its last norm's gain and its unembedding.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from torch import Tensor
from torch.overrides import TorchFunctionMode

from harness.errors import ModelError
from harness.models.preparation import Preparation
from harness.readings.head import Head
from harness.readings.loading import load_model
from harness.records.address import Address
from tests.support.configurations import CONFIGURATIONS, N_HEADS, N_LAYERS, NOT_READ, VOCAB, Configuration

pytestmark = pytest.mark.slow

QUICK = ("GPT-2", "Llama, biases", "Mistral", "Gemma 2", "OLMo 2", "Nemotron", "GPT-OSS", "BitNet")
"""Tried by plain pytest; the others take a minute or two together and are marked slow."""

EACH = pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in CONFIGURATIONS]
)
IDS = torch.randint(2, VOCAB, (17,), generator=torch.Generator().manual_seed(7)).tolist()


@EACH
@pytest.mark.parametrize("kind", ["default", pytest.param("none", marks=pytest.mark.thorough)])
def test_it_reads_what_the_plain_model_computes(name, kind, tmp_path):
    one = CONFIGURATIONS[name]
    folder = one.save(tmp_path / "model")
    if name in NOT_READ:
        with pytest.raises(ModelError) as refusal:
            load_model(str(folder), preparation=kind)
        assert NOT_READ[name] in str(refusal.value)
        assert "\n" not in str(refusal.value)
        return
    model = load_model(str(folder), preparation=kind)
    done = model.backbone.preparation
    front = model.source.in_front(True)
    whole = IDS if front is None else [front, *IDS]
    plain = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
    found = noted(plain.eval(), one, whole)
    biases = noted(plain, one, whole, silent=True)
    compared = entries = 0
    for layer in range(N_LAYERS):
        for head in range(N_HEADS):
            readings = model.head(f"{layer}.{head}")(tuple(IDS))
            for component in "vz" if done.refactor_factored_attn_matrices else "qkvz":
                vectors = found[layer][component][len(whole) - len(IDS) :, head]
                if done.fold_value_biases:
                    vectors = vectors - biases[layer]["v"][0, head]
                tokens = unembedded(plain, one, done, layer, head, vectors).argmax(-1).numpy()
                reading = readings[component]
                safe = ~reading.near_ties
                assert (tokens[safe] == reading.tokens[safe]).all(), (layer, head, component)
                entries, compared = entries + len(safe), compared + int(safe.sum())
    assert compared > 0.9 * entries > 150


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in ("Cohere", "OLMo") else pytest.mark.slow)
        for name in CONFIGURATIONS
        if name not in NOT_READ
    ],
)
def test_its_twins_in_float64_read_the_same(name, tmp_path):
    folder = str(CONFIGURATIONS[name].save(tmp_path / "model"))
    model = load_model(folder)
    for wide in (model.in_float64, load_model(folder, dtype="float64")):
        for head in (Address(0, 0), Address(1, 3)):
            here, there = (Head(one, head, projection="output", bos=True)(tuple(IDS)) for one in (model, wide))
            for component in ("q", "k", "v", "z", "qk"):
                safe = ~here[component].near_ties
                assert (here[component].tokens[safe] == there[component].tokens[safe]).all()
        noted = wide.backbone.activations(torch.tensor([IDS]), [1])[1]
        assert {part.dtype for part in vars(noted).values()} == {torch.float64}


def unembedded(plain: Any, one: Configuration, done: Preparation, layer: int, head: int, vectors: Tensor) -> Tensor:
    """Vectors through W_O, the last norm's gain where the record says that it is folded, and the unembedding."""
    with torch.no_grad():
        out = plain.get_submodule(f"{one.layer.format(layer)}.{one.attention}.{one.out}")
        W_O = out.weight if type(out).__name__ == "Conv1D" else out.weight.T
        size = vectors.shape[1]
        written = vectors @ W_O[head * size : (head + 1) * size]
        unembedding = plain.get_output_embeddings()
        between = getattr(getattr(plain.base_model, "decoder", None), "project_out", None)
        matrix = unembedding.weight if between is None else unembedding.weight @ between.weight
        added = torch.zeros(len(matrix)) if unembedding.bias is None else unembedding.bias
        if one.norm and done.fold_ln:
            norm = plain.get_submodule(one.norm)
            if "LayerNorm" in type(norm).__name__:
                written = written - written.mean(-1, keepdim=True)
            gain = getattr(norm, "weight", None)
            written = written if gain is None else written * (gain + one.offset)
            shift = getattr(norm, "bias", None)
            added = added if shift is None else added + matrix @ shift
        made: Tensor = written @ matrix.T + added
        return made


def noted(plain: Any, one: Configuration, ids: list[int], *, silent: bool = False) -> dict[int, dict[str, Tensor]]:
    """q, k, v and z of each layer, `pos head d_head`, as the plain model has them.

    With `silent`, as it has them of a residual stream of zeros: v is then its bias, that of the norm in front counted.
    """
    found: dict[int, dict[str, Tensor]] = {}
    if silent:
        layers = [plain.get_submodule(one.layer.format(layer)) for layer in range(N_LAYERS)]
        handles = [layer.register_forward_pre_hook(_zeros, with_kwargs=True) for layer in layers]
        made = noted(plain, one, ids)
        for handle in handles:
            handle.remove()
        return made
    if hasattr(sys.modules[type(plain).__module__], "eager_attention_forward"):
        with torch.no_grad(), handed(plain, one, found):
            plain(torch.tensor([ids]), use_cache=False)
    if not found:
        with torch.no_grad(), Multiplied(found):
            plain(torch.tensor([ids]), use_cache=False)
    for parts in found.values():
        if one.scaled:
            parts["q"] = parts["q"] * parts["q"].shape[-1] ** 0.5
        for part in "kv":
            parts[part] = parts[part].repeat_interleave(N_HEADS // parts[part].shape[1], 1)
    return found


def _zeros(_module: Any, args: tuple[Any, ...], more: dict[str, Any]) -> Any:
    if args:
        return (torch.zeros_like(args[0]), *args[1:]), more
    return args, {**more, "hidden_states": torch.zeros_like(more["hidden_states"])}


@contextmanager
def handed(plain: Any, one: Configuration, found: dict[int, dict[str, Tensor]]) -> Iterator[None]:
    """Notes what a plain model hands to its eager attention function, and what it gets back."""
    module: Any = sys.modules[type(plain).__module__]
    eager = module.eager_attention_forward
    layers = {
        id(part): layer
        for layer in range(N_LAYERS)
        for part in plain.get_submodule(f"{one.layer.format(layer)}.{one.attention}").modules()
    }

    def watched(part: Any, query: Tensor, key: Tensor, value: Tensor, *rest: Any, **more: Any) -> Any:
        made = eager(part, query, key, value, *rest, **more)
        q, k, v = (given[0].transpose(0, 1) for given in (query, key, value))
        found[layers[id(part)]] = {"q": q, "k": k, "v": v, "z": made[0][0]}
        return made

    module.eager_attention_forward = watched
    try:
        yield
    finally:
        module.eager_attention_forward = eager


class Multiplied(TorchFunctionMode):
    """Notes the last product in front of each softmax over positions, and the first behind it."""

    def __init__(self, found: dict[int, dict[str, Tensor]]) -> None:
        super().__init__()
        self.found, self.layer, self.last, self.asked = found, -1, None, None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        made = func(*args, **(kwargs or {}))
        name = getattr(func, "__name__", "")
        if name in ("matmul", "__matmul__", "bmm", "baddbmm"):
            pair = args[1:3] if name == "baddbmm" else args[:2]
            pair = pair if len(pair) == 2 else [kwargs["batch1"], kwargs["batch2"]]
            if self.asked is not None:
                self.layer += 1
                q, k = self.asked
                parts = {"q": q, "k": k.transpose(-1, -2), "v": pair[1], "z": made}
                self.found[self.layer] = {
                    part: one.reshape(-1, *one.shape[-2:]).transpose(0, 1) for part, one in parts.items()
                }
                self.asked = None
            self.last = pair
        elif name == "softmax":
            self.asked = self.last
        return made


def test_the_table_names_each():
    kept = (Path(__file__).parents[2] / ".github" / "ARCHITECTURES.md").read_text(encoding="utf-8")
    named = [line.split(" | ")[0].removeprefix("| ") for line in kept.splitlines() if line.startswith("| ")]
    for name, one in CONFIGURATIONS.items():
        assert named.count(name) == 1, "python -m tests.support.configurations"
        assert one.traits in kept
    assert len(CONFIGURATIONS) - len(NOT_READ) > 50


@pytest.mark.thorough
def test_the_table_is_as_it_is_made():
    from tests.support.configurations import table

    kept = Path(__file__).parents[2] / ".github" / "ARCHITECTURES.md"
    assert kept.read_text(encoding="utf-8") == table(), "python -m tests.support.configurations"
