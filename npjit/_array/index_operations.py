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
    "BLOCK",
    "CHOOSE",
    "GATHER",
    "GET_ON_HOST",
    "ITEM",
    "LENGTH",
    "NONZERO",
    "PUT",
    "PUT_AT",
    "PUT_MASK",
    "PUT_SELECTED",
    "RESHAPE_COPY",
    "SCATTER",
    "SELECT",
    "SELECT_AT",
    "SELECT_CASES",
    "SET_ON_HOST",
    "SORT_INTO",
    "TAKE",
    "UFUNC_AT",
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


def sort_into(*, out, axis=-1, **how):
    """`out.sort(axis)`."""
    out.sort(axis, **how)


def ufunc_at(value, *indices, key, ufunc, out):
    """`ufunc.at(out, key, value)`."""
    ufunc.at(out, fill_key(key, indices), value)


def select(a, mask):
    """`a[mask]`."""
    return a[mask]


def select_at(a, *indices):
    """`a[i, j]`, where `i, j = np.nonzero(mask)`."""
    return a[indices]


def put_selected(value, mask, *, out):
    """`out[mask] = value`, for proxies with as many elements as `value` has rows."""
    out[(np.zeros(len(value), int),) * mask.ndim] = value


def put_at(value, *indices, out):
    """`out[i, j] = value`, where `i, j = np.nonzero(mask)`."""
    out[indices] = value


def choose(a, *choices, mode="raise"):
    """`np.choose`, its choices apart."""
    return np.choose(a, choices, mode=mode)


def select_cases(*arrays, n):
    """`np.select` of n conditions, their choices and a default."""
    return np.select(list(arrays[:n]), list(arrays[n:-1]), arrays[-1])


def put(v, ind, *, out, mode="raise"):
    """`np.put(out, ind, v)`."""
    np.put(out, ind, v, mode)


def block(*leaves, template):
    """`np.block` of nested lists, in which a number stands for each leaf."""
    return np.block(_filled(template, leaves))


def _filled(template: Any, leaves: tuple) -> Any:
    if type(template) is list:
        return [_filled(item, leaves) for item in template]
    return leaves[template]


def length(a):
    """`len(a)`, as an operation."""
    return np.int64(len(a))


def assemble(*elements, shape, dtype):
    """`np.array` of nested lists: elements of one shape, in C order of the nesting."""
    result = np.empty(shape, dtype)
    rows = result.reshape((len(elements), *np.shape(elements[0])))
    for i, element in enumerate(elements):
        rows[i] = element
    return result


def _spell_assemble(*elements, shape, dtype):
    n_nested = len(shape) - np.ndim(elements[0])
    if not n_nested:
        return np.array, (elements[0], dtype)
    items = list(elements)
    for n in reversed(shape[1:n_nested]):
        items = [items[k : k + n] for k in range(0, len(items), n)]
    return np.array, (items, dtype)


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


_sort = np.ndarray.sort
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
SORT_INTO = _operation(
    sort_into,
    "ndarray.sort",
    Kind.WRITE,
    spelling=lambda *, out, axis=-1, **how: (_sort, (out, axis, *how.values())),
)
UFUNC_AT = _operation(
    ufunc_at,
    "ufunc.at",
    Kind.WRITE,
    spelling=lambda v, *ix, key, ufunc, out: (ufunc.at, (out, fill_key(key, ix), v)),
)
SELECT = _operation(
    select,
    "ndarray.__getitem__",
    spelling=lambda a, mask: (_read_item, (a, mask)),
)
SELECT_AT = _operation(
    select_at,
    "ndarray.__getitem__",
    spelling=lambda a, *ix: (_read_item, (a, ix)),
)
PUT_SELECTED = _operation(
    put_selected,
    "ndarray.__setitem__",
    Kind.WRITE,
    spelling=lambda value, mask, *, out: (_write_item, (out, mask, value)),
)
PUT_AT = _operation(
    put_at,
    "ndarray.__setitem__",
    Kind.WRITE,
    spelling=lambda value, *ix, out: (_write_item, (out, ix, value)),
)
NONZERO = _operation(np.nonzero, "np.nonzero")
LENGTH = _operation(length, "len")
# Of these the numbers are data, and have to fit the result.
BLOCK = _operation(block, "np.block", exact_dims=True, data=("leaves",))
CHOOSE = _operation(choose, "np.choose", data=("choices",))
SELECT_CASES = _operation(select_cases, "np.select", data=("arrays",))
PUT = _operation(
    put,
    "np.put",
    Kind.WRITE,
    spelling=lambda v, ind, *, out, mode="raise": (np.put, (out, ind, v, mode)),
)
ASSEMBLE = _operation(assemble, "np.array", exact_dims=True, spelling=_spell_assemble)
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
RESHAPE_COPY = _operation(_copying_reshape, "np.ravel", exact_dims=True)
