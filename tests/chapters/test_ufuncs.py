"""Universal functions: every ufunc, every loop, every parameter."""

import numpy as np
import pytest

import npjit
from npjit._chapters.ufuncs import (
    INEXACT,
    MISFOLDED,
    REDUCIBLE,
    SCATTERED,
    UFUNCS,
)
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
            row(np.sqrt, abs(f), signature="d->d"),
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


@pytest.mark.parametrize("ufunc", [np.maximum, np.minimum, np.fmax, np.add])
def test_a_third_argument_by_position(ufunc):
    """Of which `np.maximum` and `np.minimum` warn."""

    def into(x, y):
        ufunc(x, 1, y)
        return ufunc(y, 2, None), ufunc(x, 0, out=y)

    assert_parity(into, sample("d", 3, 4), np.zeros((3, 4)))


#: ufuncs of two operands of one dtype that fold and accumulate.
FOLDING = [u for u in BINARY if u.nout == 1 and u is not np.ldexp]
#: The results of these come from cancellation: a few ulps of the operands.
LOOSE = {"logaddexp", "logaddexp2"}


def calls_along(ufunc, x):
    """Folding and accumulating, as far as NumPy has a loop for it."""
    ways = [
        row(ufunc.accumulate, x),
        row(ufunc.accumulate, x, axis=-1),
        row(ufunc.outer, x, x[0]),
    ]
    if ufunc not in MISFOLDED and (x.dtype != "e" or ufunc not in HALF_CARRIED):
        ways += [row(ufunc.reduce, x), row(ufunc.reduce, x, axis=-1, keepdims=True)]
        ways += [row(ufunc.reduce, x, initial=2), row(ufunc.reduce, x, axis=None)]
        ways += [row(ufunc.reduce, x, initial=3, where=x > 0)]
    for way in ways:
        try:
            with np.errstate(all="ignore"):
                way.func(*way.args, **way.kwargs)
        except (TypeError, ValueError):
            continue
        yield way


HALF_CARRIED = (np.add, np.multiply, np.subtract, np.divide)


@pytest.mark.parametrize("ufunc", FOLDING, ids=lambda f: f.__name__)
def test_along_an_axis(ufunc):
    rows = []
    for code in "?bBlefdFD":
        if code in "?bBl" and ufunc is np.power:
            continue  # raises for negative exponents
        if code in "FD" and (ufunc in INEXACT or ufunc in EXTREMES):
            continue
        if code == "F" and ufunc is np.multiply:
            continue  # NumPy fuses products in some loops
        rows += calls_along(ufunc, sample(code, 3, 4))
    bound = {"rtol": 1e-5, "atol": 1e-6} if ufunc.__name__ in LOOSE else {"max_ulp": 8}
    assert_on_xla(rows, calls=1, **bound)


EXTREMES = (np.maximum, np.minimum, np.fmax, np.fmin)


def test_outer_of_numbers_and_dtypes():
    x, i = sample("d", 3), sample("b", 4)
    rows = [row(np.multiply.outer, x, 2), row(np.less.outer, 1.5, i)]
    rows += [row(np.add.outer, i, x[None]), row(np.subtract.outer, x, i, dtype="f")]
    rows += [row(np.true_divide.outer, i, 3), row(np.add.outer, np.float32(2), i)]
    assert_on_xla(rows)
    assert_rows([row(np.add.outer, x, x, out=np.zeros((3, 3)))])


def test_loops_that_numpy_keeps():
    x, i = np.abs(sample("d", 3, 4)) + 0.5, sample("l", 3, 4)
    rows = [row(u.reduce, x, axis=1) for u in MISFOLDED]
    rows += [row(np.power.accumulate, i), row(np.subtract.reduce, x.astype("e"), 1)]
    rows += [row(np.maximum.accumulate, sample("D", 4)), row(np.ldexp.outer, x, i)]
    rows += [row(np.add.reduceat, x, [0, 2], axis=1)]
    assert_rows(rows)


AT = np.array([0, 1, 1, 3, 0, -1, 1])


def at(ufunc, a, indices, values):
    ufunc.at(a, indices, values)
    ufunc.at(a, [1, 1], values[:2])
    ufunc.at(a[::2], 0, values[0])
    return a * 1


@pytest.mark.parametrize("ufunc", sorted(SCATTERED, key=str), ids=lambda f: f.__name__)
def test_at(ufunc):
    """Elements that are chosen twice are written twice, in order."""
    rows = [
        row(at, ufunc, sample(code, 5), AT, sample(code, 7, seed=1))
        for code in NUMERIC.replace("?", "")
        if ufunc is not np.multiply or code not in "FD"
    ]
    assert_on_xla(rows, vary=lambda rng, rows: None)


def at_many(a, i, j, v):
    np.add.at(a, (i, j), v)
    np.add.at(a, (i, slice(1, 3)), 1.5)
    np.subtract.at(a, i, a[1])
    np.add.at(a, (slice(None), j), 2)
    np.multiply.at(a, (..., j), v)
    np.add.at(a[1:], i[:2], a[:2])


def test_at_of_several_axes():
    args = sample("d", 4, 6), np.array([0, 1, 1, 2]), np.array([1, 0, 0, 5])
    keep = {"vary": lambda rng, *args: None}
    assert_parity(at_many, *args, sample("d", 4), expect_xla=True, **keep)


def at_edges(a, edges, v):
    i, j = edges.T
    np.add.at(a, i, v)
    np.subtract.at(a, j[::-1], v[::-1])
    np.add.at(a, edges.T, np.asfortranarray(np.stack([v, v * 1e9])))


def test_at_goes_through_any_layout_in_c_order():
    edges = np.array([[0, 1], [1, 2], [2, 0], [0, 1], [1, 1], [1, 0]])
    v = sample("d", 6) * 10.0 ** np.arange(-6, 12, 3)
    expected, found = np.zeros(3), np.zeros(3)
    at_edges(expected, edges, v)
    npjit.accelerate(at_edges, mode="jit", strict=True)(found, edges, v)
    np.testing.assert_array_equal(found, expected)


AT_ON_THE_HOST = [
    row(np.add.at, np.zeros(4, int), AT[:4], np.arange(4.0)),  # raises
    row(np.add.at, np.ones(4, "f"), AT, 1.3),  # adds in double
    row(np.add.at, np.ones(4), [1, 9], 1.3),  # raises
    row(np.add.at, np.ones(4), sample("?", 4), 1.3),
    row(np.add.at, np.ones(4, bool), AT, True),
    row(np.add.at, np.ones(4), AT),  # raises
    row(np.negative.at, np.ones(4), AT),
    row(np.divide.at, np.ones(4), AT, 3.0),
    row(np.add.at, np.ones((3, 4)), ([[0, 2], [1, 1]], [[0, 1], [3, 3]]), 1.0),
]


@pytest.mark.parametrize("each", AT_ON_THE_HOST, ids=str)
def test_at_wherever_it_runs(each):
    assert_rows([each], vary=lambda rng, rows: None)
