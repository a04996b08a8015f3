"""The bounds of mode "check": what is promised passes, what is not does not."""

import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest

from npjit._chapters.registry import operation_of
from npjit._runtime.bounds import Call, beyond, is_open

RNG = np.random.default_rng(23)
X = RNG.uniform(0.5, 2, 400)
Z = X + 1j * RNG.normal(size=400)
A = RNG.normal(size=(20, 20)) + 5 * np.eye(20)
EPS, EPS_32 = 2.0**-52, 2.0**-23
TINY = float(np.finfo(float).tiny)


class Case(NamedTuple):
    """A call, with relative errors of its result.

    Parameters
    ----------
    func : callable
    args : tuple
    within, off : float
        An error that is within the bound, and one that is not.
    kwargs : dict
    """

    func: Any
    args: tuple[Any, ...]
    within: float
    off: float
    kwargs: dict[str, Any] | None = None


CASES = [
    Case(np.add, (X, X), 0.0, EPS),
    Case(np.multiply, (X.astype("f"), X.astype("f")), 0.0, EPS_32),
    Case(np.sqrt, (X,), 0.0, EPS),
    Case(np.exp, (X,), 3 * EPS, 40 * EPS),
    Case(np.sin, (X.astype("f"),), 3 * EPS_32, 40 * EPS_32),
    Case(np.power, (X, 1.3), 3 * EPS, 40 * EPS),
    Case(np.exp, (Z,), 3 * EPS, 40 * EPS),
    Case(np.logaddexp, (X, X), 3 * EPS, 100 * EPS),
    Case(np.sum, (X,), 8 * EPS, 1e-12),
    Case(np.sum, (X.astype("f"),), 8 * EPS_32, 1e-3),
    Case(np.sum, (np.full(3_000_000, 0.1, "f"),), 8 * EPS_32, 1e-3),
    Case(np.mean, (A,), 8 * EPS, 1e-10, {"axis": 0}),
    Case(np.cumsum, (X,), 8 * EPS, 1e-11),
    Case(np.var, (X + 3,), 8 * EPS, 1e-10),
    Case(np.std, (A,), 8 * EPS, 1e-10, {"axis": 1, "ddof": 1}),
    Case(np.prod, (X[:50],), 20 * EPS, 1e-12),
    Case(np.matmul, (A, A), 8 * EPS, 1e-6),
    Case(np.dot, (X.astype("f"), X.astype("f")), 8 * EPS_32, 1e-3),
    Case(np.einsum, ("ij,jk", A, A), 8 * EPS, 1e-6),
    Case(np.convolve, (X, X), 8 * EPS, 1e-9),
    Case(np.fft.fft, (Z,), EPS, 1e-9),
    Case(np.linalg.inv, (A,), 8 * EPS, 1e-8),
    Case(np.linalg.det, (A,), 8 * EPS, 1e-8),
    Case(np.linalg.solve, (A, A[0]), 8 * EPS, 1e-8),
]


def call_of(case):
    kwargs = case.kwargs or {}
    result = np.asarray(case.func(*case.args, **kwargs))
    return Call(operation_of(case.func), case.args, kwargs, result)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.func.__name__)
def test_bounds(case):
    call = call_of(case)
    signs = RNG.choice([-1, 1], call.result.shape).astype(call.result.real.dtype)
    for error, expected in ((0.0, False), (case.within, False), (case.off, True)):
        factor = 1 + error * signs
        actual = (call.result * factor).astype(call.result.dtype)
        assert beyond(call, actual, exact=True).any() == expected


SPECIAL = [
    (np.add, (np.array([np.nan, 1]), 1.0), [2.0, 2.0], [True, False]),
    (np.add, (np.array([np.nan, 1]), 1.0), [-np.nan, 2.0], [False, False]),
    (np.exp, (np.array([np.inf, 1e3]),), [1e308, np.inf], [True, False]),
    # The last number before infinity is a few units away from it.
    (np.exp, (np.array([1e3, 1e3]),), [np.finfo(float).max, 1e300], [False, True]),
    (np.negative, (np.array([0.0, 1.0]),), [0.0, -1.0], [True, False]),
    (np.maximum, (np.array([0.0]), np.array([-0.0])), [-0.0], [False]),
    (np.sum, (np.array([1.0, np.nan]),), 1.0, True),
    (np.sum, (np.array([1.0, np.inf]),), np.inf, False),
    # XLA takes subnormal numbers for zero.
    (np.multiply, (np.array([TINY, 1.0]), 0.5), [0.0, 0.5], [False, False]),
    (np.multiply, (np.array([TINY / 2, 1.0]), 4.0), [0.0, 4.0], [False, False]),
    (np.multiply, (np.array([TINY * 8, 1.0]), 0.5), [0.0, 0.5], [True, False]),
    (np.searchsorted, (np.array([3.0, 1, 2]), 2.5), 2, False),
    (np.searchsorted, (np.array([1.0, 2, 3]), 2.5), 1, True),
    # Rounding decides on what is left of a matrix that is nearly singular.
    (np.linalg.det, (np.vander([1.0, 1 + 1e-13, 2]),), 2e-13, False),
    (np.prod, (np.array([1e200, 1e200, 1e-300]),), 1e100, False),
    (np.mean, (np.zeros(0),), 1.0, True),
]


@pytest.mark.parametrize("row", SPECIAL, ids=lambda row: row[0].__name__)
def test_special_values(row):
    func, args, actual, expected = row
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = np.asarray(func(*args))
    call = Call(operation_of(func), args, {}, result)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = beyond(call, np.asarray(actual, result.dtype), exact=True)
    assert found.tolist() == expected


def test_without_exactness_some_units_pass():
    product = np.multiply(X, X)
    call = Call(operation_of(np.add), (product, -1.0), {}, product - 1.0)
    contracted = call.result + EPS
    assert beyond(call, contracted, exact=True).any()
    assert not beyond(call, contracted, exact=False).any()
    assert beyond(call, call.result + 1e-9, exact=False).any()


def test_what_may_have_other_bits_elsewhere():
    assert is_open(operation_of(np.sum))
    assert is_open(operation_of(np.exp))
    assert not is_open(operation_of(np.add))
    assert not is_open(operation_of(np.maximum))
