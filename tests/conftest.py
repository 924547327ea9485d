"""What all tests share. Tests that need the real language model are marked `real`, those that take long `slow`.

Both run only when asked for: `pytest -m 'real or slow'`.
"""

import pytest

pytest_plugins = ["pytester"]


def pytest_collection_modifyitems(config, items):
    """Leave out the real model and what is slow unless `-m` asks for it: plain `pytest` downloads nothing."""
    if config.option.markexpr:
        return
    kept = [item for item in items if not any(map(item.get_closest_marker, ("real", "slow")))]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


@pytest.fixture(scope="session")
def specimen():
    """The hand-built model."""
    from harness import load_model

    return load_model("specimen")


@pytest.fixture(scope="session")
def smollm2():
    """The default model."""
    from harness import load_model

    return load_model("smollm2-135m")
