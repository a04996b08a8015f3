"""Calls that were met before: what is not told by avals is still looked at."""

import numpy as np
import pytest

from npjit.testing import assert_parity

X = np.linspace(0.5, 2.0, 6)
BYTES = np.arange(6, dtype=np.int8)
WHOLE = np.arange(1, 7)


def small_and_large_integers(x):
    parts = []
    for n in (1, 2, 127, 128, 300):
        try:
            parts.append(x + n)
        except OverflowError as error:
            parts.append(str(error))
    return parts


def powers_of_either_sign(x):
    parts = []
    for n in (3, 5, -1):
        try:
            parts.append(np.power(x, n))
        except ValueError as error:
            parts.append(str(error))
    return parts


def floats_into_integers(x):
    y = x.copy()
    for i, value in enumerate((1.0, 2.5, -3.0, 1e30)):
        try:
            y[i] = value
        except (OverflowError, RuntimeWarning) as error:
            return y, str(error)
    return y


def floats_added_to_integers(x):
    for _ in range(2):
        x += 1
    try:
        x += 0.5
    except TypeError as error:
        return str(error)
    return x


def one_operand_or_two_equal_ones(x):
    y = x + 1.0
    return x * x, x * y, y * x, y * y


def read_only_at_the_second_time(x):
    y = x.copy()
    y += 1.0
    y.flags.writeable = False
    try:
        y += 1.0
    except ValueError as error:
        return y, str(error)
    return y


def singular_at_the_second_time(x):
    found = []
    for a in (np.eye(2) * x[0], np.zeros((2, 2)) * x[0]):
        try:
            found.append(np.linalg.inv(a))
        except np.linalg.LinAlgError as error:
            found.append(str(error))
    return found


def reductions_into_an_array(x):
    total = np.zeros((), x.dtype)
    for _ in range(3):
        np.sum(x, out=total)
        np.add(total, 1, out=total)
    return total


def sequences_of_one_length(x):
    y = x + 1
    return [np.concatenate(xs) for xs in ((x, y), (y, x), [x, x], (x, [1.0, 2.0]))]


def truth_and_one_as_axes(x):
    a = np.outer(x, x)
    found = [a.sum(1), a.sum(axis=1), a.sum(axis=0, keepdims=True)]
    for axis in (True, 1.0):
        try:
            found.append(a.T.swapaxes(0, axis))
        except TypeError as error:
            found.append(str(error))
    return found


def an_errstate_at_the_second_time(x):
    y = x - x
    with np.errstate(divide="ignore"):
        first = 1.0 / y
    try:
        with np.errstate(divide="raise"):
            return first, 1.0 / y
    except FloatingPointError as error:
        return first, str(error)


def bounds_of_a_slice(x):
    i = np.int64(2)
    return x[1:3], x[True:3], x[i:], x[i], x[2], x[..., 2], x[-1:0:-2]


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize(
    ("program", "argument"),
    [
        (small_and_large_integers, BYTES),
        (small_and_large_integers, X),
        (powers_of_either_sign, WHOLE),
        (powers_of_either_sign, X),
        (floats_into_integers, WHOLE),
        (floats_added_to_integers, WHOLE),
        (one_operand_or_two_equal_ones, X),
        (read_only_at_the_second_time, X),
        (singular_at_the_second_time, X),
        (reductions_into_an_array, X),
        (reductions_into_an_array, WHOLE),
        (sequences_of_one_length, X),
        (truth_and_one_as_axes, X),
        (an_errstate_at_the_second_time, X),
        (bounds_of_a_slice, X),
    ],
    ids=lambda x: getattr(x, "__name__", getattr(x, "dtype", None)),
)
def test_calls_met_before(program, argument, mode, monkeypatch):
    monkeypatch.setenv("NPJIT_PURE", "false")  # each call is recorded
    assert_parity(program, argument, modes=[mode], calls=3)
