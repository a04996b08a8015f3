"""`numpy.linalg`: errors, dtypes, vectors, ranks are NumPy's; numbers within rounding.

What LAPACK leaves open (signs of vectors, vectors of equal eigenvalues and of a null
space, pivots that are rounding errors) is computed by NumPy's own.
"""

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from tests.chapters._rows import NUMERIC, assert_on_xla, row, sample
from tests.exact._rows import assert_outcomes, outcomes

LA = np.linalg
#: Two builds of LAPACK round differently: by some eps, times the condition number.
LAPACK = {"rtol": 1e-12, "atol": 1e-13}
TO_SINGLE = {"rtol": 3e-7, "atol": 3e-7}
RNG = np.random.default_rng(11)
GOOD = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]])
SINGULAR = np.array([[1.0, 2.0], [2.0, 4.0]])
STACK = np.stack([np.eye(2), SINGULAR])
OF_ONE = [
    *(LA.inv, LA.det, LA.slogdet, LA.cholesky, LA.eig, LA.eigvals, LA.eigh),
    *(LA.eigvalsh, LA.qr, LA.svd, LA.svdvals, LA.pinv, LA.matrix_rank, LA.cond),
    *(LA.norm, LA.matrix_norm, LA.vector_norm, LA.trace, LA.diagonal),
    *(LA.matrix_transpose, np.trace, np.diagonal),
]


def with_value(value):
    """A matrix whose diagonal is not finite."""
    return np.where(np.eye(3) > 0, value, 1.0)


# Errors -----------------------------------------------------------------------------

FAILING = {
    "jax-1g-singular-inv": (LA.inv, SINGULAR),
    "jax-1g-singular-solve": (LA.solve, SINGULAR, np.ones(2)),
    "jax-1g-one-of-a-stack-is-singular": (LA.inv, STACK),
    "jax-1g-solve-one-of-a-stack": (LA.solve, STACK, np.ones((2, 2, 1))),
    "jax-1g-not-positive-definite": (LA.cholesky, -GOOD),
    "jax-1g-cholesky-one-of-a-stack": (LA.cholesky, np.stack([GOOD, -GOOD])),
    "jax-1g-semi-definite": (LA.cholesky, SINGULAR),
    "jax-1g-eig-of-nan": (LA.eig, with_value(np.nan)),
    "jax-1g-eigvals-of-infinity": (LA.eigvals, with_value(np.inf)),
    "jax-1g-eigh-does-not-converge": (LA.eigh, with_value(np.nan)),
    "jax-1g-eigvalsh-does-not-converge": (LA.eigvalsh, with_value(np.nan)),
    "jax-1g-svd-does-not-converge": (LA.svd, with_value(np.nan)),
    "jax-1g-svdvals-does-not-converge": (LA.svdvals, with_value(np.nan)),
    "jax-1g-pinv-does-not-converge": (LA.pinv, with_value(np.nan)),
    "jax-1g-lstsq-does-not-converge": (LA.lstsq, with_value(np.nan), np.ones(3)),
    "negative-power-of-singular": (LA.matrix_power, SINGULAR, -2),
    "tensorinv-of-singular": (LA.tensorinv, np.ones((4, 2, 2))),
    "tensorsolve-of-singular": (LA.tensorsolve, np.ones((2, 3, 6)), np.ones((2, 3))),
    "inv-of-oblong": (LA.inv, np.ones((2, 3))),
    "det-of-oblong": (LA.det, np.ones((2, 3))),
    "inv-of-vector": (LA.inv, np.ones(3)),
    "qr-of-vector": (LA.qr, np.ones(3)),
    "solve-of-wrong-length": (LA.solve, GOOD, np.ones(2)),
    "lstsq-of-wrong-length": (LA.lstsq, GOOD, np.ones(2)),
    "power-of-oblong": (LA.matrix_power, np.ones((2, 3)), 2),
    "power-that-is-no-integer": (LA.matrix_power, GOOD, 2.0),
    "cond-of-empty": (LA.cond, np.zeros((0, 0))),
    "tensorinv-of-oblong": (LA.tensorinv, np.ones((3, 4))),
    "multi-dot-of-one": (LA.multi_dot, [GOOD]),
    "half-is-refused": (LA.inv, GOOD.astype("e")),
    "longdouble-is-refused": (LA.solve, GOOD.astype("g"), np.ones(3)),
    "wrong-triangle": (LA.eigh, GOOD, "X"),
    "no-mode": (LA.qr, GOOD, "X"),
    "no-such-norm": (LA.norm, GOOD, 3),
    "norm-of-three-axes": (LA.norm, np.ones((2, 2, 2)), None, (0, 1, 2)),
    "norm-of-one-axis-twice": (LA.norm, np.ones((2, 2, 2)), None, (1, 1)),
    "cross-of-two-numbers": (LA.cross, np.ones(2), np.ones(2)),
    "outer-of-matrices": (LA.outer, GOOD, GOOD),
}


