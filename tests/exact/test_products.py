"""Products of vectors and matrices: every pair of dtypes, errors, error bounds."""

import itertools

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from tests.chapters._rows import NUMERIC, assert_on_xla, row, sample
from tests.exact._rows import assert_outcomes, outcomes

PAIRS = list(itertools.product(NUMERIC, NUMERIC))
#: A callable and the shapes of its operands.
PRODUCTS = {
    "matmul": (np.matmul, (3, 4), (4, 2)),
    "dot": (np.dot, (3, 4), (4, 2)),
    "inner": (np.inner, (2, 4), (4,)),
    "outer": (np.outer, (2,), (3,)),
    "vdot": (np.vdot, (4,), (4,)),
    "tensordot": (lambda a, b: np.tensordot(a, b, 1), (2, 3), (3,)),
    "einsum": (lambda a, b: np.einsum("ij,j", a, b), (2, 3), (3,)),
    "vecdot": (np.vecdot, (2, 4), (4,)),
    "matvec": (np.matvec, (2, 3), (3,)),
    "vecmat": (np.vecmat, (3,), (3, 2)),
    "kron": (np.kron, (2,), (3,)),
    "cross": (np.cross, (2, 3), (3,)),
}


def whole(code, shape, seed=0):
    """Whole numbers, of which no product is rounded."""
    x = sample(code, *shape, seed=seed)
    return x if x.dtype.kind in "?iu" else (x * 2).round().astype(code)


def of_every_pair(name):
    func, first, second = PRODUCTS[name]
    operands = [(whole(c, first), whole(d, second, 1)) for c, d in PAIRS]
    if name == "cross":  # NumPy refuses to subtract bools
        operands = [pair for pair in operands if np.result_type(*pair).kind != "b"]
    return func, operands


def each(func, operands):
    return [func(a, b) for a, b in operands]


@pytest.mark.parametrize("name", PRODUCTS)
def test_dtypes_of_every_pair(name):
    func, operands = of_every_pair(name)
    assert_parity(each, func, operands, modes=["host"], calls=1)


@pytest.mark.parametrize("name", ["inner", "vdot"])
def test_every_pair_on_xla(name):
    func, operands = of_every_pair(name)
    # A tolerance leaves open the sign of zero: of a sum it depends on the order.
    assert_parity(each, func, operands, modes=["jit"], calls=1, atol=1e-300)


@pytest.mark.parametrize("code", NUMERIC)
def test_python_numbers_are_arrays_here(code):
    """No weak numbers: `np.dot` makes arrays of its operands."""
    x = whole(code, (3,))
    funcs = np.dot, np.outer, np.inner, np.kron
    rows = [row(f, x, n) for f in funcs for n in (2, 300, 2.0, 1j, True)]
    assert_outcomes(rows, step=6)


# Numbers ----------------------------------------------------------------------------


@pytest.mark.parametrize("code", "bhilBHIL")
def test_ints_wrap_around(code):
    x = np.full((3, 50), np.iinfo(code).max, code)
    x[0] = np.iinfo(code).min
    rows = [row(np.matmul, x, x.T), row(np.vdot, x, x), row(np.inner, x, x[1])]
    rows += [row(np.einsum, "ij,kj->ik", x, x), row(np.outer, x, x[1])]
    rows += [row(np.trace, x @ x.T), row(np.linalg.matrix_power, x[:, :3], 9)]
    assert_on_xla(rows, calls=1)


def test_bools_are_or_and():
    x = sample("?", 2, 600) | True
    y = sample("?", 600, 3, seed=1)
    rows = [row(np.matmul, x, y), row(np.einsum, "ij,jk", x, y), row(np.vdot, x, x)]
    rows += [row(np.trace, y), row(np.linalg.matrix_power, y[:3], 3)]
    assert_on_xla(rows, calls=1)


def test_half_is_summed_in_single():
    """Of 3000 ones a sum in float16 would stay at 2048."""
    x, y = np.ones((2, 3000), "e"), np.ones((3000, 2), "e")
    rows = [row(np.matmul, x, y), row(np.dot, x, y), row(np.vdot, x, x)]
    rows += [row(np.tensordot, x, y, 1), row(np.vecdot, x, x), row(np.inner, x, x)]
    assert_on_xla(rows, calls=1)


def test_half_in_einsum_is_summed_as_numpy_does():
    """It stays at 2048 in some of NumPy's loops, and not in others."""
    x, y = np.ones((2, 3000), "e"), np.ones((3000, 2), "e")
    texts = {"ij,jk->ik": (x, y), "ij,kj->ik": (x, x), "ij->j": (y,), "ij->i": (x,)}
    rows = [row(np.einsum, text, *arrays) for text, arrays in texts.items()]
    assert_parity(outcomes, rows)


def error_bound(a, b):
    """`n * eps * sum(|a| |b|)`; a complex product is a sum of two in each part."""
    terms = a.shape[-1] * (2 if a.dtype.kind == "c" else 1)
    single = np.promote_types(a.dtype, np.float32)
    sizes = np.abs(a).astype("G") @ np.abs(b).astype("G")
    rounding = np.finfo(a.dtype).eps / 2 if a.dtype == np.float16 else 0
    return (terms * np.finfo(single).eps + rounding) * sizes.real


