"""Guards: what a call read from outside, as one Python function that looks again.

Each object met outside gets a variable, bound by the way that leads to it: an argument,
a global, a cell, an attribute, an item. Numbers and strings are compared by type and
value, functions, classes and modules by identity, containers item by item; of arrays
the geometry is compared, their elements are read anew. The text of the function is
made while the call is recorded (`Guards.function`), because a list of checks that is
interpreted takes several times as long: see `bench/overhead.py`.
"""

from __future__ import annotations

import collections
import enum
import functools
import itertools
import math
import operator
import sys
import types
from collections.abc import Callable, Collection
from typing import Any, Final

import numpy as np

from npjit._array.number import ways_to
from npjit._array.view import address
from npjit._effects.code import globals_named, imported
from npjit._effects.error_state import state_token
from npjit._graph.aval import DTYPES

__all__ = [
    "GENERATORS",
    "Check",
    "Guards",
    "Then",
    "Unguarded",
    "owner_guard",
    "same_bits",
]

#: What a call has met of containers, all items counted, that can still be compared.
_MAX_ITEMS: Final = 400
_MAX_DEPTH: Final = 8
_ATOMS: Final = frozenset({bool, int, str, bytes, type(None), type(...), range})
_IDENTICAL: Final = (
    *(type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType),
    *(np.ufunc, np.dtype, type(np.sum), enum.Enum),
    *(type(NotImplemented), type(np._NoValue)),  # one object of each
    *(types.MethodDescriptorType, types.WrapperDescriptorType),
    *(operator.itemgetter, operator.attrgetter, operator.methodcaller),
)
#: What these make never changes; C code reads it unseen.
_IMMUTABLE_MODULES: Final = frozenset(
    {"_decimal", "_pydatetime", "datetime", "decimal", "fractions", "re", "uuid"}
)
_NUMBERS: Final = (int, float, complex, str, bytes)
#: What draws random numbers: another one of its kind will do.
GENERATORS: Final = (np.random.Generator, np.random.RandomState)
_SEQUENCES: Final = (list, tuple, collections.deque)
_SETS: Final = (set, frozenset)
_MISSING: Final = object()
_HEAP_TYPE: Final = 1 << 9


#: Is given the arguments of a call: those by position, and those by name.
Check = Callable[[tuple, dict[str, Any]], Any]
#: Is given the objects that guards have found, in a tuple.
Then = Callable[[tuple], Any]


class Unguarded(Exception):
    """Something outside that no guard can watch; the text says what."""


