"""Chapter: laws as property tests, in the manner of every other chapter; a file that `pytest` runs as it stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from types import MappingProxyType

from harness.discovery.law import Law

WIDTH = 120

HARNESS = "harness"
"""Where a chapter's words come from, but for those of a grammar of one's own."""

ABOUT = '"""Discovered: laws that nobody stated, found by `headlaws discover` and confirmed on fresh sequences."""'


def chapter(found: Mapping[Law, Sequence[str]], *, meaning: Mapping[Law, str] = MappingProxyType({})) -> str:
    """Write the chapter of some laws.

    Args:
        found: each law with what its source says: on which heads it was found, how much it holds there, and beside
            which nulls.
        meaning: what a law would mean, where that is to be told.
    """
    words: dict[str, set[str]] = {HARNESS: {"conjecture", "edits"}}
    for law in found:
        for word, module in law.words.items():
            words.setdefault(module, set()).add(word)
    imports = "".join(_import(module, sorted(words[module])) for module in sorted(words))
    claims = "".join(f"\n\n{_claim(law, sources, meaning.get(law, ''))}" for law, sources in found.items())
    return f"{ABOUT}\n\nfrom hypothesis import given\n\n{imports}{claims}"


def source(entries: Iterable[str]) -> str:
    """Return the source of a law: where it was found, as one string of a chapter."""
    return "; ".join(["headlaws discover", *entries])


def _claim(law: Law, sources: Sequence[str], meaning: str) -> str:
    given = f"@given(edit=edits({law.made_by.name}, {law.sequences.code}))"
    told = "\n\n".join(_paragraph(text, 4) for text in (f"{law.says} {law.sequences.says}.", meaning) if text)
    return (
        f"{_tag(law, source(sources))}\n{given}\n"
        f"def {law.name}(head, edit):\n"
        f'    """{law.title}\n\n{told}\n    """\n'
        f"    assert {law.compared.code}\n"
    )


def _tag(law: Law, source: str) -> str:
    components = " ".join(law.components)
    whole = f'@conjecture(components="{components}", source={_quoted(source)})'
    if len(whole) <= WIDTH:
        return whole
    parts = [part if i == 0 else f" {part}" for i, part in enumerate(_parted(source))]
    if len(parts) == 1:
        inner = f"    source={_quoted(parts[0])},"
    else:
        inner = "\n".join(["    source=(", *(f"        {_quoted(part)}" for part in parts), "    ),"])
    return f'@conjecture(\n    components="{components}",\n{inner}\n)'


def _parted(text: str) -> list[str]:
    return wrap(text, WIDTH - 12, break_long_words=False, break_on_hyphens=False)


def _quoted(text: str) -> str:
    """A string of Python in double quotes, whatever stands in it."""
    inner = text.encode("unicode_escape").decode("ascii")
    return '"' + inner.replace('"', '\\"') + '"'


def _paragraph(text: str, indent: int) -> str:
    lead = " " * indent
    return "\n".join(wrap(" ".join(text.split()), WIDTH - 2, initial_indent=lead, subsequent_indent=lead))


def _import(module: str, words: Sequence[str]) -> str:
    line = f"from {module} import {', '.join(words)}\n"
    if len(line) <= WIDTH:
        return line
    inner = "".join(f"    {word},\n" for word in words)
    return f"from {module} import (\n{inner})\n"
