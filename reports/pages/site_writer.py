"""Pages: a stored run as one folder that opens anywhere, from a file, with no network.

`index.html` and a matrix a component, a page a head with a file of its graphs, a page for the pairs of heads of each
layer, a page a conjecture, the model, the history; and `report.json`, which holds every figure that the pages show. No
template computes, and no page asks for anything outside the folder.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from harness.errors import HeadlawsError
from harness.files import write
from harness.garbage import unsearched
from harness.records import words
from reports import formats
from reports.environment import assets, environment
from reports.load import report
from reports.pages import head as head_pages
from reports.pages.card import degrees
from reports.pages.cells import call, cell_files
from reports.pages.graphs import graph_file
from reports.pages.head import HeadSheet, sheet
from reports.pages.law import law_sheets
from reports.pages.law_table import law_tables
from reports.pages.matrix import PAIRS, matrices
from reports.pages.overview import overview
from reports.pages.pairs import pair_sheets
from reports.pages.quantities import copying, quantities
from reports.report_json import document
from reports.urls import head_page, matrix_page
from reports.views import Report

T = TypeVar("T")


def build(store: Path, out: Path, run_id: str | None = None) -> Path:
    """Write the report of one run, by default the newest, into a folder; gives the path of its first page.

    Raises:
        StoreError: the store cannot be read, or has no such run.
        HeadlawsError: the folder cannot be written.
    """
    with unsearched():
        found = report(store, run_id)
        try:
            for name, content in files(found):
                write(out / name, content)
        except OSError as error:
            why = f"{out}: the report cannot be written ({error.strerror}); name another folder."
            raise HeadlawsError(why) from error
    return out / "index.html"


def files(found: Report) -> Iterator[tuple[str, str]]:
    """Yield every file of the site, by its place in it; the index last, so that nobody finds it without what it leads
    to.
    """
    pairs = pair_sheets(found)
    sheets = _head_sheets(found, frozenset(page.layer for page in pairs))
    laws = law_sheets(found)
    galleries = [page.counterexamples for page in sheets] + [page.counterexamples for page in pairs]
    galleries += [page.counterexamples for page in laws]
    yield "report.json", document(found, [one.cell for gallery in galleries for one in gallery])
    yield from cell_files(found)
    yield from assets()
    few = law_tables(found)
    of_one = few.get("")
    tables = tuple(one for one in matrices(found) if of_one is None or one.component == PAIRS)
    first = tables[0].component if tables and of_one is None else ""
    tables = tuple(replace(one, page=matrix_page(one.component, first)) for one in tables)
    shared: dict[str, Any] = {
        "report": found,
        "run": found.run,
        "nulls": found.nulls,
        "verdicts": words.VERDICTS,
        "flags": words.FLAGS,
        "matrices": tables,
        "pairs": PAIRS,
        "paged": frozenset(one.head.address for one in sheets),
        "many": len(sheets) > head_pages.MANY,
    }
    yield from _head_pages(sheets, shared)
    for before, here, after in _with_neighbours(pairs):
        yield here.page, _rendered("pairs", shared, root="../", sheet=here, before=before, after=after)
    for law in laws:
        yield law.page, _rendered("law", shared, root="../", sheet=law)
    yield "model.html", _rendered("model", shared, root="", laws=found.laws)
    yield "history.html", _rendered("history", shared, root="")
    for one in tables if of_one is not None else tables[1:]:
        yield one.page, _rendered("matrix", shared, root="", matrix=one, laws=few.get(one.component))
    yield "index.html", _index(found, shared, matrix=tables[0] if first else None, laws=few.get(first))


def _head_sheets(found: Report, paired: frozenset[str]) -> list[HeadSheet]:
    """A sheet a head; the layers that have pages of pairs are given."""
    places = {one.head: one for one in found.kinship.heads}
    families = {one.name: one for one in found.kinship.families}
    measured = degrees(found)
    return [
        sheet(head, found, place, families[place.family] if place else None, paired, measured)
        for head, place in ((head, places.get(head.address)) for head in found.singles)
    ]


def _head_pages(sheets: Sequence[HeadSheet], shared: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for before, here, after in _with_neighbours(sheets):
        if here.graphs:
            yield here.graphs_file, graph_file(here.graphs)
        if shared["many"] and here.further:
            yield here.further, _further(here, environment().get_template("head_parts.html").module)
        yield here.page, _rendered("head", shared, root="../", sheet=here, before=before, after=after)


def _index(found: Report, shared: Mapping[str, Any], **tables: Any) -> str:
    claims = found.claims
    heads_in_order, drawn = quantities(found)
    several = len(heads_in_order) > 1
    return _rendered(
        "index",
        shared,
        root="",
        **tables,
        overview=overview(found),
        heads_in_order=heads_in_order,
        quantities=drawn if several else (),
        drawn={
            "heads": [[address, head_page(address)] for address in heads_in_order],
            "quantities": [one.packed for one in drawn],
        },
        copying=copying(drawn) if several else "",
        facts=formats.facts(found.run),
        control=words.CHECKS[found.run.controls],
        claims=[one for one in found.conjectures if one.key in claims],
        singles=len(found.singles),
        couples=len(found.heads) - len(found.singles),
        controls=[one for one in found.conjectures if one.key not in claims],
    )


def _rendered(template: str, shared: Mapping[str, Any], **more: Any) -> str:
    return environment().get_template(f"{template}.html").render(shared, **more)


def _with_neighbours(pages: Sequence[T]) -> Iterator[tuple[T | None, T, T | None]]:
    """Each page, with the one before it and the one after it."""
    return zip([None, *pages], pages, [*pages[1:], None], strict=False)


def _further(page: HeadSheet, parts: Any) -> str:
    """What a short page leaves out, as the page would have it, and what its scripts draw there."""
    given = (parts.departs(page), parts.more_plots(page), parts.vocabulary(page, "../"), parts.transitions(page, "../"))
    html = "".join(given)
    return call("further", {"html": html, "data": {**page.data, "plots": [None, *page.data["plots"][1:]]}})
