"""Large models with random weights, written to disk layer by layer, so that little memory is needed.

`python -m tests.support.large_models FOLDER` writes one of seven billion parameters in half precision (13.5 GB).
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file

VOCAB = 32000


@dataclass(frozen=True)
class LlamaShape:
    """The sizes of a Llama model.

    Attributes:
        keys: numbers in all keys of a position together; fewer than `width` where queries share them.
    """

    layers: int
    heads: int
    width: int
    inner: int
    keys: int
    dtype: torch.dtype

    @property
    def matrices(self) -> dict[str, tuple[int, int]]:
        """The matrices of a layer."""
        return {
            "self_attn.q_proj": (self.width, self.width),
            "self_attn.k_proj": (self.keys, self.width),
            "self_attn.v_proj": (self.keys, self.width),
            "self_attn.o_proj": (self.width, self.width),
            "mlp.gate_proj": (self.inner, self.width),
            "mlp.up_proj": (self.inner, self.width),
            "mlp.down_proj": (self.width, self.inner),
        }

    @property
    def config(self) -> dict[str, object]:
        """What config.json says."""
        return {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": VOCAB,
            "num_hidden_layers": self.layers,
            "hidden_size": self.width,
            "intermediate_size": self.inner,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.keys * self.heads // self.width,
            "max_position_embeddings": 2048,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "tie_word_embeddings": False,
            "dtype": str(self.dtype).removeprefix("torch."),
        }


ONE_BILLION = LlamaShape(layers=22, heads=32, width=2048, inner=5632, keys=256, dtype=torch.float32)
SEVEN_BILLION = LlamaShape(layers=32, heads=32, width=4096, inner=11008, keys=4096, dtype=torch.bfloat16)


def write(path: Path, shape: LlamaShape) -> int:
    """Write a random model of a shape into a new folder; gives the bytes of its weights."""
    path.mkdir()
    (path / "config.json").write_text(json.dumps(shape.config), encoding="utf-8")
    generator = torch.Generator().manual_seed(0)
    names: dict[str, str] = {}

    def matrix(*sizes: int) -> torch.Tensor:
        return (0.02 * torch.randn(sizes, generator=generator)).to(shape.dtype)

    def gains() -> torch.Tensor:
        return (1 + torch.rand(shape.width, generator=generator)).to(shape.dtype)

    def save(file: str, tensors: dict[str, torch.Tensor]) -> None:
        save_file(tensors, path / file, metadata={"format": "pt"})
        names.update(dict.fromkeys(tensors, file))

    for layer in range(shape.layers):
        made = {name: matrix(*sizes) for name, sizes in shape.matrices.items()}
        made |= {"input_layernorm": gains(), "post_attention_layernorm": gains()}
        save(
            f"layer-{layer}.safetensors",
            {f"model.layers.{layer}.{name}.weight": value for name, value in made.items()},
        )
    made = {name: matrix(VOCAB, shape.width) for name in ("model.embed_tokens.weight", "lm_head.weight")}
    save("outside.safetensors", {**made, "model.norm.weight": gains()})
    (path / "model.safetensors.index.json").write_text(json.dumps({"weight_map": names}), encoding="utf-8")
    return sum(file.stat().st_size for file in path.glob("*.safetensors"))


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    print(f"{write(folder, SEVEN_BILLION):,} bytes of weights in {folder}")
