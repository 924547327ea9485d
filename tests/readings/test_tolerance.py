"""The table of tolerances, number by number, and what is said of a dtype that is not in it."""

import pytest
import torch

from harness.errors import HeadlawsError
from harness.readings.tolerance import relative_of, tolerance


@pytest.mark.parametrize(
    ("dtype", "relative"),
    [(torch.float64, 1e-13), (torch.float32, 1e-5), (torch.float16, 4e-3), (torch.bfloat16, 3e-2)],
)
def test_each_dtype_has_its_own(dtype, relative):
    assert tolerance(dtype).relative == relative
    assert relative_of(str(dtype).removeprefix("torch.")) == relative


def test_another_is_refused_and_told_which_there_are():
    with pytest.raises(HeadlawsError) as refused:
        tolerance(torch.int32)
    assert str(refused.value) == (
        "dtype torch.int32: readings are made in float64, float32, float16, bfloat16; convert the vectors to one of "
        "them."
    )
