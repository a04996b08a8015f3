"""Comparison of what two runs left behind: structure, values, identity, shared memory.

Two graphs of objects are walked in parallel, and the first difference raises with the
path to it.
"""

import types
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Set
from typing import Any, NoReturn

import numpy as np

from npjit._diagnostics.values import (
    EXACT,
    Tolerance,
    describe_difference,
    values_differ,
)

__all__ = ["ASPECTS", "Comparison", "ParityError", "aspects_of"]

#: What `assert_parity` compares; see there.
ASPECTS = (
    *("value", "type", "dtype", "shape", "strides", "writeable", "aliasing"),
    *("arguments", "errors", "warnings", "stdout"),
)
# numpy.shares_memory is exact and NP-hard; beyond this the bounds are compared instead.
_MAX_WORK = 10_000
# Pairs of arrays are compared: 60 arrays are 1,770 pairs.
_MAX_PAIRED_ARRAYS = 60
_SIMPLE = (int, str, bytes, type(None), slice, range, np.dtype, type)
_OPAQUE = (types.ModuleType, types.CodeType, types.BuiltinFunctionType, np.ufunc)
_NUMBERS = (np.generic, float, complex)
_IMMUTABLE = (*_SIMPLE, *_OPAQUE, *_NUMBERS, tuple, frozenset, type(Ellipsis))


class ParityError(AssertionError):
    """An accelerated function did not do what its plain function did.

    Parameters
    ----------
    what : str
        The difference, with the path to it.

    Attributes
    ----------
    details : list of str
        Lines that follow it: the call, the source line.
    """

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.details: list[str] = []

    def __str__(self) -> str:
        return "\n".join([*self.args, *self.details])


def aspects_of(check: Iterable[str]) -> frozenset[str]:
    """Return the aspects that a user names.

    Parameters
    ----------
    check : iterable of str
        Of `ASPECTS`.

    Raises
    ------
    ValueError
        If one is none.
    """
    names = [check] if isinstance(check, str) else list(check)
    unknown = [name for name in names if name not in ASPECTS]
    if unknown:
        raise ValueError(
            f"check: no aspect is called {', '.join(map(repr, unknown))}; "
            f"there are {', '.join(ASPECTS)}"
        )
    return frozenset(names)


def _name(cls: type) -> str:
    module = "" if cls.__module__ == "builtins" else f"{cls.__module__}."
    return f"{module}{cls.__qualname__}"


def _unlike(expected: object, actual: object) -> str:
    return (
        f"type {_name(type(actual))}, NumPy gives {_name(type(expected))}"
        f" ({actual!r}, {expected!r})"
    )


def _same_type(expected: type, actual: type) -> bool:
    """Whether two types are one; a class statement executed twice counts as one."""
    if expected is actual:
        return True
    defined_in_python = expected.__flags__ & actual.__flags__ & (1 << 9)  # heap types
    return bool(defined_in_python) and _name(expected) == _name(actual)


def _is_stand_in(obj: object) -> bool:
    """Whether `obj` passes for NumPy's own without being it."""
    numpys = (np.ndarray, np.generic)
    return isinstance(obj, numpys) and not issubclass(type(obj), numpys)


