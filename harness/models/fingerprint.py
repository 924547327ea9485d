"""Fingerprint: what identifies a prepared network, since a name does not."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from harness.models.preparation import Preparation

_NO_SETTING = ("name_or_path", "_name_or_path", "transformers_version", "dtype", "torch_dtype", "tie_word_embeddings")

version = cache(metadata.version)

LIBRARIES = ("torch", "transformers", "transformer-lens")
"""What computes; another version may round differently."""


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_once(path: Path) -> str:
    """Return the same, remembered in this process for as long as the file keeps its size and its time of change."""
    stat = path.stat()
    return _remembered(path.resolve(), stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _remembered(path: Path, _size: int, _changed: int) -> str:
    return file_sha256(path)


def weights_sha256(folder: Path) -> str:
    """Return the sha256 of a folder's safetensors: the file's own where there is one, else of all their names and
    sums.
    """
    files = sorted(folder.glob("*.safetensors"))
    if len(files) == 1:
        return sha256_once(files[0])
    return digest([(file.name, sha256_once(file)) for file in files])


def tensors_sha256(tensors: Iterable[tuple[str, Tensor]]) -> str:
    """Return the sha256 of named tensors: names, dtypes, shapes and bytes, in the order of the names."""
    whole = hashlib.sha256()
    for name, tensor in sorted(tensors, key=lambda pair: pair[0]):
        whole.update(json.dumps([name, str(tensor.dtype), list(tensor.shape)]).encode())
        whole.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()


def versions() -> dict[str, str]:
    """Return the versions of the libraries that compute, without importing them."""
    return {library: version(library) for library in LIBRARIES}


@lru_cache(maxsize=8)
def code_sha256(*rooms: str) -> str:
    """Return the sha256 of the instrument's own code in some rooms and files, such as `readings`."""
    harness = Path(__file__).parents[1]
    named = [harness / room for room in rooms]
    files = {file for place in named for file in ([place] if place.is_file() else place.rglob("*.py"))}
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(f"{file.relative_to(harness)}\n".encode() + file.read_bytes())
    return found.hexdigest()


def fingerprint(weights: str, preparation: Preparation, dtype: str, *, config: str = "", vocabulary: str = "") -> str:
    """Identify a prepared network: all that changes what it computes, or what its tokens are called; hexadecimal.

    Args:
        weights: their sha256.
        config: the sha256 of its configuration, which says how the weights are used.
        vocabulary: the sha256 of its vocabulary, BOS and control tokens included.
    """
    return digest([weights, preparation.as_dict(), dtype, versions(), config, vocabulary])


def settings(config: Mapping[str, Any]) -> dict[str, str]:
    """Flatten a configuration to its settings as text, without those that change nothing that is computed.

    Left out: where the model lies, which version wrote it, the dtype of its files (it is loaded in float32), and
    whether embedding and unembedding are tied (the files hold one matrix or both, and the weights' sum covers them).

    >>> settings({"rope_parameters": {"rope_theta": 1e4}, "hidden_size": 8, "transformers_version": "5.23"})
    {'hidden_size': '8', 'rope_parameters.rope_theta': '10000.0'}
    """
    found: dict[str, str] = {}
    for name, value in config.items():
        if isinstance(value, Mapping) and value:
            found |= {f"{name}.{part}": text for part, text in settings(value).items()}
        elif name not in _NO_SETTING:
            found[str(name)] = str(value)
    return dict(sorted(found.items()))


def digest(value: object) -> str:
    """Return the sha256 of a value that JSON can write, hexadecimal."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
