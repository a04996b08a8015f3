"""Products of vectors, matrices and tensors; norms; decompositions and equations."""

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit.errors import Reason
from npjit.testing import assert_parity
from tests.chapters._rows import NUMERIC, assert_on_xla, assert_rows, row, sample

#: BLAS adds in an order of its own, with fused products.
ROUNDING = {"rtol": 1e-13, "atol": 1e-13}
SINGLE = {"rtol": 1e-5, "atol": 1e-5}


def tolerance(code):
    if code in "?bhilBHIL":
        return {}
    return (
        {"rtol": 0.01, "atol": 0.05}
        if code == "e"
        else SINGLE
        if code in "fF"
        else ROUNDING
    )


@pytest.mark.parametrize("code", NUMERIC)
def test_products_of_every_dtype(code):
    a, b, v = sample(code, 3, 4), sample(code, 4, 2), sample(code, 4)
    rows = [row(np.matmul, a, b), row(np.dot, a, b), row(np.dot, v, v)]
    rows += [row(np.matmul, a, v), row(np.matmul, v, b), row(np.inner, a, a)]
    rows += [row(np.outer, v, v), row(np.vdot, a, a), row(np.tensordot, a, b, 1)]
    rows += [row(np.trace, a)]
    if code != "e":
        rows += [row(np.einsum, "ij,jk->ik", a, b)]
    assert_on_xla(rows, calls=2, **tolerance(code))


def test_shapes_of_products():
    a, b, v = sample("d", 2, 3, 4), sample("d", 4, 5), sample("d", 4)
    rows = [row(np.matmul, a, b), row(np.matmul, a, v), row(np.dot, a, v)]
    rows += [row(np.dot, a, b), row(np.dot, 2.0, v), row(np.dot, v, np.float32(3))]
    rows += [row(np.matmul, b.T, v), row(np.matmul, a[:, :, ::-1], b[::-1])]
    rows += [
        row(np.matmul, a[:0], b),
        row(np.matmul, a[:, :0], b),
        row(np.dot, v[:0], v[:0]),
    ]
    rows += [row(np.vecdot, a, v), row(np.matvec, a, v), row(np.vecmat, v, b)]
    rows += [row(np.vecdot, v + 1j, v - 2j)]
    rows += [row(np.linalg.matmul, a, b), row(np.linalg.outer, v, v)]
    rows += [row(np.tensordot, a, a, ([0, 1], [0, 1])), row(np.tensordot, v, v, 0)]
    rows += [row(np.linalg.tensordot, a, b, axes=1), row(np.inner, v, a)]
    rows += [row(np.matmul, sample("i", 3, 4), sample("f", 4, 2)), row(np.outer, 2, v)]
    assert_on_xla(rows, **SINGLE)


def test_einsum():
    a, b, c = sample("d", 2, 3, 4), sample("d", 4, 5), sample("d", 3, 3)
    texts = {"ii": [c], "ii->i": [c], "ij->ji": [c], "ijk->": [a], "...k,kl": [a, b]}
    texts |= {
        "ijk,kl->ijl": [a, b],
        "ij,ij->i": [c, c],
        "ijk,kl,ij->l": [a, b, a[..., 0]],
    }
    rows = [row(np.einsum, text, *arrays) for text, arrays in texts.items()]
    rows += [row(np.einsum, "ijk,kl->ijl", a, b, optimize=True)]
    assert_on_xla([r for r in rows if r.args[0] not in ("ii->i", "ij->ji")], **ROUNDING)
    assert_rows(
        [row(np.einsum, c, [0, 1], c, [1, 2]), row(np.einsum, "ij->ji", c + 1)],
        **ROUNDING,
    )
    assert_rows([row(np.einsum, "ij,jk", c, b)])  # raises


def test_traces():
    a = sample("d", 4, 3, 5)
    rows = [row(np.trace, a), row(np.trace, a, 1, 0, 2), row(np.linalg.trace, a)]
    rows += [row(np.trace, sample(c, 3, 3)) for c in NUMERIC]
    rows += [row(np.trace, a, dtype="f"), row(np.linalg.trace, a, offset=-1)]
    assert_on_xla(rows, calls=2, max_ulp=4)


