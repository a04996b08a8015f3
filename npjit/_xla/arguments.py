"""Calls whose rules want their arguments completed.

Each function gets what was inferred of a call and the call's arguments as recorded, and
calls the rule with canonical ones. Most need the dtype or the shape of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from npjit._array import index_operations as recorded
from npjit._chapters.infer import Inferred
from npjit._chapters.sorting import is_stable
from npjit._chapters.statistics import COUNT_IN_BINS
from npjit._xla.casts import cast
from npjit._xla.rules import required_rule, sets, sorting, statistics, ufunc_methods
from npjit._xla.rules.indexing import choose, gather, select_cases
from npjit._xla.rules.manipulation import assemble, block
from npjit.errors import Reason, Unsupported

__all__ = ["COMPLETED", "complete_method", "is_as_given"]


def _rule(inferred: Inferred) -> Callable[..., Any]:
    return required_rule(inferred.op.rule)


def _axis(axis: int | None, ndim: int) -> int | None:
    return None if axis is None else normalize_axis_index(axis, ndim)


# Creation, joining ------------------------------------------------------------------


def _join(inferred, arrays, **kwargs):
    return _rule(inferred)(*arrays, dtype=inferred.outs[0].dtype)


def _join_along(inferred, arrays, *, axis=0, **kwargs):
    aval = inferred.outs[0]
    return _rule(inferred)(*arrays, axis=_axis(axis, aval.ndim), dtype=aval.dtype)


def _create(inferred, *operands, **kwargs):
    """Creation: the result's aval says it all, a fill value is the only operand."""
    fill = [kwargs["fill_value"]] if "fill_value" in kwargs else list(operands[-1:])
    aval = inferred.outs[0]
    return _rule(inferred)(*fill, shape=aval.shape, dtype=aval.dtype)


def _square(inferred, *operands, **kwargs):
    kwargs = {k: v for k, v in kwargs.items() if k not in ("order", "device")}
    return _rule(inferred)(**{**kwargs, "dtype": inferred.outs[0].dtype})


def _linspace(inferred, start, stop, *, num=50, endpoint=True, axis=0):
    aval = inferred.outs[0]
    about = {"num": int(num), "endpoint": bool(endpoint), "dtype": aval.dtype}
    ends = cast(start, aval.dtype), cast(stop, aval.dtype)
    about["axis"] = normalize_axis_index(axis, aval.ndim)
    return _rule(inferred)(*ends, **about)


def _vander(inferred, x, *, N=None, increasing=False):
    dtype = inferred.outs[0].dtype
    n = None if N is None else int(N)
    return _rule(inferred)(x, N=n, increasing=bool(increasing), dtype=dtype)


# Arithmetic, reductions -------------------------------------------------------------


def _cast_all(inferred, *operands, **kwargs):
    dtype = inferred.outs[0].dtype
    kwargs.pop("dtype", None)
    kwargs.pop("casting", None)
    return _rule(inferred)(*[cast(a, dtype) for a in operands], **kwargs)


def _einsum(inferred, subscripts, *operands, optimize=False):
    dtype = inferred.outs[0].dtype
    cast_operands = [cast(a, dtype) for a in operands]
    return _rule(inferred)(*cast_operands, subscripts=subscripts)


def _where(inferred, condition, x, y):
    aval = inferred.outs[0]
    parts = [cast(condition, np.dtype(bool)), cast(x, aval.dtype), cast(y, aval.dtype)]
    return _rule(inferred)(*jnp.broadcast_arrays(*parts))


def _clip(inferred, a, **kwargs):
    aval = inferred.outs[0]
    low = kwargs.get("min", kwargs.get("a_min"))
    high = kwargs.get("max", kwargs.get("a_max"))
    # As they are: NumPy has a loop of its own for bounds that are one number each.
    # A bound that is a bool has come as it is.
    return _rule(inferred)(
        *[p if p is None else cast(jnp.asarray(p), aval.dtype) for p in (a, low, high)]
    )


