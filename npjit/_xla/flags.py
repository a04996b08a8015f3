"""Flags: what a compiled program tells of the values that NumPy would report.

XLA computes on where NumPy warns or raises. So a program looks at its values: an
overflow, a division by zero, an invalid operation leaves infinity or NaN. These go on
through most of arithmetic, so that it is enough to look at the results, and at those
values of which a part may get lost before (`npjit/_xla/looks.py`). A raised flag makes
the engine run the log in NumPy, which reports.

A look from afar cannot tell what NaN and infinity in the inputs explain. Programs with
such inputs are compiled *closely*: each operation is looked at with its operands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._array import index_operations as recorded
from npjit._chapters.reports import DIVIDE, INVALID, NONE, OVER
from npjit._chapters.speed import class_of
from npjit._graph.log import Entry, Read
from npjit._xla.looks import (
    INTEGER_DIVISIONS,
    LOG_SUMS,
    ORDERINGS,
    Look,
    Plan,
    casts,
    ufunc_of,
)
from npjit._xla.selection import arrays_in, chosen, elements
from npjit._xla.tiles import reduce_tiles
from npjit._xla.unexplained import unexplained

__all__ = ["Flags"]


class Flags:
    """The flags of one program while it is traced.

    Parameters are those of `Plan`.

    Attributes
    ----------
    lines : list of int
        For each flag the entry it belongs to.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        outs: Sequence[int],
        starts: Sequence[int | None],
        shapes: Mapping[int, tuple[int, ...]],
        look: Look,
    ) -> None:
        self.plan = Plan(entries, outs, starts, shapes, look)
        self.codes, self.late, self.closely = look
        looked = self.plan.entries if self.closely else frozenset()
        self.kept = _kept(entries, looked)
        self.found: list[jax.Array] = []
        self.lines: list[int] = []

    def begin(self) -> None:
        """The program is traced, maybe anew."""
        self.found.clear()
        self.lines.clear()

    def raised(self) -> jax.Array:
        """All flags, as one array of bool."""
        return jnp.stack(self.found) if self.found else jnp.zeros(0, bool)

    def keeps(self, i: int) -> bool:
        """Whether a value is looked at from so near that it is computed only once."""
        return i in self.kept

    def note(self, i: int, bad: jax.Array | None, where: Any = True) -> None:
        """Raise a flag where any element is bad."""
        if bad is not None:
            self.found.append(_any(bad & where))
            self.lines.append(i)

    def operands(self, i: int, entry: Entry, args: list, kwargs: dict) -> None:
        """Look at operands of which the result keeps no trace."""
        code = self.codes[i]
        if i in self.late:
            for index, n in _indices(entry, args):
                self.note(i, (index < -n) | (index >= n))
        if code == NONE:
            return
        ufunc = ufunc_of(entry)
        if ufunc in INTEGER_DIVISIONS:
            where = kwargs.get("where", True) if entry.inferred.loop else True
            self.note(i, _bad_divisor(ufunc, entry, args, code), where)
        elif ufunc in ORDERINGS and code & INVALID:
            given = list(arrays_in(args))
            if any(elements(x).dtype.kind == "c" for x in given):
                for x in given:
                    self.note(i, jnp.isnan(elements(x)) & chosen(x))
        elif ufunc in LOG_SUMS:
            self.note(i, _bad_distance(entry, args))
        if code & INVALID:
            self.into_integers(i, entry, args)
        if code & OVER and _is_of_integer_scalars(entry):
            self.note(i, _overflows(ufunc, entry, args))

    def into_integers(self, i: int, entry: Entry, args: list) -> None:
        """Look at numbers that are cast to integers."""
        inferred = entry.inferred
        if inferred.loop is not None:
            for x, dtype in zip(args, inferred.loop, strict=False):
                self.note(i, _misfits(x, dtype))
        elif casts(entry):
            into = inferred.outs[0] if entry.target is None else entry.target.aval
            for x in arrays_in(args):
                self.note(i, _misfits(x, into.dtype))

    def stored(self, i: int, entry: Entry, value: jax.Array, where: Any) -> None:
        """Look at what a ufunc computed, before it is cast to the dtype of `out`."""
        if self.codes[i] & INVALID and entry.target is not None:
            bad = _misfits(value, entry.target.aval.dtype)
            self.note(i, bad, True if where is None else where)

    def result(
        self, i: int, entry: Entry, args: list, kwargs: dict, value: Any
    ) -> None:
        """Look at a result, if it is to be looked at."""
        if i not in self.plan.entries:
            return
        if self.closely:
            bad = unexplained(entry, args, kwargs, elements(value), self.codes[i])
        else:
            bad = _not_finite(elements(value))
        where = kwargs.get("where", True) if entry.inferred.loop else True
        self.note(i, bad, where & chosen(value))

    def guarded(self, i: int, args: list, value: Any) -> Any:
        """A result that shows NaN and infinity of operands that it would swallow."""
        for k in sorted(self.plan.guards.get(i, ())):
            nan = jnp.asarray(np.nan, value.dtype)
            value = jnp.where(jnp.isfinite(args[k]), value, nan)
        return value

    def outs(self, now: Mapping[int, Any]) -> None:
        """Look at results of the program, when all is done."""
        for slot, i in self.plan.outs.items():
            self.note(i, _not_finite(elements(now[slot])), chosen(now[slot]))


