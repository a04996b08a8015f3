"""Functions that read their caller's variables, as `numexpr.evaluate("a * b")` does.

They look at the frame that called them, which in a recording is one of npjit's. So they
are called from one that has the user's variables, with real arrays in them.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from types import CodeType, FrameType
from typing import Any, Final

from npjit._array.array import STAND_INS, real_of
from npjit._convert.frame_names import FrameNames
from npjit._graph.trace import is_own_frame, location, user_line

__all__ = ["among_callers_names", "reads_callers_names"]

_READERS: Final = frozenset(
    {
        *("numexpr.evaluate", "numexpr.validate", "numexpr.re_evaluate"),
        *("pandas.eval", "pandas.DataFrame.eval", "pandas.DataFrame.query"),
        # `np.r_["a, b; c, d"]`
        *("numpy.AxisConcatenator.__getitem__", "numpy.bmat"),
    }
)
#: No names of Python's, so that they hide none of the user's.
_FUNCTION, _ARGS, _KWARGS = "<function>", "<args>", "<kwargs>"


class _Names(dict[str, Any]):
    """The names of a frame: numexpr empties what it takes for a copy of them."""

    def clear(self) -> None:
        pass


def reads_callers_names(func: Any) -> bool:
    """Whether a function, or method, looks up names in the frame that calls it."""
    plain = getattr(func, "__func__", func)
    package = (getattr(plain, "__module__", None) or "").partition(".")[0]
    return f"{package}.{getattr(plain, '__qualname__', '')}" in _READERS


def among_callers_names(func: Callable[..., Any]) -> Callable[..., Any]:
    """`func`, to be called from a frame that has the variables of the user's frame."""
    frame, code = _users_frame(), _call_at(*location(user_line()))
    held = FrameNames(frame).own()
    names = {k: real_of(x) if type(x) in STAND_INS else x for k, x in held.items()}
    scope = frame.f_globals

    def run(*args: Any, **kwargs: Any) -> Any:
        given = {_FUNCTION: func, _ARGS: args, _KWARGS: kwargs}
        return eval(code, scope, _Names({**names, **given}))

    return run


def _users_frame() -> FrameType:
    frame = sys._getframe(1)
    while is_own_frame(frame) and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _call_at(filename: str, lineno: int) -> CodeType:
    """Code that calls the function among its names, as if on a line of the user's."""
    function, args, kwargs = (
        ast.Name(name, ast.Load()) for name in (_FUNCTION, _ARGS, _KWARGS)
    )
    starred = ast.Starred(args, ast.Load())
    call = ast.Expression(ast.Call(function, [starred], [ast.keyword(None, kwargs)]))
    for node in ast.walk(call):
        if isinstance(node, (ast.expr, ast.keyword)):
            node.lineno = node.end_lineno = lineno
            node.col_offset = node.end_col_offset = 0
    return compile(call, filename, "eval")
