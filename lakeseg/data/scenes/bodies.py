"""Bodies of water in a mask that is read some rows at a time, so that its size does not matter.

Pixels that touch, corners included, are one body. Bodies of one part that touch those of the next are joined; one that
does not reach the last row of a part is done, and forgotten where it is too small.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import numpy as np

_CORNERS: Final = np.ones((3, 3), int)


class Body(NamedTuple):
    """Connected water: how many pixels, and the box of them: rows and columns, the last ones exclusive."""

    size: int
    top: int
    left: int
    bottom: int
    right: int


Bodies = dict[int, Body]  # by a number that grows with the place of the first pixel, row after row


def find_bodies(parts: Iterable[np.ndarray], least: int) -> list[Body]:
    """Return the bodies of at least `least` pixels, the largest first, from the (h, W) bool parts of a mask in order.

    Of the same size the one that begins first comes first.
    """
    done: Bodies = {}
    reaching: Bodies = {}
    above, row, seen = np.zeros(0, np.int64), 0, 0
    for part in parts:
        first, last, found, count = _labelled(part, row, seen, least)
        roots = _touching(above, first)
        bodies: Bodies = {}
        for number, body in (reaching | found).items():
            root = _root(roots, number)
            bodies[root] = _joined(bodies[root], body) if root in bodies else body
        above = np.array([_root(roots, number) for number in last.tolist()], np.int64)
        kept = set(above.tolist())
        reaching = {number: body for number, body in bodies.items() if number in kept}
        done |= {n: body for n, body in bodies.items() if n not in kept and body.size >= least}
        row, seen = row + len(part), seen + count
    done |= {number: body for number, body in reaching.items() if body.size >= least}
    return [body for _, body in sorted(done.items(), key=lambda item: (-item[1].size, item[0]))]


def _labelled(part: np.ndarray, row: int, seen: int, least: int) -> tuple[np.ndarray, np.ndarray, Bodies, int]:
    """Return the numbers in the first and last row of a part, 0 for none, its bodies, and how many there are.

    Bodies that are too small, and reach neither row, are left out.
    """
    from scipy import ndimage

    labels, count = ndimage.label(part, _CORNERS)
    sizes = np.bincount(labels.ravel(), minlength=count + 1)
    wanted = sizes >= least
    wanted[labels[0]] = wanted[labels[-1]] = True
    boxes = ndimage.find_objects(labels)
    found: Bodies = {}
    for label in (np.flatnonzero(wanted[1:]) + 1).tolist():
        rows, columns = boxes[label - 1]
        found[seen + label] = Body(int(sizes[label]), row + rows.start, columns.start, row + rows.stop, columns.stop)
    first, last = (np.where(labels[at] > 0, labels[at].astype(np.int64) + seen, 0) for at in (0, -1))
    return first, last, found, count


def _touching(above: np.ndarray, below: np.ndarray) -> dict[int, int]:
    """Return, for numbers that touch one of the other row, a smaller one of the same body, the smallest left out."""
    roots: dict[int, int] = {}
    for one, other in ((above, below), (above[1:], below[:-1]), (above[:-1], below[1:])) if len(above) else ():
        pairs = np.stack([one, other])
        for upper, lower in np.unique(pairs[:, (pairs > 0).all(axis=0)], axis=1).T.tolist():
            low, high = sorted((_root(roots, upper), _root(roots, lower)))
            roots[high] = low
    return roots


def _root(roots: dict[int, int], number: int) -> int:
    while roots.get(number, number) != number:
        number = roots[number]
    return number


def _joined(one: Body, other: Body) -> Body:
    corner = max(one.bottom, other.bottom), max(one.right, other.right)
    return Body(one.size + other.size, min(one.top, other.top), min(one.left, other.left), *corner)
