"""Recording: from a NumPy call on stand-ins to an entry of the log.

Every way into npjit (operators, methods, `__array_ufunc__`, converted calls) ends in
`call(operation, args, kwargs)`. What cannot be recorded is a host node: see
`npjit/_array/host_node.py`.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from npjit._array.array import (
    SCALARS,
    Array,
    Scalar,
    is_pinned,
    shell_of,
)
from npjit._array.entries import INTO, NEW, append, is_writeable, record_known
from npjit._array.host_node import (
    are_plain,
    call_foreign,
    call_on_numbers,
    direct,
    host_node,
)
from npjit._array.index_operations import ASSIGN
from npjit._array.operands import (
    SERVERS,
    Stranger,
    holds_no_array,
    is_of_numbers,
    operands_of,
    own,
    target_of,
)
from npjit._chapters.registry import Kind, Operation
from npjit._graph.stack import Stack, unguarded_stack
from npjit._graph.trace import Trace, current, user_line
from npjit.errors import ConcretizationError, Reason, Unsupported

__all__ = ["QUIET", "call", "record", "record_late"]

#: The kinds of which a result is copied to an `out` that has its shape and dtype.
_COPIED = frozenset({Kind.FUNCTION, Kind.REDUCTION})
#: The kinds that run in NumPy when they come here.
_IN_NUMPY = frozenset({Kind.HOST, Kind.LEAF, Kind.COMPOSED})
#: The kinds that, given no array, make one of Python objects: a leaf, no fallback.
_OF_NUMBERS = frozenset({Kind.LEAF, Kind.VIEW, Kind.CHECKED})
#: The kinds that, given only numbers, NumPy runs at once: nothing has to be computed
#: first, and Python often needs the value.
_COMPUTING = frozenset({Kind.UFUNC, Kind.FUNCTION, Kind.REDUCTION})
_WRITE: Final = Kind.WRITE
#: Errstate modes other than these are reactions that only NumPy can give.
QUIET = frozenset({"ignore", "warn"})


def call(op: Operation, args: tuple, kwargs: dict) -> Any:
    """What `op.func(*args, **kwargs)` returns, recorded if possible."""
    if len(args) == op.n_plain:
        result = record_known(op, args, kwargs)
        if result is not NEW:
            return result
    trace = current.trace
    # What writes is recorded by another function than the user calls.
    func = op.rule if op.kind is _WRITE else op.func
    if trace is None or trace.direct:
        return direct(func, args, kwargs)
    is_strange = not are_plain(args) or (kwargs and not are_plain(kwargs.values()))
    if is_strange and not (trace.is_pure and op.kind is Kind.METADATA):
        return call_foreign(func, args, kwargs, op.name)
    if trace.selects:
        result = SERVERS.selector.call(trace, op, args, kwargs)
        if result is not NotImplemented:
            return result
    if op.kind in _OF_NUMBERS and holds_no_array(args, kwargs):
        return call_on_numbers(trace, op.func, args, kwargs)
    if op.kind in _IN_NUMPY:
        return host_node(trace, op, args, kwargs, op.reason)
    if op.kind is Kind.METADATA:
        return op.func(*map(_shell, args), **{k: _shell(v) for k, v in kwargs.items()})
    try:
        bound, options = op.bind(*args, **kwargs)
    except TypeError:  # NumPy words it as its users know it
        if op.kind is _WRITE:
            return call_foreign(func, args, kwargs, op.name)
        return host_node(trace, op, args, kwargs, Reason.PARAMETER)
    except ConcretizationError:  # a function of JAX's may take it
        return host_node(trace, op, args, kwargs, Reason.VALUE_NEEDED)
    if op.kind is Kind.VIEW:
        return SERVERS.viewer.view(trace, op, bound, options)
    if op.kind is Kind.CHECKED or (op.rule is np.where and len(bound) == 1):
        result = SERVERS.check(trace, op, bound, options)
        if not isinstance(result, Unsupported):
            return result
        # A method names its parameters otherwise than the function.
        return host_node(trace, op, args, kwargs, result.reason, result.detail)
    result = record(trace, op, bound, options)
    return None if op.kind is _WRITE else result


def _shell(obj: Any) -> Any:
    if type(obj) is Array:
        return shell_of(obj)
    if type(obj) in SCALARS:
        return obj.dtype.type(1)
    return obj


def record(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
    """Append a call to the log; `args` and `kwargs` are bound.

    Returns
    -------
    Array, Scalar, or a tuple or list of them
        The target itself if there is an `out`.
    """
    result = record_known(op, args, kwargs)
    if result is not NEW:
        return result
    if op.kind in _COMPUTING and is_of_numbers(args, kwargs):
        return call_on_numbers(trace, op.func, args, kwargs)
    if trace.errstate_reacts and op.kind is not Kind.CREATION:
        stack = unguarded_stack(trace.bottom) if trace.errstate_raises else None
        if stack is None:
            return host_node(trace, op, args, kwargs, Reason.ERRSTATE)
        return record_late(trace, op, args, kwargs, stack)
    return _record(trace, op, args, kwargs)


def record_late(
    trace: Trace, op: Operation, args: tuple, kwargs: dict, stack: Stack
) -> Any:
    """Append a call that may raise, and will do so as if called from these lines."""
    trace.stack = stack
    try:
        return _record(trace, op, args, kwargs)
    finally:
        trace.stack = None


def _record(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
    if "out" in kwargs and op.kind in _COPIED and _is_copied(trace, op, args, kwargs):
        target = target_of(kwargs["out"])
        result = record(trace, op, args, _without_out(kwargs))
        record(trace, ASSIGN, (result,), {"out": target})
        return target
    target = None
    if "out" in kwargs:
        target = target_of(kwargs["out"])
        if target is None or op.kind not in INTO:
            return host_node(trace, op, args, kwargs, Reason.WRITES_BUFFER)
        if is_pinned(target) or not is_writeable(target):
            return host_node(trace, op, args, kwargs, Reason.WRITES_BUFFER)
    try:
        with trace.lock:
            operands = operands_of(trace, op, args, kwargs, target)
            # A plain array among them shows that a block's own code holds some.
            if target is not None and trace.open and is_pinned(target):
                return host_node(trace, op, args, kwargs, Reason.WRITES_BUFFER)
            if operands[0].slow and trace.options.mode == "auto":
                raise Unsupported(Reason.SLOWER)
            result = append(trace, *operands, target)
    except Stranger:
        args = tuple(own(trace, x) for x in args)
        kwargs = {name: own(trace, x) for name, x in kwargs.items()}
        return record(trace, op, args, kwargs)
    except Unsupported as error:
        failure = error.reason, error.detail  # not the error: its frames hold arrays
    else:
        can_fail = op.can_fail and not trace.is_pure
        return _checked(trace, op, args, kwargs, result) if can_fail else result
    return host_node(trace, op, args, kwargs, *failure)


def _without_out(kwargs: dict) -> dict:
    return {name: value for name, value in kwargs.items() if name != "out"}


def _is_copied(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> bool:
    """Whether a call's `out` is what its result would be, so that it may be copied.

    NumPy computes in the dtype of `out`; float16 is computed in another way there.
    """
    target = target_of(kwargs["out"])
    if target is None or is_pinned(target) or not is_writeable(target):
        return False
    plain = _without_out(kwargs)
    if op.can_fail or (op.unless is not None and op.unless(args, plain) is not None):
        return False
    try:
        with trace.lock:
            inferred = operands_of(trace, op, args, plain, None)[0]
    except (Unsupported, Stranger):
        return False
    aval, its = target._aval, inferred.outs[0]
    fits = (aval.shape, aval.dtype) == (its.shape, its.dtype)
    fits = fits and inferred.container is None and aval.dtype != np.float16
    if aval.shape and aval.is_contiguous:
        return fits
    return fits and _takes_out(trace, op, args, kwargs)


def _takes_out(trace: Trace, op: Operation, args: tuple, kwargs: dict) -> bool:
    """Whether NumPy writes `out` and returns it.

    `np.dot` refuses a strided one, and makes a scalar of one without axes.
    """
    try:
        with trace.lock:
            operands_of(trace, op, args, kwargs, target_of(kwargs["out"]))
    except (Unsupported, Stranger):
        return False
    return True


def _checked(
    trace: Trace, op: Operation, args: tuple, kwargs: dict, result: Any
) -> Any:
    """The result of a call that can fail, computed now, inside of the user's `try`.

    Where NumPy raises, XLA makes NaN or infinity: then NumPy runs the call.
    """
    trace.tell("break", op.name, Reason.CAN_FAIL, user_line())
    trace.flush()
    if all(map(_is_finite, result if isinstance(result, tuple) else (result,))):
        return result
    return host_node(trace, op, args, kwargs, Reason.CAN_FAIL)


def _is_finite(result: Array | Scalar) -> bool:
    """Whether a result is finite, or NumPy's own."""
    value, tape = result._storage.value, result._trace.tape
    if value is None:
        return True
    found = _all_finite(value)
    if tape is not None:
        tape.answers((result,), _all_finite, found)
    return found


def _all_finite(a: Any) -> bool:
    return bool(np.isfinite(a).all())
