"""What a call returns, told by NumPy itself, without computing it.

NumPy is called once per combination of avals and static parameters, on proxies: small
arrays of the same dtype, number of axes and memory order, in which equal dims are equal
and a larger dim is larger. The result's dims are translated back. Where the dims of the
result are not those of inputs (`concatenate`), the proxies have the true shape. They
are zeros, since they may be indices; for what refuses singular matrices, unit matrices.
"""

from __future__ import annotations

import contextlib
import itertools
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from npjit._chapters.registry import Kind, Operation
from npjit._chapters.speed import is_slow
from npjit._graph.aval import DTYPES, Aval, fresh_aval, make_aval
from npjit.errors import Reason

__all__ = ["Inferred", "Weak", "infer", "noted_warnings"]

_FIRST_DIM: Final = 11
_MAX_KNOWN: Final = 10_000
_ids = itertools.count()


class Weak:
    """A number operand: a Python number is weak, a NumPy scalar has its dtype."""

    __slots__ = ("zero",)

    def __init__(self, kind: type):
        self.zero = kind(0)


class Inferred:
    """What is known of a call before it runs; `id` stands for all of it in keys.

    Attributes
    ----------
    outs : tuple of Aval
    container : callable or None
        What makes a `tuple`, a `list` or a named tuple of several results.
    reason : Reason or None
        Why the call has to run in NumPy at once; then nothing else is set.
    loop : tuple of np.dtype or None
        The loop of a ufunc: its inputs' and outputs' dtypes.
    out : Aval or None
        The aval of the one result that is returned as it is.
    size : int
        The elements of the largest operand, or else of the first result.
    slow : bool
        NumPy had better compute it, where the choice is npjit's.
    """

    __slots__ = (
        *("container", "id", "loop", "op", "out", "outs", "reason", "size", "slow"),
    )

    def __init__(self, op, outs=(), container=None, reason=None, loop=None):
        self.op: Operation = op
        self.outs: tuple[Aval, ...] = outs
        self.container: Callable[[Sequence[Any]], Any] | None = container
        self.reason: Reason | None = reason
        self.loop: tuple[np.dtype, ...] | None = loop
        is_one = len(outs) == 1 and container is None
        self.out: Aval | None = outs[0] if is_one else None
        self.size: int = outs[0].size if outs else 1
        self.slow = False
        self.id: int = next(_ids)


def infer(op: Operation, key: Any, args: tuple, kwargs: dict) -> Inferred:
    """The `Inferred` of a call.

    Parameters
    ----------
    op : Operation
    key : hashable
        Tells this call's avals and static parameters from any other of `op`.
    args, kwargs
        The call's arguments with an `Aval` in place of each array (lists of them too)
        and a `Weak` in place of each number; static parameters as they are.
    """
    known = op.known
    found: Inferred | None = known.get(key)
    if found is None:
        if len(known) > _MAX_KNOWN:
            known.clear()
        found = known[key] = _ask(op, args, kwargs)
        avals = list(_avals(args))
        found.size = max((aval.size for aval in avals), default=found.size)
        found.slow = found.reason is None and is_slow(op, args, avals)
    return found


@contextlib.contextmanager
def noted_warnings() -> Iterator[list[Any]]:
    """Note all warnings of this thread, as `warnings.catch_warnings(record=True)` does.

    That marks all filters as changed, and then each warning a program has shown once
    (``default``) is shown once more.
    """
    noted: list[Any] = []
    filters: Any = warnings.filters
    everything = ("always", None, Warning, None, 0)
    show: Any = warnings.showwarning
    mine = threading.get_ident()

    def note(*about: Any) -> None:
        if threading.get_ident() == mine:
            noted.append(about)
        else:
            show(*about)

    filters.insert(0, everything)
    warnings.showwarning = note  # type: ignore[assignment]  # it takes them all
    try:
        yield noted
    finally:
        filters.remove(everything)
        warnings.showwarning = show


def _ask(op: Operation, args: tuple, kwargs: dict) -> Inferred:
    proxies = _Proxies(op, [*args, *kwargs.values()])
    call_args = tuple(proxies.of(a) for a in args)
    call_kwargs = {k: proxies.of(v) for k, v in kwargs.items()}
    with np.errstate(all="ignore"), noted_warnings() as caught:
        try:
            result = op.func(*call_args, **call_kwargs)
            loop = _loop(op, call_args, call_kwargs)
        except Exception:  # noqa: BLE001 - NumPy will raise it on the real arguments
            return Inferred(op, reason=Reason.CAN_FAIL)
    # Of a mask of zeros NumPy may warn that nothing is left.
    if any("where" not in kwargs or about[1] is not RuntimeWarning for about in caught):
        return Inferred(op, reason=Reason.WARNS)
    if "out" in kwargs:
        # A writing operation returns None; np.dot a scalar in place of a 0-d `out`.
        is_out = result is None or result is call_kwargs["out"]
        return Inferred(op, reason=None if is_out else Reason.LAYOUT, loop=loop)
    kind = type(result)
    several = (
        getattr(kind, "_make", kind) if isinstance(result, (tuple, list)) else None
    )
    results = result if several else [result]
    if not all(isinstance(r, (np.ndarray, np.generic)) for r in results):
        return Inferred(op, reason=Reason.OBJECT)
    if any(r is a for r in results for a in call_args if isinstance(a, np.ndarray)):
        return Inferred(op, reason=Reason.LAYOUT)  # no new array, but the argument
    if not all(r.dtype in DTYPES for r in results):
        return Inferred(op, reason=Reason.DTYPE)
    outs = tuple(proxies.aval(r) for r in results)
    return Inferred(op, outs, several, None, loop)


