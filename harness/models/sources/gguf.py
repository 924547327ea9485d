"""GGUF: turning a GGUF file into the folder that `save_pretrained` writes. Needs no TransformerLens."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from functools import lru_cache
from pathlib import Path
from typing import Any

from harness.errors import HeadlawsError, ModelError, short
from harness.models import cache
from harness.models.fingerprint import digest, file_sha256, sha256_once, versions

MAGIC = b"GGUF"
SUFFIX = ".gguf"
LAYOUT = 1
"""Counts up when what is stored changes for other reasons than a library's version."""


def looks_like_gguf(name: str) -> bool:
    """Return whether a model's name means a GGUF file: it ends like one, or is a file at all.

    >>> looks_like_gguf("models/tiny.gguf"), looks_like_gguf("gpt2")
    (True, False)
    """
    return name.lower().endswith(SUFFIX) or Path(name).expanduser().is_file()


def converted(file: Path) -> Path:
    """Return the folder that was made of a GGUF file; made now, in the cache, where it was not yet.

    Raises:
        ModelError: where there is no such file, or no model can be made of it.
    """
    try:
        with file.open("rb") as opened:
            magic = opened.read(len(MAGIC))
    except OSError as error:
        raise ModelError(
            f"--model '{file}': the file cannot be read ({error.strerror}); give a GGUF file, or a folder made by "
            "save_pretrained."
        ) from None
    if magic != MAGIC:
        raise ModelError(
            f"--model '{file}': this file is not GGUF (it does not begin with {MAGIC.decode()}); give a GGUF file, "
            "or a folder made by save_pretrained."
        )
    name = f"gguf-{digest([LAYOUT, sha256_once(file), versions()])[:16]}"
    return cache.build_once(name, lambda empty: _build(file, empty))


def _build(file: Path, empty: Path) -> Mapping[str, Any]:
    print(f"Turning {file.name} into safetensors, once.", file=sys.stderr, flush=True)
    try:
        convert(file, empty)
    except HeadlawsError:
        raise
    except Exception as error:  # its reader stumbles over damage in as many ways as there are
        raise ModelError(
            f"--model '{file}': it cannot be loaded ({type(error).__name__}: {short(error)}); give a whole GGUF file "
            "of an architecture that transformers can read."
        ) from error
    return {"gguf_sha256": file_sha256(file), "versions": versions()}


def convert(gguf: Path, folder: Path) -> None:
    """Write model and tokenizer of a GGUF into a folder, weights in float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from harness.models import transformers_model
    from harness.models.silence import silence
    from harness.models.sources import mapped

    where = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name, "local_files_only": True}
    # the reader of GGUF shows a progress bar that no setting turns off
    with silence(), redirect_stderr(io.StringIO()), torch.no_grad(), _read_once():
        loaded, report = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32, output_loading_info=True)
        transformers_model.check_whole(report, gguf)
        config = loaded.config
        # transformers refuses to save what it takes for a quantised model, although the weights are float32 by now
        del config.quantization_config
        mapped.filled(config, loaded.state_dict()).save_pretrained(folder)
        AutoTokenizer.from_pretrained(**where).save_pretrained(folder)


@contextmanager
def _read_once() -> Iterator[None]:
    """Let transformers read a file once: it reads all of its vocabulary for configuration, weights and tokenizer each.

    And makes the table of tensors' names once for the model, not once for each of its modules. Half of a conversion.
    """
    import gguf

    before = {name: getattr(gguf, name) for name in ("GGUFReader", "get_tensor_name_map")}
    for name, made in before.items():
        setattr(gguf, name, lru_cache(maxsize=1)(made))
    try:
        yield
    finally:
        for name, made in before.items():
            setattr(gguf, name, made)
