"""Fingerprint: what identifies a prepared network, since a name does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from harness.models.preparation import Preparation

LIBRARIES = ("torch", "transformers", "transformer-lens")
"""What computes; another version may round differently."""


def file_sha256(path: Path) -> str:
    """The sha256 of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_once(path: Path) -> str:
    """The same, remembered in this process for as long as the file keeps its size and its time of change."""
    stat = path.stat()
    return _remembered(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _remembered(path: Path, _size: int, _changed: int) -> str:
    return file_sha256(path)


def weights_sha256(folder: Path) -> str:
    """The sha256 of a folder's safetensors: the file's own where there is one, else of all their names and sums."""
    files = sorted(folder.glob("*.safetensors"))
    if len(files) == 1:
        return file_sha256(files[0])
    return digest([(file.name, file_sha256(file)) for file in files])


def tensors_sha256(tensors: Iterable[tuple[str, Tensor]]) -> str:
    """The sha256 of named tensors: names, dtypes, shapes and bytes, in the order of the names."""
    whole = hashlib.sha256()
    for name, tensor in sorted(tensors, key=lambda pair: pair[0]):
        whole.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        whole.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()


def versions() -> dict[str, str]:
    """The versions of the libraries that compute, without importing them."""
    return {library: version(library) for library in LIBRARIES}


@lru_cache(maxsize=8)
def code_sha256(*rooms: str) -> str:
    """The sha256 of the instrument's own code in some rooms, such as `readings`; in all where none is named."""
    harness = Path(__file__).parents[1]
    files = {file for room in rooms or ("",) for file in (harness / room).rglob("*.py")}
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(f"{file.relative_to(harness)}\n".encode() + file.read_bytes())
    return found.hexdigest()


def fingerprint(weights: str, preparation: Preparation, dtype: str) -> str:
    """Of weights (their sha256), preparation, dtype and library versions; hexadecimal."""
    return digest([weights, preparation.as_dict(), dtype, versions()])


def digest(value: object) -> str:
    """The sha256 of a value that JSON can write, hexadecimal."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
