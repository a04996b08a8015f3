"""Flags: what a compiled program tells of the values that NumPy would report.

XLA computes on where NumPy warns or raises. So a program looks at its values: an
overflow, a division by zero, an invalid operation leaves infinity or NaN. These go on
through most of arithmetic, so that it is enough to look at the results, and at those
values of which a part may get lost before (`Plan`). A raised flag makes the engine run
the log in NumPy, which reports.

A look from afar cannot tell what NaN and infinity in the inputs explain. Programs with
such inputs are compiled *closely*: each operation is looked at with its operands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from npjit._array import index_operations as recorded
from npjit._chapters.registry import Kind, operation_of
from npjit._chapters.reports import (
    DIVIDE,
    INVALID,
    NONE,
    OVER,
    UNDER,
    carried_operands,
    is_reporting,
    narrows,
)
from npjit._graph.log import Entry, Read
from npjit._xla.regions import Region, restricted, spread
from npjit._xla.selection import Masked

__all__ = ["Flags", "Look", "Plan", "may_report"]

#: Calls that cast what they are given to the dtype of what they make or write.
_CASTING = frozenset(
    {
        *(np.astype, np.copy, np.full, np.full_like, np.copyto, np.putmask, np.place),
        *(np.concatenate, np.stack, np.hstack, np.vstack, np.dstack),
        *(np.column_stack, np.fill_diagonal, np.sum, np.prod, np.mean),
        *(np.cumsum, np.cumprod, np.add.reduce, np.multiply.reduce),
        recorded.ASSEMBLE.rule,
    }
)
_SELECTING = frozenset({recorded.SELECT, recorded.SELECT_AT, recorded.NONZERO})
_INTEGER_DIVISIONS = frozenset(
    {np.floor_divide, np.remainder, np.fmod, np.divmod, np.reciprocal}
)
_LOG_SUMS = frozenset({np.logaddexp, np.logaddexp2})
_ORDERINGS = frozenset(
    {np.less, np.less_equal, np.greater, np.greater_equal}
    | {np.maximum, np.minimum, np.fmax, np.fmin}
)


def _ufunc_of(entry: Entry) -> Any:
    """The ufunc that an entry calls, or of which it calls a method."""
    rule: Any = entry.inferred.op.rule
    if rule is recorded.UFUNC_AT.rule:
        return entry.kwargs["ufunc"]
    return rule if isinstance(rule, np.ufunc) else getattr(rule, "__self__", None)


def _dtypes(entry: Entry) -> tuple[np.dtype, ...]:
    """The dtypes in which an entry computes its results."""
    inferred = entry.inferred
    if inferred.loop is not None:
        return inferred.loop[inferred.op.rule.nin :]  # type: ignore[attr-defined]
    if inferred.outs:
        return tuple(aval.dtype for aval in inferred.outs)
    assert entry.target is not None
    return (entry.target.aval.dtype,)


def _casts(entry: Entry) -> bool:
    op = entry.inferred.op
    indexing = op.kind is Kind.WRITE and op.rule is op.func
    return op.rule in _CASTING or indexing


def _makes(entry: Entry) -> bool:
    """Whether an entry may make NaN or infinity of other numbers, and report it."""
    dtypes, op = _dtypes(entry), entry.inferred.op
    if op.rule is recorded.UFUNC_AT.rule:
        op = operation_of(entry.kwargs["ufunc"])
    if is_reporting(op, dtypes, entry.inferred.loop):
        return True
    into = dtypes if entry.target is None else (entry.target.aval.dtype,)
    if entry.inferred.op.kind is Kind.UFUNC:
        return any(map(narrows, dtypes, into))
    given = [x.aval.dtype for x in entry.operands() if type(x) is Read]
    return _casts(entry) and any(narrows(d, into[0]) for d in given)


def may_report(entries: Sequence[Entry]) -> bool:
    """Whether NumPy may warn of any of these calls."""
    telling = _INTEGER_DIVISIONS | _ORDERINGS
    return any(_makes(e) or _casts(e) or _ufunc_of(e) in telling for e in entries)


class Look(NamedTuple):
    """What a program tells of its values.

    Attributes
    ----------
    codes : tuple of int
        For each entry the bits of what its errstate reports.
    late : tuple of int
        The entries that may raise later than they stand: of theirs, indices that may be
        out of bounds are looked at.
    closely : bool
        Whether each operation is looked at with its operands.
    """

    codes: tuple[int, ...]
    late: tuple[int, ...]
    closely: bool


#: So many results are tried to be left out of what is looked at.
_MAX_TRIED: Final = 8


class Plan:
    """Where a program is looked at.

    Parameters
    ----------
    entries : sequence of Entry
    outs : sequence of int
        The slots of the results.
    starts : sequence of int or None
        Where the index primitives begin; None where that changes.
    shapes : dict of int to tuple of int
        The shapes of the slots that are arguments.
    look : Look

    Attributes
    ----------
    entries : frozenset of int
        Entries whose values are looked at.
    outs : dict of int to int
        Slots that are looked at when all is done, and the entries that wrote them last.
    """

    def __init__(
        self,
        entries: Sequence[Entry],
        outs: Sequence[int],
        starts: Sequence[int | None],
        shapes: Mapping[int, tuple[int, ...]],
        look: Look,
    ) -> None:
        makes = [
            code != NONE and _makes(e)
            for e, code in zip(entries, look.codes, strict=True)
        ]
        self.entries = frozenset(i for i, made in enumerate(makes) if made)
        self.outs: dict[int, int] = {}
        if self.entries and not look.closely:
            walk = _Backwards(entries, outs, starts, shapes, makes)
            for slot in list(walk.looked_outs)[:_MAX_TRIED]:
                rest = [out for out in walk.looked_outs if out != slot]
                without = _Backwards(entries, rest, starts, shapes, makes)
                if without.looked == walk.looked:  # nothing relies on this result
                    walk = without
            self.entries, self.outs = frozenset(walk.looked), walk.looked_outs


class _Backwards:
    """A walk from the end: which elements of each slot are seen by a later look."""

    def __init__(
        self,
        entries: Sequence[Entry],
        outs: Sequence[int],
        starts: Sequence[int | None],
        shapes: Mapping[int, tuple[int, ...]],
        makes: Sequence[bool],
    ) -> None:
        self.shapes = {**shapes, **_made_shapes(entries)}
        self.makes = makes
        self.tainted = _tainted(entries, makes)
        self.selected = _selected(entries)
        self.open_outs = set(outs)
        self.seen: dict[int, Region] = {}
        self.looked: set[int] = set()
        self.looked_outs: dict[int, int] = {}
        reads = [_reads_of(e) for e in entries]
        begins = iter(starts)
        places = [[_take(begins, r) for r in its] for its in reads]
        for i in reversed(range(len(entries))):
            self.entry(i, entries[i], reads[i], places[i])

    def of(self, slot: int) -> Region:
        """What is seen of a slot's current version."""
        if slot not in self.seen:
            self.seen[slot] = Region.of(self.shapes[slot], whole=False)
        return self.seen[slot]

    def at_end(self, slot: int, i: int) -> None:
        """The walk meets the last write to a slot: results are looked at if need be."""
        if slot not in self.open_outs:
            return
        self.open_outs.discard(slot)
        if slot in self.tainted and not self.of(slot).is_whole:
            self.looked_outs[slot] = i
            self.seen[slot] = Region.of(self.shapes[slot], whole=True)

    def entry(self, i: int, entry: Entry, reads: list[Read], places: list) -> None:
        target = entry.target
        if target is None:
            for slot in entry.outs:
                self.at_end(slot, i)
            regions = [self.of(slot) for slot in entry.outs]
        else:
            self.at_end(target.slot, i)
            whole = self.of(target.slot)
            part = restricted(whole, target.structure, places[-1])
            if part is None:
                part = Region.of(target.aval.shape, whole=whole.is_whole)
                self.seen[target.slot] = Region.of(whole.shape, whole=False)
            else:
                written = Region.of(target.aval.shape, whole=True)
                self.seen[target.slot] = whole - spread(
                    written, target.structure, places[-1], whole.shape
                )
            regions = [part]
        if self.makes[i] and not all(r.is_whole for r in regions):
            self.looked.add(i)
            regions = [Region.of(r.shape, whole=True) for r in regions]
        if len(regions) == 1:
            self.operands(entry, regions[0], places)

    def operands(self, entry: Entry, region: Region, places: list) -> None:
        """Note which elements of the operands show in a region of the result."""
        if "where" in entry.kwargs:
            return
        is_selected = any(slot in self.selected for slot in entry.outs)
        for k, read in _carried(entry):
            if is_selected and read.slot not in self.selected:
                continue  # nothing may be selected
            shape = read.aval.shape
            if k is not None and len(shape) <= len(region.cuts):
                shown = region.broadcast_from(shape)
            elif region.is_whole and not region.is_empty:
                shown = Region.of(shape, whole=True)
            else:
                continue
            root = self.of(read.slot)
            position = _reads_of(entry).index(read)
            self.seen[read.slot] = root | spread(
                shown, read.structure, places[position], root.shape
            )


