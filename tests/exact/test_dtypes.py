"""Result dtypes: NumPy's for every pair of dtypes, in the loop that it chooses."""

from __future__ import annotations

import functools
import inspect

import numpy as np
import pytest

from npjit._chapters.registry import OPERATIONS, Kind
from npjit._chapters.ufuncs import UFUNCS
from npjit.testing import assert_parity
from tests.chapters._rows import NUMERIC, row, sample
from tests.conftest import is_long
from tests.exact._tables import assert_outcomes, codes, pairs, some_pairs

#: Python numbers, whose dtype is weak.
WEAK = (True, 1, -1, 1.5, 1j)
CASTINGS = ("no", "equiv", "safe", "same_kind", "unsafe")
LOWERED = [u for u in UFUNCS if u is not np.isnat]
BINARY = [u for u in LOWERED if u.nin == 2]
#: One ufunc of each set of loops; all of them in a long run.
VARIOUS = LOWERED if is_long() else list({tuple(u.types): u for u in LOWERED}.values())
#: Elementary functions are within some ulps, sums within a bound: see test_numbers.py.
NEAR = {"rtol": 1e-3, "atol": 1e-3}


def name(func):
    return func.__name__


def x(code, seed=0):
    """A matrix that most functions take; floats of it are regular."""
    a = sample(code, 3, 3, seed=seed)
    return a if code == "?" else (a + 9 * np.eye(3)).astype(code)


# Ufuncs -----------------------------------------------------------------------------


def operands_of(u):
    if u.nin == 1:
        return [(sample(c, 3),) for c in NUMERIC]
    of_pairs = [(sample(c, 3), sample(d, 3, seed=1)) for c, d in pairs()]
    weak = [(sample(c, 3), number) for c in NUMERIC for number in WEAK]
    return of_pairs + weak + [(number, a) for a, number in weak]


@pytest.mark.parametrize("u", LOWERED, ids=name)
def test_every_pair_of_dtypes(u):
    rows = [row(u, *operands) for operands in operands_of(u)]
    assert_outcomes(rows, modes=["host"], calls=1)


def loops_of(u):
    """Operands for the loops of a ufunc, by way of ever other dtypes."""
    found = {}
    for operands in operands_of(u):
        types = [getattr(o, "dtype", type(o)) for o in operands]
        types = [np.dtype(bool) if t is bool else t for t in types]
        try:
            loop = u.resolve_dtypes((*types, *[None] * u.nout))
        except (TypeError, ValueError):
            continue
        found.setdefault(loop, []).append(operands)
    shift, step = LOWERED.index(u), 1 if is_long() else 2
    chosen = [choices[shift % len(choices)] for choices in found.values()]
    return chosen[shift % step :: step]


@pytest.mark.parametrize("u", VARIOUS, ids=name)
def test_every_loop_on_xla(u):
    rows = [row(u, *operands) for operands in loops_of(u)]
    assert_outcomes(rows, reports=False, modes=["jit"], calls=1, **NEAR)


@pytest.mark.parametrize("u", [np.add], ids=name)
def test_every_pair_of_dtypes_on_xla(u):
    rows = [row(u, sample(c, 3), sample(d, 3, seed=1)) for c, d in pairs()]
    assert_outcomes(rows, modes=["jit"], calls=1, expect_xla=True)


# Parameters -------------------------------------------------------------------------


def into(func, out, *args, **kwargs):
    """What a call with `out` returns: whether that, and what it holds."""
    return func(*args, out=out, **kwargs) is out, out


def outs_of(u, code):
    outs = tuple(np.zeros(3, code) for _ in range(u.nout))
    return outs if u.nout > 1 else outs[0]


def parametrized(u, codes):
    for c in codes:
        # Where a power raises, what `out` holds is left open.
        operands = [np.abs(sample(c, 3, seed=k)).astype(c) for k in range(u.nin)]
        for d in codes:
            yield row(u, *operands, dtype=d)
            yield row(u, *operands, dtype=d, casting="unsafe")
            yield row(into, u, outs_of(u, d), *operands)
            yield row(into, u, outs_of(u, d), *operands, casting="unsafe")


