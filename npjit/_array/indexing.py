"""`x[...]` and `x[...] = value`.

Basic indices give views: NumPy applies them to a shadow. Index
arrays are looked at, since they can be out of bounds, and then recorded; a mask that is
read makes the shape depend on values and runs in NumPy, one that is written does not.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any
from weakref import ref

import numpy as np

from npjit._array import selected_calls
from npjit._array.array import (
    ARRAYS,
    PRESUMED,
    SCALARS,
    STAND_INS,
    Array,
    Scalar,
    Selection,
    ask,
    is_pending,
    is_pinned,
    lift_array,
    peek,
    real_of,
)
from npjit._array.entries import is_writeable
from npjit._array.host_node import (
    call_on_numbers,
    constant,
    direct,
    has_stand_in,
    host_node,
)
from npjit._array.index_operations import (
    ASSIGN,
    GATHER,
    GET_ON_HOST,
    ITEM,
    PUT_MASK,
    SCATTER,
    SET_ON_HOST,
    fill_key,
)
from npjit._array.known_indices import interval_of, known_places
from npjit._array.operands import SERVERS
from npjit._array.recorder import call, record, record_late
from npjit._array.view import View, shadow_of, view_of_shadow
from npjit._chapters.registry import operation_of
from npjit._graph.aval import DTYPES, Aval
from npjit._graph.stack import Stack, unguarded_stack
from npjit._graph.structure import ROOT, Structure
from npjit._graph.trace import Trace, user_line
from npjit.errors import ConcretizationError, Reason

__all__ = [
    "answered",
    "as_operand",
    "get_item",
    "index_array",
    "is_in_bounds",
    "is_open",
    "late_stack",
    "need_value",
    "set_item",
    "tell_if_pending",
    "view_with",
]


def view_with(parent: Array, view: View) -> Array:
    """The stand-in of a view of `parent`."""
    return _kept(parent, view, parent._structure.extended(view.prims))


def _kept(parent: Array, view: View, structure: Structure) -> Array:
    """The stand-in of a view that user code gets."""
    array = _part(parent, view, structure)
    if parent._storage.root is None and is_root(parent):
        parent._storage.root = ref(parent)
    array._is_view = True
    array._readonly = not view.writeable or not is_writeable(parent)
    return array


def _part(parent: Array, view: View, structure: Structure) -> Array:
    """A view as an operand or a target, which nobody else will see."""
    return Array(
        parent._trace,
        parent._storage,
        view.aval,
        structure,
        parent._starts + view.starts,
        parent._offset + view.offset,
    )


def is_root(array: Array) -> bool:
    """Whether the array's memory is its own."""
    return array._structure is ROOT and not array._is_view


@lru_cache(maxsize=16384)
def _basic_view(
    aval: Aval, structure: Structure, key: tuple
) -> tuple[View, Structure] | None:
    """The view of a basic index, and the chain of primitives that leads there."""
    shadow = shadow_of(aval)
    index = tuple(slice(*k) if type(k) is tuple else k for k in key)
    # The Ellipsis keeps NumPy from reading an element of the shadow.
    child = shadow[index if Ellipsis in key else (*index, ...)]
    view = view_of_shadow(aval, shadow, child)
    return None if view is None else (view, structure.extended(view.prims))


def _plain_key(key: tuple) -> tuple | None:
    """A key of integers, slices, None and Ellipsis, as hashable parts."""
    parts: list[Any] = []
    for k in key:
        kind = type(k)
        if kind is slice:
            part = k.start, k.stop, k.step
            if not _BOUNDS.issuperset(map(type, part)):
                return None
            parts.append(part)
        elif kind in _PLAIN:
            parts.append(k)
        else:
            return None
    return tuple(parts)


#: The types of most indices, and of the bounds of most slices.
_PLAIN = frozenset({int, type(None), type(...)})
_BOUNDS = frozenset({int, type(None)})


