"""`accelerate`: what users put over their functions, and its call path."""

from __future__ import annotations

import copy
import functools
import inspect
import sys
import threading
from collections.abc import Callable, Iterable
from types import FunctionType, MethodType, TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, ParamSpec, Self, TypeVar, overload

import numpy as np
import wrapt

from npjit._array.array import lift
from npjit._array.realize import realize as _realize
from npjit._config import Options, Shard
from npjit._convert.block_trace import call_closed
from npjit._convert.foreign import foreign
from npjit._convert.functions import converted, mark_host
from npjit._convert.resolve import resolve, with_own
from npjit._graph.trace import Trace, current
from npjit._runtime import block
from npjit._runtime.calls import Calls
from npjit._runtime.policy import Choice, Course, Policy, Small, examples
from npjit._runtime.recording import load_auto
from npjit._runtime.signature import (
    ATOMS,
    Imported,
    TracersGiven,
    signature_of,
    text_of,
)

if TYPE_CHECKING:
    from npjit._transforms.lowering import Lowered

__all__ = [
    "Accelerated",
    "Accelerator",
    "CacheInfo",
    "accelerate",
    "asarray",
    "host",
    "is_recording",
    "realize",
    "shard",
]

_P = ParamSpec("_P")
_R = TypeVar("_R")


class CacheInfo(NamedTuple):
    """Counters of an accelerated function, in the manner of `functools.lru_cache`.

    `hits` and `misses` count calls that compiled nothing and calls that did, not those
    that mode "auto" made of the plain function; `maxsize` is `max_versions`, `currsize`
    the number of signatures met, `compiled` that of the programs compiled for it.
    """

    hits: int
    misses: int
    maxsize: int
    currsize: int
    compiled: int


