"""Plain: the transformers model in a folder, before TransformerLens sees it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForCausalLM

from harness.errors import ModelError, short
from harness.text import counted


def load(path: Path, *, checked: bool = True) -> Any:
    """Return the plain transformers model in a folder made by `save_pretrained`, whole.

    Args:
        checked: whether to see that all weights are numbers, which reads each.

    Raises:
        ModelError: where weights are missing or are not numbers.
        Exception: whatever transformers raises where it cannot make a model of it.
    """
    model, report = AutoModelForCausalLM.from_pretrained(
        path,
        dtype=torch.float32,
        attn_implementation="eager",
        experts_implementation="eager",  # the others compute in no float64
        local_files_only=True,
        use_safetensors=True,
        trust_remote_code=False,
        ignore_mismatched_sizes=True,  # the report has them, by name
        output_loading_info=True,
    )
    check_whole(report, path)
    if checked:
        check_finite(model.named_parameters(), path)
    return model


def check_whole(report: Mapping[str, Any], path: Path) -> None:
    """See that all weights came from the files: transformers would make up what is missing, and go on.

    Weights in the files that the model has no place for are ignored, as transformers ignores them, and a line says so.

    Args:
        report: what transformers says of its loading.

    Raises:
        ModelError: where some did not.
    """
    for kind in ("missing_keys", "mismatched_keys"):
        if report[kind]:
            first = sorted(key if isinstance(key, str) else key[0] for key in report[kind])[0]
            raise ModelError(
                f"--model '{path}': its files lack {counted(len(report[kind]), 'weight')} of the model, or have them "
                f"in another shape (such as {first}); save it again with save_pretrained."
            )

    if left := sorted(report["unexpected_keys"]):
        _mention(
            f"headlaws: {path}: ignoring {counted(len(left), 'weight')} in its files (such as {short(left[0])}) that "
            "the configured model does not have."
        )


@cache
def _mention(line: str) -> None:
    """Say something, once a process: weights are loaded several times while they are prepared."""
    print(line, file=sys.stderr, flush=True)


def check_finite(weights: Iterable[tuple[str, Tensor]], path: Path) -> None:
    """See that all weights are numbers.

    Raises:
        ModelError: where one is NaN or infinite.
    """
    for name, weight in weights:
        # a sum is cheap, and finite unless an entry is not (or all are huge); only then is each looked at
        if not bool(weight.sum().isfinite()) and not bool(weight.isfinite().all()):
            raise ModelError(
                f"--model '{path}': its weights have NaN or infinity ({name}), so nothing can be read; the training "
                "broke or the file is damaged: give an earlier checkpoint, or copy it again."
            )
