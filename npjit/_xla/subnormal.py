"""Whether a program's inputs hold subnormal numbers, which XLA:CPU flushes to zero.

What ``exact="subnormal"`` asks before each run. Subnormals that appear inside of a
program are not seen. float16 does not count: it is computed in float32.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from npjit._graph.log import Log
from npjit._xla.compile import leaf_value
from npjit._xla.numbers import value_places

__all__ = ["holds_subnormal"]

_BITS = {4: np.uint32, 8: np.uint64}
_LARGEST_TINY = float(np.finfo(np.float32).tiny)


def holds_subnormal(log: Log) -> bool:
    """Whether an array or a number that goes into a program holds a subnormal.

    Parameters
    ----------
    log : Log
        Its leaves and numbers are looked at, in one pass each.

    Returns
    -------
    bool
        True if a float32 or float64, or a part of a complex number, is subnormal.
    """
    leaves = (log.storages[slot] for slot in log.leaf_slots)
    return any(map(_any_subnormal, map(_floats_of, leaves))) or _in_numbers(log)


def _floats_of(storage: Any) -> np.ndarray:
    if storage.aval.dtype.kind not in "fc":
        return np.empty(0)
    return np.asarray(leaf_value(storage))


def _in_numbers(log: Log) -> bool:
    # Most have no number that is tiny in any dtype: the dtypes are then not asked for.
    if not any(map(_is_tiny, log.values)):
        return False
    places = value_places(log.entries, log.values)
    return any(
        _any_subnormal(np.asarray(log.values[index], dtype))
        for index, (dtype, _) in places.items()
        if np.dtype(dtype).kind in "fc"
    )


def _is_tiny(number: Any) -> bool:
    if not isinstance(number, (float, complex, np.inexact)):
        return False
    return any(0 < abs(part) < _LARGEST_TINY for part in (number.real, number.imag))


def _any_subnormal(a: np.ndarray) -> bool:
    if a.dtype.kind == "c":
        return _any_subnormal(a.real) or _any_subnormal(a.imag)
    if a.dtype.itemsize not in _BITS:
        return False
    unsigned = _BITS[a.dtype.itemsize]
    normal = np.asarray(np.finfo(a.dtype).tiny).view(unsigned)
    # Without the sign, less one: zero becomes the largest number of all.
    size = (a.view(unsigned) << unsigned(1)) - unsigned(1)
    return bool((size < (normal << unsigned(1)) - unsigned(1)).any())
