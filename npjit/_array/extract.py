"""Numbers that Python gets out of arrays for nothing but the result of a call.

`return float(x.sum())`: nobody looks at the number before the call has returned. So it
is computed with all other results, and a replay makes it anew. Which numbers are such
is said by `npjit/_convert/results.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import numpy as np

from npjit._array.array import SCALARS, Array, Scalar, look, real_of
from npjit._array.needed import tell_if_pending

__all__ = ["Extract", "extract", "handed_out", "item", "tolist"]


def item(x: Any) -> Any:
    """`x.item()`."""
    return x.item()


def tolist(x: Any) -> Any:
    """`x.tolist()`."""
    return x.tolist()


#: The kinds of dtype whose scalars answer without a warning.
_ANSWERING: Final[dict[Callable[[Any], Any], str]] = {
    float: "biuf",
    int: "biuf",
    bool: "biufc",
    complex: "biufc",
    item: "biufc",
}


class Extract:
    """A number, or a list of them, in the result of a call.

    Parameters
    ----------
    question : callable
        What Python asked: `float`, `int`, `item` and the like.
    source : Scalar or Array
        Whom. Nobody else holds the array.
    """

    __slots__ = ("made", "question", "source")

    def __init__(self, question: Callable[[Any], Any], source: Scalar | Array) -> None:
        self.question = question
        self.source = source
        self.made: tuple[Any] | None = None

    def __repr__(self) -> str:
        return repr(self.real())

    def real(self) -> Any:
        """What Python gets, one object each time."""
        if self.made is None:
            self.made = (self.question(real_of(self.source)),)
        return self.made[0]


def extract(question: Callable[[Any], Any], x: Any) -> Extract | None:
    """What a stand-in answers, told when the call ends; None if it must be now."""
    if question is tolist:
        return Extract(tolist, x.copy()) if type(x) is Array else None
    if type(x) is Array and x.size == 1 and (question is item or not x.ndim):
        x = x[(0,) * x.ndim]
    if type(x) not in SCALARS or x.dtype.kind not in _ANSWERING[question]:
        return None
    if question is int and x.dtype.kind == "f":
        tell_if_pending(x, "__int__")
        if not np.isfinite(look(x)):  # no integer, as has to be told at once
            return None
    return Extract(question, x)


def handed_out(x: Any) -> Any:
    """What a stand-in or an extract in a result is to the caller."""
    return x.real() if type(x) is Extract else real_of(x)
