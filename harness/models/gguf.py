"""GGUF: turning a GGUF file into the folder that `save_pretrained` writes. Needs no TransformerLens."""

from __future__ import annotations

import io
from contextlib import redirect_stderr
from pathlib import Path

from harness.models.silence import silence


def convert(gguf: Path, folder: Path) -> None:
    """Write model and tokenizer of a GGUF into a folder, weights in float32."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    where = {"pretrained_model_name_or_path": gguf.parent, "gguf_file": gguf.name, "local_files_only": True}
    # the reader of GGUF shows a progress bar that no setting turns off
    with silence(), redirect_stderr(io.StringIO()), torch.no_grad():
        loaded = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32)
        config = loaded.config
        # transformers refuses to save what it takes for a quantised model, although the weights are float32 by now
        del config.quantization_config
        plain = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
        plain.load_state_dict(loaded.state_dict())
        plain.save_pretrained(folder)
        AutoTokenizer.from_pretrained(**where).save_pretrained(folder)