@pytest.mark.parametrize("name", FAILING)
def test_errors(name):
    """The same exception, with the same text, in the user's own handler."""
    func, *args = FAILING[name]
    assert_parity(outcomes, [row(func, *args)], calls=1)
    with pytest.raises((LA.LinAlgError, TypeError, ValueError)):
        npjit.accelerate(lambda: func(*args), mode="jit")()


def test_singular_matrices_that_do_not_raise():
    """Determinants of them are zero, or rounding errors; `cond` is infinite."""
    matrices = [SINGULAR, np.zeros((3, 3)), np.ones((3, 3)), STACK, np.eye(4)[::-1]]
    matrices += [np.arange(1.0, 10).reshape(3, 3), with_value(np.nan), GOOD * 1e200]
    funcs = LA.det, LA.slogdet, LA.matrix_rank, LA.cond
    assert_outcomes([row(f, m) for f in funcs for m in matrices], step=3)


def test_subnormal_determinants():
    """XLA would flush them to zero."""
    matrices = [np.diag([1e-30, 1e-12]).astype("f"), GOOD * 1e-104, np.eye(2) * 1e-200]
    assert_parity(outcomes, [row(LA.det, m) for m in matrices], calls=1)


# dtypes -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*NUMERIC, *"gGO"])
def test_dtypes(code):
    """float32 stays float32; ints and bools become float64 (jax: float32)."""
    a = (GOOD + 3 * np.eye(3)).astype(code)
    rows = [row(f, a) for f in OF_ONE]
    rows += [row(LA.solve, a, b.astype(code)) for b in (GOOD, GOOD[0])]
    rows += [row(LA.solve, a, GOOD[0]), row(LA.solve, GOOD.astype("f"), a)]
    rows += [row(LA.lstsq, a, a[0]), row(LA.matrix_power, a, 3), row(LA.cond, a, 1)]
    rows += [row(LA.matrix_power, a, -1), row(LA.multi_dot, [a, a, a[0]])]
    rows += [row(LA.norm, a, p) for p in (1, 2, "nuc", np.inf)]
    # What is computed after NumPy's vectors of float32 is rounded once more.
    tolerance = {"rtol": 2e-6, "atol": 2e-6} if code in "fF" else LAPACK
    half = {"rtol": 2e-3} if code == "e" else tolerance
    assert_outcomes(rows, step=3 if code == "F" else 7, **half)


def test_every_pair_of_dtypes_in_equations():
    pairs = [(c, d) for c in NUMERIC for d in NUMERIC]
    rows = [row(LA.solve, GOOD.astype(c), np.ones(3, d)) for c, d in pairs]
    assert_outcomes(rows, step=23, **TO_SINGLE)


def test_jax_1g_closed_forms_of_small_determinants():
    """jax has formulas of its own for up to three rows; ints are not multiplied."""
    matrices = [np.zeros((0, 0)), np.zeros((2, 0, 0)), [[3]], [[3.5]], [[0]], [[1j]]]
    matrices += [[[3, 1], [1, 2]], [[1.5, 2], [3, -4]], [[1j, 2], [3, 4]], -GOOD]
    matrices += [
        np.array([[2**31 - 1, 1], [1, 2]], "i"),
        np.array([[200, 100]] * 2, "B"),
    ]
    matrices += [np.eye(3, dtype="?"), GOOD.astype("f"), np.stack([GOOD, GOOD.T])]
    rows = [row(f, np.array(m)) for f in (LA.det, LA.slogdet) for m in matrices]
    assert_outcomes(rows, step=2, rtol=1e-14)


