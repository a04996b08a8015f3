"""Blocks: `with npjit.accelerate():`, whose body is recorded where it stands.

A block binds the names its code can see to stand-ins and substitutes, and at its end to
real arrays and the originals. One that is met while another recording is under way
joins it.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from types import BuiltinFunctionType, FrameType, ModuleType
from typing import Any, Final, Protocol

import numpy as np

from npjit._array.array import STAND_INS, SUBSTITUTES, lift, real_of
from npjit._array.realize import Realizer
from npjit._config import Options
from npjit._convert.block_trace import BlockTrace, current_block
from npjit._convert.enclosed import catches_warnings, is_enclosed
from npjit._convert.foreign import exposed, prepare, refresh_errstate
from npjit._convert.frame_names import FrameNames, is_suspending
from npjit._convert.joined import with_own
from npjit._convert.reached import note_reached
from npjit._convert.substitutes import substitute
from npjit._graph.trace import Trace, current
from npjit._runtime.block_policy import Entry
from npjit._runtime.policy import PLAIN
from npjit._runtime.recording import block_trace, close, finish, leave_after

__all__ = ["enter", "leave"]


class _State(Protocol):
    """A block that was entered."""

    frame: FrameType

    def begin(self) -> None: ...
    def end(self, error: BaseException | None) -> None: ...


class _Entered(threading.local):
    def __init__(self) -> None:
        self.stack: list[tuple[Any, _State, Entry | None]] = []


_entered: Final = _Entered()
#: How many blocks have bound globals of a module anew, by the id of its globals.
_in_use: Final[Counter[int]] = Counter()
_ATOMS: Final = int, float, complex, str, bytes, np.generic, BuiltinFunctionType
#: For each name that is bound to an object: the name's, and those of two lists.
_REFS_OF_A_NAME: Final = 3
#: Those of a loop's name and of the question.
_REFS_OF_A_LOOP: Final = 2
_lock: Final = threading.Lock()


def enter(owner: Any, options: Options, own: dict[str, Any], frame: FrameType) -> None:
    """Begin a block in a frame.

    Parameters
    ----------
    owner : object
        What the `with` statement holds; the same is given to `leave`.
    options : Options
    own : dict
        Those that were given, and win where the block joins a recording.
    frame : types.FrameType
        Whose names are met.

    Raises
    ------
    TypeError
        If the frame is a generator's or a coroutine's.
    """
    while frame.f_globals.get("__name__") == "contextlib" and frame.f_back:
        frame = frame.f_back  # of an ExitStack
    if is_suspending(frame.f_code):
        raise TypeError(
            f"npjit.accelerate cannot be a block in {frame.f_code.co_qualname}, whose "
            "frame other code interrupts; put it into a function that is called from "
            "there, or accelerate that function"
        )
    state, entry = _state_for(options, own, frame)
    if entry is not None:
        entry.begin()
    state.begin()
    _entered.stack.append((owner, state, entry))


def leave(owner: Any, error: BaseException | None) -> None:
    """End the block that was begun last with this owner."""
    stack = _entered.stack
    for i in reversed(range(len(stack))):
        if stack[i][0] is owner:
            _, state, entry = stack.pop(i)
            state.end(error)
            if entry is not None:
                trace = getattr(state, "trace", None)
                has_stopped = trace is not None and trace.stopped
                entry.end(has_failed=error is not None, has_stopped=has_stopped)
            return
    raise RuntimeError("npjit.accelerate: a block was left that was not entered")


def _state_for(
    options: Options, own: dict[str, Any], frame: FrameType
) -> tuple[_State, Entry | None]:
    """How a block is entered, and what measures that in mode "auto"."""
    outer = current.trace
    is_off = options.disable or options.mode == "numpy"
    if outer is not None and not outer.direct:
        inner = _Plain(outer, frame) if is_off else _Joined(outer, frame, own)
        return inner, None
    if is_off or (outer is not None and outer.stopped):
        return _Nothing(frame), None
    if options.mode != "auto" or options.deterministic:
        mode = "jit" if options.mode == "auto" else options.mode
        return _Block(options.replace(mode=mode), frame), None
    entry = Entry(frame, options)
    is_plain = entry.side == PLAIN
    return _Nothing(frame) if is_plain else _Block(options, frame), entry


class _Nothing:
    """A block whose code runs as it is."""

    def __init__(self, frame: FrameType) -> None:
        self.frame = frame

    def begin(self) -> None:
        pass

    def end(self, error: BaseException | None) -> None:
        pass


class _Named:
    """A block that lifts the names of its frame."""

    def __init__(self, trace: Trace, frame: FrameType) -> None:
        self.trace = trace
        self.frame = frame
        self.names = FrameNames(frame)
        self.is_lifted = False
        self.is_deep = False

    def lift_names(self) -> None:
        """Bind names to stand-ins and substitutes."""
        trace = self.trace
        assert isinstance(trace, BlockTrace)
        self._count(1)

        change = partial(substitute, trace)
        self.names.replace(change, change)

    def expose_names(self) -> None:
        """Let the next flush compute what names are bound to."""
        of = self.realizer(exposed)
        for x in list(self.names.values()):
            of(x)

    def put_back(self) -> None:
        """Bind names to real arrays and originals."""
        is_last = self._count(-1)
        of = self.realizer(real_of)

        def in_globals(x: Any) -> Any:
            return of(x) if is_last or type(x) not in SUBSTITUTES else x

        self.names.replace(of, in_globals)

    def _count(self, change: int) -> bool:
        """Count the blocks that have bound these globals; whether there are no more."""
        key = id(self.frame.f_globals)
        with _lock:
            if self.is_lifted != (change > 0):
                self.is_lifted = change > 0
                _in_use[key] += change
            return not +_in_use[key]

    def realizer(self, real: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Replaces stand-ins of this recording; in containers only if there are any."""
        trace = self.trace
        realizer = Realizer(lambda x: real(x) if x._trace is trace else x)

        def of(x: Any) -> Any:
            kind = type(x)
            if self.is_deep or kind in STAND_INS or kind in SUBSTITUTES:
                return realizer.of(x)
            return x

        return of


