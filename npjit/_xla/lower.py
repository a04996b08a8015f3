"""Lowering: a log as one pure JAX function.

The entries are walked in program order with the current value of each slot at hand: a
read is a view of it, a write makes a new one. What nobody needs is left to XLA's
dead-code elimination.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from numpy.lib.array_utils import normalize_axis_index, normalize_axis_tuple

from npjit._array import index_operations as recorded
from npjit._chapters.infer import Inferred
from npjit._chapters.registry import Kind, Operation, name_of
from npjit._graph.aval import Aval
from npjit._graph.log import Entry, Read, Value
from npjit._xla import selection, views
from npjit._xla.arguments import COMPLETED, complete_method, is_as_given
from npjit._xla.casts import cast
from npjit._xla.complex_arithmetic import multiply_by_real
from npjit._xla.exactness import is_derivable, is_exact, runtime_zero
from npjit._xla.flags import Flags
from npjit._xla.rules import rule_of
from npjit._xla.rules.indexing import (
    choose,
    copyto,
    fill_diagonal,
    gather,
    place,
    put,
    put_mask,
    putmask,
    scatter,
    select_cases,
)
from npjit._xla.rules.manipulation import assemble, block
from npjit._xla.rules.sorting import sort_into
from npjit._xla.rules.ufunc_methods import at
from npjit._xla.rules.ufuncs import power_by_number
from npjit.errors import Reason, Unsupported

__all__ = ["Lowering", "value_dtype"]

#: Operations whose operands after the first one are indices.
_INDEXED = frozenset({recorded.SCATTER, recorded.TAKE})
_TRANSPOSED: tuple[Any, ...] = (("transpose", (1, 0)),)
_PRODUCTS = frozenset({np.matmul, np.dot})
#: Parameters of ufuncs that say how to find the loop; it is found.
_LOOP_PARAMETERS = frozenset({"dtype", "casting", "order", "subok", "signature"})


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


def _numbers(entry: Entry):
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
        value = _written(entry.inferred, old, args, dict(kwargs), look)
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


def _written(
    inferred: Inferred,
    old: jax.Array,
    args: list,
    kwargs: dict,
    look: Callable[[jax.Array, Any], None],
) -> jax.Array:
    """What a target holds after an entry wrote it; `look` sees what is cast for it."""
    op = inferred.op
    if op in (recorded.PUT_SELECTED, recorded.PUT_AT):
        return selection.written(inferred, old, args)
    if op is recorded.ASSIGN:
        return _broadcast(cast(args[0], old.dtype), old.shape)
    if op is recorded.SCATTER:
        value, *indices = args
        return scatter(old, cast(value, old.dtype), *indices, key=kwargs["key"])
    if op.rule in _WRITES:
        return _WRITES[op.rule](old, *args, **kwargs)
    mask = kwargs.pop("where", None) if op.kind is Kind.UFUNC else None
    if mask is not None and is_derivable():
        args = [_shielded(x, mask, old.shape) for x in args]
    (value,) = compute(inferred, args, kwargs)
    look(value, mask)
    value = _broadcast(cast(value, old.dtype), old.shape)
    if mask is None:
        return value
    return jnp.where(jnp.broadcast_to(mask, old.shape), value, old)


def _shielded(x: Any, mask: Any, shape: tuple[int, ...]) -> jax.Array:
    """An operand, with other values where nothing is computed."""
    value = _broadcast(jnp.asarray(x), shape)
    return selection.shielded(value, jnp.broadcast_to(mask, shape))


def _broadcast(value: jax.Array, shape: tuple[int, ...]) -> jax.Array:
    extra = max(value.ndim - len(shape), 0)  # NumPy drops leading axes of length 1
    return jnp.broadcast_to(value.reshape(value.shape[extra:]), shape)


def compute_any(inferred: Inferred, args: list, kwargs: dict) -> Sequence[Any]:
    """The results of one recorded call, of arrays or of selections."""
    op = inferred.op
    if op in _SELECTING or any(isinstance(x, selection.Masked) for x in args):
        return selection.compute(inferred, args, kwargs, compute)
    return compute(inferred, args, kwargs)


_SELECTING = frozenset({recorded.SELECT, recorded.SELECT_AT, recorded.NONZERO})


def compute(inferred: Inferred, args: list, kwargs: dict) -> Sequence[jax.Array]:
    """The results of one recorded call, by its rule."""
    op = inferred.op
    if op.kind is Kind.UFUNC:
        return _ufunc(inferred, args, kwargs)
    if op.kind is Kind.REDUCTION:
        return [_reduction(inferred, args, kwargs)]
    special = _SPECIAL.get(op.rule) or complete_method(op.rule)
    if special is not None:
        return [special(inferred, *args, **kwargs)]
    result = _rule(op)(*args, **kwargs)
    return result if isinstance(result, (list, tuple)) else [result]


def _rule(op: Operation) -> Callable[..., Any]:
    return _rule_for(op.rule)


def _rule_for(func: Callable[..., Any]) -> Callable[..., Any]:
    found = rule_of(func)
    if found is None:
        raise Unsupported(Reason.NO_LOWERING, name_of(func))
    return found


def _ufunc(inferred: Inferred, args: list, kwargs: dict) -> Sequence[jax.Array]:
    loop = inferred.loop
    assert loop is not None
    if set(kwargs) - _LOOP_PARAMETERS - {"where"}:
        raise Unsupported(Reason.PARAMETER, ", ".join(kwargs))
    cast_args = [cast(a, d) for a, d in zip(args, loop, strict=False)]
    rule = _rule(inferred.op)
    if inferred.op.rule is np.multiply and _is_real_by_complex(args):
        rule = multiply_by_real
    result: Any
    if inferred.op.rule is np.power and _is_by_number(cast_args):
        result = power_by_number(*cast_args)
    else:
        result = rule(*jnp.broadcast_arrays(*cast_args))
    results: tuple[jax.Array, ...] = result if isinstance(result, tuple) else (result,)
    if "where" in kwargs:  # what is not computed is undefined without out=
        shape = inferred.outs[0].shape
        results = tuple(jnp.broadcast_to(r, shape) for r in results)
    return results


def _is_real_by_complex(args: Sequence[jax.Array]) -> bool:
    return {a.dtype.kind == "c" for a in args} == {True, False}


def _is_by_number(args: Sequence[jax.Array]) -> bool:
    x, y = args
    is_float = x.dtype in (np.float32, np.float64)
    return is_float and y.ndim == 0 < x.ndim and is_exact()


def _reduction(inferred: Inferred, args: list, kwargs: dict) -> jax.Array:
    op = inferred.op
    a = jnp.asarray(args[0])
    params = dict(kwargs)
    owner = getattr(op.rule, "__self__", None)
    is_method = isinstance(owner, np.ufunc)
    rule = _rule(op)
    axis = params.pop("axis", 0 if is_method else None)
    if a.ndim == 0 and axis in (0, -1):  # NumPy lets a number be reduced
        axis = None
    axes = range(a.ndim) if axis is None else normalize_axis_tuple(axis, a.ndim)
    params["axis"] = tuple(sorted(axes))
    params["keepdims"] = bool(params.pop("keepdims", False))
    if inferred.outs and "dtype" not in params:
        params["dtype"] = inferred.outs[0].dtype
    elif "dtype" not in params:
        # With out= NumPy accumulates in the dtype of the result it would make.
        raise Unsupported(Reason.PARAMETER, "out")
    params["dtype"] = np.dtype(params["dtype"])
    if params.get("where") is True:
        del params["where"]
    if op.rule is np.ptp:
        del params["dtype"]
    if op.rule in (np.var, np.std) and a.dtype.kind == "c":
        params["dtype"] = a.dtype
    return rule(a, **params)


# Calls whose rule wants its parameters completed ------------------------------------


def _join(inferred, arrays, **kwargs):
    return _rule(inferred.op)(*arrays, dtype=inferred.outs[0].dtype)


def _join_along(inferred, arrays, *, axis=0, **kwargs):
    aval = inferred.outs[0]
    if axis is not None:
        axis = normalize_axis_index(axis, aval.ndim)
    return _rule(inferred.op)(*arrays, axis=axis, dtype=aval.dtype)


def _create(inferred, *operands, **kwargs):
    """Creation: the result's aval says it all, a fill value is the only operand."""
    fill = [kwargs["fill_value"]] if "fill_value" in kwargs else list(operands[-1:])
    aval = inferred.outs[0]
    return _rule(inferred.op)(*fill, shape=aval.shape, dtype=aval.dtype)