# What LAPACK leaves open ------------------------------------------------------------


def symmetric(rng, n, kind, is_complex):
    """Matrices with simple, close and equal eigenvalues, and with null spaces."""
    noise = rng.normal(size=(n, n)) + 1j * is_complex * rng.normal(size=(n, n))
    q = LA.qr(noise)[0]
    kinds = {
        "random": lambda: noise,
        "ill-conditioned": lambda: (q * 10.0 ** rng.uniform(-14, 0, n)) @ q.conj().T,
        "equal": lambda: (q * rng.integers(0, 3, n)) @ q.conj().T,
        "close": lambda: (q * (1 + 1e-10 * np.arange(n))) @ q.conj().T,
        "cycle": lambda: 2 * np.eye(n) - np.roll(np.eye(n), 1, 0),
        "ones": lambda: np.ones((n, n)),
        "small": lambda: rng.integers(-1, 2, (n, n)).astype(float),
        "scaled": lambda: noise * 10.0 ** rng.uniform(-150, 150),
    }
    a = kinds[kind]() if is_complex else kinds[kind]().real
    return (a + a.conj().T) / 2


KINDS = ["random", "ill-conditioned", "equal", "close", "cycle", "ones", "small"]
SIZES = (1, 2, 5, 33, 60)


def decompose(a):
    a = a * 1
    tall = a[:, : len(a) // 2 + 1]
    vectors = LA.eigh(a), LA.svd(a), LA.qr(a), LA.eig(a)
    return vectors, LA.svd(tall, full_matrices=False), LA.qr(tall, "complete")


@pytest.mark.parametrize("kind", KINDS)
def test_jax_1g_vectors(kind):
    """Bit for bit NumPy's: LAPACK leaves signs and more open, two builds differ.

    Of 900 matrices with well separated singular values, of zeros, whole numbers and
    repeated rows, 10 had vectors of other signs in JAX's LAPACK.
    """
    rng = np.random.default_rng(5)
    fast = {c: npjit.accelerate(decompose, mode="jit") for c in "fdFD"}
    for n in SIZES:
        for code in "fdFD":
            a = symmetric(rng, n, kind, code in "FD").astype(code)
            expected, actual = decompose(a), fast[code](a)
            np.testing.assert_equal(actual, expected, strict=True)


@pytest.mark.parametrize("code", "fdFD")
def test_ranks_are_numpys(code):
    """Singular values that are rounding errors decide on ranks, and on zeros."""
    rng = np.random.default_rng(7)

    def program(a, b):
        square = a.T @ a
        found = (
            LA.matrix_rank(a * 1),
            LA.matrix_rank(square),
            LA.slogdet(square)[0] == 0,
        )
        return found, LA.det(square) == 0, LA.cond(square) > 1e20, LA.lstsq(a, b)[2]

    fast = npjit.accelerate(program, mode="jit")
    for _ in range(25):
        rank = rng.integers(1, 5)
        factors = rng.integers(-3, 4, (6, rank)), rng.integers(-3, 4, (rank, 4))
        a = (factors[0] @ factors[1]).astype(code)
        assert fast(a, a[:, 0]) == program(a, a[:, 0])


def test_rank_and_pseudoinverse():
    matrices = [GOOD, np.ones((3, 3)), np.zeros((3, 2)), sample("d", 5, 3)]
    matrices += [sample("d", 2, 3, 4), (9 * GOOD).astype("i"), sample("D", 3, 2)]
    rows = []
    for m in matrices:
        of_pinv = [{}, {"rcond": 1e-3}, {"rtol": 0.5}, {"hermitian": True}]
        of_pinv += [{"rcond": 1e-3, "rtol": 1e-3}, {"rtol": None}]
        rows += [row(LA.pinv, m, **k) for k in of_pinv]
        of_rank = [{}, {"tol": 1.0}, {"rtol": 0.5}, {"hermitian": True}]
        rows += [row(LA.matrix_rank, m, **k) for k in [*of_rank, {"tol": 1, "rtol": 1}]]
        rows += [row(LA.cond, m, p) for p in (None, 1, -1, 2, -2, np.inf, "fro", 3)]
    assert_outcomes(rows, step=9, **LAPACK)


@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 5), (4, 0), (0, 4), (4, 1)])
def test_jax_1g_least_squares(shape):
    """Residuals only of regular tall systems; rank and singular values with them."""
    a, low = sample("d", *shape), np.ones(shape)
    sides = [sample("d", shape[0]), sample("F", shape[0], 2), sample("i", shape[0], 0)]
    given = [{}, {"rcond": None}, {"rcond": -1}, {"rcond": 0.5}]
    rows = [row(LA.lstsq, m, b, **k) for m in (a, low) for b in sides for k in given]
    rows += [row(LA.lstsq, a.astype("f"), sides[0].astype("f"))]
    assert_outcomes(rows, step=9)


