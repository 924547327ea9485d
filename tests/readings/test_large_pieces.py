"""Large pieces of memory go back to the system, whatever is kept between them."""

import subprocess
import sys

import pytest

FOLDS = """
import torch
from harness.readings.malloc import large_pieces_apart, LARGE
if {apart}:
    large_pieces_apart()
def held():
    return int(open("/proc/self/statm").read().split()[1]) >> 8
kept = []
def fold():
    matrix = torch.ones(6 * LARGE // 4)
    kept.append([torch.ones(1500 + i) for i in range(200)])  # as activations are kept while a head is read
for _ in range(3):
    fold()
before = held()
for _ in range(40):
    fold()
print(held() - before, sum(part.nbytes for some in kept[3:] for part in some) >> 20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_that_folds_one_head_after_another_grows_by_what_it_keeps():
    grown, kept = (int(number) for number in run(apart=True).split())
    assert kept > 40
    assert grown < 1.5 * kept


def run(*, apart):
    code = FOLDS.format(apart=apart)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
