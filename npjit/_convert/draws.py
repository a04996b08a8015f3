"""Random numbers: they come from NumPy's own streams, in program order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from npjit._array.array import lift_array
from npjit._convert import groups
from npjit._convert.foreign import call_foreign, foreign
from npjit._convert.up_to_date import look_into, settle
from npjit._graph.trace import current, user_line
from npjit.errors import Reason

__all__ = ["DRAWING", "draw", "seeded"]

DRAWING: Final = frozenset({np.random.Generator, np.random.RandomState})
#: So many arguments of a draw come before `out`, at least.
_BEFORE_OUT: Final = 2


def draw(f: Any) -> Callable[..., Any]:
    """A draw from NumPy's own streams, in program order; a leaf of the recording."""
    if f.__name__ in groups.WRITING_DRAWS:
        return foreign(f)

    def run(*args: Any, **kwargs: Any) -> Any:
        settle()
        trace = current.trace
        has_out = kwargs.get("out") is not None or len(args) > _BEFORE_OUT
        if trace is None or trace.direct or (has_out and f.__name__ in groups.INTO_OUT):
            return call_foreign(f, args, kwargs)
        if not all(map(groups.is_native, (*args, *kwargs.values()))):
            return call_foreign(f, args, kwargs)
        name = f"{type(f.__self__).__name__}.{f.__name__}"
        trace.tell("fallback", name, Reason.RANDOM, user_line())
        real_args = map(look_into, args)
        real_kwargs = {k: look_into(v) for k, v in kwargs.items()}
        tape = trace.tape
        if tape is not None:
            tape.calls(f, args, kwargs, [])
        result = trace.engine.call(user_line(), f, tuple(real_args), real_kwargs)
        lifted = result
        if type(result) is np.ndarray:
            lifted = lift_array(trace, result, external=False)
        elif tape is not None:
            tape.fail(Reason.RANDOM, "a random number in Python's hands")
        if tape is not None:
            tape.returns(result, lifted)
        return lifted

    return run


def seeded(plain: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
    """A generator of random numbers, made by the call."""
    named = {name: look_into(x) for name, x in kwargs.items()}
    made = plain(*map(look_into, args), **named)
    trace = current.trace
    if trace is not None and trace.tape is not None:
        trace.tape.calls(plain, args, kwargs, [])
        trace.tape.returns(made, made)
    return made