def _basic_key(key: tuple) -> tuple | None:
    """The key as hashable parts, if it is basic."""
    parts: list[Any] = []
    for k in key:
        kind = type(k)
        if kind is slice:
            parts.append((_bound(k.start), _bound(k.stop), _bound(k.step)))
        elif kind in _PLAIN:
            parts.append(k)
        elif isinstance(k, np.integer):
            try:
                parts.append(int(k))
            except ConcretizationError:  # to JAX it is an index array without axes
                return None
        elif kind in SCALARS and k._aval.dtype.kind in "iu":
            parts.append(int(need_value(k, "index")))
        else:
            return None
    return tuple(parts)


def _bound(bound: Any) -> int | None:
    return None if bound is None else bound.__index__()


def get_item(array: Array, key: Any) -> Any:
    """`array[key]`."""
    trace = array._trace
    if trace.direct:
        return direct(np.ndarray.__getitem__, (array, key), {})
    keys = key if type(key) is tuple else (key,)
    basic = _plain_key(keys)
    if basic is None:
        known = _known(array, keys)
        if known is not None:
            return record(trace, GATHER, (array, *known[1]), {"key": known[0]})
        try:
            basic = _basic_key(keys)
        except (TypeError, AttributeError):  # a bound that is no integer
            return _host_get(trace, array, key, Reason.CAN_FAIL)
        if basic is None:
            return _advanced_get(trace, array, key, keys)
    found = _basic_view(array._aval, array._structure, basic)
    if found is None or array._storage.pinned:
        return _host_get(trace, array, key, Reason.LAYOUT)
    if found[0].aval.ndim == 0 and Ellipsis not in basic:
        return record(trace, ITEM, (_part(array, *found),), {})
    return _kept(array, *found)


def _known(array: Array, keys: tuple) -> tuple[tuple, list] | None:
    """The place of one element that need not be computed before it is used."""
    return None if is_pinned(array) else known_places(array, keys)


def _host_get(trace: Trace, array: Array, key: Any, reason: Reason) -> Any:
    """The index is NumPy's; a view it returns is known by its memory."""
    if array._storage.pinned:
        part = _part_of_pinned(trace, array, key)
        if part is not None:
            return part
        result = real_of(array)[_real_key(key)]
        return lift_array(trace, result) if type(result) is np.ndarray else result
    return host_node(trace, GET_ON_HOST, (array, key), {}, reason)


def _part_of_pinned(trace: Trace, array: Array, key: Any) -> Array | None:
    """A view by slices, as one that a replay makes again."""
    tape = trace.tape
    if tape is None or _plain_key(key if type(key) is tuple else (key,)) is None:
        return None
    tape.quiet += 1
    try:
        real = real_of(array)[key]
        if type(real) is not np.ndarray:
            return None
        part: Array = lift_array(trace, real)
    finally:
        tape.quiet -= 1
    tape.calls(operator.getitem, (array, key), {}, [])
    tape.returns(real, part)
    return part


def _real_key(key: Any) -> Any:
    if type(key) in STAND_INS:
        return real_of(key)
    return tuple(map(_real_key, key)) if type(key) is tuple else key


def set_item(array: Array, key: Any, value: Any) -> None:
    """`array[key] = value`."""
    trace = array._trace
    if trace.direct:
        direct(np.ndarray.__setitem__, (array, key, value), {})
        return
    keys = key if type(key) is tuple else (key,)
    basic = _plain_key(keys)
    if basic is None:
        known = _known(array, keys)
        if known is not None and is_writeable(array) and not _has_axes(value):
            if type(value) in SCALARS:
                value = _as_element(trace, value, array._aval.dtype)
            elif isinstance(value, np.generic):
                value = _converted(trace, value, array._aval.dtype)
            operands = as_operand(trace, array, value), *known[1]
            record(trace, SCATTER, operands, {"key": known[0], "out": array})
            return
        try:
            basic = _basic_key(keys)
        except (TypeError, AttributeError):  # a bound that is no integer
            _host_set(trace, array, key, value, Reason.CAN_FAIL)
            return
    if is_pinned(array) or not is_writeable(array):
        reason = Reason.WRITES_BUFFER if trace.open else Reason.LAYOUT
        _host_set(trace, array, key, value, reason)
    elif basic is None:
        _advanced_set(trace, array, key, keys, value)
    else:
        found = _basic_view(array._aval, array._structure, basic)
        if found is None:
            _host_set(trace, array, key, value, Reason.LAYOUT)
        elif found[0].aval.ndim == 0 and _has_axes(value):
            # One element is set by `float(value)`, `x[...]` by broadcasting.
            _host_set(trace, array, key, value, Reason.CAN_FAIL)
        else:
            assign_to(_part(array, *found), value)


