"""Which element a difference is described by."""

import numpy as np
import pytest

from npjit._diagnostics.values import describe_difference, values_differ

ROWS = {
    "first": ([1.0, 2.0, 3.0], [1.5, 2.0, 9.0], False, "element [0]: np.float64(1.5)"),
    "largest": ([1.0, 2.0, 3.0], [1.5, 2.0, 9.0], True, "element [2]: np.float64(9.0)"),
    "relative": ([1e9, 1.0], [1e9 + 7, 2.0], True, "element [1]: np.float64(2.0)"),
    "NaN": ([1.0, 2.0], [9.0, np.nan], True, "element [1]: np.float64(nan)"),
    "infinity": ([1.0, np.inf], [9.0, 2.0], True, "element [1]: np.float64(2.0)"),
    "zeros": ([0.0, 1.0], [-0.0, 1.0], True, "element [0]: np.float64(-0.0)"),
    "bools": ([True, False], [True, True], True, "element [1]: np.True_"),
    "no axes": (1.0, 2.0, True, "np.float64(2.0), NumPy gives np.float64(1.0)"),
    "complex": ([1j, 2.0], [1j, 2.5], True, "element [1]: np.complex128(2.5+0j)"),
}


@pytest.mark.parametrize("name", ROWS)
def test_description(name):
    expected, actual, worst, text = ROWS[name]
    x, y = np.asarray(expected), np.asarray(actual)
    described = describe_difference(x, y, values_differ(x, y), worst=worst)
    assert described.startswith(text)
