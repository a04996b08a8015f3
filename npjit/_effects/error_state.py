"""NumPy's error state (`np.errstate`), recognized without asking what it is.

`np.geterr()` takes half a microsecond, which is too long for each replay. NumPy keeps
the state in a context variable, as one object that it replaces and never changes.
Which variable that is, is found by looking on while `np.errstate` sets it.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["state_token"]


def _variable_of_numpy() -> contextvars.ContextVar[Any] | None:
    """The context variable that `np.errstate` sets; None if there is no such."""
    before = contextvars.copy_context()
    with np.errstate(over="ignore"):
        within = contextvars.copy_context()
    changed = [v for v in within if within[v] is not before.get(v)]
    return changed[0] if len(changed) == 1 else None


def _token_from(variable: contextvars.ContextVar[Any] | None) -> Callable[[], Any]:
    if variable is None:
        return object
    get = variable.get
    try:
        get()  # NumPy has given it a default
    except LookupError:
        return object
    return get


#: The object that is the error state: as long as it is the same one, so is the state.
#: Where it cannot be found, a new object each time.
state_token: Callable[[], Any] = _token_from(_variable_of_numpy())
