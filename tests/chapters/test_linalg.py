"""Products of vectors, matrices and tensors; norms; decompositions on the host."""

import numpy as np
import pytest

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
    rows += [row(np.einsum, "ij,jk->ik", a, b), row(np.trace, a)]
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
    assert_on_xla(rows, **ROUNDING)
    rows = [row(np.kron, m, m[:2]), row(np.linalg.matrix_power, m + 4 * np.eye(3), -1)]
    assert_rows(rows, **ROUNDING)


SQUARE = sample("d", 3, 3) + 9 * np.eye(3)
ON_THE_HOST = [
    row(np.linalg.inv, SQUARE),
    row(np.linalg.solve, SQUARE, sample("d", 3)),
    row(np.linalg.det, SQUARE),
    row(np.linalg.slogdet, SQUARE),
    row(np.linalg.eig, SQUARE),
    row(np.linalg.eigh, SQUARE + SQUARE.T),
    row(np.linalg.svd, SQUARE),
    row(np.linalg.qr, SQUARE),
    row(np.linalg.cholesky, SQUARE @ SQUARE.T),
    row(np.linalg.lstsq, SQUARE, sample("d", 3)),
    row(np.linalg.pinv, SQUARE),
    row(np.linalg.matrix_rank, SQUARE),
    row(np.linalg.cond, SQUARE),
    row(np.linalg.inv, np.zeros((2, 2))),
    row(np.linalg.cholesky, -np.eye(2)),
    row(np.linalg.solve, np.eye(2), np.ones(3)),
    row(np.matmul, np.ones((2, 3)), np.ones((2, 3))),
    row(np.matmul, np.ones(3), 2.0),
    row(np.dot, np.ones(3), np.ones(2)),
    row(np.matmul, np.ones((2, 2)), np.ones((2, 2)), out=np.zeros((2, 2))),
    row(
        np.matmul, np.ones((2, 2, 3)), np.ones((2, 3, 2)), axes=[(1, 2), (1, 2), (1, 2)]
    ),
]


@pytest.mark.parametrize("each", ON_THE_HOST, ids=lambda r: r.func.__name__)
def test_on_the_host(each):
    """What fails, fails where it is called."""
    assert_rows([each])
