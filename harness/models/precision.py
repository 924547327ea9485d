"""Precision: making a bridge that computes in float64 throughout, or in float32 on weights of half precision.

A transformers model does not become a float64 computation by converting its weights: RMS norms, the softmax over keys
and the angles of rotary embeddings go through float32 whatever the weights are. While such a network runs, what asks
for float32 is given float64 (`throughout`). Against a computation by hand the first layer then agrees to 1e-14.

The frequencies of rotary embeddings stay the float32 numbers that the float32 model multiplies positions with
(widened), since they belong to the model. Those that depend on the sequence's length (`dynamic`, `longrope`) are worked
out anew each time, here in float64.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from types import CellType, FunctionType
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

FIXED = ("default", "linear", "llama3", "yarn")
"""Kinds of rotary embedding whose frequencies do not depend on the sequence."""


Wide = Mapping[int, Callable[[], Tensor]]
"""By the identity of a parameter, what makes it in float64, where widening it does not."""


def wide_parameters(bridge: Any, unrounded: Mapping[str, Callable[[], Tensor]]) -> Wide:
    """Return those of a bridge's parameters that have unrounded weights, which come by the plain model's names."""
    found = plain_names(bridge.original_model.named_parameters(remove_duplicate=False))
    return {id(parameter): unrounded[name] for name, parameter in found if name in unrounded}


def plain_names(tensors: Iterable[tuple[str, Tensor]]) -> Iterator[tuple[str, Tensor]]:
    """Yield tensors of a bridge's model by the names that the plain model has for them, among others."""
    # names inside the bridge carry its wrappers; some tensors appear under several of them
    return ((name.replace("._original_component", ""), tensor) for name, tensor in tensors)


def float64_twin(bridge: Any, unrounded: Mapping[str, Callable[[], Tensor]] | None = None) -> Any:
    """Return a copy of a bridge that computes in float64, on the same weights.

    A layer's matrices stay as they are in memory, and are widened for the moment that the layer computes: widened once
    and for all they would take twice the model's size beside the model, for a re-check now and then.

    Args:
        unrounded: makes weights in float64 of which the bridge's are the rounding, by the plain model's names.
    """
    copies = _shared(bridge)
    twin = copy.deepcopy(bridge, copies)
    for module in _modules(twin):
        for name, found in vars(module).items():
            if isinstance(found, FunctionType) and found.__closure__:
                object.__setattr__(module, name, rebound(found, copies))
    wide = wide_parameters(twin, unrounded or {})
    for block in twin.blocks:
        # these hooks point at the modules of the bridge that was copied; what they are for is not used here
        block._teardown_capture_hooks()
        _restore_for_good(block)
    widen(twin, torch.float64, wide=wide)
    return twin


def cast(bridge: Any, dtype: torch.dtype) -> None:
    """Turn all weights of a bridge into another dtype.

    `TransformerBridge.to` does the same, but looks up all weights by name once for each of them: of a model of three
    layers that takes longer than all the rest of loading it.
    """
    bridge.cfg.dtype = dtype
    nn.Module.to(bridge, dtype)
    bridge.original_model.to(dtype)


def widen(bridge: Any, dtype: torch.dtype, *, wide: Wide | None = None) -> None:
    """Let a bridge compute in a wider dtype than its weights are kept in; a layer's matrices stay as they are.

    Args:
        wide: makes some of them, in that dtype.
    """
    wide = wide or {}
    blocks = list(bridge.blocks)
    room: dict[tuple[int, torch.Size], Tensor] = {}
    for block in blocks:
        _widen_while_it_computes(block, dtype, room, wide)
    inside = {id(module) for block in blocks for module in block.modules()}
    for module in _modules(bridge):
        if id(module) in inside:
            _widen(module, dtype, matrices=False)
        elif type(getattr(module, "original_component", module)) is not nn.Embedding:
            _widen(module, dtype, wide=wide)
        else:  # its rows are widened as they are looked up; a bridge casts them back once
            module.register_forward_hook(partial(_widen_rows, dtype))
    bridge.cfg.dtype = dtype


def widen_plain(model: Any, blocks: Sequence[nn.Module], dtype: torch.dtype) -> None:
    """Widen a plain transformers model likewise; all but its layers' matrices is widened for good."""
    room: dict[tuple[int, torch.Size], Tensor] = {}
    for block in blocks:
        _widen_while_it_computes(block, dtype, room, {})
    inside = {id(module) for block in blocks for module in block.modules()}
    for module in model.modules():
        _widen(module, dtype, matrices=id(module) not in inside)


def _shared(bridge: Any) -> dict[int, Any]:
    """What deepcopy shall not copy: weights. The twin gets parameters of its own, on the same memory until widened."""
    memo: dict[int, Any] = {}
    for module in _modules(bridge):
        for parameter in module.parameters(recurse=False):
            memo[id(parameter)] = nn.Parameter(parameter.detach(), requires_grad=False)
        for buffer in module.buffers(recurse=False):
            memo[id(buffer)] = buffer
    if bridge.tokenizer is not None:
        memo[id(bridge.tokenizer)] = bridge.tokenizer
    return memo


