"""Text that a page or a terminal may show: everything in it can be seen, and nothing in it acts.

A vocabulary entry may hold anything: newlines, marks that turn the direction of writing, halves of a surrogate pair,
characters without width. Here each of them becomes a character that stands for it, the same one wherever it is shown.
HTML's own special characters are not this module's business: the templates escape them. What comes out can always be
written as UTF-8.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

SPACE: Final = "·"
NOTHING: Final = "∅"
_DOTTED_CIRCLE: Final = "◌"
_UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"})
# letters and marks by category, and yet nothing is drawn for them: fillers, the braille blank, the grapheme joiner
_BLANK: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
_MARKS_ON_ONE_LETTER: Final = 4  # more than any script writes; a tower of a hundred marks covers the lines above it


@lru_cache(maxsize=1 << 14)  # a site shows the same few thousand texts a million times
def visible(text: str) -> str:
    r"""Replace every character of ``text`` that cannot be seen by one that can.

    >>> visible("a b")
    'a b'
    >>> visible("a\n\tb\x7f")
    'a␊␉b␡'
    >>> visible("\u202egnp.exe\u200f")
    '\\u202egnp.exe\\u200f'
    >>> visible("\ud800"), visible("\xa0"), visible("\U000e0041")
    ('\\ud800', '\\xa0', '\\U000e0041')
    >>> visible("\u0301e")  # a mark without a letter would sit on whatever stands before it
    '◌́e'
    >>> visible("</script><script>alert(1)</script>")  # the template's business
    '</script><script>alert(1)</script>'
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        if unicodedata.category(character).startswith("M") and character not in _BLANK:
            marks += 1
            if not shown:
                shown.append(_DOTTED_CIRCLE)
            shown.append(character if marks <= _MARKS_ON_ONE_LETTER else _escape(character))
        else:
            marks = 0
            shown.append(_stand_in(character))
    return "".join(shown)


def token(text: str) -> str:
    r"""Return one vocabulary entry: visible, and its spaces too, since ``' the'`` and ``'the'`` are two entries.

    >>> token(" the")
    '·the'
    >>> token("")
    '∅'
    """
    return visible(text).replace(" ", SPACE) or NOTHING


def word(text: str) -> str:
    r"""Return one vocabulary entry for a terminal: marks that sit on a letter are spelt too, as terminals disagree on
    them.

    >>> word(" the"), word("e\u0301"), word("\n")
    ('·the', 'e\\u0301', '␊')
    """
    return token("".join(_escape(c) if unicodedata.category(c) in ("Mn", "Me") else c for c in text))


def _stand_in(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)  # Unicode's block of control pictures follows the order of the controls
    if code == 0x7F:
        return "␡"
    if character == " ":
        return character
    if unicodedata.category(character) in _UNSEEN_CATEGORIES or character in _BLANK:
        return _escape(character)
    return character


def _escape(character: str) -> str:
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def counted(number: int, noun: str) -> str:
    """Return a number of things.

    >>> counted(1, "edge"), counted(0, "edge"), counted(45123, "cell")
    ('1 edge', '0 edges', '45,123 cells')
    >>> counted(2, "query"), counted(2, "process"), counted(1, "query")
    ('2 queries', '2 processes', '1 query')
    """
    if number == 1:
        return f"1 {noun}"
    many = re.sub(r"(?<=[^aeiou])y$", "ie", noun)
    return f"{number:,} {many}{'es' if re.search('(?:s|x|ch|sh)$', noun) else 's'}"


def sentence(name: str) -> str:
    """Return a law's name as the sentence that it is; names cannot hold the hyphen of `re-reading`.

    >>> sentence("re_reading_the_output_reaches_a_fixed_point")
    're-reading the output reaches a fixed point'
    """
    return re.sub(r"\bre reading\b", "re-reading", name.replace("_", " "))