def _has_axes(value: Any) -> bool:
    if type(value) is float:
        return False
    if isinstance(value, (list, tuple)):
        return True
    return (type(value) in ARRAYS or type(value) is np.ndarray) and value.ndim > 0


def _host_set(trace, array, key, value, reason) -> None:
    host_node(trace, SET_ON_HOST, (array, key, value), {}, reason)


def assign_to(target: Array, value: Any) -> None:
    """`target[...] = value` for a writeable target."""
    trace = target._trace
    if type(value) is Array:
        if value._storage is target._storage:
            same = value._structure is target._structure
            if same and value._starts == target._starts:
                return  # what `x[i] += 1` does after its in-place addition
    elif type(value) is float and target._aval.dtype is _FLOAT64:
        pass
    elif type(value) in SCALARS:
        value = _as_element(trace, value, target._aval.dtype)
    elif type(value) not in STAND_INS and type(value) is not np.ndarray:
        value = _converted(trace, value, target._aval.dtype)
    record(trace, ASSIGN, (value,), {"out": target})


_FLOAT64 = np.dtype(np.float64)


def _converted(trace: Trace, value: Any, dtype: np.dtype) -> Any:
    """A value that is no array, as NumPy would write it; its errors are NumPy's."""
    if isinstance(value, np.ndarray):
        return value
    if has_stand_in(value):
        return SERVERS.viewer.assemble(trace, value, dtype)
    if type(value) is float and dtype == np.float64:
        return value
    if isinstance(value, (int, float, complex, np.generic)):
        cell = np.empty((), dtype)
        line = user_line()
        trace.engine.call(line, np.ndarray.__setitem__, (cell, (), value), {})
        if trace.tape is not None and not _fits(value, cell):
            trace.tape.fail(Reason.WARNS, "a number of another kind is written")
        return cell[()]
    return call_on_numbers(trace, np.array, (value, dtype), {})


def _fits(value: Any, cell: np.ndarray) -> bool:
    """Whether NumPy has surely not warned when it wrote a number."""
    if type(value) is int or type(value) is bool:
        return True  # what is out of bounds has raised
    given = np.asarray(value)
    kind = np.can_cast(given.dtype, cell.dtype, "same_kind")
    return kind and np.isfinite(given) == np.isfinite(cell)


def _as_element(trace: Trace, scalar: Scalar, dtype: np.dtype) -> Any:
    """A scalar to be written to integers: NumPy goes through `int`, which may raise."""
    own = scalar._aval.dtype
    is_int = dtype.kind in "iu" and own.kind in "iuf"
    if not is_int or np.can_cast(own, dtype):
        return scalar
    return _converted(trace, need_value(scalar, "ndarray.__setitem__"), dtype)


# Index arrays and masks -------------------------------------------------------------


def _advanced_get(trace: Trace, array: Array, key: Any, keys: tuple) -> Any:
    around = _around_mask(array, keys)
    if around is not None and not around[2]:
        found = selected_calls.get(*around[:2])
        if found is not None:
            return found
    part, keys = _with_whole_slices(array, keys)
    stack = late_stack(trace, keys)
    template = _template(trace, part, keys, may_be_late=stack is not None)
    if template is None and trace.is_pure and any(map(_is_mask, keys)):
        return get_item(array, _with_places(trace, keys))
    if template is None:
        reason = Reason.DATA_DEPENDENT_SHAPE if _has_mask(keys) else Reason.CAN_FAIL
        return _host_get(trace, array, key, reason)
    spec, indices, is_late = template
    if is_late and stack is not None:
        return record_late(trace, GATHER, (part, *indices), {"key": spec}, stack)
    return record(trace, GATHER, (part, *indices), {"key": spec})


