"""Rules of set routines against NumPy."""

import numpy as np
import pytest

from npjit._xla.rules import sets
from tests.xla._harness import NUMERIC, assert_same, draws, run, specials


@pytest.mark.parametrize("count", [0, 3, 128, 129, 500])
@pytest.mark.parametrize("dtype", NUMERIC, ids=str)
def test_isin(dtype, count):
    element = np.concatenate([specials(dtype), draws(dtype, 300, 1)])
    tests = np.concatenate([draws(dtype, 300, 1)[::2], draws(dtype, 400, 2)])[:count]
    assert_same(run(sets.isin, element, tests), np.isin(element, tests))
