"""What the tests of conversion assert: parity, and that no stand-in is left."""

import gc
from collections.abc import Callable
from typing import Any

from npjit._array.array import STAND_INS
from npjit.testing import assert_parity
from npjit.testing.copies import Copier

__all__ = ["check", "stand_ins"]


def stand_ins() -> list[Any]:
    """Return the stand-ins that exist in this process."""
    gc.collect()
    return [o for o in gc.get_objects() if type(o) in STAND_INS]


def check(
    fn: Callable[..., Any], *args: Any, raises: bool = False, **settings: Any
) -> None:
    """Assert that a program does the same under NumPy and npjit, and leaves nothing.

    Parameters
    ----------
    fn, *args
        The program and its arguments.
    raises : bool
        Whether the program ends with an exception; otherwise it must not.
    **settings
        Of `npjit.testing.assert_parity`.
    """
    if not raises:
        plain, copied = Copier().copy((fn, args))
        plain(*copied)
    gc.freeze()  # what is older is not looked at: late in a run, millions of objects
    try:
        assert_parity(fn, *args, **{"calls": 2} | settings)
        left = stand_ins()
        holders = [type(h) for o in left for h in gc.get_referrers(o) if h is not left]
    finally:
        gc.unfreeze()
    assert not left, f"{len(left)} stand-ins left, held by {holders}"
