"""A real run of the hand-built model with a vocabulary that is out to break the pages.

The heads are what they were; only the words are others, so every verdict, exhibit and page comes from the engine.
"""

import sys
from pathlib import Path

import pytest

from harness.models.specimens import hand_built
from tests.support.invented import HOSTILE

BOOK = Path(__file__).parents[2] / "properties"
CHAPTERS = ("controls", "pairs", "repetition")


def vocabulary() -> tuple[str, ...]:
    """Each hostile text as it is, then all again with a number, for every id."""
    texts = [*HOSTILE.values()]
    again = (f"{texts[id % len(texts)]}{id}" for id in range(len(texts), len(hand_built.VOCABULARY) - 1))
    return (hand_built.VOCABULARY[0], *texts, *again)


def run(store: str, report: str) -> int:
    """Hold two heads against some chapters, in one process."""
    hand_built.VOCABULARY = vocabulary()
    chapters = [str(BOOK / f"{name}.py") for name in CHAPTERS]
    wanted = ["--model", "specimen", "--head", "0.1", "--head", "0.4"]
    sizes = ["--search", "8", "--census", "12", "--no-nulls", "--workers", "1"]
    return pytest.main(
        [*chapters, "-q", "-p", "no:cacheprovider", *wanted, *sizes, "--store", store, "--report", report]
    )


if __name__ == "__main__":
    sys.exit(run(*sys.argv[1:]))