def test_norms():
    x, m = sample("d", 6), sample("d", 3, 4)
    norm = np.linalg.norm
    rows = [
        row(norm, x),
        row(norm, m),
        row(norm, m, axis=0),
        row(norm, m, keepdims=True),
    ]
    rows += [row(norm, x, p) for p in (1, 2, 0, np.inf, -np.inf)]
    rows += [row(norm, m, p) for p in (1, -1, np.inf, -np.inf, "fro")]
    rows += [row(norm, sample("i", 4)), row(norm, sample("D", 4)), row(norm, m, 1, 1)]
    rows += [row(np.linalg.vector_norm, m), row(np.linalg.matrix_norm, m)]
    assert_on_xla(rows, max_ulp=4)
    assert_rows([row(norm, x, 3), row(norm, m, 2), row(norm, m, "nuc")], max_ulp=4)
    assert_rows([row(norm, x, "fro")])  # raises


def test_composed_products():
    m = sample("d", 3, 3)
    rows = [row(np.linalg.multi_dot, [m, m, m]), row(np.linalg.matrix_power, m, 3)]
    rows += [row(np.linalg.matrix_power, m + 4 * np.eye(3), -2)]
    assert_on_xla(rows, **ROUNDING)


def test_kronecker_products():
    m, v = sample("d", 3, 4), sample("i", 3)
    rows = [row(np.kron, m, m[:2]), row(np.kron, v, m), row(np.kron, 2, m)]
    rows += [row(np.kron, m.T, v), row(np.kron, m[:0], m), row(np.kron, v, v)]
    assert_on_xla(rows)


@pytest.mark.parametrize("code", "bhilBHILefdFD")
def test_vector_products(code):
    v, w = sample(code, 4, 3), sample(code, 4, 3, seed=1)
    rows = [row(np.cross, v, w), row(np.cross, v, w[0]), row(np.cross, v[0], w[0])]
    rows += [row(np.cross, v.T, w.T, axis=0), row(np.cross, v.T, w, 0, 1, 0)]
    rows += [row(np.cross, v[:, None], w), row(np.linalg.cross, v.T, w.T, axis=0)]
    assert_on_xla(rows)


def test_vector_products_in_numpy():
    v = sample("d", 4, 3)
    assert_rows([row(np.cross, v[:, :2], v[:, 1:])])  # deprecated
    assert_rows([row(np.cross, v[:, :1], v)])  # raises
    assert_rows([row(np.linalg.cross, v[:, :2], v)])  # raises


# Decompositions ---------------------------------------------------------------------

SQUARE = sample("d", 4, 4) + 9 * np.eye(4)
STACK = sample("d", 2, 3, 4, 4) + 9 * np.eye(4)
#: NumPy's LAPACK and JAX's are two builds of one library, in double precision for
#: float32 too. Their blocks of large matrices differ, so that sums do.
LAPACK = {"rtol": 1e-12, "atol": 1e-13}
LAPACK_TO_SINGLE = {"rtol": 3e-7, "atol": 1e-7}
OF_ONE_MATRIX = [
    np.linalg.inv,
    np.linalg.det,
    np.linalg.slogdet,
    np.linalg.svdvals,
    np.linalg.matrix_rank,
    np.linalg.cond,
]


@pytest.mark.parametrize("code", "bdfDFL")
def test_decompositions(code):
    a = sample(code, 4, 4)
    a = (np.abs(a) if code not in "DF" else a).astype(code) + 9 * np.eye(4, dtype=code)
    tolerance = LAPACK_TO_SINGLE if code in "fF" else LAPACK
    rows = [row(func, x) for func in OF_ONE_MATRIX for x in (a, a.T[:3, :3])]
    assert_on_xla(rows, calls=2, **tolerance)


def test_decompositions_of_stacks():
    stacks = [STACK, STACK[:, ::-1, :, ::-1] + 1, STACK.mT, STACK[:0]]
    stacks += [STACK[0, 0, :1, :1], STACK[0].tolist()]
    rows = [row(func, a) for func in OF_ONE_MATRIX for a in stacks]
    assert_on_xla(rows, calls=2, **LAPACK)


def test_decompositions_of_empty_matrices():
    empty = SQUARE[:0, :0], STACK[:, :, :0, :0]
    rows = [row(func, a) for func in OF_ONE_MATRIX for a in empty]
    assert_on_xla([r for r in rows if r.func is not np.linalg.cond])


def test_oblong_matrices():
    tall = sample("d", 3, 5, 4)
    shapes = [tall, tall[0].T, tall[0, :, :1], tall[:, :0], tall[:, :, :0]]
    assert_on_xla([row(np.linalg.svdvals, a) for a in shapes], **LAPACK)
    funcs = [np.linalg.qr, np.linalg.svd, np.linalg.pinv]
    assert_rows([row(func, a) for func in funcs for a in shapes], **LAPACK)


