"""`ufunc.at(a, indices, b)`: recorded once the indices are known to be in bounds."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from npjit._array.array import STAND_INS, Array, lift_array
from npjit._array.entries import is_writeable
from npjit._array.host_node import call_on_numbers, has_stand_in
from npjit._array.index_arrays import template_of
from npjit._array.index_functions import CHECKED, array_in
from npjit._array.index_operations import UFUNC_AT
from npjit._array.indexing import with_whole_slices
from npjit._array.recorder import record
from npjit._chapters.ufuncs import SCATTERED
from npjit._graph.trace import Trace
from npjit.errors import Reason, Unsupported

__all__ = ["ufunc_at"]


def ufunc_at(ufunc: np.ufunc, trace: Trace, a: Any, indices: Any, b: Any) -> None:
    """Write `ufunc(a[i], b[i])` for one index after the other."""
    array, value = array_in(trace, a), _as_array(trace, b)
    keys = indices if type(indices) is tuple else (indices,)
    if not is_writeable(array) or not _has_own_loop(ufunc, array, value):
        raise Unsupported(Reason.CAN_FAIL)
    part, keys = with_whole_slices(array, keys)
    template = template_of(trace, part, keys)
    if template is None:
        raise Unsupported(Reason.CAN_FAIL)
    spec, index_arrays, _ = template
    given = {"key": spec, "ufunc": ufunc, "out": part}
    record(trace, UFUNC_AT, (value, *index_arrays), given)


def _as_array(trace: Trace, b: Any) -> Any:
    """The operand as NumPy takes it: a Python number has a dtype of its own."""
    if type(b) in STAND_INS or has_stand_in(b):
        return b
    if type(b) is np.ndarray:
        return lift_array(trace, b)
    return call_on_numbers(trace, np.asarray, (b,), {})


def _has_own_loop(ufunc: np.ufunc, array: Array, value: Any) -> bool:
    """Whether the loop computes in the dtype of the array, and not in a wider one."""
    dtype = array._aval.dtype
    if type(value) not in STAND_INS or dtype.kind == "b":
        return False
    if ufunc is np.multiply and dtype.kind == "c":  # XLA would fuse the products
        return False
    try:
        loop = ufunc.resolve_dtypes((dtype, value._aval.dtype, None))
    except TypeError:
        return False
    return all(d == dtype for d in loop)


CHECKED.update({ufunc.at: partial(ufunc_at, ufunc) for ufunc in SCATTERED})
