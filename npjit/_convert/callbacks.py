"""Callbacks: Python functions that foreign code is given, and calls while it runs.

Foreign code runs with real arrays, and a function it calls back runs as plain Python.
Some libraries are known to call what they are given often, to give it arrays, and to
keep nothing of it (solvers, optimizers). They get a `Callback`: the function itself in
all that can be asked of it, except that a call of it is recorded.
"""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from weakref import ref

from npjit._array.array import SUBSTITUTES, lift, real_of
from npjit._array.realize import Realizer
from npjit._convert.foreign import (
    exposed,
    finish_after,
    install_callbacks,
    prepare,
    refresh_errstate,
)
from npjit._convert.functions import converted
from npjit._convert.libraries import is_in
from npjit._convert.proxy import FunctionProxy
from npjit._convert.resolve import resolve
from npjit._graph.trace import Trace, current, user_line

__all__ = ["CALLING_BACK", "Callback", "handed_out"]

#: Modules whose functions are given callbacks. Not their classes: objects keep what
#: they are given. Nor functions that call back for each element or slice, as those of
#: `scipy.ndimage` and NumPy do: plain NumPy is faster there.
CALLING_BACK: Final = ("scipy.differentiate", "scipy.integrate", "scipy.optimize")
#: In mode "auto" a callback whose operations have fewer elements on average goes on in
#: NumPy: a recorded call takes some 100 us more (`solve_ivp`, even at about 3e4).
CALLBACK_SIZE: Final = 1 << 15
_SUSPENDING: Final = 0x20 | 0x80 | 0x200  # generators and coroutines run later


class Callback(FunctionProxy):
    """A function whose calls are recorded while the foreign code it was made for runs.

    In other threads, after the call, and as a copy or a pickle, it is the function.
    """

    def __init__(self, function: Callable[..., Any], trace: Trace) -> None:
        super().__init__(function)
        self._self_trace = ref(trace)
        self._self_is_small = False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        trace = self._self_trace()
        function = self.__wrapped__
        if trace is None or trace is not current.trace or not _may_record(trace):
            return function(*args, **kwargs)
        if self._self_is_small:
            return function(*args, **kwargs)
        elements, left = trace.recent_size, trace.countdown
        try:
            return _record(trace, function, args, kwargs)
        finally:
            size, count = trace.recent_size - elements, left - trace.countdown
            is_small = 0 <= size <= count * CALLBACK_SIZE
            self._self_is_small = is_small and trace.options.mode == "auto"


def _may_record(trace: Trace) -> bool:
    return trace.direct > 0 and not trace.closed and not trace.stopped


def _record(trace: Trace, function: Any, args: tuple, kwargs: dict) -> Any:
    """Call a function from foreign code: real arrays come in and go out."""
    outer, trace.direct = trace.direct, 0
    try:
        refresh_errstate(trace)
        # Foreign code may have changed containers it was given; they are looked into
        # when they are loaded from.
        given = tuple(map(lift, args)), {name: lift(x) for name, x in kwargs.items()}
        result = trace.engine.call(user_line(), resolve(function), *given)
        Realizer(exposed).of(result)
        prepare(trace)
        return Realizer(real_of).of(result)
    except BaseException as error:
        finish_after(trace, error)
        raise
    finally:
        trace.direct += outer  # not `=`: a recording may have stopped meanwhile


def handed_out(trace: Trace, func: Any, given: list[Any]) -> list[Any]:
    """The arguments of a foreign call, functions among them as callbacks.

    Parameters
    ----------
    trace : Trace
    func : callable
        What is going to be called.
    given : list
        Its arguments; a function that is given twice remains one object.
    """
    module = getattr(func, "__module__", None) or ""
    if isinstance(func, type) or not is_in(module, CALLING_BACK):
        return given
    made: dict[int, Callback] = {}
    for x in given:
        if id(x) not in made and _is_recordable(x):
            made[id(x)] = Callback(x, trace)
    return [made.get(id(x), x) for x in given]


def _is_recordable(x: Any) -> bool:
    """Whether calls of an object run Python code that is converted."""
    while type(x) is partial:
        x = x.func
    if type(x) is types.MethodType:
        x = x.__func__
    if type(x) is not types.FunctionType or x.__code__.co_flags & _SUSPENDING:
        return False
    return converted(x) is not None


SUBSTITUTES.add(Callback)  # converted code meets the function itself
install_callbacks(handed_out)
