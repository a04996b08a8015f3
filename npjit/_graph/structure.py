"""View structures: how a view is reached from the root of its storage.

A structure is a chain of primitives, applied from the root outwards:

`("index", ((size, step, keep), ...))`
    one triple per axis; element `i` of the result is `x[start + i * step]`,
    `keep=False` drops the axis. The starts are no part of the structure: a loop that
    moves an index keeps its structure, and its programs.
`("transpose", axes)`, `("reshape", shape)`, `("broadcast", shape)`,
`("diagonal", offset, axis1, axis2)`, `("real",)`, `("imag",)`, `("bitcast", dtype)`
    as in NumPy.
`("strided", shape, steps)`
    what `as_strided` makes of an array in C order, `steps` in elements; read only, and
    only where JAX traces.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.lib.stride_tricks import as_strided

__all__ = ["ROOT", "Primitive", "Structure", "apply"]

Primitive = tuple[Any, ...]
_MAX_CHILDREN: Final = 10_000
_ids = itertools.count()


class Structure:
    """A chain of primitives, interned in a tree below `ROOT`."""

    __slots__ = ("children", "id", "n_starts", "prims")

    def __init__(self, prims: tuple[Primitive, ...]):
        self.prims = prims
        self.id = next(_ids)
        self.n_starts = sum(len(p[1]) for p in prims if p[0] == "index")
        self.children: dict[Primitive, Structure] = {}

    def then(self, prim: Primitive) -> Structure:
        """The chain with one primitive more."""
        found = self.children.get(prim)
        if found is None:
            if len(self.children) > _MAX_CHILDREN:
                self.children.clear()
            found = self.children[prim] = Structure((*self.prims, prim))
        return found

    def extended(self, prims: Sequence[Primitive]) -> Structure:
        """The chain with several primitives more."""
        structure = self
        for prim in prims:
            structure = structure.then(prim)
        return structure

    def __repr__(self) -> str:
        return f"Structure({self.prims})"


ROOT: Final = Structure(())


def _key(triples: Sequence, starts: Sequence[int]) -> tuple:
    key: list[int | slice] = []
    for (size, step, keep), start in zip(triples, starts, strict=True):
        if not keep:
            key.append(start)
            continue
        stop = start + size * step
        key.append(slice(start, None if stop < 0 else stop, step))
    return tuple(key)


def _apply_one(prim: Primitive, a: np.ndarray, starts: Sequence[int]) -> np.ndarray:
    match prim:
        case ("index", triples):
            return a[(*_key(triples, starts), ...)]
        case ("transpose", axes):
            return a.transpose(axes)
        case ("reshape", shape):
            return a.reshape(shape, copy=False)
        case ("broadcast", shape):
            return np.broadcast_to(a, shape)
        case ("diagonal", offset, axis1, axis2):
            return a.diagonal(offset, axis1, axis2)
        case ("strided", shape, steps):
            flat = np.ascontiguousarray(a).reshape(-1)
            strides = tuple(step * a.itemsize for step in steps)
            return as_strided(flat, shape, strides, writeable=False)
        case ("real",):
            return a.real
        case ("imag",):
            return a.imag
        case ("bitcast", dtype):
            return a.view(dtype)
    raise AssertionError(prim)


def apply(structure: Structure, root: np.ndarray, starts: Sequence[int]) -> np.ndarray:
    """The real view of a real root."""
    position = 0
    for prim in structure.prims:
        count = len(prim[1]) if prim[0] == "index" else 0
        root = _apply_one(prim, root, starts[position : position + count])
        position += count
    return root
