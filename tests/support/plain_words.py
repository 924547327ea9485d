"""What makes text hard to read, as far as a machine sees it: a grade for a page, and patterns to lose.

The grade is that of Flesch and Kincaid: 0.39 words a sentence + 11.8 syllables a word - 15.59. Only prose counts: code,
tables and headings do not. (textstat, a package, fetches a dictionary from the network at its first use.)
"""

import re
from collections.abc import Iterator
from pathlib import Path

HIGHEST_GRADE = 10.0

LONGEST_SENTENCE = 40
"""Words."""

PATTERNS = (
    r"\bof what\b",
    r"\bthat which\b",
    r"\b(?:comes|came|come) to (?:in|for|be|is)\b",
    r"\bwhat \w+ (?:comes|came) to\b",
    r"\bwhat is said of\b",
    r"\bso many\b",
    r"\bwhere there (?:is|are) (?:one|none|no|some)\b",
    r"\ba conjecture and component\b",
    r"\bis no (?:place|matter of)\b",
    r"\bis for \w+ to say\b",
)
"""Turns of phrase that have to be read twice."""

LEADING_FRAGMENT = re.compile(r"^(?:Of|As of|Whose|Than) (?:a|an|the|all|each|every|what|several|some)\b[^,:]*\.$")
"""A sentence that begins so and has no comma has no verb of its own."""

OLD_WORDS = (
    (r"\bdegrees?\b", "agreement"),
    (r"\bgauge\b", "basis-dependent"),
    (r"\bvacuous\b", "precondition rarely met"),
    (r"\bflags?\b[^.]*(?<!also true )\buntrained\b|\buntrained models?\b", "also true untrained"),
    (r"\bcontrols? (?:right|wrong|not run|came out)\b|\bCONTROLS?\b|\ba control,", "known-answer check"),
    (r"\bwhat (?:it|this|that) (?:comes|came) to\b|\bsuch as are\b|\bcame of\b", "a plain verb"),
)
"""Words that people read no longer, and the words instead; keys in code are keys still."""

VERBS = frozenset((Path(__file__).parent / "verbs.txt").read_text(encoding="utf-8").split())
"""Verbs that a docstring may begin with."""


def prose(markdown: str) -> str:
    """Keep the sentences of a page, each paragraph and each list item with an end."""
    text = re.sub(r"```.*?```", "\n", markdown, flags=re.DOTALL)
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    lines = [line for line in text.splitlines() if not re.match(r"(?: {4}|#|\||!\[)", line)]
    text = "\n".join(re.sub(r"^(?:- |\d+\. )", "\n", line) for line in lines)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`[^`]*`", "code", text).replace("*", "").replace("\u00d7", "by")
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip())


def sentences(text: str) -> list[str]:
    """Split prose at full stops and question marks before a space, and at paragraphs and list items."""
    parts = re.split(r"(?<=[.!?])[\"')]*\s+|\n\n", text)
    return [part for part in parts if re.search(r"[A-Za-z]", part)]


def syllables(word: str) -> int:
    """Count the syllables of an English word, by its groups of vowels.

    >>> [syllables(word) for word in ("head", "token", "sequence", "one", "attention", "verdict", "noted", "hoped")]
    [1, 2, 2, 1, 3, 2, 2, 1]
    """
    word = word.lower()
    word = re.sub(r"(?<=[^td])ed$|(?<=[^aeiouylr])e$|(?<=[aeiouy][lr])e$|(?<=[^aeiouscgxz])es$", "", word)
    return max(1, len(re.findall(r"[aeiouy]+", word)))


def grade(markdown: str) -> float:
    """Give the Flesch-Kincaid grade of a page's prose; 0 for a page without any.

    >>> round(grade("The cat sat. It ran."), 1)
    -2.8
    """
    found = sentences(prose(markdown))
    words = [word for sentence in found for word in re.findall(r"[A-Za-z]+(?:['’-][A-Za-z]+)*", sentence)]
    if not words:
        return 0.0
    pieces = sum(syllables(part) for word in words for part in re.split(r"[-'’]", word) if part)
    return 0.39 * len(words) / len(found) + 11.8 * pieces / len(words) - 15.59


def hard_to_read(text: str) -> Iterator[str]:
    """Give every place where a pattern occurs, with some words around it.

    >>> list(hard_to_read("What each cell came to in the runs."))
    ['What each cell came to in the runs']
    """
    flat = " ".join(text.split())
    for pattern in PATTERNS:
        for found in re.finditer(pattern, flat, re.IGNORECASE):
            yield flat[max(0, found.start() - 20) : found.end() + 20].strip(" .")
    for sentence in re.split(r"(?<=[.!?]) ", flat):
        if LEADING_FRAGMENT.match(sentence):
            yield sentence


def old_words(text: str) -> Iterator[str]:
    """Give every place where an old word occurs, with the word instead; code in backquotes may have it.

    >>> list(old_words("its degree is high, see `degree`"))
    ['its degree is high, see: say agreement']
    """
    flat = re.sub(r"`[^`]*`", "", " ".join(text.split()))
    for pattern, instead in OLD_WORDS:
        for found in re.finditer(pattern, flat):
            around = flat[max(0, found.start() - 20) : found.end() + 20].strip(" ,")
            yield f"{around}: say {instead}"


def begins_with_a_verb(docstring: str) -> bool:
    """Say whether a docstring's first word is one of `VERBS`.

    >>> begins_with_a_verb("Return it."), begins_with_a_verb("The thing.")
    (True, False)
    """
    first = re.match(r"[A-Za-z]+", docstring.strip())
    return first is not None and first[0].lower() in VERBS
