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
    settle_dirty,
    sync,
)
from npjit._array.realize import Realizer
from npjit._config import Options
from npjit._convert import builtins, helpers  # noqa: F401 - fill the tables
from npjit._convert.foreign import exposed, refresh_errstate, settle_notes
from npjit._convert.resolve import resolve
from npjit._diagnostics.events import Event, emit
from npjit._graph.trace import Engine, Trace, current
from npjit._host.engine import HostEngine
from npjit._host.trampoline import is_trampoline
from npjit._runtime.signature import Imported

__all__ = ["record_call"]

_HOST = HostEngine()
_FOREVER = 1 << 30


@functools.cache
def _engine(mode: str) -> Engine:
    if mode == "host":
        return _HOST
    from npjit._runtime.engine import XlaEngine

    return XlaEngine(_HOST)


def record_call(
    fn: Callable[..., Any],
    args: tuple,
    kwargs: dict,
    options: Options,
    imported: Imported | None = None,
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

    Returns
    -------
    tuple
        What the function returned, without stand-ins, and the closed trace.
    """
    outer = current.trace
    trace = Trace(options, _engine(options.mode), _HOST)
    refresh_errstate(trace)
    if imported:
        args, kwargs = _import(trace, imported, args, kwargs)
    current.trace = trace
    try:
        result = resolve(fn)(*args, **kwargs)
        result = _finish(trace, result)
    except BaseException as error:
        _finish_after(trace, error)
        raise
    finally:
        trace.closed = True
        trace.direct += _FOREVER
        current.trace = outer
        if trace.n_recorded:
            name = getattr(fn, "__qualname__", type(fn).__qualname__)
            emit(Event("record", name, count=trace.n_recorded))
    return result, trace


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


def _finish(trace: Trace, result: Any) -> Any:
    """Compute all live storages in one program and hand out real arrays."""
    Realizer(exposed).of(result)
    settle_notes(trace, exposed)
    sync(trace)
    settle_notes(trace, real_of)
    return Realizer(real_of).of(result)


def _finish_after(trace: Trace, error: BaseException) -> None:
    """Leave buffers and objects as NumPy would have left them."""
    trace.direct = 0
    settle_notes(trace, exposed)
    trace.flush_on_host()
    settle_dirty(trace)
    settle_notes(trace, real_of)
    Realizer(real_of).of(error)
    error.__traceback__ = _users_frames(error.__traceback__)


def _users_frames(tb: TracebackType | None) -> TracebackType | None:
    """A traceback without npjit's frames."""
    kept: list[TracebackType] = []
    while tb is not None:
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
