"""Unrounded: what preparing made of a matrix is found to the last bit, or said to be unknown."""

import pytest
import torch

from harness.models.unrounded import Fold, explained, from_record

GAIN = torch.tensor([0.3, 1.7, -2.1])
W = torch.tensor([[1.1, -0.7, 3.3], [0.9, 0.1, 5.7]])


def layer(offset: float = 0.0) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
    """A layer with a norm, a matrix that reads through it, and one that does not; as it came, and prepared."""
    given = {"norm": GAIN, "q": W, "o": 2 * W}
    made = (W.double() * (GAIN.double() + offset)).float()
    return given, {"norm": torch.full((3,), 1.0 - offset), "q": made, "o": 2 * W}


@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_a_product_with_a_gain_is_found_and_made_again_in_float64(offset: float) -> None:
    given, made = layer(offset)
    found = explained(given, made)
    assert found == {"q": Fold("q", "norm", offset)}
    wide = found["q"].apply(given.__getitem__)
    assert wide.dtype is torch.float64
    assert wide.float().equal(made["q"])
    assert not wide.equal(made["q"].double())


def test_a_product_that_float32_holds_was_not_rounded() -> None:
    given, made = layer()
    given["norm"] = torch.tensor([2.0, 0.5, -1.0])
    made["q"] = W * given["norm"]
    assert explained(given, made) == {}


@pytest.mark.parametrize("part", ["q", "norm"])
def test_a_last_bit_that_no_gain_explains_is_not_explained(part: str) -> None:
    given, made = layer()
    made[part] = made[part].clone()
    made[part].view(torch.int32).view(-1)[0] += 1
    assert explained(given, made) is None


def test_a_record_without_them_stays_without() -> None:
    assert from_record(None) is None
    assert from_record({"q": {"of": "q", "norm": "n", "offset": 1.0, "centred": True}}) == {
        "q": Fold("q", "n", 1.0, True)
    }
