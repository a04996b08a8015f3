"""What mode "check" finds, and how it is told: as Python's warnings are."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

from npjit._graph.log import Entry, Read
from npjit._graph.trace import Line, location
from npjit.errors import ParityWarning

__all__ = ["Finding", "finding_of", "warn_of"]


class Finding(NamedTuple):
    """What a user is warned of: where, of which operation, and the text."""

    line: Line
    operation: str
    text: str


#: For each operation and line what `warnings` keeps of those that were shown.
_registries: dict[tuple[str, str, int], dict[Any, Any]] = {}


def finding_of(entry: Entry, text: str) -> Finding:
    """A finding about one operation, with its operands."""
    operands = ", ".join(map(_described, entry.operands()))
    into = "" if entry.target is None else f" into {entry.target.aval}"
    name = entry.inferred.op.name
    return Finding(entry.line, name, f"{name} of {operands or 'nothing'}{into}: {text}")


def _described(operand: Any) -> str:
    return repr(operand.aval) if type(operand) is Read else "a number"


def warn_of(found: Finding) -> None:
    """Warn at the user's line, as Python's filters have it.

    By default once for each operation and line, whatever the numbers are.
    """
    filename, lineno = location(found.line)
    module_globals = found.line[2]
    registry = _registries.setdefault((found.operation, filename, lineno), {})
    if len(registry) > 1:  # beside the version of the filters
        registry[found.text, ParityWarning, lineno] = True
    warnings.warn_explicit(
        found.text,
        ParityWarning,
        filename,
        lineno,
        module_globals.get("__name__"),
        registry,
    )
