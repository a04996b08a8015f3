"""Iteration: what loops, unpacking and C code get out of iterables."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from npjit._array.array import SCALARS, STAND_INS, lift, real_of
from npjit._array.realize import realize
from npjit._convert.foreign import note_object, prepare
from npjit._convert.groups import CONTAINERS, NATIVE_ITERATOR_MODULES, PLAIN
from npjit._convert.resolve import call_user
from npjit._convert.special import defines, recording, truth
from npjit._graph.trace import Trace

__all__ = [
    "Loop",
    "inside_iterator",
    "is_iterable",
    "iterate",
    "iterator_of",
    "loop",
    "unpack",
]


def _lift_by(spec: Any, x: Any) -> Any:
    """A value for a target: nested targets take theirs from lists and tuples."""
    if spec is None or spec == "*":
        return lift(x)
    return unpack(x, spec)


def unpack(x: Any, spec: tuple) -> Any:
    """What `a, (b, *c) = x` unpacks, its parts lifted."""
    kind = type(x)
    if recording() is None and kind not in STAND_INS:
        return x
    if kind is list or kind is tuple:
        targets = _stretched(spec, len(x))
        if len(targets) != len(x):  # Python says so
            return [lift(v) for v in x]
        return [_lift_by(s, v) for s, v in zip(targets, x, strict=True)]
    if not is_iterable(x):
        return real_of(x) if kind in SCALARS else x  # Python says that it is not
    items = iterate(x, None)
    if "*" in spec:
        return unpack(list(items), spec)
    items = list(itertools.islice(items, len(spec) + 1))
    if len(items) == len(spec):
        return [_lift_by(s, v) for s, v in zip(spec, items, strict=True)]
    return items


def _stretched(spec: tuple, n: int) -> tuple:
    """The targets of `n` items, those of a starred one counted one by one."""
    if "*" not in spec:
        return spec
    at = spec.index("*")
    return (*spec[:at], *(None,) * (n - len(spec) + 1), *spec[at + 1 :])


def iterate(it: Any, spec: Any) -> Any:
    """What a loop runs over: each item lifted; the log is cut where it repeats."""
    trace = recording()
    if trace is None:
        return it
    return _Looping(trace, iterator_of(it), spec)


def iterator_of(it: Any) -> Iterator[Any]:
    kind = type(it)
    if defines(kind, "__iter__"):
        it = call_user(kind.__iter__, it)
        kind = type(it)
    if defines(kind, "__next__"):
        return _converted_next(it)
    if not hasattr(kind, "__iter__") and defines(kind, "__getitem__"):
        return _converted_items(it)
    note_object(it)
    found = iter(it)
    if type(found).__module__ in NATIVE_ITERATOR_MODULES:
        return found
    return _foreign_next(found)


def _converted_next(it: Any) -> Iterator[Any]:
    while True:
        try:
            item = call_user(type(it).__next__, it)
        except StopIteration:
            return
        yield item


def _converted_items(it: Any) -> Iterator[Any]:
    """The old protocol: subscripts from 0 until one fails."""
    for i in itertools.count():
        try:
            item = call_user(type(it).__getitem__, it, i)
        except IndexError:
            return
        yield item


def _foreign_next(it: Any) -> Iterator[Any]:
    """Iterators of libraries read buffers when they are asked for the next item."""
    while True:
        trace = recording()
        if trace is not None:
            prepare(trace)
        try:
            item = next(it)
        except StopIteration:
            return
        yield item


class Loop:
    """One run of a loop: cuts the log between iterations, so that cuts look alike."""

    __slots__ = ("began", "epoch", "trace")

    def __init__(self, trace: Trace | None):
        self.trace = trace
        if trace is not None:
            self.epoch = trace.log.epoch
            self.began = len(trace.log.entries)

    def tick(self) -> None:
        """An iteration begins."""
        trace = self.trace
        if trace is None:
            return
        log = trace.log
        if log.epoch != self.epoch:  # cut inside: the rest is cut here as well
            self.epoch, self.began = log.epoch, 0
        if len(log.entries) - self.began >= LOOP_OPS and not trace.direct:
            trace.flush()
            self.epoch, self.began = trace.log.epoch, 0

    def __call__(self, test: Any) -> bool:
        """The test of a `while`."""
        self.tick()
        return truth(test)


#: Iterations are gathered to programs of at least so many operations.
LOOP_OPS = 96


def loop() -> Loop:
    """The state of a `while` loop."""
    return Loop(recording())


class _Looping(Loop):
    """The iterator of a `for`."""

    __slots__ = ("items", "spec")

    def __init__(self, trace: Trace, items: Iterator[Any], spec: Any):
        super().__init__(trace)
        self.items = items
        self.spec = spec

    def __iter__(self) -> _Looping:
        return self

    def __next__(self) -> Any:
        self.tick()
        item = next(self.items)
        if self.trace is None or self.trace.closed:  # of a generator that goes on
            return realize(item)
        kind = type(item)
        if kind is int or kind is float:
            return item
        return _lift_by(self.spec, item)


def inside_iterator(x: Any) -> Any:
    """What C code iterates over in place of an iterable; other objects as they are."""
    kind = type(x)
    if kind in PLAIN or kind in CONTAINERS or recording() is None:
        return x
    return iterator_of(x) if is_iterable(x) else x


def is_iterable(x: Any) -> bool:
    """Whether Python can iterate over an object."""
    kind = type(x)
    has_iter = getattr(kind, "__iter__", None) is not None
    return has_iter or defines(kind, "__getitem__")
