"""Whether a function has loops: without them no program repeats within one call."""

from __future__ import annotations

import dis
import functools
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType
from typing import Any, Final

__all__ = ["may_loop"]

_BACKWARD: Final = frozenset(
    number for name, number in dis.opmap.items() if "JUMP_BACKWARD" in name
)
_MAX_CODES: Final = 100


def may_loop(fn: Callable[..., Any]) -> bool:
    """Whether a function, or one that it names, has a loop.

    Parameters
    ----------
    fn : callable
        What is no Python function, method or partial of one is taken to have none.
    """
    while isinstance(fn, functools.partial):
        fn = fn.func
    function, owner = getattr(fn, "__func__", fn), type(getattr(fn, "__self__", None))
    if type(function) is not FunctionType:
        owner = type(fn)
        function = getattr(owner, "__call__", None)  # noqa: B004 - what will be called
    if type(function) is not FunctionType:
        return False
    return any(_BACKWARD & set(c.co_code[::2]) for c in _codes(function, owner))


def _codes(function: FunctionType, owner: type) -> Iterator[CodeType]:
    """The code of a function and of those that it defines or names."""
    pending, met = [function.__code__], {function.__code__}
    while pending and len(met) <= _MAX_CODES:
        code = pending.pop()
        yield code
        named = (_named(name, function.__globals__, owner) for name in code.co_names)
        for found in (*code.co_consts, *named):
            if type(found) is CodeType and found not in met:
                met.add(found)
                pending.append(found)


def _named(name: str, names: dict[str, Any], owner: type) -> CodeType | None:
    """The code of a function that a name may mean: a global or a method."""
    found = names.get(name, getattr(owner, name, None))
    code = getattr(found, "__code__", None)
    return code if type(code) is CodeType else None
