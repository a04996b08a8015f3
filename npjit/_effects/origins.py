"""Where the values of a call come from: its registers, and templates that name them.

Storages are registers: numbered as they are met, given at the start (arrays from
outside, float arguments) or set by a step.
"""

from __future__ import annotations

import itertools
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
from npjit._array.extract import Extract
from npjit._array.memory import owner_of
from npjit._array.number import Number
from npjit._array.storage import Storage
from npjit._array.view import address
from npjit._effects.guards import GENERATORS, Guards, owner_guard
from npjit._effects.templates import (
    Bound,
    Const,
    Extracted,
    Figure,
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
from npjit._graph.aval import aval_of
from npjit._graph.trace import Trace

__all__ = ["Origins", "Untold"]

_MAX_DEPTH: Final = 16
#: Up to so many arrays are compared one by one to be apart.
_MAX_PAIRED: Final = 8
#: What is one object at several places of a result.
_OBJECTS: Final = frozenset({Array, Extract, list, dict})
_PLAIN: Final = (bool, int, float, complex, str, bytes, type(None), type(...), range)
_FIXED: Final = (np.dtype, type, types.BuiltinFunctionType, np.ufunc, type(np.sum))


class Untold(Exception):
    """A value whose origin the tape does not know; the text says which."""


class Origins:
    """What a replay has to make again, as the call meets it.

    Parameters
    ----------
    trace : Trace
    guards : Guards
        They find what comes from outside.

    Attributes
    ----------
    storages : list
        For each register the storage of an array from outside; None for the others.
    places : dict
        id of an array from outside -> its storage.
    objects : dict
        id of a generator that NumPy made -> its number, and the generator.
    figures : list of tuple
        Register, number and dtype of float arguments that are operands.
    written : set of int
        The registers of arrays from outside that the call writes.
    """

    def __init__(self, trace: Trace, guards: Guards) -> None:
        self.trace = trace
        self.guards = guards
        self.storages: list[Storage | None] = []
        self.places: dict[int, Storage] = {}
        self.objects: dict[int, tuple[int, Any]] = {}
        self.figures: list[tuple[int, Number, np.dtype]] = []
        self.repeated: dict[int, Shared | None] = {}
        self.written: set[int] = set()

    def number(self, storage: Storage, kept: Storage | None = None) -> int:
        """Give a storage the next register; `kept` if it comes from outside."""
        storage.register = len(self.storages)
        self.storages.append(kept)
        return storage.register

    def register(self, storage: Storage) -> int:
        """The register of a storage; one not met before must come from outside.

        Raises
        ------
        Untold
            If it does not.
        """
        if storage.register >= 0:
            return storage.register
        if storage.pinned:
            raise Untold("arrays that overlap")
        if self._array_in(storage) is None:
            raise Untold("an array of unknown origin")
        return self.number(storage, storage)

    def _array_in(self, storage: Storage) -> tuple[str, np.ndarray] | None:
        """An array from outside that lies in a storage, its root if possible."""
        found = None
        for variable, a in self.guards.arrays:
            if self.places.get(id(a)) is storage:
                if a is storage.origin:
                    return variable, a
                if found is None or not _is_like(found[1], storage.buffer):
                    found = variable, a
        return found

    def made(self, real: Any, result: Any) -> Made:
        """What the result of a NumPy call is to a replay.

        Raises
        ------
        Untold
            If it is nothing that one can make again.
        """
        kind = type(result)
        if kind in ARRAYS or kind in SCALARS:
            storage = result._storage
            if storage.pinned and self.written:  # a replay writes copies at first
                raise Untold("arrays that overlap")
            if storage.register >= 0:
                return Same(self.template(result))
            return New(self.number(storage), storage.aval)
        if isinstance(real, GENERATORS):
            self.objects[id(real)] = len(self.objects), real
            return MadeObject(self.objects[id(real)][0])
        if isinstance(real, (tuple, list)):
            pairs = zip(real, result, strict=True)
            return Several([self.made(*pair) for pair in pairs])
        if isinstance(real, (np.generic, *_PLAIN)):
            return Valued(real)
        raise Untold(f"a result of type {kind.__name__}")

    def generator(self, generator: Any) -> Template | None:
        """Where a replay finds the generator that a draw comes from."""
        if id(generator) in self.objects:
            return Object(self.objects[id(generator)][0])
        if id(generator) in self.guards.known:
            return Bound(self.guards.need(self.guards.known[id(generator)]))
        return None  # that of np.random itself

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
        if kind is Extract:
            return Extracted(x.question, self._of_stand_in(x.source))
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

    def result(self, x: Any) -> Template:
        """How a replay makes the result of the call.

        Raises
        ------
        Untold
            If it cannot.
        """
        self.repeated = dict.fromkeys(_repeated(x, set()))
        return self.template(x, final=True)

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
        register = self.register(storage)
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

    # What is given at the start ------------------------------------------------------

    def take(self, number: Number, storage: Storage) -> None:
        """Let a float argument, or what is computed of it, be a register."""
        self.figures.append((self.number(storage), number, storage.aval.dtype))

    def given_figures(self) -> list[Figure]:
        """The registers that come from float arguments."""
        return [Figure(r, dtype, self._formula(x)) for r, x, dtype in self.figures]

    def _formula(self, number: Any) -> Callable[[tuple], Any]:
        """What computes a number of that which the guards find."""
        if type(number) is not Number:
            return lambda bound: number
        if number.plain is None:
            place = self.guards.need(number.way)
            return lambda bound: bound[place]
        plain, parts = number.plain, [*map(self._formula, number.operands)]
        return lambda bound: plain(*[part(bound) for part in parts])

    def given_arrays(self) -> list[Input]:
        """The registers that come from arrays.

        Raises
        ------
        Untold
            If it is not known where one comes from.
        """
        return [
            self._input(register, storage, is_written=register in self.written)
            for register, storage in enumerate(self.storages)
            if storage is not None
        ]

    def _input(self, register: int, storage: Storage, *, is_written: bool) -> Input:
        found = self._array_in(storage)
        if found is None:
            raise Untold("an array of unknown origin")
        variable, a = found
        assert storage.buffer is not None
        by_owner = a is not storage.origin and not _is_like(a, storage.buffer)
        if by_owner and owner_of(a) is not storage.origin:
            raise Untold("a view of an array of unknown origin")
        owner = self.guards.owner(variable, a) if by_owner else None
        if owner is not None:  # the guards find it
            variable, by_owner = owner, False
        offset = address(a) - address(storage.buffer) if by_owner else 0
        return Input(
            register,
            self.guards.need(variable),
            storage.aval,
            by_owner,
            offset,
            is_written,
        )

    def stays_writeable(self, given: Input) -> None:
        """Watch that what is written can be, through each array that could be."""
        written = self.storages[given.register]
        variables = [
            variable
            for variable, a in self.guards.arrays
            if self.places.get(id(a)) is written and a.flags.writeable
        ]
        if not given.by_owner:
            variables.append(self.guards.needed[given.place])
        for variable in dict.fromkeys(variables):
            self.guards.must(f"{variable}.flags.writeable")

    def _share(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Whether two arrays were one storage, or have one owner."""
        one, other = self.places.get(id(a)), self.places.get(id(b))
        if one is None or other is None:
            return owner_of(a) is owner_of(b)
        return one is other

    def keep_apart(self) -> None:
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
            if len(kinds) == len(names) <= _MAX_PAIRED:  # most calls: 0.6 us less
                apart = f"({self._have_own_memory(kinds)}) or {apart}"
            self.guards.must(apart)

    def _have_own_memory(self, arrays: list[tuple[str, np.ndarray]]) -> str:
        """A condition for arrays to be apart: each has allocated its own memory."""
        conditions, owners = [], []
        for variable, a in arrays:
            if a.base is None:
                conditions.append(f"{variable}.base is None")
                owners.append(variable)
            else:
                if variable not in self.guards.owners:
                    conditions.append(owner_guard(variable))
                owners.append(f"{variable}_owner")
        pairs = itertools.combinations(owners, 2)
        conditions += [f"{one} is not {other}" for one, other in pairs]
        return " and ".join(conditions)


def _is_like(view: np.ndarray, root: Any) -> bool:
    """Whether a view is all of the root, in the same geometry: it will do for it."""
    return aval_of(view) is aval_of(root) and address(view) == address(root)


def _repeated(x: Any, met: set[int]) -> Iterator[int]:
    """The ids of what a result holds at several places, one object at all of them."""
    kind = type(x)
    if kind in _OBJECTS:
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
