"""Views: what NumPy makes of a view operation, as primitives of a structure.

NumPy itself is asked, on shadows: real arrays with the geometry in question whose
memory is never read (they lie on one element). From the geometry of the result, the
primitives that lead there are found (`infer_view`), whatever function made it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

from npjit._graph.aval import DTYPES, Aval, make_aval
from npjit._graph.structure import Primitive

__all__ = ["ORDERS", "View", "address", "infer_view", "shadow_of", "view_of_shadow"]

#: Memory orders by NumPy's spellings.
ORDERS: dict[Any, str] = {x: x.upper() for x in "CFAKcfak"} | {None: "C"}


class View(NamedTuple):
    """A view relative to its parent.

    `prims` leads to it, `starts` belongs to its index primitives, `offset` is in bytes.
    """

    aval: Aval
    prims: tuple[Primitive, ...]
    starts: tuple[int, ...]
    offset: int
    writeable: bool = True


@lru_cache(maxsize=512)
def shadow_of(aval: Aval) -> np.ndarray:
    """An array of this geometry over one element; not to be read or written."""
    return as_strided(np.empty(1, aval.dtype), aval.shape, aval.strides)


def address(a: np.ndarray) -> int:
    """Where the first element of an array lies."""
    start: int = a.__array_interface__["data"][0]
    return start


def view_of_shadow(parent: Aval, shadow: np.ndarray, child: np.ndarray) -> View | None:
    """The view NumPy made of a parent's shadow; None if no primitives lead there."""
    if child.dtype not in DTYPES:
        return None
    offset = address(child) - address(shadow)
    aval = make_aval(child.shape, child.strides, child.dtype)
    found = infer_view(parent, aval, offset)
    if found is None:
        return None
    return View(aval, *found, offset, child.flags.writeable)


@lru_cache(maxsize=8192)
def infer_view(
    parent: Aval, child: Aval, offset: int
) -> tuple[tuple[Primitive, ...], tuple[int, ...]] | None:
    """Primitives that lead from a parent to a child with one element per index tuple.

    Slices, dropped and new axes and permutations are found. Each axis of the child lies
    along the one axis of the parent whose stride divides its own and that is long
    enough. Where both are in C order, any contiguous part is found.

    Parameters
    ----------
    parent, child : Aval
        Of one dtype, strides in bytes; no two elements of the parent share memory.
    offset : int
        From the parent's first element to the child's, in bytes.

    Returns
    -------
    tuple or None
        Primitives and the starts of the index primitive.
    """
    if parent.dtype != child.dtype:
        return None
    if child.size == 0:
        return _empty_view(parent, child)
    axes = _match_axes(parent, child)
    if axes is None:
        return _contiguous_part(parent, child, offset)
    steps = [1] * parent.ndim
    sizes = [1] * parent.ndim
    for child_axis, axis in axes.items():
        steps[axis] = child.strides[child_axis] // parent.strides[axis]
        sizes[axis] = child.shape[child_axis]
    starts = _starts(parent, sizes, steps, offset)
    if starts is None:
        return None
    return _primitives(parent, child, axes, sizes, steps, starts), tuple(starts)


def _empty_view(parent: Aval, child: Aval) -> Any:
    if parent.ndim == 0 or (parent.size == 0 and parent.shape != child.shape):
        triples = tuple((n, 1, True) for n in parent.shape)
    else:
        triples = tuple((0, 1, True) for _ in parent.shape)
    sizes = tuple(t[0] for t in triples)
    if 0 not in sizes:
        return None
    prims: tuple[Primitive, ...] = (("index", triples),)
    if sizes != child.shape:
        prims = (*prims, ("reshape", child.shape))
    return prims, (0,) * parent.ndim


def _contiguous_part(parent: Aval, child: Aval, offset: int) -> Any:
    """A stretch of the parent's elements in another shape."""
    start, rest = divmod(offset, parent.dtype.itemsize)
    if not (parent.is_c and child.is_c) or rest:
        return None
    if start < 0 or start + child.size > parent.size:
        return None
    prims: list[Primitive] = [("index", ((child.size, 1, True),))]
    if parent.ndim != 1:
        prims.insert(0, ("reshape", (parent.size,)))
    if child.ndim != 1:
        prims.append(("reshape", child.shape))
    return tuple(prims), (start,)


def _match_axes(parent: Aval, child: Aval) -> dict[int, int] | None:
    """For each axis of the child with several elements, the parent's axis it is on."""
    by_stride = sorted(
        (i for i in range(parent.ndim) if parent.shape[i] > 1),
        key=lambda i: -abs(parent.strides[i]),
    )
    axes: dict[int, int] = {}
    for child_axis, (n, stride) in enumerate(
        zip(child.shape, child.strides, strict=True)
    ):
        if n == 1:
            continue
        axis = next((i for i in by_stride if _lies_along(parent, i, n, stride)), None)
        if axis is None or axis in axes.values():
            return None
        axes[child_axis] = axis
    return axes


def _lies_along(parent: Aval, axis: int, n: int, stride: int) -> bool:
    own = parent.strides[axis]
    if own == 0 or stride == 0 or stride % own:
        return False
    return abs(stride // own) * (n - 1) < parent.shape[axis]


def _starts(parent, sizes, steps, offset) -> list[int] | None:
    """Where each axis begins; `offset` is their sum, taken apart from the top."""
    starts = [0] * parent.ndim
    # What remains lies at the lowest address of the child, so that all parts are >= 0.
    low = offset
    for i in range(parent.ndim):
        extent = (sizes[i] - 1) * steps[i] * parent.strides[i]
        low += min(extent, 0)
        if parent.strides[i] < 0:
            low -= (parent.shape[i] - 1) * parent.strides[i]
    for i in sorted(range(parent.ndim), key=lambda i: -abs(parent.strides[i])):
        stride = abs(parent.strides[i])
        if parent.shape[i] < 2 or stride == 0:
            continue
        position = min(low // stride, parent.shape[i] - 1)
        low -= position * stride
        span = abs(steps[i]) * (sizes[i] - 1)
        if parent.strides[i] < 0:  # position counts from the far end
            first = parent.shape[i] - 1 - position
            starts[i] = first - span if steps[i] > 0 else first
        else:
            starts[i] = position if steps[i] > 0 else position + span
        last = starts[i] + steps[i] * (sizes[i] - 1)
        if not (0 <= starts[i] < parent.shape[i] and 0 <= last < parent.shape[i]):
            return None
    return starts if low == 0 else None


def _primitives(parent, child, axes, sizes, steps, starts) -> tuple[Primitive, ...]:
    prims: list[Primitive] = []
    kept = sorted(axes.values())
    triples = tuple(
        (sizes[i], steps[i], i in kept) for i in range(parent.ndim)
    )  # a dropped axis has size 1, step 1
    whole = tuple((n, 1, n > 1) for n in parent.shape)
    if triples != whole or any(starts) or len(kept) < parent.ndim:
        prims.append(("index", triples))
    else:
        starts.clear()
    order = [kept.index(axes[i]) for i in sorted(axes)]
    if order != sorted(order):
        prims.append(("transpose", tuple(order)))
    shape = tuple(child.shape[i] for i in sorted(axes))
    if shape != child.shape:
        prims.append(("reshape", child.shape))
    return tuple(prims)


Viewing = Callable[..., np.ndarray | list[np.ndarray] | tuple[np.ndarray, ...]]
