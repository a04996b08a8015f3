"""`x[...]`, views of arrays, and arrays made of arrays.

Basic indices and view functions give views: NumPy applies them to a shadow. Index
arrays are looked at, since they can be out of bounds, and then recorded; a mask that is
read makes the shape depend on values and runs in NumPy, one that is written does not.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from npjit._array.array import (
    SCALARS,
    STAND_INS,
    Array,
    is_pending,
    lift_array,
    peek,
    real_of,
    shell_of,
)
from npjit._array.host_node import (
    direct,
    has_stand_in,
    host_node,
)
from npjit._array.recorder import (
    array_of,
    install_viewer,
    is_writeable,
    record,
)
from npjit._array.view import View, shadow_of, view_of_shadow
from npjit._chapters.registry import Kind, Operation, operation_of
from npjit._graph.aval import DTYPES, Aval, make_aval
from npjit._graph.structure import Primitive
from npjit._graph.trace import Trace, user_line
from npjit.errors import Reason

__all__ = [
    "ASSEMBLE",
    "ASSIGN",
    "GATHER",
    "ITEM",
    "PUT_MASK",
    "SCATTER",
    "SPELLINGS",
    "get_item",
    "need_value",
    "plain_shape",
    "set_item",
    "view_with",
]


# What indexing records, as functions of NumPy's kind -------------------------------


def assign(value, *, out):
    """`out[...] = value`."""
    out[...] = value


def item(a):
    """The scalar that an array without axes holds."""
    return a[()]


def gather(a, *indices, key):
    """`a[key]`, where `("array", i)` in the key stands for `indices[i]`."""
    return a[fill_key(key, indices)]


def scatter(value, *indices, key, out):
    """`out[key] = value`."""
    out[fill_key(key, indices)] = value


def put_mask(value, mask, *, out):
    """`out[mask] = value`."""
    out[mask] = value


def assemble(*elements, shape, dtype):
    """`np.array` of nested lists: elements of one shape, in C order of the nesting."""
    result = np.empty(shape, dtype)
    rows = result.reshape((len(elements), *np.shape(elements[0])))
    for i, element in enumerate(elements):
        rows[i] = element
    return result


def fill_key(key: tuple, indices: tuple) -> tuple:
    """A NumPy index from its static template."""
    return tuple(_fill(part, indices) for part in key)


def _fill(part: Any, indices: tuple) -> Any:
    if type(part) is tuple:
        return indices[part[1]] if part[0] == "array" else slice(*part[1:])
    return part


_read_item, _write_item = np.ndarray.__getitem__, np.ndarray.__setitem__
#: How the host engine spells them: a warning must come from the user's frame, not ours.
SPELLINGS: dict[Any, Any] = {
    assign: lambda value, *, out: (_write_item, (out, ..., value)),
    gather: lambda a, *ix, key: (_read_item, (a, fill_key(key, ix))),
    scatter: lambda value, *ix, key, out: (
        _write_item,
        (out, fill_key(key, ix), value),
    ),
    put_mask: lambda value, mask, *, out: (_write_item, (out, mask, value)),
}


def _operation(func: Any, name: str, kind=Kind.FUNCTION, **about: Any) -> Operation:
    def bind(*args: Any, **kwargs: Any) -> tuple[tuple, dict]:
        return args, kwargs

    return Operation(func, kind, name=name, bind=bind, **about)


ASSIGN = _operation(assign, "ndarray.__setitem__", Kind.WRITE)
ITEM = _operation(item, "ndarray.__getitem__")
TAKE = _operation(np.take, "np.take")
GATHER = _operation(gather, "ndarray.__getitem__")
SCATTER = _operation(scatter, "ndarray.__setitem__", Kind.WRITE)
PUT_MASK = _operation(put_mask, "ndarray.__setitem__", Kind.WRITE)
ASSEMBLE = _operation(assemble, "np.array", exact_dims=True)
_GET = Operation(
    np.ndarray.__getitem__,
    Kind.HOST,
    name="ndarray.__getitem__",
    bind=lambda *args: (args, {}),
)
_SET = Operation(
    np.ndarray.__setitem__,
    Kind.HOST,
    name="ndarray.__setitem__",
    bind=lambda *args: (args, {}),
    writes=("self",),
)


# Views ------------------------------------------------------------------------------


def view_with(parent: Array, view: View) -> Array:
    """The stand-in of a view of `parent`."""
    structure = parent._structure
    for prim in view.prims:
        structure = structure.then(prim)
    array = Array(
        parent._trace,
        parent._storage,
        view.aval,
        structure,
        parent._starts + view.starts,
        parent._offset + view.offset,
    )
    array._is_view = True
    array._readonly = not view.writeable or not is_writeable(parent)
    return array


@lru_cache(maxsize=16384)
def _basic_view(aval: Aval, key: tuple, types: tuple) -> View | None:
    """The view of a basic index; `types` keeps `True` and `1` apart."""
    shadow = shadow_of(aval)
    index = tuple(slice(*k) if type(k) is tuple else k for k in key)
    # The Ellipsis keeps NumPy from reading an element of the shadow.
    child = shadow[index if Ellipsis in key else (*index, ...)]
    return view_of_shadow(aval, shadow, child)


def _basic_key(key: tuple) -> tuple[tuple, tuple] | None:
    """The key as hashable parts, if it is basic, and their types."""
    parts: list[Any] = []
    types: list[type] = []
    for k in key:
        kind = type(k)
        if kind is slice:
            parts.append((_bound(k.start), _bound(k.stop), _bound(k.step)))
        elif kind is int or k is None or k is Ellipsis:
            parts.append(k)
        elif isinstance(k, np.integer):
            parts.append(int(k))
        elif kind in SCALARS and k._aval.dtype.kind in "iu":
            parts.append(int(need_value(k, "index")))
        else:
            return None
        types.append(kind)
    return tuple(parts), tuple(types)


def _bound(bound: Any) -> int | None:
    return None if bound is None else bound.__index__()


def get_item(array: Array, key: Any) -> Any:
    """`array[key]`."""
    trace = array._trace
    if trace.direct:
        return direct(np.ndarray.__getitem__, (array, key), {})
    keys = key if type(key) is tuple else (key,)
    try:
        basic = _basic_key(keys)
    except (TypeError, AttributeError):  # a bound that is no integer
        return _host_get(trace, array, key, Reason.CAN_FAIL)
    if basic is None:
        return _advanced_get(trace, array, key, keys)
    view = _basic_view(array._aval, *basic)
    if view is None or array._storage.pinned:
        return _host_get(trace, array, key, Reason.LAYOUT)
    child = view_with(array, view)
    if view.aval.ndim == 0 and Ellipsis not in basic[0]:
        return record(trace, ITEM, (child,), {})
    return child


def _host_get(trace: Trace, array: Array, key: Any, reason: Reason) -> Any:
    """The index is NumPy's; a view it returns is known by its memory."""
    if array._storage.pinned:
        real = real_of(array)
        result = real[_real_key(key)]
        return lift_array(trace, result) if type(result) is np.ndarray else result
    return host_node(trace, _GET, (array, key), {}, reason)


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
    try:
        basic = _basic_key(keys)
    except (TypeError, AttributeError):
        basic = None
    if array._storage.pinned or not is_writeable(array):
        _host_set(trace, array, key, value, Reason.LAYOUT)
    elif basic is None:
        _advanced_set(trace, array, key, keys, value)
    else:
        view = _basic_view(array._aval, *basic)
        if view is None:
            _host_set(trace, array, key, value, Reason.LAYOUT)
        elif view.aval.ndim == 0 and type(value) in (list, tuple):
            _host_set(trace, array, key, value, Reason.CAN_FAIL)
        else:
            assign_to(view_with(array, view), value)


