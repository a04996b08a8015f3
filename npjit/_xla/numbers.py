"""Numbers among the operands of a log: their dtypes, their places in the arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from npjit._array import index_operations as recorded
from npjit._chapters.registry import Kind
from npjit._graph.log import Entry, Value
from npjit._xla.arguments import is_as_given

__all__ = ["value_dtype", "value_places"]

#: Operations whose operands after the first one are indices.
_INDEXED = frozenset({recorded.SCATTER, recorded.TAKE})


def value_places(
    entries: Sequence[Entry], numbers: Sequence[Any]
) -> dict[int, tuple[str, int]]:
    """For each number operand its dtype and its place among those of that dtype."""
    counts: dict[str, int] = {}
    places: dict[int, tuple[str, int]] = {}
    for entry in entries:
        for name, x in _numbers(entry):
            dtype = value_dtype(entry, name, numbers[x.index])
            places[x.index] = (dtype, counts.get(dtype, 0))
            counts[dtype] = counts.get(dtype, 0) + 1
    return places


def _numbers(entry: Entry) -> Iterator[tuple[int | str, Value]]:
    for position, x in enumerate(entry.args):
        for item in x if type(x) is list else [x]:
            if type(item) is Value:
                yield position, item
    for name, x in entry.kwargs.items():
        if type(x) is Value:
            yield name, x


def value_dtype(entry: Entry, name: int | str, number: Any) -> str:
    """The dtype in which a number enters the program, as `np.dtype.str`."""
    inferred = entry.inferred
    op = inferred.op
    if name == "where" or (op.rule in (np.where, np.putmask) and name == 0):
        dtype: np.dtype = np.dtype(bool)
    elif (op.kind is Kind.REDUCTION and name == 0) or is_as_given(op.rule):
        dtype = np.asarray(number).dtype
    elif op is recorded.GATHER or (op in _INDEXED and name != 0):
        dtype = np.dtype(np.int64)
    elif inferred.loop is not None and isinstance(name, int):
        dtype = inferred.loop[name]
        if dtype.kind == "c" and not isinstance(number, (complex, np.complexfloating)):
            dtype = np.dtype(f"f{dtype.itemsize // 2}")
    elif entry.target is not None:
        dtype = entry.target.aval.dtype
    else:
        dtype = inferred.outs[0].dtype
    return dtype.str
