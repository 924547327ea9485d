"""Text on a page, in columns of a fixed-width font. How single characters are made visible: see `harness.text`."""

from typing import Final

from rich.cells import cell_len, chop_cells

from harness.text import token, visible

__all__ = ["ELLIPSIS", "clip", "columns", "lines", "token", "visible"]

ELLIPSIS: Final = "…"


def lines(text: str) -> str:
    r"""Return text of several lines, such as source code: visible line by line, the line breaks kept.

    >>> lines("def f():\n\treturn '\x00'")
    "def f():\n    return '␀'"
    """
    return "\n".join(visible(line.expandtabs(4)) for line in text.split("\n"))


def columns(text: str) -> int:
    """Return how many columns of a fixed-width font ``text`` takes: two for a wide character, none for a combining
    mark.

    >>> columns("the"), columns("的"), columns("e\u0301")
    (3, 2, 1)
    """
    return cell_len(text)


def clip(text: str, limit: int) -> str:
    """Cut ``text`` to ``limit`` columns, the last of them an ellipsis if anything was cut.

    >>> clip("attention", 5), clip("token", 5), clip("的的的", 4)
    ('atte…', 'token', '的…')
    """
    if columns(text) <= limit:
        return text
    return (chop_cells(text, limit - 1)[0] if limit > 1 else "") + ELLIPSIS
