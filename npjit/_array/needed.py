"""Values that Python, or a check of npjit's, needs before the call ends: breaks."""

from __future__ import annotations

from typing import Any

from npjit._array.array import is_pending, peek
from npjit._graph.trace import user_line
from npjit.errors import Reason

__all__ = ["need_value", "tell_if_pending"]


def need_value(stand_in: Any, what: str) -> Any:
    """The value, because Python or a check needs it now: a break if it is pending."""
    tell_if_pending(stand_in, what)
    return peek(stand_in)


def tell_if_pending(stand_in: Any, what: str) -> None:
    """Tell of a break if a value that is asked for is still to be computed."""
    if is_pending(stand_in):
        trace = stand_in._trace
        trace.tell("break", what, Reason.VALUE_NEEDED, user_line())