def test_factors():
    """Bit for bit: NumPy computes them."""
    a = sample("d", 5, 3)
    modes = ("reduced", "complete", "r", "raw")
    rows = [row(np.linalg.qr, x, mode) for mode in modes for x in (a, a.T)]
    rows += [row(np.linalg.svd, a, False), row(np.linalg.svd, a @ a.T, hermitian=True)]
    rows += [row(np.linalg.eigh, SQUARE, "U"), row(np.linalg.eigvalsh, SQUARE, "u")]
    assert_rows(rows)
    assert_on_xla([row(np.linalg.svd, a, compute_uv=False)], **LAPACK)


@pytest.mark.parametrize("code", "ldfDF")
def test_cholesky(code):
    """One triangle is read, and nothing but the real part of the diagonal."""
    a = sample(code, 4, 4)
    positive = (a @ a.conj().T + 9 * np.eye(4)).astype(code)
    other = np.tril(positive) + np.triu(sample(code, 4, 4, seed=1), 1)
    rows = [
        row(np.linalg.cholesky, x) for x in (positive, other, np.stack([positive] * 2))
    ]
    rows += [row(np.linalg.cholesky, x, upper=True) for x in (positive, other.T.copy())]
    tolerance = LAPACK_TO_SINGLE if code in "fF" else LAPACK
    assert_on_xla(rows, calls=2, **tolerance)


@pytest.mark.parametrize("code", "ldfDF")
def test_equations(code):
    a, b = STACK.astype(code), sample(code, 4)
    rows = [row(np.linalg.solve, a[0, 0], b), row(np.linalg.solve, a, b)]
    rows += [row(np.linalg.solve, a[0, 0], a), row(np.linalg.solve, a, a[0, 0, :, :2])]
    rows += [
        row(np.linalg.solve, a[0, 0], [1, 2, 3, 4]),
        row(np.linalg.solve, a[:0], b),
    ]
    rows += [row(np.linalg.solve, a[:1], a[0, :, :, :0])]
    tolerance = LAPACK_TO_SINGLE if code in "fF" else LAPACK
    assert_on_xla(rows, calls=2, **tolerance)


def test_equations_of_tensors():
    a = sample("d", 6, 6) + 9 * np.eye(6)
    b = sample("d", 2, 3)
    rows = [row(np.linalg.tensorinv, a.reshape(2, 3, 6).copy())]
    rows += [row(np.linalg.tensorinv, a.reshape(6, 3, 2).copy(), 1)]
    rows += [row(np.linalg.tensorsolve, a.reshape(2, 3, 3, 2).copy(), b)]
    rows += [row(np.linalg.tensorsolve, a.reshape(6, 2, 3).copy(), b[0], (0,))]
    assert_on_xla(rows[:3], **LAPACK)
    assert_rows(rows[3:], **LAPACK)


def test_special_matrices():
    """Signs and order of vectors are those of NumPy, also of equal eigenvalues."""
    matrices = [np.eye(4), np.zeros((3, 3)), np.ones((3, 3)), np.diag([2.0, 2, 1])]
    matrices += [np.eye(3)[::-1], np.tri(4), np.arange(9.0).reshape(3, 3)]
    rows = [row(np.linalg.eigh, m + m.T) for m in matrices]
    rows += [row(f, m) for f in (np.linalg.qr, np.linalg.svd) for m in matrices]
    assert_rows(rows)
    determinants = np.linalg.slogdet, np.linalg.det
    assert_rows([row(f, m) for f in determinants for m in matrices], **LAPACK)


# Failures ---------------------------------------------------------------------------

SINGULAR = [
    np.array([[1.0, 2], [2, 4]]),
    np.arange(1.0, 10).reshape(3, 3),
    np.zeros((3, 3)),
    np.ones((4, 4)),
    np.stack([np.eye(2), np.zeros((2, 2))]),
]
NOT_POSITIVE = [-np.eye(3), np.ones((3, 3)), np.array([[1.0, 2], [2, 1]])]


@pytest.mark.parametrize("func", [np.linalg.inv, np.linalg.solve])
@pytest.mark.parametrize("a", SINGULAR, ids=range(len(SINGULAR)))
def test_singular_matrices(func, a):
    args = (a, a) if func is np.linalg.solve else (a,)
    # It is not a matter of rounding whether the second is singular, but whether its
    # last pivot is zero: then each element is noise, and still NumPy's.
    assert_rows([row(func, *args)])