def _carried(entry: Entry) -> Iterator[tuple[int | None, Read]]:
    """The operands of an entry that show in its result: in their place if numbered."""
    op = entry.inferred.op
    if entry.args and type(entry.args[0]) is Read and _keeps_places(entry):
        yield 0, entry.args[0]
        return
    numbers = carried_operands(op)
    if numbers is None:
        yield from ((None, x) for x in entry.operands() if type(x) is Read)
        return
    for k in numbers:
        if type(entry.args[k]) is Read:
            yield k, entry.args[k]


def _keeps_places(entry: Entry) -> bool:
    """Whether an entry copies an array as it is, in a dtype that keeps NaN."""
    rule = entry.inferred.op.rule
    copies = (recorded.ASSIGN.rule, recorded.ITEM.rule, np.astype, np.copy)
    if rule not in copies or type(entry.args[0]) is not Read:
        return False
    into = entry.target.aval if entry.target is not None else entry.inferred.outs[0]
    source = entry.args[0].aval.dtype
    return into.dtype.kind in "fc" and (source.kind != "c" or into.dtype.kind == "c")


def _reads_of(entry: Entry) -> list[Read]:
    """The reads of an entry in the order of their starts, its target last."""
    reads = [x for x in entry.operands() if type(x) is Read]
    return reads if entry.target is None else [*reads, entry.target]


