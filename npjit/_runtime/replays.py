"""What is kept of the calls of a function, so that later ones need not run its code."""

from __future__ import annotations

import sys
import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from types import FunctionType, MethodType
from typing import Any, Final, Protocol

from npjit._diagnostics.events import Event, emit
from npjit._effects.guards import Check
from npjit._effects.templates import Missed
from npjit.errors import Reason

__all__ = ["Replayable", "Replays", "name_of", "roots_of"]

#: A function is recorded each time once so many recordings in a row were of no use.
_PATIENCE: Final = 8
#: So many calls that could not be replayed, one after the other, and no more are tried.
_MAX_FAILURES: Final = 3
#: What uses `sys.monitoring`; from Python 3.12 on.
_gettrace: Final = sys.gettrace
_tool: Final = getattr(getattr(sys, "monitoring", None), "get_tool", None)


class Replayable(Protocol):
    """A recording.

    Attributes
    ----------
    quick : Check or None
        Replays a call, and gives its result as an item; None where guards do not hold.
    """

    quick: Check | None


class Replays(ABC):
    """The recordings of the calls of one function.

    Attributes
    ----------
    recordings : tuple of Replayable
        The last one comes first.
    """

    max_recordings = 64
    recordings: tuple[Any, ...]

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all recordings."""
        self.recordings = ()
        self.n_unused = 0
        self.n_failures = 0

    @property
    def is_patient(self) -> bool:
        """Whether another recording is worth its time."""
        return self.n_unused < _PATIENCE and self.n_failures < _MAX_FAILURES

    @abstractmethod
    def quick_of(self, recording: Any) -> Check:
        """What replays a recording that has no `quick` yet."""

    def replayed(
        self, fn: Callable[..., Any], args: tuple, kwargs: dict
    ) -> Sequence[Any] | None:
        """What a replay of the call returned, as an item; None if there was none."""
        if _gettrace() is not None or (_tool is not None and _has_tool(_tool)):
            return None  # a debugger, or a tool for coverage, follows the lines
        if type(fn) is not FunctionType:
            args = roots_of(fn, args)
        found: Sequence[Any] | None = None
        try:
            for recording in self.recordings:
                quick = recording.quick or self.quick_of(recording)
                found = quick(args, kwargs)
                if found is not None:
                    self.n_unused = 0
                    return found
        except Missed as missed:
            emit(Event("guard_miss", name_of(fn), detail=str(missed)))
            return None
        except Exception:  # noqa: BLE001 - a bug of npjit's: the call is recorded
            detail = traceback.format_exc()
            emit(Event("guard_miss", name_of(fn), Reason.INTERNAL, detail=detail))
            self.clear()
            return None
        if self.recordings:
            emit(Event("guard_miss", name_of(fn)))
        return None

    def take(
        self,
        new: Replayable | None,
        failure: tuple[Reason, str, str, int] | None,
        name: str,
    ) -> None:
        """Keep the recording of a call, or tell why it cannot be replayed."""
        if new is None:
            assert failure is not None
            reason, what, filename, lineno = failure
            emit(Event("no_replay", name, reason, filename, lineno, what))
            self.n_failures += 1
            return
        with self.lock:
            self.n_failures = 0
            self.n_unused += 1
            self.recordings = (new, *self.recordings)[: self.max_recordings]
            if self.n_unused == _PATIENCE:
                self.recordings = ()


def roots_of(fn: Callable[..., Any], args: tuple) -> tuple:
    """All that a call is given: the object of a method comes first."""
    if isinstance(fn, FunctionType):
        return args
    return (fn.__self__ if isinstance(fn, MethodType) else fn, *args)


def name_of(fn: Callable[..., Any]) -> str:
    """The name of a function in events."""
    return getattr(fn, "__qualname__", type(fn).__qualname__)


def _has_tool(tool: Callable[[int], str | None]) -> Any:
    # All six, in a third of the time of a loop.
    return tool(0) or tool(1) or tool(2) or tool(3) or tool(4) or tool(5)
