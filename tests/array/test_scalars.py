"""NumPy's scalars: attributes, methods, and what Python does with numbers."""

# ruff: noqa: E721, UP031, UP032
# The plain forms are what is tried.

import cmath
import copy
import decimal
import fractions
import json
import math
import operator
import pickle
import statistics
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from npjit._array.array import SCALARS
from npjit.testing import assert_parity

# Each program gets `a`, an array with three elements, and makes scalars of it.
Program = Callable[[Any], Any]


def kind(s):
    match s:
        case float():
            return "float"
        case int():
            return "int"
        case np.floating() | np.integer():
            return "number"
    return "other"


def by_value(s):
    match s:
        case 1:
            return "one"
        case 1.5:
            return "one and a half"
    return None


def counted(a):
    counts = {}
    for v in a:
        counts[v] = counts.get(v, 0) + 1
    return counts


def keyed(a):
    table = {a[0]: "first", a[1].item(): "second"}
    return table, table[a[0]], table.get(a[1]), a[2] in table


def chain(a):
    total = 0
    for v in a:
        if v > 1 and not v < 0:
            total += v * 2
        elif v:
            total -= v
    return total


PYTHON: dict[str, Program] = {
    "hash": lambda a: hash(a[1]) == hash(a[1].item()),
    "copy with an order": lambda a: (a[0].copy(order="C"), a[1].copy("K"), a[2].copy()),
    "set": lambda a: {a[0], a[1], a[2], a[1]},
    "set of sums": lambda a: {a.sum(), a.sum()},
    "in set": lambda a: a[1] in {1, 1.5, 3},
    "frozenset": lambda a: frozenset(a),
    "dict key": keyed,
    "dict of counts": counted,
    "json": lambda a: json.dumps({"x": a[1], "y": [a[2]]}),
    "json of item": lambda a: json.dumps(a[1].item()),
    "repr": lambda a: repr(a[1]),
    "str": lambda a: str(a.sum()),
    "f-string": lambda a: f"{a[1]} {a[1]!r} {a[1]:>9} {a.sum():.3}",
    "f-string of a kind": lambda a: f"{a[1]:g}|{a[1]:08.2f}|{a[1]:+e}",
    "str.format": lambda a: "{:.2f} {!r}".format(a[1], a[1]),
    "percent": lambda a: "%s %r" % (a[1], a[2]),
    "percent of a kind": lambda a: "%d %.2f" % (a[1], a[1]),
    "percent by name": lambda a: "%(x).1f" % {"x": a[1]},
    "format": lambda a: format(a[1], ".3f"),
    "float": lambda a: float(a[1]),
    "int": lambda a: int(a[1]),
    "complex": lambda a: complex(a[1]),
    "bool": lambda a: (bool(a[0]), not a[1]),
    "round": lambda a: round(a[1]),
    "round to digits": lambda a: round(a[1] / 3, 2),
    "round to 0 digits": lambda a: round(a[1], 0),
    "abs": lambda a: abs(-a[1]),
    "divmod": lambda a: divmod(a[2], a[1]),
    "divmod of a number": lambda a: divmod(7, a[1]),
    "pow": lambda a: pow(a[1], 2),
    "power of a number": lambda a: 2 ** a[1],
    "pow to a modulus": lambda a: pow(a[1], 2, 5),
    "math.sqrt": lambda a: math.sqrt(a[1]),
    "math.floor": lambda a: (math.floor(a[1]), math.ceil(a[1]), math.trunc(a[1])),
    "math.isclose": lambda a: math.isclose(a[1], a[1] + 1e-12),
    "math.hypot": lambda a: math.hypot(a[1], a[2]),
    "math.fsum": lambda a: math.fsum(a),
    "math.gcd": lambda a: math.gcd(a[1], 6),
    "math.factorial": lambda a: math.factorial(a[2]),
    "cmath": lambda a: cmath.exp(a[1]),
    "range": lambda a: list(range(a[2])),
    "range of three": lambda a: list(range(0, 10, a[2])),
    "slice": lambda a: a[: a[1]],
    "slice with step": lambda a: a[:: a[1]],
    "index of a list": lambda a: [5, 6, 7, 8][a[1]],
    "slice of a list": lambda a: [5, 6, 7][a[0] : a[1]],
    "times a list": lambda a: [1, 2] * a[1],
    "list times": lambda a: a[1] * [1, 2],
    "times a string": lambda a: "ab" * a[1],
    "operator.index": lambda a: operator.index(a[1]),
    "hex": lambda a: (hex(a[1]), bin(a[1]), oct(a[1])),
    "chr": lambda a: chr(a[1]),
    "np.float64": lambda a: np.float64(a[1]),
    "np.int32": lambda a: np.int32(a[1]),
    "np.float32 of array": lambda a: np.float32(a),
    "type": lambda a: type(a[1]),
    "type called": lambda a: type(a[1])(3),
    "dtype of type": lambda a: np.dtype(type(a[1])),
    "type is": lambda a: (type(a[1]) is np.float64, type(a[1]) is np.int64),
    "isinstance": lambda a: [
        isinstance(a[1], t) for t in (float, int, complex, np.generic, np.floating)
    ],
    "isinstance of ABC": lambda a: [
        isinstance(a[1], t) for t in (np.number, np.inexact, np.ndarray, bool, str)
    ],
    "issubclass": lambda a: issubclass(type(a[1]), float),
    "np.isscalar": lambda a: (np.isscalar(a[1]), np.isscalar(a)),
    "np.ndim": lambda a: (np.ndim(a[1]), np.shape(a[1]), np.size(a[1])),
    "match on kind": lambda a: kind(a[1]),
    "match on value": lambda a: by_value(a[1]),
    "sorted": lambda a: sorted([a[2], a[0], a[1]]),
    "sorted by key": lambda a: sorted(range(3), key=lambda i: -a[i]),
    "list.sort": lambda a: ((found := [a[2], a[0], a[1]]).sort(), found),
    "min and max": lambda a: (min(a), max(a), min(a[0], a[1]), max(a[0], 1, a[2])),
    "sum": lambda a: sum(a),
    "sum with start": lambda a: sum([a[0], a[1]], a[2]),
    "any and all": lambda a: (any(a), all(a), any(a > 1), all(v >= 0 for v in a)),
    "control flow": chain,
    "statistics": lambda a: statistics.mean([a[0], a[1]]),
    "Fraction": lambda a: fractions.Fraction(1, 3) + a[1],
    "Fraction after": lambda a: a[1] * fractions.Fraction(1, 3),
    "Fraction of": lambda a: fractions.Fraction(a[1]),
    "Decimal": lambda a: decimal.Decimal("1.5") + a[1],
    "Decimal after": lambda a: a[1] - decimal.Decimal("1.5"),
    "Decimal of": lambda a: decimal.Decimal(a[1]),
    "Decimal less": lambda a: a[1] < decimal.Decimal("1.5"),
    "compare with None": lambda a: (a[1] == None, a[1] != None, a[1] is None),  # noqa: E711
    "compare with str": lambda a: (a[1] == "1", a[1] != "1"),
    "less than str": lambda a: a[1] < "1",
    "less than None": lambda a: a[1] < None,
    "compare with list": lambda a: a[1] == [1, 2],
    "compare with tuple": lambda a: a[1] == (1, 1.5),
    "compare with object": lambda a: a[1] == object,
    "plus str": lambda a: a[1] + "1",
    "str plus": lambda a: "1" + a[1],
    "plus None": lambda a: a[1] + None,
    "plus list": lambda a: a[1] + [1, 2],
    "matmul": lambda a: a[1] @ a[1],
    "struct": lambda a: struct.pack("d", a[1]),
    "struct of int": lambda a: struct.pack("<i", a[1]),
    "pickle": lambda a: pickle.loads(pickle.dumps(a[1] + 1)),
    "copy": lambda a: copy.copy(a[1]),
    "deepcopy": lambda a: copy.deepcopy([a[1], a[1]]),
    "iter": lambda a: list(a[1]),
    "len": lambda a: len(a[1]),
    "getitem": lambda a: (a[1][()], a[1][...], a[1][None]),
    "getitem of int": lambda a: a[1][0],
    "setitem": lambda a: operator.setitem(a[1], (), 3),
    "call": lambda a: a[1](),
    "bytes": lambda a: bytes(a[1].tobytes()),
    "memoryview": lambda a: memoryview(a[1]).tobytes(),
    "np.asarray": lambda a: np.asarray(a[1]),
    "np.array of scalars": lambda a: np.array([a[0], a[1]]),
    "np.add": lambda a: np.add(a[1], a[2]),
    "np.add with out": lambda a: np.add(a[1], 1, out=np.zeros(())),
    "overflow": lambda a: np.int8(100) + np.int8(a[1]),
    "augmented": lambda a: operator.iadd(a[1], 2),
    "ternary": lambda a: "yes" if a[1] > 1 else "no",
    "chained": lambda a: 0 < a[1] <= 2,
    "while": lambda a: [v for v in a if v],
    "walrus": lambda a: (x := a[1]) + x,
    "starred": lambda a: (*a, *[a[0]]),
    "unpacked": lambda a: (lambda x, y, z: x + y - z)(*a),
    "is_integer": lambda a: a[1].is_integer(),
}


