"""The host engine replays a log on real buffers.

Overlap, order, cost and errors are NumPy's own. A slot's buffer is dropped after its
last use. The engine runs on where it was interrupted: `Log.done` counts what is done.
"""

from __future__ import annotations

import operator
import time
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any, Final
from weakref import ref

import numpy as np

from npjit._array.storage import Storage
from npjit._diagnostics.events import Event, emit
from npjit._graph.aval import aval_of
from npjit._graph.log import Entry, Log, Read, Value
from npjit._graph.structure import apply
from npjit._graph.trace import Line, Trace
from npjit._host.trampoline import call_at, call_from
from npjit.errors import Reason

__all__ = ["HostEngine", "Replay"]

#: In `flags.num`; to ask `flags.writeable` warns for what `broadcast_arrays` returned.
_WRITEABLE: Final = 0x400


class HostEngine:
    """Runs each entry in NumPy."""

    name = "host"

    def call(self, line: Line, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call one NumPy function now, as if from the user's line."""
        return call_at(line, func, args, kwargs)

    def run(self, trace: Trace, log: Log, until: int | None = None) -> None:
        """Replay the entries from `log.done` on, to the last or up to one."""
        began, before = time.perf_counter_ns(), log.done
        Replay(trace, log).run(until)
        count = log.done - before
        elapsed_ns = time.perf_counter_ns() - began
        emit(Event("engine", "host", count=count, elapsed_ns=elapsed_ns))


class Replay:
    """One replay of a log; `scratch` holds the root arrays of its slots."""

    def __init__(self, trace: Trace, log: Log):
        self.trace = trace
        self.log = log
        self.scratch: dict[int, np.ndarray] = log.scratch
        self.last_use = self._last_uses()

    def run(self, until: int | None = None) -> None:
        log = self.log
        end = len(log.entries) if until is None else until
        while log.done < end:
            i = log.done
            try:
                self.entry(log.entries[i], partial(setattr, log, "done", i + 1))
            except Exception:  # NumPy would not have come further
                log.done = len(log.entries)
                raise
            log.done = i + 1
            for slot in self.last_use.get(i, ()):
                self.scratch.pop(slot, None)

    def _last_uses(self) -> dict[int, list[int]]:
        """For each entry the slots that no later entry touches."""
        last: dict[int, int] = {}
        for i, entry in enumerate(self.log.entries):
            for read in (*entry.operands(), entry.target):
                if type(read) is Read:
                    last[read.slot] = i
            for slot in entry.outs:
                last[slot] = i
        uses: dict[int, list[int]] = {}
        for slot, i in last.items():
            uses.setdefault(i, []).append(slot)
        return uses

    def call_of(self, entry: Entry) -> tuple[Callable[..., Any], tuple, dict]:
        """What an entry calls: the function, and its arguments as real arrays."""
        args = tuple(map(self.operand, entry.args))
        kwargs = {k: self.operand(v) for k, v in entry.kwargs.items()}
        if entry.target is not None:
            kwargs["out"] = self.view(entry.target)
        spelling = entry.inferred.op.spelling
        if spelling is None:
            return entry.inferred.op.func, args, kwargs
        func, args = spelling(*args, **kwargs)
        return func, args, {}

    def entry(self, entry: Entry, done: Callable[[], Any]) -> None:
        func, args, kwargs = self.call_of(entry)
        same = entry.errstate is self.trace.errstate
        state: Any = entry.errstate
        with nullcontext() if same else np.errstate(**state):
            if entry.target is not None:
                # Written and marked without a bytecode between, where an interrupt
                # could come: what is done twice in place is wrong.
                steps: tuple[Any, ...] = partial(func, *args, **kwargs), done
                self.call(entry, list, (map(operator.call, steps),), {})
            else:
                result = self.call(entry, func, args, kwargs)
        if entry.target is None:
            results = result if entry.inferred.container else (result,)
            for slot, value in zip(entry.outs, results, strict=True):
                self.keep(slot, value)

    def call(self, entry: Entry, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call as if from the line of the entry, which is running now."""
        stack = self.log.stacks.get(self.log.done)
        if stack is None:
            return call_at(entry.line, func, args, kwargs)
        return call_from(stack, func, args, kwargs)

    def operand(self, x: Any) -> Any:
        kind = type(x)
        if kind is Read:
            a = self.view(x)
            return a[()] if x.aval.scalar else a
        if kind is Value:
            return self.log.values[x.index]
        if kind is list:
            return [self.operand(item) for item in x]
        return x

    def view(self, read: Read) -> np.ndarray:
        root = self.root(read.slot)
        if not read.structure.prims:
            return root
        # Twice as fast as going through the structure.
        if root.flags.c_contiguous and read.aval.size:
            view = np.ndarray(
                read.aval.shape,
                read.aval.dtype,
                root,
                read.offset,
                read.aval.strides,
            )
            if not root.flags.writeable:
                view.flags.writeable = False
            return view
        return apply(read.structure, root, read.starts)

    def root(self, slot: int) -> np.ndarray:
        found = self.scratch.get(slot)
        if found is None:
            storage = self.log.storages[slot]
            if type(storage) is ref:
                storage = storage()
                assert storage is not None
            found = storage.settle()
            if slot in self.log.written:
                storage.value = None
            else:
                found = _as_its_owner(found)
            self.scratch[slot] = found
        return found

    def keep(self, slot: int, value: Any) -> None:
        storage = self.log.storages[slot]()
        buffer = np.asarray(value)
        if storage is None:
            self.scratch[slot] = buffer
            return
        self.check(storage, buffer, value)
        storage.set_buffer(buffer)
        self.scratch[slot] = storage.buffer

    def check(self, storage: Storage, buffer: np.ndarray, value: Any) -> None:
        """Report a result whose geometry was foretold wrongly; values stay right."""
        expected = storage.aval
        if not storage.fits(buffer):
            detail = f"inferred {expected} {expected.strides}, NumPy made " + (
                f"{aval_of(buffer)} {buffer.strides}"
            )
            emit(Event("engine", "host", Reason.INTERNAL, detail=detail))


def _as_its_owner(a: np.ndarray) -> np.ndarray:
    """A buffer, read-only if its owner has become so since: NumPy's functions ask."""
    owner = a.base
    if isinstance(owner, np.ndarray) and a.flags.num & ~owner.flags.num & _WRITEABLE:
        a = a.view()
        a.flags.writeable = False
    return a