def _square(inferred, *operands, **kwargs):
    kwargs = {k: v for k, v in kwargs.items() if k not in ("order", "device")}
    return _rule(inferred.op)(**{**kwargs, "dtype": inferred.outs[0].dtype})


def _linspace(inferred, start, stop, *, num=50, endpoint=True, axis=0):
    aval = inferred.outs[0]
    about = {"num": int(num), "endpoint": bool(endpoint), "dtype": aval.dtype}
    ends = cast(start, aval.dtype), cast(stop, aval.dtype)
    about["axis"] = normalize_axis_index(axis, aval.ndim)
    return _rule(inferred.op)(*ends, **about)


def _vander(inferred, x, *, N=None, increasing=False):
    dtype = inferred.outs[0].dtype
    n = None if N is None else int(N)
    return _rule(inferred.op)(x, N=n, increasing=bool(increasing), dtype=dtype)


def _cast_all(inferred, *operands, **kwargs):
    dtype = inferred.outs[0].dtype
    kwargs.pop("dtype", None)
    kwargs.pop("casting", None)
    return _rule(inferred.op)(*[cast(a, dtype) for a in operands], **kwargs)


def _einsum(inferred, subscripts, *operands, optimize=False):
    dtype = inferred.outs[0].dtype
    cast_operands = [cast(a, dtype) for a in operands]
    return _rule(inferred.op)(*cast_operands, subscripts=subscripts)