class _Block(_Named):
    """A block with a recording of its own."""

    trace: BlockTrace

    def __init__(self, options: Options, frame: FrameType) -> None:
        super().__init__(block_trace(options), frame)
        self.outer = current.trace

    def begin(self) -> None:
        trace = self.trace
        refresh_errstate(trace)
        current.trace = trace
        trace.on_stop = self.put_back
        # A name may be bound to something else when the block ends.
        self.at_first = [x for x in self.names.values() if _may_be_stored_in(x)]
        self.references = self._references()
        self.lift_names()
        trace.is_enclosed = is_enclosed(self.names)
        trace.catches_warnings = catches_warnings(self.names)
        trace.in_body = True

    def _references(self) -> int:
        """How many objects hold the trace, each stand-in among them."""
        return sys.getrefcount(self.trace)

    def end(self, error: BaseException | None) -> None:
        trace = self.trace
        trace.in_body = False
        try:
            self._look_for_others()
            if error is None:
                self.expose_names()
                finish(trace, None)
            else:
                leave_after(trace, error)
        except BaseException as failure:
            leave_after(trace, failure)
            raise
        finally:
            self.put_back()
            self.at_first.clear()
            trace.on_stop = list  # no cycle that would keep all this
            close(trace, self.outer, f"block in {self.frame.f_code.co_qualname}")

    def _look_for_others(self) -> None:
        """Look into objects, if somebody but names holds stand-ins."""
        values = list(self.names.values())
        named = [x for x in values if type(x) in STAND_INS and x._trace is self.trace]
        count = Counter(map(id, named))
        self.is_deep = self._references() - self.references > len(count) or any(
            sys.getrefcount(x) > _REFS_OF_A_NAME * count[id(x)] + _REFS_OF_A_LOOP
            for x in named
        )
        if self.is_deep:
            self.names.look_at_all_globals()
            note_reached([*self.names.values(), *self.at_first])


def _may_be_stored_in(x: Any) -> bool:
    return type(x) is not np.ndarray and not isinstance(x, (type, ModuleType, *_ATOMS))


class _Joined(_Named):
    """A block inside of another recording: its work is recorded there.

    In converted code, which lifts what it meets, only the options count.
    """

    def __init__(self, outer: Trace, frame: FrameType, own: dict[str, Any]) -> None:
        super().__init__(outer, frame)
        self.options = outer.options
        self.joined_options = with_own(outer.options, own)
        self.is_open = current_block() is outer
        self.is_inner = any(
            _has_names_of(frame, state) for _, state, _ in _entered.stack
        )

    def begin(self) -> None:
        self.trace.options = self.joined_options
        if self.is_open:
            self.lift_names()

    def end(self, error: BaseException | None) -> None:
        trace = self.trace
        trace.options = self.options
        if not self.is_open:
            return
        if self.is_inner:  # the outer block puts the names back
            self._count(-1)
            return
        if error is not None:
            trace.flush_on_host()
        settle_names(self)
        self.put_back()


def _has_names_of(frame: FrameType, state: _State) -> bool:
    return isinstance(state, _Named) and state.frame is frame


class _Plain(_Named):
    """A block that is switched off, inside of a recording."""

    def __init__(self, outer: Trace, frame: FrameType) -> None:
        super().__init__(outer, frame)
        self.is_open = current_block() is outer

    def begin(self) -> None:
        settle_names(self)
        real = self.realizer(real_of)
        self.names.replace(real, real if self.is_open else _same)
        self.trace.direct += 1

    def end(self, error: BaseException | None) -> None:
        trace = self.trace
        trace.direct -= 1
        refresh_errstate(trace)
        if trace.direct:  # it has stopped
            return
        if isinstance(trace, BlockTrace) and self.is_open:
            change = partial(substitute, trace)
            self.names.replace(change, change)
        else:
            self.names.replace(lift, _same)


def _same(x: Any) -> Any:
    return x


def settle_names(state: _Named) -> None:
    """Compute all that the names of a frame lead to."""
    state.is_deep = True
    note_reached(state.names.values())
    state.expose_names()
    prepare(state.trace)