@pytest.mark.parametrize("u", VARIOUS, ids=name)
def test_dtype_casting_and_out(u):
    assert_outcomes(parametrized(u, codes()), modes=["host"], calls=1)


@pytest.mark.parametrize("u", [np.multiply, np.greater], ids=name)
def test_dtype_casting_and_out_on_xla(u):
    rows = parametrized(u, NUMERIC if is_long() else "?bfD")
    assert_outcomes(rows, reports=False, modes=["jit"], calls=1, expect_xla=True)


@pytest.mark.parametrize("u", [np.add, np.sqrt, np.equal, np.divmod], ids=name)
def test_every_casting(u):
    rows = []
    for c in codes():
        operands = [sample(c, 3, seed=k) for k in range(u.nin)]
        for how in CASTINGS:
            rows += [row(u, *operands, dtype=d, casting=how) for d in codes()]
            rows += [row(into, u, outs_of(u, d), *operands, casting=how) for d in "bfD"]
            rows += [row(u, *operands, casting=how), row(u, operands[0], casting=how)]
    assert_outcomes(rows, modes=["host"], calls=1)


@pytest.mark.parametrize("number", WEAK, ids=str)
def test_python_numbers_with_dtype_and_out(number):
    rows = []
    for u in (np.add, np.true_divide, np.less, np.power):
        for c in codes():
            a = sample(c, 3)
            rows += [row(u, a, number, dtype=d) for d in codes()]
            rows += [row(u, number, a, dtype=d, casting="unsafe") for d in codes()]
            if u is not np.power:
                rows += [row(into, u, np.zeros(3, d), a, number) for d in codes()]
    assert_outcomes(rows, modes=["host"], calls=1)


# Methods of ufuncs ------------------------------------------------------------------


@pytest.mark.parametrize("u", [u for u in BINARY if u.nout == 1], ids=name)
def test_methods(u):
    rows = [row(u.outer, sample(c, 3), sample(d, 2)) for c, d in some_pairs(3)]
    for c in codes():
        for dtype in (None, *codes()):
            rows.append(row(u.reduce, sample(c, 3, 4), dtype=dtype))
            rows.append(row(u.accumulate, sample(c, 3, 4), dtype=dtype))
    assert_outcomes(rows, modes=["host"], calls=1)


# Functions of one array, with dtype= and out= ---------------------------------------

ONE = [
    *(np.sum, np.prod, np.mean, np.var, np.std, np.any, np.all, np.max, np.min, np.ptp),
    *(np.count_nonzero, np.argmax, np.argmin, np.cumsum, np.cumprod, np.ediff1d),
    *(np.median, np.nanmedian, np.nansum, np.nanprod, np.nancumsum, np.nancumprod),
    *(np.nanmax, np.nanmin, np.nanmean, np.nanvar, np.nanstd, np.average, np.cov),
    *(np.diff, np.gradient, np.trapezoid, np.unwrap, np.sinc, np.i0, np.angle),
    *(np.round, np.fix, np.isposinf, np.nan_to_num, np.isreal, np.real, np.imag),
    *(np.sort, np.sort_complex, np.trace, np.diag, np.tril, np.triu, np.copy, np.roll),
    *(np.zeros_like, np.ones_like, np.vander, np.tile, np.repeat, np.pad, np.histogram),
    *(np.quantile, np.percentile, np.full_like, np.cumulative_sum, np.cumulative_prod),
    *(np.fft.fft, np.fft.ifft, np.fft.rfft, np.fft.irfft, np.fft.fft2, np.fft.fftshift),
    *(np.linalg.det, np.linalg.slogdet, np.linalg.inv, np.linalg.norm, np.linalg.pinv),
    *(np.linalg.eigvalsh, np.linalg.svdvals, np.linalg.cond, np.linalg.matrix_norm),
    *(np.linalg.vector_norm, np.linalg.matrix_power, np.linalg.qr, np.linalg.eigh),
    *(np.linalg.cholesky, np.linalg.svd, np.linalg.trace, np.amax, np.amin, np.around),
    *(np.fft.fftn, np.fft.ifft2, np.fft.ifftn, np.fft.rfft2, np.fft.rfftn),
    *(np.fft.irfft2, np.fft.irfftn),
]
#: What a function wants besides an array.
MORE = {
    **dict.fromkeys((np.tile, np.repeat, np.linalg.matrix_power, np.full_like), (2,)),
    **dict.fromkeys((np.pad, np.roll), (1,)),
    np.quantile: (0.3,),
    np.percentile: ([30, 60],),
}
AXIS = {np.cumulative_sum: {"axis": 0}, np.cumulative_prod: {"axis": 1}}