class Guards:
    """The guards of one recording, as lines of Python.

    Parameters
    ----------
    vouched : bool
        The user says that the call depends on nothing but its arguments and the arrays
        that it reads: all else is not watched.

    Attributes
    ----------
    known : dict
        id of an object met outside -> its variable. The objects are kept, so that no id
        is used twice.
    arrays : list of (variable, np.ndarray)
        The arrays among them that stand-ins stand for.
    owners : dict
        Variable of a view among them -> that of the array whose memory it lies in.
    """

    def __init__(self, *, vouched: bool = False) -> None:
        self.vouched = vouched
        self.free = False
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"same_bits": same_bits, "MISSING": _MISSING}
        self.known: dict[int, str] = {}
        self.kept: list[Any] = []
        self.arrays: list[tuple[str, np.ndarray]] = []
        self.seen: set[tuple[int, str]] = set()
        self.entered: set[int] = set()
        self.needed: list[str] = []
        self.pinned: set[str] = set()
        self.owners: dict[str, str] = {}
        self._numbers = itertools.count()
        self._constants: dict[int, str] = {}
        self._n_items = 0

    def const(self, obj: Any) -> str:
        """The name of an object that the guards hold themselves."""
        name = self._constants.get(id(obj))
        if name is None:
            name = self._constants[id(obj)] = f"c{next(self._numbers)}"
            self.names[name] = obj
            self.kept.append(obj)
        return name

    def need(self, variable: str) -> int:
        """The place of a variable among what the guards return."""
        if variable not in self.needed:
            self.needed.append(variable)
        return self.needed.index(variable)

    def require(self, condition: str) -> None:
        """Let the guards fail where a condition does not hold."""
        if not self.vouched:
            self.must(condition)

    def must(self, condition: str) -> None:
        """Do so for what nobody can vouch for."""
        self.lines.append(f"if not ({condition}): return None")

    def error_state(self, errstate: dict[str, str]) -> None:
        """Watch `np.geterr()`."""
        self.names |= {"geterr": np.geterr, "state_token": state_token}
        token = state_token() if np.geterr() == errstate else object()
        same = f"state_token() is {self.const(token)}"
        self.must(f"{same} or geterr() == {self.const(errstate)}")

    def function(self) -> Check:
        """What gives the variables needed; None if a guard does not hold."""
        return self.guarding()(tuple)

    def guarding(self) -> Callable[[Then], Check]:
        """What puts the guards before a function, which is given the variables needed.

        It holds no more of what was met than the guards need.
        """
        return functools.partial(
            _guarded, tuple(self.lines), tuple(self.needed), self.names
        )

    # Objects -------------------------------------------------------------------------

    def arguments(
        self, args: tuple, kwargs: dict[str, Any], free: Collection[str] = ()
    ) -> None:
        """Watch the arguments of the call; of numbers in free ones their type only."""
        vouched, self.vouched = self.vouched, False
        names = self.const(tuple(kwargs))
        kept = f"tuple(kwargs) == {names}" if kwargs else "not kwargs"
        self.require(f"len(args) == {len(args)} and {kept}")
        for way, x in ways_to(args, kwargs):
            self.free = way in free
            self.bind(x, way)
        self.free = False
        self.vouched = vouched

    def pin(self, x: float, way: str) -> None:
        """Watch the value of an argument that was free."""
        if way in self.pinned:
            return
        self.pinned.add(way)
        self.must(f"same_bits({way}, {self.const(x)})")

    def bind(self, x: Any, way: str, depth: int = 0) -> None:
        """Watch an object that is found this way.

        Raises
        ------
        Unguarded
            If it may change unseen.
        """
        kind = type(x)
        if kind in _ATOMS or kind in (float, complex) or isinstance(x, np.generic):
            self._number(x, kind, way)
            return
        if id(x) in self.known:
            self.require(f"{way} is {self.known[id(x)]}")
            return
        if isinstance(x, _IDENTICAL) or kind.__module__ in _IMMUTABLE_MODULES:
            self.require(f"{way} is {self.const(x)}")
            return
        variable = f"v{next(self._numbers)}"
        self.lines.append(f"{variable} = {way}")
        self.known[id(x)] = variable
        self.kept.append(x)
        self._object(x, kind, variable, depth)

    def _number(self, x: Any, kind: type, way: str) -> None:
        """A number or text: by type, since `1 == True`, and by value."""
        if self.free and isinstance(x, (float, complex, np.inexact)):
            self.require(f"type({way}) is {self.const(kind)}")
        elif x is None or kind is bool or kind is type(...):
            self.require(f"{way} is {x}")
        elif kind in _ATOMS:
            self.require(f"type(v := {way}) is {kind.__name__} and v == {x!r}")
        elif kind is float and math.isfinite(x) and x:
            self.require(f"type(v := {way}) is float and v == {x!r}")
        else:
            self.require(f"same_bits({way}, {self.const(x)})")

    def _object(self, x: Any, kind: type, variable: str, depth: int) -> None:
        if kind is np.ndarray and x.dtype in DTYPES:
            self._array(x, variable)
            return
        if depth > _MAX_DEPTH:
            raise Unguarded("containers in containers, more than eight deep")
        self.require(f"type({variable}) is {self.const(kind)}")
        if kind is types.MethodType:
            self.require(f"{variable}.__func__ is {self.const(x.__func__)}")
            self.bind(x.__self__, f"{variable}.__self__", depth + 1)
        elif kind is functools.partial:
            for name in ("func", "args", "keywords"):
                self.bind(getattr(x, name), f"{variable}.{name}", depth + 1)
        elif isinstance(x, _SEQUENCES):
            self._sequence(x, variable, depth)
        elif isinstance(x, dict):
            self._mapping(x, variable, depth)
        elif isinstance(x, _SETS):
            self._count(len(x))
            self._keys(x, variable)
        elif kind is slice:
            for name in ("start", "stop", "step"):
                self.bind(getattr(x, name), f"{variable}.{name}", depth + 1)
        elif isinstance(x, _NUMBERS):
            raise Unguarded(f"a number or text of a class of its own ({kind.__name__})")
        elif isinstance(x, np.ndarray):
            raise Unguarded(f"an array of dtype {x.dtype} or of a class of its own")
        elif hasattr(kind, "__next__"):
            raise Unguarded(f"an iterator ({kind.__name__})")

    def _array(self, x: np.ndarray, variable: str) -> None:
        self.arrays.append((variable, x))
        self.names |= {"ndarray": np.ndarray, "address": address}
        self.must(f"type({variable}) is ndarray and {self._geometry(x, variable)}")
        if not x.flags.writeable:
            self.must(f"not {variable}.flags.writeable")

    def _geometry(self, x: np.ndarray, variable: str) -> str:
        same = "is" if np.dtype(x.dtype.char) is x.dtype else "=="
        return (
            f"{variable}.shape == {x.shape} "
            f"and {variable}.dtype {same} {self.const(x.dtype)} "
            f"and {variable}.strides == {x.strides}"
        )

    def owner(self, variable: str, view: np.ndarray) -> str | None:
        """Watch the array whose memory a view lies in, and where in it.

        Returns
        -------
        str or None
            The variable of the owner; None if it has not allocated the memory.
        """
        owner = view.base
        if type(owner) is not np.ndarray or owner.base is not None:
            return None
        if variable not in self.owners:
            self.owners[variable] = name = f"{variable}_owner"
            self.must(owner_guard(variable))
            self.must(self._geometry(owner, name))
            if view.size and not _is_whole(view, owner):
                gap = address(view) - address(owner)
                self.must(f"address({variable}) - address({name}) == {gap}")
        return self.owners[variable]

    def _count(self, n: int) -> None:
        self._n_items += n
        if self._n_items > _MAX_ITEMS:
            raise Unguarded(f"containers of more than {_MAX_ITEMS} items")

    def _sequence(self, x: Any, variable: str, depth: int) -> None:
        self._count(len(x))
        self.require(f"len({variable}) == {len(x)}")
        for i, item in enumerate(x):
            self.bind(item, f"{variable}[{i}]", depth + 1)

    def _mapping(self, x: dict, variable: str, depth: int) -> None:
        self._count(len(x))
        self._keys(x, variable)
        for key, item in x.items():
            self.bind(item, f"{variable}[{self.const(key)}]", depth + 1)
        factory = getattr(x, "default_factory", None)
        if factory is not None:
            self.bind(factory, f"{variable}.default_factory")

    def _keys(self, x: Any, variable: str) -> None:
        """Watch what a loop over a dict or set meets, in its order."""
        if all(map(_is_plain, x)):
            # As text: 1 is equal to True.
            self.require(f"repr(list({variable})) == {repr(list(x))!r}")
        elif all(isinstance(key, _IDENTICAL) for key in x):
            self.require(f"list({variable}) == {self.const(list(x))}")
        else:
            raise Unguarded("a dict or set of other things than numbers and texts")

    # Attributes, classes, functions --------------------------------------------------

    def attribute(self, obj: Any, name: str, value: Any) -> None:
        """Watch an attribute that was read without Python code."""
        if (id(obj), name) in self.seen or not self.is_outside(obj):
            return
        self.seen.add((id(obj), name))
        holder = self.known.get(id(obj)) or self.const(obj)
        way = f"{holder}.{name}"
        if type(value) is types.MethodType and value.__self__ is obj:
            self._method(obj, holder, name)
        elif type(value) is not types.BuiltinMethodType or value.__self__ is not obj:
            self.bind(value, way)

    def _method(self, obj: Any, holder: str, name: str) -> None:
        if isinstance(obj, type):
            self.in_class(obj, name)
            return
        self.in_class(type(obj), name)
        if hasattr(obj, "__dict__"):
            self.require(f"{name!r} not in {holder}.__dict__")

    def absence(self, obj: Any, name: str) -> None:
        """Watch that an object has no such attribute."""
        if self.is_outside(obj):
            holder = self.known.get(id(obj)) or self.const(obj)
            self.require(f"not hasattr({holder}, {name!r})")

    def in_class(self, cls: type, name: str) -> None:
        """Watch what a class, or the first of its bases that has it, has by a name."""
        if (id(cls), f".{name}") in self.seen:
            return
        self.seen.add((id(cls), f".{name}"))
        if (id(cls), "__mro__") not in self.seen:
            self.seen.add((id(cls), "__mro__"))
            self.require(f"{self.const(cls)}.__mro__ is {self.const(cls.__mro__)}")
        for base in cls.__mro__:
            if not base.__flags__ & _HEAP_TYPE:  # cannot be changed
                return
            found = base.__dict__.get(name, _MISSING)
            self.knows(found)
            self.require(
                f"{self.const(base)}.__dict__.get({name!r}, MISSING) "
                f"is {self.const(found)}"
            )
            if found is not _MISSING:
                return

    def knows(self, obj: Any) -> None:
        """Take note of an object that a class has: it was there before the call."""
        if type(obj).__flags__ & _HEAP_TYPE and id(obj) not in self.known:
            self.known[id(obj)] = self.const(obj)

    def lack(self, obj: Any, name: str) -> None:
        """Watch that an object's own attributes do not have one."""
        if self.is_outside(obj) and hasattr(obj, "__dict__"):
            holder = self.known.get(id(obj)) or self.const(obj)
            self.require(f"{name!r} not in {holder}.__dict__")

    def entrance(self, f: types.FunctionType) -> None:
        """Watch what a function from outside is made of, and the globals it names."""
        if id(f) in self.entered:
            return
        self.entered.add(id(f))
        me = self.const(f)
        self.require(f"{me}.__code__ is {self.const(f.__code__)}")
        self._defaults(f, me)
        for i, cell in enumerate(f.__closure__ or ()):
            self._cell(f, i, cell)
        self.globals_of(f)

    def _defaults(self, f: types.FunctionType, me: str) -> None:
        self.require(f"{me}.__defaults__ is {self.const(f.__defaults__)}")
        for i, x in enumerate(f.__defaults__ or ()):
            self.bind(x, f"{me}.__defaults__[{i}]")
        if f.__kwdefaults__:
            self.bind(f.__kwdefaults__, f"{me}.__kwdefaults__")
        else:
            self.require(f"not {me}.__kwdefaults__")

    def _cell(self, f: types.FunctionType, i: int, cell: types.CellType) -> None:
        try:
            held = cell.cell_contents
        except ValueError:
            raise Unguarded(f"{f.__code__.co_freevars[i]} has no value yet") from None
        if held is not f and type(held) is not types.CellType:
            self.bind(held, f"{self.const(cell)}.cell_contents")

    def globals_of(self, f: types.FunctionType) -> None:
        """Watch the globals and builtins that a function's code names."""
        held = f.__globals__
        builtins = held.get("__builtins__", {})
        builtins = getattr(builtins, "__dict__", builtins)
        for name in globals_named(f.__code__):
            if (id(held), name) in self.seen:
                continue
            self.seen.add((id(held), name))
            where = self.const(held)
            if name in held:
                self.bind(held[name], f"{where}[{name!r}]")
            else:
                self.require(f"{name!r} not in {where}")
                if name in builtins:
                    self.bind(builtins[name], f"{self.const(builtins)}[{name!r}]")

    def imports_of(self, f: types.FunctionType) -> None:
        """Watch the modules that a function imports, which are there already."""
        for name, attributes in imported(f.__code__):
            module = sys.modules.get(name)
            if module is None:
                raise Unguarded(f"an import of {name or 'a relative name'}")
            self.names["modules"] = sys.modules
            self.bind(module, f"modules[{name!r}]")
            for attribute in attributes:
                if hasattr(module, attribute):
                    self.attribute(module, attribute, getattr(module, attribute))

    def is_outside(self, obj: Any) -> bool:
        """Whether an object was there before the call."""
        if id(obj) in self.known:
            return True
        return isinstance(obj, _IDENTICAL) and not isinstance(obj, np.dtype)


