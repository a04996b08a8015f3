"""Tools to test that NumPy code does the same under npjit.

`assert_parity` compares a function with itself under `npjit.accelerate`. Strategies for
Hypothesis are in `npjit.testing.strategies`, which needs Hypothesis installed.
"""

from npjit.testing.compare import ParityError
from npjit.testing.parity import assert_parity

__all__ = ["ParityError", "assert_parity"]