def _cumulative(inferred, a, *, axis=None, dtype=None, **kwargs):
    if axis is None and inferred.op.rule in (np.cumulative_sum, np.cumulative_prod):
        axis = 0
    elif axis is not None:
        axis = normalize_axis_index(axis, a.ndim)
    return _rule(inferred)(a, axis=axis, dtype=inferred.outs[0].dtype, **kwargs)


def _position(inferred, a, *, axis=None, keepdims=False):
    return _rule(inferred)(a, axis=_axis(axis, a.ndim), keepdims=bool(keepdims))


def _round(inferred, a, *, decimals=0):
    dtype = inferred.outs[0].dtype
    return _rule(inferred)(a, decimals=int(decimals), dtype=dtype)


# Shapes, indices --------------------------------------------------------------------


def _astype(inferred, a, dtype=None, copy=True, **kwargs):
    return cast(a, inferred.outs[0].dtype)


def _pad(inferred, a, *, pad_width, mode="constant", constant_values=0):
    if isinstance(pad_width, dict):
        raise Unsupported(Reason.PARAMETER, "pad_width by axis")
    pairs = np.broadcast_to(np.asarray(pad_width, int), (a.ndim, 2)).tolist()
    given = {"constant_values": constant_values} if mode == "constant" else {}
    return _rule(inferred)(a, pad_width=pairs, mode=mode, **given)


def _take(inferred, a, indices, *, axis=None, mode="raise"):
    return _rule(inferred)(a, indices, axis=_axis(axis, a.ndim), mode=mode)


def _choose(inferred, a, *choices, mode="raise"):
    aval = inferred.outs[0]
    choices = tuple(cast(x, aval.dtype) for x in choices)
    return jnp.broadcast_to(choose(a, *choices, mode=mode), aval.shape)


def _select_cases(inferred, *arrays, n):
    aval = inferred.outs[0]
    choices = [cast(x, aval.dtype) for x in arrays[n:]]
    return jnp.broadcast_to(select_cases(arrays[:n], choices), aval.shape)


def _repeat(inferred, a, *, repeats, axis=None):
    return _rule(inferred)(a, repeats=int(repeats), axis=_axis(axis, a.ndim))


def _trace(inferred, a, dtype=None, **kwargs):
    return required_rule(np.trace)(a, dtype=inferred.outs[0].dtype, **kwargs)


def _linalg_trace(inferred, a, *, offset=0, dtype=None):
    return _trace(inferred, a, offset=offset, axis1=a.ndim - 2, axis2=a.ndim - 1)


def _reshape(inferred, a, *, shape, order="C", copy=None):
    return required_rule(np.reshape)(
        a, shape=inferred.outs[0].shape, order=_order(order)
    )


def _order(order: str) -> str:
    if order not in ("C", "F"):
        raise Unsupported(Reason.PARAMETER, f"order={order!r}")
    return order


def _twin(func):
    """A callable of `np.linalg` that is another name for one of NumPy's."""

    def same(inferred, *operands, **kwargs):
        dtype = inferred.outs[0].dtype
        return required_rule(func)(*[cast(a, dtype) for a in operands], **kwargs)

    return same


# Sorting, searching -----------------------------------------------------------------


def _sort(inferred, a, *, axis=-1, **how):
    return sorting.sort(a, axis=_axis(axis, a.ndim), stable=is_stable(how))


def _argsort(inferred, a, *, axis=-1, **how):
    return sorting.argsort(a, axis=_axis(axis, a.ndim))


def _lexsort(inferred, keys, *, axis=-1):
    return sorting.lexsort(keys, axis=normalize_axis_index(axis, keys[0].ndim))


def _searchsorted(inferred, a, v, *, side="left"):
    common = np.promote_types(a.dtype, v.dtype)
    return sorting.searchsorted(cast(a, common), cast(v, common), side=side)


def _isin(inferred, element, test_elements, *, invert=False):
    common = np.promote_types(element.dtype, test_elements.dtype)
    found = sets.isin(cast(element, common), cast(test_elements, common).reshape(-1))
    return ~found if invert else found


def _histogram(inferred, *operands, bins=None, range=None, density=False):
    return statistics.histogram(*operands, density=density)


