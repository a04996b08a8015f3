"""The engine of mode "auto": NumPy until JAX is worth importing, then what is faster.

JAX takes one to two seconds to import. So recordings run in NumPy until the process has
spent some time in accelerated functions; then it is imported in the background, and
from there on `measuring.py` chooses for each program.
"""

from __future__ import annotations

import atexit
import sys
import threading
from typing import Any, Final

from npjit._config import Options
from npjit._graph.log import Log
from npjit._graph.trace import Engine, Line, Trace
from npjit._host.engine import HostEngine
from npjit._runtime import clock
from npjit._runtime.background import WORKER
from npjit._runtime.clock import SPENT

__all__ = ["PROGRESS", "AutoEngine", "is_warm"]

#: A recording is idle if it runs in NumPy alone for so long, and if the engine takes no
#: more than this share of the time: the rest is the recording's, or Python's.
_IDLE_NS: Final = 200_000_000
_IDLE_SHARE: Final = 0.9


class _Progress(threading.local):
    """What calls of this thread met.

    Attributes
    ----------
    n_unsettled : int
        How many programs ran whose engine was not settled.
    n_promising : int
        How many ran that XLA runs, or may run the next time.
    is_warm_up : bool
        The user asked for a warm-up: programs are compiled at once.
    """

    n_unsettled = 0
    n_promising = 0
    is_warm_up = False


PROGRESS = _Progress()


def is_warm(options: Options) -> bool:
    """Whether so much time was spent that importing JAX may pay."""
    return SPENT.ns >= options.warm_up_seconds * 1e9 and not WORKER.is_forked


class AutoEngine:
    """Runs logs in NumPy until the measuring engine is there, then gives them to it.

    Attributes
    ----------
    measuring : Engine or None
        That engine, as soon as JAX is imported.
    """

    name = "auto"

    def __init__(self, host: HostEngine) -> None:
        self.host = host
        self.measuring: Engine | None = None
        self.is_loading = False

    @property
    def is_loaded(self) -> bool:
        """Whether XLA may be asked for: importing it now would be waited for."""
        return self.measuring is not None and not WORKER.is_forked

    def call(self, line: Line, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call one NumPy function now, as if from the user's line."""
        return self.host.call(line, func, args, kwargs)

    def run(self, trace: Trace, log: Log) -> None:
        """Compute the live storages of a log."""
        n_promising = PROGRESS.n_promising
        began_ns = clock.now_ns()
        if self.measuring is not None and self.is_loaded:
            self.measuring.run(trace, log)
        else:
            self.host.run(trace, log)
            PROGRESS.n_unsettled += 1
            PROGRESS.n_promising += 1
            if is_warm(trace.options):
                self.load()
        ended_ns = clock.now_ns()
        SPENT.add(ended_ns - began_ns)
        if PROGRESS.n_promising != n_promising:
            trace.idle_from_ns = 0
        _note_idle(trace, began_ns, ended_ns)

    def load(self) -> None:
        """Have JAX imported in the background."""
        if not self.is_loading:
            self.is_loading = WORKER.submit(self._load)

    def _load(self) -> None:
        sys.meta_path.insert(0, _DOOR)
        try:
            from npjit._runtime import ready  # noqa: F401 - replays ask for it
            from npjit._runtime.measuring import MeasuringEngine
            from npjit._xla.exactness import compiler_options
        except (_Closed, ImportError):  # C++ makes the one of the other
            if WORKER.is_closed:
                return
            raise
        finally:
            sys.meta_path.remove(_DOOR)
        compiler_options(exact=True)  # compiles, which starts JAX's backend
        # Again, to come before JAX's own: a compilation is waited for before JAX ends.
        atexit.register(WORKER.close)
        self.measuring = MeasuringEngine(self.host)


class _Closed(BaseException):
    """The process ends in the middle of an import."""


class _Door:
    """Lets the worker import no more when the process ends, since that is waited for.

    JAX takes one to two seconds, which a short script would be the longer for.
    """

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Find nothing: others do."""
        if WORKER.is_closed and threading.current_thread() is WORKER.thread:
            raise _Closed(name)


_DOOR: Final[Any] = _Door()


def _note_idle(trace: Trace, began_ns: int, ended_ns: int) -> None:
    """Take note of a program that ran in NumPy, and will the next time."""
    if not trace.idle_from_ns:
        trace.idle_from_ns, trace.idle_ns = ended_ns, 0
    else:
        trace.idle_ns += ended_ns - began_ns
    since_ns = ended_ns - trace.idle_from_ns
    is_short = trace.idle_ns < _IDLE_SHARE * since_ns
    trace.is_idle = since_ns > _IDLE_NS and is_short
