"""The calls of one accelerated function: replayed where that is safe, else recorded."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from npjit._config import Options
from npjit._diagnostics.events import ticker
from npjit._effects.guards import Check
from npjit._effects.steps import Recording
from npjit._graph.trace import Trace
from npjit._runtime.quick import quick_of
from npjit._runtime.recording import HOST, engine_of, record_call
from npjit._runtime.replay import LogEngine, join, replay
from npjit._runtime.replays import Replays, name_of, roots_of
from npjit._runtime.signature import Imported

__all__ = ["Calls"]

_MODES: Final = frozenset({"auto", "jit", "host"})


class Calls(Replays):
    """What is known of the calls of one function.

    Parameters
    ----------
    options : Options
    """

    recordings: tuple[Recording, ...]

    def __init__(self, options: Options) -> None:
        super().__init__()
        self.options = options

    def quick_of(self, recording: Recording) -> Check:
        """What replays a recording step by step."""

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
        taped = roots_of(fn, args) if self._is_worth_taping(imported) else None
        result, trace = record_call(fn, args, kwargs, self.options, imported, taped)
        tape, trace.tape = trace.tape, None  # each holds the other
        if tape is not None:
            new: Recording | None = trace.recording
            if new is not None:
                new.told = ("replay", name_of(fn), None)
                join(self.recordings, new)
            self.take(new, tape.failure, name_of(fn))
        return result, trace

    def _is_worth_taping(self, imported: Imported) -> bool:
        options = self.options
        if options.pure is False or options.mode not in _MODES or imported:
            return False
        return self.is_patient and not options.is_placed
