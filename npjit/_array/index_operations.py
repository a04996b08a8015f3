"""What indexing and reshaping record: operations that are no function of NumPy's.

Each is a Python function of NumPy's kind, for `infer`, with the spelling that the host
engine calls.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from npjit._chapters.registry import Kind, Operation

__all__ = [
    "ASSEMBLE",
    "ASSIGN",
    "GATHER",
    "GET_ON_HOST",
    "ITEM",
    "PUT_MASK",
    "RESHAPE",
    "RESHAPE_COPY",
    "SCATTER",
    "SET_ON_HOST",
    "TAKE",
]


def assign(value, *, out):
    """`out[...] = value`."""
    out[...] = value


def item(a):
    """The scalar that an array without axes holds."""
    return a[()]


def gather(a, *indices, key):
    """`a[key]`, where `("array", i)` in the key stands for `indices[i]`."""
    return a[fill_key(key, indices)]


def scatter(value, *indices, key, out):
    """`out[key] = value`."""
    out[fill_key(key, indices)] = value


def put_mask(value, mask, *, out):
    """`out[mask] = value`."""
    out[mask] = value


def assemble(*elements, shape, dtype):
    """`np.array` of nested lists: elements of one shape, in C order of the nesting."""
    result = np.empty(shape, dtype)
    rows = result.reshape((len(elements), *np.shape(elements[0])))
    for i, element in enumerate(elements):
        rows[i] = element
    return result


def fill_key(key: tuple, indices: tuple) -> tuple:
    """A NumPy index from its static template."""
    return tuple(_fill(part, indices) for part in key)


def _fill(part: Any, indices: tuple) -> Any:
    if type(part) is tuple:
        return indices[part[1]] if part[0] == "array" else slice(*part[1:])
    return part


def _copying_reshape(a, *, shape, order="C"):
    return np.array(np.reshape(a, shape, order), order="C", copy=True)


def _operation(func: Any, name: str, kind=Kind.FUNCTION, **about: Any) -> Operation:
    def bind(*args: Any, **kwargs: Any) -> tuple[tuple, dict]:
        return args, kwargs

    return Operation(func, kind, name=name, bind=bind, **about)


_read_item, _write_item = np.ndarray.__getitem__, np.ndarray.__setitem__
ASSIGN = _operation(
    assign,
    "ndarray.__setitem__",
    Kind.WRITE,
    spelling=lambda value, *, out: (_write_item, (out, ..., value)),
)
ITEM = _operation(item, "ndarray.__getitem__")
TAKE = _operation(np.take, "np.take")
GATHER = _operation(
    gather,
    "ndarray.__getitem__",
    spelling=lambda a, *ix, key: (_read_item, (a, fill_key(key, ix))),
)
SCATTER = _operation(
    scatter,
    "ndarray.__setitem__",
    Kind.WRITE,
    spelling=lambda v, *ix, key, out: (_write_item, (out, fill_key(key, ix), v)),
)
PUT_MASK = _operation(
    put_mask,
    "ndarray.__setitem__",
    Kind.WRITE,
    spelling=lambda value, mask, *, out: (_write_item, (out, mask, value)),
)
ASSEMBLE = _operation(assemble, "np.array", exact_dims=True)
GET_ON_HOST = Operation(
    np.ndarray.__getitem__,
    Kind.HOST,
    name="ndarray.__getitem__",
    bind=lambda *args: (args, {}),
)
SET_ON_HOST = Operation(
    np.ndarray.__setitem__,
    Kind.HOST,
    name="ndarray.__setitem__",
    bind=lambda *args: (args, {}),
    writes=("self",),
)
RESHAPE = _operation(lambda a, **kw: np.reshape(a, **kw), "np.reshape", exact_dims=True)
RESHAPE_COPY = _operation(_copying_reshape, "np.ravel", exact_dims=True)
