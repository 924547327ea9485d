"""The chapter that a discovery writes: an ordinary chapter by every rule of the book."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.discovery.chapter import chapter
from harness.discovery.law import laws, settings
from harness.laws.book import conjectures
from harness.laws.families import drawing_from
from harness.laws.sampling import draws
from harness.readings.lexicon import Lexicon

LEXICON = Lexicon(words=tuple(range(1, 200)), special=(0,), text=tuple(range(1, 190)), classes=(100, 99))
EVERY = [law for setting in settings(text=True) for law in laws(setting)][::9]
SOURCE = "8.7 qk 0.981 (screen 0.996, nulls random 0.00, rotated 0.03, surrogate 0.11)"


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    file = tmp_path_factory.mktemp("found") / "discovered.py"
    file.write_text(chapter({law: [SOURCE] * (i % 4) for i, law in enumerate(EVERY)}), encoding="utf-8")
    return file


def test_the_laws_of_the_grammar_are_claims_that_a_chapter_can_hold(written):
    """Each is tagged, documented, of its own name, and draws."""
    found = conjectures(written)
    assert len(found) == len(EVERY)
    with drawing_from(LEXICON):
        for law in EVERY[::10]:
            claim = found["discovered", law.name]
            assert claim.claim == law.title
            assert " ".join(claim.reason.split()).startswith(law.says)
            assert claim.components == law.components
            (draw,) = draws(claim.test, name=claim.draws_as, number=1, seed=0)
            assert draw.inputs["edit"].S
            assert "object at" not in claim.draws_as, "sequences must not hang on an address in memory"


def test_the_source_says_where_a_law_was_found(written):
    found = conjectures(written)
    assert found["discovered", EVERY[1].name].source == f"headlaws discover; {SOURCE}"
    assert found["discovered", EVERY[3].name].source == "; ".join(["headlaws discover", *[SOURCE] * 3])


def test_the_chapter_is_written_as_the_book_is(written):
    config = Path(__file__).parents[2] / "pyproject.toml"
    for how in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *how, "--config", str(config), "--no-cache", str(written)],
            capture_output=True,
            text=True,
        )
        if "No module named ruff" in done.stderr:
            pytest.skip("ruff is not installed here")
        assert done.returncode == 0, done.stdout[-2000:]
