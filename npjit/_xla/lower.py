"""Lowering: a log as one pure JAX function.

The entries are walked in program order with the current value of each slot at hand: a
read is a view of it, a write makes a new one. What nobody needs is left to XLA's
dead-code elimination.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from npjit._array import index_operations as recorded
from npjit._chapters.registry import Operation
from npjit._graph.aval import Aval
from npjit._graph.log import Entry, Read, Value
from npjit._xla import selection, views
from npjit._xla.casts import cast
from npjit._xla.compute import compute_any
from npjit._xla.exactness import runtime_zero
from npjit._xla.flags import Flags
from npjit._xla.numbers import value_places
from npjit._xla.rules.indexing import put_mask
from npjit._xla.writes import written
from npjit.errors import Reason, Unsupported

__all__ = ["Lowering"]

_TRANSPOSED: tuple[Any, ...] = (("transpose", (1, 0)),)
_PRODUCTS = frozenset({np.matmul, np.dot})


class Lowering:
    """A cut of a log, ready to be traced by JAX.

    Parameters
    ----------
    entries : sequence of Entry
    numbers : sequence
        The numbers among the operands, of which only the types count.
    leaves : sequence of int
        The slots whose values are arguments.
    outs : sequence of int
        The slots whose values are results.
    starts : sequence of int or None
        Where each index primitive begins; None where it is an argument.
    exact : bool
        Whether elementwise arithmetic keeps NumPy's bits.
    flags : Flags
        What the program tells of its values.
    """

    def __init__(self, entries, numbers, leaves, outs, starts, exact, flags):
        self.entries: Sequence[Entry] = entries
        self.leaves: Sequence[int] = leaves
        self.outs: Sequence[int] = outs
        self.starts: Sequence[int | None] = starts
        self.exact: bool = exact
        self.flags: Flags = flags
        self.places = value_places(entries, numbers)
        self.kept = slots_seen_shifted(entries)

    def __call__(self, leaves, values, starts, zero):
        """The program's results and its flags; `values` holds one array per dtype."""
        self.flags.begin()
        with runtime_zero(zero if self.exact else None):
            results = _Walk(self, leaves, values, starts).run()
            return results, self.flags.raised()

    def versions(self, leaves, values, starts, zero, *, apart):
        """For each entry what it made, or the new version of what it wrote.

        Those of the numbers `apart` are computed once, for all that uses them.
        """
        self.flags.begin()
        with runtime_zero(zero if self.exact else None):
            walk = _Walk(self, leaves, values, starts)
            return [walk.version(i, i in apart) for i in range(len(self.entries))]


def slots_seen_shifted(entries: Sequence[Entry]) -> set[int]:
    """The slots of which several views or rearrangements are read.

    XLA would compute such a value anew for each of them, and again for each of theirs.
    """
    seen: dict[int, set[Any]] = {}
    for i, entry in enumerate(entries):
        for x in entry.operands():
            if type(x) is not Read:
                continue
            views_of = seen.setdefault(x.slot, set())
            if entry.inferred.op.rule in _REARRANGING:
                views_of.add(i)
            elif x.structure.prims:
                views_of.add((x.structure.id, x.starts))
    return {slot for slot, views_of in seen.items() if len(views_of) > 1}


#: Operations whose result has the elements of an operand in other places.
_REARRANGING = frozenset({np.roll, np.repeat, np.tile, np.concatenate, recorded.gather})


