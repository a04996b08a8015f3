"""What the tests of conversion assert: parity, and that no stand-in is left."""

import gc
from collections.abc import Callable
from typing import Any

from npjit._array.array import STAND_INS
from npjit.testing import assert_parity

__all__ = ["assert_none_left", "check"]


def assert_none_left() -> None:
    """Assert that no object of the process holds a stand-in."""
    gc.collect()
    left = [o for o in gc.get_objects() if type(o) in STAND_INS]
    holders = [type(h) for o in left for h in gc.get_referrers(o) if h is not left]
    assert not left, f"{len(left)} stand-ins left, held by {holders}"


def check(fn: Callable[..., Any], *args: Any, **settings: Any) -> None:
    """Assert that a program does the same under NumPy and npjit, and leaves nothing."""
    assert_parity(fn, *args, **{"calls": 2} | settings)
    assert_none_left()
