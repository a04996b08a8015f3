"""What converted code calls where a number goes nowhere but into a result."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

from npjit._array.array import STAND_INS
from npjit._array.extract import extract, item, tolist
from npjit._convert.calls import resolve_method
from npjit._convert.resolve import resolve
from npjit._graph.trace import Trace, current

__all__ = ["extract_method", "extracting"]

_METHODS: Final = {"item": item, "tolist": tolist}
_LAST: Final = 2  # frames between a function of this module and the user's caller


def _is_outermost(trace: Trace | None) -> bool:
    """Whether the user's frame is that of the call itself, whose result nobody uses."""
    if trace is None or trace.direct or trace.is_block:
        return False
    caller = sys._getframe(_LAST).f_back
    return caller is not None and caller.f_code is trace.bottom


def extracting(f: Any) -> Any:
    """What to call in place of `float` and its kin."""
    if type(f) is type and f in _ASKING and _is_outermost(current.trace):
        return _ASKING[f]
    return resolve(f)


def extract_method(obj: Any, name: str) -> Any:
    """What to call in place of `obj.item` and its kin."""
    if type(obj) not in STAND_INS or not _is_outermost(current.trace):
        return resolve_method(obj, name)
    return lambda: _asked(_METHODS[name], obj, getattr(obj, name))


def _asked(
    question: Callable[[Any], Any], x: Any, now: Callable[..., Any], *args: Any
) -> Any:
    trace = current.trace
    if type(x) in STAND_INS and x._trace is trace and not trace.direct:
        found = extract(question, x)
        if found is not None:
            return found
    return now(*args)


def _asking(kind: type) -> Callable[[Any], Any]:
    return lambda x: _asked(kind, x, resolve(kind), x)


_ASKING: Final = {kind: _asking(kind) for kind in (bool, complex, float, int)}