def of_one(func, c):
    a = x(c)[0] if func is np.vander else x(c)
    return row(func, a, *MORE.get(func, ()), **AXIS.get(func, {}))


@pytest.mark.parametrize("func", ONE, ids=name)
def test_functions_of_one_array(func):
    rows = [of_one(func, c) for c in NUMERIC]
    assert_outcomes(rows, calls=1, modes=["host"])
    some = rows if is_long() else rows[ONE.index(func) % 2 :: 2]
    assert_outcomes(some, calls=1, modes=["jit"], reports=False, **NEAR)


DTYPED = [
    *(np.sum, np.prod, np.mean, np.var, np.std, np.cumsum, np.cumprod, np.trace),
    *(np.nansum, np.nanmean, np.nanprod, np.nanvar, np.ones_like),
]
INTO = [
    *(np.sum, np.prod, np.mean, np.var, np.std, np.max, np.min, np.any, np.all, np.ptp),
    *(np.argmax, np.median, np.nansum, np.cumsum, np.cumprod, np.add.reduce),
    *(np.add.accumulate, np.logical_and.reduce, np.maximum.reduce),
]
RUNNING = (np.cumsum, np.cumprod, np.add.accumulate)


@pytest.mark.parametrize("func", DTYPED, ids=name)
def test_dtype_of_functions(func):
    rows = [row(func, x(c), dtype=d) for c in NUMERIC for d in NUMERIC]
    assert_outcomes(rows, modes=["host"], calls=1)
    rows = [row(func, x(c), dtype=d) for c, d in some_pairs(DTYPED.index(func))]
    assert_outcomes(rows, reports=False, modes=["jit"], calls=1, **NEAR)


@pytest.mark.parametrize("func", INTO, ids=name)
def test_out_of_functions(func):
    shape = (3, 3) if func in RUNNING else 3
    rows = [row(into, func, np.zeros(shape, d), x(c), axis=0) for c, d in pairs()]
    assert_outcomes(rows, modes=["host"], calls=1)
    some = [rows[pairs().index(pair)] for pair in some_pairs(INTO.index(func))]
    assert_outcomes(some, reports=False, modes=["jit"], calls=1, **NEAR)


# Functions of two arrays ------------------------------------------------------------


def where(x, y):
    numbers = [np.where(x > 0, x, number) for number in WEAK]
    return [np.where(x > 0, x, y), *numbers, np.where(x > 0, 1.5, y)]


def clip(x, y):
    return [np.clip(x, y, y), np.clip(x, 0, y), np.clip(x, y, 5.0), x.clip(1, 3)]


def clip_into(x, y):
    return np.clip(x, 0, 3, out=y), np.round(x, out=np.zeros_like(y))


def join(x, y):
    whole = [np.concatenate([x, y]), np.stack([x, y]), np.hstack([x, y])]
    stacks = [np.vstack([x, y]), np.dstack([x, y]), np.column_stack([x, y])]
    return [*whole, *stacks, np.append(x, y), np.block([[x], [y]])]


def choose(x, y):
    return [np.select([x > 0], [x], y[0, 0]), np.choose([0, 1, 0], [x, y])]


