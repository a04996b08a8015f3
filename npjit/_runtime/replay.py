"""Replays: a recorded call is run again without the user's Python code.

Nothing of the caller's is changed until all is computed. Whatever stands in the way (a
branch not taken before, an operation that raises, a value that NumPy reports) ends the
replay; the call is then recorded as if there had been none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final
from weakref import ref

import numpy as np

from npjit._array.storage import Storage
from npjit._chapters.infer import noted_warnings
from npjit._config import Options
from npjit._diagnostics.events import Key, emit
from npjit._effects.guards import GENERATORS
from npjit._effects.steps import Ask, Call, Recording, Run, raising
from npjit._effects.templates import Missed, Registers
from npjit._graph.log import Log
from npjit._graph.trace import Engine, Trace

__all__ = ["HIT", "LogEngine", "join", "replay"]

#: The event of a compiled program that was found.
HIT: Final[Key] = ("hit", "program", None)


def join(recordings: Sequence[Recording], new: Recording) -> None:
    """Let a recording share the steps that it has in common with another.

    Two calls that part where elements answered otherwise are one tree so.
    """
    for known in recordings:
        n = 0
        for mine, its in zip(new.steps, known.steps, strict=False):
            if mine is not its and mine != its:
                break
            n += 1
        new.steps[:n] = known.steps[:n]


def replay(
    recordings: Sequence[Recording],
    recording: Recording,
    bound: tuple,
    arguments: tuple[tuple, dict[str, Any]],
    engine: LogEngine,
) -> Any:
    """Run a recording whose guards hold.

    Parameters
    ----------
    recordings : sequence of Recording
        All of the function: one of them may be gone on with.
    recording : Recording
    bound : tuple
        What its guards found.
    arguments : tuple
        Of the call: those by position, and those by name.
    engine : LogEngine

    Raises
    ------
    Missed
        If the call would go on otherwise; nothing has happened then.
    """
    run = _Replay(recordings, recording, bound, arguments)
    run.compute(engine)
    return run.hand_out()


class _Replay:
    def __init__(
        self,
        recordings: Sequence[Recording],
        recording: Recording,
        bound: tuple,
        arguments: tuple[tuple, dict[str, Any]],
    ) -> None:
        self.recordings = recordings
        self.recording = recording
        self.arguments = arguments
        self.registers = Registers(recording, bound)
        self.result: Any = None

    def compute(self, engine: LogEngine) -> None:
        """Take the steps; where elements answer otherwise, those of another call.

        Make the result, too: what is no integer is told before anything is changed.
        """
        try:
            self._compute(engine)
            self.result = self.recording.result.make(self.registers, final=True)
        except BaseException:
            engine.undo_draws()
            raise

    def _compute(self, engine: LogEngine) -> None:
        recording, registers, i = self.recording, self.registers, 0
        while i < len(recording.steps):
            step = recording.steps[i]
            if isinstance(step, Ask):
                if not step.holds(registers):
                    recording = self._turn(i, step)
            else:
                step.do(registers, engine)
            for register in recording.releases[i]:
                registers.values[register] = None
            i += 1
        self.recording = recording

    def _turn(self, i: int, asked: Ask) -> Recording:
        """The recording that took the same steps, and then got this answer."""
        before = self.recording.steps[:i]
        for other in self.recordings:
            step = other.steps[i] if len(other.steps) > i else None
            if not isinstance(step, Ask) or not step.asks_as(asked):
                continue
            same = all(map(_is, before, other.steps))
            if same and step.holds(self.registers):
                bound = other.guards(*self.arguments)
                if bound is not None:
                    self.registers.go_on_as(other, bound)
                    self.recording = other
                    return other
        raise Missed("a branch that was not taken before")

    def hand_out(self) -> Any:
        """Change the caller's arrays, and return the result."""
        registers = self.registers
        for given in self.recording.inputs:
            root = registers.roots[given.register]
            value = registers.values[given.register]
            if value is not root:
                np.copyto(root, np.asarray(value))
        for event in self.recording.events:
            emit(event)
        return self.result


def _is(a: Any, b: Any) -> bool:
    return a is b


