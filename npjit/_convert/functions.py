"""Which Python functions are converted, and their conversions."""

from __future__ import annotations

import functools
import os
import sysconfig
import types
import weakref
from typing import Any, Final

from npjit._chapters.registry import OPERATIONS, Kind
from npjit._convert import groups
from npjit._convert.converter import Converted, Unconvertible, convert
from npjit._convert.libraries import computes, in_library, is_in
from npjit._diagnostics.events import Event, emit
from npjit._graph.trace import current
from npjit.errors import Reason

__all__ = [
    "conversion_of",
    "converted",
    "forget",
    "install_helpers",
    "is_convertible",
    "mark_host",
]

_STDLIB: Final = tuple(
    os.path.join(path, "")
    for path in {sysconfig.get_path(k) for k in ("stdlib", "platstdlib")}
    if path
)
_OWN: Final = __name__.partition(".")[0]

#: npjit's own modules that are written as users write.
_CONVERTIBLE: Final = (f"{_OWN}._demo", f"{_OWN}._convert.written_out")

#: Modules of NumPy that are arithmetic on a few coefficients, or go by values: they are
#: converted only where JAX traces.
_TRACED_ONLY: Final = (
    "numpy.polynomial",
    "numpy.lib._polynomial_impl",
    "numpy.lib._scimath_impl",
)

_helpers: dict[str, Any] = {}
_converted: weakref.WeakKeyDictionary[types.FunctionType, Any] = (
    weakref.WeakKeyDictionary()
)
_convertible: weakref.WeakKeyDictionary[types.FunctionType, Any] = (
    weakref.WeakKeyDictionary()
)
_host_only: weakref.WeakSet[Any] = weakref.WeakSet()


def install_helpers(helpers: dict[str, Any]) -> None:
    """The helpers of converted code, made by `npjit/_convert/helpers.py`."""
    _helpers.update(helpers)


def mark_host(function: Any) -> None:
    """Keep a function unconverted: it is called with real arrays."""
    _host_only.add(function)
    forget(function)


def converted(f: types.FunctionType) -> Converted | None:
    """The conversion of a function; None if it runs as foreign code."""
    code, found = _converted.get(f, (None, None))
    if code is not f.__code__:  # new, or redefined
        found = conversion_of(f) if _is_known_convertible(f) else None
        _converted[f] = (f.__code__, found)
    if found is None and _is_traced_only(f):
        found = _traced_conversion(f)
    if found is not None:  # defaults may be set at any time
        found.function.__defaults__ = f.__defaults__
        found.function.__kwdefaults__ = f.__kwdefaults__
    return found


def conversion_of(f: types.FunctionType) -> Converted | None:
    """A function's conversion, made now; None, and an event, if it has none."""
    try:
        return convert(f, _helpers)
    except Unconvertible as error:
        filename, lineno = f.__code__.co_filename, f.__code__.co_firstlineno
        name = f.__qualname__
        emit(Event("fallback", name, Reason.NO_SOURCE, filename, lineno, str(error)))
        return None


_traced_conversion = functools.cache(conversion_of)


def is_convertible(f: types.FunctionType) -> bool:
    """Whether a function is the user's, or of a library or of NumPy's and converted."""
    return _is_known_convertible(f) or _is_traced_only(f)


def _is_traced_only(f: types.FunctionType) -> bool:
    """Whether it is of modules that NumPy else computes, and JAX traces."""
    trace = current.trace
    if trace is None or not trace.is_pure:
        return False
    return is_in(f.__globals__.get("__name__") or "", _TRACED_ONLY)


def _is_known_convertible(f: types.FunctionType) -> bool:
    code, verdict = _convertible.get(f, (None, False))
    if code is not f.__code__:
        verdict = _is_convertible(f)
        _convertible[f] = f.__code__, verdict
    return bool(verdict)


def _is_convertible(f: types.FunctionType) -> bool:
    if f in _host_only:
        return False
    home = f.__globals__.get("__name__") or ""
    if home in _numpys_modules():
        owner, dot, _ = f.__qualname__.rpartition(".")
        if not dot or owner in groups.NUMPYS_CLASSES:
            return True
    modules = (f.__module__ or "", home)  # decorators give away the first
    if any(is_in(name, (_OWN, "numpy")) for name in modules):
        return is_in(f.__module__ or "", _CONVERTIBLE)
    if any(is_in(name, groups.skipped_modules()) for name in modules):
        return False
    if in_library(f.__code__):
        return computes(home, f.__qualname__)
    return not f.__code__.co_filename.startswith(_STDLIB)


@functools.cache
def _numpys_modules() -> frozenset[str]:
    """The modules of NumPy whose functions composed ones may call."""
    composed = [op.func for op in OPERATIONS.values() if op.kind is Kind.COMPOSED]
    return frozenset(
        func.__wrapped__.__globals__["__name__"]
        for func in composed
        if hasattr(func, "__wrapped__")
    )


def forget(f: types.FunctionType) -> None:
    """Convert a function anew at its next call."""
    _converted.pop(f, None)
    _convertible.pop(f, None)
