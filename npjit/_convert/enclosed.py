"""Whether the code of a block can reach buffers by nothing but its names.

If all that its names lead to is stand-ins, numbers, NumPy and functions that are
converted, no plain array comes into its hands, and it can be recorded like converted
code. Otherwise (`self.u[0] = 1`) it may write, unseen, what a pending operation reads.
"""

from __future__ import annotations

import ast
import builtins
import dis
from collections import deque
from collections.abc import Iterable
from types import BuiltinFunctionType, CodeType, FrameType, ModuleType
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np

from npjit._array.array import STAND_INS, SUBSTITUTES
from npjit._convert.frame_names import FrameNames, names_of
from npjit._convert.libraries import is_in
from npjit._convert.source import SourceMismatch, find_source

__all__ = ["catches_warnings", "is_enclosed", "is_harmless", "names_in_block"]

_NUMBERS: Final = frozenset({int, float, complex, bool, str, bytes, type(None)})
_HARMLESS_TYPES: Final = frozenset(
    {
        *STAND_INS,
        *_NUMBERS,
        *(type(Ellipsis), slice, range, np.ufunc, type(np.sum), np.random.RandomState),
    }
)
_CONTAINERS: Final = frozenset({list, tuple, dict, set, frozenset, deque})
_MODULES: Final = ("numpy", "npjit", "math", "cmath", "time", "random", "operator")
_MAX_ITEMS: Final = 10_000
#: Builtins, without those that find what no name leads to.
_BUILTINS: Final = frozenset(
    f for f in vars(builtins).values() if type(f) is BuiltinFunctionType
) - {eval, exec, globals, locals, vars, __import__}


def is_enclosed(visible: FrameNames) -> bool:
    """Whether the block that a frame has just entered is enclosed in its names."""
    frame = visible.frame
    names = names_in_block(frame)
    if names is None:
        return False
    spaces = visible.own(), frame.f_globals, vars(builtins)
    for name in names:
        found = next((space[name] for space in spaces if name in space), None)
        if not is_harmless(found):
            return False
    return True


def catches_warnings(visible: FrameNames) -> bool:
    """Whether the code of the block says where warnings are caught.

    It is not seen where that begins and ends: what warns has to be computed at once.
    """
    if _CATCHING.isdisjoint(names_of(visible.frame.f_code)):
        return False
    found = _statement(visible.frame)
    if found is None:
        return True
    nodes = [node for statement in found.body for node in ast.walk(statement)]
    words = {getattr(node, "attr", getattr(node, "id", "")) for node in nodes}
    return not _CATCHING.isdisjoint(words)


_CATCHING: Final = frozenset({"catch_warnings", "warns"})


def is_harmless(*objects: Any) -> bool:
    """Whether objects, and all they hold, lead to no plain array."""
    queue = list(objects)
    for looked_at, x in enumerate(_drained(queue)):
        kind = type(x)
        if kind in _HARMLESS_TYPES or isinstance(x, (np.generic, np.dtype)):
            continue
        if kind in _CONTAINERS and looked_at < _MAX_ITEMS:
            queue += x
            if kind is dict:
                queue += x.values()
        elif not _is_known(x):
            return False
    return True


def _drained(queue: list[Any]) -> Iterable[Any]:
    while queue:
        yield queue.pop()


def _is_known(x: Any) -> bool:
    """Whether a module, class or function is Python's, NumPy's or npjit's own."""
    if isinstance(x, ModuleType):
        return is_in(x.__name__, _MODULES)
    if type(x) in SUBSTITUTES:
        return True
    if isinstance(x, type):
        known = is_in(x.__module__, ("builtins", *_MODULES))
        return known or issubclass(x, BaseException)
    if hasattr(x, "__npjit_wrapped__") or hasattr(type(x), "__npjit_block__"):
        return True
    return type(x) is BuiltinFunctionType and (
        x in _BUILTINS or is_in(x.__module__ or "", _MODULES)
    )


_names: WeakKeyDictionary[CodeType, dict[int, frozenset[str] | None]] = (
    WeakKeyDictionary()
)


def names_in_block(frame: FrameType) -> frozenset[str] | None:
    """The names that the block mentions; None if it imports others."""
    known = _names.setdefault(frame.f_code, {})
    if frame.f_lasti not in known:
        found = _statement(frame)
        names = _names_after(frame) if found is None else _names_in(found)
        known[frame.f_lasti] = names
    return known[frame.f_lasti]


def _statement(frame: FrameType) -> ast.With | None:
    """The `with` statement that a function's frame is about to enter."""
    code = frame.f_code
    try:
        found = find_source(code, frame.f_globals)
    except SourceMismatch:
        return None
    place = list(code.co_positions())[frame.f_lasti // 2]
    for node in ast.walk(found.node):
        if isinstance(node, ast.With):
            # Since Python 3.12 the instruction is the expression's, before, all of it.
            entered = [node, *(item.context_expr for item in node.items)]
            if place in map(_place, entered):
                return node
    return None


def _place(node: Any) -> tuple[int | None, ...]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset


def _names_in(block: ast.With) -> frozenset[str] | None:
    nodes = [node for statement in block.body for node in ast.walk(statement)]
    if any(isinstance(node, (ast.Import, ast.ImportFrom)) for node in nodes):
        return None
    return frozenset(node.id for node in nodes if isinstance(node, ast.Name))


def _names_after(frame: FrameType) -> frozenset[str] | None:
    """The names in all that may run after a `with` statement was entered.

    The compiler keeps the order of statements: the block comes after.
    """
    names: set[str] = set()
    for instruction in dis.get_instructions(frame.f_code):
        if instruction.offset <= frame.f_lasti:
            continue
        if instruction.opname == "IMPORT_NAME":
            return None
        if instruction.opcode in _OF_NAMES:
            held = instruction.argval
            names.update(held if isinstance(held, tuple) else (held,))
        elif isinstance(instruction.argval, CodeType):
            names |= names_of(instruction.argval)
    return frozenset(names)


_OF_NAMES: Final = frozenset({*dis.hasname, *dis.haslocal, *dis.hasfree})