class _State:
    """What an accelerated function remembers between calls."""

    def __init__(self, options: Options, own: dict[str, Any]) -> None:
        self.options = options
        self.own = own
        self.recorded = options
        if options.mode == "auto" and options.deterministic:
            self.recorded = options.replace(mode="jit")
        self.lock = threading.Lock()
        self.small = Small()
        self.calls = Calls(self.recorded)
        self.clear()

    def clear(self) -> None:
        self.hits = self.misses = self.compiled = 0
        self.courses: dict[Any, Course] = {}
        self.small.forget()
        self.calls.clear()
        self.policy = Policy(self.options, self.accelerated, self.courses, self.small)

    def accelerated(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        imported: Imported,
    ) -> tuple[Any, Trace | None]:
        """Record or replay a call, and count it."""
        found = None if imported else self.calls.replayed(fn, args, kwargs)
        if found is not None:
            self.hits += 1
            return found[0], None
        return self.record(fn, args, kwargs, imported)

    def record(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        imported: Imported,
    ) -> tuple[Any, Trace]:
        """Record a call, and count it."""
        result, trace = self.calls.record(fn, args, kwargs, imported)
        with self.lock:
            self.compiled += trace.misses
            if trace.misses:
                self.misses += 1
            else:
                self.hits += 1
        return result, trace

    def warm_up(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Call a function so that later calls like it compile nothing."""
        if self.recorded.mode == "auto":
            load_auto()
        if self.recorded.mode in ("auto", "jit"):
            self.policy.warm_up(fn, args)

    def call(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call a function that no recording is under way for."""
        mode = self.options.mode
        if mode == "numpy":
            return fn(*args, **kwargs)
        if self.options.is_placed and not self.options.may_stay:
            return self.call_anew(fn, args, kwargs)
        if mode == "auto":
            try:
                return self.policy.call(fn, args, kwargs)
            except TracersGiven:
                return _call_in_jax(fn, args, kwargs)
        found = self.calls.replayed(fn, args, kwargs)
        if found is not None:
            self.hits += 1
            return found[0]
        return self.call_anew(fn, args, kwargs)

    def call_anew(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call a function of which no recording applies."""
        imported: Imported = {}
        try:
            if not self.options.is_placed:  # jax.Arrays stay where they are
                signature = signature_of(args, kwargs, imported)
                self.courses.setdefault(signature, Course())
            return self.record(fn, args, kwargs, imported)[0]
        except TracersGiven:
            return _call_in_jax(fn, args, kwargs)


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
    def own_options(self) -> dict[str, Any]:
        """Those of them that were given."""
        return dict(self._state.own)

    @property
    def _state(self) -> _State:
        parent: Any = getattr(self, "_self_parent", None)
        owner: Any = self if parent is None else parent
        state: _State = owner._self_state
        return state

    def cache_info(self) -> CacheInfo:
        """Return the counters of this function."""
        state = self._state
        return CacheInfo(
            state.hits,
            state.misses,
            state.options.max_versions,
            len(state.courses),
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
        return list(map(text_of, self._state.courses))

    def choices(self) -> list[Choice]:
        """Return what mode "auto" found to be faster, and the times it measured.

        Returns
        -------
        list of Choice
            A row of signature, engine, plain_us and accelerated_us for each version
            met, in order of appearance.
        """
        return self._state.policy.choices()

    def warmup(self, *specs: Any) -> None:
        """Compile what calls with such arguments need, ahead of them.

        The function is called a few times, with all its effects. In mode ``"auto"``
        JAX is imported at once, and the next calls are measured.

        Parameters
        ----------
        *specs : tuple
            The positional arguments of a call; a single one need not be in a tuple.
            Arrays are copied, so that the caller's are not written. An object that has
            no more than ``shape`` and ``dtype``, as `jax.ShapeDtypeStruct`, stands for
            an array of ones.

        Examples
        --------
        >>> fast = npjit.accelerate(lambda x: np.sin(x) * 2)
        >>> fast.warmup(np.ones(1000))
        """
        for spec in specs:
            args = examples(spec if type(spec) is tuple else (spec,))
            self._state.warm_up(self.__wrapped__, args)  # type: ignore[attr-defined]

    def lower(self, *args: Any, **kwargs: Any) -> Lowered:
        """Return the JAX program of a call, to look at and to compile.

        Parameters
        ----------
        *args, **kwargs
            Arguments of a call. Of arrays and NumPy scalars only shape and dtype count,
            and `jax.ShapeDtypeStruct` stands for them; other values are fixed.

        Returns
        -------
        Lowered
            In the manner of `jax.jit(f).lower`: has ``as_text()``, in StableHLO,
            ``cost_analysis()`` and ``compile()``, which returns a function from
            ndarrays to ndarrays.

        Raises
        ------
        ConcretizationError
            If the function needs the elements of an array.

        Examples
        --------
        >>> fast = npjit.accelerate(lambda x: np.sin(x) * 2)
        >>> fast.lower(np.zeros(3)).compile()(np.zeros(3))
        array([0., 0., 0.])
        """
        from npjit._transforms.lowering import lower

        return lower(self.__wrapped__, args, kwargs)  # type: ignore[attr-defined]

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


class _BoundAccelerated(_Interface, wrapt.BoundFunctionWrapper):  # type: ignore[type-arg]
    """An accelerated method, bound to its instance or class."""

    def __reduce__(self) -> Any:
        owner = getattr(self.__wrapped__, "__self__", None)
        if owner is not None:  # as methods do
            return getattr, (owner, self.__name__)
        *outer, name = self.__qualname__.split(".")
        owner = _find(self.__module__, outer)
        if getattr(getattr(owner, name, None), "_state", None) is self._state:
            return getattr, (owner, name)
        return Accelerated, (self.__wrapped__, self.options, self.own_options)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __copy__(self) -> _BoundAccelerated:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        owner = getattr(self.__wrapped__, "__self__", None)
        new = copy.deepcopy(owner, memo)
        return self if new is owner else getattr(new, self.__name__)


class Accelerated(_Interface, wrapt.FunctionWrapper):  # type: ignore[type-arg]
    """A NumPy function whose work goes through XLA; made by `accelerate`.

    It has the name, signature, docstring and attributes of the function it wraps
    (``__wrapped__``).
    """

    __bound_function_wrapper__ = _BoundAccelerated
    # Python finds what it calls in this slot of the object: 0.3 us less than by wrapt.
    __slots__ = ("__call__",)

    def __init__(
        self,
        wrapped: Callable[..., Any],
        options: Options,
        own: dict[str, Any] | None = None,
    ) -> None:
        state = _State(options, own or {})
        call = _caller(state)
        super().__init__(
            wrapped, lambda fn, instance, args, kwargs: call(fn, *args, **kwargs)
        )
        self._self_state = state
        slot: Any = Accelerated.__call__
        slot.__set__(self, MethodType(call, wrapped))

    def __reduce__(self) -> Any:
        """By name where the name leads here, else by what it was made of."""
        name = getattr(self, "__qualname__", "")
        if name and _find(self.__module__, name.split(".")) is self:
            return name
        return Accelerated, (self.__wrapped__, self.options, self.own_options)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __copy__(self) -> Accelerated:
        return self._with(copy.copy(self.__wrapped__))

    def __deepcopy__(self, memo: dict[int, Any]) -> Accelerated:
        return self._with(copy.deepcopy(self.__wrapped__, memo))

    def _with(self, wrapped: Any) -> Accelerated:
        """Functions are their own copies, callable objects are not."""
        if wrapped is self.__wrapped__:
            return self
        return Accelerated(wrapped, self.options, self.own_options)

    def __repr__(self) -> str:
        return f"<accelerated {self.__wrapped__!r}>"


def shard(axis: int = 0) -> Shard:
    """Divide arrays along an axis among all devices, for ``accelerate(sharding=...)``.

    Parameters
    ----------
    axis : int, optional
        Arrays without it, and those whose length along it is no multiple of the number
        of devices, are held whole by each device.

    Returns
    -------
    Shard

    Examples
    --------
    >>> @npjit.accelerate(sharding={"x": npjit.shard(axis=0)})
    ... def total(x, weights):
    ...     return (x * weights).sum()
    """
    return Shard(axis)


def _find(module: str | None, names: Iterable[str]) -> Any:
    """What a module has under a dotted name, or None."""
    found: Any = sys.modules.get(module or "")
    for name in names:
        found = getattr(found, name, None)
    return found


def _caller(state: _State) -> Callable[..., Any]:
    """What calls an accelerated function: given the plain one, and the arguments."""
    if state.options.mode == "auto":
        return _caller_in_auto(state)
    recording, replayed = current, state.calls.replayed
    never = state.options.mode == "numpy"

    def call(wrapped: Any, /, *args: Any, **kwargs: Any) -> Any:
        if never or recording.trace is not None:
            return _call(state, wrapped, args, kwargs)
        found = replayed(wrapped, args, kwargs)
        if found is None:
            return state.call_anew(wrapped, args, kwargs)
        state.hits += 1
        return found[0]

    return call


def _caller_in_auto(state: _State) -> Callable[..., Any]:
    """The same in mode "auto".

    Calls with small arrays and numbers, which it has found to be plain calls, are told
    by size alone (see bench/overhead.py).
    """
    small, array, recording, atoms = state.small, np.ndarray, current, ATOMS

    def call(wrapped: Any, /, *args: Any, **kwargs: Any) -> Any:
        if small.left > 0 and recording.trace is None and not kwargs:
            size = small.size
            for a in args:
                kind = type(a)
                if a.size > size if kind is array else kind not in atoms:
                    break
            else:
                if args:
                    small.left -= 1
                    return wrapped(*args)
        return _call(state, wrapped, args, kwargs)

    return call


def _call(
    state: _State, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    outer = current.trace
    if outer is not None and (not outer.direct or outer.stopped):
        # Joins the recording under way.
        called = foreign(fn) if state.options.mode == "numpy" else resolve(fn)
        return call_closed(called, args, kwargs, with_own(outer.options, state.own))
    return state.call(fn, args, kwargs)


def _call_in_jax(
    fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    from npjit._transforms.pure import to_jax

    return to_jax(fn)(*args, **kwargs)


def _python_function(fn: Any) -> FunctionType | None:
    """The Python function that a callable leads to."""
    while type(fn) is not FunctionType:
        if isinstance(fn, _Interface):
            fn = fn.__npjit_wrapped__
        elif isinstance(fn, functools.partial):
            fn = fn.func
        elif isinstance(fn, (MethodType, staticmethod, classmethod)):
            fn = fn.__func__
        else:
            fn = getattr(type(fn), "__call__", None)  # noqa: B004 - what will be called
            return fn if type(fn) is FunctionType else None
    return fn


@overload
def accelerate(fn: Callable[_P, _R], /) -> Callable[_P, _R]: ...
@overload
def accelerate(fn: None = None, /, **options: Any) -> Accelerator: ...
@overload
def accelerate(fn: Callable[_P, _R], /, **options: Any) -> Callable[_P, _R]: ...
def accelerate(fn: Any = None, /, **options: Any) -> Any:
    """Run a NumPy function, or a block of code, through XLA, with NumPy's results.

    Use it as ``@npjit.accelerate``, ``@npjit.accelerate(mode="jit")``,
    ``npjit.accelerate(fn)`` or ``with npjit.accelerate():``. What a block meets and
    what it does not is in docs/block.md.

    Parameters
    ----------
    fn : callable, optional
        A function, method, lambda, ``staticmethod``, ``classmethod`` or
        ``functools.partial``. Arrays may be anywhere in its arguments, in attributes,
        globals and closures.
    mode : {"auto", "jit", "host", "numpy", "check"}, optional
        Which engine runs what is recorded; ``"numpy"`` switches npjit off.
    strict : bool or "breaks", optional
        Raise `FallbackError` where an operation would run in NumPy, with ``"breaks"``
        also where a value is needed in mid-call.
    exact : bool or "subnormal", optional
        Keep elementwise arithmetic bit for bit as in NumPy (default), or leave the last
        digit to XLA; with ``"subnormal"`` programs stay in NumPy whose inputs hold any.
    **options
        The others of docs/options.md.

    Returns
    -------
    Accelerated or Accelerator
        Behaves as `fn`. With ``NPJIT_DISABLE=1`` in the environment, `fn` itself.
        Without `fn`, a decorator that is also a context manager.

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
        return Accelerator(chosen, options)
    return _accelerate(fn, chosen, options)


def _accelerate(fn: Any, options: Options, own: dict[str, Any]) -> Any:
    _check_callable(fn)
    if options.disable:
        return fn
    if isinstance(fn, _Interface):
        fn = fn.__npjit_wrapped__
    return Accelerated(fn, options, own)


class Accelerator:
    """A decorator that is also a context manager; made by `accelerate`.

    It can be used any number of times, inside of itself and in several threads.
    """

    __slots__ = ("_own", "options")
    #: Converted code leaves the `with` statement as it is.
    __npjit_block__ = True

    def __init__(self, options: Options, own: dict[str, Any]) -> None:
        self.options = options
        self._own = own

    def __call__(self, fn: Callable[_P, _R], /) -> Callable[_P, _R]:
        """Accelerate a function."""
        accelerated: Callable[_P, _R] = _accelerate(fn, self.options, self._own)
        return accelerated

    def __enter__(self) -> Self:
        if self.options.sharding is not None or self.options.results == "device":
            raise ValueError(
                "a block takes no sharding, and its results are NumPy's; decorate a"
                " function with npjit.accelerate"
            )
        block.enter(self, self.options, self._own, sys._getframe(1))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        block.leave(self, error)

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in self._own.items())
        return f"npjit.accelerate({given})"


def _check_callable(fn: Any) -> None:
    inner = fn
    while isinstance(inner, functools.partial):
        inner = inner.func
    if isinstance(inner, (staticmethod, classmethod)):
        inner = inner.__func__
    name = getattr(inner, "__qualname__", repr(inner))
    if isinstance(inner, type):
        raise TypeError(
            f"npjit.accelerate got the class {name}; put it over the methods that do "
            "the work"
        )
    if not callable(inner):
        hint = ", under @property" if isinstance(inner, property) else ""
        raise TypeError(
            f"npjit.accelerate needs a callable, not {type(inner).__name__}; put it "
            f"over a function{hint}"
        )
    function = _python_function(inner) or inner
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(
            f"npjit.accelerate got the generator function {name}; accelerate the "
            "function that computes one item, and call it from the generator"
        )
    if any(map(inspect.iscoroutinefunction, (function, inner))):
        raise TypeError(
            f"npjit.accelerate got the coroutine function {name}; accelerate the "
            "function that does the work, and call it from the coroutine"
        )


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
