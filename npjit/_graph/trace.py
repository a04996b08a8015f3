"""The trace: one recording of a call, and the engines it may ask.

A trace owns a log. `flush` hands the log to an engine (a cut) and begins a new one. A
closed trace, and one that runs foreign code or has stopped recording, is *direct*: its
stand-ins forward every operation to their real arrays.
"""

from __future__ import annotations

import bisect
import sys
import threading
from collections import Counter
from types import CodeType, FrameType
from typing import Any, Final, Protocol
from weakref import WeakKeyDictionary, WeakValueDictionary

from npjit._config import Options
from npjit._diagnostics.events import Event, Name, emit, fallback_error
from npjit._graph.by_code import once_for_code
from npjit._graph.log import Log
from npjit._graph.tape import Tape
from npjit._graph.weak import WeakLists
from npjit.errors import Reason

__all__ = [
    "Engine",
    "Line",
    "Restart",
    "Trace",
    "current",
    "is_own_frame",
    "line_outside_of_numpy",
    "location",
    "user_line",
]

#: Code, last instruction and globals of a user's frame: enough to find the line later.
Line = tuple[CodeType, int, dict[str, Any]]
#: Of the name of the loop, and of the argument of the question.
_REFS_BESIDE_NOTES: Final = 2
#: A recording stops where so many operations had fewer elements on average.
TINY_OPS: Final = 2000
TINY_SIZE: Final = 64
_PACKAGE: Final = __name__.partition(".")[0]


class Restart(BaseException):
    """The call is given up, as if it had not begun, to be made again in NumPy."""


