"""`np.histogram` of given bins: the counting is recorded.

The edges are NumPy's own; where they depend on the values of the array, all of it runs
in NumPy.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from npjit._array.array import STAND_INS, Array, lift_array
from npjit._array.host_node import has_stand_in
from npjit._array.index_functions import CHECKED, array_in
from npjit._array.needed import need_value
from npjit._array.recorder import record
from npjit._chapters.statistics import COUNT_IN_BINS
from npjit._graph.trace import Trace, user_line
from npjit.errors import Reason, Unsupported

__all__ = ["histogram"]


def histogram(trace: Trace, a: Any, **given: Any) -> Any:
    """`np.histogram(a, bins, range, density, weights)`: counts and edges."""
    array = array_in(trace, a)
    edges = _edges(array, given) if _can_count(array, given) else None
    if edges is None:
        raise Unsupported(Reason.PARAMETER)
    operands = [array, edges]
    about: dict[str, Any] = {}
    if given.get("range") is not None:
        about |= {"bins": int(given.get("bins", 10)), "range": tuple(given["range"])}
    if given.get("density"):
        about["density"] = True
    if given.get("weights") is not None:
        operands.append(given["weights"])
    return record(trace, COUNT_IN_BINS, tuple(operands), about), edges


def _can_count(array: Array, given: dict) -> bool:
    """Whether neither the edges nor the order of additions depend on values."""
    weights = given.get("weights")
    if weights is not None:
        is_plain = type(weights) in (Array, np.ndarray) and weights.dtype == np.float64
        if given.get("range") is None or not is_plain or weights.shape != array.shape:
            return False
    return array._aval.dtype.kind in "iuf"


def _edges(array: Array, given: dict) -> Any:
    """The edges NumPy makes of `bins` and `range`; None if it looks at the array."""
    bins, limits = given.get("bins", 10), given.get("range")
    trace = array._trace
    if isinstance(bins, str) or (np.ndim(bins) == 0 and limits is None):
        return None
    if type(bins) in STAND_INS or has_stand_in([bins, limits]):
        return _given_edges(array, bins) if limits is None else None
    if np.ndim(bins) == 1 and limits is not None:
        return None
    args = (np.empty(0, array._aval.dtype), bins, limits)
    made = trace.engine.call(user_line(), np.histogram_bin_edges, args, {})
    edges = lift_array(trace, made, external=made is bins)
    if trace.tape is not None and made is not bins:
        edges_of = partial(np.histogram_bin_edges, args[0])
        trace.tape.calls(edges_of, args[1:], {}, [])
        trace.tape.returns(made, edges)
    return edges


def _given_edges(array: Array, bins: Any) -> Any:
    """The array of edges, which NumPy looks at and hands back."""
    if type(bins) is not Array or bins._aval.ndim != 1:
        return None
    args = (np.empty(0, array._aval.dtype), need_value(bins, "bins"))
    trace = array._trace
    trace.engine.call(user_line(), np.histogram_bin_edges, args, {})
    return bins


CHECKED[np.histogram] = histogram