@pytest.mark.parametrize("code", "efdFD")
def test_bound_of_products(code):
    """`|error| <= n * eps * sum(|a| |b|)`, from the exact product (jax-22881)."""
    programs = [
        lambda a, b: a @ b,
        lambda a, b: np.tensordot(a, b, 1),
        lambda a, b: np.dot(a, b),
        lambda a, b: np.inner(a, b.T),
        lambda a, b: np.vecdot(a.conj()[:, None], b.T),
    ]
    if code != "e":  # that sums in half precision, as NumPy does
        programs.append(lambda a, b: np.einsum("ij,jk", a, b))
    together = npjit.accelerate(lambda a, b: [p(a, b) for p in programs], mode="jit")
    for n in (1, 7, 60, 500):
        a, b = sample(code, 5, n), sample(code, n, 4, seed=1)
        b[n // 2 :] *= -1
        exact = a.astype("G") @ b.astype("G")
        for result in together(a, b):
            assert result.dtype == a.dtype
            assert (np.abs(result - exact) <= error_bound(a, b)).all()


SPECIAL = [0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan]


@pytest.mark.parametrize("code", "fdFD")
def test_nan_and_infinity(code):
    rng = np.random.default_rng(4)
    a, b = (rng.choice(SPECIAL, shape).astype(code) for shape in ((9, 3), (3, 9)))
    if code in "FD":
        a.imag, b.imag = (rng.choice(SPECIAL, x.shape) for x in (a, b))
    rows = [row(np.matmul, a, b), row(np.dot, a, b), row(np.outer, a[0], b[0])]
    rows += [row(np.vdot, a[i], b[:, i]) for i in range(3)]
    assert_on_xla(rows, calls=1, atol=1e-300)


# Shapes and errors ------------------------------------------------------------------

SHAPES = [
    *[((3, 4), (3, 4)), ((4,), (3,)), ((), (4,)), ((), ()), ((4,), (4, 3))],
    *[((0, 4), (4, 2)), ((3, 0), (0, 2)), ((0,), (0,)), ((2, 3, 4), (3, 4, 2))],
    *[((2, 3, 4), (2, 4, 2)), ((1, 3), (2, 1, 3)), ((3,), (3,))],
]
OF_TWO = [f for f, *_ in PRODUCTS.values() if isinstance(f, np.ufunc)]
OF_TWO += [np.dot, np.inner, np.vdot, np.outer, np.kron, np.cross, np.tensordot]
OF_TWO += [getattr(np.linalg, f) for f in ("matmul", "vecdot", "outer", "cross")]
OF_TWO += [np.linalg.tensordot]


@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_shapes(shapes):
    """Empty sums are zero; what does not fit raises NumPy's error."""
    a, b = sample("d", *shapes[0]), sample("d", *shapes[1], seed=1)
    rows = [row(f, a, b) for f in OF_TWO]
    rows += [row(np.tensordot, a, b, axes) for axes in (0, 2, -1, ([0], [0]), ([9], 0))]
    # NumPy's loops and BLAS add in orders of their own.
    assert_outcomes(rows, step=4, rtol=1e-13, atol=1e-13)


EINSUMS = [
    *["ij,jk", "ij,jk->", "ij,ij->i", "ij->j", "ij->", "ji", "ii", "...", "...i", "$"],
    *["ij,k->q", "ij->iq", "i->ii", "i j , j k -> i k", "IJ,JK", "...j,jk->...k", ""],
    *["->", "i.j", "ijk", "ii->i", "ij,jk->ki", ",", "ij,->ij", "j,jk->k", "ij...->ji"],
]


def test_subscripts():
    """Sums, views, and what NumPy refuses."""
    a, b, v, s = sample("d", 3, 4), sample("d", 4, 2), sample("d", 4), np.float64(2)
    rows = []
    for text in EINSUMS:
        given = {",": (s, s), "ij,->ij": (a, s), "j,jk->k": (v, b)}
        operands = given.get(text, (a, b) if "," in text else (a,))
        rows += [row(np.einsum, text, *operands)]
        rows += [row(np.einsum, text, *operands, optimize="greedy")]
    rows += [row(np.einsum, "ii->i", a[:3, :3]), row(np.einsum, a, [0, 1], [1, 0])]
    rows += [
        row(np.einsum, "ij,jk", a, b, **k) for k in ({"dtype": "f4"}, {"order": "F"})
    ]
    rows += [row(np.einsum, "ij,jk", a, b, dtype="f4", casting="same_kind")]
    assert_outcomes(rows, step=3, rtol=1e-13, atol=1e-13)


def test_parameters_of_products():
    """`out`, `dtype`, `axes` and their kin, and what of them NumPy refuses."""
    a, t, z = sample("d", 4, 4), sample("d", 2, 3, 4), sample("D", 4, 4)
    given = [{"dtype": "f"}, {"dtype": "f", "casting": "same_kind"}, {"order": "F"}]
    given += [{"out": np.zeros((4, 4), code)} for code in "dfDl"]
    given += [{"out": np.zeros(4)}, {"out": np.zeros((4, 8))[:, ::2]}, {"axis": 0}]
    given += [{"axes": [(0, 1), (1, 0), (0, 1)]}, {"keepdims": True}, {"where": True}]
    rows = [
        row(f, a, x, **k) for f in (np.matmul, np.dot) for x in (a, z) for k in given
    ]
    rows += [row(np.vecdot, t, t, axis=1), row(np.vecdot, t, t, keepdims=True)]
    rows += [row(np.vecdot, z, t, axis=1), row(np.matvec, a, a[0], out=np.zeros(4))]
    assert_outcomes(rows, step=3, rtol=1e-13, atol=1e-13)
