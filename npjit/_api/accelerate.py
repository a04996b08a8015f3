"""`accelerate`: what users put over their functions and around blocks."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar, overload

from npjit._api.accelerated import Accelerated
from npjit._api.interface import Interface, python_function
from npjit._config import Options, Shard
from npjit._runtime import block

__all__ = ["Accelerator", "accelerate", "shard"]

_P = ParamSpec("_P")
_R = TypeVar("_R")


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
    if isinstance(fn, Interface):
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
    function = python_function(inner) or inner
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
