"""Regions: sets of an array's elements, made of boxes.

A region is a coarse picture of an array: each axis is cut at a few places, and a mask
tells for each cell between cuts whether its elements belong to the region. So unions of
the shifted views of a stencil cost nothing that grows with the array.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from npjit._graph.structure import Structure

__all__ = ["Region", "restricted", "spread"]

Cuts = tuple[np.ndarray, ...]
_MAX_CELLS: Final = 10_000


class _Axis(NamedTuple):
    """An axis of a view, and where it runs: None if on no axis of the root."""

    root: int | None
    low: int
    size: int
    direction: int

    def part(self, start: int, step: int, size: int) -> _Axis:
        """The axis of a slice of the view, whose step is 1 or -1."""
        if not size:
            return self._replace(size=0)
        ends = start, start + (size - 1) * step
        low = min(ends) if self.direction > 0 else self.size - 1 - max(ends)
        direction = self.direction if step > 0 else -self.direction
        return _Axis(self.root, self.low + low, size, direction)


class _Box(NamedTuple):
    """A view that is a box of its root: its axes, and those of the root it drops."""

    axes: list[_Axis]
    dropped: list[_Axis]

    def bounds(self) -> dict[int, tuple[int, int]]:
        """For each axis of the root the first element and the number of them."""
        return {
            a.root: (a.low, a.size)
            for a in (*self.axes, *self.dropped)
            if a.root is not None
        }


class Region:
    """A set of elements of an array of some shape; immutable."""

    __slots__ = ("cuts", "mask")

    def __init__(self, cuts: Cuts, mask: np.ndarray) -> None:
        self.cuts = cuts
        self.mask = mask

    @classmethod
    def of(cls, shape: Sequence[int], whole: bool) -> Region:
        """All elements, or none."""
        cuts = tuple(np.unique([0, n]) for n in shape)
        return cls(cuts, np.full([len(c) - 1 for c in cuts], whole))

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the array."""
        return tuple(int(c[-1]) for c in self.cuts)

    @property
    def is_whole(self) -> bool:
        """Whether all elements belong to it."""
        return bool(self.mask.all())

    @property
    def is_empty(self) -> bool:
        """Whether no element belongs to it."""
        return not self.mask.any()

    def _cut(self, cuts: Cuts) -> np.ndarray:
        """The mask on finer cuts."""
        mask = self.mask
        for axis, (mine, finer) in enumerate(zip(self.cuts, cuts, strict=True)):
            cells = np.searchsorted(mine, finer[:-1], side="right") - 1
            mask = np.take(mask, cells, axis)
        return mask

    def _combined(self, other: Region, how: np.ufunc) -> Region:
        cuts = tuple(map(np.union1d, self.cuts, other.cuts))
        n_cells = np.prod([len(c) - 1 for c in cuts], dtype=float)
        if n_cells > _MAX_CELLS:
            return Region.of(self.shape, whole=False)
        return Region(cuts, how(self._cut(cuts), other._cut(cuts)))

    def __or__(self, other: Region) -> Region:
        return self._combined(other, np.logical_or)

    def __sub__(self, other: Region) -> Region:
        return self._combined(other, np.greater)

    def broadcast_from(self, shape: Sequence[int]) -> Region:
        """The elements of a smaller array that broadcasting puts into the region."""
        mask = _any(self.mask, range(self.mask.ndim - len(shape)))
        cuts = list(self.cuts[self.mask.ndim - len(shape) :])
        for axis, n in enumerate(shape):
            if n == 1 and cuts[axis][-1] != 1:
                mask = _any(mask, [axis], keepdims=True)
                cuts[axis] = np.array([0, 1])
        return Region(tuple(cuts), mask)


def _box(
    structure: Structure, starts: Sequence[int | None], shape: Sequence[int]
) -> _Box | None:
    """The box that a view is in a root of `shape`; None if it is none."""
    box = _Box([_Axis(k, 0, n, 1) for k, n in enumerate(shape)], [])
    rest = iter(starts)
    for prim in structure.prims:
        match prim:
            case ("transpose", order):
                box = _Box([box.axes[k] for k in order], box.dropped)
            case ("reshape", new) if _sizes(new) == _sizes([a.size for a in box.axes]):
                box = _reshaped(box, new)
            case ("index", triples):
                found = _indexed(box, triples, rest)
                if found is None:
                    return None
                box = found
            case _:
                return None
    return box


def _sizes(shape: Sequence[int]) -> list[int]:
    return [n for n in shape if n != 1]