class Engine(Protocol):
    """What runs a log."""

    name: str

    def run(self, trace: Trace, log: Log) -> None:
        """Compute what the live storages of a log need; continue at `log.done`."""

    def call(self, line: Line, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call one NumPy function now, as if from the user's line."""


class _Current(threading.local):
    trace: Trace | None = None


current: Final = _Current()


def user_line(depth: int = 1) -> Line:
    """Where the user's code is, in the innermost frame that is not npjit's.

    Parameters
    ----------
    depth : int
        So many frames, from that of this function on, are npjit's for certain.
    """
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        code = frame.f_code
        own = _own_files.get(code.co_filename)
        if own is False or not (own or is_own_frame(frame)):
            return code, frame.f_lasti, frame.f_globals
        last, frame = frame, frame.f_back
    return last.f_code, last.f_lasti, last.f_globals


def line_outside_of_numpy() -> Line:
    """Where the user's code is, in the innermost frame that is not NumPy's either.

    Python code of NumPy's is recorded like the user's own.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and (is_own_frame(frame) or _is_numpys(frame)):
        frame = frame.f_back
    if frame is None:
        return user_line()
    return frame.f_code, frame.f_lasti, frame.f_globals


def _is_numpys(frame: FrameType) -> bool:
    package, _, _ = frame.f_globals.get("__name__", "").partition(".")
    return package == "numpy"


def is_own_frame(frame: FrameType) -> bool:
    """Whether a frame runs npjit's code."""
    filename = frame.f_code.co_filename
    own = _own_files.get(filename)
    if own is None:
        own = _own_files[filename] = _is_own(frame.f_globals)
    return own


_own_files: dict[str, bool] = {}


def _is_own(module_globals: dict[str, Any]) -> bool:
    # The demo is user code that ships with npjit.
    package, _, rest = module_globals.get("__name__", "").partition(".")
    return package == _PACKAGE and not rest.startswith("_demo")


def location(line: Line) -> tuple[str, int]:
    """File name and line number."""
    code, last, _ = line
    starts, numbers = _lines(code)
    number = numbers[bisect.bisect_right(starts, last) - 1]
    return code.co_filename, number or code.co_firstlineno


@once_for_code
def _lines(code: CodeType) -> tuple[list[int], list[int]]:
    """Where in the bytecode lines begin, and their numbers: 0 for none."""
    lines = [(-1, 0)]  # a frame that has not begun
    lines += [(start, number or 0) for start, _, number in code.co_lines()]
    return [start for start, _ in lines], [number for _, number in lines]


class Trace:
    """One recording.

    Attributes
    ----------
    log : Log
        What is pending.
    engine, host : Engine
        The engine of cuts, and the one that finishes after an exception.
    direct : int
        More than 0 while stand-ins forward to real arrays.
    lifted : WeakLists
        id of a real array -> its stand-in.
    owners : WeakLists
        id of the array that owns memory -> the storages in it.
    dirty : dict
        Storages whose buffer is seen outside and does not hold the current value.
    imported : dict
        id of a jax.Array among the arguments -> that array and its read-only ndarray.
    n_prepared : int
        How often code outside could write the buffers that it sees.
    n_compiled : dict
        For each place (file name, line) the operations compiled for logs that begin
        there.
    masks : mapping
        What is known of masks that select elements; kept by the selections.
    selects : bool
        A selection was made in this recording.
    stopped : bool
        Nothing is to be gained: the rest of the call runs in NumPy.
    is_idle : bool
        All that was recorded last runs in NumPy, faster than in XLA, so that recording
        it is in vain; kept by the engine of mode "auto".
    idle_from_ns, idle_ns : int
        Since when, and what the engine took meanwhile.
    recent_size, countdown : int
        Elements of the operations since the last look at them, and how many operations
        it is until the next.
    errstate : dict
        `np.geterr()`; watched by the conversion, so that it is not asked each time.
    errstate_reacts : bool
        Floating-point errors do more than warn.
    errstate_raises : bool
        All that they do more is to raise.
    bottom : CodeType or None
        The code of npjit that called the recorded function.
    stack : tuple of Line or None
        Of the operation that is being recorded, if it may raise later.
    tape : Tape or None
        Told what happens, where the call may be replayed later.
    recording : Recording or None
        What came of it.
    replays : bool
        It is no recording: a log is run again, and what NumPy would report ends that.
    is_block : bool
        The recording is that of a block.
    is_pure : bool
        It becomes part of a JAX program: see npjit/_transforms/traced.py.
    is_silent : bool
        Programs report nothing, so that what is to raise runs in NumPy.
    n_foreign : int
        How many calls of foreign code there were.
    """

    is_block = False
    is_pure = False
    is_silent = False

    def __init__(self, options: Options, engine: Engine, host: Engine) -> None:
        self.options = options
        self.engine = engine
        self.host = host
        self.log = Log()
        self.direct = 0
        self.closed = False
        self.thread = threading.get_ident()
        self.lock = threading.RLock()
        self.lifted: WeakLists[Any] = WeakLists()
        self.owners: WeakLists[Any] = WeakLists()
        self.foreign_memory: list[tuple[int, int, Any]] = []
        self.dirty: dict[int, Any] = {}
        self.notes: dict[tuple[int, str | None], tuple[Any, str | None]] = {}
        self.functions: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        self.errstate: dict[str, str] = {}
        self.errstate_reacts = False
        self.errstate_raises = False
        self.bottom: CodeType | None = None
        self.stack: tuple[Line, ...] | None = None
        self.imported: dict[int, tuple[Any, Any]] = {}
        self.n_recorded = 0
        self.recent_size = 0
        self.countdown = TINY_OPS
        self.hits = 0
        self.misses = 0
        self.n_compiled: dict[tuple[str, int], int] = {}
        self.stopped = False
        self.is_idle = False
        self.idle_from_ns = self.idle_ns = 0
        self.n_foreign = 0
        self.n_prepared = 0
        self.masks: WeakValueDictionary[Any, Any] = WeakValueDictionary()
        self.selects = False
        self.tape: Tape | None = None
        self.recording: Any = None
        self.replays = False

    @property
    def open(self) -> bool:
        """Whether code runs that may use, unseen, every buffer it can reach."""
        return False

    def flush(self) -> None:
        """Compute all pending work that live storages reach."""
        if self.log.done < len(self.log.entries):
            with self.lock:
                self._flush(self.engine)

    def flush_on_host(self) -> None:
        """Finish pending work in NumPy, without compiling."""
        with self.lock:
            self._flush(self.host)

    def settle(self) -> None:
        """Compute what may raise, before something happens that it would prevent."""
        if self.log.stacks:
            self.flush()

    def renew(self) -> None:
        """Flush, and forget what was read: somebody may write it unseen."""
        self.flush()
        with self.lock:
            if self.log.storages:
                self.log = Log()

    def escaped(self) -> None:
        """Take note that a real array is in the hands of a block's own code."""

    def lifts(self, a: Any, storage: Any) -> None:
        """Take note of an array that has got a stand-in."""

    def lift_foreign(self, a: Any) -> Any:
        """A jax.Array as the function meets it, if it was not among the arguments."""
        return a

    def lift_stranger(self, x: Any) -> Any:
        """The stand-in of one of another recording; None if its array is to be met."""
        return None

    def taken(self, fn: Any, args: tuple, kwargs: dict) -> tuple[tuple, dict]:
        """The arguments of the call as the function gets them."""
        return args, kwargs

    def on_device(self, result: Any) -> Any:
        """The result of the call, with jax.Arrays where the options ask for them."""
        return result

    def rests(self, x: Any) -> bool:
        """Whether a stand-in in the result is handed out as it is."""
        return False

    def shown(self, x: Any) -> Any:
        """The value of a stand-in for a text; None if it is that for all uses."""
        return None

    def knows(self, op: Any) -> bool:
        """Whether `instead` has something for what NumPy composes of functions."""
        return False

    def instead(self, op: Any, args: tuple, kwargs: dict) -> Any:
        """What takes the place of a call of NumPy's; NotImplemented if nothing does."""
        return NotImplemented

    def repeats(self) -> bool:
        """Whether the log has come to where it is cut in each iteration of a loop."""
        return False

    def cut(self) -> None:
        """Flush a log that has grown too long or holds too much memory."""
        count = len(self.log.entries) - self.log.done
        emit(Event("materialize", self.engine.name, Reason.LIMIT, count=count))
        self.flush()

    def is_tiny(self) -> bool:
        """Whether the operations since the last look were too small to gain."""
        elements, self.recent_size = self.recent_size, 0
        self.countdown = TINY_OPS
        return self.options.mode == "auto" and elements < TINY_OPS * TINY_SIZE

    def stop(self, reason: Reason = Reason.TINY) -> None:
        """Record no more: the rest of the call runs in NumPy."""
        if self.tape is not None:
            self.tape.fail(reason, "a recording that stopped")
        self.flush_on_host()
        self.stopped = True
        self.direct += 1
        self.tell_stop(reason)

    def tell_stop(self, reason: Reason = Reason.TINY) -> None:
        """Tell that nothing is to be gained, and where."""
        filename, number = location(user_line())
        detail = f"the last {TINY_OPS} had under {TINY_SIZE} elements on average"
        if reason is not Reason.TINY:
            detail = "all that was recorded last runs in NumPy"
        emit(Event("break", "recording", reason, filename, number, detail))

    def _flush(self, engine: Engine) -> None:
        log = self.log
        self.prune_notes()
        # After an interruption the log is still there, and is continued.
        if log.results:
            log.finish()
        ran = False
        try:
            if log.done < len(log.entries):
                if self.tape is not None:
                    self.tape.runs(log)
                engine.run(self, log)
            ran = True
        finally:
            # Also after an error; what was interrupted is continued.
            if self.log is log and log.done >= len(log.entries):
                self.log = Log()
            if not ran and self.tape is not None:  # the user may catch what was raised
                self.tape.fail(Reason.CAN_FAIL, "an operation raised")

    def prune_notes(self) -> int:
        """Forget noted objects that nobody else holds; how many notes are left."""
        n_notes = Counter([of for of, _ in self.notes]) if self.notes else {}
        for key, (obj, _) in list(self.notes.items()):
            if sys.getrefcount(obj) <= _REFS_BESIDE_NOTES + n_notes[key[0]]:
                del self.notes[key]
                n_notes[key[0]] -= 1
        return len(self.notes)

    def tell(
        self, name: Name, operation: str, reason: Reason, line: Line, detail: str = ""
    ) -> None:
        """Emit a break or a fallback; in strict mode raise instead.

        Raises
        ------
        FallbackError
            If `strict` forbids it.
        """
        filename, number = location(line)
        event = Event(name, operation, reason, filename, number, detail)
        emit(event)
        if self.tape is not None and operation != "program":  # a replay tells it anew
            self.tape.events.append(event)
        strict = self.options.strict
        if strict == "breaks" or (strict and name == "fallback"):
            raise fallback_error(event)
