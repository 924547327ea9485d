"""Device check: a device is checked before its first use, and not again until it or the libraries change.

What is checked is what people will ask of it: what a few heads of their own model compute there, with float64 on the
CPU, and the tokens that are read from it. `headlaws selfcheck --device NAME` checks more.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any

import torch

from harness.errors import ModelError
from harness.models import cache
from harness.models.fingerprint import digest, versions
from harness.readings.checks import soundness
from harness.readings.prepared_model import PreparedModel


def check_device(model: PreparedModel, device: str, reference: Callable[[], PreparedModel]) -> None:
    """See that a device computes what float64 on the CPU does, unless this kind of device was seen to already.

    Args:
        model: on the device.
        reference: makes the same weights ready in float64 on the CPU.

    Raises:
        ModelError: where it does not.
    """
    dtype = str(model.backbone.dtype).removeprefix("torch.")

    def examine(_empty: object) -> Mapping[str, Any]:
        print(f"Checking --device {device} with --dtype {dtype}, once.", file=sys.stderr, flush=True)
        heads, sequences = soundness.some_heads(model), soundness.some_sequences(model)
        n = 0
        for compared in (
            *soundness.with_reference(model, reference(), heads, sequences),
            *soundness.with_full_vocabulary(model, heads, sequences),
        ):
            n += compared.n
            if compared.wrong:
                raise ModelError(
                    f"--device {device!r} with --dtype {dtype!r}: its results differ from those of float64 on the cpu "
                    f"({compared.what}: {compared.wrong} of {compared.n} values are off); give --device cpu, and run "
                    "'headlaws selfcheck' to learn more."
                )
        return {"device": _described(device), "dtype": dtype, "compared": n}

    cache.build_once(f"device-{digest([_described(device), dtype, versions()])[:16]}", examine)


def _described(device: str) -> str:
    found = torch.device(device)
    return f"{device} {torch.cuda.get_device_name(found)}" if found.type == "cuda" else device
