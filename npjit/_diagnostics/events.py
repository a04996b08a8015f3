"""The one stream of events: everything npjit decides on is told here once.

===========  ===================================================  ===================
name         happened                                             operation
===========  ===================================================  ===================
record       `count` operations were recorded (told in bulk)      the function
materialize  pending work was computed                            the engine
compile      a program was compiled                               the program
hit          a compiled program was found in the cache            the program
guard_miss   a cached version did not apply                       the function
break        pending work was computed in mid-call, as Python     what needed it
             needed a value
fallback     an operation ran in NumPy                            the NumPy function
engine       an engine ran a program of `count` operations        "xla" or "host"
choice       mode "auto" found which is faster, NumPy or XLA;     the function or
             the detail has their times                           "program"
replay       a recorded call was run without its Python code      the function
no_replay    a call was recorded that cannot be replayed          the function
===========  ===================================================  ===================

Counting is always on; it takes a lock and two additions, so that single operations are
reported only where they leave the fast path. Subscribers and logging see each event.
"""

import itertools
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Final, Literal, NamedTuple, get_args

from npjit.errors import FallbackError, Reason, with_detail

__all__ = [
    "NAMES",
    "Counts",
    "Event",
    "Key",
    "Name",
    "Site",
    "capture",
    "counts",
    "emit",
    "fallback_error",
    "reset",
    "subscribe",
    "ticker",
]

Name = Literal[
    "record",
    "materialize",
    "compile",
    "hit",
    "guard_miss",
    "break",
    "fallback",
    "engine",
    "choice",
    "replay",
    "no_replay",
]
NAMES: Final[tuple[str, ...]] = get_args(Name)

