"""Pickles: weights of the old format (`*.bin`), which can run code when they are opened.

They are refused unless somebody allows them, once for those very bytes. They are then opened by torch's reader that
takes tensors alone (`weights_only`), and kept as safetensors in the cache; from then on that is what is used.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.errors import HeadlawsError, ModelError, short
from harness.models import cache
from harness.models.fingerprint import digest, sha256_once, versions
from harness.models.sources import folder

LAYOUT = 1
"""Counts up when what is stored changes for other reasons than a library's version."""


def instead(path: Path) -> Path:
    """Return the folder itself, or what was made of its pickles where it has nothing else and they were allowed before.

    Raises:
        ModelError: where they were not.
    """
    if folder.has_safetensors(path) or not folder.pickles(path):
        return path
    found = cache.root() / _name(path)
    if found.exists():
        cache.check(found)
        return found
    raise folder.only_pickles(path)


def convert(path: Path) -> Path:
    """Open a folder's pickles and keep them as safetensors, saying so on stderr; a folder without them is left alone.

    Raises:
        ModelError: where they hold anything but tensors, or no model can be made of them.
    """
    folder.config(path)
    files = folder.pickles(path)
    if folder.has_safetensors(path) or not files:
        return path
    print(
        f"headlaws: --allow-pickle: opening {files[0].name} of {path}. Pickles can run code, so allow only those of "
        "people you trust. The weights are kept as safetensors from now on.",
        file=sys.stderr,
        flush=True,
    )
    return cache.build_once(_name(path), lambda empty: _build(path, empty))


def _name(path: Path) -> str:
    files = (*folder.pickles(path), path / folder.CONFIG, *folder.tokenizer_files(path))
    sums = [(file.name, sha256_once(file)) for file in files if file.exists()]
    return f"pickled-{digest([LAYOUT, sums, versions()])[:16]}"


def _build(path: Path, empty: Path) -> Mapping[str, Any]:
    import torch
    from transformers import AutoModelForCausalLM

    from harness.models import transformers_model
    from harness.models.silence import silence

    try:
        with silence():
            model, report = AutoModelForCausalLM.from_pretrained(
                path,
                dtype=torch.float32,
                local_files_only=True,
                use_safetensors=False,
                weights_only=True,
                trust_remote_code=False,
                output_loading_info=True,
            )
            transformers_model.check_whole(report, path)
            model.save_pretrained(empty)
    except HeadlawsError:
        raise
    except Exception as error:  # the unpickler and transformers fail in many ways
        raise ModelError(
            f"--model '{path}': its pickles cannot be used ({type(error).__name__}: {short(error)}); give pickles "
            "that hold only the tensors of a causal language model."
        ) from error
    folder.copy_tokenizer(path, empty)
    return {"versions": versions()}
