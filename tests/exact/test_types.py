"""Which results are NumPy scalars, which are arrays; what scalars and arrays can do."""

# ruff: noqa: E711, SIM300, UP030, UP031, UP032
# The plain forms are what is tried.

import collections.abc
import copy
import decimal
import fractions
import json
import math
import numbers
import operator
import pickle
import statistics
import struct

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from tests.exact._together import assert_together, attempt

# Each program gets an array of shape (2, 3).
FLOATS = np.array([[1.5, -2.0, 3.25], [0.0, 4.5, -0.5]])
INTS = np.array([[1, -2, 3], [0, 4, -5]])
ARRAYS = {
    "bool": FLOATS > 0,
    "int8": INTS.astype(np.int8),
    "int64": INTS,
    "uint64": np.abs(INTS).astype(np.uint64),
    "float16": FLOATS.astype(np.float16),
    "float32": FLOATS.astype(np.float32),
    "float64": FLOATS,
    "complex128": FLOATS + 1j * INTS,
}


# Scalars or arrays -------------------------------------------------------------------


def full_reductions(x):
    """jax-reductions-return-0d: `isinstance(x.sum(), np.float64)`, hashing, json."""
    found = [np.sum(x), np.prod(x), np.max(x), np.min(x), np.mean(x), np.any(x)]
    found += [np.all(x), np.argmax(x), np.argmin(x), np.count_nonzero(x)]
    found += [x.sum(), x.max(), x.argmin(), x.mean(), x.any(), x.all(), x.trace()]
    found += [np.add.reduce(x, axis=None), np.multiply.reduce(x[0])]
    found += [
        np.dot(x[0], x[1]),
        x[0] @ x[1],
        np.vdot(x[0], x[1]),
        np.inner(x[0], x[1]),
    ]
    found += [np.einsum("i,i", x[0], x[1]), np.einsum("i,i->", x[0], x[1])]
    return found, [hash(v) == hash(v.item()) for v in found]


def reductions_over_axes(x):
    found = [x.sum(axis=(0, 1)), x[0].sum(axis=0), x[0].sum(axis=-1), x.sum(axis=())]
    found += [x.sum(keepdims=True), x.max(axis=(0, 1), keepdims=True), x.mean(axis=0)]
    found += [x[0].argmax(axis=0), x[0].argmax(axis=0, keepdims=True)]
    return [*found, np.add.reduce(x[0], keepdims=True), x[:1, :1].max(axis=0)]


def into_arrays_without_axes(x):
    out = np.zeros((), np.result_type(x, np.float64))
    found = [np.sum(x, out=out) is out, np.max(np.abs(x), out=np.zeros(())), out]
    found += [
        np.add(x[0, 0], 1, out=out) is out,
        np.multiply(x[0, 0], x[0, 1], out=out),
    ]
    return found


def products_into_arrays_without_axes(x):
    # NumPy makes scalars of these
    out = np.zeros(())
    found = [np.dot(x[0], x[1], out=out), np.clip(x[0, 0], 0, 1, out=np.zeros(()))]
    found += [np.round(x[0, 0], out=np.zeros(())), np.take(x, 0, out=np.zeros(()))]
    found += [np.matmul(x[0], x[1], out=np.zeros(())), np.trace(x, out=np.zeros(()))]
    return found, out


def full_indices(x):
    one, two = np.array(0), np.array(1)
    found = [x[0, 0], x[()], x[...], x[0, 0, ...], x[0, ...], x[0, 0][()], x[0, 0][...]]
    found += [np.asarray(x[0, 0]), np.asarray(x[0, 0])[()], x[(0, 1)], x[one, 0]]
    return [*found, x[np.int64(1), np.int8(2)], x[one, two], x[True], x[None], x[one]]


def functions_of_scalars(x):
    s, t = x[0, 0], x[0, 1]
    found = [np.squeeze(s), np.real(s), np.imag(s), np.ravel(s), np.transpose(s)]
    found += [np.where(True, s, t), np.broadcast_to(s, ()), np.copy(s), np.array(s)]
    found += [np.positive(s) if x.dtype != bool else s, np.atleast_1d(s), np.diff(x[0])]
    found += [
        np.zeros_like(s),
        np.ones_like(s),
        np.full_like(s, 1),
        np.expand_dims(s, 0),
    ]
    return [*found, np.nan_to_num(s), np.isclose(s, 1), np.cumsum(s), np.sort(x[0])[0]]