def _host_set(trace, array, key, value, reason) -> None:
    host_node(trace, _SET, (array, key, value), {}, reason)


def assign_to(target: Array, value: Any) -> None:
    """`target[...] = value` for a writeable target."""
    trace = target._trace
    if type(value) is Array and value._storage is target._storage:
        same = value._structure is target._structure
        if same and value._starts == target._starts:
            return  # what `x[i] += 1` does after its in-place addition
    if type(value) not in STAND_INS and type(value) is not np.ndarray:
        value = _converted(trace, value, target._aval.dtype)
    record(trace, ASSIGN, (value,), {"out": target})


def _converted(trace: Trace, value: Any, dtype: np.dtype) -> Any:
    """A value that is no array, as NumPy would write it; its errors are NumPy's."""
    if has_stand_in(value) or isinstance(value, np.ndarray):
        return value
    if type(value) is float and dtype == np.float64:
        return value
    if isinstance(value, (int, float, complex, np.generic)):
        cell = np.empty((), dtype)
        line = user_line()
        trace.engine.call(line, np.ndarray.__setitem__, (cell, (), value), {})
        return cell[()]
    return trace.engine.call(user_line(), np.array, (value, dtype), {})


# Index arrays and masks -------------------------------------------------------------


def _advanced_get(trace: Trace, array: Array, key: Any, keys: tuple) -> Any:
    template = _template(trace, array, keys)
    if template is None:
        reason = Reason.DATA_DEPENDENT_SHAPE if _has_mask(keys) else Reason.CAN_FAIL
        return _host_get(trace, array, key, reason)
    spec, indices = template
    return record(trace, GATHER, (array, *indices), {"key": spec})