def _advanced_set(
    trace: Trace, array: Array, key: Any, keys: tuple, value: Any
) -> None:
    around = _around_mask(array, keys)
    if around is not None and _masked_set(trace, *around, value):
        return
    if trace.is_pure and any(map(_is_mask, keys)):
        set_item(array, _with_places(trace, keys), value)
        return
    part, keys = _with_whole_slices(array, keys)
    template = _template(trace, part, keys)
    is_twice = template is not None and _has_duplicates(part, *template[:2])
    if template is not None and is_twice and trace.is_pure:
        _set_last(part, template[0], template[1], value)
        return
    if template is None or is_twice:
        _host_set(trace, array, key, value, Reason.CAN_FAIL)
        return
    spec, indices, _ = template
    value = as_operand(trace, array, value)
    record(trace, SCATTER, (value, *indices), {"key": spec, "out": part})


def _with_places(trace: Trace, keys: tuple) -> tuple:
    """A key with the places of what masks select, which have to be known."""
    reason = Reason.DATA_DEPENDENT_SHAPE
    trace.tell("fallback", "ndarray.__getitem__", reason, user_line())
    parts = (np.nonzero(peek(k)) if _is_mask(k) else (k,) for k in keys)
    return tuple(itertools.chain.from_iterable(parts))


def _set_last(array: Array, spec: tuple, indices: list, value: Any) -> None:
    """Write what NumPy, which writes one element after the other, leaves in the end."""
    key = fill_key(spec, tuple(peek(i) if type(i) in STAND_INS else i for i in indices))
    last = np.full(array._aval.shape, -1)
    shape = last[key].shape
    last[key] = np.arange(math.prod(shape)).reshape(shape)
    places = np.nonzero(last >= 0)
    if np.ndim(value):
        spread = call(operation_of(np.broadcast_to), (value, shape), {})
        value = call(operation_of(np.ravel), (spread,), {})[last[places]]
    array[places] = value


def _with_whole_slices(array: Array, keys: tuple) -> tuple[Array, tuple]:
    """The view that the slices among index arrays take, and `:` in their place.

    What is left of a key then keeps the dims of the view, as `infer` needs it.
    """
    whole = slice(None)
    slices = [type(k) is slice and k != whole for k in keys]
    if not any(slices) or any(type(k) is Selection or _is_mask(k) for k in keys):
        return array, keys
    axes = [k for k in keys if k is not None]
    basic = [k if type(k) is slice or k is Ellipsis else whole for k in axes]
    try:
        part = get_item(array, tuple(basic))
    except IndexError:  # too many indices
        return array, keys
    pairs = zip(slices, keys, strict=True)
    return part, tuple(whole if narrow else k for narrow, k in pairs)


def _around_mask(array: Array, keys: tuple) -> tuple[Array, tuple, int] | None:
    """A mask, or the coordinates of one, between basic indices: these give a view.

    Returns
    -------
    tuple or None
        The view, the key left to apply to it, and to which of its axes.
    """
    at = [i for i, k in enumerate(keys) if type(k) is Selection or _is_mask(k)]
    if not at or at != list(range(at[0], at[0] + len(at))):
        return None
    before, key, after = keys[: at[0]], keys[at[0] : at[-1] + 1], keys[at[-1] + 1 :]
    if len(keys) == len(at):
        return array, key, 0
    ndim = sum(1 if type(k) is Selection else k._aval.ndim for k in key)
    view = _view_around(array, (*before, *(slice(None),) * ndim, *after))
    if view is None:
        return None
    if Ellipsis in map(_plain_or_none, before):
        axis = view._aval.ndim - ndim - sum(map(_keeps_axis, after))
    else:
        axis = sum(map(_keeps_axis, before))
    return view, key, axis


