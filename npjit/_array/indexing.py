"""`x[...]` and `x[...] = value`.

Basic indices give views: NumPy applies them to a shadow. Index arrays are looked at,
since they can be out of bounds, and then recorded; a mask that is read makes the shape
depend on values and runs in NumPy, one that is written does not.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from npjit._array import selected_calls
from npjit._array.array import (
    SCALARS,
    STAND_INS,
    Array,
    Selection,
    is_pinned,
    lift_array,
    peek,
    real_of,
)
from npjit._array.assigned import (
    as_element,
    as_operand,
    assign_to,
    converted,
    has_axes,
)
from npjit._array.basic_indices import basic_key, basic_view, plain_key
from npjit._array.entries import is_writeable
from npjit._array.host_node import constant, constants, direct, host_node
from npjit._array.index_arrays import has_duplicates, late_stack, template_of
from npjit._array.index_operations import (
    GATHER,
    GET_ON_HOST,
    ITEM,
    SCATTER,
    SET_ON_HOST,
    fill_key,
)
from npjit._array.known_indices import known_places
from npjit._array.mask_keys import (
    around_mask,
    has_mask,
    is_mask,
    masked_set,
    with_places,
)
from npjit._array.parts import kept_part, part_of
from npjit._array.recorder import call, record, record_late
from npjit._chapters.registry import operation_of
from npjit._graph.trace import Trace
from npjit.errors import Reason

__all__ = ["get_item", "set_item", "with_whole_slices"]


def get_item(array: Array, key: Any) -> Any:
    """`array[key]`."""
    trace = array._trace
    if trace.direct:
        return direct(np.ndarray.__getitem__, (array, key), {})
    keys = key if type(key) is tuple else (key,)
    basic = plain_key(keys)
    if basic is None:
        known = _known(array, keys)
        if known is not None:
            return record(trace, GATHER, (array, *known[1]), {"key": known[0]})
        try:
            basic = basic_key(keys)
        except (TypeError, AttributeError):  # a bound that is no integer
            return _host_get(trace, array, key, Reason.CAN_FAIL)
        if basic is None:
            return _advanced_get(trace, array, key, keys)
    found = basic_view(array._aval, array._structure, basic)
    if found is None or array._storage.pinned:
        return _host_get(trace, array, key, Reason.LAYOUT)
    if found[0].aval.ndim == 0 and Ellipsis not in basic:
        return record(trace, ITEM, (part_of(array, *found),), {})
    return kept_part(array, *found)


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
    if tape is None or plain_key(key if type(key) is tuple else (key,)) is None:
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
    basic = plain_key(keys)
    if basic is None:
        known = _known(array, keys)
        if known is not None and is_writeable(array) and not has_axes(value):
            if type(value) in SCALARS:
                value = as_element(trace, value, array._aval.dtype)
            elif isinstance(value, np.generic):
                value = converted(trace, value, array._aval.dtype)
            operands = as_operand(trace, array, value), *known[1]
            record(trace, SCATTER, operands, {"key": known[0], "out": array})
            return
        try:
            basic = basic_key(keys)
        except (TypeError, AttributeError):  # a bound that is no integer
            _host_set(trace, array, key, value, Reason.CAN_FAIL)
            return
    if is_pinned(array) or not is_writeable(array):
        reason = Reason.WRITES_BUFFER if trace.open else Reason.LAYOUT
        _host_set(trace, array, key, value, reason)
    elif basic is None:
        _advanced_set(trace, array, key, keys, value)
    else:
        found = basic_view(array._aval, array._structure, basic)
        if found is None:
            _host_set(trace, array, key, value, Reason.LAYOUT)
        elif found[0].aval.ndim == 0 and has_axes(value):
            # One element is set by `float(value)`, `x[...]` by broadcasting.
            _host_set(trace, array, key, value, Reason.CAN_FAIL)
        else:
            assign_to(part_of(array, *found), value)


def _host_set(trace, array, key, value, reason) -> None:
    host_node(trace, SET_ON_HOST, (array, key, value), {}, reason)


# Index arrays and masks -------------------------------------------------------------


def _advanced_get(trace: Trace, array: Array, key: Any, keys: tuple) -> Any:
    around = around_mask(array, keys)
    if around is not None and not around[2]:
        found = selected_calls.get(*around[:2])
        if found is not None:
            return found
    part, keys = with_whole_slices(array, keys)
    stack = late_stack(trace, keys)
    template = template_of(trace, part, keys, may_be_late=stack is not None)
    if template is None and trace.is_pure and any(map(is_mask, keys)):
        return get_item(array, with_places(trace, keys))
    if template is None:
        reason = Reason.DATA_DEPENDENT_SHAPE if has_mask(keys) else Reason.CAN_FAIL
        return _host_get(trace, array, key, reason)
    spec, indices, is_late = template
    if is_late and stack is not None:
        return record_late(trace, GATHER, (part, *indices), {"key": spec}, stack)
    return record(trace, GATHER, (part, *indices), {"key": spec})


def _advanced_set(
    trace: Trace, array: Array, key: Any, keys: tuple, value: Any
) -> None:
    around = around_mask(array, keys)
    if around is not None and masked_set(trace, *around, value):
        return
    if trace.is_pure and any(map(is_mask, keys)):
        set_item(array, with_places(trace, keys), value)
        return
    part, keys = with_whole_slices(array, keys)
    template = template_of(trace, part, keys)
    is_twice = template is not None and has_duplicates(part, *template[:2])
    if template is not None and is_twice and trace.is_pure:
        _set_last(part, template[0], template[1], value)
        return
    if template is None or is_twice:
        _host_set(trace, array, key, value, Reason.CAN_FAIL)
        return
    spec, indices, _ = template
    value = as_operand(trace, array, value)
    record(trace, SCATTER, (value, *indices), {"key": spec, "out": part})


def _set_last(array: Array, spec: tuple, indices: list, value: Any) -> None:
    """Write what NumPy, which writes one element after the other, leaves in the end."""
    key = fill_key(spec, tuple(peek(i) if type(i) in STAND_INS else i for i in indices))
    last = np.full(array._aval.shape, -1)
    shape = last[key].shape
    last[key] = np.arange(math.prod(shape)).reshape(shape)
    trace, places = array._trace, np.nonzero(last >= 0)
    if np.ndim(value):
        spread = call(operation_of(np.broadcast_to), (value, shape), {})
        written = constant(trace, last[places])
        value = call(operation_of(np.ravel), (spread,), {})[written]
    array[constants(trace, places)] = value


def with_whole_slices(array: Array, keys: tuple) -> tuple[Array, tuple]:
    """The view that the slices among index arrays take, and `:` in their place.

    What is left of a key then keeps the dims of the view, as `infer` needs it.
    """
    whole = slice(None)
    slices = [type(k) is slice and k != whole for k in keys]
    if not any(slices) or any(type(k) is Selection or is_mask(k) for k in keys):
        return array, keys
    axes = [k for k in keys if k is not None]
    basic = [k if type(k) is slice or k is Ellipsis else whole for k in axes]
    try:
        part = get_item(array, tuple(basic))
    except IndexError:  # too many indices
        return array, keys
    pairs = zip(slices, keys, strict=True)
    return part, tuple(whole if narrow else k for narrow, k in pairs)