def products(x, y):
    of_matrices = [np.matmul(x, y), np.dot(x, y), np.inner(x, y), np.tensordot(x, y)]
    of_rows = [np.vdot(x, y), np.outer(x[0], y[0]), np.kron(x[0], y[0]), x[0] @ y[0]]
    vectors = [np.vecdot(x, y), np.matvec(x, y[0]), np.vecmat(x[0], y)]
    return [*of_matrices, *of_rows, *vectors, np.einsum("ij,jk->ik", x, y)]


def products_of_linalg(x, y):
    of_matrices = [np.linalg.matmul(x, y), np.linalg.tensordot(x, y)]
    of_rows = [np.linalg.vecdot(x, y), np.linalg.outer(x[0], y[0])]
    return [*of_matrices, *of_rows, np.linalg.cross(x, y)]


def slide(x, y):
    return [np.convolve(x[0], y[0]), np.correlate(x[0], y[0], "same"), np.cross(x, y)]


def find(x, y):
    places = np.searchsorted(np.sort(x[0]), y[0]), np.digitize(x[0], np.sort(y[0]))
    return [*places, np.isin(x, y), np.lexsort((x[0], y[0]))]


def interpolate(x, y):
    return np.interp(x[0], np.arange(3.0), y[0])


def span(x, y):
    return [np.linspace(x[0], y[0], 4), np.meshgrid(x[0], y[0])]


def compare(x, y):
    return [np.isclose(x, y), np.allclose(x, y), np.array_equal(x, y)]


def of_polynomials(x, y):
    return [np.polyval(x[0], y[0]), np.polyadd(x[0], y[0])]


def average(x, y):
    return [np.average(x, weights=y), np.cov(x[0], y[0])]


def write(x, y):
    a, b, c = x.copy(), x.copy(), x.copy()
    a[...] = y
    b[0] = y[1]
    b[1, 1] = y[2, 2]
    np.copyto(c[1:], y[1:], casting="unsafe")
    np.putmask(c, c > 1, y)
    return a, b, c


def in_place(x, y):
    x += y
    x *= y
    return x


def power_in_place(x, y):
    x **= 2
    x -= y
    return x


TWO = [
    *(where, clip, clip_into, join, choose, products, slide, find, interpolate, span),
    products_of_linalg,
    *(compare, of_polynomials, average, write, in_place, power_in_place),
    *(np.linalg.solve, np.linalg.multi_dot),
]


def of_two(func, c, d):
    a, b = x(c), x(d, 1)
    return row(func, [a, b]) if func is np.linalg.multi_dot else row(func, a, b)


@pytest.mark.parametrize("func", TWO, ids=name)
def test_functions_of_two_arrays(func):
    rows = [of_two(func, c, d) for c, d in pairs()]
    assert_outcomes(rows, modes=["host"], calls=1)
    rows = [of_two(func, c, d) for c, d in some_pairs(TWO.index(func))]
    assert_outcomes(rows, reports=False, modes=["jit"], calls=1, **NEAR)


def test_no_function_is_forgotten():
    """Every lowered function of NumPy stands in a table."""
    sources = [inspect.getsource(func) for func in TWO if inspect.isfunction(func)]
    text = "\n".join(sources)
    missing = [
        op.name
        for func, op in OPERATIONS.items()
        if op.kind in (Kind.FUNCTION, Kind.REDUCTION)
        and func not in ONE + TWO
        and not isinstance(getattr(func, "__self__", None), np.ufunc)
        and f"{op.name}(" not in text
    ]
    assert set(missing) == OTHERWISE


#: In other tables (`places`, test_casts.py, test_statistics.py), of no defined value,
#: or NumPy's own parts.
OTHERWISE = {
    *("np.argsort", "np.astype", "np.bincount", "np.empty_like"),
    *("np.linalg._umath_linalg.inv", "np.linalg._umath_linalg.svd"),
}


# Rows of the list of differences ----------------------------------------------------


