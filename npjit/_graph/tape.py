"""What a recording tells of a call, so that the call can be replayed without Python.

A `Tape` is told what the call read from outside, what it changed, what was computed and
where Python looked at a value. `npjit/_effects/tape.py` makes a replay of it; whoever
records only tells.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from npjit.errors import Reason

if TYPE_CHECKING:
    from npjit._diagnostics.events import Event
    from npjit._graph.log import Log

__all__ = ["Tape"]


class Tape(Protocol):
    """One call, as it is recorded.

    Attributes
    ----------
    failure : tuple or None
        Why the call cannot be replayed: reason, what, file name and line.
    quiet : int
        More than 0 while real arrays are looked at by what the tape is told of.
    events : list of Event
        The breaks and fallbacks so far.
    """

    failure: tuple[Reason, str, str, int] | None
    quiet: int
    events: list[Event]

    def finish(self, result: Any) -> Any:
        """What a replay needs; None if the call cannot be replayed."""

    def ends(self) -> None:
        """The call has returned: forget the functions that were made in it."""

    def fail(self, reason: Reason, what: str) -> None:
        """Note that the call cannot be replayed, because of the user's current line."""

    def can_undo(self) -> bool:
        """Whether the call can be given up as if it had not begun."""

    def undo(self) -> None:
        """Give the arrays from outside their first values again."""

    # What is read from outside -------------------------------------------------------

    def enters(self, function: FunctionType) -> None:
        """A Python function is going to run."""

    def defines(self, function: FunctionType) -> None:
        """A function was made in this call."""

    def lifts(self, a: np.ndarray, storage: Any) -> None:
        """A real array got a stand-in."""

    def shows_flags(self, a: np.ndarray) -> None:
        """The flags of an array were asked for."""

    def reads(self, obj: Any, name: str, value: Any) -> None:
        """An attribute was read, without Python code of the user's."""

    def misses(self, obj: Any, name: str) -> None:
        """An attribute was asked for that is not there."""

    def lacks(self, obj: Any, name: str) -> None:
        """An object's own attributes were found not to have one."""

    def asks_class(self, cls: type, name: str) -> None:
        """It was looked up what a class has under a name."""

    def uses(self, obj: Any, what: str) -> None:
        """C code looks into an object, in a way that the guards do not cover."""

    def shows(self, obj: Any) -> None:
        """C code may ask an object, or those that it holds, for what they are."""

    # What is changed ----------------------------------------------------------------

    def changes(self, obj: Any, what: str) -> None:
        """An object is changed; nothing, if it was made in this call."""

    def acts(self, what: str) -> None:
        """Something is done that a replay would not do."""

    # What is computed ---------------------------------------------------------------

    def takes(self, number: Any, storage: Any) -> None:
        """A float argument, or what is computed of it, is the operand of an array."""

    def pins(self, number: Any) -> None:
        """Python looks at a float argument."""

    def runs(self, log: Log) -> None:
        """A log is going to be run."""

    def calls(
        self, func: Any, args: tuple, kwargs: dict, written: list, spelling: Any = None
    ) -> None:
        """A NumPy function is going to be called on the arrays of stand-ins."""

    def returns(self, real: Any, result: Any) -> None:
        """It has returned: what NumPy gave, and what the recording made of it."""

    def answers(
        self, operands: tuple, question: Callable[..., Any], answer: Any
    ) -> None:
        """A question about elements was answered; the call went on accordingly."""
