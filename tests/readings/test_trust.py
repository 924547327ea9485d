"""A device is checked before its first use; one that computes something else is refused."""

from dataclasses import replace

import pytest
import torch

from harness import load_model
from harness.errors import ModelError
from harness.models import cache, catalogue

DEVICE = "cpu:0"
"""The CPU under a name that is checked as any other device's."""


@pytest.fixture(autouse=True)
def nothing_seen_yet(tmp_path, monkeypatch):
    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))


@pytest.mark.slow
def test_checked_once_and_remembered(tiny_llama, capsys):
    plain = load_model(str(tiny_llama)).head("1.2")((5, 9, 5)).qk.tokens
    for said in (f"Checking --device {DEVICE} with --dtype float32, once.\n", ""):
        found = load_model(str(tiny_llama), device=DEVICE)
        assert capsys.readouterr().err == said
        assert (found.head("1.2")((5, 9, 5)).qk.tokens == plain).all()
    (kept,) = cache.root().glob("device-*[!k]")
    assert cache.check(kept).details["compared"] > 1000
    load_model(str(tiny_llama), device=DEVICE, dtype="float64")
    assert "with --dtype float64, once" in capsys.readouterr().err, "another dtype is another thing"


def test_the_cpu_itself_is_not_checked(tiny_llama, capsys):
    load_model(str(tiny_llama), device="cpu")
    assert capsys.readouterr().err == ""


class Disturbed:
    """Queries a thousandth off, as a product in too few digits would leave them."""

    def __init__(self, backbone):
        self._backbone = backbone

    def __getattr__(self, name):
        return getattr(self._backbone, name)

    def activations(self, ids, layers, lengths=None):
        def off(made):
            noise = torch.randn(made.q.shape, generator=torch.Generator().manual_seed(0))
            return replace(made, q=made.q + 1e-3 * made.q.norm(dim=-1, keepdim=True) * noise)

        return {layer: off(made) for layer, made in self._backbone.activations(ids, layers).items()}


@pytest.mark.slow
def test_one_that_computes_something_else_is_refused_every_time(tiny_llama, monkeypatch):
    boot = catalogue.boot
    monkeypatch.setattr(
        catalogue,
        "boot",
        lambda *a, device, **b: (Disturbed if device == DEVICE else lambda x: x)(boot(*a, device=device, **b)),
    )
    for _ in range(2):
        with pytest.raises(ModelError, match="its results differ from those of float64 on the cpu") as caught:
            load_model(str(tiny_llama), device=DEVICE)
        assert str(caught.value).startswith(f"--device '{DEVICE}' with --dtype 'float32': ")
        assert "\n" not in str(caught.value)
    assert load_model(str(tiny_llama), device=DEVICE, checking=False), "for whoever wants to look closer"
