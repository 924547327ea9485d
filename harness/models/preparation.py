"""Preparation: what is done to the weights before anything is read from them.

Layer norm is folded into the matrices that follow it, the unembedding is centred over the vocabulary, the matrices
that write to the residual stream are centred where a LayerNorm will remove the mean anyway, and, without rotary
embeddings, the QK and OV factors are refactored by SVD. TransformerLens does all of it
(https://transformerlensorg.github.io/TransformerLens/); what the network computes stays the same up to a constant
added to all of one position's logits. It is done in float64: in float32 the refactoring alone moves what the weights
tie exactly by more than float32's tolerance. Norms that TransformerLens skips are folded here (`harness.models.norms`).
Refactoring moves the bias of v into the bias of the output, and the record says so (`fold_value_biases`). Otherwise v
keeps it, so that v and z are those of the model as it came.

A singular value decomposition leaves the sign of each singular direction open, and with it the sign of every
attention token read along it. Here each direction is turned so that its entry of largest magnitude is positive: two
machines read the same tokens. Only `seed` leaves the signs as TransformerLens computes them, in float32, since the seed
notebook's figures were made so; it is the notebook's four flags or nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from harness.errors import ModelError

if TYPE_CHECKING:
    from jaxtyping import Float
    from torch import Tensor


class Kind(StrEnum):
    """What preparations may be asked for."""

    DEFAULT = "default"
    SEED = "seed"
    NONE = "none"

    @classmethod
    def named(cls, name: str) -> Kind:
        """Return the preparation of that name.

        Raises:
            ModelError: where there is none.
        """
        try:
            return cls(name)
        except ValueError:
            raise ModelError(
                f"--preparation {name!r}: this preparation is not known; choose from {', '.join(cls)}."
            ) from None


@dataclass(frozen=True)
class Preparation:
    """What was done to the weights.

    Attributes:
        name: a `Kind`'s.
        fold_ln: the last norm's gain is in the unembedding.
        note: why something was left out, or nothing.
        fold_layer_norms: the gains of the norms in front of q, k and v are in these matrices, if there are such norms.
        fold_value_biases: v's bias was moved into the bias of the output, so that v and z lack it; refactoring does so.
        dtype: in what numbers it was done, whatever the result is kept in; empty where that is float32, as the seed
            notebook had it, or nothing was done.
    """

    name: str
    fold_ln: bool
    center_unembed: bool
    center_writing_weights: bool
    refactor_factored_attn_matrices: bool
    note: str = ""
    dtype: str = field(default="", compare=False)  # it follows from the name
    fold_layer_norms: bool = False
    fold_value_biases: bool = False

    @property
    def flags(self) -> dict[str, bool]:
        """What was done, without its name and note."""
        return {name: done for name, done in asdict(self).items() if isinstance(done, bool)}

    @property
    def summary(self) -> str:
        """Its name, with what was left out or moved: for people.

        >>> Preparation("none", False, False, False, False, note="left as it came: no").summary
        'none (left as it came: no)'
        """
        moved = ["v's bias moved to the output"] if self.fold_value_biases else []
        said = "; ".join([*([self.note] if self.note else []), *moved])
        return f"{self.name} ({said})" if said else self.name

    def as_dict(self) -> dict[str, Any]:
        """Return the plain data that records hold."""
        return {name: value for name, value in asdict(self).items() if name != "dtype" or value}


NONE = Preparation(Kind.NONE.value, False, False, False, False)
"""The weights as they came."""


def flags_for(*, rotary: bool, grouped: bool, centred_norm: bool) -> Preparation:
    """Return the default preparation of a model, with all that makes sense for it.

    Args:
        rotary: positions rotate q and k, so QK is no fixed product and cannot be refactored.
        grouped: several query heads share a key head, so a head's own SVD would change its neighbours' keys.
        centred_norm: the norms subtract the mean (LayerNorm, not RMSNorm), so that centring what is written changes
            nothing.

    >>> flags_for(rotary=True, grouped=True, centred_norm=False).note
    'attention matrices not refactored: rotary embeddings; writing weights not centred: RMS norm'
    """
    notes = []
    if rotary or grouped:
        why = "rotary embeddings" if rotary else "grouped queries"
        notes.append(f"attention matrices not refactored: {why}")
    if not centred_norm:
        notes.append("writing weights not centred: RMS norm")
    return Preparation(
        name=Kind.DEFAULT.value,
        fold_ln=True,
        center_unembed=True,
        center_writing_weights=centred_norm,
        refactor_factored_attn_matrices=not (rotary or grouped),
        note="; ".join(notes),
        fold_layer_norms=True,
        fold_value_biases=not (rotary or grouped),
        dtype="float64",
    )


def seed_flags(model: str, *, rotary: bool, grouped: bool, centred_norm: bool) -> Preparation:
    """Return the seed notebook's preparation; the arguments are those of `flags_for`.

    Raises:
        ModelError: for a model that one of the notebook's four flags makes no sense for: its figures cannot be had.
    """
    why = [name for name, has in (("rotary embeddings", rotary), ("grouped queries", grouped)) if has]
    if not centred_norm:
        why.append("RMS norms")
    if why:
        raise no_seed(model, f"not with {', '.join(why)}")
    return Preparation(Kind.SEED.value, True, True, True, True, fold_layer_norms=True, fold_value_biases=True)


def joined(*notes: str) -> str:
    """Join notes, without those that say nothing.

    >>> joined("", "a", "b")
    'a; b'
    """
    return "; ".join(note for note in notes if note)


def no_seed(model: str, why: str) -> ModelError:
    """Return what to say where the seed notebook's preparation cannot be had."""
    return ModelError(
        f"--preparation 'seed': {model} cannot be prepared as the seed notebook's GPT-2 was (SVD of QK and OV, centred "
        f"writing: {why}); use default or none."
    )


def signs(directions: Float[Tensor, "entry direction"]) -> Float[Tensor, " direction"]:
    """Return +1 or -1 for each column, so that its entry of largest magnitude becomes positive.

    The first of equals counts; a column of zeros keeps its sign.

    >>> import torch
    >>> signs(torch.tensor([[1.0, -3.0, 0.0], [-2.0, 2.0, 0.0]])).tolist()
    [-1.0, -1.0, 1.0]
    """
    largest = directions.gather(0, directions.abs().argmax(dim=0, keepdim=True))[0]
    return largest.new_ones(largest.shape).where(largest >= 0, -1.0)