def _plain_or_none(k: Any) -> Any:
    return k if k is Ellipsis else None


def _keeps_axis(k: Any) -> bool:
    return type(k) is slice or k is None


def _view_around(array: Array, keys: tuple) -> Array | None:
    try:
        basic = _basic_key(keys)
        if basic is None:
            return None
        found = _basic_view(array._aval, array._structure, basic)
    except (TypeError, AttributeError, IndexError):  # NumPy raises it
        return None
    return None if found is None or is_pinned(array) else _kept(array, *found)


def _masked_set(trace: Trace, array: Array, key: tuple, axis: int, value: Any) -> bool:
    """Record a write through a mask, or say that it cannot be recorded."""
    if _is_complex(value) and array._aval.dtype.kind != "c":
        return False  # of scalars NumPy warns always, of arrays if any is written
    if not axis and any(type(k) is Selection for k in (*key, value)):
        value = as_operand(trace, array, value)
        if selected_calls.put(array, key, value):
            return True
    if len(key) > 1 or not _is_mask(key[0]) or not _broadcasts(array, key[0], value):
        return False
    axes = range(axis, axis + key[0]._aval.ndim)
    if array._aval.shape[axis : axes.stop] != key[0]._aval.shape:
        return False  # NumPy says so before it looks at the value
    if axis:
        if getattr(value, "ndim", 0):
            return False
        moved = array, list(axes), list(range(len(axes)))
        array = call(operation_of(np.moveaxis), moved, {})
    value = as_operand(trace, array, value)
    record(trace, PUT_MASK, (value, key[0]), {"out": array})
    return True


def as_operand(trace: Trace, array: Array, value: Any) -> Any:
    """A value to be written through index arrays, as the log takes it."""
    if type(value) in STAND_INS or isinstance(value, np.ndarray):
        return value
    if isinstance(value, np.generic) and value.dtype in DTYPES:
        # It is cast, and does not go through `int`.
        return constant(trace, np.asarray(value))
    return _converted(trace, value, array._aval.dtype)


def _is_complex(value: Any) -> bool:
    dtype = getattr(value, "dtype", None)
    return dtype is not None and dtype.kind == "c"


def _is_mask(k: Any) -> bool:
    return type(k) is Array and k._aval.dtype.kind == "b" and k._aval.ndim > 0


def _has_mask(keys: tuple) -> bool:
    return any(_is_mask(k) or isinstance(k, (bool, np.bool_)) for k in keys)


def _broadcasts(array: Array, mask: Array, value: Any) -> bool:
    """Whether a masked value is one for all, whatever the number of True."""
    ndim = getattr(value, "ndim", None)
    if ndim is None:
        ndim = np.ndim(value) if not has_stand_in(value) else array._aval.ndim
    return ndim <= array._aval.ndim - mask._aval.ndim


def late_stack(trace: Trace, keys: Iterable[Any]) -> Stack | None:
    """The lines of an operation that may find its indices out of bounds later.

    None if all of them are computed, so that they can be looked at, or if a handler
    would catch the error.
    """
    pending = (type(k) in STAND_INS and is_pending(k) for k in keys)
    if trace.errstate_reacts or not any(pending):
        return None
    return unguarded_stack(trace.bottom)


def _template(
    trace: Trace, array: Array, keys: tuple, *, may_be_late: bool = False
) -> tuple[tuple, list, bool] | None:
    """A static key and its index arrays, checked to be in bounds; else None.

    With `may_be_late` those that are not computed yet are not looked at; the last part
    of the result tells whether there are any.
    """
    is_late = False
    spec: list[Any] = []
    indices: list[Any] = []
    axis = 0
    n_axes = sum(k is not None and k is not Ellipsis for k in keys)
    for k in keys:
        kind = type(k)
        if k is None:
            spec.append(None)
        elif k is Ellipsis:
            spec.append(Ellipsis)
            axis += array._aval.ndim - n_axes
        elif kind is slice:
            bounds = (_bound(k.start), _bound(k.stop), _bound(k.step))
            spec.append(("slice", *bounds))
            axis += 1
        else:
            index = index_array(trace, k)
            if index is None or axis >= array._aval.ndim:
                return None
            n = array._aval.shape[axis]
            if may_be_late and is_open(index, n):
                is_late = True
            elif not is_in_bounds(index, n):
                return None
            spec.append(("array", len(indices)))
            indices.append(index)
            axis += 1
    return tuple(spec), indices, is_late


