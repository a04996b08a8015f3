"""The calls of one accelerated function: replayed where that is safe, else recorded."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from functools import partial
from types import FunctionType, MethodType
from typing import Any, Final

from npjit._config import Options
from npjit._diagnostics.events import Event, emit, ticker
from npjit._effects.guards import Check
from npjit._effects.steps import Recording
from npjit._effects.templates import Missed
from npjit._graph.trace import Trace
from npjit._runtime.quick import quick_of
from npjit._runtime.recording import HOST, engine_of, record_call
from npjit._runtime.replay import LogEngine, join, replay
from npjit._runtime.signature import Imported
from npjit.errors import Reason

__all__ = ["Calls"]

#: A function is recorded each time once so many recordings in a row were of no use.
_PATIENCE: Final = 8
#: So many calls that could not be replayed, one after the other, and no more are tried.
_MAX_FAILURES: Final = 3
_MAX_RECORDINGS: Final = 64
#: What uses `sys.monitoring`; from Python 3.12 on.
_gettrace: Final = sys.gettrace
_tool: Final = getattr(getattr(sys, "monitoring", None), "get_tool", None)
_MODES: Final = frozenset({"auto", "jit", "host"})


class Calls:
    """What is known of the calls of one function.

    Parameters
    ----------
    options : Options

    Attributes
    ----------
    recordings : tuple of Recording
        The one that was of use last comes first.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forget all recordings."""
        self.recordings: tuple[Recording, ...] = ()
        self.n_unused = 0
        self.n_failures = 0

    def replayed(
        self, fn: Callable[..., Any], args: tuple, kwargs: dict
    ) -> Sequence[Any] | None:
        """What a replay of the call returned, as an item; None if there was none."""
        if _gettrace() is not None or (_tool is not None and _has_tool(_tool)):
            return None  # a debugger, or a tool for coverage, follows the lines
        if type(fn) is not FunctionType:
            args = _roots(fn, args)
        found: Sequence[Any] | None = None
        try:
            for recording in self.recordings:
                quick = recording.quick or self._by_steps(recording)
                found = quick(args, kwargs)
                if found is not None:
                    self.n_unused = 0
                    return found
        except Missed as missed:
            emit(Event("guard_miss", _name(fn), detail=str(missed)))
            return None
        except Exception:  # noqa: BLE001 - a bug of npjit's: the call is recorded
            detail = traceback.format_exc()
            emit(Event("guard_miss", _name(fn), Reason.INTERNAL, detail=detail))
            self.clear()
            return None
        if self.recordings:
            emit(Event("guard_miss", _name(fn)))
        return None

    def _by_steps(self, recording: Recording) -> Check:
        """What replays a recording step by step: its result as an item."""

        def run(args: tuple, kwargs: dict[str, Any]) -> tuple[Any] | None:
            bound = recording.guards(args, kwargs)
            if bound is None:
                return None
            return (self._run(recording, bound, (args, kwargs)),)

        return run

    def _run(
        self,
        recording: Recording,
        bound: tuple,
        arguments: tuple[tuple, dict[str, Any]],
    ) -> Any:
        mode = self.options.mode
        logs = LogEngine(self.options, engine_of(mode), HOST, recording.errstate)
        result = replay(self.recordings, recording, bound, arguments, logs)
        ticker(recording.told)()
        # It has one step, and no question that asks for the arguments.
        again = partial(self._run, recording, arguments=((), {}))
        recording.quick = quick_of(recording, again)
        return result

    def record(
        self, fn: Callable[..., Any], args: tuple, kwargs: dict, imported: Imported
    ) -> tuple[Any, Trace]:
        """What the function returns, and the trace of the call."""
        roots = _roots(fn, args)
        taped = roots if self._is_worth_taping(imported) else None
        result, trace = record_call(fn, args, kwargs, self.options, imported, taped)
        tape, trace.tape = trace.tape, None  # each holds the other
        if tape is not None:
            self._take(trace.recording, tape.failure, _name(fn))
        return result, trace

    def _is_worth_taping(self, imported: Imported) -> bool:
        options = self.options
        if options.pure is False or options.mode not in _MODES or imported:
            return False
        if options.is_placed:
            return False
        return self.n_unused < _PATIENCE and self.n_failures < _MAX_FAILURES

    def _take(
        self,
        new: Recording | None,
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
            new.told = ("replay", name, None)
            join(self.recordings, new)
            self.recordings = (new, *self.recordings)[:_MAX_RECORDINGS]
            if self.n_unused == _PATIENCE:
                self.recordings = ()


def _roots(fn: Callable[..., Any], args: tuple) -> tuple:
    """All that a call is given: the object of a method comes first."""
    if isinstance(fn, FunctionType):
        return args
    return (fn.__self__ if isinstance(fn, MethodType) else fn, *args)


def _name(fn: Callable[..., Any]) -> str:
    return getattr(fn, "__qualname__", type(fn).__qualname__)


def _has_tool(tool: Callable[[int], str | None]) -> Any:
    # All six, in a third of the time of a loop.
    return tool(0) or tool(1) or tool(2) or tool(3) or tool(4) or tool(5)
