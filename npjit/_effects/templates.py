"""Templates: how a replay makes arguments and results, and what holds its state.

A register holds what the root of a storage holds: a real array, or a result of XLA.
Arrays of the caller are read and never written before the replay is done; whatever
goes wrong until then, nothing has happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from npjit._array.array import view_of
from npjit._array.memory import owner_of
from npjit._array.number import is_moderate
from npjit._array.storage import Storage, empty, has_layout
from npjit._array.view import address
from npjit._effects.guards import same_bits
from npjit._graph.aval import Aval, aval_of
from npjit._graph.structure import Structure

if TYPE_CHECKING:
    from npjit._effects.steps import Recording

__all__ = [
    "Bound",
    "Const",
    "Extracted",
    "Figure",
    "Input",
    "Made",
    "MadeObject",
    "Mapping",
    "Missed",
    "New",
    "Object",
    "Registers",
    "Same",
    "Sequence",
    "Several",
    "Shared",
    "Template",
    "Valued",
    "View",
    "is_same",
]


class Missed(Exception):
    """A replay came to where the call would go on otherwise; the text says where."""


class Registers:
    """The state of one replay.

    Attributes
    ----------
    values : list
        For each register a real array, a result of XLA, or None.
    roots : dict
        Register -> the caller's array.
    bound : tuple
        The objects from outside that the guards have found.
    objects : list
        Generators made by the call.
    shared : dict
        What stands at several places of the result.
    """

    __slots__ = ("bound", "objects", "results", "roots", "shared", "values")

    def __init__(self, recording: Recording, bound: tuple) -> None:
        self.bound = bound
        self.values: list[Any] = [None] * recording.n_registers
        self.objects: list[Any] = [None] * recording.n_objects
        self.roots: dict[int, np.ndarray] = {}
        self.results: dict[int, np.ndarray] = {}
        self.shared: dict[int, Any] = {}
        self._begin(recording)

    def _begin(self, recording: Recording) -> None:
        roots: dict[int, np.ndarray] = {}
        for given in recording.inputs:
            root = roots[given.register] = given.root(self.bound)
            if self.roots.get(given.register) is not root:  # else it may be written
                self.values[given.register] = root
        self.roots = roots  # after a branch, numbers of the other side mean nothing
        for figure in recording.figures:
            self.values[figure.register] = figure.of(self.bound)

    def go_on_as(self, recording: Recording, bound: tuple) -> None:
        """Take the steps of another recording from here on."""
        self.bound = bound
        self.values += [None] * (recording.n_registers - len(self.values))
        self.objects += [None] * (recording.n_objects - len(self.objects))
        self._begin(recording)

    def real(self, register: int, aval: Aval) -> np.ndarray:
        """What a register holds, as a real array of the geometry foretold."""
        value = self.values[register]
        if type(value) is not np.ndarray:
            value = np.asarray(value)
            if not aval.scalar and not has_layout(value, aval):
                made = empty(aval)
                np.copyto(made, value)
                value = made
            self.values[register] = value
        return value

    def to_write(self, register: int, aval: Aval) -> np.ndarray:
        """The same, to be written: never the caller's array."""
        value = self.real(register, aval)
        if value is self.roots.get(register) or not value.flags.writeable:
            value = self.values[register] = value.copy(order="K")
        return value

    def result(self, register: int, aval: Aval) -> np.ndarray:
        """The array that the caller gets for a register, the same each time."""
        if register in self.roots:
            return self.roots[register]
        found = self.results.get(register)
        if found is None:
            storage = Storage(aval)
            value = self.values[register]
            if type(value) is np.ndarray:
                storage.set_buffer(value)
            else:
                storage.set_value(value)
            found = self.results[register] = storage.settle()
        return found


@dataclass(slots=True)
class Input:
    """An array from outside: which one, and where its storage's root is."""

    register: int
    place: int
    aval: Aval
    by_owner: bool
    offset: int
    is_written: bool

    def root(self, bound: tuple) -> np.ndarray:
        """The root of the storage.

        Raises
        ------
        Missed
            If it is another than when the call was recorded.
        """
        a: np.ndarray = bound[self.place]
        if self.by_owner:
            owner = owner_of(a)
            if aval_of(owner) is not self.aval or (
                a.size and address(a) - address(owner) != self.offset
            ):
                raise Missed("a view of another array")
            a = owner
        if self.is_written and not a.flags.writeable:
            raise Missed("an array that cannot be written")
        return a


@dataclass(slots=True)
class Figure:
    """A float argument, or what is computed of it and of constants: an operand."""

    register: int
    dtype: np.dtype
    formula: Callable[[tuple], Any]

    def of(self, bound: tuple) -> np.ndarray:
        """The operand, of what the guards have found.

        Raises
        ------
        Missed
            If NumPy or Python would report it.
        """
        try:
            value = self.formula(bound)
        except ArithmeticError as error:
            raise Missed(str(error)) from error
        if not is_moderate(value):
            raise Missed("a number out of range")
        return np.array(value, self.dtype)


# Templates --------------------------------------------------------------------------


