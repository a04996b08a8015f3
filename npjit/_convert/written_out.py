"""NumPy's functions that call Python code or go by values, written out.

Where JAX traces, no real array can be handed to them. Here they are said in functions
that are recorded: converted, they do what NumPy's do.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.lib.array_utils import normalize_axis_index
from numpy.polynomial import polynomial, polyutils

from npjit._convert.questions import (
    are_none,
    ends,
    first,
    items,
    recorded,
    windows,
    with_strides,
)

__all__ = ["BY_VALUES", "WRITTEN_OUT", "vectorized"]


# What calls Python code -------------------------------------------------------------


def _piecewise(x, condlist, funclist, *args, **kw):
    x = np.asanyarray(x)
    if (
        np.isscalar(condlist)
        or not isinstance(condlist, (list, tuple, np.ndarray))
        or (x.ndim and not isinstance(condlist[0], (list, np.ndarray)))
    ):
        condlist = [condlist]
    conditions = np.asarray(condlist, dtype=bool)
    n = len(conditions)
    if n == len(funclist) - 1:
        otherwise = ~np.any(conditions, axis=0, keepdims=True)
        conditions = np.concatenate([conditions, otherwise])
    elif n != len(funclist):
        raise ValueError(f"with {n} condition(s), either {n} or {n + 1} functions")
    cells = np.atleast_1d(x)
    y = np.zeros_like(cells)
    for condition, func in zip(conditions, funclist, strict=True):
        mask = np.atleast_1d(condition)
        if not callable(func):
            y[mask] = func
        elif not are_none(mask):
            y[mask] = func(cells[mask], *args, **kw)
    return y.reshape(x.shape)


def _apply_along_axis(func1d, axis, arr, *args, **kwargs):
    arr = np.asanyarray(arr)
    axis = normalize_axis_index(axis, arr.ndim)
    rows = np.moveaxis(arr, axis, -1)
    found = [
        np.asanyarray(func1d(rows[place], *args, **kwargs))
        for place in np.ndindex(rows.shape[:-1])
    ]
    if not found:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    n = found[0].ndim
    made = np.stack([np.asarray(x, dtype=found[0].dtype) for x in found])
    made = made.reshape(rows.shape[:-1] + found[0].shape)
    last = list(range(made.ndim - n, made.ndim))
    return np.moveaxis(made, last, list(range(axis, axis + n)))


def vectorized(self, *args, **kwargs):
    if self.pyfunc is np._NoValue:  # it decorates
        self.pyfunc = args[0]
        return self
    places = [i for i in range(len(args)) if i not in self.excluded]
    names = [name for name in kwargs if name not in self.excluded]
    given = [np.asanyarray(args[i]) for i in places]
    given += [np.asanyarray(kwargs[name]) for name in names]
    core = _core_dims(self.signature, len(given))
    outer = [a.shape[: a.ndim - n] for a, n in zip(given, core, strict=True)]
    shape = np.broadcast_shapes(*outer)
    whole = [
        items(np.broadcast_to(a, shape + a.shape[a.ndim - n :]), n)
        for a, n in zip(given, core, strict=True)
    ]
    found = []
    for elements in zip(*whole, strict=True):
        positional, named = list(args), dict(kwargs)
        for i, a in zip(places, elements, strict=False):
            positional[i] = a
        named.update(zip(names, elements[len(places) :], strict=True))
        found.append(self.pyfunc(*positional, **named))
    if not found:
        raise ValueError("cannot call `vectorize` on size 0 inputs where JAX traces")
    if isinstance(found[0], tuple):
        columns = zip(*found, strict=True)
        return tuple(_gathered(self, k, x, shape) for k, x in enumerate(columns))
    return _gathered(self, 0, found, shape)


def _core_dims(signature, n):
    """How many of the last axes of each argument the function is given at once."""
    if signature is None:
        return [0] * n
    inputs = signature.partition("->")[0].replace(" ", "").strip("()").split("),(")
    return [len([dim for dim in x.split(",") if dim]) for x in inputs]


def _gathered(self, k, values, shape):
    """One of the results; its dtype is that of the first value, as in NumPy."""
    one = np.asarray(values[0])
    dtype = one.dtype if self.otypes is None else np.dtype(self.otypes[k])
    made = np.stack([np.asarray(x) for x in values]).astype(dtype)
    return made.reshape(shape + one.shape)


def _fromfunction(function, shape, *, dtype=float, like=None, **kwargs):
    return function(*np.indices(shape, dtype=dtype), **kwargs)


def _fromiter(iter, dtype, count=-1, *, like=None):
    if count >= 0:
        iter = itertools.islice(iter, count)
    return np.array(list(iter), dtype=dtype)


def _ndenumerate(arr):
    return ((place, arr[place]) for place in np.ndindex(arr.shape))


# What goes by values ------------------------------------------------------------------


def _unique(
    ar,
    return_index=False,
    return_inverse=False,
    return_counts=False,
    axis=None,
    *,
    equal_nan=True,
    sorted=True,
):
    a = np.ravel(ar)
    if axis is not None and np.ndim(ar) > 1:
        which = return_index, return_inverse, return_counts
        return recorded(np.unique, ar, *which, axis)
    order = np.argsort(a, kind="stable")
    values = a[order]
    is_new = values[1:] != values[:-1]
    if equal_nan:
        is_new &= ~np.isnan(values[:-1])
    starts = np.flatnonzero(np.concatenate([[True] * min(len(a), 1), is_new]))
    found = [values[starts]]
    if return_index:
        found.append(order[starts])
    if return_inverse:
        inverse = np.empty(len(a), dtype=np.intp)
        inverse[order] = np.searchsorted(starts, np.arange(len(a)), side="right") - 1
        found.append(inverse.reshape(np.shape(ar) if axis is None else -1))
    if return_counts:
        found.append(np.diff(np.append(starts, len(a))))
    return tuple(found) if len(found) > 1 else found[0]


def _trim_zeros(filt, trim="fb", axis=None):
    if np.ndim(filt) != 1:
        return recorded(np.trim_zeros, filt, trim, axis)
    start, stop = ends(np.asarray(filt) != 0)
    if start == stop:
        return filt[:0]
    trim = trim.lower()
    return filt[start if "f" in trim else None : stop if "b" in trim else None]


def _trimseq(seq):
    _, stop = ends(np.asarray(seq) != 0)
    return seq[: max(stop, 1)] if stop is not None else seq


def _polymul(a1, a2):
    if isinstance(a1, np.poly1d) or isinstance(a2, np.poly1d):
        return np.poly1d(np.polymul(_coefficients(a1), _coefficients(a2)))
    return np.convolve(_coefficients(a1), _coefficients(a2))


def _coefficients(a):
    """Those of a polynomial, the first of which is not zero."""
    a = a.coeffs if isinstance(a, np.poly1d) else np.atleast_1d(a)
    return a[min(first(a != 0), len(a) - 1) :]


def _polydiv(u, v):
    if isinstance(u, np.poly1d) or isinstance(v, np.poly1d):
        q, r = np.polydiv(_coefficients(u), _coefficients(v))
        return np.poly1d(q), np.poly1d(r)
    u, v = np.atleast_1d(u) + 0.0, np.atleast_1d(v) + 0.0
    n = max(len(u) - len(v) + 1, 0)
    q = np.zeros(max(n, 1), np.result_type(u, v))
    r = u.astype(q.dtype)
    for k in range(n):
        q[k] = r[k] / v[0]
        r[k : k + len(v)] -= q[k] * v
    kept = min(n, len(r) - 1)
    start = kept + first(~np.isclose(r[kept:], 0, rtol=1e-14))
    return q, r[min(start, len(r) - 1) :]


def _roots(p):
    p = np.atleast_1d(p)
    if p.ndim != 1:
        raise ValueError("Input must be a rank-1 array.")
    start, stop = ends(p != 0)
    n_zero = 0 if stop is None else len(p) - stop
    p = p[start:stop] * 1.0
    if len(p) < 2:
        return np.zeros(n_zero if len(p) else 0)
    companion = np.diag(np.ones(len(p) - 2, p.dtype), -1)
    companion[0] = -p[1:] / p[0]
    return np.concatenate([np.linalg.eigvals(companion), np.zeros(n_zero)])


def _eigvals(a):
    values = recorded(np.linalg.eigvals, a)
    is_real = not np.iscomplexobj(a) and are_none(values.imag != 0)
    return values.real if is_real else values


def _eig(a):
    values, vectors = recorded(np.linalg.eig, a)
    if not np.iscomplexobj(a) and are_none(values.imag != 0):
        values, vectors = values.real, vectors.real
    return _PAIR(values, vectors)


_PAIR: Final = type(np.linalg.eig(np.eye(1)))


# What is about memory -----------------------------------------------------------------


def _broadcast_arrays(*args, subok=False):
    arrays = [np.asarray(a) for a in args]
    shape = np.broadcast_shapes(*[a.shape for a in arrays])
    return tuple(a if a.shape == shape else np.broadcast_to(a, shape) for a in arrays)


def _sliding_window_view(x, window_shape, axis=None, *, subok=False, writeable=False):
    return windows(np.asarray(x), window_shape, axis)


def _as_strided(x, shape=None, strides=None, subok=False, writeable=True, **bounds):
    made = with_strides(np.asarray(x), shape, strides)
    if made is NotImplemented:
        return recorded(np.lib.stride_tricks.as_strided, x, shape, strides)
    return made


def _diagflat(v, k=0):
    return np.diag(np.ravel(v), k)


#: By what they are called for: those that hand elements on, or make views.
WRITTEN_OUT: Final[dict[Any, Callable[..., Any]]] = {
    np.piecewise: _piecewise,
    np.apply_along_axis: _apply_along_axis,
    np.fromfunction: _fromfunction,
    np.fromiter: _fromiter,
    np.ndenumerate: _ndenumerate,
    np.broadcast_arrays: _broadcast_arrays,
    np.lib.stride_tricks.sliding_window_view: _sliding_window_view,
    np.lib.stride_tricks.as_strided: _as_strided,
    np.diagflat: _diagflat,
    **{
        func: inspect.unwrap(func)  # as NumPy has them
        for func in (
            *(polynomial.polyval2d, polynomial.polygrid2d, np.real_if_close),
            *(np.emath.sqrt, np.emath.log, np.emath.log2, np.emath.log10),
            *(np.emath.power, np.emath.arccos, np.emath.arcsin, np.emath.arctanh),
        )
    },
}
#: Those that go by values. Where these are known NumPy computes.
BY_VALUES: Final[dict[Any, Callable[..., Any]]] = {
    np.unique: _unique,
    np.trim_zeros: _trim_zeros,
    polyutils.trimseq: _trimseq,
    np.polymul: _polymul,
    np.polydiv: _polydiv,
    np.roots: _roots,
    np.linalg.eig: _eig,
    np.linalg.eigvals: _eigvals,
}
