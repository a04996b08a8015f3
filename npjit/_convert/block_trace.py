"""The recording of a block, whose own code runs unconverted.

That code may read and write at any time, unseen, every buffer it can reach (a storage
that is `visible`). So while it runs, the trace is *open*: a recorded read of such a
storage takes a copy, and a write goes to the buffer at once. Not so while the block
calls converted code, nor where it is *enclosed* (`enclosed.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from npjit._array.array import sync
from npjit._array.protocols import install_composed
from npjit._config import Options
from npjit._convert.enclosed import is_harmless
from npjit._convert.foreign import finish_after, refresh_errstate
from npjit._convert.iteration import LOOP_OPS
from npjit._convert.recorders import recorder
from npjit._graph.trace import Engine, Trace, current, user_line
from npjit.errors import Reason

__all__ = ["BlockTrace", "call_closed", "current_block"]


class BlockTrace(Trace):
    """The trace of a block.

    Attributes
    ----------
    in_body : bool
        The block's own code is running.
    is_enclosed : bool
        It has no plain array in its hands.
    catches_warnings : bool
        It may say, unseen, where warnings are caught.
    substitutes : dict
        id of a module, function or generator -> its substitute, and itself.
    on_stop : callable
        Called when the recording has stopped: the names of the block hold stand-ins.
    """

    is_block = True

    def __init__(self, options: Options, engine: Engine, host: Engine) -> None:
        self._reacts = False
        self.in_body = False
        self.is_enclosed = False
        self.catches_warnings = False
        self.substitutes: dict[int, tuple[Any, Any]] = {}
        self.on_stop: Callable[[], object] = list
        self.epoch = 0
        self.lines: set[tuple[int, int]] = set()
        self.anchor: tuple[int, int] | None = None
        super().__init__(options, engine, host)

    @property
    def open(self) -> bool:
        """Whether code runs that may use, unseen, every buffer it can reach."""
        return self.in_body and not self.is_enclosed

    @property
    def errstate_reacts(self) -> bool:
        """Whether floating-point errors do more than warn; a block is not watched."""
        if self.in_body:
            refresh_errstate(self)
        return self._reacts or (self.in_body and self.catches_warnings)

    @errstate_reacts.setter
    def errstate_reacts(self, reacts: bool) -> None:
        self._reacts = reacts

    def escaped(self) -> None:
        """Take note that a real array is in the hands of the block's own code."""
        if self.in_body and self.is_enclosed:
            self.is_enclosed = False
            sync(self)
            self.renew()

    def _flush(self, engine: Engine) -> None:
        refresh_errstate(self)  # the host engine compares it with that of the entries
        super()._flush(engine)

    def repeats(self) -> bool:
        """Whether the log is cut here: the body's loops are not seen, but lines recur.

        Cuts are made where the first line that recurred does so again.
        """
        log = self.log
        if log.epoch != self.epoch:
            self.epoch, self.anchor = log.epoch, None
            self.lines.clear()
        code, last, _ = log.entries[-1].line
        line = id(code), last
        if line == self.anchor:
            return len(log.entries) >= LOOP_OPS
        if self.anchor is None and line in self.lines:
            self.anchor = line
        self.lines.add(line)
        return False

    def stop(self, reason: Reason = Reason.TINY) -> None:
        """Record no more: the rest of the block runs in NumPy."""
        super().stop(reason)
        self.on_stop()


def call_closed(
    function: Callable[..., Any],
    args: tuple,
    kwargs: dict,
    options: Options | None = None,
) -> Any:
    """Call converted code from a block's own, which cannot look on meanwhile.

    Parameters
    ----------
    function : callable
        What `resolve` returned.
    args, kwargs
        Its arguments.
    options : Options, optional
        Those of the recording while it runs.
    """
    trace = current_block()
    if trace is None:
        return function(*args, **kwargs)
    refresh_errstate(trace)
    before, n_foreign = trace.options, trace.n_foreign
    trace.options = options or before
    trace.in_body = False
    try:
        result = trace.engine.call(user_line(), function, args, kwargs)
        if trace.n_foreign > n_foreign or not is_harmless(result):
            trace.is_enclosed = False
        if not trace.is_enclosed:
            _let_see(trace)
        if trace.catches_warnings:
            trace.flush()
    except BaseException as error:
        finish_after(trace, error)
        raise
    finally:
        trace.in_body = not trace.closed
        trace.options = before
    return result


def _call_composed(func: Callable[..., Any], args: tuple, kwargs: dict) -> Any:
    return call_closed(recorder(func), args, kwargs)


install_composed(_call_composed)


def current_block() -> BlockTrace | None:
    """The recording whose block's own code is running in this thread."""
    trace = current.trace
    if isinstance(trace, BlockTrace) and trace.in_body and not trace.direct:
        return trace
    return None


def _let_see(trace: BlockTrace) -> None:
    """Compute what the block's own code could see, or could change before it is."""
    log = trace.log
    if trace.dirty or any(log.storages[slot].visible for slot in log.leaf_slots):
        sync(trace)
        trace.renew()
