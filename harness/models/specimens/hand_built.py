"""The specimen: a small attention-only transformer built by hand, whose every reading is known before it is made.

    specimen_vocabulary   its tokens: letters, and a token for whatever a head can say
    specimen_rules        every way of reading, by name, as a function of the sequence; knows of no head
    specimen_truth        what each component of each head reads, in words and by rule; knows of no weights
    specimen_weights      the mathematics, and the weights that make it so; knows of no truth

Two layers of eight heads, 64 places, absolute positions, no layer norm, no MLP and no bias. It is read as built:
folding and centring would have nothing to fold, and an SVD of the factors would change the basis in which q, k and
qk are defined. `specimen_rotary` builds a second one, whose positions turn q and k.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.models.specimens.specimen_truth import BEHAVIOURS, ROTARY_BEHAVIOURS, Behaviour, expected
from harness.models.specimens.specimen_vocabulary import BOS, LETTERS, SPECIAL, VOCABULARY

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.models.backbone import Backbone
    from harness.models.nulls.null_models import Kind, Null

__all__ = [
    "BEHAVIOURS",
    "LETTERS",
    "NAME",
    "N_HEADS",
    "N_LAYERS",
    "ROTARY_BEHAVIOURS",
    "SPECIAL",
    "VOCABULARY",
    "Behaviour",
    "build",
    "expected",
]

NAME = "specimen"
N_LAYERS = 2
N_HEADS = 8


def build() -> Backbone:
    """Return the specimen, ready to be read. TransformerLens is imported here, not before."""
    return _built(NAME, fill)


def nulls() -> dict[str, Null]:
    """Return the specimen's nulls, made in memory: TransformerLens's own initialisation, and the specimen's weights
    turned.
    """
    from harness.models.nulls.null_models import Kind, Null

    def made(kind: Kind, way: Callable[[Any], None]) -> Null:
        backbone = _built(f"{NAME} ({kind} weights)", way)
        return Null(backbone.fingerprint, lambda: backbone)

    return {Kind.RANDOM: made(Kind.RANDOM, leave), Kind.ROTATED: made(Kind.ROTATED, fill_rotated)}


def _built(name: str, way: Callable[[Any], None]) -> Backbone:
    from harness.models import bridge

    return bridge.native(configuration(), way, VOCABULARY, BOS, name, SPECIAL)


def configuration() -> dict[str, Any]:
    """Return what TransformerLens's native source is to build; the weights that it draws are overwritten by `fill`."""
    from harness.models.specimens import specimen_space as space

    return {
        "n_layers": N_LAYERS,
        "n_heads": N_HEADS,
        "d_model": space.DIRECTIONS,
        "d_head": space.D_HEAD,
        "n_ctx": space.CONTEXT,
        "d_vocab": space.WORDS,
        "attn_only": True,
        "act_fn": "relu",  # asked for even where there is no MLP
        "normalization_type": None,
        "positional_embedding_type": "standard",
        "seed": 0,  # keeps the caller's random state untouched
    }


def leave(bridge: Any) -> None:
    """Leave the weights that TransformerLens has drawn, by `configuration`'s seed."""


def fill_rotated(bridge: Any) -> None:
    """Put in the specimen's weights with their singular values kept and their singular vectors random, head by head."""
    from harness.models.nulls.null_models import SEED
    from harness.models.nulls.rotation import turn
    from harness.models.specimens import specimen_space as space

    fill(bridge)
    names = {id(module): name for name, module in bridge.original_model.named_modules()}
    attention = [block.attn for block in bridge.blocks]
    turn(
        bridge.original_model,
        attention={names[id(found.original_component)] for found in attention},
        outputs={names[id(found.o.original_component)] for found in attention},
        d_head=space.D_HEAD,
        seed=SEED,
    )


def fill(bridge: Any) -> None:
    """Put the specimen's weights into a bridge's native model; every parameter is set, biases to zero."""
    import torch

    from harness.models.specimens import specimen_space as space
    from harness.models.specimens import specimen_weights as weights

    model = bridge.original_model
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
        model.tok_embed.weight.copy_(weights.token_embedding())
        model.pos.weight.copy_(weights.place_embedding())
        model.head.weight.copy_(space.unembedding().T)
        for block, heads in zip(model.layers, weights.added(), strict=True):
            block.attn.q.weight.copy_(torch.cat([head.W_Q for head in heads], dim=1).T)
            block.attn.k.weight.copy_(torch.cat([head.W_K for head in heads], dim=1).T)
            block.attn.v.weight.copy_(torch.cat([head.W_V for head in heads], dim=1).T)
            block.attn.o.weight.copy_(torch.cat([head.W_O for head in heads], dim=0).T)
