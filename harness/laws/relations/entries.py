"""Entry by entry: do two readings agree, and is one reading constant?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from harness.laws.agreement import Agreement, noted

if TYPE_CHECKING:
    from harness.readings.reading import Reading


def agree(left: Reading, right: Reading) -> Agreement:
    """Check that two readings have the same token at every entry. Entries that only one of them has count as
    differences.

    >>> from harness.readings.reading import line
    >>> agree(line([3, 1]), line([3, 2])).first_difference
    (1,)
    >>> bool(agree(line([3, 1]), line([3, 2], near_ties=(1,))))
    True
    """
    shared = min(len(left.tokens), len(right.tokens))
    total = max(len(left.tokens), len(right.tokens))
    longer = left if len(left.tokens) >= len(right.tokens) else right
    different = left.tokens[:shared] != right.tokens[:shared]
    unsure = left.near_ties[:shared] | right.near_ties[:shared]
    certain = different & ~unsure
    where = np.flatnonzero(certain)
    first = int(where[0]) if where.size else (shared if shared < total else None)
    margins = np.minimum(left.margins[:shared], right.margins[:shared])[where]
    return noted(
        Agreement(
            agreeing=int(shared - different.sum()),
            near_ties=int((different & unsure).sum()),
            compared=total,
            first_difference=None if first is None else longer.place(first),
            margin=float(margins.min()) if margins.size else None,
            sides=(left, right),
        )
    )


def is_prefix(left: Reading, right: Reading) -> Agreement:
    """Check that the second reading begins with the first.

    >>> from harness.readings.reading import triangle
    >>> bool(is_prefix(triangle([[7]]), triangle([[7], [8, 9]])))
    True
    """
    return agree(left, right[: len(left)])


def ends_alike(left: Reading, right: Reading) -> Agreement:
    """Check that the last positions read the same. For triangles, compare the last rows over the keys that both have.

    >>> from harness.readings.reading import line, triangle
    >>> bool(ends_alike(line([1, 2]), line([3, 4, 2])))
    True
    >>> bool(ends_alike(triangle([[7]]), triangle([[8], [7, 9]])))
    True
    """
    shared = min(len(left.last.tokens), len(right.last.tokens))
    return agree(left.last[:shared], right.last[:shared])


def constant(reading: Reading) -> Agreement:
    """Check that every entry has the same token. The agreement is the share of the commonest token.

    >>> from harness.readings.reading import line
    >>> constant(line([5, 5, 6, 5])).share
    0.75
    """
    sure = reading.tokens[~reading.near_ties]
    if not reading.tokens.size:
        return noted(Agreement(agreeing=0, near_ties=0, compared=0, sides=(reading,)))
    commonest = Counter((sure if sure.size else reading.tokens).tolist()).most_common(1)[0][0]
    different = reading.tokens != commonest
    where = np.flatnonzero(different & ~reading.near_ties)
    return noted(
        Agreement(
            agreeing=int((~different).sum()),
            near_ties=int((different & reading.near_ties).sum()),
            compared=len(reading.tokens),
            first_difference=reading.place(int(where[0])) if where.size else None,
            margin=float(reading.margins[where].min()) if where.size else None,
            sides=(reading,),
        )
    )
