"""What user code says to the recording that it may run in, and asks of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np

from npjit._array.array import lift
from npjit._array.realize import realize as _realize
from npjit._convert.functions import mark_host
from npjit._convert.resolve import resolve
from npjit._graph.trace import current

__all__ = ["asarray", "host", "is_recording", "realize"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


def host(fn: Callable[_P, _R]) -> Callable[_P, _R]:
    """Keep a function out of recordings: it runs in NumPy, on real arrays.

    Parameters
    ----------
    fn : callable
        A Python function.

    Returns
    -------
    callable
        `fn` itself.
    """
    mark_host(fn)
    return fn


def is_recording() -> bool:
    """Whether NumPy operations of this thread are being recorded."""
    trace = current.trace
    return trace is not None and not trace.direct


def asarray(a: Any) -> Any:
    """Return the stand-in of an array, for what a block does not meet by itself.

    Parameters
    ----------
    a : array_like
        An array that a block's code finds in an attribute or a container, or anything
        that `numpy.asarray` takes.

    Returns
    -------
    ndarray
        `a` itself if it is an array: inside a recording its stand-in, elsewhere, and
        for dtypes that XLA does not have, as it is. What is no array becomes one.

    Examples
    --------
    >>> import numpy as np, npjit
    >>> state = {"u": np.ones(3)}
    >>> with npjit.accelerate():
    ...     u = npjit.asarray(state["u"])
    ...     u += np.sin(u) - np.sin(u)
    >>> u is state["u"]
    True
    """
    if not is_recording():
        return np.asarray(a)
    return lift(a) if isinstance(a, np.ndarray) else resolve(np.asarray)(a)


def realize(obj: Any) -> Any:
    """Compute what is pending in `obj` and return it with real arrays.

    Parameters
    ----------
    obj : object
        A stand-in, or nested lists, tuples and dicts that hold some.

    Returns
    -------
    object
        Arrays and scalars of NumPy in place of stand-ins; lists and dicts are changed
        in place, anything else is returned as it is.
    """
    return _realize(obj)