def narrow_ints(i):
    """JAX takes float32 for ints of up to 32 bits, NumPy float64 or the next float."""
    f = i.astype("d")
    made = [i / 3, i / i, np.mean(i), np.var(i), np.std(i), np.average(i), np.sqrt(i)]
    made += [np.exp(i), np.sin(i), np.quantile(i, 0.25), np.interp(1.5, i, f)]
    made += [np.gradient(i), np.trapezoid(i), np.median(i), np.hypot(i, i)]
    return [*made, np.linalg.norm(i), np.linalg.det(np.stack([i[:2], i[1:3]]))]


def mixed(i, h, u, f, e, z):
    """JAX keeps the float of an int and a float; NumPy takes one that holds both."""
    return [i + f, h + e, i * z, u + i, u * i, f + 1, e + 2.5, i + 1.5, h * 2, u + 1]


def narrow_sums(b, i, e, flag):
    """JAX's running sums keep int32; NumPy's and its sums have 64 bits."""
    runs = [np.cumsum(b), np.cumprod(b), np.nancumsum(i), np.cumulative_sum(i)]
    sums = [np.sum(b), np.prod(i), np.sum(flag), np.cumsum(flag), np.add.accumulate(b)]
    return [*runs, *sums, np.sum(e), np.mean(e), np.mean(b), b.mean(), flag.sum()]


def places(x, i):
    """JAX's places are int32, its counts floats; NumPy's are int64, but for frexp."""
    found = [np.searchsorted(x, 2.0), np.digitize(x, x), np.argmax(x), np.argsort(i)]
    counts = [*np.histogram(x, 3), np.count_nonzero(x), *np.nonzero(x)]
    return [*found, *counts, *np.frexp(x)]


def beyond_int32(i):
    """Outside of x64 mode JAX refuses them."""
    return i + 2**40, np.full(3, 2**40), i * 2**31, np.arange(3) + 2**62


def rare_dtypes(x, i):
    """XLA has none of these dtypes: they are NumPy's, mixed with those it has."""
    wide, swapped = x.astype("g"), x.astype(">f8")
    objects, words = np.array([1, "a", None], object), np.array(["a", "b", "c"])
    days = np.array(["2020-01-01"] * 3, "M8[D]") + i
    return wide + x, swapped * 2, objects, words == "a", days, x + (wide > 1)


ISSUES = {
    "jax-to-inexact-int8": (narrow_ints, np.array([1, 2, 4], "b")),
    "jax-to-inexact-uint16": (narrow_ints, np.array([1, 2, 4], "H")),
    "jax-to-inexact-int32": (narrow_ints, np.array([1, 2, 4], "i")),
    "jax-lattice": (mixed, *[sample(c, 4) for c in "ihLfeF"]),
    "jax-cumsum-int32": (
        narrow_sums,
        np.array([100, 100, 100], "b"),
        np.array([2**31 - 1, 2, 3], "i"),
        np.array([2000, 2000, 2001], "e"),
        np.array([True, True, True]),
    ),
    "jax-searchsorted-int32": (places, np.array([1.0, 2.0, 5.0]), np.arange(3)),
    "jax-int-beyond-int32": (beyond_int32, np.arange(3)),
    "jax-no-such-dtype": (rare_dtypes, np.array([0.5, 1, 2]), np.arange(3)),
}


@pytest.mark.parametrize("case", ISSUES.values(), ids=list(ISSUES))
def test_where_jax_differs(case):
    func, *args = case
    near = {"max_ulp": 4} if func is narrow_ints else {}
    assert_parity(func, *args, expect_xla=True, **near)


def test_x64_does_not_leak():
    """JAX's own code, in the same process, has the precision that its user chose."""
    jnp = pytest.importorskip("jax.numpy")
    before = jnp.arange(3).dtype, jnp.ones(2).dtype
    assert_parity(functools.partial(np.add, 1.5), np.arange(3), modes=["jit"])
    assert (jnp.arange(3).dtype, jnp.ones(2).dtype) == before