class _Walk:
    """One walk over the entries, with traced values."""

    def __init__(self, lowering: Lowering, leaves, values, starts):
        self.lowering = lowering
        self.values = values
        self.now: dict[int, jax.Array] = dict(
            zip(lowering.leaves, map(jnp.asarray, leaves), strict=True)
        )
        self.starts = iter(_merged(lowering.starts, starts))
        #: Transposed matrices that were read, by their ids, and what they were before.
        self.transposed: dict[int, tuple[jax.Array, jax.Array]] = {}

    def run(self) -> list[jax.Array]:
        for i, entry in enumerate(self.lowering.entries):
            self.entry(i, entry)
        flags = self.lowering.flags
        for slot in flags.plan.outs:  # what is looked at is not computed anew for it
            self.now[slot] = lax.optimization_barrier(self.now[slot])
        flags.outs(self.now)
        # JAX would hand out an argument itself as a result, and with it a buffer that
        # is written later; a copy is a new value.
        return [jax.tree.map(jnp.copy, self.now[slot]) for slot in self.lowering.outs]

    def entry(self, i: int, entry: Entry) -> None:
        args = [self.operand(a) for a in entry.args]
        kwargs = {k: self.operand(v) for k, v in entry.kwargs.items()}
        flags = self.lowering.flags
        flags.operands(i, entry, args, kwargs)
        if entry.target is not None:
            self.write(i, entry, args, kwargs)
            return
        if entry.inferred.op.rule in _PRODUCTS:
            args = self.turned(*args)
        results = compute_any(entry.inferred, args, kwargs)
        for slot, aval, value in zip(
            entry.outs, entry.inferred.outs, results, strict=True
        ):
            value = flags.guarded(i, args, _as(value, aval, entry.inferred.op))
            if slot in self.lowering.kept or flags.keeps(i):
                value = lax.optimization_barrier(value)
            flags.result(i, entry, args, kwargs, value)
            self.now[slot] = value

    def version(self, i: int, is_apart: bool) -> list[Any]:
        entry = self.lowering.entries[i]
        self.entry(i, entry)
        slots = entry.outs if entry.target is None else (entry.target.slot,)
        if is_apart:
            for slot in slots:
                self.now[slot] = lax.optimization_barrier(self.now[slot])
        return [jax.tree.map(jnp.copy, self.now[slot]) for slot in slots]

    def operand(self, x: Any) -> Any:
        kind = type(x)
        if kind is Read:
            return self.read(x, self.begin(x))
        if kind is Value:
            dtype, place = self.lowering.places[x.index]
            return self.values[dtype][place]
        if kind is list:
            return [self.operand(item) for item in x]
        return x

    def begin(self, read: Read) -> list[Any]:
        return [next(self.starts) for _ in range(read.structure.n_starts)]

    def read(self, read: Read, starts: list[Any]) -> jax.Array:
        prims, value = read.structure.prims, self.now[read.slot]
        if prims[-1:] != _TRANSPOSED:
            return views.read_chain(prims, value, starts)
        before = views.read_chain(prims[:-1], value, starts)
        after = views.read_chain(_TRANSPOSED, before, [])
        self.transposed[id(after)] = after, before
        return after

    def turned(self, a: Any, b: Any) -> list[Any]:
        """The operands of a product with a vector; ``a.T @ b`` is ``b @ a``.

        XLA:CPU reads a transposed matrix by columns: 1700 by 1700 in 2 ms, and 0.5.
        """
        ndims = getattr(a, "ndim", None), getattr(b, "ndim", None)
        if ndims == (2, 1) and id(a) in self.transposed:
            return [b, self.transposed[id(a)][1]]
        if ndims == (1, 2) and id(b) in self.transposed:
            return [self.transposed[id(b)][1], a]
        return [a, b]

    def write(self, i: int, entry: Entry, args: list, kwargs: dict) -> None:
        target = entry.target
        assert target is not None
        starts = self.begin(target)
        if entry.inferred.op is recorded.PUT_MASK:
            self.put_mask(i, entry, starts, args)
            return
        old = self.read(target, starts)
        flags = self.lowering.flags
        look = functools.partial(flags.stored, i, entry)
        value = written(entry.inferred, old, args, dict(kwargs), look)
        value = flags.guarded(i, args, value)
        if flags.keeps(i):
            value = lax.optimization_barrier(value)
        flags.result(i, entry, args, kwargs, value)
        new = views.write_chain(
            target.structure.prims, self.now[target.slot], starts, value
        )
        self.written(target, new)

    def put_mask(self, i: int, entry: Entry, starts: list, args: list) -> None:
        """Write where a mask says; not by way of an array in the order of its axes.

        XLA:CPU would lay out all that follows in that order.
        """
        target = entry.target
        assert target is not None
        (value, mask), prims, order = args, target.structure.prims, None
        if prims and prims[-1][0] == "transpose":
            prims, (_, order) = prims[:-1], prims[-1]
        now = self.now[target.slot]
        old = views.read_chain(prims, now, starts)
        new = put_mask(old, mask, cast(value, old.dtype), order)
        self.lowering.flags.result(i, entry, args, {}, new)
        self.written(target, views.write_chain(prims, now, starts, new))

    def written(self, target: Read, new: jax.Array) -> None:
        if target.structure.prims:
            # Else XLA computes the new version anew for each shifted view of it: 13
            # steps of a stencil on 1e6 elements took 5.7 ms each, 0.36 with this.
            new = lax.optimization_barrier(new)
        self.now[target.slot] = new


def _merged(static: Sequence[int | None], dynamic: Any):
    position = 0
    for start in static:
        if start is None:
            yield dynamic[position]
            position += 1
        else:
            yield start


def _as(value: Any, aval: Aval, op: Operation) -> Any:
    """A result in the dtype NumPy gives; its shape must be right already."""
    if isinstance(value, selection.Masked):
        return value.of(cast(value.all, aval.dtype))
    if value.shape != aval.shape:
        detail = f"{op.name}: shape {value.shape}, NumPy's is {aval.shape}"
        raise Unsupported(Reason.INTERNAL, detail)
    return cast(value, aval.dtype)
