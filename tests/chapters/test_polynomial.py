"""Polynomials: their evaluation is composed of recorded operations."""

import numpy as np
import pytest
from numpy.polynomial import polynomial

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


ON_THE_HOST = [
    row(np.polymul, P, Q),
    row(np.polydiv, P, Q),
    row(np.poly, Q),
    row(np.roots, P),
    row(np.polyfit, np.arange(6.0), sample("d", 6), 2),
    row(polynomial.polyval, X, P),
    row(polynomial.polyval2d, X, X, sample("d", 3, 3)),
    row(polynomial.polyadd, P, Q),
    row(np.polyder, P, -1),
]


@pytest.mark.parametrize("each", ON_THE_HOST, ids=lambda r: r.func.__name__)
def test_on_the_host(each):
    assert_rows([each])