class Template(Protocol):
    """How an argument or a result is made."""

    def make(self, registers: Registers, *, final: bool = False) -> Any:
        """The object; the caller's own arrays if it is `final`."""


@dataclass(slots=True)
class Const:
    """A number, a text, a function: always the same."""

    value: Any

    def make(self, registers: Registers, *, final: bool = False) -> Any:
        return self.value


@dataclass(slots=True)
class Bound:
    """An object from outside."""

    place: int

    def make(self, registers: Registers, *, final: bool = False) -> Any:
        return registers.bound[self.place]


@dataclass(slots=True)
class Object:
    """A generator that the call has made."""

    number: int

    def make(self, registers: Registers, *, final: bool = False) -> Any:
        return registers.objects[self.number]


@dataclass(slots=True)
class View:
    """What a stand-in stands for."""

    register: int
    root: Aval
    structure: Structure
    starts: tuple[int, ...]
    offset: int
    aval: Aval
    is_view: bool
    is_readonly: bool

    def make(self, registers: Registers, *, final: bool = False) -> Any:
        if self.aval.scalar:
            return np.asarray(registers.values[self.register])[()]
        get = registers.result if final else registers.real
        return self.of(get(self.register, self.root))

    def of(self, root: np.ndarray) -> np.ndarray:
        if not self.structure.prims and not self.is_view and not self.is_readonly:
            return root
        a = view_of(root, self.structure, self.starts, self.offset, self.aval)
        if self.is_readonly:
            a.flags.writeable = False
        return a


@dataclass(slots=True)
class Extracted:
    """A number, or a list of them, that Python gets out of an array."""

    question: Callable[[Any], Any]
    source: Template

    def make(self, registers: Registers, *, final: bool = False) -> Any:
        return self.of(self.source.make(registers))

    def of(self, source: Any) -> Any:
        """The answer.

        Raises
        ------
        Missed
            If there is none: NaN is no integer.
        """
        try:
            return self.question(source)
        except (OverflowError, ValueError) as error:
            raise Missed(str(error)) from error


@dataclass(slots=True)
class Sequence:
    """A list, a tuple, a named tuple or a slice."""

    kind: type
    items: list[Template]

    def make(self, registers: Registers, *, final: bool = False) -> Any:
        made = [item.make(registers, final=final) for item in self.items]
        if self.kind is list:
            return made
        if self.kind is slice:
            return slice(*made)
        return tuple.__new__(self.kind, made)


@dataclass(slots=True)
class Mapping:
    """A dict."""

    items: dict[Any, Template]

    def make(self, registers: Registers, *, final: bool = False) -> Any:
        return {k: item.make(registers, final=final) for k, item in self.items.items()}


@dataclass(slots=True)
class Shared:
    """What stands at several places of a result: one object."""

    item: Template

    def make(self, registers: Registers, *, final: bool = False) -> Any:
        key = id(self)
        if key not in registers.shared:
            registers.shared[key] = self.item.make(registers, final=final)
        return registers.shared[key]


# What becomes of the result of a call in NumPy --------------------------------------


class Made(Protocol):
    """What a result is for the replay."""

    def take(self, registers: Registers, result: Any) -> None:
        """Keep it, or see that it is what it was.

        Raises
        ------
        Missed
            If it is not.
        """


@dataclass(slots=True)
class New:
    """A new array: a register."""

    register: int
    aval: Aval

    def take(self, registers: Registers, result: Any) -> None:
        if type(result) is not np.ndarray or aval_of(result) is not self.aval:
            raise Missed("a result of another shape")
        registers.values[self.register] = result


@dataclass(slots=True)
class Same:
    """An array that a register holds already, or a view of it."""

    view: Template

    def take(self, registers: Registers, result: Any) -> None:
        expected = self.view.make(registers)
        same = type(result) is np.ndarray and aval_of(result) is aval_of(expected)
        if not same or (result.size and address(result) != address(expected)):
            raise Missed("a view of other elements")


@dataclass(slots=True)
class Valued:
    """A number that Python got."""

    value: Any

    def take(self, registers: Registers, result: Any) -> None:
        if not is_same(result, self.value):
            raise Missed("another number")


@dataclass(slots=True)
class MadeObject:
    """A generator."""

    number: int

    def take(self, registers: Registers, result: Any) -> None:
        registers.objects[self.number] = result


@dataclass(slots=True)
class Several:
    """A tuple or list of results."""

    items: list[Made]

    def take(self, registers: Registers, result: Any) -> None:
        if len(result) != len(self.items):
            raise Missed("another number of results")
        for item, part in zip(self.items, result, strict=True):
            item.take(registers, part)


def is_same(x: Any, y: Any) -> bool:
    """Whether an answer is what it was: type, shape and bits."""
    if type(x) is not type(y):
        return False
    if isinstance(x, np.ndarray):
        same = x.shape == y.shape and x.dtype == y.dtype
        return same and x.tobytes() == y.tobytes()
    if isinstance(x, (bool, int, str, bytes, type(None))):
        return bool(x == y)
    return same_bits(x, y)