# No NullHandler: Reason.INTERNAL is logged as a warning and should reach stderr even
# where the user has not set up logging.
logger = logging.getLogger("npjit")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that npjit did.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    operation : str
        What it was done to; see the table of this module.
    reason : Reason or None
        Why, for a break or a fallback.
    filename, lineno : str, int
        The user's source line; an empty name if it is not known.
    detail : str
        What in particular; the traceback for `Reason.INTERNAL`.
    elapsed_ns : int
        Time it took in nanoseconds; 0 if it was not measured.
    count : int
        How many like it this event stands for.
    """

    name: Name
    operation: str = ""
    reason: Reason | None = None
    filename: str = ""
    lineno: int = 0
    detail: str = ""
    elapsed_ns: int = 0
    count: int = 1

    def __str__(self) -> str:
        parts = [self.name, self.operation]
        if self.count != 1:
            parts.append(f"x{self.count}")
        if self.filename:
            parts.append(f"at {self.filename}:{self.lineno}")
        if self.elapsed_ns:
            parts.append(f"took {self.elapsed_ns / 1e6:.3f} ms")
        line = " ".join(part for part in parts if part)
        if self.reason is not None:
            return f"{line}: {with_detail(self.reason, self.detail)}"
        return f"{line}: {self.detail}" if self.detail else line


class Site(NamedTuple):
    """Where breaks, fallbacks and calls that cannot be replayed are counted."""

    name: Name
    operation: str
    reason: Reason | None
    filename: str
    lineno: int


@dataclass(frozen=True, slots=True)
class Counts:
    """A copy of the counters.

    Parameters
    ----------
    operations : Counter
        Counts by (name, operation, reason).
    sites : Counter
        Breaks, fallbacks and calls that cannot be replayed by `Site`.
    elapsed_ns : Counter
        Nanoseconds by event name.
    """

    operations: Counter[tuple[Name, str, Reason | None]]
    sites: Counter[Site]
    elapsed_ns: Counter[Name]


_lock = threading.Lock()
_counts = Counts(Counter(), Counter(), Counter())
#: Name and operation of an event, and no reason.
Key = tuple[Name, str, None]
_tallies: dict[tuple[Key, ...], "_Tally"] = {}
# Replaced and never changed, so that emit may loop over it without the lock.
_subscribers: tuple[Callable[[Event], object], ...] = ()


def emit(event: Event) -> None:
    """Count an event, log it, and tell the subscribers.

    Parameters
    ----------
    event : Event
        What happened.

    Notes
    -----
    An exception of a subscriber reaches the caller.
    """
    _count(event)
    level = _level_of(event)
    if logger.isEnabledFor(level):
        logger.log(level, "%s", event)
    for callback in _subscribers:
        callback(event)


def ticker(*keys: Key) -> Callable[[], None]:
    """Return what emits events of which nothing but name and operation is known.

    Parameters
    ----------
    *keys : tuple
        Name and operation of each, and None for the reason.

    Returns
    -------
    callable
        Emits one of each. Where nobody listens they are only counted, in a fraction of
        the time that `emit` takes.
    """
    with _lock:
        tally = _tallies.setdefault(keys, _Tally())
    count, is_enabled, level = tally.step, logger.isEnabledFor, logging.DEBUG

    def tick() -> None:
        if _subscribers or is_enabled(level):
            for name, operation, _ in keys:
                emit(Event(name, operation))
        else:
            count()

    return tick


class _Tally:
    """A counter that needs no lock: a step of `itertools.count` is one call of C."""

    __slots__ = ("start", "step")

    def __init__(self) -> None:
        self.step = itertools.count().__next__
        self.start = 0

    def take(self) -> int:
        """How many steps there were since this was last asked; call with the lock."""
        now = self.step()
        taken, self.start = now - self.start, now + 1
        return taken


def _take_tallies() -> None:
    """Bring the counters up to date; call with the lock held."""
    for keys, tally in _tallies.items():
        taken = tally.take()
        for key in keys if taken else ():
            _counts.operations[key] += taken


def subscribe(callback: Callable[[Event], object]) -> Callable[[], None]:
    """Have each later event of the process, whatever its thread, given to `callback`.

    Parameters
    ----------
    callback : callable
        Called with the `Event` in the thread that emits it.

    Returns
    -------
    callable
        Ends the subscription; calling it again does nothing.
    """
    global _subscribers

    # A wrapper of its own per subscription: the same callback may subscribe twice.
    def subscriber(event: Event) -> None:
        callback(event)

    def unsubscribe() -> None:
        global _subscribers
        with _lock:
            _subscribers = tuple(s for s in _subscribers if s is not subscriber)

    with _lock:
        _subscribers = (*_subscribers, subscriber)
    return unsubscribe


@contextmanager
def capture() -> Iterator[list[Event]]:
    """Collect the events that any thread emits inside the ``with`` block.

    Yields
    ------
    list of Event
        Filled while the block runs, in order; it can be read afterwards.
    """
    events: list[Event] = []
    unsubscribe = subscribe(events.append)
    try:
        yield events
    finally:
        unsubscribe()


def counts() -> Counts:
    """Return a copy of the counters of this process.

    Returns
    -------
    Counts
        Unaffected by later events.
    """
    with _lock:
        _take_tallies()
        copies = [getattr(_counts, field.name).copy() for field in fields(Counts)]
    return Counts(*copies)


def reset() -> None:
    """Set all counters to zero; subscriptions stay."""
    with _lock:
        _take_tallies()
        for field in fields(Counts):
            getattr(_counts, field.name).clear()


def fallback_error(event: Event) -> FallbackError:
    """Return the error that strict mode raises in place of a break or fallback.

    Parameters
    ----------
    event : Event
        Named ``"break"`` or ``"fallback"``.

    Returns
    -------
    FallbackError
        Not raised yet.
    """
    kind: Literal["fallback", "break"] = (
        "break" if event.name == "break" else "fallback"
    )
    return FallbackError(
        event.operation,
        event.reason,
        event.filename,
        event.lineno,
        event.detail,
        kind,
    )


def _count(event: Event) -> None:
    with _lock:
        key = (event.name, event.operation, event.reason)
        _counts.operations[key] += event.count
        _counts.elapsed_ns[event.name] += event.elapsed_ns
        if event.name in ("break", "fallback", "no_replay"):
            operation = event.operation
            if event.name == "no_replay":
                operation = f"{operation} ({event.detail})"
            _counts.sites[
                Site(
                    event.name,
                    operation,
                    event.reason,
                    event.filename,
                    event.lineno,
                )
            ] += event.count


def _level_of(event: Event) -> int:
    if event.reason is Reason.INTERNAL:
        return logging.WARNING
    return logging.INFO if event.name in ("break", "fallback") else logging.DEBUG
