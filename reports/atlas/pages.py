"""Pages: an atlas as one folder that opens anywhere, from a file, with no network.

They are made from atlas.json alone, and stand beside it and its tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from harness.errors import HeadlawsError
from harness.files import write
from reports.atlas import drawings
from reports.atlas.frequencies import frequencies
from reports.atlas.growing import KINDS, growing
from reports.atlas.headsheet import head_sheet
from reports.atlas.layerplots import plots
from reports.atlas.sharing import lookup, sharing
from reports.atlas.source import Atlas, atlas, trained
from reports.environment import assets, environment

SIGNS: Final = {
    "holds": ("✓", "satisfied"),
    "holds in part": ("◐", "mostly"),
    "does not hold here": ("✗", "refuted"),
    "cannot be tested here": ("–", "vacuous"),
}


def build(document: Path, *, written: Callable[[int], None] = lambda files: None) -> Path:
    """Write the pages beside an atlas.json; gives the path of the first.

    Args:
        written: is told after each file how many there are in all.

    Raises:
        StoreError: where the file is no atlas.
        HeadlawsError: where the folder cannot be written.
    """
    out, made = document.parent, files(atlas(document))
    try:
        for name, content in made:
            write(out / name, content())
            written(len(made))
    except OSError as error:
        raise HeadlawsError(f"{out}: the atlas cannot be written ({error.strerror}); name another folder.") from error
    return out / "index.html"


def files(found: Atlas) -> list[tuple[str, Callable[[], str]]]:
    """Give every page and asset by its place, with what makes it; the index last."""
    made = environment().overlay()  # one's own, to be written to
    made.filters = {**made.filters, "number": number}
    shared: dict[str, Any] = {
        "atlas": found,
        "signs": SIGNS,
        "kinds": KINDS,
        "trained": trained(found),
        "sizes": tuple(_sizes(found)),
    }

    def page(name: str, place: str, show: Callable[[], dict[str, Any]] = dict) -> tuple[str, Callable[[], str]]:
        root = "../" * place.count("/")
        template = made.get_template(f"atlas/{name}.html")
        return place, lambda: template.render(shared, root=root, here=place, **show())

    def by_part(make: Callable[[Atlas, str], object]) -> Callable[[], dict[str, Any]]:
        return lambda: {"parts_of": [make(found, part) for part in found.components]}

    def shares() -> dict[str, Any]:
        lot, others = ([sharing(found, name, part) for part in found.components] for name in ("natural", "random"))
        return {"parts_of": lot, "others": others, "lookup": lookup(found)}

    squares = {part: found.square("natural", part) for part in found.components}

    def of_head(place: int) -> dict[str, Any]:
        return {"sheet": head_sheet(found, place, squares)}

    def of_layer(layer: int) -> dict[str, Any]:
        return {"plots": plots(found, layer)}

    plotted = found.layers if "qk" in found.components else []
    return [
        *((name, partial(str, content)) for name, content in assets("atlas.css", "atlas.js")),
        page("frequencies", "frequencies.html", by_part(frequencies)),
        page("shared", "shared.html", shares),
        page("overlap", "overlap.html"),
        page("growth", "growth.html", by_part(growing)),
        page("planes", "planes.html", lambda: {"planes": list(_planes(found))}),
        page("claims", "claims.html"),
        *(page("head", f"heads/{head}.html", partial(of_head, place)) for place, head in enumerate(found.heads)),
        *(page("layer", f"layers/{layer}.html", partial(of_layer, layer)) for layer in plotted),
        page("index", "index.html"),
    ]


def number(value: float | None) -> str:
    """Return a number of any size, to three digits; a dash where there is none.

    >>> number(0.02416), number(1187.0), number(None)
    ('0.0242', '1,187', '–')
    """
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.3g}"


def _sizes(found: Atlas) -> Iterator[tuple[str, tuple[int, ...]]]:
    for name in found.sources:
        yield name, tuple(len(found.whole(name, part)) for part in found.components)


def _planes(found: Atlas) -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    for name, of in found.data["planes"].items():
        for part, one in of.items():
            texts = [found.token(id).text for id in one["ids"]]
            yield name, part, one, drawings.plane(one["places"], texts, one["layers"])
