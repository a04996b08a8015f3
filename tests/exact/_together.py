"""Programs that are recorded, and compiled, as one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from npjit.testing import assert_parity
from npjit.testing.copies import Copier

__all__ = ["assert_together", "attempt"]


def attempt(fn: Callable[..., Any], *args: Any) -> Any:
    """What a function returns, or the type and the text of what it raises."""
    try:
        return fn(*args)
    except (AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        return type(error).__name__, str(error)


def call_all(rows: list[tuple[Callable[..., Any], tuple]]) -> list[Any]:
    """What the programs return, in order."""
    return [program(*args) for program, args in rows]


def assert_together(
    programs: Iterable[Callable[..., Any]], *args: Any, **settings: Any
) -> None:
    """Assert the parity of programs in one recording: a compilation costs 0.1 s.

    Parameters
    ----------
    programs : iterable of callable
        None of them raises.
    *args
        Each program gets copies of its own.
    **settings
        Of `assert_parity`.
    """
    rows = [(program, Copier().copy(args)) for program in programs]
    try:
        assert_parity(call_all, rows, **settings)
    except AssertionError as error:
        for i, (program, _) in enumerate(rows):
            if f"result[{i}]" in str(error):
                line = program.__code__.co_firstlineno
                error.add_note(f"row {i}: {program.__name__}, line {line}")
        raise
