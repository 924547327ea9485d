"""Products: what an attention computes, noted from its matrix products as they run.

Whatever an attention does to queries, keys and values (rotation, norms, clipping, scaling), at last it multiplies
queries with keys, takes a softmax over the keys, and multiplies the result with values. These two products show what
enters the score and what the pattern weights, in any architecture and in a plain transformers model as in a bridge.

    product 1   q @ k.T                      `batch*head query d_head` with `batch*head d_head key`
    softmax     of the scores                after scale, soft cap, ALiBi and mask; perhaps with a sink's column
    product 2   pattern @ v                  `batch*head query key` with `batch*head key d_head`
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

from harness.models.backbone import LayerActivations

_ATEN = torch.ops.aten
_SOFTMAX = (_ATEN._softmax.default, _ATEN._safe_softmax.default)


class Noting(TorchDispatchMode):
    """While it is entered, notes the products of one attention."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._first: tuple[Tensor, Tensor] | None = None
        self._last: tuple[Tensor, Tensor] | None = None
        self._entries = 0
        self._second: tuple[Tensor, Tensor, Tensor] | None = None

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation, and note it if it is a batched product or a softmax."""
        out = func(*args, **(kwargs or {}))
        if func is _ATEN.bmm.default:
            self._product(args[0], args[1], out)
        elif func is _ATEN.baddbmm.default:
            self._product(args[1], args[2], out)
        elif func in _SOFTMAX and self._last is not None:
            rows = self._last[0].shape[0] * self._last[0].shape[1]
            if out.numel() // out.shape[-1] == rows:
                self._first, self._entries, self._second = self._last, self._last[1].shape[2], None
        return out

    def _product(self, left: Tensor, right: Tensor, out: Tensor) -> None:
        if (
            self._first is not None
            and self._second is None
            and left.shape == (*self._first[0].shape[:2], self._entries)
        ):
            self._second = (left, right, out)
        else:
            self._last = (left, right)

    def found(self, batch: int) -> LayerActivations | None:
        """Return what was noted of some sequences, or None where the two products and the softmax were not all seen.

        The pattern is the left operand of the second product: a sink's share is left out.
        """
        if self._first is None or self._second is None:
            return None
        (q, k), (pattern, v, z) = self._first, self._second

        def heads(found: Tensor) -> Tensor:
            return found.view(batch, -1, *found.shape[1:]).transpose(1, 2)

        return LayerActivations(
            q=heads(q), k=heads(k.transpose(1, 2).contiguous()), v=heads(v.contiguous()), z=heads(z.contiguous()),
            pattern=pattern.reshape(batch, -1, *pattern.shape[1:]),
        )  # fmt: skip


def note(attention: nn.Module, into: Callable[[Noting], None]) -> list[Any]:
    """Have an attention noted whenever it runs; gives the handles of the hooks that do so.

    Args:
        into: is handed what notes, each time before the attention runs.
    """
    entered: list[Noting] = []

    def enter(_module: nn.Module, _args: object, _kwargs: object = None) -> None:
        noting = Noting()
        into(noting)
        noting.__enter__()  # type: ignore[no-untyped-call]
        entered.append(noting)

    def leave(_module: nn.Module, _args: object, _out: object) -> None:
        if entered:
            entered.pop().__exit__(None, None, None)  # type: ignore[no-untyped-call]

    return [
        attention.register_forward_pre_hook(enter),
        attention.register_forward_hook(leave, always_call=True),
    ]
