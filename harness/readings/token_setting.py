"""Settings of a token: where it stands when every other token is put in its place, and what may be asked there."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from harness.errors import AddressError, ModelError, SequenceError
from harness.models.length_limits import LONGEST
from harness.models.threads import threads
from harness.readings.activations import Ids
from harness.readings.made_together import LINES
from harness.readings.prepared_model import PreparedModel
from harness.readings.tolerance import tolerance
from harness.records.address import Address

ANYWHERE, AT_A_PLACE, IN_A_CONTEXT = "anywhere", "at a place", "in a context"


@dataclass(frozen=True)
class Setting:
    """Where the token stands.

    Attributes:
        place: counted from 0, BOS apart; None for any place, or the one behind the context.
        context: what stands before it; None for anything.
    """

    place: int | None = None
    context: Ids | None = None

    @property
    def name(self) -> str:
        """One of the three."""
        if self.context is not None:
            return IN_A_CONTEXT
        return ANYWHERE if self.place is None else AT_A_PLACE

    @property
    def says(self) -> str:
        """The setting, as it ends a sentence."""
        return {
            ANYWHERE: "in any context, at any place",
            AT_A_PLACE: f"at place {self.place}, whatever stands before",
            IN_A_CONTEXT: "right behind this context",
        }[self.name]

    @property
    def differing(self) -> str:
        """What two readings of an id differ in."""
        return "at two places" if self.place is None else "behind two contexts"


def check_asked(address: Address, component: str, *, place: int | None, context: bool) -> None:
    """Refuse what no exhaustion can answer, before a model is loaded.

    Raises:
        AddressError: in one line.
    """
    asked = f"--head {address} --component {component}"
    if component not in LINES:
        raise AddressError(f"--component {component}: has no vector at a token's place; name {', '.join(LINES)}.")
    if context and place is not None:
        raise AddressError(f"--place {place} with --context: the place is the one behind the context; leave one out.")
    if context:
        return
    if address.layer > 0 or component == "z":
        raise AddressError(
            f"{asked}: depends on the whole context; give one with --context, or ask for q, k or v of layer 0."
        )
    if place is None and component != "v":
        raise AddressError(f"{asked}: depends on the place; name one with --place, or a context with --context.")


def check_place(model: PreparedModel, setting: Setting, *, bos: bool) -> None:
    """Refuse a place or a context that the model does not read.

    Raises:
        SequenceError: in one line.
    """
    room = model.source.room(bos)
    if setting.place is not None and setting.place >= room:
        raise SequenceError(
            f"--place {setting.place}: {model.backbone.name} reads places 0 to {room - 1}; give one of them."
        )
    if setting.context is not None:
        model.source.check((*setting.context, 0), bos=bos)


def entering(model: PreparedModel, *, bos: bool) -> str:
    """Say why no place enters the residual stream of a model.

    A model whose places turn q and k has no other way for them. Of others, one token is put at every place: what enters
    layer 0 must be the same throughout. Places that are added to the scores alone do not show there.

    Raises:
        ModelError: where they do, or where the stream cannot be seen.
    """
    backbone, shape = model.backbone, model.backbone.shape
    if shape.rotary:
        return "places turn q and k, and enter nowhere else"
    refusal = f"v of layer 0 in {backbone.name}: {{}}; give --place N for one place, or --context for one sequence."
    if shape.n_ctx > LONGEST:
        raise ModelError(refusal.format(f"it reads {shape.n_ctx:,} places, too many to see that none enters there"))
    front = model.source.in_front(bos)
    ids = torch.full((1, shape.n_ctx), model.lexicon.words[0])
    if front is not None:
        ids[0, 0] = front
    with threads(1):
        _, stream = backbone.continued(ids, [0], None)
    if stream is None:
        raise ModelError(refusal.format("what enters the layer cannot be seen, so its places may enter there"))
    entered = stream.residual[0, 0 if front is None else 1 :].double()
    lengths = entered.norm(dim=1)
    shares = (entered - entered[0]).norm(dim=1) / torch.maximum(lengths, lengths[0])
    if float(shares.max()) > tolerance(backbone.dtype).relative:
        raise ModelError(
            refusal.format(f"places enter the residual stream, as place {int(shares.argmax())} differs from place 0")
        )
    return f"one token enters layer 0 as the same vector at all {len(entered):,} places"
