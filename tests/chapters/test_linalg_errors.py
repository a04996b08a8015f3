"""Errors of `np.linalg` reach the handler that the user wrote for them, as under NumPy.

The result may be used far from the call, or nowhere.
"""

import contextlib

import numpy as np
import pytest

from npjit.testing import assert_parity

GOOD = np.array([[4.0, 1.0, 0.0], [1.0, 3.0, 1.0], [0.0, 1.0, 2.0]])
SINGULAR = np.array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [0.0, 1.0, 1.0]])
INDEFINITE = np.diag([1.0, -1.0, 2.0])
NOT_FINITE = np.where(np.eye(3) > 0, np.nan, 1.0)


def inverse_or_identity(a):
    try:
        b = np.linalg.inv(a)
    except np.linalg.LinAlgError:
        b = np.eye(3)
    c = b * 2
    c[0] += 1
    return c @ a


def used_far_from_it(a):
    try:
        inverse = np.linalg.inv(a + 0)
        found = "inverse"
    except np.linalg.LinAlgError as error:
        inverse, found = a.T, str(error)
    total = np.zeros(3)
    for row in a:
        total += row * 2
    return found, total, inverse.sum()


def never_used(a):
    try:
        np.linalg.inv(a)
    except np.linalg.LinAlgError:
        return "singular", a + 1
    return "regular", a + 1


def is_positive_definite(a):
    try:
        np.linalg.cholesky(a)
    except np.linalg.LinAlgError:
        return False
    return True


def shifted_until_definite(a):
    shift, tried = 0.0, []
    while not is_positive_definite(a + shift * np.eye(3)):
        tried.append(shift)
        shift = max(2 * shift, 0.5)
    return shift, tried, np.linalg.cholesky(a + shift * np.eye(3))


def checked_without_handler(a):
    b = a * 1
    np.linalg.cholesky(b)
    return b + 1


def writes_before_and_after(a):
    log = []
    x = a[0] * 0
    with contextlib.suppress(np.linalg.LinAlgError):
        a[2, 2] += 1
        log.append("before")
        x += np.linalg.solve(a, a[1])
        log.append("after")
    a *= 2
    return log, x, a


def through_two_functions(a):
    def solve(b):
        y = a @ b
        return np.linalg.solve(a, b) + y

    def attempt(b):
        try:
            return solve(b)
        except ZeroDivisionError:
            return "never"
        finally:
            a[0, 0] += 1

    try:
        return attempt(np.ones(3))
    except np.linalg.LinAlgError as error:
        return type(error).__name__, error.args, a


def least_squares_instead(a):
    try:
        return "solve", np.linalg.solve(a, np.arange(3.0))
    except np.linalg.LinAlgError:
        x, _, rank, _ = np.linalg.lstsq(a, np.arange(3.0), rcond=None)
        return "lstsq", rank, np.round(x, 9)


def first_that_works(a):
    for name in ("cholesky", "inv", "pinv"):
        with contextlib.suppress(np.linalg.LinAlgError):
            return name, np.round(getattr(np.linalg, name)(a), 9)
    return None


def stacks(a):
    both = np.stack([a, np.eye(3)])
    try:
        return np.linalg.inv(both)[1]
    except np.linalg.LinAlgError:
        return both.sum(axis=0)


def eigenvalues(a):
    try:
        values = np.linalg.eigvalsh(a)
    except np.linalg.LinAlgError as error:
        return str(error)
    return np.round(values, 9)


def wrong_shapes(a):
    found = []
    for b in (a[:2], a[0], np.ones((2, 3, 2))):
        try:
            np.linalg.inv(b)
        except np.linalg.LinAlgError as error:
            found.append(str(error))
    try:
        np.linalg.solve(a, np.ones(2))
    except ValueError as error:
        found.append(type(error).__name__)
    return found


def determinant(a):
    with np.errstate(all="ignore"):
        sign, logarithm = np.linalg.slogdet(a)
        value = np.log(np.abs(np.linalg.det(a)))
    return sign, np.round(logarithm, 9), np.round(value, 9)


PROGRAMS = [
    *(inverse_or_identity, used_far_from_it, never_used, is_positive_definite),
    *(shifted_until_definite, writes_before_and_after, through_two_functions),
    *(least_squares_instead, first_that_works, stacks, wrong_shapes),
]
MATRICES = {"good": GOOD, "singular": SINGULAR, "indefinite": INDEFINITE}


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_handlers(program, matrix, mode):
    assert_parity(program, MATRICES[matrix], modes=[mode], calls=2, rtol=1e-10)


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("matrix", MATRICES)
def test_a_check_still_raises(matrix, mode):
    assert_parity(checked_without_handler, MATRICES[matrix], modes=[mode], calls=2)


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("program", [eigenvalues, determinant])
@pytest.mark.parametrize("a", [GOOD, NOT_FINITE], ids=["finite", "not finite"])
def test_values_that_are_not_finite(program, a, mode):
    assert_parity(program, a, modes=[mode], calls=2, rtol=1e-10)
