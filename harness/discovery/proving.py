"""Proving: theorems by exhaustion about some heads, written as data and as a page.

Two kinds of theorem come of it. Of every head and component: a token exchanged for another of its class leaves the
reading. And where a component reads a function of the token alone, the claims of the book that hold of every such
function (`token_functions`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.discovery import token_classes
from harness.discovery.token_functions import holds_for_all
from harness.errors import SequenceError
from harness.files import write
from harness.laws.book import conjectures
from harness.readings.activations import Ids
from harness.readings.exhaustion import Part, tables, vocabulary_size
from harness.readings.model import Model
from harness.readings.token_setting import ANYWHERE, AT_A_PLACE, Setting, check_asked, check_place, entering
from harness.runs.request import Request

_WRITTEN_IDS = re.compile(r"\d{1,18}(?:,\d{1,18})*")

_BEFORE_LAYER_0 = "Nothing moves between positions before layer 0, so its q, k and v see the token and its place alone."


@dataclass(frozen=True)
class Wanted:
    """What is to be proved.

    Attributes:
        request: model, heads and components.
        place: of the token, from 0, BOS apart.
        context: what stands before the token, as it was written: a text, or ids between commas.
        book: the chapters whose claims may follow.
    """

    request: Request
    book: Path
    out: Path
    place: int | None = None
    context: str | None = None

    @property
    def parts(self) -> list[Part]:
        """The components of heads that are asked for.

        Raises:
            AddressError: for one that no exhaustion can answer.
        """
        found = [(address, part) for address in self.request.addresses for part in self.request.parts]
        for address, part in found:
            check_asked(address, part, place=self.place, context=self.context is not None)
        return found


def prove(wanted: Wanted, told: Callable[[str], None] = lambda line: None) -> dict[str, Any]:
    """Read all of the vocabulary and write what follows; return it as plain data.

    Raises:
        HeadlawsError: for what cannot be asked, or is not so in this model.
    """
    from reports.pages.token_classes import page

    wanted.request.check()
    parts = wanted.parts
    model, bos = wanted.request.load(), wanted.request.bos
    setting = Setting(wanted.place, None if wanted.context is None else read_context(model, wanted.context))
    check_place(model, setting, bos=bos)
    rests_on = [] if setting.context is not None else [_BEFORE_LAYER_0]
    if setting.name == ANYWHERE:
        rests_on.append(entering(model, bos=bos))
    elif setting.name == AT_A_PLACE and model.backbone.shape.by_length:
        rests_on.append("The token is the last one: in this model a place depends on the length of the sequence.")
    kinds = token_classes.kinds(model.backbone, vocabulary_size(model))
    found = [
        token_classes.of_table(part, table, setting, kinds)
        for part, table in tables(model, parts, setting, way=wanted.request.way, bos=bos, told=told)
    ]
    data = {
        **_about(model, wanted.request, setting),
        "rests_on": rests_on,
        "kinds": {kind: len(ids) for kind, ids in kinds.items()},
        "tables": found,
        "follows": following(wanted.book, longest=model.lexicon.longest) if setting.name == ANYWHERE else [],
        "texts": model.text(range(vocabulary_size(model))),
    }
    for one in found:
        one["says"] = token_classes.line(one, setting, kinds["tokens"], data["texts"].__getitem__)
    write(wanted.out / "classes.json", json.dumps(data, allow_nan=False))
    write(wanted.out / "index.html", page(data))
    return data


def read_context(model: Model, written: str) -> Ids:
    """Return the ids of a context: numbers between commas are ids, all else is text, and nothing is no context.

    Raises:
        SequenceError: for a text that is none.
    """
    if _WRITTEN_IDS.fullmatch(written):
        return tuple(map(int, written.split(",")))
    try:
        written.encode("utf-8")
    except UnicodeEncodeError:
        raise SequenceError(f"--context {written!r}: holds bytes that are no text; give UTF-8, or ids.") from None
    return model.encode(written) if written else ()


def following(book: Path, *, longest: int) -> list[dict[str, str]]:
    """Return the claims of a book about v that hold of every function of the token."""
    return [
        {"chapter": claim.chapter, "name": claim.name, "claim": claim.claim}
        for claim in conjectures(book).values()
        if not claim.control and "v" in claim.components and holds_for_all(claim, longest=longest)
    ]


def _about(model: Model, request: Request, setting: Setting) -> dict[str, Any]:
    backbone = model.backbone
    return {
        "model": request.model,
        "fingerprint": backbone.fingerprint,
        "weights_sha256": backbone.weights_sha256,
        "preparation": backbone.preparation.summary,
        "dtype": request.dtype,
        "projection": request.projection,
        "bos": model.source.in_front(request.bos),
        "setting": setting.name,
        "place": setting.place,
        "context": None if setting.context is None else list(setting.context),
    }
