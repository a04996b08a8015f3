"""Protocols: what NumPy, Python and other libraries ask an array for."""

# ruff: noqa: RUF005
# The plain forms are what is tried.

import array as python_array
import copy
import decimal
import fractions
import io
import itertools
import operator
import pickle
import re
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.lib.mixins import NDArrayOperatorsMixin

import npjit
from npjit._array.array import SCALARS, Array
from npjit.testing import assert_parity


class Adds:
    """Python's own protocol only."""

    def __add__(self, other):
        return ("add", np.shape(other))

    def __radd__(self, other):
        return ("radd", np.shape(other))

    def __rmatmul__(self, other):
        return ("rmatmul", type(other))

    def __eq__(self, other):
        return ("eq", type(other))

    def __lt__(self, other):
        return ("lt", type(other))

    __hash__ = None


class Prior(Adds):
    """Wins by priority, as before `__array_ufunc__`."""

    __array_priority__ = 1000


class NoUfunc(Adds):
    """Wins, since ufuncs are not for it."""

    __array_ufunc__ = None


class Wins(NDArrayOperatorsMixin):
    """A duck array: it takes over."""

    def __init__(self, a):
        self.a = a

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        inputs = [x.a if isinstance(x, Wins) else x for x in inputs]
        kinds = [type(x).__name__ for x in inputs]
        outs = [x.a if isinstance(x, Wins) else x for x in kwargs.pop("out", ())]
        if outs:
            kwargs["out"] = tuple(outs)
        return Wins(getattr(ufunc, method)(*inputs, **kwargs)), method, kinds

    def __array_function__(self, func, types, args, kwargs):
        return func.__name__, sorted(t.__name__ for t in types)


class Sub(np.ndarray):
    """A subclass that counts what it saw."""

    def __array_finalize__(self, obj):
        self.seen = getattr(obj, "seen", 0) + 1


class HasArray:
    def __init__(self, a):
        self.a = a

    def __array__(self, dtype=None, copy=None):
        return np.array(self.a, dtype=dtype)


class HasInterface:
    def __init__(self, a):
        self.__array_interface__ = a.__array_interface__
        self.owner = a


def by_type(x):
    match x:
        case np.ndarray(shape=(2, n)):
            return "two rows", n
        case np.ndarray():
            return "array"
    return "other"


def by_sequence(x):
    match x:
        case [first, *rest]:
            return first, rest
    return "no sequence"


def dump_and_load(x):
    stream = io.BytesIO()
    np.save(stream, x + 1)
    stream.seek(0)
    return np.load(stream)


def to_text(x):
    stream = io.StringIO()
    np.savetxt(stream, x + 1, fmt="%.2f")
    return stream.getvalue()


def of_deepcopy(x):
    y = x + 1
    found = copy.deepcopy({"a": y, "b": [y, y[0]], "c": y})
    return found, found["a"] is found["c"], found["a"] is found["b"][0]


def of_memo(x):
    memo = {}
    y = copy.deepcopy(x, memo)
    return y, copy.deepcopy(x, memo) is y


def matrix_product(x):
    m = np.matrix([[1.0, 2.0], [3.0, 4.0]])
    return m @ x, x.T @ m, m * x, x.T * m


def in_place_with_duck(x):
    y = x * 1
    y += Wins(np.ones(3))
    return y


def printing(x):
    with np.printoptions(precision=2, suppress=True):
        print(x / 3, repr(x), [x[0]])
    print(f"{x[0]}", x[0, 0], sep="|", end="!\n")