def _guarded(
    lines: tuple[str, ...], needed: tuple[str, ...], names: dict[str, Any], then: Then
) -> Check:
    """A function that returns what another makes of the variables; else None."""
    variables = "".join(f"{variable}, " for variable in needed)
    text = "\n  ".join(
        [
            "def guards(args, kwargs):\n try:",
            *(lines or ("pass",)),
            # Something is not there any more.
            "\n except (AttributeError, LookupError, TypeError, ValueError):",
            "return None",
            f"\n return then(({variables}))",
        ]
    )
    names = {**names, "then": then}
    exec(compile(text, "<guards of npjit>", "exec"), names)
    made: Check = names["guards"]
    return made


def _is_plain(x: Any) -> bool:
    kind = type(x)
    if kind is tuple:
        return all(map(_is_plain, x))
    return kind in _ATOMS or kind is float or kind is complex


def owner_guard(variable: str) -> str:
    """The condition that a view lies in memory that an ndarray has allocated."""
    name = f"{variable}_owner"
    return f"type({name} := {variable}.base) is ndarray and {name}.base is None"


def _is_whole(view: np.ndarray, owner: np.ndarray) -> bool:
    """Whether a view fills the memory of its owner: it cannot begin elsewhere."""
    return view.nbytes == owner.nbytes and view.flags.forc and owner.flags.forc


def same_bits(x: Any, y: Any) -> bool:
    """Whether two numbers are of one type and have the same bits."""
    if type(x) is not type(y):
        return False
    if isinstance(x, np.generic):
        return x.dtype == y.dtype and x.tobytes() == y.tobytes()
    return np.array(x).tobytes() == np.array(y).tobytes()