class Comparison:
    """Compares pairs of objects; what was met once is remembered for identity.

    Parameters
    ----------
    tolerance : Tolerance
        For floating-point values wherever they are met.
    check : iterable of str
        Which of `ASPECTS` count.
    """

    def __init__(
        self, tolerance: Tolerance = EXACT, check: Iterable[str] = ASPECTS
    ) -> None:
        self.tolerance = tolerance
        self.check = frozenset(check)
        self._compared: set[tuple[int, int]] = set()
        # id of an object on one side -> its partner on the other, and where it was met
        self._partners: dict[int, tuple[object, object, str]] = {}
        self._reverse: dict[int, tuple[object, object, str]] = {}
        self._arrays: list[tuple[str, np.ndarray, np.ndarray]] = []

    def compare(self, path: str, expected: Any, actual: Any) -> None:
        """Compare two objects and all that they hold.

        Parameters
        ----------
        path : str
            What they are called in messages.
        expected, actual : object
            As NumPy left it, as npjit left it.

        Raises
        ------
        ParityError
            At the first difference.
        """
        if _is_stand_in(actual):
            self._fail(path, f"a stand-in is left: {_name(type(actual))}")
        alike = _same_type(type(expected), type(actual))
        if not alike and "type" in self.check:
            self._fail(path, _unlike(expected, actual))
        if self._met_before(path, expected, actual):
            return
        if alike:
            self._compare_contents(path, expected, actual)
        elif isinstance(expected, (list, tuple)) and isinstance(actual, (list, tuple)):
            self._compare_items(path, expected, actual)
        else:
            self._compare_as_arrays(path, expected, actual)

    def check_shared_memory(self) -> None:
        """Check that the arrays met so far share memory in the same pairs.

        Raises
        ------
        ParityError
            At the first pair that shares memory on one side only.
        """
        if "aliasing" not in self.check:
            return
        arrays = self._arrays[:_MAX_PAIRED_ARRAYS]
        for i, (path, expected, actual) in enumerate(arrays):
            for other_path, other_expected, other_actual in arrays[:i]:
                shared = _shares_memory(expected, other_expected)
                if shared != _shares_memory(actual, other_actual):
                    verb = "shares no memory" if shared else "shares memory"
                    self._fail(path, f"{verb} with {other_path}, unlike under NumPy")

    def _fail(self, path: str, what: str) -> NoReturn:
        raise ParityError(f"{path}: {what}")

    def _met_before(self, path: str, expected: object, actual: object) -> bool:
        """Note a pair; True if it was met already, an error if with other partners."""
        if _is_immutable(expected):
            return False
        known = self._partners.get(id(expected))
        known_reverse = self._reverse.get(id(actual))
        if known is None and known_reverse is None:
            self._partners[id(expected)] = (expected, actual, path)
            self._reverse[id(actual)] = (expected, actual, path)
            return False
        if known is not None and known[1] is actual:
            return True
        if "aliasing" not in self.check:
            pair = id(expected), id(actual)
            met = pair in self._compared
            self._compared.add(pair)
            return met
        if known is not None:
            self._fail(path, f"is not {known[2]}, under NumPy it is")
        elif known_reverse is not None:
            self._fail(path, f"is {known_reverse[2]}, under NumPy it is not")
        return True

    def _compare_contents(self, path: str, expected: Any, actual: Any) -> None:
        for types_, compare in _BY_TYPE:
            if isinstance(expected, types_):
                getattr(self, compare)(path, expected, actual)
                return
        self._compare_objects(path, expected, actual)

    def _equal(self, path: str, expected: Any, actual: Any) -> None:
        if isinstance(expected, type):
            equal = _same_type(expected, actual)
        else:
            equal = bool(expected == actual)
        if not equal and "value" in self.check:
            self._fail(path, f"{actual!r}, NumPy gives {expected!r}")

    def _skip(self, path: str, expected: Any, actual: Any) -> None:
        pass

    def _compare_scalars(self, path: str, expected: Any, actual: Any) -> None:
        x, y = np.asarray(expected), np.asarray(actual)
        if x.dtype == object:
            self._equal(path, expected, actual)
        else:
            self._compare_metadata(path, x, y, ("dtype",))
            self._compare_values(path, x, y)

    def _compare_as_arrays(self, path: str, expected: Any, actual: Any) -> None:
        """Compare what is of two types, where types do not count: an array, a list."""
        try:
            x, y = np.asarray(expected), np.asarray(actual)
        except ValueError:  # a ragged list
            self._fail(path, _unlike(expected, actual))
        if object in (x.dtype, y.dtype):
            self._fail(path, _unlike(expected, actual))
        self._compare_metadata(path, x, y, ("dtype", "shape"))
        self._compare_values(path, x, y)

    def _compare_arrays(self, path: str, x: np.ndarray, y: np.ndarray) -> None:
        self._compare_metadata(path, x, y, _METADATA)
        if "aliasing" in self.check:
            self._compare_bases(path, x, y)
        self._arrays.append((path, x, y))
        self._compare_values(path, np.asarray(x), np.asarray(y))
        if type(x) is not np.ndarray:
            self._compare_objects(path, x, y)

    def _compare_metadata(
        self, path: str, x: np.ndarray, y: np.ndarray, names: Iterable[str]
    ) -> None:
        for name in names:
            aspect, of = _METADATA[name]
            if name == "strides" and x.dtype != y.dtype:  # they are in bytes
                continue
            if aspect in self.check and of(x) != of(y):
                self._fail(path, f"{name} {of(y)}, NumPy gives {of(x)}")

    def _compare_bases(self, path: str, x: np.ndarray, y: np.ndarray) -> None:
        if x.base is None and y.base is not None and not _is_lent(y):
            self._fail(path, "does not own its memory, under NumPy it does")
        if isinstance(x.base, np.ndarray) and id(x.base) in self._partners:
            _, partner, partner_path = self._partners[id(x.base)]
            if y.base is not partner:
                self._fail(path, f"its base is not {partner_path}")

    def _compare_values(self, path: str, x: np.ndarray, y: np.ndarray) -> None:
        if "value" not in self.check:
            return
        if x.shape != y.shape:
            self._fail(path, f"shape {y.shape}, NumPy gives {x.shape}")
        if x.dtype != y.dtype:
            common = np.result_type(x, y)
            x, y = x.astype(common), y.astype(common)
        if x.dtype.hasobject:
            for index in np.ndindex(x.shape):
                self.compare(f"{path}{list(index)}", x[index], y[index])
            return
        differ = values_differ(x, y, self.tolerance)
        if differ.any():
            self._fail(path, describe_difference(x, y, differ))

    def _compare_items(self, path: str, expected: Any, actual: Any) -> None:
        if len(expected) != len(actual):
            self._fail(path, f"length {len(actual)}, NumPy gives {len(expected)}")
        for i, (x, y) in enumerate(zip(expected, actual, strict=True)):
            self.compare(f"{path}[{i}]", x, y)
        self._compare_state(path, expected, actual)

    def _compare_sets(self, path: str, expected: Set[Any], actual: Set[Any]) -> None:
        self._compare_items(path, sorted(expected, key=repr), sorted(actual, key=repr))

    def _compare_dicts(self, path: str, expected: Any, actual: Any) -> None:
        if len(expected) != len(actual):
            self._fail(path, f"keys {list(actual)}, NumPy gives {list(expected)}")
        for key, other in zip(expected, actual, strict=True):
            self.compare(f"{path}: key {key!r}", key, other)
            self.compare(f"{path}[{key!r}]", expected[key], actual[other])
        self._compare_state(path, expected, actual)

    def _compare_functions(self, path: str, expected: Any, actual: Any) -> None:
        if expected.__code__ != actual.__code__:
            self._fail(path, "has other code than the user's function")
        pairs = zip(expected.__closure__ or (), actual.__closure__ or (), strict=True)
        names = expected.__code__.co_freevars
        for name, (x, y) in zip(names, pairs, strict=True):
            self._compare_cells(f"{path}, captured {name!r}", x, y)
        self.compare(f"{path}.__defaults__", expected.__defaults__, actual.__defaults__)
        self._compare_state(path, expected, actual)

    def _compare_cells(self, path: str, expected: Any, actual: Any) -> None:
        contents = [list(_contents_of(cell)) for cell in (expected, actual)]
        self._compare_items(path, *contents)

    def _compare_methods(self, path: str, expected: Any, actual: Any) -> None:
        self.compare(f"{path}.__func__", expected.__func__, actual.__func__)
        self.compare(f"{path}.__self__", expected.__self__, actual.__self__)

    def _compare_objects(self, path: str, expected: Any, actual: Any) -> None:
        has_attributes = self._compare_state(path, expected, actual)
        if has_attributes or isinstance(expected, np.ndarray):
            return
        try:
            reduced, other = expected.__reduce_ex__(4), actual.__reduce_ex__(4)
        except TypeError:  # nothing can be seen of it from outside
            return
        if isinstance(reduced, tuple):
            self._compare_items(f"{path} (state)", reduced, other)

    def _compare_state(self, path: str, expected: Any, actual: Any) -> bool:
        """Compare attributes; False if the objects have none."""
        attributes, others = _attributes(expected), _attributes(actual)
        if list(attributes) != list(others):
            self._fail(
                path, f"attributes {list(others)}, NumPy gives {list(attributes)}"
            )
        for name, value in attributes.items():
            self.compare(f"{path}.{name}", value, others[name])
        return bool(attributes)


