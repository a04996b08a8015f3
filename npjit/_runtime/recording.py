"""One recorded call: its trace, its end, and what an exception leaves behind."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from npjit._array import attributes  # noqa: F401 - attaches what stand-ins can do
from npjit._array.array import (
    IMPORTED_TYPES,
    real_of,
    sync,
)
from npjit._array.extract import handed_out
from npjit._array.number import Number
from npjit._array.realize import Realizer
from npjit._array.recorder import QUIET
from npjit._config import Options
from npjit._convert import (
    builtins,  # noqa: F401 - fills a table
    callbacks,  # noqa: F401 - wraps functions that foreign code gets
    globals_view,  # noqa: F401 - serves functions without source
    helpers,  # noqa: F401 - fills a table
)
from npjit._convert.block_trace import BlockTrace
from npjit._convert.foreign import (
    exposed,
    finish_after,
    refresh_errstate,
    settle_generators,
    settle_notes,
)
from npjit._convert.numbers import numbers_of, with_numbers
from npjit._convert.resolve import resolve
from npjit._diagnostics.events import Event, emit
from npjit._effects.tape import CallTape
from npjit._graph.stack import is_trampoline
from npjit._graph.trace import Engine, Restart, Trace, current
from npjit._host.engine import HostEngine
from npjit._host.trampoline import is_stack
from npjit._runtime.auto import AutoEngine
from npjit._runtime.background import WORKER
from npjit._runtime.signature import Imported
from npjit.errors import Reason

__all__ = [
    "HOST",
    "block_trace",
    "close",
    "engine_of",
    "finish",
    "leave_after",
    "load_auto",
    "record_call",
]

HOST = HostEngine()
_FOREVER = 1 << 30


@functools.cache
def engine_of(mode: str) -> Engine:
    if mode == "host":
        return HOST
    if mode == "auto":
        return AutoEngine(HOST)
    if mode == "check":
        from npjit._runtime.check import CheckEngine

        return CheckEngine(HOST)
    from npjit._runtime.engine import XlaEngine

    return XlaEngine(HOST)


def load_auto() -> None:
    """Import JAX for mode "auto" now."""
    engine = engine_of("auto")
    if isinstance(engine, AutoEngine):
        engine.load()
        WORKER.wait()


def record_call(
    fn: Callable[..., Any],
    args: tuple,
    kwargs: dict,
    options: Options,
    imported: Imported | None = None,
    taped: tuple | None = None,
) -> tuple[Any, Trace]:
    """Call a function while its NumPy operations are recorded.

    Parameters
    ----------
    fn : callable
    args, kwargs
        Its arguments.
    options : Options
    imported : dict, optional
        The jax.Arrays among the arguments, as `signature_of` found them.
    taped : tuple, optional
        All that the call is given by position, if a replay is to be made of it.

    Returns
    -------
    tuple
        What the function returned, without stand-ins, and the closed trace.

    Raises
    ------
    Restart
        In mode "auto", if the call was given up; nothing has happened then.
    """
    outer = current.trace
    trace = _new_trace(options)
    refresh_errstate(trace)
    if imported:
        args, kwargs = _import(trace, imported, args, kwargs)
    numbers: dict[str, Number] = {}
    if taped is not None and not _makes_errors_of_warnings(trace):
        numbers = numbers_of(fn, taped, kwargs)
        forgiving = options.pure is True
        trace.tape = CallTape(trace, taped, kwargs, numbers, forgiving=forgiving)
    trace.bottom = record_call.__code__
    failure: BaseException | None = None
    try:
        current.trace = trace
        args, kwargs = trace.taken(fn, args, kwargs)
        called = resolve(fn)
        if numbers:
            args, kwargs = with_numbers(fn, called, numbers, args, kwargs)
        result = called(*args, **kwargs)
        result = finish(trace, result)
    except Restart:
        if trace.tape is not None:
            trace.tape.undo()
        raise
    except BaseException as error:
        failure = leave_after(trace, error)
        if failure is error:
            raise
    finally:
        current.trace = outer  # first of all: an interrupt may come anywhere
        close(trace, outer, getattr(fn, "__qualname__", type(fn).__qualname__))
    if failure is not None:
        raise failure
    return result, trace


def block_trace(options: Options) -> BlockTrace:
    """The trace of a block; a device takes the place of the engine of its mode."""
    if not options.device:
        return BlockTrace(options, engine_of(options.mode), HOST)
    from npjit._runtime.placement import PlacedEngine

    trace = BlockTrace(options, PlacedEngine(options, HOST), HOST)
    trace.is_silent = True
    return trace


def _new_trace(options: Options) -> Trace:
    if options.is_placed:
        from npjit._runtime.placement import PlacedTrace

        return PlacedTrace(options, HOST)
    return Trace(options, engine_of(options.mode), HOST)


def _makes_errors_of_warnings(trace: Trace) -> bool:
    """Whether a filter does, so that much is computed at once that else is recorded."""
    return trace.errstate_reacts and QUIET.issuperset(trace.errstate.values())


def close(trace: Trace, outer: Trace | None, name: str) -> None:
    """End a recording: from now on its stand-ins forward to their real arrays."""
    trace.closed = True
    trace.direct += _FOREVER
    current.trace = outer
    if trace.n_recorded:
        emit(Event("record", name, count=trace.n_recorded))


def _import(
    trace: Trace, imported: Imported, args: tuple, kwargs: dict
) -> tuple[tuple, dict]:
    """Let user code meet ndarrays in place of jax.Arrays.

    Those in containers are replaced when they are met: the containers are the caller's.
    """
    trace.imported = imported
    IMPORTED_TYPES.update(type(x) for x, _ in imported.values())

    def real(x: Any) -> Any:
        return imported[id(x)][1] if id(x) in imported else x

    return tuple(map(real, args)), {name: real(x) for name, x in kwargs.items()}


def finish(trace: Trace, result: Any) -> Any:
    """Compute all live storages in one program and hand out real arrays."""
    if not trace.selects:  # else selections are settled first
        trace.flush()  # what has no buffer yet stays where XLA puts it
    result = trace.on_device(result)
    Realizer(_unless_it_rests(trace, exposed)).of(result)
    settle_notes(trace, exposed)
    sync(trace)
    if trace.tape is not None:
        trace.recording = trace.tape.finish(result)
        trace.tape.quiet += 1
    realizer = Realizer(_unless_it_rests(trace, handed_out))
    settle_notes(trace, real_of, realizer)
    result = realizer.of(result)
    settle_generators(realizer)
    return result


def _unless_it_rests(trace: Trace, real: Callable[[Any], Any]) -> Callable[[Any], Any]:
    if trace.options.results != "lazy":
        return real
    return lambda x: x if trace.rests(x) else real(x)


def leave_after(trace: Trace, error: BaseException) -> BaseException:
    """Leave buffers and objects as NumPy would have left them.

    Returns
    -------
    BaseException
        The error, or that of an operation before it, which only now was computed.
    """
    trace.direct = 0
    if trace.tape is not None:
        trace.tape.fail(Reason.CAN_FAIL, "the call raised")
        trace.tape = None
    may_raise = bool(trace.log.stacks)
    try:
        finish_after(trace, error)
    except Exception as earlier:
        if not may_raise:
            raise
        finish_after(trace, earlier)
        earlier.__context__ = None
        error = earlier
    error.__traceback__ = _users_frames(error.__traceback__)
    return error


def _users_frames(tb: TracebackType | None) -> TracebackType | None:
    """A traceback without npjit's frames, and without those that came later."""
    kept: list[TracebackType] = []
    standing = False
    while tb is not None:
        if is_stack(tb.tb_frame.f_code) and not standing:
            kept, standing = [], True  # as it was where the operation was recorded
        if not _is_own(tb.tb_frame):
            kept.append(tb)
        tb = tb.tb_next
    for one, following in itertools.zip_longest(kept, kept[1:]):
        one.tb_next = following
    return kept[0] if kept else None


def _is_own(frame: FrameType) -> bool:
    module = frame.f_globals.get("__name__", "")
    own = module.startswith("npjit.") and not module.startswith("npjit._demo")
    return own or is_trampoline(frame.f_code)
