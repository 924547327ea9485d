"""Nulls: what a model is compared with, so that what holds without training is not taken for what was learnt.

    random    the same architecture with its own random initialisation
    rotated   the model's weights, every matrix's singular values kept and its singular vectors random
              (`harness.models.rotation`): the harder null

Both are drawn from one fixed seed, prepared as the model was, and stored once in the cache, in a folder named by a
digest of the model's weights and configuration, never by its name. The default model's are stored prepared, since
they then load in the time that it takes itself; those of other models are prepared at each load, since prepared
weights do not fit every architecture's own format. The specimen's are made in memory.

They compute in float32 whatever the model computes in: they are counted on, never re-checked.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import CacheError, ModelError, short
from harness.models import cache, fingerprint
from harness.models.folder import CONFIG

if TYPE_CHECKING:
    from harness.models.backbone import Backbone
    from harness.models.network import Network

SEED = 0
LAYOUT = 1
"""Counts up when what is stored changes for other reasons than a library's version."""

_SCRATCH = "scratch"


class Kind(StrEnum):
    """Which null."""

    RANDOM = "random"
    ROTATED = "rotated"


@dataclass(frozen=True)
class Null:
    """A null model that is at hand but perhaps not loaded.

    Attributes:
        fingerprint: of the backbone that `load` gives.
        load: makes it ready to be read.
    """

    fingerprint: str
    load: Callable[[], Backbone]


def of_folder(source: Path, network: Network, *, keep_prepared: bool) -> dict[str, Null]:
    """The nulls of the model in a folder, made now where the cache has none.

    Args:
        network: the model itself, as it was prepared.
        keep_prepared: whether to store them prepared; see the module's first lines.

    Raises:
        ModelError: where none can be made of it; CacheError, where they cannot be stored, is a kind of it.
    """
    return {kind: _of_folder(kind, source, network, keep_prepared=keep_prepared) for kind in Kind}


def _of_folder(kind: Kind, source: Path, network: Network, *, keep_prepared: bool) -> Null:
    name = f"{_stem(kind, source, network)}-{fingerprint.digest(fingerprint.versions())[:12]}"
    try:
        folder = cache.build_once(name, lambda empty: _build(empty, kind, source, network, keep_prepared=keep_prepared))
    except CacheError:
        raise
    except Exception as error:  # the libraries know architectures in many ways
        raise ModelError(
            f"none with {kind} weights can be made of {network.name} ({type(error).__name__}: {short(error)})"
        ) from error
    weights = str(cache.check(folder).details["weights_sha256"])

    def load() -> Backbone:
        from harness.models import bridge

        return bridge.folder(
            folder,
            name=f"{network.name} ({kind} weights)",
            device=str(network.device),
            weights_sha256=weights,
            prepared=network.preparation if keep_prepared else None,
            preparation=network.preparation,
            vocabulary=network.vocabulary,
        )

    return Null(fingerprint.fingerprint(weights, network.preparation, "torch.float32"), load)


def _stem(kind: Kind, source: Path, network: Network) -> str:
    config = fingerprint.file_sha256(source / CONFIG)  # the weights do not say how they are used
    digest = fingerprint.digest([LAYOUT, SEED, network.weights_sha256, config, network.preparation.as_dict()])
    return f"null-{kind}-{digest[:16]}"


def _build(empty: Path, kind: Kind, source: Path, network: Network, *, keep_prepared: bool) -> Mapping[str, Any]:
    print(f"Making the null model with {kind} weights, once.", file=sys.stderr, flush=True)
    if fingerprint.weights_sha256(source) != network.weights_sha256:
        raise ModelError(f"{source}: its weights are no longer those that were loaded; run again.")
    from harness.models import bridge, null_weights

    bare = empty / _SCRATCH if keep_prepared else empty
    if kind is Kind.RANDOM:
        null_weights.save_random(source, bare, seed=SEED)
    else:
        null_weights.save_rotated(source, bare, seed=SEED)
    weights = fingerprint.digest([fingerprint.weights_sha256(bare), fingerprint.file_sha256(bare / CONFIG)])
    if keep_prepared:
        prepared = bridge.folder(bare, name=network.name, weights_sha256=weights, preparation=network.preparation)
        bridge.save_prepared(prepared, empty)
        shutil.rmtree(bare)
    for older in cache.root().glob(f"{_stem(kind, source, network)}-*"):  # of other versions of the libraries
        if older.is_dir() and not older.name.endswith(cache.UNFINISHED):
            shutil.rmtree(older, ignore_errors=True)
    return {
        "kind": kind.value,
        "seed": SEED,
        "of": network.weights_sha256,
        "weights_sha256": weights,
        "preparation": network.preparation.as_dict(),
        "versions": fingerprint.versions(),
    }