def _reshaped(box: _Box, shape: Sequence[int]) -> _Box:
    """Axes of length one come and go."""
    long = iter([a for a in box.axes if a.size != 1])
    axes = [next(long) if n != 1 else _Axis(None, 0, 1, 1) for n in shape]
    short = [a for a in box.axes if a.size == 1 and a.root is not None]
    return _Box(axes, [*box.dropped, *short])


def _indexed(
    box: _Box, triples: Sequence[tuple], starts: Iterator[int | None]
) -> _Box | None:
    axes: list[_Axis] = []
    dropped = list(box.dropped)
    for axis, (size, step, keep) in zip(box.axes, triples, strict=True):
        start = next(starts)
        if start is None or (keep and size > 1 and abs(step) != 1):
            return None
        part = axis.part(start, 1 if step > 0 else -1, size if keep else 1)
        (axes if keep else dropped).append(part)
    return _Box(axes, [a for a in dropped if a.root is not None])


def restricted(
    region: Region, structure: Structure, starts: Sequence[int | None]
) -> Region | None:
    """What a region of a root is in a view of it.

    Parameters
    ----------
    region : Region
        Of the root.
    structure, starts
        The view; None for a start that is not known.

    Returns
    -------
    Region or None
        None if the view is no box with all its elements.
    """
    box = _box(structure, starts, region.shape)
    if box is None:
        return None
    sizes = [a.size for a in box.axes]
    if 0 in sizes:
        return Region.of(sizes, whole=False)
    mask, cuts = region.mask, list(region.cuts)
    for k, (low, size) in box.bounds().items():
        inner = cuts[k][(cuts[k] > low) & (cuts[k] < low + size)]
        finer = np.unique([low, *inner, low + size])
        cells = np.searchsorted(cuts[k], finer[:-1], side="right") - 1
        mask, cuts[k] = np.take(mask, cells, k), finer - low
    kept = [a.root for a in box.axes if a.root is not None]
    mask = _any(mask, set(range(len(cuts))) - set(kept))
    mask = mask.transpose(np.argsort(np.argsort(kept)))
    new = []
    for k, axis in enumerate(box.axes):
        if axis.root is None:
            mask = np.expand_dims(mask, k)
            new.append(np.array([0, 1]))
            continue
        mask, its_cuts = _turned(mask, cuts[axis.root], k, axis.direction)
        new.append(its_cuts)
    return Region(tuple(new), mask)


def _turned(
    mask: np.ndarray, cuts: np.ndarray, k: int, direction: int
) -> tuple[np.ndarray, np.ndarray]:
    return (mask, cuts) if direction > 0 else (np.flip(mask, k), cuts[-1] - cuts[::-1])


def spread(
    region: Region,
    structure: Structure,
    starts: Sequence[int | None],
    shape: Sequence[int],
) -> Region:
    """What a region of a view is in its root.

    Parameters
    ----------
    region : Region
        Of the view.
    structure, starts
        The view; None for a start that is not known.
    shape : sequence of int
        Of the root.

    Returns
    -------
    Region
        Empty if the view is no box with all its elements.
    """
    box = _box(structure, starts, shape)
    if box is None or not all(a.size for a in box.axes):
        return Region.of(shape, whole=False)
    mask, by_root = region.mask, dict[int, np.ndarray]()
    for k, axis in enumerate(box.axes):
        mask, cuts = _turned(mask, region.cuts[k], k, axis.direction)
        if axis.root is not None:
            by_root[axis.root] = cuts
    mask = _any(mask, [k for k, a in enumerate(box.axes) if a.root is None])
    mask = mask.transpose(np.argsort([a.root for a in box.axes if a.root is not None]))
    bounds = box.bounds()
    for k, n in enumerate(shape):
        if k not in by_root:
            mask = np.expand_dims(mask, k)
            by_root[k] = np.array([0, 1])
        mask, by_root[k] = _padded(mask, by_root[k] + bounds[k][0], k, n)
    return Region(tuple(by_root[k] for k in range(len(shape))), mask)


def _any(mask: np.ndarray, axes: Iterable[int], keepdims: bool = False) -> np.ndarray:
    result: np.ndarray = np.any(mask, axis=tuple(axes), keepdims=keepdims)
    return result


def _padded(
    mask: np.ndarray, cuts: np.ndarray, axis: int, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """A mask and its cuts on an axis, extended to 0 and n by what is not in it."""
    before, after = int(cuts[0] > 0), int(cuts[-1] < n)
    width = [(0, 0)] * mask.ndim
    width[axis] = before, after
    ends = np.array([0, n])
    return np.pad(mask, width), np.concatenate([ends[:before], cuts, ends[2 - after :]])
