"""`accelerate`: what users put over their functions, and its call path."""

from __future__ import annotations

import functools
import inspect
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from types import FunctionType, MethodType
from typing import Any, NamedTuple, ParamSpec, TypeVar, overload

import numpy as np
import wrapt

from npjit._array.array import realize as _realize
from npjit._config import Options
from npjit._convert.resolve import converted, mark_host, resolve
from npjit._graph.trace import Trace, current
from npjit._runtime.recording import record_call
from npjit._runtime.signature import name_of_change, signature_of
from npjit.errors import NpjitWarning

__all__ = ["Accelerated", "CacheInfo", "accelerate", "host", "is_recording", "realize"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


class CacheInfo(NamedTuple):
    """Counters of an accelerated function, in the manner of `functools.lru_cache`.

    `hits` and `misses` count calls that compiled nothing and calls that did; `maxsize`
    is `max_versions`, `currsize` the number of signatures met, `compiled` that of the
    programs compiled for it.
    """

    hits: int
    misses: int
    maxsize: int
    currsize: int
    compiled: int


class _State:
    """What an accelerated function remembers between calls."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        self.hits = self.misses = self.compiled = 0
        self.signatures: dict[Any, bool] = {}  # signature -> stays in NumPy
        self.given_up = False

    def note(self, trace: Trace, signature: Any) -> None:
        """Count a finished call."""
        with self.lock:
            self.compiled += trace.misses
            if trace.misses:
                self.misses += 1
            else:
                self.hits += 1
            if trace.stopped:
                self.signatures[signature] = True


class _Interface:
    """What `Accelerated` and its bound form offer; `_state` finds the counters."""

    __slots__ = ()

    @property
    def __npjit_wrapped__(self) -> Any:
        return self.__wrapped__  # type: ignore[attr-defined]

    @property
    def options(self) -> Options:
        """The options this function was accelerated with."""
        return self._state.options

    @property
    def _state(self) -> _State:
        return getattr(self, "_self_parent", self)._self_state  # type: ignore[attr-defined]

    def cache_info(self) -> CacheInfo:
        """Return the counters of this function."""
        state = self._state
        return CacheInfo(
            state.hits,
            state.misses,
            state.options.max_versions,
            len(state.signatures),
            state.compiled,
        )

    def cache_clear(self) -> None:
        """Forget this function's signatures and counters, and all compiled programs."""
        self._state.clear()
        programs = sys.modules.get("npjit._runtime.programs")
        if programs is not None:
            programs.PROGRAMS.clear()

    def signatures(self) -> list[Any]:
        """Return shape and dtype of the arguments of each version met.

        Returns
        -------
        list of tuple
            In order of appearance: positional arguments and a tuple of (name, argument)
            pairs; arrays as text like ``float64[3,4]``.
        """
        return list(self._state.signatures)

    def converted_source(self) -> str:
        """Return the text that runs in place of the function while it is recorded.

        Raises
        ------
        ValueError
            If the function is not converted: its source was not found, or it was
            excluded from conversion.
        """
        function = _python_function(self.__wrapped__)  # type: ignore[attr-defined]
        found = None if function is None else converted(function)
        if found is None:
            raise ValueError(f"{self.__wrapped__!r} runs unconverted")  # type: ignore[attr-defined]
        return found.source


class _BoundAccelerated(_Interface, wrapt.BoundFunctionWrapper):
    """An accelerated method, bound to its instance or class."""


class Accelerated(_Interface, wrapt.FunctionWrapper):
    """A NumPy function whose work goes through XLA; made by `accelerate`.

    It has the name, signature, docstring and attributes of the function it wraps
    (``__wrapped__``).
    """

    __bound_function_wrapper__ = _BoundAccelerated

    def __init__(self, wrapped: Callable[..., Any], options: Options) -> None:
        super().__init__(wrapped, self._self_call)
        self._self_state = _State(options)

    def _self_call(self, wrapped, instance, args, kwargs):
        return _call(self._self_state, wrapped, args, kwargs)

    def __reduce__(self) -> Any:
        return _reduce(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return _reduce(self)

    def __copy__(self) -> Accelerated:
        return self  # as functions do

    def __deepcopy__(self, memo: dict[int, Any]) -> Accelerated:
        return self


def _reduce(function: Accelerated) -> Any:
    """By name where the name leads here, else by what it was made of."""
    wrapped = function.__wrapped__
    found: Any = sys.modules.get(getattr(wrapped, "__module__", "") or "")
    name = getattr(wrapped, "__qualname__", "")
    for part in name.split("."):
        found = getattr(found, part, None)
    if found is function:
        return name
    return Accelerated, (wrapped, function._self_state.options)


def _call(state: _State, fn: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
    outer = current.trace
    if outer is not None and not outer.direct:
        return resolve(fn)(*args, **kwargs)  # joins the recording under way
    options = state.options
    if options.mode == "numpy" or state.given_up:
        return fn(*args, **kwargs)
    signature = signature_of(args, kwargs)
    known = state.signatures.get(signature)
    if known is None:
        if not _admit(state, fn, signature):
            return fn(*args, **kwargs)
    elif known:
        return fn(*args, **kwargs)
    result, trace = record_call(fn, args, kwargs, options)
    state.note(trace, signature)
    return result


def _admit(state: _State, fn: Callable[..., Any], signature: Any) -> bool:
    """Note a new signature; in mode "auto" give the function up after too many."""
    with state.lock:
        options = state.options
        full = len(state.signatures) >= options.max_versions
        if not (full and options.mode == "auto"):
            state.signatures[signature] = False
            return True
        state.given_up = True
        last = next(reversed(state.signatures))
    name = getattr(fn, "__qualname__", repr(fn))
    change = name_of_change(fn, last, signature)
    warnings.warn(
        f"{name} met more than {options.max_versions} signatures and stays in NumPy "
        f"from now on: {change}; pass arrays of fixed shapes or raise max_versions",
        NpjitWarning,
        stacklevel=4,
    )
    return False


def _python_function(fn: Any) -> FunctionType | None:
    while isinstance(fn, (functools.partial, MethodType, staticmethod, classmethod)):
        fn = fn.func if isinstance(fn, functools.partial) else fn.__func__
    return fn if isinstance(fn, FunctionType) else None


@overload
def accelerate(fn: Callable[_P, _R], /) -> Callable[_P, _R]: ...
@overload
def accelerate(
    fn: None = None, /, **options: Any
) -> Callable[[Callable[_P, _R]], Callable[_P, _R]]: ...
@overload
def accelerate(fn: Callable[_P, _R], /, **options: Any) -> Callable[_P, _R]: ...
def accelerate(fn: Any = None, /, **options: Any) -> Any:
    """Run a NumPy function through XLA, with NumPy's results.

    Use it as ``@npjit.accelerate``, ``@npjit.accelerate(mode="jit")`` or
    ``npjit.accelerate(fn)``.

    Parameters
    ----------
    fn : callable, optional
        A function, method, lambda, ``staticmethod``, ``classmethod`` or
        ``functools.partial``. Arrays may be anywhere in its arguments, in attributes,
        globals and closures.
    mode : {"auto", "jit", "host", "numpy"}, optional
        Which engine runs what is recorded; ``"numpy"`` switches npjit off.
    strict : bool or "breaks", optional
        Raise `FallbackError` where an operation would run in NumPy, with ``"breaks"``
        also where a value is needed in mid-call.
    exact : bool, optional
        Keep elementwise arithmetic bit for bit as in NumPy (default), or leave the last
        digit to XLA.
    **options
        The others of docs/options.md.

    Returns
    -------
    Accelerated
        Behaves as `fn`. With ``NPJIT_DISABLE=1`` in the environment, `fn` itself.

    Raises
    ------
    TypeError
        If `fn` is a class, a generator function or a coroutine function, or an option
        does not exist.
    ValueError
        If the value of an option is not allowed.

    Examples
    --------
    >>> import numpy as np, npjit
    >>> @npjit.accelerate
    ... def f(x):
    ...     return np.sin(x) ** 2 + np.cos(x) ** 2
    >>> f(np.zeros(3))
    array([1., 1., 1.])
    """
    chosen = Options.from_environment().replace(**options)
    if fn is None:
        return lambda function: _accelerate(function, chosen)
    return _accelerate(fn, chosen)


def _accelerate(fn: Any, options: Options) -> Any:
    _check_callable(fn)
    if options.disable:
        return fn
    if isinstance(fn, Accelerated):
        fn = fn.__wrapped__
    return Accelerated(fn, options)


def _check_callable(fn: Any) -> None:
    function = fn.__func__ if isinstance(fn, (staticmethod, classmethod)) else fn
    name = getattr(function, "__qualname__", repr(function))
    if isinstance(function, type):
        raise TypeError(
            f"npjit.accelerate got the class {name}; put it over the methods that do "
            "the work"
        )
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(
            f"npjit.accelerate got the generator function {name}; accelerate the "
            "function that computes one item, and call it from the generator"
        )
    if inspect.iscoroutinefunction(function):
        raise TypeError(
            f"npjit.accelerate got the coroutine function {name}; accelerate the "
            "function that does the work, and call it from the coroutine"
        )
    if not callable(function):
        kind = type(function).__name__
        raise TypeError(f"npjit.accelerate needs a callable, not {kind}")


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


def realize(obj: Any) -> Any:
    """Compute what is pending in `obj` and return it with real arrays.

    Parameters
    ----------
    obj : object
        A stand-in, or nested lists, tuples and dicts that hold some.

    Returns
    -------
    object
        Arrays and scalars of NumPy in place of stand-ins; lists and dicts are changed in
        place, anything else is returned as it is.
    """
    return _realize(obj)


_ = np, os, Iterator
