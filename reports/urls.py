"""URLs: where the pages of a site lie: one name a head and a conjecture, safe in any file system and in any link."""

import re
from hashlib import sha256
from typing import Final

_LONGEST: Final = 120


def head_page(address: str) -> str:
    """Return the page of a head.

    >>> head_page("0.0"), head_page("../x")
    ('heads/0.0.html', 'heads/~2e~2e~2fx.html')
    """
    return f"heads/{_name(address)}.html"


def graphs_file(address: str) -> str:
    """Return what the graphs of a head are drawn from.

    >>> graphs_file("0.0")
    'graphs/0.0.js'
    """
    return f"graphs/{_name(address)}.js"


LAWS_FILE: Final = "cells/laws.js"
"""The laws that the files of cells speak of."""

TOKENS_FILE: Final = "cells/tokens.js"
"""The texts of the tokens in the files of cells."""


def cells_file(layer: str) -> str:
    """Return the file that the drawer reads for the heads of a layer; `assets/src/drawer.js` names it likewise.

    >>> cells_file("3")
    'cells/3.js'
    """
    return f"cells/{_name(layer, dots=False)}.js"


def further_file(address: str) -> str:
    """Return the file with the rest of a head's page in a report of many heads: a script, as for the cells.

    >>> further_file("0.0")
    'further/0.0.js'
    """
    return f"further/{_name(address)}.js"


def pairs_cells_file(layer: str) -> str:
    """Return what the drawer shows of the pairs of a layer.

    >>> pairs_cells_file("3")
    'cells/pairs-3.js'
    """
    return f"cells/pairs-{_name(layer, dots=False)}.js"


def cell_anchor(address: str, component: str, chapter: str, name: str) -> str:
    """Return what the address of a page ends with where the drawer shows a cell.

    >>> cell_anchor("0.0", "z", "repetition", "a_repeat_adds_nothing")
    'cell=0.0-z-repetition.a_repeat_adds_nothing'
    """
    return f"cell={address}-{component}-{chapter}.{name}"


def head_pages(address: str) -> list[tuple[str, str]]:
    """Return the pages of a head, or of the two heads of a pair, with the names they go by.

    >>> head_pages("0.1+0.4")
    [('0.1', 'heads/0.1.html'), ('0.4', 'heads/0.4.html')]
    """
    return [(one, head_page(one)) for one in address.split("+")]


def pairs_page(layer: str) -> str:
    """Return the page of the pairs of heads of a layer.

    >>> pairs_page("3")
    'pairs/3.html'
    """
    return f"pairs/{_name(layer, dots=False)}.html"


def pair_anchor(address: str) -> str:
    """Return what a pair's line goes by on that page.

    >>> pair_anchor("0.1+0.4")
    '0.1-0.4'
    """
    return "-".join(map(_name, address.split("+")))


def law_page(chapter: str, name: str) -> str:
    """Return the page of a conjecture.

    >>> law_page("repetition", "a_repeat_adds_nothing"), law_page("../..", "<b>")
    ('laws/repetition.a_repeat_adds_nothing.html', 'laws/~2e~2e~2f~2e~2e.~3cb~3e.html')
    """
    return f"laws/{_name(chapter, dots=False)}.{_name(name, dots=False)}.html"


def matrix_page(component: str, first: str) -> str:
    """Return the page with the matrix of one component; that of the first is the index.

    >>> matrix_page("qk", "z"), matrix_page("z", "z")
    ('matrix-qk.html', 'index.html')
    """
    return "index.html" if component == first else f"matrix-{_name(component, dots=False)}.html"


def run_folder(run_id: str) -> str:
    """Return the folder of a run's own report, beside the page of a series.

    >>> run_folder("20261123-120919-abcdef")
    '20261123-120919-abcdef'
    """
    return _name(run_id, dots=False)


def _name(text: str, *, dots: bool = True) -> str:
    if dots and re.fullmatch(r"[0-9]+\.[0-9]+", text):
        return text
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "_-") else f"~{ord(c):x}" for c in text) or "~"
    if len(safe) <= _LONGEST:
        return safe
    return f"{safe[:_LONGEST]}~{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