def _advanced_set(
    trace: Trace, array: Array, key: Any, keys: tuple, value: Any
) -> None:
    if len(keys) == 1 and _is_mask(keys[0]) and _broadcasts(array, keys[0], value):
        if type(value) not in STAND_INS and not isinstance(value, np.ndarray):
            value = _converted(trace, value, array._aval.dtype)
        record(trace, PUT_MASK, (value, keys[0]), {"out": array})
        return
    template = _template(trace, array, keys)
    if template is None or _has_duplicates(array, *template):
        _host_set(trace, array, key, value, Reason.CAN_FAIL)
        return
    spec, indices = template
    if type(value) not in STAND_INS and not isinstance(value, np.ndarray):
        value = _converted(trace, value, array._aval.dtype)
    record(trace, SCATTER, (value, *indices), {"key": spec, "out": array})


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


def _template(trace: Trace, array: Array, keys: tuple) -> tuple[tuple, list] | None:
    """A static key and its index arrays, checked to be in bounds; else None."""
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
            index = _index_array(trace, k)
            if index is None or axis >= array._aval.ndim:
                return None
            if not _in_bounds(index, array._aval.shape[axis]):
                return None
            spec.append(("array", len(indices)))
            indices.append(index)
            axis += 1
    return tuple(spec), indices


def _index_array(trace: Trace, k: Any) -> Any:
    """An index array or integer as an operand; None if it is something else."""
    kind = type(k)
    if kind is int or isinstance(k, np.integer):
        return int(k)
    if kind in STAND_INS:
        return k if k._aval.dtype.kind in "iu" else None
    if kind is list:
        k = np.asarray(k) if not has_stand_in(k) else None
    if type(k) is np.ndarray and k.dtype in DTYPES and k.dtype.kind in "iu":
        return lift_array(trace, k, external=k is not None and kind is np.ndarray)
    return None


def _in_bounds(index: Any, n: int) -> bool:
    if type(index) is int:
        return -n <= index < n
    values = need_value(index, "index array")
    return values.size == 0 or bool(-n <= values.min() and values.max() < n)


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
    real = [i if type(i) is int else peek(i) for i in indices]
    pairs = zip(real, shape, strict=True)
    positive = [np.where(np.less(i, 0), np.add(i, n), i) for i, n in pairs]
    try:
        flat = np.ravel_multi_index(np.broadcast_arrays(*positive), shape)
    except ValueError:  # index arrays that do not broadcast: NumPy raises
        return True
    return np.unique(flat).size < np.size(flat)


