"""The rule of real buffers, and notes of where stand-ins were stored.

Before code that npjit does not convert runs, everything pending is computed, every
buffer it could see holds its value, and every object that code outside could reach
holds real arrays. While it runs, stand-ins forward to their real arrays.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Callable
from types import FunctionType
from typing import Any, Final

import numpy as np

from npjit._array.array import (
    ARRAYS,
    IMPORTED_TYPES,
    STAND_INS,
    Array,
    lift,
    lift_array,
    look_again,
    real_of,
    settle_dirty,
    shell_of,
    sync,
)
from npjit._array.host_node import (
    has_stand_in,
    install_foreign,
)
from npjit._array.realize import Realizer, may_hold
from npjit._array.recorder import (
    QUIET,
)
from npjit._convert.callers_names import among_callers_names, reads_callers_names
from npjit._convert.frame_names import FrameNames
from npjit._graph.trace import Trace, current, user_line
from npjit.errors import Reason

__all__ = [
    "ask_class",
    "call_foreign",
    "exposed",
    "finish_after",
    "foreign",
    "install_callbacks",
    "is_held",
    "note_attribute",
    "note_change",
    "note_class",
    "note_container",
    "note_effect",
    "note_function",
    "note_object",
    "refresh_errstate",
    "settle_generators",
    "settle_notes",
]


def note_attribute(obj: Any, name: str, value: Any) -> None:
    """Remember that an attribute may hold a stand-in."""
    trace = current.trace
    if trace is not None and may_hold(type(value)):
        trace.notes[id(obj), name] = (obj, name)


def note_change(obj: Any, what: str) -> None:
    """Tell the tape of the call that an object is changed."""
    trace = current.trace
    if trace is not None and trace.tape is not None and not trace.direct:
        trace.tape.changes(obj, what)


def ask_class(cls: type, name: str) -> None:
    """Tell it that it matters what a class has under a name."""
    trace = current.trace
    if trace is None or trace.tape is None or trace.direct or cls in STAND_INS:
        return
    trace.tape.asks_class(cls, name)


def is_held(old: Any, new: Any) -> bool:
    """Whether storing an object changes nothing: what `x.u += 1` does at its end."""
    return old is new or (type(new) is Array and new._real is old)


def note_effect(what: str) -> None:
    """Tell it that something is done which a replay would not do."""
    trace = current.trace
    if trace is not None and trace.tape is not None and not trace.direct:
        trace.tape.acts(what)


def note_object(obj: Any) -> None:
    """Tell it that Python looks into an array that has no stand-in."""
    trace = current.trace
    if trace is None or trace.tape is None or type(obj) in STAND_INS:
        return
    if isinstance(obj, np.ndarray):
        trace.tape.fail(Reason.DTYPE, f"an array of {obj.dtype}")


def note_container(obj: Any, *, changed: bool = True) -> None:
    """Remember that a list, dict, deque or set may hold a stand-in."""
    trace = current.trace
    if trace is not None:
        if changed:
            note_change(obj, f"a {type(obj).__name__} from outside")
        trace.notes[id(obj), None] = (obj, None)


def note_class(cls: type) -> None:
    """Remember a class whose attributes may hold stand-ins."""
    for name, value in list(vars(cls).items()):
        note_attribute(cls, name, value)
        for function in _functions_of(value):
            note_function(function)


def _functions_of(member: Any) -> list[FunctionType]:
    """The functions that a class statement defined under one name."""
    kind = type(member)
    if kind is property:
        found = [member.fget, member.fset, member.fdel]
    elif kind in (staticmethod, classmethod):
        found = [member.__func__]
    else:
        found = [getattr(member, "func", member)]
    return [f for f in found if type(f) is FunctionType]


def note_function(function: FunctionType, names: tuple[str, ...] | None = None) -> None:
    """Remember a function whose cells or globals may hold stand-ins."""
    trace = current.trace
    if trace is not None:
        trace.functions[function] = names


def settle_notes(
    trace: Trace, real: Callable[[Any], Any], realizer: Realizer | None = None
) -> None:
    """Replace stand-ins by what they stand for, wherever they were stored."""
    realizer = realizer or Realizer(real)
    for obj, name in list(trace.notes.values()):
        if name is None:
            realizer.of(obj)
        else:
            _settle_attribute(realizer, obj, name)
    for function, names in list(trace.functions.items()):
        for cell in function.__closure__ or ():
            _settle_cell(realizer, cell)
        for name in names or ():
            if name in function.__globals__:
                held = function.__globals__[name]
                function.__globals__[name] = realizer.of(held)
        if function.__defaults__:
            function.__defaults__ = realizer.of(function.__defaults__)
        realizer.of(function.__kwdefaults__)


def settle_generators(realizer: Realizer) -> None:
    """Do so in the frames of generators that go on after the call."""
    while realizer.generators:
        generator = realizer.generators.pop()
        if generator.gi_frame is not None and not generator.gi_running:
            FrameNames(generator.gi_frame).replace(realizer.of, lambda held: held)


def _settle_attribute(realizer: Realizer, obj: Any, name: str) -> None:
    kind = type(obj)
    try:
        held = _native(kind.__getattribute__, object.__getattribute__)(obj, name)
    except AttributeError:  # deleted since
        return
    new = realizer.of(held)
    if new is not held:
        _native(kind.__setattr__, object.__setattr__)(obj, name, new)


def _native(method: Any, default: Any) -> Any:
    """A method that runs no Python code: modules and thread locals have their own."""
    return default if type(method) is FunctionType else method


def _settle_cell(realizer: Realizer, cell: Any) -> None:
    try:
        held = cell.cell_contents
    except ValueError:  # empty
        return
    new = realizer.of(held)
    if new is not held:
        cell.cell_contents = new


def prepare(trace: Trace) -> None:
    """Let foreign code find only real arrays, with their values."""
    if trace.tape is not None:
        trace.tape.fail(Reason.FOREIGN, "code that npjit does not convert")
    trace.n_prepared += 1
    settle_notes(trace, exposed)
    sync(trace)
    settle_notes(trace, real_of)
    trace.notes.clear()  # whatever stores a stand-in from now on notes it again


def exposed(stand_in: Any) -> Any:
    """The stand-in itself, its real array made: one flush computes them all.

    It is replaced once the array holds its value: other threads may look for it.
    """
    if type(stand_in) in ARRAYS:
        shell_of(stand_in)
    return stand_in


def finish_after(trace: Trace, error: BaseException) -> None:
    """Leave buffers and objects as NumPy would have left them; compile nothing."""
    if trace.selects:  # they are settled when they are exposed
        trace.flush_on_host()
    settle_notes(trace, exposed)
    trace.flush_on_host()
    settle_dirty(trace)
    settle_notes(trace, real_of)
    Realizer(real_of).of(error)


def refresh_errstate(trace: Trace) -> None:
    """Ask NumPy for its errstate, and Python whether warnings raise."""
    state: Any = np.geterr()
    if state != trace.errstate:
        trace.errstate = state
    modes = set(state.values())
    trace.errstate_raises = _RAISING.issuperset(modes) and not trace.is_silent
    reacts = not QUIET.issuperset(modes)
    trace.errstate_reacts = reacts or ("warn" in modes and _warnings_raise())


_RAISING = QUIET | {"raise"}


def _warnings_raise() -> bool:
    """Whether `warnings` may turn a RuntimeWarning into an error."""
    for action, message, category, module, lineno in warnings.filters:
        if issubclass(RuntimeWarning, category):
            if action == "error":
                return True
            if message is None and module is None and not lineno:
                return False
    return False


def foreign(func: Callable[..., Any], name: str | None = None) -> Callable[..., Any]:
    """`func`, called with real arrays once they hold their values."""

    def run(*args: Any, **kwargs: Any) -> Any:
        return call_foreign(func, args, kwargs, name)

    return run


def call_foreign(
    func: Callable[..., Any], args: tuple, kwargs: dict, name: str | None = None
) -> Any:
    """Call code that npjit does not convert."""
    trace = current.trace
    if trace is None or trace.direct:
        if trace is not None and trace.stopped:
            args, kwargs = Realizer(real_of).of((args, kwargs))
        return func(*args, **kwargs)
    what = name or getattr(func, "__qualname__", None) or type(func).__qualname__
    if trace.tape is not None:
        trace.tape.fail(Reason.FOREIGN, what)
    if has_stand_in(list(args)) or has_stand_in(list(kwargs.values())):
        trace.tell("fallback", what, Reason.FOREIGN, user_line())
    elif trace.log.done < len(trace.log.entries):
        trace.tell("break", what, Reason.FOREIGN, user_line())
    if trace.imported:
        args = tuple(_imported(trace, a, 0) for a in args)
        kwargs = {k: _imported(trace, v, 0) for k, v in kwargs.items()}
    if not trace.selects:  # else selections are settled first
        trace.flush()  # what has no buffer yet stays where XLA puts it
    realizer = Realizer(exposed)
    real_args = [realizer.of(a) for a in args]
    real_kwargs = {k: realizer.of(v) for k, v in kwargs.items()}
    prepare(trace)
    realizer = Realizer(real_of)
    real_args = _callbacks(trace, func, [realizer.of(a) for a in real_args])
    values = [realizer.of(v) for v in real_kwargs.values()]
    real_kwargs = dict(zip(kwargs, _callbacks(trace, func, values), strict=True))
    if reads_callers_names(func):
        func = among_callers_names(func)
    trace.direct += 1
    trace.n_foreign += 1
    try:
        # Warnings point to the user's line.
        result = trace.engine.call(user_line(), func, tuple(real_args), real_kwargs)
    finally:
        trace.direct -= 1
        refresh_errstate(trace)
        for x in (*args, *kwargs.values()):
            look_again(x)
    if type(result) is np.ndarray and not trace.direct:
        return lift_array(trace, result)
    return lift(result)


def _imported(trace: Trace, x: Any, depth: int) -> Any:
    """An argument with ndarrays in the place of the jax.Arrays that were taken up.

    A container that holds one is copied: the caller's keeps what is in it.
    """
    kind = type(x)
    if kind in IMPORTED_TYPES and id(x) in trace.imported:
        return trace.imported[id(x)][1]
    if depth >= _MAX_DEPTH:  # deeper, none was taken up
        return x
    if kind is dict:
        new = {key: _imported(trace, item, depth + 1) for key, item in x.items()}
        return new if any(new[key] is not item for key, item in x.items()) else x
    if kind is list or kind is tuple:
        items = [_imported(trace, item, depth + 1) for item in x]
        return kind(items) if any(map(operator.is_not, items, x)) else x
    return x


_MAX_DEPTH: Final = 4


#: `handed_out` of npjit/_convert/callbacks.py: functions that foreign code may call.
_callbacks: Callable[[Trace, Any, list[Any]], list[Any]]


def install_callbacks(wrap: Callable[[Trace, Any, list[Any]], list[Any]]) -> None:
    """Let `npjit/_convert/callbacks.py` wrap functions among arguments."""
    global _callbacks
    _callbacks = wrap


install_foreign(call_foreign)
