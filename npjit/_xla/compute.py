"""The results of one recorded call, by its rule."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.lib.array_utils import normalize_axis_tuple

from npjit._array import index_operations as recorded
from npjit._chapters.infer import Inferred
from npjit._chapters.registry import Kind
from npjit._xla import selection
from npjit._xla.arguments import COMPLETED, complete_method
from npjit._xla.casts import cast
from npjit._xla.complex_arithmetic import multiply_by_real
from npjit._xla.exactness import is_exact
from npjit._xla.rules import required_rule
from npjit._xla.rules.ufuncs import power_by_number
from npjit.errors import Reason, Unsupported

__all__ = ["compute", "compute_any"]

#: Parameters of ufuncs that say how to find the loop; it is found.
_LOOP_PARAMETERS = frozenset({"dtype", "casting", "order", "subok", "signature"})


def compute_any(inferred: Inferred, args: list, kwargs: dict) -> Sequence[Any]:
    """The results of one recorded call, of arrays or of selections."""
    op = inferred.op
    if op in _SELECTING or any(isinstance(x, selection.Masked) for x in args):
        return selection.compute(inferred, args, kwargs, compute)
    return compute(inferred, args, kwargs)


_SELECTING = frozenset({recorded.SELECT, recorded.SELECT_AT, recorded.NONZERO})


def compute(inferred: Inferred, args: list, kwargs: dict) -> Sequence[jax.Array]:
    """The results of one recorded call, by its rule."""
    op = inferred.op
    if op.kind is Kind.UFUNC:
        return _ufunc(inferred, args, kwargs)
    if op.kind is Kind.REDUCTION:
        return [_reduction(inferred, args, kwargs)]
    special = COMPLETED.get(op.rule) or complete_method(op.rule)
    if special is not None:
        return [special(inferred, *args, **kwargs)]
    result = required_rule(op.rule)(*args, **kwargs)
    return result if isinstance(result, (list, tuple)) else [result]


def _ufunc(inferred: Inferred, args: list, kwargs: dict) -> Sequence[jax.Array]:
    loop = inferred.loop
    assert loop is not None
    if set(kwargs) - _LOOP_PARAMETERS - {"where"}:
        raise Unsupported(Reason.PARAMETER, ", ".join(kwargs))
    cast_args = [cast(a, d) for a, d in zip(args, loop, strict=False)]
    rule = required_rule(inferred.op.rule)
    if inferred.op.rule is np.multiply and _is_real_by_complex(args):
        rule = multiply_by_real
    result: Any
    if inferred.op.rule is np.power and _is_by_number(cast_args):
        result = power_by_number(*cast_args)
    else:
        result = rule(*jnp.broadcast_arrays(*cast_args))
    results: tuple[jax.Array, ...] = result if isinstance(result, tuple) else (result,)
    if "where" in kwargs:  # what is not computed is undefined without out=
        shape = inferred.outs[0].shape
        results = tuple(jnp.broadcast_to(r, shape) for r in results)
    return results


def _is_real_by_complex(args: Sequence[jax.Array]) -> bool:
    return {a.dtype.kind == "c" for a in args} == {True, False}


def _is_by_number(args: Sequence[jax.Array]) -> bool:
    x, y = args
    is_float = x.dtype in (np.float32, np.float64)
    return is_float and y.ndim == 0 < x.ndim and is_exact()


def _reduction(inferred: Inferred, args: list, kwargs: dict) -> jax.Array:
    op = inferred.op
    a = jnp.asarray(args[0])
    params = dict(kwargs)
    owner = getattr(op.rule, "__self__", None)
    is_method = isinstance(owner, np.ufunc)
    rule = required_rule(op.rule)
    axis = params.pop("axis", 0 if is_method else None)
    if a.ndim == 0 and axis in (0, -1):  # NumPy lets a number be reduced
        axis = None
    axes = range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim)
    params["axis"] = tuple(sorted(axes))
    params["keepdims"] = bool(params.pop("keepdims", False))
    if inferred.outs and "dtype" not in params:
        params["dtype"] = inferred.outs[0].dtype
    elif "dtype" not in params:
        # With out= NumPy accumulates in the dtype of the result it would make.
        raise Unsupported(Reason.PARAMETER, "out")
    params["dtype"] = np.dtype(params["dtype"])
    if params.get("where") is True:
        del params["where"]
    if op.rule is np.ptp:
        del params["dtype"]
    if op.rule in (np.var, np.std) and a.dtype.kind == "c":
        params["dtype"] = a.dtype
    return rule(a, **params)
