"""An atlas of invented heads: no model, no download, the numbers' real way from tokens to pages."""

from pathlib import Path

import numpy as np

from harness.atlas.document import put
from harness.atlas.findings import findings
from harness.atlas.tokens import Tokens
from reports.atlas.pages import build

HEADS = ("0.0", "0.1", "0.2", "1.0", "1.1", "1.2")
VOCAB = 60
EVIL = (
    "</script><script>alert(1)</script>",
    "<b class=evil>",
    "\u202egnp",
    "\ud800",
    "a\nb",
    '"><img src=x>',
    "]]>",
    "&amp;",
)


def invented(*, seed: int, prompts: int = 5, length: int = 16, name: str = "invented") -> Tokens:
    """Heads that read more tokens the higher they are."""
    random = np.random.default_rng(seed)
    pairs = length * (length + 1) // 2

    def read(entries: int) -> np.ndarray:
        return np.stack([random.integers(0, 4 + 6 * place, (prompts, entries)) for place in range(len(HEADS))])

    attention = random.random((len(HEADS), prompts, pairs)).astype(np.float32)
    record = {"source": name, "seed": seed, "prompts": prompts, "length": length, "ids_sha256": "0", "rows": 1}
    record |= {"near_ties": {}, "model": "invented", "projection": "output", "preparation": {"name": "default"}}
    return Tokens(
        heads=HEADS,
        read={"qk": read(pairs)} | {part: read(length) for part in ("q", "k", "v", "z")},
        attention=attention,
        sequences=random.integers(0, VOCAB, (prompts, length)),
        record=record,
    )


def sources() -> dict[str, Tokens]:
    """Those of a whole atlas."""
    names = ("natural", "random", "repeat", "periodic", "untrained natural", "untrained random")
    return {name: invented(seed=place, name=name) for place, name in enumerate(names)}


def folder(out: Path, *, hostile: bool = False) -> Path:
    """Written, with its pages."""
    vectors = np.random.default_rng(9).normal(size=(VOCAB, 8))
    found = findings("invented", VOCAB, sources(), lambda ids: vectors[ids], step=lambda _what: None)
    words = {id: EVIL[id % len(EVIL)] if hostile else f" w{id}" for id in found.ids}
    return build(put(out, found, words, step=lambda _what: None)).parent