# Methods of ufuncs ------------------------------------------------------------------


def complete_method(method: Any) -> Callable[..., jax.Array] | None:
    """What completes the arguments of a ufunc's method; None of another callable."""
    owner = getattr(method, "__self__", None)
    if not isinstance(owner, np.ufunc):
        return None
    return _METHODS.get(method.__name__)


_AS_GIVEN = frozenset({np.searchsorted, np.isin})


def is_as_given(func: Any) -> bool:
    """Whether a Python number has a dtype of its own here, not that of the result."""
    return func in _AS_GIVEN or complete_method(func) is _outer


def _accumulate(inferred, a, *, axis=0, dtype=None):
    ufunc = inferred.op.rule.__self__
    axis = normalize_axis_index(axis, a.ndim)
    return ufunc_methods.accumulate(ufunc, a, axis=axis, dtype=inferred.outs[0].dtype)


def _outer(inferred, a, b, *, dtype=None):
    ufunc = inferred.op.rule.__self__
    given = {} if dtype is None else {"signature": (None, None, np.dtype(dtype))}
    loop = ufunc.resolve_dtypes((a.dtype, b.dtype, None), **given)
    return ufunc_methods.outer(ufunc, cast(a, loop[0]), cast(b, loop[1]))


_METHODS: dict[str, Callable[..., jax.Array]] = {
    "accumulate": _accumulate,
    "outer": _outer,
}


# The table --------------------------------------------------------------------------

#: For a NumPy callable what completes the arguments of its rule.
COMPLETED: dict[Any, Callable[..., jax.Array]] = {
    np.sort: _sort,
    np.argsort: _argsort,
    np.lexsort: _lexsort,
    np.searchsorted: _searchsorted,
    np.isin: _isin,
    COUNT_IN_BINS.rule: _histogram,
    recorded.ITEM.func: lambda inferred, a: a,
    recorded.GATHER.func: lambda inferred, a, *indices, key: gather(
        a, *indices, key=key
    ),
    recorded.BLOCK.func: lambda inferred, *leaves, template: block(
        *leaves, template=template, dtype=inferred.outs[0].dtype
    ),
    recorded.CHOOSE.func: _choose,
    recorded.SELECT_CASES.func: _select_cases,
    recorded.ASSEMBLE.func: lambda inferred, *elements, shape, dtype: assemble(
        *elements, shape=shape, dtype=dtype
    ),
    recorded.RESHAPE_COPY.func: _reshape,
    np.where: _where,
    np.clip: _clip,
    np.einsum: _einsum,
    np.trace: _trace,
    np.linalg.trace: _linalg_trace,
    np.astype: _astype,
    np.pad: _pad,
    np.copy: _astype,
    np.repeat: _repeat,
    np.linalg.cross: _twin(np.cross),
    np.linalg.matmul: _twin(np.matmul),
    np.linalg.vecdot: _twin(np.vecdot),
    np.linalg.outer: _twin(np.outer),
    np.linalg.tensordot: _twin(np.tensordot),
}
for _funcs, _completed in (
    ((np.concatenate, np.stack), _join_along),
    ((np.hstack, np.vstack, np.dstack, np.column_stack), _join),
    ((np.zeros, np.ones, np.empty, np.full), _create),
    ((np.zeros_like, np.ones_like, np.empty_like, np.full_like), _create),
    ((np.eye, np.identity, np.tri), _square),
    ((np.vander,), _vander),
    ((np.linspace,), _linspace),
    ((np.matmul, np.vecdot, np.matvec, np.vecmat), _cast_all),
    ((np.dot, np.vdot, np.inner, np.outer, np.tensordot), _cast_all),
    ((np.cross, np.convolve, np.correlate), _cast_all),
    ((np.cumsum, np.cumprod, np.cumulative_sum, np.cumulative_prod), _cumulative),
    ((np.argmax, np.argmin), _position),
    ((np.round, np.around), _round),
    ((np.take,), _take),
):
    for _func in _funcs:
        COMPLETED[_func] = _completed