# Norms, powers, equations -----------------------------------------------------------

ORDERS = [None, "fro", "nuc", np.inf, -np.inf, 0, 1, -1, 2, -2, 3, 2.5, -3, "f"]


@pytest.mark.parametrize(
    "shape", [(5,), (3, 4), (2, 3, 3), (0,), (0, 3), (1, 1)], ids=str
)
def test_norms(shape):
    """Of every order, of vectors and matrices, in whole and along axes."""
    x = sample("d", *shape)
    rows = [row(LA.norm, x, p) for p in ORDERS]
    rows += [row(LA.norm, x, p, axis=-1, keepdims=True) for p in ORDERS]
    rows += [row(LA.vector_norm, x, axis=0, ord=p) for p in ORDERS if p is not None]
    if len(shape) > 1:
        rows += [row(LA.norm, x, p, axis=(0, 1)) for p in ORDERS]
        rows += [row(LA.norm, x, p, axis=(-1, 0), keepdims=True) for p in ORDERS]
        rows += [row(LA.matrix_norm, x, ord=p) for p in ORDERS if p is not None]
    assert_outcomes(rows, step=9, rtol=1e-14)


def test_norms_of_special_values():
    values = [np.array([np.inf, 1.0, np.nan]), np.array([[np.inf, 1], [2, -np.inf]])]
    values += [np.array([1e200, 1e-200, -0.0]), np.array([-128, 3], "b"), np.eye(2) > 0]
    orders = (None, np.inf, -np.inf, 1, 0)
    rows = [row(LA.norm, x, p) for x in values for p in orders]
    assert_outcomes(rows, step=3, rtol=1e-14)


def test_powers_of_matrices():
    stack = np.stack([GOOD, GOOD.T + 1])
    matrices = [GOOD, GOOD.astype("i"), stack, np.zeros((0, 0)), GOOD > 1]
    powers = (-3, -2, -1, 0, 1, 2, 3, 4, 7, np.int64(3), True)
    rows = [row(LA.matrix_power, m, n) for m in matrices for n in powers]
    rows += [row(LA.matrix_power, GOOD.astype("b"), 9)]  # wraps around
    assert_outcomes(rows, step=7, **LAPACK)


def test_chains_and_tensors():
    m = [sample("d", *shape) for shape in ((3,), (3, 4), (4, 5), (5, 2), (2,))]
    rows = [row(LA.multi_dot, m[i:j]) for i in range(5) for j in range(i, 6)]
    rows += [row(LA.multi_dot, [m[1], m[1]]), row(LA.multi_dot, [m[1][None], m[2]])]
    rows += [row(LA.multi_dot, [m[1].astype("i"), m[2].astype("f")])]
    rows += [row(LA.multi_dot, m[1:3], out=np.zeros((3, 5)))]
    a = sample("d", 6, 6) + 9 * np.eye(6)
    rows += [row(LA.tensorinv, a.reshape(2, 3, 6)), row(LA.tensorinv, a, 1)]
    rows += [row(LA.tensorinv, a, 0), row(LA.tensorinv, a.reshape(6, 2, 3), 1)]
    rows += [
        row(LA.tensorsolve, a.reshape(2, 3, 6), m[0]),
        row(LA.tensorsolve, a, a[0]),
    ]
    rows += [row(LA.tensorsolve, a.reshape(2, 3, 3, 2), a[:3, :2].T)]
    rows += [row(LA.tensorsolve, a.reshape(6, 2, 3), a[0], (0,))]
    assert_outcomes(rows, step=4, **LAPACK)