def need_value(stand_in: Any, what: str) -> Any:
    """The value, because Python or a check needs it now: a break if it is pending."""
    if is_pending(stand_in):
        trace = stand_in._trace
        trace.tell("break", what, Reason.VALUE_NEEDED, user_line())
    return peek(stand_in)


# View functions ---------------------------------------------------------------------


class Viewer:
    """Serves the recorder: view functions and arrays made of nested lists."""

    def view(self, trace: Trace, op: Operation, args: tuple, kwargs: dict) -> Any:
        """What a view function returns."""
        array = args[0]
        if type(array) is np.ndarray:
            array = lift_array(trace, array)
        elif op.func in _OF_ANYTHING:
            array = _as_array(trace, array)
        if type(array) is not Array or array._storage.pinned or len(args) > 1:
            return host_node(trace, op, args, kwargs, Reason.LAYOUT)
        special = _SPECIAL.get(op.rule)
        if special is not None:
            return special(array, **kwargs)
        shadow = shadow_of(array._aval)
        return self._of(trace, op, array, shadow, kwargs)

    def _of(self, trace, op, array, shadow, kwargs) -> Any:
        kwargs = {k: _plain(v) for k, v in kwargs.items()}
        result = op.func(shadow, **kwargs)
        if result is shadow:
            return array
        several = type(result) in (list, tuple)
        views = [
            view_of_shadow(array._aval, shadow, child)
            for child in (result if several else [result])
        ]
        if None in views:
            return host_node(trace, op, (array,), kwargs, Reason.LAYOUT)
        children = [view_with(array, view) for view in views if view is not None]
        return type(result)(children) if several else children[0]

    def assemble(self, trace: Trace, items: Any, dtype: np.dtype | None) -> Any:
        """`np.array(items)` for nested lists with stand-ins of one shape."""
        elements, shape = flatten(items)
        if elements is None:
            return host_node(trace, operation_of(np.array), (items,), {}, Reason.OBJECT)
        avals = [_about(e) for e in elements]
        if None in avals or len({a[0] for a in avals if a}) > 1:
            return host_node(trace, operation_of(np.array), (items,), {}, Reason.OBJECT)
        if dtype is None:
            dtype = np.result_type(*[_strong(e) for e in elements])
        about = {"shape": (*shape, *avals[0][0]), "dtype": dtype}  # type: ignore[index]
        return record(trace, ASSEMBLE, tuple(elements), about)


def _as_array(trace: Trace, x: Any) -> Any:
    """A scalar, number or list as an array; anything else as it is."""
    if type(x) in SCALARS:
        return record(trace, ASSEMBLE, (x,), {"shape": (), "dtype": x._aval.dtype})
    if isinstance(x, (int, float, complex, np.generic, list)):
        return array_of(trace, x)
    return x


def flatten(items: Any) -> tuple[list | None, tuple[int, ...]]:
    """The leaves of nested lists, and the shape of the nesting; None if ragged."""
    if type(items) not in (list, tuple):
        return [items], ()
    parts = [flatten(i) for i in items]
    if not parts or len({shape for _, shape in parts}) > 1:
        return None, ()
    leaves: list[Any] = []
    for part, _ in parts:
        if part is None:
            return None, ()
        leaves.extend(part)
    return leaves, (len(items), *parts[0][1])


def _about(e: Any) -> tuple | None:
    """The shape of a leaf, in a tuple; None if it is no number or array."""
    if type(e) in STAND_INS:
        return (e._aval.shape,)
    if isinstance(e, (int, float, complex, np.generic)):
        return ((),)
    if type(e) is np.ndarray and e.dtype in DTYPES:
        return (e.shape,)
    return None