def attribute(name: str) -> Program:
    """Read an attribute; where it is a method that needs no argument, call it."""

    def program(a):
        found = getattr(a[1] + a[0], name)
        return found() if callable(found) and name not in NOT_CALLED else found

    return program


NOT_CALLED = {"data"}
# Methods compared by calls elsewhere, or the same object for all.
SKIPPED = {"dump", "tofile", "to_device", "fromhex", "astype"}
SKIPPED |= {"compress", "swapaxes", "take"}

ARRAYS = {
    "float": np.array([0.0, 1.5, 3.0]),
    "int": np.array([0, 1, 3]),
    "float32": np.array([0.0, 2.5, 3.0], np.float32),
    "uint8": np.array([0, 1, 3], np.uint8),
    "complex": np.array([0, 1 + 2j, 3]),
    "bool": np.array([False, True, True]),
}


@pytest.mark.parametrize("array", ARRAYS)
@pytest.mark.parametrize("name", PYTHON)
def test_scalar(name, array):
    assert_parity(PYTHON[name], ARRAYS[array], modes=["host"], calls=1)


@pytest.mark.parametrize("array", ["float", "int"])
@pytest.mark.parametrize("name", PYTHON)
def test_scalar_through_xla(name, array):
    assert_parity(PYTHON[name], ARRAYS[array], modes=["jit"], calls=1)


@pytest.mark.parametrize("array", ARRAYS)
def test_attributes(array):
    a = ARRAYS[array]
    names = [n for n in dir(a[1]) if n[:2] != "__" and n not in SKIPPED]
    assert len(names) > 50
    for name in names:
        assert_parity(attribute(name), a, modes=["host"], calls=1)


@pytest.mark.parametrize(
    "cls", sorted(SCALARS, key=lambda c: c.__name__), ids=lambda c: c.dtype.name
)
def test_classes(cls):
    assert np.dtype(cls) == cls.dtype
    value = cls(1)
    assert type(value) is cls.dtype.type