def _take(starts: Iterator[int | None], read: Read) -> list[int | None]:
    return [next(starts) for _ in range(read.structure.n_starts)]


def _made_shapes(entries: Sequence[Entry]) -> dict[int, tuple[int, ...]]:
    return {
        slot: aval.shape
        for entry in entries
        for slot, aval in zip(entry.outs, entry.inferred.outs, strict=False)
    }


def _tainted(entries: Sequence[Entry], makes: Sequence[bool]) -> set[int]:
    """The slots that NaN or infinity made by the program may reach."""
    found: set[int] = set()
    for entry, made in zip(entries, makes, strict=True):
        if made or any(type(x) is Read and x.slot in found for x in entry.operands()):
            found.update(entry.outs)
            if entry.target is not None:
                found.add(entry.target.slot)
    return found


def _selected(entries: Sequence[Entry]) -> set[int]:
    """The slots of selections: nobody knows whether they have elements."""
    found: set[int] = set()
    for entry in entries:
        op = entry.inferred.op
        given = any(type(x) is Read and x.slot in found for x in entry.operands())
        if op in _SELECTING or (given and op.kind is not Kind.REDUCTION):
            found.update(entry.outs)
    return found


# What is looked at --------------------------------------------------------------------


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
        return self.closely and i in self.plan.entries

    def note(self, i: int, bad: jax.Array | None, where: Any = True) -> None:
        """Raise a flag where any element is bad."""
        if bad is not None:
            self.found.append(jnp.any(bad & where))
            self.lines.append(i)

    def operands(self, i: int, entry: Entry, args: list, kwargs: dict) -> None:
        """Look at operands of which the result keeps no trace."""
        code = self.codes[i]
        if i in self.late:
            for index, n in _indices(entry, args):
                self.note(i, (index < -n) | (index >= n))
        if code == NONE:
            return
        ufunc = _ufunc_of(entry)
        if ufunc in _INTEGER_DIVISIONS:
            where = kwargs.get("where", True) if entry.inferred.loop else True
            self.note(i, _bad_divisor(ufunc, entry, args, code), where)
        elif ufunc in _ORDERINGS and code & INVALID:
            given = list(_arrays(args))
            if any(_all(x).dtype.kind == "c" for x in given):
                for x in given:
                    self.note(i, jnp.isnan(_all(x)) & _mask(x))
        elif ufunc in _LOG_SUMS:
            self.note(i, _bad_distance(entry, args))
        if code & INVALID:
            self.casts(i, entry, args)
        if code & OVER and _is_of_integer_scalars(entry):
            self.note(i, _overflows(ufunc, entry, args))

    def casts(self, i: int, entry: Entry, args: list) -> None:
        """Look at numbers that are cast to integers."""
        inferred = entry.inferred
        if inferred.loop is not None:
            for x, dtype in zip(args, inferred.loop, strict=False):
                self.note(i, _misfits(x, dtype))
        elif _casts(entry):
            into = inferred.outs[0] if entry.target is None else entry.target.aval
            for x in _arrays(args):
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
            bad = _unexplained(entry, args, kwargs, _all(value), self.codes[i])
        else:
            bad = _not_finite(_all(value))
        where = kwargs.get("where", True) if entry.inferred.loop else True
        self.note(i, bad, where & _mask(value))

    def outs(self, now: Mapping[int, Any]) -> None:
        """Look at results of the program, when all is done."""
        for slot, i in self.plan.outs.items():
            self.note(i, _not_finite(_all(now[slot])), _mask(now[slot]))


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