_BY_TYPE: list[tuple[Any, str]] = [
    (np.ndarray, "_compare_arrays"),
    (_NUMBERS, "_compare_scalars"),
    ((*_SIMPLE, bytearray, type(Ellipsis)), "_equal"),
    (_OPAQUE, "_skip"),
    ((list, tuple, deque), "_compare_items"),
    (dict, "_compare_dicts"),
    ((set, frozenset), "_compare_sets"),
    (types.FunctionType, "_compare_functions"),
    (types.MethodType, "_compare_methods"),
    (types.CellType, "_compare_cells"),
]


def _strides(a: np.ndarray) -> tuple[int, ...] | None:
    """Strides as far as they mean something."""
    if a.size < 2:
        return None
    return tuple(s for s, n in zip(a.strides, a.shape, strict=True) if n > 1)


def _is_writeable(a: np.ndarray) -> bool:
    with warnings.catch_warnings():  # np.broadcast_arrays makes some that warn of it
        warnings.simplefilter("ignore", FutureWarning)
        return a.flags.writeable


#: What is compared of two arrays: its name, the aspect it belongs to.
_METADATA: dict[str, tuple[str, Callable[[np.ndarray], object]]] = {
    "dtype": ("dtype", lambda a: a.dtype),
    "shape": ("shape", lambda a: a.shape),
    "strides": ("strides", _strides),
    "writeable": ("writeable", _is_writeable),
    "C-contiguous": ("strides", lambda a: a.flags.c_contiguous),
    "Fortran-contiguous": ("strides", lambda a: a.flags.f_contiguous),
}


def _is_immutable(obj: object) -> bool:
    """Whether identity says nothing, since NumPy and Python may reuse the object."""
    return isinstance(obj, _IMMUTABLE)


def _contents_of(cell: types.CellType) -> Iterable[object]:
    try:
        yield cell.cell_contents
    except ValueError:  # empty
        return


def _attributes(obj: Any) -> dict[str, Any]:
    found = dict(getattr(obj, "__dict__", {}))
    for cls in type(obj).__mro__:
        slots = cls.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if hasattr(obj, name) and name not in ("__dict__", "__weakref__"):
                found[name] = getattr(obj, name)
    return found


def _shares_memory(a: np.ndarray, b: np.ndarray) -> bool:
    try:
        # NumPy's stub knows only the two special values
        return np.shares_memory(a, b, max_work=_MAX_WORK)  # type: ignore[arg-type]
    except np.exceptions.TooHardError:
        return np.may_share_memory(a, b)


def _is_lent(a: np.ndarray) -> bool:
    """Whether a large result lies in memory of XLA's: a documented exception."""
    # By name: to import it would import JAX.
    return type(a.base).__module__ == "npjit._xla.spares"
