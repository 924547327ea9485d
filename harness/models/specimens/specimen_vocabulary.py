"""The words of the specimen: letters to read, and a token for everything that its heads can say.

    id      token            said by
    0       <bos>            what stands in front
    1-26    a ... z          heads that repeat a token; the only ids that sequences are made of unless asked otherwise
    27-29   vowel consonant mark   heads that know classes; every token that is no letter is a mark
    30-31   even odd         the head that knows parity
    32      blank            heads that have nothing to say
    33-96   @0 ... @63       heads that know positions; @0 is the first position that the model sees, BOS included
    97-121  #0 ... #24       heads that count; #24 stands for 24 and more
    122-123 again new        the head that knows whether it has seen a token

Tokens that are no letters are called special, so that random sequences are made of letters; the model reads them
all the same.
"""

from string import ascii_lowercase

BOS = 0
LETTERS = range(1, 27)
VOWEL, CONSONANT, MARK = 27, 28, 29
EVEN, ODD = 30, 31
BLANK = 32
PLACES = range(33, 97)
COUNTS = range(97, 122)
AGAIN, NEW = 122, 123

VOCABULARY: tuple[str, ...] = (
    "<bos>",
    *ascii_lowercase,
    "vowel",
    "consonant",
    "mark",
    "even",
    "odd",
    "blank",
    *(f"@{place}" for place in range(len(PLACES))),
    *(f"#{count}" for count in range(len(COUNTS))),
    "again",
    "new",
)
"""Every token as text, in order of ids."""

SPECIAL = frozenset(range(len(VOCABULARY))) - frozenset(LETTERS)
"""Ids that random sequences leave out: all but the letters."""

_VOWELS = frozenset("aeiou")


def class_of(token: int) -> int:
    """Return the class of a token, itself a token.

    >>> [VOCABULARY[class_of(VOCABULARY.index(text))] for text in ("a", "b", "<bos>", "vowel")]
    ['vowel', 'consonant', 'mark', 'mark']
    """
    if token not in LETTERS:
        return MARK
    return VOWEL if VOCABULARY[token] in _VOWELS else CONSONANT


def parity_of(place: int) -> int:
    """Return `even` or `odd`, as a token.

    >>> [VOCABULARY[parity_of(place)] for place in (0, 1)]
    ['even', 'odd']
    """
    return ODD if place % 2 else EVEN


def count_of(times: int, *, most: int = len(COUNTS) - 1) -> int:
    """Return the token that stands for a number of times, the last one for all numbers beyond.

    >>> [VOCABULARY[count_of(times)] for times in (0, 7, 24, 60)]
    ['#0', '#7', '#24', '#24']
    >>> VOCABULARY[count_of(7, most=3)]
    '#3'
    """
    return COUNTS[min(times, most)]
