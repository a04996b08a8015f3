"""What a code object says of the function: the globals, imports and stores in it.

All of it is read from the bytecode once for each code object.
"""

from __future__ import annotations

import dis
import types
from collections.abc import Iterator
from typing import Any

from npjit._graph.by_code import once_for_code

__all__ = ["globals_named", "imported", "stored_outside"]

_STORES = ("STORE_DEREF", "DELETE_DEREF")


@once_for_code
def globals_named(code: types.CodeType) -> tuple[str, ...]:
    """The globals that a code object names, and those inside of it."""
    return tuple(dict.fromkeys(_names(code)))


@once_for_code
def imported(code: types.CodeType) -> tuple[tuple[str, list[str]], ...]:
    """The modules that a code object imports, and what of them it takes."""
    return tuple(_imports(code))


@once_for_code
def stored_outside(code: types.CodeType) -> frozenset[str]:
    """What of a function's code no guard allows for: stores outside, class patterns."""
    return frozenset(_stores(code))


def _imports(code: types.CodeType) -> Iterator[tuple[str, list[str]]]:
    found: list[tuple[str, list[str]]] = []
    level: Any = 0
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_CONST" and type(instruction.argval) is int:
            level = instruction.argval
        elif instruction.opname == "IMPORT_NAME":
            found.append(("" if level else instruction.argval, []))
            level = 0
        elif instruction.opname == "IMPORT_FROM" and found:
            found[-1][1].append(instruction.argval)
    yield from found
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _imports(const)


def _names(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield instruction.argval
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            yield from _names(const)


def _stores(code: types.CodeType) -> set[str]:
    found = set()
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if name in ("STORE_GLOBAL", "DELETE_GLOBAL"):
            found.add("global")
        elif name == "MATCH_CLASS":
            found.add("match")
        elif name in _STORES and instruction.argval in code.co_freevars:
            found.add("nonlocal")
    for const in code.co_consts:
        if isinstance(const, types.CodeType):
            inner = _stores(const)
            own = set(code.co_cellvars)
            if "nonlocal" in inner and set(const.co_freevars) <= own:
                inner.discard("nonlocal")
            found |= inner
    return found
