"""Polynomials: their values are composed of recorded operations."""

import numpy as np
import pytest
from numpy.polynomial import (
    Chebyshev,
    Polynomial,
    chebyshev,
    hermite,
    hermite_e,
    laguerre,
    legendre,
    polynomial,
)

from npjit.testing import assert_parity
from tests.chapters._rows import assert_on_xla, assert_rows, row, sample

P, Q, X = sample("d", 4), sample("d", 3, seed=1), sample("d", 3, 4, seed=2)


def test_composed():
    rows = [
        row(np.polyval, P, X),
        row(np.polyval, [1, 2.0, 3], X),
        row(np.polyval, P, 2),
    ]
    rows += [row(np.polyadd, P, Q), row(np.polysub, P, Q), row(np.polyadd, Q, Q)]
    rows += [row(np.polyder, P), row(np.polyder, P, 2), row(np.polyint, P)]
    assert_on_xla(rows)


VALUES = [
    polynomial.polyval,
    chebyshev.chebval,
    hermite.hermval,
    hermite_e.hermeval,
    laguerre.lagval,
    legendre.legval,
]


@pytest.mark.parametrize("func", VALUES, ids=lambda f: f.__name__)
def test_series(func):
    rows = [row(func, X, P), row(func, X, [1, 2, 3]), row(func, X, P[:1])]
    rows += [row(func, X[0], sample("d", 3, 2)), row(func, X, P[:2]), row(func, 0.5, P)]
    rows += [
        row(func, [1.0, 2.0], P),
        row(func, X[:2], sample("d", 3, 4), tensor=False),
    ]
    assert_on_xla(rows)


POLYNOMIALS = [
    np.poly1d([1.0, -2, 3]),
    Polynomial([1.0, 2, 3], domain=[-2, 2]),
    Chebyshev([1.0, 2, 3, 4]),
]


@pytest.mark.parametrize("p", POLYNOMIALS, ids=lambda p: type(p).__name__)
def test_polynomials_are_called(p):
    def program(x):
        return p(x), p(x[0, 0]), p(2.0)

    assert_on_xla([row(program, X)])


def test_polynomials_are_made():
    def program(x, y):
        p, q = Polynomial(x[0]), np.poly1d(y[0])
        return (
            (p + 1)(x),
            (p * p).coef,
            q(x),
            q.deriv()(y),
            Polynomial.fit(x[0], y[0], 1)(x),
        )

    assert_parity(program, X, X + 1, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("code", "bfdD")
def test_vandermonde_matrices(code):
    x = sample(code, 5)
    rows = [
        row(np.vander, x),
        row(np.vander, x, 3),
        row(np.vander, x, 2, increasing=True),
    ]
    rows += [row(np.vander, x, 1), row(np.vander, x, 0), row(np.vander, x[:0], 3)]
    # Whether NumPy's products of complex numbers are fused depends on their strides.
    assert_on_xla(rows, rtol=1e-15 if code == "D" else 0.0)
    assert_rows([row(np.vander, x[None])])  # raises


def test_polyfit():
    """The coefficients come of NumPy's least squares, what is done with them of XLA."""
    x, y = sample("d", 20), sample("d", 20, seed=1)
    rows = [row(np.polyfit, x, y, 3), row(np.polyfit, x, y, 2, w=np.abs(x))]
    rows += [
        row(np.polyfit, x, np.stack([y, x]).T, 1),
        row(np.polyfit, x, y, 1, cov=True),
    ]
    rows += [row(np.polyfit, x, y, 2, full=True)]
    assert_rows(rows, rtol=1e-10, atol=1e-12)
    assert_rows([row(np.polyfit, x, y[:3], 2)])  # raises

    def warns(x, y):
        return np.polyfit(x * 0 + 1, y, 2)

    assert_parity(warns, x, y, rtol=1e-10, atol=1e-12)


ON_THE_HOST = [
    row(np.polymul, P, Q),
    row(np.polydiv, P, Q),
    row(np.poly, Q),
    row(np.roots, P),
    row(polynomial.polyval2d, X, X, sample("d", 3, 3)),
    row(polynomial.polyadd, P, Q),
    row(polynomial.polyder, P),
    row(np.polyder, P, -1),
    row(np.polyder, P, -1),
]


@pytest.mark.parametrize("each", ON_THE_HOST, ids=lambda r: r.func.__name__)
def test_on_the_host(each):
    assert_rows([each])