def test_parameters():
    tall, stack = sample("d", 4, 2), sample("d", 2, 3, 4)
    rows = [
        row(LA.qr, m, mode) for m in (tall, stack) for mode in ("complete", "r", "raw")
    ]
    flags = {"full_matrices": False}, {"compute_uv": False}, {"hermitian": True}
    rows += [row(LA.svd, m, **k) for m in (GOOD, stack) for k in flags]
    rows += [row(LA.svd, GOOD, hermitian=True, compute_uv=False)]
    rows += [row(LA.qr, GOOD, "economic")]  # deprecated
    rows += [
        row(f, GOOD + np.tri(3), uplo)
        for f in (LA.eigh, LA.eigvalsh)
        for uplo in "LUlu"
    ]
    rows += [
        row(LA.cholesky, GOOD, upper=True),
        row(LA.cholesky, GOOD + 1j * np.eye(3)),
    ]
    rows += [row(LA.cholesky, [[1, 2j], [-2j, 9]]), row(LA.cholesky, np.tril(GOOD))]
    rows += [row(LA.eigvals, [[0, 1], [-1, 0]]), row(LA.eigvals, np.eye(2))]
    rows += [row(LA.eig, np.stack([np.eye(2), [[0, 1], [-1, 0]]]))]
    rows += [
        row(LA.solve, GOOD, b) for b in (stack.T, np.ones((3, 0)), np.ones((2, 3, 1)))
    ]
    rows += [row(LA.trace, stack, offset=-1), row(LA.trace, stack, dtype="f")]
    rows += [row(LA.diagonal, stack, offset=k) for k in (1, 9)]
    rows += [row(LA.vecdot, stack, stack, axis=0), row(LA.cross, GOOD, GOOD[0])]
    assert_outcomes(rows, step=5, **LAPACK)


@pytest.mark.parametrize(
    "shape", [(0, 0), (2, 0, 0), (0, 3), (3, 0), (0, 2, 2)], ids=str
)
def test_empty_matrices(shape):
    a = np.zeros(shape)
    rows = [row(f, a) for f in OF_ONE]
    rows += [row(LA.solve, a, np.zeros(shape)), row(LA.solve, a, np.zeros(0))]
    rows += [row(LA.matrix_power, a, n) for n in (-1, 0, 2)]
    assert_outcomes(rows, step=5)


def test_xla_computes_what_is_determined():
    a = sample("d", 3, 5, 5) + 9 * np.eye(5)
    rows = [row(f, a) for f in (LA.inv, LA.det, LA.slogdet, LA.svdvals, LA.cond)]
    rows += [row(LA.cholesky, a @ a.mT), row(LA.solve, a, a), row(LA.matrix_rank, a)]
    assert_on_xla(rows, calls=2, **LAPACK)


@pytest.mark.parametrize("code", "fdFD")
def test_bounds_of_equations(code):
    """`|a x - b| <= 8 n eps |a| |x|`, and vectors of well-conditioned ones agree."""
    rng = np.random.default_rng(3)
    solve = npjit.accelerate(lambda a, b: LA.solve(a, b), mode="jit")
    for n in (2, 20, 60):
        for scale in (0, 8):  # the condition number's decades
            a = sample(code, n, n, seed=n) * 10.0 ** -rng.uniform(0, scale, n)
            a, b = a.astype(code), sample(code, n)
            x = solve(a, b)
            residual = np.abs(a.astype("G") @ x.astype("G") - b)
            size = LA.norm(a, np.inf) * LA.norm(x, np.inf) + LA.norm(b, np.inf)
            assert x.dtype == code
            assert residual.max() <= 8 * n * np.finfo(code).eps * size