def _all(x: Any) -> jax.Array:
    return x.all if isinstance(x, Masked) else jnp.asarray(x)


def _mask(x: Any) -> Any:
    return x.wide_mask() if isinstance(x, Masked) else True


def _arrays(args: list) -> Iterator[Any]:
    for x in args:
        if type(x) is list:
            yield from x
        elif isinstance(x, (Masked, jax.Array)):
            yield x


def _not_finite(x: jax.Array) -> jax.Array | None:
    return ~jnp.isfinite(x) if x.dtype.kind in "fc" else None


def _misfits(x: Any, dtype: np.dtype) -> jax.Array | None:
    """Numbers that an integer dtype may not hold; NumPy tells exactly."""
    values = _all(x)
    if values.dtype.kind not in "fc" or dtype.kind not in "iu":
        return None
    values = jnp.real(values)
    if values.dtype == np.float16:
        values = values.astype(np.float32)
    wide = np.iinfo(np.int64 if dtype.itemsize == 8 or dtype == np.uint32 else np.int32)
    low, high = (jnp.asarray(float(n), values.dtype) for n in (wide.min, wide.max))
    return ~((values > low) & (values < high)) & _mask(x)


def _bad_distance(entry: Entry, args: list) -> jax.Array | None:
    """Operands of `logaddexp` of which NumPy reports the difference, not the sum."""
    loop = entry.inferred.loop
    if loop is None:  # a method; NaN shows in its result
        return None
    x, y = (_all(a).astype(loop[0]) for a in args)
    is_nan = jnp.isnan(x) | jnp.isnan(y)
    overflows = jnp.isinf(x - y) & jnp.isfinite(x) & jnp.isfinite(y)
    return (is_nan | overflows) & _mask(args[0]) & _mask(args[1])


def _bad_divisor(ufunc: Any, entry: Entry, args: list, code: int) -> Any:
    """Integer divisors that are zero, or -1, by which the smallest int overflows."""
    x = args[-1] if len(args) > 1 else args[0]
    values = _all(x)
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
    return bad & _mask(x)


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
    wide = [_all(x).astype(np.float64) for x in args]
    value = estimate(*wide)
    is_exact = limits.bits <= _EXACT_BITS
    high = limits.max * (1.0 if is_exact else 1 - 2.0**-40)
    low = -high if limits.min else 0.0
    if not limits.min and ufunc is np.subtract:  # to the last bit
        return _all(args[0]) < _all(args[1])
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
    dividend = _all(args[0])
    if dividend.dtype != dtype:
        return False
    return dividend == jnp.asarray(np.iinfo(dtype).min, dtype)


def _unexplained(
    entry: Entry, args: list, kwargs: dict, value: jax.Array, code: int
) -> jax.Array | None:
    """Where NaN or infinity came up that the operands do not explain."""
    if value.dtype.kind not in "fc":
        return None
    op = entry.inferred.op
    if code & UNDER and op.rule not in _NEVER_UNDER:
        return _may_underflow(op.rule, args, value)
    nan, infinite = jnp.isnan(value), jnp.isinf(value)
    operands = [_all(x) for x in _arrays(args)]
    operands = [x for x in operands if x.dtype.kind in "fc"]
    if op.rule in _SUMS and "where" not in kwargs and type(args[0]) is not Masked:
        if operands:
            return _unexplained_sum(entry, kwargs, operands[0], value)
        return nan | infinite
    if op.kind is not Kind.UFUNC:
        return nan | infinite
    if any(x.dtype.kind == "c" for x in operands):
        return _unexplained_complex(op.rule, operands, value)
    if op.rule is np.nextafter:  # the second one only says where to
        operands = operands[:1]
    nan_in = _any([jnp.isnan(x) for x in operands])
    bad = nan & ~nan_in if code & INVALID else jnp.zeros_like(nan)
    new = infinite & ~nan_in & ~_any([jnp.isinf(x) for x in operands])
    at_pole = _at_pole(op.rule, args)
    if code & DIVIDE:
        bad = bad | (new & at_pole)
    if code & OVER:
        bad = bad | (new & ~at_pole)
    return bad


