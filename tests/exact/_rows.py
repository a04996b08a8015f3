"""What the tests of several subjects share."""

from collections.abc import Callable
from typing import Any

import numpy as np

from npjit.testing import assert_parity
from tests.chapters._rows import Row


def quiet(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Return `fn` without floating-point reports, and so without a run in NumPy."""

    def program(*args):
        with np.errstate(all="ignore"):
            return fn(*args)

    return program


def outcomes(rows: list[Row]) -> list[Any]:
    """The program under test: the result of each call, or its error."""
    found: list[Any] = []
    for func, args, kwargs in rows:
        try:
            found.append(func(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - NumPy's is what is compared
            found.append((type(error), str(error)))
    return found


def assert_outcomes(rows: list[Row], step: int = 1, **tolerance: float) -> None:
    """Assert equal results, effects and errors.

    All rows run in mode "host", each `step`-th one also in mode "jit": a compilation
    costs 0.1 s.
    """
    assert_parity(outcomes, rows, calls=1, modes=["host"], **tolerance)
    assert_parity(outcomes, rows[::step], calls=1, modes=["jit"], **tolerance)
