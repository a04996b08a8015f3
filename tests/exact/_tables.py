"""Tables of calls: every dtype with every other, compared in one recording."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from npjit.testing import assert_parity
from tests.chapters._rows import NUMERIC, Row
from tests.conftest import is_long
from tests.exact._rows import outcomes, quiet

__all__ = ["FEW", "assert_outcomes", "codes", "pairs", "some_pairs"]

#: One dtype of each kind and width that NumPy's rules tell apart.
FEW = "?bBlefD"


def codes() -> str:
    """The dtypes of a table: all of them under ``--hypothesis-profile=long``."""
    return NUMERIC if is_long() else FEW


def pairs() -> list[tuple[str, str]]:
    """Every dtype with every dtype."""
    return [(a, b) for a in NUMERIC for b in NUMERIC]


def some_pairs(shift: int) -> list[tuple[str, str]]:
    """Half of the dtypes on each side; which, the number tells. All in a long run.

    Several tables with numbers of their own cover all pairs between them.
    """
    if is_long():
        return pairs()
    n, half = len(NUMERIC), shift % 2
    places = range(half, n, 2)
    return [(NUMERIC[i], NUMERIC[(i + shift // 2) % n]) for i in places]


def assert_outcomes(
    rows: Iterable[Row], *, reports: bool = True, calls: int = 2, **settings: Any
) -> None:
    """Assert that calls return, raise and warn what they do under NumPy.

    Parameters
    ----------
    rows : iterable of Row
    reports : bool
        Whether floating-point reports are compared. Without them a program that makes
        NaN or infinity is not run again in NumPy: the values are XLA's.
    calls, **settings
        Of `assert_parity`.
    """
    rows = list(rows)
    program = outcomes if reports else quiet(outcomes)
    try:
        assert_parity(program, rows, calls=calls, **settings)
    except AssertionError as error:
        for i, row in enumerate(rows):
            if f"result[{i}]" in str(error):
                error.add_note(f"row {i}: {row.func}, {row.args}, {row.kwargs}")
        raise
