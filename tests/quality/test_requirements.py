"""What the project asks for is what is installed, and as the README's line installs it."""

import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

WRITTEN = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
NEEDED = [Requirement(line) for line in WRITTEN["project"]["dependencies"]]
(TORCH,) = [one for one in NEEDED if one.name == "torch"]


@pytest.mark.parametrize("requirement", NEEDED, ids=lambda requirement: requirement.name)
def test_what_is_installed_is_in_the_range(requirement):
    assert requirement.specifier.contains(version(requirement.name)), version(requirement.name)


@pytest.mark.parametrize(
    ("found", "taken"),
    [
        ("2.8.0", False),
        ("2.9.0", True),
        ("2.11.0+cu130", True),
        ("2.13.0+cpu", True),
        ("2.14.0", False),
        ("3.0", False),
    ],
)
def test_a_machine_keeps_its_own_torch_and_the_newest_is_not_fetched(found, taken):
    assert TORCH.specifier.contains(found) is taken