PROGRAMS: dict[str, Callable[[Any], Any]] = {
    "asarray": lambda x: np.asarray(x) is x,
    "asarray of result": lambda x: np.asarray(x + 1),
    "__array__": lambda x: ((y := x + 1).__array__() is y, y.__array__(copy=True) is y),
    "__array__ dtype": lambda x: (x + 1).__array__(np.float32),
    "__array__ no copy": lambda x: (x + 1).__array__(np.float32, copy=False),
    "__array_interface__": lambda x: x.__array_interface__ == x[:].__array_interface__,
    "interface of result": lambda x: (x + 1).__array_interface__["shape"],
    "interface used": lambda x: np.asarray(HasInterface(x)) + 1,
    "__array_struct__": lambda x: type((x + 1).__array_struct__).__name__,
    "__array_priority__": lambda x: x.__array_priority__,
    "__array_namespace__": lambda x: x.__array_namespace__() is np,
    "__array_ufunc__": lambda x: x.__array_ufunc__(np.add, "__call__", x, 1),
    "__array_ufunc__ method": lambda x: x.__array_ufunc__(np.add, "reduce", x),
    "__array_function__": lambda x: x.__array_function__(
        np.sum, (np.ndarray,), (x,), {"axis": 0}
    ),
    "__array_wrap__": lambda x: x.__array_wrap__(np.arange(3.0)),
    "__array_finalize__": lambda x: x.__array_finalize__ is None,
    "dlpack": lambda x: np.from_dlpack(x + 1),
    "dlpack device": lambda x: x.__dlpack_device__(),
    "memoryview": lambda x: memoryview(x + 1).tolist(),
    "bytes": lambda x: bytes(x + 1),
    "bytearray": lambda x: bytearray(x),
    "array.array": lambda x: python_array.array("d", x[0]),
    "writelines": lambda x: io.BytesIO().write(x + 1),
    "pickle": lambda x: pickle.loads(pickle.dumps(x + 1)),
    "pickle protocol 5": lambda x: pickle.loads(pickle.dumps((x.T, x[0]), protocol=5)),
    "np.save": dump_and_load,
    "np.savetxt": to_text,
    "copy": lambda x: copy.copy(x.T),
    "deepcopy": of_deepcopy,
    "deepcopy memo": of_memo,
    "iter": lambda x: [next(it := iter(x)), *it],
    "reversed": lambda x: list(reversed(x)),
    "enumerate": lambda x: list(enumerate(x[0])),
    "zip": lambda x: list(zip(x, x[::-1], strict=True)),
    "map": lambda x: list(map(np.sum, x)),
    "sum": lambda x: sum(x),
    "min of rows": lambda x: min(x, key=np.sum),
    "sorted": lambda x: sorted(x[1]),
    "list": lambda x: list(x),
    "tuple": lambda x: tuple(x[0] * 2),
    "join": lambda x: ", ".join(map(str, x[0])),
    "star": lambda x: np.add(*x),
    "in list": lambda x: x[0, 0] in [1.0, 2.0],
    "operator": lambda x: operator.add(x, 1) + operator.itemgetter(0)(x),
    "operator in place": lambda x: (operator.iadd(x, 1) is x, x),
    "str": lambda x: str(x + 1),
    "repr": lambda x: repr(x * 2),
    "format": lambda x: f"{x}",
    "format of a kind": lambda x: f"{x:.2f}",
    "print": printing,
    "array2string": lambda x: np.array2string(x + 1, precision=1),
    "len": lambda x: len(x + 1),
    "isinstance": lambda x: [
        isinstance(x + 1, t) for t in (np.ndarray, np.generic, list, np.matrix, object)
    ],
    "type": lambda x: type(x + 1),
    "type is": lambda x: type(x) is np.ndarray,
    "__class__": lambda x: x.__class__ is np.ndarray,
    "issubclass": lambda x: issubclass(type(x), np.ndarray),
    "hasattr": lambda x: [hasattr(x, n) for n in ("shape", "nothing", "__len__")],
    "getattr": lambda x: getattr(x + 1, "nothing", 5),
    "callable": lambda x: (callable(x), callable(x.sum)),
    "match": by_type,
    "match of sequence": by_sequence,
    "bound method": lambda x: (lambda total: total(axis=0))(x.sum),
    "unbound method": lambda x: np.ndarray.sum(x + 1, 0),
    "methodcaller": lambda x: operator.methodcaller("sum", axis=1)(x),
    "getsizeof": lambda x: sys.getsizeof(x + 1) - sys.getsizeof(x + 2),
    "re": lambda x: re.sub("a", str(x.shape), "a"),
    "hash": lambda x: hash(x),
    "plus object": lambda x: x + Adds(),
    "object plus": lambda x: Adds() + x,
    "scalar plus object": lambda x: x[0, 0] + Adds(),
    "plus prior": lambda x: x + Prior(),
    "matmul prior": lambda x: x @ Prior(),
    "plus no ufunc": lambda x: x + NoUfunc(),
    "matmul no ufunc": lambda x: x @ NoUfunc(),
    "scalar plus no ufunc": lambda x: x[0, 0] + NoUfunc(),
    "equals no ufunc": lambda x: (x == NoUfunc(), x < NoUfunc()),
    "equals prior": lambda x: x == Prior(),
    "minus no ufunc": lambda x: x - NoUfunc(),
    "np.add no ufunc": lambda x: np.add(x, NoUfunc()),
    "duck": lambda x: x + Wins(x * 2),
    "duck first": lambda x: Wins(x) * (x + 1),
    "duck in ufunc": lambda x: np.multiply(x + 1, Wins(x)),
    "duck in reduce": lambda x: np.add.reduce(Wins(x + 1)),
    "duck of scalar": lambda x: x[0, 0] + Wins(x),
    "duck as out": lambda x: np.add(x, 1, out=Wins(np.zeros((2, 3)))),
    "duck in function": lambda x: np.concatenate([x + 1, Wins(x)]),
    "duck in place": in_place_with_duck,
    "matrix": matrix_product,
    "plus matrix": lambda x: x + np.matrix(x),
    "masked": lambda x: (x * 2) + np.ma.masked_greater(x, 2),
    "masked first": lambda x: np.ma.masked_greater(x, 2) * (x + 1),
    "function of masked": lambda x: np.mean(np.ma.masked_greater(x + 1, 2)),
    "subclass": lambda x: x + x.view(Sub),
    "subclass alone": lambda x: np.sin((x + 1).view(Sub)),
    "subclass of result": lambda x: (x.view(Sub)[0] * 2).seen,
    "__array__ of others": lambda x: x + HasArray([1, 2, 3]),
    "function of others": lambda x: np.sum(HasArray(x + 1), axis=0),
    "recarray": lambda x: np.rec.fromarrays([x[0], x[1] * 2], names="a,b").b,
    "fraction": lambda x: x * fractions.Fraction(1, 2),
    "fraction first": lambda x: fractions.Fraction(1, 2) * x,
    "decimal": lambda x: x + decimal.Decimal("1.5"),
    "decimal array": lambda x: np.array([decimal.Decimal(1)]) + 1,
    "None": lambda x: (x == None, x != None),  # noqa: E711
    "plus None": lambda x: x + None,
    "string": lambda x: (x == "a", x != "a"),
    "less than string": lambda x: x < "a",
    "list of strings": lambda x: x == ["a", "b", "c"],
    "tuple operand": lambda x: x + (1, 2, 3),
    "range": lambda x: x * range(3),
    "array.array operand": lambda x: x + python_array.array("d", [1, 2, 3]),
    "memoryview operand": lambda x: x + memoryview(np.arange(3.0)),
    "bytes operand": lambda x: x == b"a",
    "set": lambda x: x == {1, 2},
    "dict": lambda x: x == {"a": 1},
    "object array": lambda x: x + np.array([1, "a", None], object)[:1],
    "complex": lambda x: x + 1j,
    "huge int": lambda x: x + 2**70,
    "huge int compared": lambda x: x.astype(int) < 2**70,
    "bool": lambda x: x + True,
    "numpy scalar": lambda x: x.astype(np.float32) + np.float64(1),
    "python float": lambda x: x.astype(np.float32) + 1.0,
    "long double": lambda x: x + np.longdouble(1),
    "datetime": lambda x: x.astype(int) * np.timedelta64(1, "s"),
    "slice of stand-ins": lambda x: slice(x[0, 0].astype(int), 3),
}
X = np.array([[1.0, 2.0, 3.5], [0.0, -1.0, 4.0]])


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("name", PROGRAMS)
def test_program(name, mode):
    assert_parity(PROGRAMS[name], X, modes=[mode], calls=1)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="__buffer__ is of Python 3.12")
def test_buffer_protocol_of_stand_ins():
    @npjit.accelerate(mode="host")
    def fn(x):
        y = x + 1
        return y, itertools.repeat(y)  # C code keeps the stand-in

    y, kept = fn(X)
    stand_in = next(kept)
    assert type(stand_in) is Array
    memoryview(stand_in)[0, 0] = 7
    assert y[0, 0] == 7


def test_classes_pass_for_numpys():
    assert isinstance(Array.__new__(Array), np.ndarray)
    assert Array.__hash__ is None
    for cls in SCALARS:
        assert issubclass(object.__new__(cls).__class__, np.generic)
        assert cls.dtype.type is object.__new__(cls).__class__
