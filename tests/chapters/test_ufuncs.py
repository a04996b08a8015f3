"""Universal functions: every ufunc, every loop, every parameter."""

import numpy as np
import pytest

from npjit._chapters.ufuncs import INEXACT, REDUCIBLE, UFUNCS
from npjit.testing import assert_parity
from tests.chapters._rows import (
    INTEGERS,
    NUMERIC,
    assert_on_xla,
    assert_rows,
    layouts,
    row,
    sample,
    values,
)
from tests.xla.rules.test_ufuncs import BOUNDED, CANCELLING, COMPLEX_ULP

#: By name: the bound in ulps of what NumPy and XLA do not round correctly.
ULPS = {f.__name__: max(bounds) for f, bounds in BOUNDED.items()}
ULPS |= {f.__name__: max(ULPS.get(f.__name__, 0), n) for f, n in COMPLEX_ULP.items()}
ULPS |= {f.__name__: 4 for f in CANCELLING} | {"sign": 2}
LOWERED = [f for f in UFUNCS if f is not np.isnat]
UNARY = [f for f in LOWERED if f.nin == 1]
BINARY = [f for f in LOWERED if f.nin == 2]


def dtypes_of(ufunc):
    """The dtypes that have a loop, and one that XLA is to compute."""
    found = []
    for code in NUMERIC:
        if ufunc in INEXACT and code in "FD":
            continue
        try:
            with np.errstate(all="ignore"):
                ufunc(*[np.ones(1, code)] * ufunc.nin)
        except TypeError:
            continue
        found.append(code)
    return found


def is_lowered(ufunc, *codes):
    """Integer powers fail for negative exponents, by value."""
    signed = all(c in "?bhilBHIL" for c in codes) and codes[-1] in "bhil"
    return not (ufunc is np.power and signed)


@pytest.mark.parametrize("ufunc", UNARY, ids=lambda f: f.__name__)
def test_unary(ufunc):
    rows = [row(ufunc, values(code)) for code in dtypes_of(ufunc)]
    assert_on_xla(rows, calls=2, max_ulp=ULPS.get(ufunc.__name__, 0))


@pytest.mark.parametrize("ufunc", BINARY, ids=lambda f: f.__name__)
def test_binary(ufunc):
    rows = []
    for code in dtypes_of(ufunc):
        x = values(code)
        if is_lowered(ufunc, code, code):
            rows.append(row(ufunc, x, x[::-1]))
            rows.append(row(ufunc, x[:, None], sample(code, 3, seed=3)))
    assert_on_xla(rows, calls=2, max_ulp=ULPS.get(ufunc.__name__, 0))


@pytest.mark.parametrize("code", NUMERIC)
def test_mixtures_of_dtypes(code):
    ufuncs = [np.add, np.multiply, np.less, np.equal, np.maximum, np.logical_and]
    rows = [
        row(ufunc, sample(code, 5), sample(other, 5, seed=1))
        for other in NUMERIC[NUMERIC.index(code) :]
        for ufunc in ufuncs
    ]
    rows += [row(np.true_divide, values(code), sample(c, 1)) for c in "?bBlLefdFD"]
    assert_on_xla(rows, calls=1)


def test_layouts():
    """The result lies in memory as NumPy's does."""
    rows = [row(np.negative, a) for a in layouts().values()]
    rows += [row(np.divmod, a, 2.0) for a in layouts().values()]
    rows += [row(np.add, a, a) for a in layouts().values()]
    c, f = layouts()["matrix"], layouts()["Fortran"]
    rows += [row(np.add, c, f), row(np.add, f, c), row(np.add, f, f[0])]
    rows += [row(np.add, layouts()["permuted"], np.ones((3, 4, 1)))]
    rows += [row(np.add, np.ones((0, 1)), np.ones((1, 5)))]
    rows += [row(np.negative, c, order=order) for order in "CFAK"]
    rows += [row(np.negative, f, order=order) for order in "CFAK"]
    assert_on_xla(rows)


WEAK = [True, False, 2, -3, 0, 1.5, -0.0, float("inf"), 2 + 1j]


@pytest.mark.parametrize("code", NUMERIC)
def test_python_numbers_are_weak(code):
    """So that an int8 array stays one; which numbers fit it NumPy says."""
    x = sample(code, 4)
    rows = []
    for number in WEAK:
        if type(number) is int and number < 0 and code in "?BHIL":
            continue
        for ufunc in (np.add, np.multiply, np.equal):
            rows += [row(ufunc, x, number), row(ufunc, number, x)]
    assert_on_xla(rows, calls=1)


@pytest.mark.parametrize("code", INTEGERS)
def test_python_ints_out_of_range(code):
    info = np.iinfo(code)
    x = values(code)
    for number in (info.max + 1, info.min - 1, 2**100, -(2**100)):
        rows = [row(ufunc, x, number) for ufunc in (np.less, np.equal, np.greater)]
        rows += [row(np.not_equal, number, x)]
        assert_rows(rows)
        assert_rows([row(np.add, x, number)])  # raises OverflowError
    assert_on_xla([row(np.minimum, x, info.max), row(np.add, x, info.min)])


@pytest.mark.parametrize("code", NUMERIC)
def test_scalars_and_lists(code):
    """Of scalars alone the result is a scalar, of a list it is an array."""
    x, scalar = sample(code, 3), np.dtype(code).type(3)
    zero_d = np.array(3, code)
    pairs = [
        *((x, scalar), (scalar, x), (scalar, scalar), (zero_d, zero_d), (zero_d, 2)),
        *((x, [1, 2, 3]), ([1.5, 2.0, 3.0], x), (scalar, 2.5), (True, scalar)),
    ]
    assert_on_xla(
        [row(ufunc, a, b) for a, b in pairs for ufunc in (np.add, np.less_equal)]
    )


