"""The tape of a call: what it read, changed and computed, told while it is recorded.

At the end `Tape.finish` makes a `Recording` of it, which `npjit/_runtime/replay.py`
runs. Storages are registers: numbered as they are met, given at the start (arrays from
outside) or set by a step.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from npjit._array.array import (
    ARRAYS,
    SCALARS,
    STAND_INS,
    Array,
    Selection,
    lift_array,
    look,
)
from npjit._array.memory import owner_of
from npjit._array.recorder import QUIET
from npjit._array.selection import Selected
from npjit._array.storage import Storage
from npjit._array.view import address
from npjit._diagnostics.events import Event
from npjit._effects.code import globals_named, stored_outside
from npjit._effects.guards import GENERATORS, Guards, Unguarded
from npjit._effects.steps import (
    Ask,
    Call,
    Recording,
    Run,
    Step,
    registers_of,
    releases,
)
from npjit._effects.templates import (
    Bound,
    Const,
    Input,
    Made,
    MadeObject,
    Mapping,
    New,
    Object,
    Same,
    Sequence,
    Several,
    Shared,
    Template,
    Valued,
    View,
)
from npjit._graph.log import Log
from npjit._graph.trace import Trace, location, user_line
from npjit.errors import Reason

__all__ = ["CallTape"]

#: A longer call is recorded each time.
_MAX_STEPS: Final = 2000
#: A call that is given up had but tiny arrays.
_MAX_ORIGINAL_BYTES: Final = 2**16
#: Values that Python looked at are compared at each replay, in bytes.
_MAX_COMPARED: Final = 4096
_MAX_DEPTH: Final = 16
_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), type(...), range)
_FIXED: Final = (np.dtype, type, types.BuiltinFunctionType, np.ufunc, type(np.sum))
#: Builtins that find more of what is outside than their arguments.
_LOOKING: Final = frozenset({"dir", "eval", "exec", "globals", "locals", "vars"})


class Untold(Exception):
    """A value whose origin the tape does not know; the text says which."""


class CallTape:
    """Tape of one call; see `npjit._graph.tape.Tape`.

    Parameters
    ----------
    trace : Trace
    args, kwargs
        The call's arguments; of a method, with its object in front.
    forgiving : bool
        The user vouches that the call has no effects.
    """

    def __init__(
        self, trace: Trace, args: tuple, kwargs: dict, *, forgiving: bool = False
    ) -> None:
        self.trace = trace
        self.forgiving = forgiving
        self.failure: tuple[Reason, str, str, int] | None = None
        self.quiet = 0
        self.errstate = trace.errstate
        self.events: list[Event] = []
        self.guards = Guards(vouched=forgiving)
        self.steps: list[Step] = []
        self.storages: list[Storage | None] = []  # of inputs; others may go away
        self.written: set[int] = set()
        self.originals: dict[int, np.ndarray] = {}  # of what was written, if small
        self.places: dict[int, Storage] = {}  # of arrays from outside, by their id
        self.functions: dict[int, types.FunctionType] = {}  # made in this call
        self.draws = False
        self.objects: dict[int, tuple[int, Any]] = {}  # made by NumPy: generators
        self.pending: Call | None = None
        self.repeated: dict[int, Shared | None] = {}
        self._try(self.guards.arguments, args, kwargs)

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

    def defines(self, function: types.FunctionType) -> None:
        """A function was made in this call."""
        self.functions[id(function)] = function

    def lifts(self, a: np.ndarray, storage: Storage) -> None:
        """A real array got a stand-in."""
        if id(a) in self.guards.known:
            self.places[id(a)] = storage

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
        try:
            leaves = [self._register(log.storages[slot]) for slot in log.leaf_slots]
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return
        live = log.live()
        if any(isinstance(storage, Selected) for _, storage in live):
            self.fail(Reason.DATA_DEPENDENT_SHAPE, "a selection by a mask")
            return
        for _, storage in live:
            if storage.register < 0:
                self._number(storage)
            self._writes(storage.register)
        self._add(Run(log, leaves, live))

    def _writes(self, register: int) -> None:
        """A storage is going to be written: keep its first value if it is small."""
        storage = self.storages[register]
        if storage is None or register in self.written:
            return
        self.written.add(register)
        if storage.aval.nbytes <= _MAX_ORIGINAL_BYTES and storage.buffer is not None:
            self.originals[register] = storage.buffer.copy()

    def can_undo(self) -> bool:
        """Whether the call can be given up as if it had not begun."""
        if self.failure is not None or self.draws:
            return False
        return {*self.originals} == self.written

    def undo(self) -> None:
        """Give the arrays from outside their first values again."""
        for register, original in self.originals.items():
            storage = self.storages[register]
            assert storage is not None
            assert storage.buffer is not None
            np.copyto(storage.buffer, original)

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        if len(self.steps) > _MAX_STEPS:
            self.fail(Reason.LIMIT, f"more than {_MAX_STEPS} steps")

    def _number(self, storage: Storage, kept: Storage | None = None) -> int:
        storage.register = len(self.storages)
        self.storages.append(kept)
        return storage.register

    def _register(self, storage: Storage) -> int:
        """The register of a storage; one not met before must come from outside."""
        if storage.register >= 0:
            return storage.register
        if storage.pinned:
            raise Untold("arrays that overlap")
        if self._array_in(storage) is None:
            raise Untold("an array of unknown origin")
        return self._number(storage, storage)

    def _array_in(self, storage: Storage) -> tuple[str, np.ndarray] | None:
        """An array from outside that lies in a storage, its root if possible."""
        found = None
        for variable, a in self.guards.arrays:
            if self.places.get(id(a)) is storage:
                if a is storage.origin:
                    return variable, a
                found = variable, a
        return found

    def calls(
        self, func: Any, args: tuple, kwargs: dict, written: list, spelling: Any = None
    ) -> None:
        """A NumPy function is going to be called on the arrays of stand-ins."""
        self.pending = None
        if self.failure is not None:
            return
        state = self.trace.errstate
        if not QUIET.union({"raise"}).issuperset(state.values()):
            self.fail(Reason.ERRSTATE, "a reaction of np.errstate")
            return
        try:
            given = self.template(tuple(args)), self.template(dict(kwargs))
            targets = [(self._register(a._storage), a._storage.aval) for a in written]
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
            holder = self._holder(owner)
        self.pending = Call(func, spelling, holder, *given, targets, state, user_line())

    def _holder(self, generator: Any) -> Template | None:
        """Where a replay finds the generator that a draw comes from."""
        self.draws = True
        if id(generator) in self.objects:
            return Object(self.objects[id(generator)][0])
        if id(generator) in self.guards.known:
            place = self.guards.need(self.guards.known[id(generator)])
            return Bound(place)
        return None  # that of np.random itself

    def returns(self, real: Any, result: Any) -> None:
        """It has returned: what NumPy gave, and what the recording made of it."""
        call, self.pending = self.pending, None
        if call is None or self.failure is not None:
            return
        try:
            call.result = self._made(real, result)
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return
        self._add(call)

    def _made(self, real: Any, result: Any) -> Made:
        kind = type(result)
        if kind in ARRAYS or kind in SCALARS:
            storage = result._storage
            if storage.register >= 0:
                return Same(self.template(result))
            return New(self._number(storage), storage.aval)
        if isinstance(real, GENERATORS):
            self.objects[id(real)] = len(self.objects), real
            return MadeObject(self.objects[id(real)][0])
        if isinstance(real, (tuple, list)):
            pairs = zip(real, result, strict=True)
            return Several([self._made(*pair) for pair in pairs])
        if isinstance(real, (np.generic, *_PLAIN)):
            return Valued(real)
        raise Untold(f"a result of type {kind.__name__}")

    def answers(
        self, operands: tuple, question: Callable[..., Any], answer: Any
    ) -> None:
        """A question about elements was answered; the call went on accordingly."""
        if self.failure is not None or self.quiet:
            return
        nbytes = getattr(answer, "nbytes", 0)
        if nbytes > _MAX_COMPARED:
            self.fail(Reason.VALUE_NEEDED, "the elements of a large array")
            return
        try:
            given = [self.template(x) for x in operands]
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return
        answer = answer.copy() if isinstance(answer, np.ndarray) else answer
        self._add(Ask(given, question, answer))

    # Templates -----------------------------------------------------------------------

    def template(self, x: Any, depth: int = 0, *, final: bool = False) -> Template:
        """How a replay makes what stands here.

        Parameters
        ----------
        x : object
            An argument, or the result of the call.
        depth : int
            Of containers around it.
        final : bool
            It is the result: objects from outside are themselves.

        Raises
        ------
        Untold
            If it cannot.
        """
        if final and id(x) in self.repeated:
            return self._shared(x, depth)
        kind = type(x)
        if kind in STAND_INS:
            return self._of_stand_in(x, final=final)
        if kind in _PLAIN or isinstance(x, (np.generic, *_FIXED)):
            return Const(x)
        if final and id(x) in self.guards.known:
            return Bound(self.guards.need(self.guards.known[id(x)]))
        if depth > _MAX_DEPTH:
            raise Untold("containers in containers")
        if isinstance(x, (list, tuple)):
            if kind not in (list, tuple) and not hasattr(kind, "_fields"):
                raise Untold(f"an object of type {kind.__name__}")
            return Sequence(kind, [self.template(a, depth + 1, final=final) for a in x])
        if kind is dict:
            pairs = [(look(k) if type(k) in SCALARS else k, a) for k, a in x.items()]
            inside = {k: self.template(a, depth + 1, final=final) for k, a in pairs}
            return Mapping(inside)
        if kind is slice:
            parts = (x.start, x.stop, x.step)
            return Sequence(slice, [self.template(p, depth + 1) for p in parts])
        if kind is np.ndarray:
            return self._of_real(x)
        raise Untold(f"an object of type {kind.__name__}")

    def _shared(self, x: Any, depth: int) -> Template:
        """The one template of what stands at several places of the result."""
        found = self.repeated.pop(id(x))
        if found is None:
            found = Shared(self.template(x, depth, final=True))
        self.repeated[id(x)] = found
        return found

    def _of_real(self, a: np.ndarray) -> Template:
        if id(a) not in self.places:
            raise Untold("an array of unknown origin")
        return self._of_stand_in(lift_array(self.trace, a))

    def _of_stand_in(self, x: Any, *, final: bool = False) -> Template:
        if type(x) is Selection:
            raise Untold("a selection by a mask")
        if final and type(x) is Array and id(x._real) in self.guards.known:
            return Bound(self.guards.need(self.guards.known[id(x._real)]))
        storage = x._storage
        register = self._register(storage)
        is_view = getattr(x, "_is_view", False)
        if final and type(x) is Array and self.storages[register] is not None:
            is_view = x._real is not storage.origin  # another object than the caller's
        return View(
            register,
            storage.aval,
            x._structure,
            x._starts,
            x._offset,
            x._aval,
            is_view,
            getattr(x, "_readonly", False),
        )

    # The end -------------------------------------------------------------------------

    def finish(self, result: Any) -> Recording | None:
        """What can be replayed; None if it cannot.

        Parameters
        ----------
        result : object
            What the call returns, its stand-ins computed, but not replaced yet.
        """
        if self.failure is not None:
            return None
        try:
            self.repeated = dict.fromkeys(_repeated(result, set()))
            template = self.template(result, final=True)
            inputs = [
                self._input(register, storage)
                for register, storage in enumerate(self.storages)
                if storage is not None
            ]
        except Untold as error:
            self.fail(Reason.UNGUARDED, str(error))
            return None
        for given in inputs:
            if given.is_written and not given.by_owner:
                variable = self.guards.needed[given.place]
                self.guards.must(f"{variable}.flags.writeable")
        self.guards.names["geterr"] = np.geterr
        self.guards.must(f"geterr() == {self.guards.const(self.errstate)}")
        self._keep_apart()
        kept = {*registers_of(template), *(given.register for given in inputs)}
        return Recording(
            guards=self.guards.function(),
            inputs=inputs,
            steps=self.steps,
            n_registers=len(self.storages),
            n_objects=len(self.objects),
            result=template,
            errstate=self.errstate,
            events=self.events,
            releases=releases(self.steps, kept),
        )

    def _input(self, register: int, storage: Storage) -> Input:
        found = self._array_in(storage)
        if found is None:
            raise Untold("an array of unknown origin")
        variable, a = found
        by_owner = a is not storage.origin
        assert storage.buffer is not None
        if by_owner and owner_of(a) is not storage.origin:
            raise Untold("a view of an array of unknown origin")
        offset = address(a) - address(storage.buffer) if by_owner else 0
        is_written = register in self.written
        return Input(
            register,
            self.guards.need(variable),
            storage.aval,
            by_owner,
            offset,
            is_written,
        )

    def _share(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Whether two arrays were one storage, or have one owner."""
        one, other = self.places.get(id(a)), self.places.get(id(b))
        if one is None or other is None:
            return owner_of(a) is owner_of(b)
        return one is other

    def _keep_apart(self) -> None:
        """Let arrays that were two objects, or had memory of their own, stay so."""
        self.guards.names |= {"are_apart": are_apart, "lies_at": lies_at}
        kinds: list[tuple[str, np.ndarray]] = []  # one array of each piece of memory
        for variable, a in self.guards.arrays:
            for other, b in kinds:
                if self._share(a, b):
                    gap = address(a) - address(b)
                    self.guards.must(f"lies_at({other}, {variable}, {gap})")
                    break
            else:
                kinds.append((variable, a))
        names = [variable for variable, _ in self.guards.arrays]
        if len(names) > 1:
            several = ", ".join(variable for variable, _ in kinds)
            apart = f"are_apart(({', '.join(names)},), ({several},))"
            if len(names) == 2 == len(kinds):  # most calls: half a microsecond less
                one, other = names
                own = f"{one}.base is None is {other}.base and {one} is not {other}"
                apart = f"({own}) or {apart}"
            self.guards.must(apart)