#: So many instructions in a row are computed anew for each look, rather than written
#: to memory and read.
_MAX_ANEW: Final = 4


def _kept(entries: Sequence[Entry], looked: frozenset[int]) -> frozenset[int]:
    """Of the entries that are looked at closely those that are computed only once."""
    kept: set[int] = set()
    anew: dict[int, int] = {}  # for a slot the instructions since the last one
    for i, entry in enumerate(entries):
        slots = [x.slot for x in entry.operands() if type(x) is Read]
        n = 1 + max((anew.get(slot, 0) for slot in slots), default=0)
        is_cheap = class_of(entry.inferred.op) == "arithmetic"
        if i in looked and not (is_cheap and n <= _MAX_ANEW):
            kept.add(i)
            n = 0
        outs = entry.outs if entry.target is None else (entry.target.slot,)
        anew.update(dict.fromkeys(outs, n))
    return frozenset(kept)


def _any(bad: jax.Array) -> jax.Array:
    # In tiles it is fused with what it looks at: a third of the time of jnp.any.
    return reduce_tiles(bad, np.zeros((), bool), lax.bitwise_or, tuple(range(bad.ndim)))


def _indices(entry: Entry, args: list) -> Iterator[tuple[jax.Array, jax.Array]]:
    """The indices of an entry, and how long the axes are that they go to."""
    rule = entry.inferred.op.rule
    pairs: list[tuple[int, Any]]
    if rule is recorded.GATHER.rule:
        axes = [part for part in entry.kwargs["key"] if part is not None]
        extra = args[0].ndim - len(axes)
        pairs = _with_axes(axes, extra)
    elif rule is np.take:
        pairs = [(1, entry.kwargs.get("axis"))]
    else:
        return
    for k, axis in pairs:
        n = args[0].size if axis is None else args[0].shape[axis]
        yield args[k].astype(np.int64), jnp.asarray(n, np.int64)


def _with_axes(parts: list[Any], extra: int) -> list[tuple[int, Any]]:
    """For each index array of a key its operand and its axis."""
    found, axis = [], 0
    for part in parts:
        if part is Ellipsis:
            axis += extra + 1
            continue
        if type(part) is tuple and part[0] == "array":
            found.append((part[1] + 1, axis))
        axis += 1
    return found


def _not_finite(x: jax.Array) -> jax.Array | None:
    return ~jnp.isfinite(x) if x.dtype.kind in "fc" else None