def _where(inferred, condition, x, y):
    aval = inferred.outs[0]
    parts = [cast(condition, np.dtype(bool)), cast(x, aval.dtype), cast(y, aval.dtype)]
    return _rule(inferred.op)(*jnp.broadcast_arrays(*parts))


def _clip(inferred, a, **kwargs):
    aval = inferred.outs[0]
    low = kwargs.get("min", kwargs.get("a_min"))
    high = kwargs.get("max", kwargs.get("a_max"))
    # As they are: NumPy has a loop of its own for bounds that are one number each.
    # A bound that is a bool has come as it is.
    return _rule(inferred.op)(
        *[p if p is None else cast(jnp.asarray(p), aval.dtype) for p in (a, low, high)]
    )


def _cumulative(inferred, a, *, axis=None, dtype=None, **kwargs):
    if axis is None and inferred.op.rule in (np.cumulative_sum, np.cumulative_prod):
        axis = 0
    elif axis is not None:
        axis = normalize_axis_index(axis, a.ndim)
    return _rule(inferred.op)(a, axis=axis, dtype=inferred.outs[0].dtype, **kwargs)


def _position(inferred, a, *, axis=None, keepdims=False):
    if axis is not None:
        axis = normalize_axis_index(axis, a.ndim)
    return _rule(inferred.op)(a, axis=axis, keepdims=bool(keepdims))


def _astype(inferred, a, dtype=None, copy=True, **kwargs):
    return cast(a, inferred.outs[0].dtype)


def _round(inferred, a, *, decimals=0):
    dtype = inferred.outs[0].dtype
    return _rule(inferred.op)(a, decimals=int(decimals), dtype=dtype)


def _pad(inferred, a, *, pad_width, mode="constant", constant_values=0):
    if isinstance(pad_width, dict):
        raise Unsupported(Reason.PARAMETER, "pad_width by axis")
    pairs = np.broadcast_to(np.asarray(pad_width, int), (a.ndim, 2)).tolist()
    given = {"constant_values": constant_values} if mode == "constant" else {}
    return _rule(inferred.op)(a, pad_width=pairs, mode=mode, **given)


def _take(inferred, a, indices, *, axis=None, mode="raise"):
    if axis is not None:
        axis = normalize_axis_index(axis, a.ndim)
    return _rule(inferred.op)(a, indices, axis=axis, mode=mode)


def _choose(inferred, a, *choices, mode="raise"):
    aval = inferred.outs[0]
    choices = tuple(cast(x, aval.dtype) for x in choices)
    return jnp.broadcast_to(choose(a, *choices, mode=mode), aval.shape)


