"""Mapped: weights that stay in their files. What is never looked at never enters memory.

safetensors maps files too, but so that the mapping may be written to, which counts against a process's own memory; here
it may be read alone.
"""

from __future__ import annotations

import mmap
import warnings
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import init_empty_weights
from safetensors.torch import save_file
from torch import Tensor
from transformers import AutoConfig, AutoModelForCausalLM

from harness.models.sources.folder import SINGLE, header, weight_files
from harness.models.transformers_model import check_finite

_DTYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}

_OPEN: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()


class UnknownNamesError(Exception):
    """The files' tensors are not called, or not kept, as the model's own are."""


def tensors(file: Path) -> dict[str, Tensor]:
    """Return the tensors of a safetensors file, as views of the file; writing to one ends the process.

    Raises:
        UnknownNamesError: for a dtype that no weights are expected in.
    """
    with file.open("rb") as opened:
        whole = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
    _OPEN.add(whole)
    start, entries = header(file)
    return {name: _view(whole, start, name, entry) for name, entry in entries.items()}


def mapped_bytes() -> int:
    """Return bytes of all files that are mapped at the moment."""
    return sum(len(whole) for whole in _OPEN)


def release() -> None:
    """Let the system have back the pages of all mapped files; what is looked at again is read again."""
    if hasattr(mmap, "MADV_DONTNEED"):
        for whole in [*_OPEN]:
            whole.madvise(mmap.MADV_DONTNEED)


def some(path: Path, wanted: Callable[[str], bool]) -> dict[str, Tensor]:
    """Return a folder's tensors whose names are wanted, mapped anew: when they are let go, so are their pages."""
    found = {name: tensor for file in weight_files(path) for name, tensor in tensors(file).items() if wanted(name)}
    return dict(sorted(found.items()))


def model(path: Path) -> Any:
    """Return the plain transformers model of a folder, its weights views of the folder's files, in the files' dtype.

    Raises:
        UnknownNamesError: where the files' tensors are not just the model's own.
    """
    config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    return filled(config, some(path, lambda _name: True))


def empty(config: Any) -> Any:
    """Return a plain transformers model whose weights have sizes and no memory."""
    with init_empty_weights(include_buffers=False):
        return AutoModelForCausalLM.from_config(config, attn_implementation="eager", experts_implementation="eager")


def check_names(made: Any, given: Mapping[str, Tensor]) -> None:
    """See that tensors are just those of a model, those apart that it ties to others.

    Raises:
        UnknownNamesError: otherwise.
    """
    wanted = made.state_dict()
    if given.keys() - wanted.keys() or wanted.keys() - given.keys() - tied_names(made).keys():
        raise UnknownNamesError(", ".join(sorted(given.keys() ^ wanted.keys())[:3]))
    if any(given[name].shape != wanted[name].shape for name in given):
        raise UnknownNamesError("other shapes")


def filled(config: Any, given: Mapping[str, Tensor]) -> Any:
    """Return a plain transformers model that uses these very tensors.

    Raises:
        UnknownNamesError: where they are not just the model's own.
    """
    made = empty(config)
    check_names(made, given)
    made.load_state_dict(given, strict=False, assign=True)
    if tied_names(made):
        made.tie_weights()
    for parameter in made.parameters():
        parameter.requires_grad_(False)
    return made.eval()


def save(config: Any, given: Mapping[str, Tensor], path: Path, *, tied: bool, dtype: torch.dtype | None = None) -> None:
    """Write tensors as `model` reads them: those that a model of this configuration has.

    Args:
        given: these at least.
        tied: whether the unembedding is the embedding, and so is not written.
        dtype: what they are rounded to; by default they stay as they are.

    Raises:
        ModelError: where one is no number afterwards: too large for the dtype.
    """
    written = {**config.to_dict(), "tie_word_embeddings": tied}
    made = empty(type(config).from_dict(written | ({"dtype": str(dtype).removeprefix("torch.")} if dtype else {})))
    wanted = made.state_dict().keys() - tied_names(made).keys()
    kept = {key: given[key].detach().to(dtype or given[key].dtype).contiguous() for key in sorted(wanted)}
    check_finite(kept.items(), path)
    save_file(kept, path / SINGLE, metadata={"format": "pt"})
    made.config.save_pretrained(path)


def tied_names(made: Any) -> dict[str, str]:
    """Return the weights that are others under a second name, with the name of those."""
    return dict(getattr(made, "all_tied_weights_keys", None) or {}) if made.config.tie_word_embeddings else {}


def _view(whole: mmap.mmap, start: int, name: str, entry: dict[str, Any]) -> Tensor:
    if entry["dtype"] not in _DTYPES:
        raise UnknownNamesError(f"{name} is {entry['dtype']}")
    dtype = _DTYPES[entry["dtype"]]
    first, end = entry["data_offsets"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch has no tensors that cannot be written to
        flat = torch.frombuffer(whole, dtype=dtype, count=(end - first) // dtype.itemsize, offset=start + first)
    return flat.view(entry["shape"])
