"""The two forms of the specimen, and their vectors, for tests."""

from dataclasses import dataclass
from functools import cache
from types import ModuleType

import pytest
import torch
from torch import Tensor

from harness.models.backbone import Backbone
from harness.models.specimens import hand_built, specimen_rotary
from harness.models.specimens.specimen_vocabulary import BOS


@dataclass(frozen=True)
class Form:
    """One specimen and what is said of it."""

    module: ModuleType
    behaviours: tuple[hand_built.Behaviour, ...]

    @property
    def model(self) -> Backbone:
        return built(self.module)

    def vectors(self, ids: tuple[int, ...], *, bos: bool) -> dict[str, dict[str, Tensor]]:
        """Each head's vectors by component, an entry each (for qk the pairs row after row), BOS left out."""
        return vectors(self.model, self.behaviours, ids, bos=bos)


@cache
def built(module: ModuleType) -> Backbone:
    return module.build()


ADDED = Form(hand_built, hand_built.BEHAVIOURS)
ROTARY = Form(specimen_rotary, hand_built.ROTARY_BEHAVIOURS)
FORMS = pytest.mark.parametrize("form", [ADDED, ROTARY], ids=["added", "rotary"])


def vectors(
    model: Backbone, behaviours: tuple[hand_built.Behaviour, ...], ids: tuple[int, ...], *, bos: bool
) -> dict[str, dict[str, Tensor]]:
    seen = (BOS, *ids) if bos else ids
    start = len(seen) - len(ids)
    layers = model.activations(torch.tensor([seen]), range(model.shape.n_layers))
    query, key = torch.tril_indices(len(ids), len(ids))
    found = {}
    for behaviour in behaviours:
        layer, head = numbers(behaviour.head)
        parts = {part: getattr(layers[layer], part)[0, start:, head].double() for part in ("q", "k", "v", "z")}
        found[behaviour.head] = {**parts, "qk": parts["q"][query] * parts["k"][key]}
    return found


def numbers(head: str) -> tuple[int, int]:
    layer, number = head.split(".")
    return int(layer), int(number)


def way_out(model: Backbone, head: str) -> Tensor:
    return model.W_O(*numbers(head)).double() @ model.W_U.double()


def truth(form: Form, head: str, component: str, ids: tuple[int, ...], *, bos: bool) -> list[int]:
    expected = hand_built.expected(head, component, ids, bos=bos, of=form.behaviours)
    return [token for row in expected for token in row] if component == "qk" else list(expected)