def _misfits(x: Any, dtype: np.dtype) -> jax.Array | None:
    """Numbers that an integer dtype may not hold; NumPy tells exactly."""
    values = elements(x)
    if values.dtype.kind not in "fc" or dtype.kind not in "iu":
        return None
    values = jnp.real(values)
    if values.dtype == np.float16:
        values = values.astype(np.float32)
    wide = np.iinfo(np.int64 if dtype.itemsize == 8 or dtype == np.uint32 else np.int32)
    low, high = (jnp.asarray(float(n), values.dtype) for n in (wide.min, wide.max))
    return ~((values > low) & (values < high)) & chosen(x)


def _bad_distance(entry: Entry, args: list) -> jax.Array | None:
    """Operands of `logaddexp` of which NumPy reports the difference, not the sum."""
    loop = entry.inferred.loop
    if loop is None:  # a method; NaN shows in its result
        return None
    x, y = (elements(a).astype(loop[0]) for a in args)
    is_nan = jnp.isnan(x) | jnp.isnan(y)
    overflows = jnp.isinf(x - y) & jnp.isfinite(x) & jnp.isfinite(y)
    return (is_nan | overflows) & chosen(args[0]) & chosen(args[1])


def _bad_divisor(ufunc: Any, entry: Entry, args: list, code: int) -> Any:
    """Integer divisors that are zero, or -1, by which the smallest int overflows."""
    x = args[-1] if len(args) > 1 else args[0]
    values = elements(x)
    if entry.inferred.loop is not None:
        values_kind = entry.inferred.loop[0].kind
    else:
        values_kind = values.dtype.kind
    if values_kind not in "iu" or values.dtype.kind not in "biu":
        return None
    zero = values == jnp.zeros((), values.dtype)
    bad = zero if code & (DIVIDE | INVALID) else jnp.zeros_like(zero)
    if code & OVER and values.dtype.kind == "i" and ufunc is not np.reciprocal:
        low = _lowest_divided(entry, args)
        bad = bad | ((values == jnp.asarray(-1, values.dtype)) & low)
    return bad & chosen(x)


def _is_of_integer_scalars(entry: Entry) -> bool:
    """Whether NumPy computes with numbers, of which it reports each overflow."""
    loop = entry.inferred.loop
    reads = [x for x in entry.args if type(x) is Read]
    if loop is None or loop[-1].kind not in "iu" or entry.target is not None:
        return False
    return all(read.aval.scalar for read in reads)


def _overflows(ufunc: Any, entry: Entry, args: list) -> jax.Array | None:
    """Where an operation of integers may leave the range of their dtype."""
    estimate = _ESTIMATES.get(ufunc)
    loop = entry.inferred.loop
    if estimate is None or loop is None:
        return None
    limits = np.iinfo(loop[-1])
    wide = [elements(x).astype(np.float64) for x in args]
    value = estimate(*wide)
    is_exact = limits.bits <= _EXACT_BITS
    high = limits.max * (1.0 if is_exact else 1 - 2.0**-40)
    low = -high if limits.min else 0.0
    if not limits.min and ufunc is np.subtract:  # to the last bit
        return elements(args[0]) < elements(args[1])
    return (value > high) | (value < low)


#: Integers of so many bits, and their products, are exact in float64.
_EXACT_BITS: Final = 16
#: What a ufunc computes, of floats.
_ESTIMATES: dict[Any, Any] = {
    np.add: jnp.add,
    np.subtract: jnp.subtract,
    np.multiply: jnp.multiply,
    np.negative: jnp.negative,
    np.absolute: jnp.abs,
}


def _lowest_divided(entry: Entry, args: list) -> Any:
    """Where the dividend is the smallest int; everywhere if that is not known."""
    if entry.inferred.loop is None:
        return True
    dtype = entry.inferred.loop[0]
    dividend = elements(args[0])
    if dividend.dtype != dtype:
        return False
    return dividend == jnp.asarray(np.iinfo(dtype).min, dtype)
