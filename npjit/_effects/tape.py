"""The tape of a call: what it read, changed and computed, told while it is recorded.

At the end `Tape.finish` makes a `Recording` of it, which `npjit/_runtime/replay.py`
runs. `npjit/_effects/origins.py` knows where the values come from.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Collection
from typing import Any, Final

import numpy as np

from npjit._array.array import STAND_INS
from npjit._array.memory import owner_of
from npjit._array.number import Number
from npjit._array.recorder import QUIET
from npjit._array.selection import Selected
from npjit._array.storage import Storage
from npjit._diagnostics.events import Event
from npjit._effects.code import globals_named, stored_outside
from npjit._effects.guards import GENERATORS, Guards, Unguarded
from npjit._effects.origins import Origins, Untold
from npjit._effects.steps import (
    Ask,
    Call,
    Recording,
    Run,
    Step,
    registers_of,
    releases,
)
from npjit._effects.templates import Template
from npjit._graph.log import Log
from npjit._graph.trace import Trace, location, user_line
from npjit.errors import Reason

__all__ = ["MAX_COMPARED", "CallTape"]

#: A longer call is recorded each time.
_MAX_STEPS: Final = 2000
#: A call that is given up had but tiny arrays.
_MAX_ORIGINAL_BYTES: Final = 2**16
#: Values that Python looked at are compared at each replay, in bytes.
MAX_COMPARED: Final = 4096
#: Builtins that find more of what is outside than their arguments.
_LOOKING: Final = frozenset({"dir", "eval", "exec", "globals", "locals", "vars"})


class CallTape:
    """Tape of one call; see `npjit._graph.tape.Tape`.

    Parameters
    ----------
    trace : Trace
    args, kwargs
        The call's arguments; of a method, with its object in front.
    free : collection of str
        The ways to those that are handed over as a `Number`.
    forgiving : bool
        The user vouches that the call has no effects.
    """

    def __init__(
        self,
        trace: Trace,
        args: tuple,
        kwargs: dict,
        free: Collection[str] = (),
        *,
        forgiving: bool = False,
    ) -> None:
        self.trace = trace
        self.forgiving = forgiving
        self.failure: tuple[Reason, str, str, int] | None = None
        self.quiet = 0
        self.errstate = trace.errstate
        self.events: list[Event] = []
        self.guards = Guards(vouched=forgiving)
        self.steps: list[Step] = []
        self.origins = Origins(trace, self.guards)
        self.originals: dict[int, np.ndarray] = {}  # of what was written, if small
        self.functions: dict[int, types.FunctionType] = {}  # made in this call
        self.draws = False
        self.pending: Call | None = None
        self._try(self.guards.arguments, args, kwargs, free)

    def _try(self, watch: Callable[..., None], *args: Any) -> None:
        if self.failure is None:
            try:
                watch(*args)
            except Unguarded as error:
                if self.guards.vouched:
                    return
                self.fail(Reason.UNGUARDED, str(error))

    def fail(self, reason: Reason, what: str) -> None:
        """Note that the call cannot be replayed, because of the user's current line."""
        if self.failure is None:
            self.failure = (reason, what, *location(user_line()))
            self.steps = []

    # What is read from outside -------------------------------------------------------

    def enters(self, function: types.FunctionType) -> None:
        """A Python function is going to run."""
        if self.failure is not None or _is_numpys(function):
            return
        if _catches_interrupts(function.__code__):  # they come once
            self.fail(Reason.UNGUARDED, f"interrupts caught in {function.__name__}")
        stores = stored_outside(function.__code__)
        self._try(self.guards.imports_of, function)
        if id(function) in self.functions:
            stores &= {"global", "match"}
            self._try(self.guards.globals_of, function)
        else:
            self._try(self.guards.entrance, function)
        for name in sorted(_LOOKING & set(globals_named(function.__code__))):
            if name not in function.__globals__:
                self.fail(Reason.UNGUARDED, f"{name} in {function.__name__}")
        for what in sorted(stores):
            if what == "match":
                self.fail(Reason.UNGUARDED, f"class patterns in {function.__name__}")
            elif not self.forgiving:
                self.fail(Reason.EFFECT, f"{function.__name__} has {what} variables")

    def ends(self) -> None:
        """The call has returned: forget the functions that were made in it."""
        self.functions.clear()

    def defines(self, function: types.FunctionType) -> None:
        """A function was made in this call."""
        self.functions[id(function)] = function

    def lifts(self, a: np.ndarray, storage: Storage) -> None:
        """A real array got a stand-in."""
        if id(a) in self.guards.known:
            self.origins.places[id(a)] = storage

    def shows_flags(self, a: np.ndarray) -> None:
        """The flags of an array were asked for."""
        variable = self.guards.known.get(id(a))
        if variable is not None:
            self.guards.must(f"{variable}.flags.writeable is {a.flags.writeable}")
        elif owner_of(a) is not a:
            self.fail(Reason.LAYOUT, "the flags of a view")

    def reads(self, obj: Any, name: str, value: Any) -> None:
        """An attribute was read, without Python code of the user's."""
        if self.failure is None and not self._is_own(obj, name):
            self._try(self.guards.attribute, obj, name, value)

    def _is_own(self, obj: Any, name: str) -> bool:
        """Whether an object was made in this call, or is NumPy's inside."""
        if id(obj) in self.functions:
            return True
        if type(obj) is types.ModuleType:
            return obj.__name__.startswith("numpy.") and obj.__name__ not in _PUBLIC
        if self.guards.is_outside(obj):
            return False
        kind = type(obj)
        if kind.__flags__ & 1 << 9 and name not in getattr(obj, "__dict__", ()):
            self._try(self.guards.in_class, kind, name)  # what the class has
        return True

    def misses(self, obj: Any, name: str) -> None:
        """An attribute was asked for that is not there."""
        self._try(self.guards.absence, obj, name)

    def lacks(self, obj: Any, name: str) -> None:
        """An object's own attributes were found not to have one."""
        self._try(self.guards.lack, obj, name)

    def asks_class(self, cls: type, name: str) -> None:
        """It was looked up what a class has under a name."""
        if self.failure is None and cls.__flags__ & 1 << 9:
            self._try(self.guards.in_class, cls, name)

    def uses(self, obj: Any, what: str) -> None:
        """C code looks into an object, in a way that the guards do not cover."""
        if id(obj) in self.guards.known and type(obj).__flags__ & 1 << 9:
            self.fail(Reason.UNGUARDED, what)

    def shows(self, obj: Any) -> None:
        """C code may ask an object, or those that it holds, for what they are."""
        kind = type(obj)
        if kind in (list, tuple, set, frozenset):
            for item in obj:
                self.shows(item)
        elif kind is dict:
            for item in (*obj, *obj.values()):
                self.shows(item)
        else:
            self.uses(obj, f"C code that asks an object of type {kind.__name__}")

    # What is changed -----------------------------------------------------------------

    def changes(self, obj: Any, what: str) -> None:
        """An object is changed; nothing, if it was made in this call."""
        if self.failure is not None or self.forgiving or id(obj) in self.functions:
            return
        if type(obj) in STAND_INS or self.guards.is_outside(obj):
            self.fail(Reason.EFFECT, what)

    def acts(self, what: str) -> None:
        """Something is done that a replay would not do."""
        if not self.forgiving:
            self.fail(Reason.EFFECT, what)

    # What is computed ----------------------------------------------------------------

    def runs(self, log: Log) -> None:
        """A log is going to be run."""
        if self.failure is not None:
            return
        if log.done or log.damaged:
            self.fail(Reason.UNGUARDED, "an interrupted recording")
            return
        register = self.origins.register
        try:
            leaves = [*map(register, (log.storages[slot] for slot in log.leaf_slots))]
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return
        live = log.live()
        if any(isinstance(storage, Selected) for _, storage in live):
            self.fail(Reason.DATA_DEPENDENT_SHAPE, "a selection by a mask")
            return
        for _, storage in live:
            if storage.register < 0:
                self.origins.number(storage)
            self._writes(storage.register)
        self._add(Run(log, leaves, live))

    def takes(self, number: Number, storage: Storage) -> None:
        """A float argument, or what is computed of it, is the operand of an array."""
        self.origins.take(number, storage)

    def pins(self, number: Number) -> None:
        """Python looks at a float argument."""
        for x in number.arguments():
            self._try(self.guards.pin, x.value, x.way)

    def _writes(self, register: int) -> None:
        """A storage is going to be written: keep its first value if it is small."""
        storage = self.origins.storages[register]
        if storage is None or register in self.origins.written:
            return
        self.origins.written.add(register)
        if storage.aval.nbytes <= _MAX_ORIGINAL_BYTES and storage.buffer is not None:
            self.originals[register] = storage.buffer.copy()

    def can_undo(self) -> bool:
        """Whether the call can be given up as if it had not begun."""
        if self.failure is not None or self.draws:
            return False
        return {*self.originals} == self.origins.written

    def undo(self) -> None:
        """Give the arrays from outside their first values again."""
        for register, original in self.originals.items():
            storage = self.origins.storages[register]
            assert storage is not None
            assert storage.buffer is not None
            np.copyto(storage.buffer, original)

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        if len(self.steps) > _MAX_STEPS:
            self.fail(Reason.LIMIT, f"more than {_MAX_STEPS} steps")

    def calls(
        self, func: Any, args: tuple, kwargs: dict, written: list, spelling: Any = None
    ) -> None:
        """A NumPy function is going to be called on the arrays of stand-ins."""
        self._see_errors()
        if self.failure is not None:
            return
        state, origins = self.trace.errstate, self.origins
        if not QUIET.union({"raise"}).issuperset(state.values()):
            self.fail(Reason.ERRSTATE, "a reaction of np.errstate")
            return
        try:
            given = origins.template(tuple(args)), origins.template(dict(kwargs))
            targets = [(origins.register(a._storage), a._storage.aval) for a in written]
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return
        if any(a._storage.pinned for a in written):
            self.fail(Reason.LAYOUT, "a write to memory that arrays share")
            return
        for register, _ in targets:
            self._writes(register)
        owner = getattr(func, "__self__", None)
        holder: Template | None = None
        if isinstance(owner, GENERATORS):
            self.draws = True
            holder = self.origins.generator(owner)
        self.pending = Call(func, spelling, holder, *given, targets, state, user_line())

    def _see_errors(self) -> None:
        """Look whether a call has never returned: the user may catch what it raised."""
        if self.pending is not None and self.failure is None:
            where = location(self.pending.line)
            self.failure = (Reason.CAN_FAIL, "an operation raised", *where)
        self.pending = None

    def returns(self, real: Any, result: Any) -> None:
        """It has returned: what NumPy gave, and what the recording made of it."""
        call, self.pending = self.pending, None
        if call is None or self.failure is not None:
            return
        try:
            call.result = self.origins.made(real, result)
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return
        self._add(call)

    def answers(
        self, operands: tuple, question: Callable[..., Any], answer: Any
    ) -> None:
        """A question about elements was answered; the call went on accordingly."""
        if self.failure is not None or self.quiet:
            return
        nbytes = getattr(answer, "nbytes", 0)
        if nbytes > MAX_COMPARED:
            self.fail(Reason.VALUE_NEEDED, "the elements of a large array")
            return
        try:
            given = [*map(self.origins.template, operands)]
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return
        answer = answer.copy() if isinstance(answer, np.ndarray) else answer
        self._add(Ask(given, question, answer))

    # The end -------------------------------------------------------------------------

    def finish(self, result: Any) -> Recording | None:
        """What can be replayed; None if it cannot.

        Parameters
        ----------
        result : object
            What the call returns, its stand-ins computed, but not replaced yet.
        """
        self._see_errors()
        if self.failure is not None:
            return None
        try:
            template = self.origins.result(result)
            inputs = self.origins.given_arrays()
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return None
        for given in inputs:
            if given.is_written:
                self.origins.stays_writeable(given)
        figures = self.origins.given_figures()
        self.guards.error_state(self.errstate)
        self.origins.keep_apart()
        kept = {*registers_of(template), *(given.register for given in inputs)}
        return Recording(
            guards=self.guards.function(),
            guarding=self.guards.guarding(),
            inputs=inputs,
            figures=figures,
            steps=self.steps,
            n_registers=len(self.origins.storages),
            n_objects=len(self.origins.objects),
            n_bound=len(self.guards.needed),
            result=template,
            errstate=self.errstate,
            events=self.events,
            releases=releases(self.steps, kept),
        )


#: The modules of NumPy whose attributes user code reads.
_PUBLIC: Final = frozenset({"numpy.linalg", "numpy.fft", "numpy.random", "numpy.ma"})


def _catches_interrupts(code: types.CodeType) -> bool:
    return not {"KeyboardInterrupt", "BaseException"}.isdisjoint(code.co_names)


def _is_numpys(function: types.FunctionType) -> bool:
    return (function.__globals__.get("__name__") or "").startswith("numpy.")