@pytest.mark.parametrize("a", NOT_POSITIVE, ids=range(len(NOT_POSITIVE)))
def test_matrices_that_are_not_positive_definite(a):
    assert_rows([row(np.linalg.cholesky, a)])
    assert_rows([row(np.linalg.cholesky, a, upper=True)])


STRANGE = [
    np.full((2, 2), np.nan),
    np.array([[1.0, np.inf], [0, 1]]),
    SQUARE[0],
    SQUARE.astype("e"),
    SQUARE[:2],
]


@pytest.mark.parametrize("func", OF_ONE_MATRIX, ids=lambda f: f.__name__)
def test_what_is_no_good_matrix(func):
    for a in STRANGE:
        assert_rows([row(func, a)], calls=1, **LAPACK)
    assert_rows([row(func, 2.0)], calls=1)


@pytest.mark.parametrize("size", [2, 3, 5, 8])
def test_the_decision_of_singularity_is_numpys(size):
    """Small whole numbers make zero pivots, and pivots that are rounding errors."""
    invert = npjit.accelerate(lambda a: np.linalg.inv(a * 1.0), mode="jit")
    rng = np.random.default_rng(size)
    outcomes = set()
    for _ in range(60):
        rank = rng.integers(1, size + 1)
        left, right = (
            rng.integers(-3, 4, (size, rank)),
            rng.integers(-3, 4, (rank, size)),
        )
        a = (left @ right).astype(float)
        expected, actual = (_inverse(f, a) for f in (np.linalg.inv, invert))
        outcomes.add(expected is None)
        if expected is None or actual is None:
            assert expected is actual
        else:
            np.testing.assert_allclose(actual, expected, rtol=1e-9)
    assert outcomes == {True, False}


def _inverse(inv, a):
    try:
        return inv(a)
    except np.linalg.LinAlgError:
        return None


def test_a_failure_takes_the_users_handler():
    def program(a, b):
        x = a + 1
        b[0] = 7
        try:
            y = np.linalg.inv(a * 1.0)
        except np.linalg.LinAlgError as error:
            y = np.full_like(a, len(str(error)))
        b[1] += y.sum()
        return x, y

    for a in (np.ones((3, 3)), np.eye(3)):
        assert_parity(program, a, np.zeros(2), vary=lambda rng, a, b: None)


def test_a_check_whose_result_nobody_uses():
    def program(a):
        np.linalg.cholesky(a - 5)
        return a + 1

    assert_parity(program, np.eye(3))


def test_a_call_that_can_fail_is_computed_at_once():
    """It sees its operands before they are written."""

    def program(a):
        y = np.linalg.inv(a)
        a[:] = 0
        z = a.sum()
        return y, z

    assert_parity(program, SQUARE, **LAPACK)
    with capture() as events:
        npjit.accelerate(program, mode="jit")(SQUARE.copy())
    seen = [(e.name, e.reason) for e in events if e.name in ("break", "fallback")]
    assert seen == [("break", Reason.CAN_FAIL)]


def test_numpy_judges_what_is_not_finite():
    with capture() as events, pytest.raises(np.linalg.LinAlgError):
        npjit.accelerate(lambda a: np.linalg.inv(a), mode="jit")(np.zeros((2, 2)))
    assert Reason.CAN_FAIL in {e.reason for e in events if e.name == "fallback"}


IN_NUMPY = [
    row(np.linalg.eig, SQUARE),
    row(np.linalg.eigvals, SQUARE),
    row(np.linalg.lstsq, SQUARE, sample("d", 4)),
    row(np.linalg.lstsq, SQUARE[:, :2], sample("d", 4)),
    row(np.linalg.solve, np.eye(2), np.ones(3)),
    row(np.linalg.eigh, SQUARE, "X"),
    row(np.linalg.pinv, SQUARE + SQUARE.T, hermitian=True),
    row(np.linalg.tensorinv, SQUARE),
    row(np.linalg.matrix_power, np.zeros((2, 2)), -1),
    row(np.matmul, np.ones((2, 3)), np.ones((2, 3))),
    row(np.matmul, np.ones(3), 2.0),
    row(np.dot, np.ones(3), np.ones(2)),
    row(np.matmul, np.ones((2, 2)), np.ones((2, 2)), out=np.zeros((2, 2))),
    row(
        np.matmul, np.ones((2, 2, 3)), np.ones((2, 3, 2)), axes=[(1, 2), (1, 2), (1, 2)]
    ),
]


@pytest.mark.parametrize("each", IN_NUMPY, ids=lambda r: r.func.__name__)
def test_in_numpy(each):
    """What fails, fails where it is called."""
    assert_rows([each], **LAPACK)
