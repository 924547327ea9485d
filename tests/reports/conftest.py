"""A store with invented runs, for all tests of reports."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import invented


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    """Write a store of one run, by default of one head, the controls right."""
    return invented.write


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return invented.write(tmp_path_factory.mktemp("store") / "store.db")
