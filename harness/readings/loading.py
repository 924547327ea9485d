"""Loading: a model by its name, prepared and ready to be read."""

from __future__ import annotations

from harness.models import catalogue
from harness.readings.malloc import collect, large_pieces_apart
from harness.readings.model import Model
from harness.readings.remembered import Remembered
from harness.readings.room import folder, room


def load_model(
    name: str = catalogue.DEFAULT,
    *,
    dtype: str = "float32",
    device: str = "cpu",
    preparation: str = "default",
    checking: bool = True,
    remembering: bool = False,
) -> Model:
    """Return the model of that name (`headlaws models` lists them) or in that folder, prepared and ready to be read.

    Args:
        preparation: `default`, `seed` (as the seed notebook had it) or `none`; see `harness.models.preparation`.
        checking: whether a device is checked before its first use; see `harness.readings.checks.device_check`.
        remembering: whether readings are taken from those that earlier runs remembered, and remembered for later ones.

    Raises:
        ModelError: where there is no such model, or it cannot be used, or the device computes something else; one
            line says why and what to do.
    """
    large_pieces_apart()
    bytes_on_disk = room() if remembering else 0
    backbone = catalogue.boot(name, dtype=dtype, device=device, preparation=preparation)
    collect(backbone.shape.vocab * backbone.shape.d_model)
    memory = Remembered(folder(), room=bytes_on_disk) if bytes_on_disk else None
    model = Model(backbone, make_nulls=lambda: catalogue.nulls(name, backbone), memory=memory)
    if checking and device != "cpu":
        from harness.readings.checks.device_check import check_device

        with model.reading_anew():
            check_device(
                model, device, lambda: load_model(name, dtype="float64", device="cpu", preparation=preparation)
            )
    return model