def _loop(op: Operation, args: tuple, kwargs: dict) -> tuple[np.dtype, ...] | None:
    """The loop NumPy resolves for a ufunc call."""
    if op.kind is not Kind.UFUNC:
        return None
    func: Any = op.rule
    types = [_dtype_or_type(a) for a in args[: func.nin]]
    out = kwargs.get("out", (None,) * func.nout)
    out = out if isinstance(out, tuple) else (out,)
    types += [None if o is None else o.dtype for o in out]
    given = {k: kwargs[k] for k in ("signature", "casting") if k in kwargs}
    if kwargs.get("dtype") is not None:
        dtype = np.dtype(kwargs["dtype"])
        given["signature"] = (None,) * func.nin + (dtype,) * func.nout
    loop = func.resolve_dtypes(tuple(types), **given)
    return tuple(DTYPES[dtype] for dtype in loop)


def _dtype_or_type(a: Any) -> Any:
    if isinstance(a, (np.ndarray, np.generic)):
        return a.dtype
    return np.dtype(bool) if type(a) is bool else type(a)


class _Proxies:
    """Small stand-ins for the arrays of one call, and the way back from their dims."""

    def __init__(self, op: Operation, args: Sequence[Any]):
        self.regular = op.can_fail
        longest = max([len(a) for a in args if type(a) is list], default=0)
        first = max(_FIRST_DIM, longest + 1)
        # Smaller dims stand for themselves: no proxy is larger than its array.
        dims = [] if op.exact_dims else sorted({n for n in _dims(args) if n > first})
        self.dims = dict(zip(dims, itertools.count(first + 1), strict=False))

    def of(self, arg: Any) -> Any:
        kind = type(arg)
        if kind is Aval:
            return self.array(arg)
        if kind is Weak:
            return arg.zero
        if kind is list or kind is tuple:
            return kind(self.of(a) for a in arg)
        return arg

    def array(self, aval: Aval) -> np.ndarray | np.generic:
        if aval.scalar:
            return aval.dtype.type(0)
        shape = tuple(self.dims.get(n, n) for n in aval.shape)
        order = _memory_order(aval)
        # (The strides of an empty array say nothing: they may be 0.)
        repeated = [
            n > 1 and aval.size > 0 and aval.strides[i] == 0
            for i, n in enumerate(shape)
        ]
        dims = [1 if repeated[i] else shape[i] for i in order]
        if aval.is_contiguous or not dims:
            a = np.zeros(dims, aval.dtype)
        else:  # some functions look at the flags
            a = np.zeros([*dims[:-1], 2 * dims[-1]], aval.dtype)[..., ::2]
        a = a.transpose(sorted(range(len(order)), key=order.__getitem__))
        for axis, stride in enumerate(aval.strides):
            if stride < 0:
                a = np.flip(a, axis)
            elif not stride and shape[axis] == 1:  # made by `x[:, None]`, say
                a = a[(slice(None),) * axis + (0, None)]
        if self.regular and a.ndim > 1:
            a[...] = np.eye(*a.shape[-2:])
        return np.broadcast_to(a, shape) if any(repeated) else a

    def aval(self, result: Any) -> Aval:
        if isinstance(result, np.generic):
            return make_aval((), (), result.dtype, scalar=True)
        back = {small: n for n, small in self.dims.items()}
        shape = tuple(back.get(n, n) for n in result.shape)
        return fresh_aval(shape, result.dtype, like=result)


def _dims(args: Any) -> Iterator[int]:
    """The dims of all arrays among the arguments."""
    for aval in _avals(args):
        yield from aval.shape


def _avals(args: Any) -> Iterator[Aval]:
    """The avals of all arrays among the arguments."""
    for arg in args:
        if type(arg) is Aval:
            yield arg
        elif type(arg) is list or type(arg) is tuple:
            yield from _avals(arg)


def _memory_order(aval: Aval) -> list[int]:
    """The axes from the largest stride to the smallest; C order among equals."""
    return sorted(range(aval.ndim), key=lambda i: (-abs(aval.strides[i]), i))