def arrays_without_axes(x):
    z, w = x[:1, :1].reshape(()), x[1:, 1:2].reshape(())
    found = [z + w, z * 2, 2 * z, z == w, np.add(z, w), abs(z), z.sum(), z.max()]
    found += [z.mean(), z.any(), z.copy(), z[...], z[()], z.item(), z.tolist(), z.T]
    found += [z.ravel(), z.reshape(1, 1), np.stack([z, w]), np.array([z, w]), z.real]
    found += [
        z.repeat(2),
        z.argmax(),
        z.squeeze(),
        x[:1, :1].squeeze(),
        z.shape,
        z.ndim,
    ]
    return found


def written_in_place(x):
    z = x[:1, :1].reshape(())
    alias, s = z, x[1, 1]
    kept = s
    z += 1
    z[...] = z * 2
    z[()] += 1
    s += 1
    s *= 2
    return z, alias is z, s, kept, x


# Scalars -----------------------------------------------------------------------------


def methods_of_scalars(x):
    s = x[0, 2]
    found = [s.item(), s.tolist(), s.astype(np.float32), s.byteswap(), s.tobytes()]
    found += [s.conj(), s.conjugate(), s.real, s.imag, s.sum(), s.mean(), s.max()]
    found += [
        s.prod(),
        s.any(),
        s.all(),
        s.argmax(),
        s.clip(0, 1),
        s.cumsum(),
        s.copy(),
    ]
    found += [s.flatten(), s.ravel(), s.reshape((1, 1)), s.squeeze(), s.take(0)]
    found += [s.repeat(3), s.transpose(), s.T, s.flat[0], s.data.tobytes(), s.base]
    found += [s.nbytes, s.itemsize, s.size, s.ndim, s.shape, s.strides, s.dtype]
    found += [s.flags.writeable, s.device, s.dtype.type is type(s), s.argsort()]
    return [*found, s.view(s.dtype), s.view(f"V{s.itemsize}"), s.__array_priority__]


def methods_of_floats(x):
    s = x.real[0, 2] * 1.0
    found = [s.is_integer(), s.as_integer_ratio(), s.round(1), round(s, 1), round(s)]
    found += [math.floor(s), math.ceil(s), math.trunc(s), int(s), float(s), complex(s)]
    return [
        *found,
        f"{s:8.2e}",
        "%.3f" % s,
        "{:>10}".format(s),
        format(s, ".3f"),
        {s: 1},
    ]


def pythons_own_methods(x):
    s = np.float64(x.real[0, 2])
    found = [s.hex(), float.hex(s), s.fromhex("0x1.8p+1"), type(s).fromhex("0x1p-2")]
    return [*found, float.is_integer(s), complex.conjugate(np.complex128(x[0, 1]))]


