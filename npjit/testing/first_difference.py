"""Where a function first does something else than under NumPy: the source line.

Both functions run once more, and after each line their variables are noted. Converted
code has the user's file, lines and names, so that the two can be compared step by step.
Reading a variable computes it: what only differs because several operations are
compiled together is not found.
"""

import ast
import linecache
import sys
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType, FunctionType, MethodType, ModuleType
from typing import Any, NamedTuple

import numpy as np

from npjit._array.array import STAND_INS, peek
from npjit._diagnostics.values import Tolerance
from npjit._graph.stack import is_trampoline
from npjit.testing.compare import Comparison, ParityError

__all__ = ["Notes", "first_difference"]

#: Notes end where the copies of arrays take so many bytes.
_MAX_BYTES = 1 << 28
_MAX_ITEMS = 50
_LIBRARIES = (
    *map(sysconfig.get_path, ("stdlib", "platstdlib", "purelib", "platlib")),
    *(str(Path(np.__file__).parent), str(Path(__file__).parents[1])),
    *("<frozen", "<string>"),  # importlib, named tuples
)
_ASPECTS = frozenset({"value", "type", "dtype", "shape", "strides"})
_NUMBERS = (np.generic, float, complex, int)
_CODE = (type, ModuleType, FunctionType, MethodType)


class _Step(NamedTuple):
    """One statement that ran, and the variables after it.

    `lineno` is where the statement begins, `shown` the line to tell: in a lambda, the
    one that was reached.
    """

    filename: str
    lineno: int
    shown: int
    values: dict[str, Any]


class Notes:
    """What the variables of a function, and of those it calls, were after each line.

    Parameters
    ----------
    fn : callable
        Its file is watched wherever it lies, and all files outside of libraries.
    """

    def __init__(self, fn: Callable[..., Any]) -> None:
        code = getattr(fn, "__code__", None)
        self.file = code.co_filename if isinstance(code, CodeType) else ""
        self.steps: list[_Step] = []
        self.statements: dict[str, dict[int, int]] = {}
        self.nbytes = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Note what runs inside the ``with`` block, in this thread."""
        before = sys.gettrace()
        sys.settrace(self._enter)
        try:
            yield
        finally:
            sys.settrace(before)

    def _enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        if self.nbytes > _MAX_BYTES or not self._is_watched(frame.f_code):
            return None
        statement_of = self._statements_in(frame.f_code.co_filename)

        def where(frame: FrameType) -> int:
            return statement_of.get(frame.f_lineno, frame.f_lineno)

        first = last = where(frame)

        def step(frame: FrameType, event: str, arg: Any) -> Any:
            nonlocal last
            now = where(frame)
            if event == "return":
                self._note(frame, now, frame.f_lineno, arg)
            elif event == "line" and now != last:
                if last != first:  # there converted code lifts the parameters
                    self._note(frame, last, last)
                last = now
            return step

        return step

    def _statements_in(self, filename: str) -> dict[int, int]:
        """For each line the one where its statement begins.

        Converted code may reach the lines of one statement in another order.
        """
        if filename not in self.statements:
            self.statements[filename] = found = {}
            for node in ast.walk(_parsed(filename)):  # inner statements come later
                if isinstance(node, ast.stmt):
                    decorators = getattr(node, "decorator_list", [])
                    begin = min([node.lineno, *(d.lineno for d in decorators)])
                    end = node.end_lineno or begin
                    found.update(dict.fromkeys(range(begin, end + 1), node.lineno))
        return self.statements[filename]

    def _is_watched(self, code: CodeType) -> bool:
        if is_trampoline(code):
            return False
        return code.co_filename == self.file or not code.co_filename.startswith(
            _LIBRARIES
        )

    def _note(
        self, frame: FrameType, lineno: int, shown: int, returned: Any = None
    ) -> None:
        values = dict(_values_in(frame.f_locals, "", depth=2))
        values |= dict(_values_in({"the result": returned}, "", depth=2))
        self.nbytes += sum(x.nbytes for x in values.values() if hasattr(x, "nbytes"))
        self.steps.append(_Step(frame.f_code.co_filename, lineno, shown, values))


def _parsed(filename: str) -> ast.Module:
    try:
        return ast.parse("".join(linecache.getlines(filename)))
    except SyntaxError:  # a notebook's magics
        return ast.Module([], [])


def _values_in(holder: dict[Any, Any], path: str, depth: int) -> Iterator[Any]:
    """Copies of the arrays and numbers in variables, items and attributes."""
    for key, x in list(holder.items())[:_MAX_ITEMS]:
        name = path.format(key) if path else str(key)
        if type(x) in STAND_INS:
            yield name, _copy(peek(x))
        elif isinstance(x, np.ndarray):
            yield name, _copy(x)
        elif isinstance(x, _NUMBERS):
            yield name, x
        elif depth and isinstance(x, dict):
            yield from _values_in(x, f"{name}[{{!r}}]", depth - 1)
        elif depth and isinstance(x, list | tuple):
            yield from _values_in(dict(enumerate(x)), f"{name}[{{}}]", depth - 1)
        elif depth and hasattr(x, "__dict__") and not isinstance(x, _CODE):
            yield from _values_in(vars(x), f"{name}.{{}}", depth - 1)


def _copy(x: Any) -> Any:
    return x if isinstance(x, np.generic) else np.array(x, order="K")


def first_difference(
    plain: Notes, fast: Notes, tolerance: Tolerance, check: frozenset[str]
) -> str:
    """Tell the first line after which a variable is not what it is under NumPy.

    Parameters
    ----------
    plain, fast : Notes
        Of the same call under NumPy and under npjit.
    tolerance : Tolerance
        As for the results.
    check : frozenset of str
        The aspects that count.

    Returns
    -------
    str
        File, line and variable, then the text of the line; "" if none differs before
        the two take different ways.
    """
    for expected, actual in zip(plain.steps, fast.steps, strict=False):
        if expected[:2] != actual[:2]:
            return ""
        for name in filter(actual.values.__contains__, expected.values):
            comparison = Comparison(tolerance, check & _ASPECTS)
            try:
                comparison.compare(name, expected.values[name], actual.values[name])
            except ParityError as error:
                return _described(expected, str(error))
    return ""


def _described(step: _Step, difference: str) -> str:
    text = linecache.getline(step.filename, step.shown).strip()
    place = f"{step.filename}:{step.shown}"
    return f"first differs after {place}\n    {text}\n    {difference}"