def _repeated(x: Any, met: set[int]) -> Iterator[int]:
    """The ids of the arrays, lists and dicts that a result holds at several places."""
    kind = type(x)
    if kind is Array or kind is list or kind is dict:
        if id(x) in met:
            yield id(x)
            return
        met.add(id(x))
    if isinstance(x, (list, tuple)):
        for item in x:
            yield from _repeated(item, met)
    elif kind is dict:
        for item in x.values():
            yield from _repeated(item, met)


def lies_at(a: np.ndarray, b: np.ndarray, gap: int) -> bool:
    """Whether two arrays are views of one owner, so many bytes apart."""
    return owner_of(a) is owner_of(b) and address(b) - address(a) == gap


def are_apart(arrays: tuple[np.ndarray, ...], pieces: tuple[np.ndarray, ...]) -> bool:
    """Whether arrays are so many objects, and pieces of memory do not overlap."""
    if len({*map(id, arrays)}) < len(arrays):
        return False
    views = [a for a in pieces if a.base is not None]
    return not any(
        a is not b and np.may_share_memory(a, b) for a in views for b in pieces
    )


#: The modules of NumPy whose attributes user code reads.
_PUBLIC: Final = frozenset({"numpy.linalg", "numpy.fft", "numpy.random", "numpy.ma"})


def _catches_interrupts(code: types.CodeType) -> bool:
    return not {"KeyboardInterrupt", "BaseException"}.isdisjoint(code.co_names)


def _is_numpys(function: types.FunctionType) -> bool:
    return (function.__globals__.get("__name__") or "").startswith("numpy.")
