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


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_process_that_folds_one_head_after_another_grows_by_what_it_keeps():
    grown, kept = (int(number) for number in run(apart=True).split())
    assert kept > 40
    assert grown < 1.5 * kept


def run(*, apart):
    code = FOLDS.format(apart=apart)
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


PASSING = """
import resource
import torch
from harness.readings.malloc import large_pieces_apart, LARGE
if {apart}:
    large_pieces_apart()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(3):
    torch.ones(3 * LARGE // 16)
before = faults()
for _ in range(100):
    torch.ones(3 * LARGE // 16)
print(faults() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="counts page faults")
def test_what_a_block_takes_for_a_moment_is_not_taken_from_the_system_each_time():
    done = subprocess.run(
        [sys.executable, "-c", PASSING.format(apart=True)], capture_output=True, text=True, check=True
    )
    pages = 3 * (4 << 20) // 4 // 4096
    assert int(done.stdout) < 10 * pages  # a hundred times as many, where the end of the heap goes back