def _strong(e: Any) -> Any:
    if type(e) in STAND_INS:
        return e._aval.dtype
    return np.asarray(e).dtype


def _plain(value: Any) -> Any:
    """A static parameter: stand-ins in it are needed now."""
    if type(value) in STAND_INS:
        return need_value(value, "parameter")
    return value


def reshape(array: Array, shape: Any = None, order: str = "C", *, copy=None) -> Any:
    """`np.reshape`: a view where NumPy makes one, else a recorded copy."""
    shape = plain_shape(shape)
    if copy is not True and order in ("C", "F", "A"):
        shadow = shadow_of(array._aval)
        try:
            child = shadow.reshape(shape, order=order, copy=False)
        except ValueError:
            child = None
        if child is not None:
            aval = make_aval(child.shape, child.strides, child.dtype)
            prims = _reshape_prims(array._aval, aval, order)
            return view_with(array, View(aval, prims, (), 0))
    given: dict[str, Any] = {"shape": shape}
    if order != "C":
        given["order"] = order
    if copy is not None:
        given["copy"] = copy
    return record(array._trace, RESHAPE, (array,), given)


def take(
    array: Array, indices: Any, axis: Any = None, out: Any = None, mode: str = "raise"
) -> Any:
    """`np.take`: recorded once the indices are known to be in bounds."""
    trace = array._trace
    given = {} if axis is None else {"axis": axis}
    index = None if out is not None or mode != "raise" else _index_array(trace, indices)
    n = array._aval.size
    if index is not None and axis is not None:
        axis = _plain(axis)
        index = index if -array._aval.ndim <= axis < array._aval.ndim else None
        n = array._aval.shape[axis] if index is not None else 0
    if index is None or not _in_bounds(index, n):
        given |= {} if out is None else {"out": out}
        given |= {} if mode == "raise" else {"mode": mode}
        op = operation_of(np.take)
        return host_node(trace, op, (array, indices), given, Reason.CAN_FAIL)
    return record(trace, TAKE, (array, index), given)


def plain_shape(shape: Any) -> Any:
    if type(shape) in (list, tuple):
        return tuple(_plain(n) for n in shape)
    shape = _plain(shape)
    return tuple(shape.tolist()) if isinstance(shape, np.ndarray) else shape


def _reshape_prims(parent: Aval, child: Aval, order: str) -> tuple[Primitive, ...]:
    fortran = order == "F" or (order == "A" and _is_f(parent) and not parent.is_c)
    if not fortran:
        return (("reshape", child.shape),)
    back = tuple(reversed(range(child.ndim)))
    return (
        ("transpose", tuple(reversed(range(parent.ndim)))),
        ("reshape", child.shape[::-1]),
        ("transpose", back),
    )


def _is_f(aval: Aval) -> bool:
    return bool(shadow_of(aval).flags.f_contiguous)


def ravel(array: Array, order: str = "C") -> Any:
    """`np.ravel`: a view only of what is contiguous in that order."""
    aval = array._aval
    if order == "A":
        order = "F" if _is_f(aval) and not aval.is_c else "C"
    if order == "K":
        if not (aval.is_c or _is_f(aval)):
            host = operation_of(np.ravel)
            return host_node(
                array._trace, host, (array,), {"order": "K"}, Reason.LAYOUT
            )
        order = "C" if aval.is_c else "F"
    if aval.is_c if order == "C" else _is_f(aval):
        return reshape(array, (aval.size,), order)
    given: dict[str, Any] = {"shape": (aval.size,)}
    if order != "C":
        given["order"] = order
    return record(array._trace, RESHAPE_COPY, (array,), given)


def broadcast_to(array: Array, shape: Any, subok: bool = False) -> Any:
    """`np.broadcast_to`: read-only."""
    child = np.broadcast_to(shadow_of(array._aval), plain_shape(shape))
    aval = make_aval(child.shape, child.strides, child.dtype)
    return view_with(array, View(aval, (("broadcast", aval.shape),), (), 0, False))


