"""Basic indices: integers, slices, None, Ellipsis; NumPy applies them to a shadow."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from npjit._array.array import SCALARS
from npjit._array.needed import need_value
from npjit._array.view import View, shadow_of, view_of_shadow
from npjit._graph.aval import Aval
from npjit._graph.structure import Structure
from npjit.errors import ConcretizationError

__all__ = ["as_bound", "basic_key", "basic_view", "plain_key"]


@lru_cache(maxsize=16384)
def basic_view(
    aval: Aval, structure: Structure, key: tuple
) -> tuple[View, Structure] | None:
    """The view of a basic index, and the chain of primitives that leads there."""
    shadow = shadow_of(aval)
    index = tuple(slice(*k) if type(k) is tuple else k for k in key)
    # The Ellipsis keeps NumPy from reading an element of the shadow.
    child = shadow[index if Ellipsis in key else (*index, ...)]
    view = view_of_shadow(aval, shadow, child)
    return None if view is None else (view, structure.extended(view.prims))


def plain_key(key: tuple) -> tuple | None:
    """A key of integers, slices, None and Ellipsis, as hashable parts."""
    parts: list[Any] = []
    for k in key:
        kind = type(k)
        if kind is slice:
            part = k.start, k.stop, k.step
            if not _BOUNDS.issuperset(map(type, part)):
                return None
            parts.append(part)
        elif kind in _PLAIN:
            parts.append(k)
        else:
            return None
    return tuple(parts)


#: The types of most indices, and of the bounds of most slices.
_PLAIN = frozenset({int, type(None), type(...)})
_BOUNDS = frozenset({int, type(None)})


def basic_key(key: tuple) -> tuple | None:
    """The key as hashable parts, if it is basic."""
    parts: list[Any] = []
    for k in key:
        kind = type(k)
        if kind is slice:
            parts.append((as_bound(k.start), as_bound(k.stop), as_bound(k.step)))
        elif kind in _PLAIN:
            parts.append(k)
        elif isinstance(k, np.integer):
            try:
                parts.append(int(k))
            except ConcretizationError:  # to JAX it is an index array without axes
                return None
        elif kind in SCALARS and k._aval.dtype.kind in "iu":
            parts.append(int(need_value(k, "index")))
        else:
            return None
    return tuple(parts)


def as_bound(bound: Any) -> int | None:
    """A bound of a slice, as Python asks for it."""
    return None if bound is None else bound.__index__()
