"""What all tests share. Tests that need the real language model are marked `real`, and run only when asked for."""

import pytest

pytest_plugins = ["pytester"]


def pytest_collection_modifyitems(config, items):
    """Leave out the real model unless `-m` asks for it: plain `pytest` downloads nothing."""
    if config.option.markexpr:
        return
    kept = [item for item in items if item.get_closest_marker("real") is None]
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