def _select_cases(inferred, *arrays, n):
    aval = inferred.outs[0]
    choices = [cast(x, aval.dtype) for x in arrays[n:]]
    return jnp.broadcast_to(select_cases(arrays[:n], choices), aval.shape)


def _repeat(inferred, a, *, repeats, axis=None):
    if axis is not None:
        axis = normalize_axis_index(axis, a.ndim)
    return _rule(inferred.op)(a, repeats=int(repeats), axis=axis)


def _trace(inferred, a, dtype=None, **kwargs):
    return _rule_for(np.trace)(a, dtype=inferred.outs[0].dtype, **kwargs)


def _linalg_trace(inferred, a, *, offset=0, dtype=None):
    return _trace(inferred, a, offset=offset, axis1=a.ndim - 2, axis2=a.ndim - 1)


def _reshape(inferred, a, *, shape, order="C", copy=None):
    return _rule_for(np.reshape)(a, shape=inferred.outs[0].shape, order=_order(order))


def _order(order: str) -> str:
    if order not in ("C", "F"):
        raise Unsupported(Reason.PARAMETER, f"order={order!r}")
    return order


def _twin(func):
    """A callable of `np.linalg` that is another name for one of NumPy's."""

    def same(inferred, *operands, **kwargs):
        dtype = inferred.outs[0].dtype
        return _rule_for(func)(*[cast(a, dtype) for a in operands], **kwargs)

    return same


#: What a target holds afterwards, for calls that write an argument.
_WRITES: dict[Any, Callable[..., jax.Array]] = {
    np.copyto: copyto,
    np.putmask: putmask,
    np.fill_diagonal: fill_diagonal,
    np.place: place,
    recorded.PUT.rule: put,
    recorded.SORT_INTO.rule: sort_into,
    recorded.UFUNC_AT.rule: at,
}
_SPECIAL: dict[Any, Callable[..., Any]] = {
    **COMPLETED,
    recorded.ITEM.func: lambda inferred, a: a,
    recorded.GATHER.func: lambda inferred, a, *indices, key: gather(
        a, *indices, key=key
    ),
    recorded.BLOCK.func: lambda inferred, *leaves, template: block(
        *leaves, template=template, dtype=inferred.outs[0].dtype
    ),
    recorded.CHOOSE.func: _choose,
    recorded.SELECT_CASES.func: _select_cases,
    recorded.ASSEMBLE.func: lambda inferred, *elements, shape, dtype: assemble(
        *elements, shape=shape, dtype=dtype
    ),
    recorded.RESHAPE_COPY.func: _reshape,
    np.where: _where,
    np.clip: _clip,
    np.einsum: _einsum,
    np.trace: _trace,
    np.linalg.trace: _linalg_trace,
    np.astype: _astype,
    np.pad: _pad,
    np.copy: _astype,
    np.repeat: _repeat,
    np.linalg.cross: _twin(np.cross),
    np.linalg.matmul: _twin(np.matmul),
    np.linalg.vecdot: _twin(np.vecdot),
    np.linalg.outer: _twin(np.outer),
    np.linalg.tensordot: _twin(np.tensordot),
}
for _funcs, _special in (
    ((np.concatenate, np.stack), _join_along),
    ((np.hstack, np.vstack, np.dstack, np.column_stack), _join),
    ((np.zeros, np.ones, np.empty, np.full), _create),
    ((np.zeros_like, np.ones_like, np.empty_like, np.full_like), _create),
    ((np.eye, np.identity, np.tri), _square),
    ((np.vander,), _vander),
    ((np.linspace,), _linspace),
    ((np.matmul, np.vecdot, np.matvec, np.vecmat), _cast_all),
    ((np.dot, np.vdot, np.inner, np.outer, np.tensordot), _cast_all),
    ((np.cross, np.convolve, np.correlate), _cast_all),
    ((np.cumsum, np.cumprod, np.cumulative_sum, np.cumulative_prod), _cumulative),
    ((np.argmax, np.argmin), _position),
    ((np.round, np.around), _round),
    ((np.take,), _take),
):
    for _func in _funcs:
        _SPECIAL[_func] = _special
