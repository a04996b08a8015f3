"""What an operation's operands do not explain of its NaN and infinities.

The look from near: whether an operation itself has divided by zero, overflowed, or was
invalid, when NaN and infinity are among its operands anyway.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._chapters.registry import Kind
from npjit._chapters.reports import DIVIDE, INVALID, OVER, UNDER
from npjit._graph.log import Entry
from npjit._xla.looks import ufunc_of
from npjit._xla.selection import Masked, arrays_in, elements

__all__ = ["unexplained"]


def unexplained(
    entry: Entry, args: list, kwargs: dict, value: jax.Array, code: int
) -> jax.Array | None:
    """Where NaN or infinity came up that the operands do not explain.

    Parameters
    ----------
    entry, args, kwargs
        The operation and its operands, traced.
    value : jax.Array
        Its result; of a selection all elements.
    code : int
        The bits of what is reported.

    Returns
    -------
    jax.Array of bool or None
        None if the result cannot hold any.
    """
    if value.dtype.kind not in "fc":
        return None
    op = entry.inferred.op
    if code & UNDER and op.rule not in _NEVER_UNDER:
        return _may_underflow(op.rule, args, value)
    nan, infinite = jnp.isnan(value), jnp.isinf(value)
    operands = [elements(x) for x in arrays_in(args)]
    operands = [x for x in operands if x.dtype.kind in "fc"]
    if op.rule in _SUMS and "where" not in kwargs and type(args[0]) is not Masked:
        if operands:
            return _unexplained_sum(entry, kwargs, operands[0], value)
        return nan | infinite
    if op.kind is not Kind.UFUNC:
        return nan | infinite
    if any(x.dtype.kind == "c" for x in operands):
        return _unexplained_complex(op.rule, operands, value)
    if op.rule is np.nextafter:  # the second one only says where to
        operands = operands[:1]
    nan_in = _any([jnp.isnan(x) for x in operands])
    bad = nan & ~nan_in if code & INVALID else jnp.zeros_like(nan)
    new = infinite & ~nan_in & ~_any([jnp.isinf(x) for x in operands])
    at_pole = _at_pole(op.rule, args)
    if code & DIVIDE:
        bad = bad | (new & at_pole)
    if code & OVER:
        bad = bad | (new & ~at_pole)
    return bad


def _unexplained_complex(rule: Any, operands: list, value: jax.Array) -> jax.Array:
    """Where a complex operation may report; a NaN in one part explains nothing else."""
    if rule in (np.add, np.subtract):
        bad = jnp.zeros(value.shape, bool)
        for part in (jnp.real, jnp.imag):
            given = [part(x) for x in operands]
            new = ~jnp.isfinite(part(value)) & ~_any([jnp.isnan(x) for x in given])
            invalid = jnp.isnan(part(value))
            bad = bad | (new & (invalid | ~_any([jnp.isinf(x) for x in given])))
        return bad
    if rule is np.absolute:
        return ~jnp.isfinite(value) & jnp.isfinite(operands[0])
    if rule is np.divide:  # it computes with the parts of NaN, too
        return ~jnp.isfinite(value)
    is_nan = [jnp.isnan(jnp.real(x)) & jnp.isnan(jnp.imag(x)) for x in operands]
    return ~jnp.isfinite(value) & ~_any(is_nan)


def _unexplained_sum(
    entry: Entry, kwargs: dict, x: jax.Array, value: jax.Array
) -> jax.Array:
    """Where a sum, or the like, is not what its elements explain."""
    axis = kwargs.get("axis", 0 if ufunc_of(entry) is not None else None)
    given: dict[str, Any] = {"keepdims": bool(kwargs.get("keepdims", False))}
    given["axis"] = axis if x.ndim else None

    def explained() -> jax.Array:
        nan_in = jnp.any(jnp.isnan(x), **given)
        infinite_in = jnp.any(jnp.isinf(x), **given)
        bad = ~jnp.isfinite(value) & ~nan_in & ~infinite_in
        bad = bad | (jnp.isnan(value) & infinite_in)
        if entry.inferred.op.rule in (np.sum, np.mean, np.add.reduce):
            finite = jnp.where(jnp.isfinite(x), x, jnp.zeros_like(x))
            bad = bad | ~jnp.isfinite(jnp.sum(finite, **given))
        return bad

    # A sum that is finite has no element that is not.
    doubtful = jnp.any(~jnp.isfinite(value))
    return lax.cond(doubtful, explained, lambda: jnp.zeros(value.shape, bool))


#: Reductions of which each result is NaN or infinite where an element it takes is.
_SUMS = frozenset(
    {np.sum, np.prod, np.mean, np.var, np.std, np.add.reduce, np.multiply.reduce}
)


#: Ufuncs whose results are never too small for what they would be.
_NEVER_UNDER = frozenset(
    {np.add, np.subtract, np.sqrt, np.cbrt, np.log, np.log2, np.log10, np.log1p}
    | {np.cos, np.cosh, np.arccos, np.arccosh, np.floor_divide}
)


def _may_underflow(rule: Any, args: list, value: jax.Array) -> jax.Array:
    """Where a result is not finite, or so small that it may not be exact."""
    if rule not in (np.multiply, np.divide, np.square, np.exp):
        return jnp.ones(value.shape, bool)  # it may have been so on the way
    smallest = jnp.asarray(2 * np.finfo(value.dtype).tiny, value.real.dtype)
    parts = (value.real, value.imag) if value.dtype.kind == "c" else (value,)
    small = _any([jnp.abs(part) < smallest for part in parts])
    for x in args if rule is not np.exp else ():
        small = small & (elements(x) != jnp.zeros((), elements(x).dtype))
    return small | ~jnp.isfinite(value)


def _any(parts: list[jax.Array]) -> jax.Array:
    result = jnp.asarray(False)
    for part in parts:
        result = result | part
    return result


def _at_pole(rule: Any, args: list) -> jax.Array:
    """Where an infinite result is a division by zero, and no overflow."""
    if rule in (np.divide, np.floor_divide):
        divisor = elements(args[1])
        return divisor == jnp.zeros((), divisor.dtype)
    if rule in (np.reciprocal, np.power, np.float_power):
        x = elements(args[0])
        return x == jnp.zeros((), x.dtype)
    return jnp.asarray(rule in _POLES)


_POLES = frozenset({np.log, np.log2, np.log10, np.log1p, np.arctanh})
