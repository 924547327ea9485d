"""Pages: an atlas as one folder that opens anywhere, from a file, with no network.

They are made from atlas.json alone, and stand beside it and its tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from harness.errors import HeadlawsError
from harness.files import write
from reports.atlas import drawings
from reports.atlas.frequencies import frequencies
from reports.atlas.growing import KINDS, growing
from reports.atlas.headsheet import head_sheet
from reports.atlas.layerplots import plots as layer_plots
from reports.atlas.sharing import lookup, sharing
from reports.atlas.source import Atlas, atlas, trained
from reports.environment import HERE, environment

ASSETS: Final = ("site.css", "atlas.css", "site.js", "atlas.js", "LICENSES.txt")
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
    found, out = atlas(document), document.parent
    number_of_files = sum(1 for _ in _places(found))
    try:
        for name, content in files(found):
            write(out / name, content)
            written(number_of_files)
    except OSError as error:
        raise HeadlawsError(f"{out}: the atlas cannot be written ({error.strerror}); name another folder.") from error
    return out / "index.html"


def files(found: Atlas) -> Iterator[tuple[str, str]]:
    """Every page and asset by its place; the index last."""
    for asset in ASSETS:
        yield f"assets/{asset}", (HERE / "assets" / asset).read_text(encoding="utf-8")
    made = environment().overlay()  # one's own, to be written to
    made.filters = {**made.filters, "number": number}
    sizes = tuple(_sizes(found))
    shared: dict[str, Any] = {
        "atlas": found,
        "signs": SIGNS,
        "kinds": KINDS,
        "trained": trained(found),
        "sizes": sizes,
    }

    def page(name: str, place: str, **more: Any) -> tuple[str, str]:
        root = "../" * place.count("/")
        return place, made.get_template(f"atlas/{name}.html").render(shared, root=root, here=place, **more)

    yield page("frequencies", "frequencies.html", parts_of=[frequencies(found, part) for part in found.components])
    lot = [sharing(found, "natural", part) for part in found.components]
    random = [sharing(found, "random", part) for part in found.components]
    yield page("shared", "shared.html", parts_of=lot, others=random, lookup=lookup(found))
    yield page("overlap", "overlap.html")
    yield page("growth", "growth.html", parts_of=[growing(found, part) for part in found.components])
    yield page("planes", "planes.html", planes=list(_planes(found)))
    yield page("claims", "claims.html")
    squares = {part: found.square("natural", part) for part in found.components}
    for place, head in enumerate(found.heads):
        yield page("head", f"heads/{head}.html", sheet=head_sheet(found, place, squares))
    for layer in found.layers:
        plots = layer_plots(found, layer)
        if plots is not None:
            yield page("layer", f"layers/{layer}.html", plots=plots)
    yield page("index", "index.html")


def _places(found: Atlas) -> Iterator[str]:
    """The places of `files`, without making them."""
    yield from (f"assets/{asset}" for asset in ASSETS)
    yield from (f"{name}.html" for name in ("frequencies", "shared", "overlap", "growth", "planes", "claims"))
    yield from (f"heads/{head}.html" for head in found.heads)
    yield from (f"layers/{layer}.html" for layer in found.layers if "qk" in found.components)
    yield "index.html"


def number(value: float | None) -> str:
    """A number of any size, to three digits; a dash where there is none.

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
