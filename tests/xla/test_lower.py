"""Lowering: numbers are operands of their own dtype, and shapes are NumPy's."""

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit.testing import assert_parity

X = np.array([1.5, -2.0, 0.0])


def compiled(fn, *calls):
    """How many programs a function compiles for some calls."""
    fast = npjit.accelerate(fn, mode="jit")
    with capture() as events:
        for args in calls:
            np.testing.assert_array_equal(fast(*args), fn(*args))
    return sum(event.name == "compile" for event in events)


def test_numbers_share_a_program():
    calls = [(X + k, 0.1 * k) for k in range(4)]
    assert compiled(lambda x, k: x * k + k, *calls) == 1


def test_kinds_of_numbers_do_not():
    calls = [(X, 2), (X, 2.0), (X, np.float32(2)), (X, 3), (X, -1.0)]
    assert compiled(lambda x, k: x * k, *calls) == 3


def test_starts_of_views_become_operands():
    """The first position is compiled in; one that moves becomes an operand."""
    x = np.arange(40.0)
    calls = [(x, k) for k in range(6)]
    assert compiled(lambda x, k: x[k : k + 3] * 2, *calls) == 2


@pytest.mark.parametrize(
    "number", [0.3, 3, True, 1 + 2j, np.float32(0.3), np.int8(3), np.complex64(2j)]
)
def test_a_number_that_is_reduced_keeps_its_dtype(number):
    def program(x, number):
        counted = np.count_nonzero(number), np.any(number), np.all(number)
        return x + 1, counted, np.sum(number), np.prod(number, dtype="D")

    assert_parity(program, X, number, expect_xla=True)


def test_ints_that_do_not_fit_are_left_to_numpy():
    def program(x, k):
        return np.where(x > 0, x, k)

    small = np.array([1, -2], np.int8)
    assert_parity(program, small, 7, expect_xla=True)
    assert_parity(program, small, 300)  # raises OverflowError
    assert_parity(np.full_like, small, -1000)
    assert_parity(lambda x: x.sum() + 2**70, small)


def test_a_result_that_is_an_argument_is_a_new_array():
    def program(x):
        return np.copy(x), x.astype(float), np.positive(x), x.conj(), x.round(9)

    assert_parity(program, X, expect_xla=True)


def test_a_failure_in_lowering_runs_on_the_host():
    """What a rule declines when it is traced still has NumPy's result."""

    def program(z):
        return z + 1, np.clip(z, 0, 1)

    assert_parity(program, np.array([1 + 2j, -1j]))


@pytest.mark.parametrize("dtype", ["float64", "complex128", "int64"])
def test_products_of_transposed_matrices_and_vectors(dtype):
    """XLA is given the matrix as it lies: ``a.T @ x`` is ``x @ a``."""
    rng = np.random.default_rng(8)
    a = (rng.random((9, 6)) * 10 + 1).astype(dtype) * dtype_unit(dtype)
    x, y = a[:, 1].copy(), a[2].copy()

    def program(a, x, y):
        one = a.T @ x, x @ a, np.dot(a.T, x), a.T.dot(x), y @ a.T
        other = a[1:, ::2].T @ x[1:], a.T @ a, (a * 2).T @ x, a.T[0] @ x
        return one, other

    assert_parity(program, a, x, y, modes=["jit"], expect_xla=True, rtol=1e-13)


def dtype_unit(dtype):
    return 1 + 2j if dtype == "complex128" else 1