def is_open(index: Any, n: int) -> bool:
    """Whether only its value tells that an index is in bounds, and it is pending."""
    if type(index) not in STAND_INS or not is_pending(index):
        return False
    return not _is_known(index, n)


def _is_known(index: Any, n: int) -> bool:
    interval = interval_of(index)
    return interval is not None and -n <= interval[0] and interval[1] < n


def index_array(trace: Trace, k: Any) -> Any:
    """An index array or integer as an operand; None if it is something else."""
    kind = type(k)
    if kind in STAND_INS:
        return k if k._aval.dtype.kind in "iu" else None
    if kind is int or isinstance(k, np.integer):
        return int(k)
    if kind is list:
        if trace.is_pure and has_stand_in(k):
            return index_array(trace, SERVERS.viewer.assemble(trace, k, None))
        given, k = k, np.asarray(k) if not has_stand_in(k) else None
        if k is not None and k.dtype in DTYPES and k.dtype.kind in "iu":
            return call_on_numbers(trace, np.asarray, (given,), {})
        return None
    if kind is np.ndarray and k.dtype in DTYPES and k.dtype.kind in "iu":
        return lift_array(trace, k)
    return None


def is_in_bounds(index: Any, n: int) -> bool:
    if type(index) is int:
        return -n <= index < n
    if _is_known(index, n):
        return True
    return answered(index, _lie_within, n)


def answered(index: Any, question: Callable[..., bool], *static: Any) -> bool:
    """The answer to a question about the values of an index array."""
    tell_if_pending(index, "index array")
    return bool(ask(index._trace, question, index, *static))


def _lie_within(values: np.ndarray, n: int) -> bool:
    values = np.asarray(values)
    return values.size == 0 or bool(-n <= values.min() and values.max() < n)


PRESUMED[_lie_within] = True


def _has_duplicates(array: Array, spec: tuple, indices: list) -> bool:
    """Whether an element may be written twice; NumPy keeps the last."""
    shape = []
    axis = 0
    n_axes = sum(part is not None and part is not Ellipsis for part in spec)
    for part in spec:
        if part is Ellipsis:
            axis += array._aval.ndim - n_axes
        elif part is not None:
            if part[0] == "array":
                shape.append(array._aval.shape[axis])
            axis += 1
    return bool(ask(array._trace, _meet_twice, tuple(shape), *indices))


def _meet_twice(shape: tuple[int, ...], *indices: Any) -> bool:
    """Whether index arrays name an element of an array of this shape twice."""
    # A narrow dtype could not hold the length that is added to negative indices.
    real = [i if type(i) is int else np.int64(i) for i in indices]
    pairs = zip(real, shape, strict=True)
    positive = [np.where(np.less(i, 0), np.add(i, n), i) for i, n in pairs]
    try:
        flat = np.ravel_multi_index(np.broadcast_arrays(*positive), shape)
    except ValueError:  # index arrays that do not broadcast: NumPy raises
        return True
    return np.unique(flat).size < np.size(flat)


PRESUMED[_meet_twice] = False


def need_value(stand_in: Any, what: str) -> Any:
    """The value, because Python or a check needs it now: a break if it is pending."""
    tell_if_pending(stand_in, what)
    return peek(stand_in)


def tell_if_pending(stand_in: Any, what: str) -> None:
    """Tell of a break if a value that is asked for is still to be computed."""
    if is_pending(stand_in):
        trace = stand_in._trace
        trace.tell("break", what, Reason.VALUE_NEEDED, user_line())