# Parameters -------------------------------------------------------------------------


def into(out):
    """Write into it, into its parts, and into what it overlaps."""
    x = np.arange(24.0).reshape(4, 6)
    a = np.add(x, 1, out=out)
    b = np.multiply(out, out, out)
    np.sqrt(out[1:], out=out[:-1])
    np.negative(out[:, ::2], out=(out[:, ::2],))
    np.add(out.T, 0.5, out=out.T)
    out[0] += out[1]
    out[::2] -= 1
    return a is out, b is out


def into_another_dtype(i, f):
    np.add(i, 1, out=f)
    np.multiply(f, 2.5, out=i, casting="unsafe")
    np.less(f, 3, out=i, casting="unsafe")
    return i, f


def into_broadcast(out):
    np.add([1.0, 2.0, 3.0], 1, out=out)
    np.negative(out[0], out=out)
    return np.add(out, out[:1])


@pytest.mark.parametrize("fn", [into, into_broadcast])
def test_out(fn):
    shape = (4, 6) if fn is into else (4, 3)
    assert_parity(fn, np.zeros(shape), expect_xla=True)
    assert_parity(fn, np.zeros(shape, order="F"), expect_xla=True)


def test_out_of_another_dtype():
    assert_parity(into_another_dtype, np.arange(5), np.ones(5), expect_xla=True)
    assert_parity(into_another_dtype, np.arange(5), np.ones(5, "f"), expect_xla=True)


def masked(x, out, mask):
    np.sqrt(x, out=out, where=mask)
    np.add(x, 1, out=out[::-1], where=mask[::-1])
    np.negative(out, where=mask[0], out=out)
    np.exp(x, out=out, where=False)
    return np.add(x, out, where=True)


def test_where():
    x = np.abs(sample("d", 4, 6)) + 1
    mask = sample("?", 4, 6)
    assert_parity(masked, x, np.zeros((4, 6)), mask, expect_xla=True)


def test_dtype_casting_signature():
    i, f, d = sample("i", 5), sample("f", 5), sample("d", 5)
    assert_on_xla(
        [
            row(np.add, i, 1, dtype=float),
            row(np.add, f, f, dtype="d"),
            row(np.add, d, 2, dtype="f", casting="same_kind"),
            row(np.multiply, d, d, dtype=int, casting="unsafe"),
            row(np.true_divide, i, i + 20, dtype="f"),
            row(np.sqrt, f, signature="d->d"),
            row(np.less, i, f, signature=("d", "d", "?")),
            row(np.equal, i, f, dtype="?"),
        ]
    )


ERRORS = [
    row(np.add, np.ones(3), np.ones(4)),
    row(np.add, np.ones(3)),
    row(np.add, np.ones(3), 1, casting="no", dtype=int),
    row(np.invert, np.ones(3)),
    row(np.subtract, np.ones(2, bool), np.ones(2, bool)),
    row(np.power, np.arange(3), -1),
    row(np.power, np.arange(3), np.array([1, -2, 0])),
    row(np.add, np.ones(3), 1, out=np.ones(2)),
    row(np.add, np.ones(3), 1, nonsense=1),
    row(np.left_shift, np.ones(3), 1),
    row(np.less, np.ones(3), "a"),
]


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_errors_are_numpys(error):
    assert_rows([error])


# Methods ----------------------------------------------------------------------------


@pytest.mark.parametrize("ufunc", sorted(REDUCIBLE, key=str), ids=lambda f: f.__name__)
def test_reduce(ufunc):
    rows = []
    for code in dtypes_of(ufunc):
        if code in "FD" and ufunc in (np.maximum, np.minimum):
            continue
        x = sample(code, 3, 4)
        rows += [row(ufunc.reduce, x, axis=axis) for axis in (0, 1, -1, None, (0, 1))]
        rows += [
            row(ufunc.reduce, x, keepdims=True),
            row(ufunc.reduce, x[1]),
            row(ufunc.reduce, x, axis=()),
            row(ufunc.reduce, x, initial=1),
            row(ufunc.reduce, x, initial=1, where=x > 0, axis=1),
        ]
    # NumPy begins with `initial`; some of its loops fuse complex products.
    assert_on_xla(rows, calls=2, max_ulp=4)


def test_reduce_into():
    def into(x, out):
        np.add.reduce(x, axis=0, out=out)
        return np.maximum.reduce(x, out=out[1:])

    x = sample("d", 3, 4)
    assert_parity(into, x, np.zeros(4))  # raises: a wrong shape
    assert_parity(lambda x, out: np.add.reduce(x, 0, None, out), x, np.zeros(4))
    assert_parity(lambda x, out: np.add.reduce(x, 0, float, out), x, np.zeros(4, "f"))


@pytest.mark.parametrize("ufunc", [np.add, np.multiply, np.maximum, np.subtract])
def test_other_methods(ufunc):
    x = sample("d", 3, 4)
    assert_rows(
        [
            row(ufunc.accumulate, x),
            row(ufunc.accumulate, x, axis=1),
            row(ufunc.outer, x[0], x[:, 0]),
            row(ufunc.reduceat, x, [0, 2], axis=1),
            row(ufunc.at, x.copy(), [0, 0, 1], 2.0),
            row(ufunc.reduce, x),
        ]
    )