def _bits_of(generator: Any) -> Any:
    if isinstance(generator, np.random.RandomState):
        return _Legacy(generator)
    return generator.bit_generator


class _Legacy:
    """A RandomState, which keeps a normal number in reserve, like a bit generator."""

    def __init__(self, generator: np.random.RandomState) -> None:
        self.generator = generator

    @property
    def state(self) -> Any:
        return self.generator.get_state(legacy=False)

    @state.setter
    def state(self, state: Any) -> None:
        self.generator.set_state(state)


class _Missing:
    """An operation that raises ends the replay; the recording raises in its place."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: Any, error: BaseException | None, tb: Any) -> None:
        if isinstance(error, Exception):
            raise Missed(f"{type(error).__name__}: {error}") from error


#: No `contextlib.contextmanager`: entered for each step, 1 us against 0.2.
_MISSING: Final = _Missing()


class LogEngine:
    """Runs the logs of recordings on other values.

    Parameters
    ----------
    options : Options
    engine, host : Engine
    errstate : dict
        `np.geterr()`, as the dict that the entries of the recording have.

    Attributes
    ----------
    states : dict
        id of a generator -> the generator, and its state before it was drawn from.
    """

    def __init__(
        self, options: Options, engine: Engine, host: Engine, errstate: dict[str, str]
    ) -> None:
        self.engine = engine
        self.host = host
        self.options = options
        self.errstate = errstate
        self.states: dict[int, tuple[Any, Any]] = {}

    def call(self, step: Call, func: Any, args: tuple, kwargs: dict) -> Any:
        """Call a NumPy function, as if from the user's line."""
        owner = getattr(func, "__self__", None)
        if isinstance(owner, GENERATORS):
            self.states.setdefault(id(owner), (owner, _bits_of(owner).state))
        with np.errstate(**raising(step.errstate)):
            return self._heard(self.host.call, step.line, func, args, kwargs)

    def _heard(self, run: Callable[..., Any], *args: Any) -> Any:
        """What a function of an engine returns, if it does not warn."""
        with _MISSING, noted_warnings() as noted:
            result = run(*args)
        if noted:
            raise Missed("NumPy warns")
        return result

    def undo_draws(self) -> None:
        """Let the generators draw the same numbers again."""
        for generator, state in self.states.values():
            _bits_of(generator).state = state

    def run(self, step: Run, registers: Registers) -> list[Any]:
        """The values of a log's results."""
        if step.ready is not None:
            leaves = tuple([registers.values[r] for r in step.leaves])
            with _MISSING:
                results: list[Any] | None = step.ready.run(leaves)
            if results is not None:
                return results
        trace = Trace(self.options, self.engine, self.host)
        trace.errstate = raising(self.errstate)
        trace.replays = True
        log, outs = _renewed(step, registers)
        state: Any = trace.errstate
        with np.errstate(**state):
            self._heard(self.engine.run, trace, log)
        if self.engine is not self.host and getattr(self.engine, "is_loaded", True):
            from npjit._runtime.ready import ready_for

            step.ready = ready_for(trace, log, step.slots)
        return [s.buffer if s.value is None else s.value for s in outs]


def _renewed(step: Run, registers: Registers) -> tuple[Log, list[Storage]]:
    """A log like the recorded one, with storages of its own; and those of results."""
    old, log = step.log, step.log.emptied()
    log.storages = [_NOTHING] * step.n_slots
    for slot, register, aval in zip(
        old.leaf_slots, step.leaves, step.avals, strict=True
    ):
        value = registers.values[register]
        if slot in old.written:  # NumPy would write it in place
            value = registers.to_write(register, aval)
        storage = log.storages[slot] = Storage(aval)
        if type(value) is np.ndarray:
            storage.buffer = value
        else:
            storage.value = value
    outs = []
    for slot, aval in zip(step.slots, step.out_avals, strict=True):
        if log.storages[slot] is _NOTHING:
            outs.append(Storage(aval))
            log.storages[slot] = ref(outs[-1])
        else:  # a leaf that is written
            outs.append(log.storages[slot])
    return log, outs


#: In the place of a storage that nobody holds any more.
_NOTHING = ref(Storage.__new__(Storage))