def _unexplained_complex(rule: Any, operands: list, value: jax.Array) -> jax.Array:
    """Where a complex operation may report; a NaN in one part explains nothing else."""
    if rule in (np.add, np.subtract):
        bad = jnp.zeros(value.shape, bool)
        for part in (jnp.real, jnp.imag):
            given = [part(x) for x in operands]
            new = ~jnp.isfinite(part(value)) & ~_any([jnp.isnan(x) for x in given])
            invalid = jnp.isnan(part(value))
            bad = bad | (new & (invalid | ~_any([jnp.isinf(x) for x in given])))
        return bad
    if rule is np.absolute:
        return ~jnp.isfinite(value) & jnp.isfinite(operands[0])
    if rule is np.divide:  # it computes with the parts of NaN, too
        return ~jnp.isfinite(value)
    is_nan = [jnp.isnan(jnp.real(x)) & jnp.isnan(jnp.imag(x)) for x in operands]
    return ~jnp.isfinite(value) & ~_any(is_nan)


def _unexplained_sum(
    entry: Entry, kwargs: dict, x: jax.Array, value: jax.Array
) -> jax.Array:
    """Where a sum, or the like, is not what its elements explain."""
    axis = kwargs.get("axis", 0 if _ufunc_of(entry) is not None else None)
    given: dict[str, Any] = {"keepdims": bool(kwargs.get("keepdims", False))}
    given["axis"] = axis if x.ndim else None
    nan_in = jnp.any(jnp.isnan(x), **given)
    infinite_in = jnp.any(jnp.isinf(x), **given)
    bad = ~jnp.isfinite(value) & ~nan_in & ~infinite_in
    bad = bad | (jnp.isnan(value) & infinite_in)
    if entry.inferred.op.rule in (np.sum, np.mean, np.add.reduce):
        finite = jnp.where(jnp.isfinite(x), x, jnp.zeros_like(x))
        bad = bad | ~jnp.isfinite(jnp.sum(finite, **given))
    return bad


#: Reductions of which each result is NaN or infinite where an element it takes is.
_SUMS = frozenset(
    {np.sum, np.prod, np.mean, np.var, np.std, np.add.reduce, np.multiply.reduce}
)


#: Ufuncs whose results are never too small for what they would be.
_NEVER_UNDER = frozenset(
    {np.add, np.subtract, np.sqrt, np.cbrt, np.log, np.log2, np.log10, np.log1p}
    | {np.cos, np.cosh, np.arccos, np.arccosh, np.floor_divide}
)


def _may_underflow(rule: Any, args: list, value: jax.Array) -> jax.Array:
    """Where a result is not finite, or so small that it may not be exact."""
    if rule not in (np.multiply, np.divide, np.square, np.exp):
        return jnp.ones(value.shape, bool)  # it may have been so on the way
    smallest = jnp.asarray(2 * np.finfo(value.dtype).tiny, value.real.dtype)
    parts = (value.real, value.imag) if value.dtype.kind == "c" else (value,)
    small = _any([jnp.abs(part) < smallest for part in parts])
    for x in args if rule is not np.exp else ():
        small = small & (_all(x) != jnp.zeros((), _all(x).dtype))
    return small | ~jnp.isfinite(value)


def _any(parts: list[jax.Array]) -> jax.Array:
    result = jnp.asarray(False)
    for part in parts:
        result = result | part
    return result


def _at_pole(rule: Any, args: list) -> jax.Array:
    """Where an infinite result is a division by zero, and no overflow."""
    if rule in (np.divide, np.floor_divide):
        divisor = _all(args[1])
        return divisor == jnp.zeros((), divisor.dtype)
    if rule in (np.reciprocal, np.power, np.float_power):
        x = _all(args[0])
        return x == jnp.zeros((), x.dtype)
    return jnp.asarray(rule in _POLES)


_POLES = frozenset({np.log, np.log2, np.log10, np.log1p, np.arctanh})