def methods_of_integers(x):
    s = np.abs(x.real[1, 1]).astype(np.int64)
    found = [s.bit_count(), s.is_integer(), operator.index(s), [1, 2, 3, 4, 5, 6][s]]
    found += [list(range(s)), "ab" * s, [0] * s, hex(s), oct(s), bin(s), chr(s + 60)]
    found += [s.numerator, s.denominator, divmod(s, 3), divmod(9, s), s // 3, s % 3, ~s]
    found += [s << 1, s >> 1, s & 3, s | 8, s ^ 1, pow(s, 2), round(s, -1), round(s)]
    found += [math.gcd(s, 6), math.factorial(s), f"{s:05d}", f"{s:x}", "%d %x" % (s, s)]
    found += [np.arange(s), np.ones(s)[: s - 1], slice(s).indices(10), bytes(s)]
    return [*found, struct.pack("q", s), s**-1.0, s / 3, np.zeros((s, 2)).shape]


def scalars_and_numbers(x):
    found = []
    for number in (1, 2.5, 1j, True, np.float32(2), np.int8(3), np.uint64(2)):
        for op in (operator.add, operator.mul, operator.truediv, operator.sub):
            found += [attempt(op, x[0, 0], number)]
            found += [attempt(op, number, x[0, 0])]
        for op in (operator.floordiv, operator.mod, divmod, operator.lt, operator.and_):
            found += [attempt(op, x[0, 0], number)]
        found += [x[0, 0] == number, x[0, 0] != number, number == x[0, 0]]
    return found


def either_side(x):
    # Two programs, though both are of one scalar that is recorded and one that is not.
    n = x.dtype.type(3)
    return float((x[0, 0] - n).real), float((n - x[0, 0]).real)


def powers_of_scalars(x):
    # `np.int8(3) ** x`: the operator of two scalars, which rounds as C's pow
    return [np.int8(3) ** np.abs(x[0, 0]), np.float32(2) ** x[0, 0], 2.5 ** x[0, 0]]


def comparisons_of_scalars(x):
    s = x[0, 0]
    found = [s in [1.5, 1], s in (2,), s in {1.5, 1}, s == None, s == "a", s is s]
    return [*found, s != [1], 1j == s, s == 1j, np.float64(1) == s, {s: 1}.get(s)]


def classes(x):
    s = x[0, 0]
    kinds = [
        np.generic,
        np.number,
        np.floating,
        np.integer,
        np.complexfloating,
        np.bool,
    ]
    kinds += [np.float64, np.int64, np.float32, float, int, complex, bool, numbers.Real]
    kinds += [numbers.Number, numbers.Integral, numbers.Complex, np.ndarray]
    kinds += [collections.abc.Hashable, collections.abc.Sequence, collections.abc.Sized]
    found = [
        (isinstance(s, k), isinstance(x, k), issubclass(type(s), k)) for k in kinds
    ]
    found += [np.isscalar(s), np.isscalar(x), np.isscalar(x[0, 0, ...]), np.ndim(s)]
    return [*found, np.iscomplexobj(s), np.isrealobj(x), np.issubdtype(x.dtype, float)]


def matched(x):
    found = []
    for v in x[0]:
        match v:
            case np.floating():
                found.append("floating")
            case np.integer():
                found.append("integer")
            case _:
                found.append(type(v).__name__)
    return found


# Texts, copies, iteration ------------------------------------------------------------


def texts(x):
    s = x[0, 0]
    found = [str(x), repr(x), str(s), repr(s), f"{x}", f"{s}", f"{x!r}", "%s" % (x,)]
    found += ["{}".format(x), "{0!s:>8}".format(s), np.array2string(x), ascii(s)]
    found += [
        repr([s, x[0]]),
        str({"a": s}),
        repr(x[:0]),
        repr(x.T),
        repr(x[0, 0, ...]),
    ]
    return [*found, format(s, ""), format(x, ""), np.array_str(x), np.array_repr(x[0])]


def copies(x):
    objects = [x[0, 0], x, x[0], x.T, x[:, 1], x[0, 0, ...], x + x]
    found = [copy.copy(o) for o in objects] + [copy.deepcopy(o) for o in objects]
    found += [pickle.loads(pickle.dumps(o, p)) for o in objects for p in range(6)]
    found += [len(pickle.dumps(o, p)) for o in objects for p in range(6)]
    table = copy.deepcopy({"a": x, "b": [x, x], "c": x[0, 0]})
    return found, table, table["b"][0] is table["a"]


def as_json(x):
    objects = [x[0, 0], x.tolist(), [x[0, 0]], {"a": x[0, 0]}, x, x.sum(), x[0]]
    found = [attempt(json.dumps, o) for o in objects]
    return [*found, json.dumps({"v": x[0].real}, default=lambda o: o.tolist())]


def contained(x):
    found = [1.5 in x, 3 in x, 100 in x, x[0, 0] in x, x[0] in x, [1, -2, 3] in x]
    return [*found, np.nan in x, x[0, 0] in x.flat, 1.5 in x.tolist(), x.max() in x[0]]


def iterated(x):
    first, *rest = x[1]
    (a, b, c), d = x
    found = [
        list(x),
        list(x[0]),
        list(x.flat),
        [v for row in x for v in row],
        a,
        b,
        c,
        d,
    ]
    found += [
        first,
        rest,
        next(iter(x)),
        dict(enumerate(x[0])),
        list(zip(*x, strict=True)),
    ]
    found += [
        tuple(x[0]),
        list(reversed(x)),
        list(np.ndenumerate(x)),
        sum(x[0]),
        sum(x),
    ]
    found += [max(x[0].real), min(x[0].real), sorted(x[0].real), any(x[0]), all(x[0])]
    return [*found, set(x[0].tolist()), len(x), list(map(complex, x[0]))]


def by_nditer(x):
    found = [v.item() for v in np.nditer(x)]
    with np.nditer(x, op_flags=["readwrite"]) as elements:
        for v in elements:
            v[...] = v * 2
    found += [v.copy() for v in np.nditer(x, flags=["external_loop"], order="F")]
    return found, list(np.broadcast(x, x[0])), x


def as_numbers(x):
    s, z, one = x[0, 2], x[0, 2, ...], x[0, 2:3, None]
    found = [int(s.real), float(s.real), complex(s), bool(s), int(z.real), complex(z)]
    found += [bool(z), bool(one), z.item(), one.item(), z.tolist(), not s, abs(s)]
    return [*found, math.sqrt(abs(s)), math.isfinite(s.real), operator.truth(s)]


def conditions(x):
    found = []
    for v in x.flat:
        found += [v if v else -1, v or 5, v and 5, not v]
    return found


ERRORS = [
    lambda x: bool(x),
    lambda x: int(x),
    lambda x: float(x[0]),
    lambda x: x.item(),
    lambda x: hash(x),
    lambda x: {x: 1},
    lambda x: x[5],
    lambda x: x[0, 0, 0],
    lambda x: x["a"],
    lambda x: x[1.5],
    lambda x: len(x[0, 0]),
    lambda x: iter(x[0, 0]),
    lambda x: list(x[0, 0, ...]),
    lambda x: range(x[0, 0]),
    lambda x: x[0, 0][0],
    lambda x: x[0, 0].foo,
    lambda x: x.foo,
    lambda x: x(),
    lambda x: x + "a",
    lambda x: x[0, 0] + "a",
    lambda x: x + None,
    lambda x: x[0, 0] < "a",
    lambda x: x @ x,
    lambda x: x.reshape(7),
    lambda x: x + x[:, :2],
    lambda x: np.concatenate([x, x[0]]),
    lambda x: x.astype("foo"),
    lambda x: x.sum(axis=5),
    lambda x: x.item(9),
    lambda x: math.sqrt(x),
    lambda x: math.factorial(x[0, 2]),
    lambda x: x if x else 0,
    lambda x: x in [x[0]],
    lambda x: max(x),
    lambda x: sorted(x),
    lambda x: format(x, ".2f"),
    lambda x: "%d" % x,
    lambda x: "%d" % x[0, 2],
    lambda x: setattr(x, "foo", 1),
    lambda x: setattr(x[0, 0], "real", 1),
    lambda x: operator.delitem(x, 0),
    lambda x: fractions.Fraction(x[0, 0]),
    lambda x: decimal.Decimal(x[0, 0]),
    lambda x: statistics.mean(x[0].tolist()),
    lambda x: np.copyto(x),
    lambda x: np.copyto(x, x, foo=1),
]


def errors(x):
    return [attempt(f, x) for f in ERRORS]


OF_ALL = [
    full_reductions,
    reductions_over_axes,
    into_arrays_without_axes,
    full_indices,
    functions_of_scalars,
    arrays_without_axes,
    methods_of_scalars,
    methods_of_integers,
    scalars_and_numbers,
    comparisons_of_scalars,
    classes,
    matched,
    texts,
    copies,
    as_json,
    contained,
    iterated,
    as_numbers,
    conditions,
    errors,
]
OF_NUMBERS = [written_in_place, by_nditer, either_side]
OF_REALS = [products_into_arrays_without_axes, methods_of_floats, powers_of_scalars]


def programs_of(array):
    kind = ARRAYS[array].dtype.kind
    found = OF_ALL if kind == "b" else OF_ALL + OF_NUMBERS
    found = [*found, pythons_own_methods] if kind != "c" else found
    return found + OF_REALS if kind == "f" else found


@pytest.mark.parametrize("array", ARRAYS)
def test_types(array):
    for program in programs_of(array):
        assert_parity(program, ARRAYS[array], modes=["host"], calls=1)


@pytest.mark.parametrize("array", ["int8", "float64"])
def test_types_through_xla(array):
    programs = programs_of(array)
    # XLA's transcendental functions may differ in the last place.
    settings = {"modes": ["jit"], "calls": 1, "max_ulp": 4}
    assert_together(programs, ARRAYS[array], expect_xla=True, **settings)


def zero_divided(x):
    # The operator of scalars has a text of its own.
    return np.float64(1) / x[1, 0], np.float32(1) / x[1, 0], 1.0 / x[1, 0], x[0, 0] / 0


def test_warnings_of_scalars_on_the_left():
    assert_parity(zero_divided, FLOATS, modes=["host"])


def test_unconverted_code_meets_stand_ins() -> None:
    """A known exception: code of a block, or unconverted code, can tell by the type."""
    x = np.arange(3.0)
    original = x
    with npjit.accelerate(mode="host"):
        assert isinstance(x, np.ndarray)
        assert type(x) is npjit.Array
        y = x * 2
        assert type(y) is npjit.Array
    assert x is original
    assert type(y) is np.ndarray
