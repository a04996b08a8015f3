"""Makes a failing program short: lines are removed while it fails in the same way."""

import re
from collections.abc import Callable

from npjit.testing import ParityError
from tests.random_programs.program import Program

Check = Callable[[Program], object]


def reduced(program: Program, check: Check) -> Program:
    """Return the program with as few lines as keep its failure.

    Parameters
    ----------
    program : Program
        One for which `check` raises.
    check : callable
        Raises `ParityError` for a program that fails.
    """
    kind = _failure(program, check)
    if not kind:  # what was found is not found again
        return program
    lines = program.text.splitlines()
    size = len(lines) // 2
    while size:
        lines, shorter = _without_chunks(lines, size, kind, check)
        if not shorter or size > 1:
            size //= 2
    return _program(lines)


def _without_chunks(
    lines: list[str], size: int, kind: str, check: Check
) -> tuple[list[str], bool]:
    """Remove each run of `size` lines that the failure does not need."""
    shorter, start = False, 0
    while start < len(lines):
        candidate = lines[:start] + lines[start + size :]
        if _failure(_program(candidate), check) == kind:
            lines, shorter = candidate, True
        else:
            start += size
    return lines, shorter


def _program(lines: list[str]) -> Program:
    return Program("\n".join(lines) + "\n", "")


def _failure(program: Program, check: Check) -> str:
    """Return what kind of difference there is, without names and numbers."""
    if not _loops_end(program.text.splitlines()):
        return ""
    try:
        check(program)
    except ParityError as error:
        message = str(error).rpartition("element")[2]
        return re.sub(r"'[^']*'|[\w.-]*\d[\w.-]*|\[.*?\]", "", message)
    except Exception:  # noqa: BLE001 (a candidate may be no program at all)
        return ""
    return ""


def _loops_end(lines: list[str]) -> bool:
    """Whether each `while` still has the lines that its template ends it with."""
    for i, line in enumerate(lines):
        if "while True" in line and "break" not in "".join(lines[i + 3 : i + 4]):
            return False
        if "while " in line and "+= 1" not in "".join(lines[i + 1 : i + 2]):
            return False
    return True
