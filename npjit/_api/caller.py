"""What Python calls in the place of a function; the way to a replay is short.

`caller` is called once for each function; what it returns runs at every call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._api.state import State
from npjit._convert.block_trace import call_closed
from npjit._convert.foreign import foreign
from npjit._convert.joined import with_own
from npjit._convert.resolve import resolve
from npjit._graph.trace import current
from npjit._runtime.signature import ATOMS

__all__ = ["caller"]


def caller(state: State) -> Callable[..., Any]:
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


def _caller_in_auto(state: State) -> Callable[..., Any]:
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
    state: State, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    outer = current.trace
    if outer is not None and (not outer.direct or outer.stopped):
        # Joins the recording under way.
        called = foreign(fn) if state.options.mode == "numpy" else resolve(fn)
        return call_closed(called, args, kwargs, with_own(outer.options, state.own))
    return state.call(fn, args, kwargs)