def _modules(bridge: Any) -> list[nn.Module]:
    # a bridge's own list and that of the model it wraps overlap, and neither holds all
    found = {id(module): module for module in (*nn.Module.modules(bridge), *bridge.original_model.modules())}
    return [module for module in found.values() if module is not bridge]


def _widen(module: nn.Module, dtype: torch.dtype, *, matrices: bool = True, wide: Wide | None = None) -> None:
    """Widen what a module holds itself, with or without its matrices."""
    for parameter in module._parameters.values():
        if parameter is None or not parameter.is_floating_point() or parameter.dtype is dtype:
            continue
        if wide is not None and id(parameter) in wide:
            parameter.data = wide[id(parameter)]().to(parameter.device)
        elif matrices or parameter.ndim < 2:
            parameter.data = parameter.data.to(dtype)
    for name, buffer in module._buffers.items():
        if buffer is not None and buffer.is_floating_point():
            module._buffers[name] = buffer.to(dtype)


def _widen_rows(dtype: torch.dtype, _module: nn.Module, _ids: object, rows: Tensor) -> Tensor:
    return rows.to(dtype)


class _Widening:
    """Gives a block its matrices in a wider dtype whenever it runs."""

    def __init__(
        self, block: nn.Module, dtype: torch.dtype, room: dict[tuple[int, torch.Size], Tensor], wide: Wide
    ) -> None:
        """Look at a block.

        Args:
            room: where they are put, shared by all blocks, since one runs at a time; memory asked for anew each time
                would cost more than the widening.
            wide: makes some of them.
        """
        parameters = {
            id(found): found for module in block.modules() for found in module._parameters.values() if found is not None
        }
        self._narrow = [
            (parameter, parameter.data)
            for parameter in parameters.values()
            if parameter.is_floating_point() and parameter.ndim > 1
        ]
        self._dtype = dtype
        self._room = room
        self._wide = wide

    def __deepcopy__(self, _memo: object) -> _Widening:
        """The same: a copied block is told to leave it alone, and the weights are not to be copied."""
        return self

    def widen(self, _block: nn.Module, _args: object) -> None:
        """Widen before the block runs."""
        for number, (parameter, data) in enumerate(self._narrow):
            key = (number, data.shape)
            if key not in self._room:
                self._room[key] = torch.empty_like(data, dtype=self._dtype)
            wide = self._wide.get(id(parameter))
            parameter.data = self._room[key].copy_(data if wide is None else wide())

    def restore(self, _block: nn.Module, _args: object, _found: object) -> None:
        """Restore after the block has run, or has been left."""
        for parameter, data in self._narrow:
            parameter.data = data


def _widen_while_it_computes(
    block: nn.Module, dtype: torch.dtype, room: dict[tuple[int, torch.Size], Tensor], wide: Wide
) -> None:
    widening = _Widening(block, dtype, room, wide)
    block.register_forward_pre_hook(widening.widen)
    block.register_forward_hook(widening.restore, always_call=True)  # a pass may be left as soon as enough is known


def _restore_for_good(block: nn.Module) -> None:
    """Take the hooks off a copied block that would widen the matrices of the block that was copied."""
    for hooks in (block._forward_pre_hooks, block._forward_hooks):
        for number, hook in [*hooks.items()]:
            if isinstance(getattr(hook, "__self__", None), _Widening):
                del hooks[number]


def throughout(dtype: torch.dtype) -> AbstractContextManager[object]:
    """Let a network of dtype float64 compute in nothing narrower inside the block."""
    return _Float64() if dtype is torch.float64 else nullcontext()


class _Float64(TorchFunctionMode):
    """While it is entered, what asks for float32 gets float64; some microseconds an operation.

    Sequences that run together are multiplied one by one: with each number of rows, libraries add up in another order,
    which would show in the last bits.
    """

    def __enter__(self) -> _Float64:
        """Make float64 the default of new tensors as well."""
        self._before = torch.get_default_dtype()
        torch.set_default_dtype(torch.float64)
        super().__enter__()  # type: ignore[no-untyped-call]
        return self

    def __exit__(self, *left: Any) -> None:
        """Leave the default as it was."""
        super().__exit__(*left)  # type: ignore[no-untyped-call]
        torch.set_default_dtype(self._before)

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        """Run an operation, with float64 in place of float32."""
        if func is Tensor.float:
            func = Tensor.double
        wide = {name: _wide_dtype(given) for name, given in (kwargs or {}).items()}
        if func is nn.functional.linear and args[0].ndim == 3 and len(args[0]) > 1:
            return torch.cat([func(sequence, *args[1:], **wide) for sequence in args[0].split(1)])
        return func(*map(_wide_dtype, args), **wide)


def _wide_dtype(given: Any) -> Any:
    return torch.float64 if given is torch.float32 else given


def rebound(function: FunctionType, copies: Mapping[int, Any]) -> FunctionType:
    """Give a function that a library has put into a module, for the copy of the modules that it looks at."""
    found = [cell.cell_contents for cell in function.__closure__ or ()]
    cells = tuple(CellType(copies.get(id(one), one)) for one in found)
    return FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__, cells)