def diagonal(array: Array, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """`np.diagonal`: read-only."""
    shadow = shadow_of(array._aval)
    child = shadow.diagonal(offset, axis1, axis2)
    aval = make_aval(child.shape, child.strides, child.dtype)
    ndim = array._aval.ndim
    prim = ("diagonal", int(offset), axis1 % ndim, axis2 % ndim)
    move = max(-offset, 0), max(offset, 0)
    strides = array._aval.strides
    offset_bytes = move[0] * strides[axis1] + move[1] * strides[axis2]
    if not aval.size:
        offset_bytes = 0
    return view_with(array, View(aval, (prim,), (), offset_bytes, False))


def _linalg_diagonal(array: Array, *, offset: int = 0) -> Any:
    shadow = shadow_of(array._aval)
    np.linalg.diagonal(shadow, offset=offset)  # raises for fewer than two axes
    return diagonal(array, offset, -2, -1)


def real_part(array: Array) -> Any:
    """`array.real`: the array itself if it is real."""
    if array._aval.dtype.kind != "c":
        return array
    return _part(array, shadow_of(array._aval).real, ("real",), 0)


def imag_part(array: Array) -> Any:
    """`array.imag`: read-only zeros if it is real."""
    if array._aval.dtype.kind != "c":
        # NumPy makes zeros; of the shadow, since values do not matter.
        return lift_array(array._trace, shadow_of(array._aval).imag, external=False)
    half = array._aval.dtype.itemsize // 2
    return _part(array, shadow_of(array._aval).imag, ("imag",), half)


def _part(array: Array, child: np.ndarray, prim: Primitive, offset: int) -> Array:
    aval = make_aval(child.shape, child.strides, child.dtype)
    return view_with(array, View(aval, (prim,), (), offset))


def view_dtype(array: Array, *args: Any, **kwargs: Any) -> Any:
    """`array.view(dtype)`."""
    trace = array._trace
    if trace.direct:
        return real_of(array).view(*args, **kwargs)
    if not args and not kwargs:
        return view_with(array, View(array._aval, (), (), 0))
    child = shadow_of(array._aval).view(*args, **kwargs)
    numbers = DTYPES.get(child.dtype)
    if (
        type(child) is not np.ndarray
        or numbers is None
        or "b"
        in (
            numbers.kind,
            array._aval.dtype.kind,
        )
    ):
        return view_of_real(array, real_of(array).view(*args, **kwargs))
    aval = make_aval(child.shape, child.strides, child.dtype)
    return view_with(array, View(aval, (("bitcast", numbers.str),), (), 0))


def view_of_real(array: Array, real: Any) -> Any:
    """A view that no primitives lead to: the storage is pinned."""
    trace = array._trace
    storage = array._storage
    shell_of(array)
    trace.flush()
    storage.settle()
    storage.value = None
    trace.dirty.pop(id(storage), None)
    storage.pinned = True
    return lift_array(trace, real) if type(real) is np.ndarray else real


def _copying_reshape(a, *, shape, order="C"):
    return np.array(np.reshape(a, shape, order), order="C", copy=True)


RESHAPE = _operation(lambda a, **kw: np.reshape(a, **kw), "np.reshape", exact_dims=True)
RESHAPE_COPY = _operation(_copying_reshape, "np.ravel", exact_dims=True)
#: View functions that make an array of what is none.
_OF_ANYTHING = frozenset({np.reshape, np.ravel})
_SPECIAL: dict[Any, Any] = {
    np.reshape: reshape,
    np.ravel: ravel,
    np.take: take,
    np.broadcast_to: broadcast_to,
    np.diagonal: diagonal,
    np.linalg.diagonal: _linalg_diagonal,
    np.real: real_part,
    np.imag: imag_part,
}
install_viewer(Viewer())
