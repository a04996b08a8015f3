"""View functions, `x.reshape` and its kin, and arrays made of arrays.

NumPy applies a view function to a shadow; from the geometry of the result comes the
view. Where NumPy copies, the copy is recorded.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from npjit._array.array import SCALARS, STAND_INS, Array, lift_array, real_of, shell_of
from npjit._array.host_node import host_node
from npjit._array.index_operations import ASSEMBLE, RESHAPE_COPY
from npjit._array.needed import need_value
from npjit._array.operands import SERVERS, array_of
from npjit._array.parts import view_with
from npjit._array.recorder import call, record
from npjit._array.view import ORDERS, View, shadow_of, view_of_shadow
from npjit._chapters.registry import Operation, operation_of
from npjit._graph.aval import DTYPES, Aval, fresh_aval, make_aval
from npjit._graph.keys import static_key
from npjit._graph.structure import Primitive
from npjit._graph.trace import Trace
from npjit.errors import Reason

__all__ = [
    "flatten",
    "imag_part",
    "in_plain_order",
    "plain_shape",
    "ravel",
    "real_part",
    "reshape",
    "strided",
    "view_dtype",
]


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
        if kwargs:
            kwargs = {k: _plain(v) for k, v in kwargs.items()}
        found = _views(op, array._aval, kwargs)
        if found is None:
            return host_node(trace, op, (array,), kwargs, Reason.LAYOUT)
        container, views = found
        children = [array if view is None else view_with(array, view) for view in views]
        return children[0] if container is None else container(children)

    def assemble(self, trace: Trace, items: Any, dtype: np.dtype | None) -> Any:
        """`np.array(items, dtype)` for nested lists with stand-ins of one shape."""
        op, given = operation_of(np.array), {} if dtype is None else {"dtype": dtype}
        elements, shape = flatten(items)
        if elements is None:
            return host_node(trace, op, (items,), given, Reason.OBJECT)
        avals = [_about(e) for e in elements]
        if None in avals or len({a[0] for a in avals if a}) > 1:
            return host_node(trace, op, (items,), given, Reason.OBJECT)
        if dtype is None:
            dtype = np.result_type(*[_strong(e) for e in elements])
        elif not all(_is_taken_as(e, dtype) for e in elements):
            return host_node(trace, op, (items,), given, Reason.CAN_FAIL)
        about = {"shape": (*shape, *avals[0][0]), "dtype": dtype}  # type: ignore[index]
        return record(trace, ASSEMBLE, tuple(elements), about)


def _views(op: Operation, aval: Aval, kwargs: dict) -> Any:
    """What a view function makes of an array; None if no primitives lead there.

    Returns
    -------
    tuple or None
        The type of a sequence of views, or None; and the views, None in the place of
        one that is the array itself.
    """
    try:
        key = aval, static_key(kwargs)
    except TypeError:
        return _ask_for_views(op, aval, kwargs)
    if key not in op.known:
        if len(op.known) > _MAX_KNOWN:
            op.known.clear()
        op.known[key] = _ask_for_views(op, aval, kwargs)
    return op.known[key]


_MAX_KNOWN: Final = 10_000


def _ask_for_views(op: Operation, aval: Aval, kwargs: dict) -> Any:
    shadow = shadow_of(aval)
    result = op.func(shadow, **kwargs)
    if result is shadow:
        return None, (None,)
    container = type(result) if type(result) in (list, tuple) else None
    children = [result] if container is None else result
    views = tuple(view_of_shadow(aval, shadow, child) for child in children)
    return None if None in views else (container, views)


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


def _is_taken_as(e: Any, dtype: np.dtype) -> bool:
    """Whether NumPy takes an element for an array of a dtype, whatever its value."""
    own = np.min_scalar_type(e) if type(e) is int else _strong(e)
    if type(e) is Array or type(e) is np.ndarray:  # else NumPy warns of each
        return own.kind != "c" or dtype.kind == "c"
    if own.kind in "fc":
        return np.can_cast(own, dtype, "same_kind")
    return np.can_cast(own, dtype, "safe")


def _plain(value: Any) -> Any:
    """A static parameter: stand-ins in it are needed now."""
    if type(value) in STAND_INS:
        return need_value(value, "parameter")
    return value


def reshape(array: Array, shape: Any = None, order: str = "C", *, copy=None) -> Any:
    """`np.reshape`: a view where NumPy makes one, else a recorded copy."""
    shape, given = plain_shape(shape), order
    order = ORDERS.get(given, "K")
    if order == "K":  # NumPy refuses it
        keywords = {"order": given} if copy is None else {"order": given, "copy": copy}
        op, args = operation_of(np.reshape), (array, shape)
        return host_node(array._trace, op, args, keywords, Reason.PARAMETER)
    shadow: Any = shadow_of(array._aval)
    if copy is not True:
        try:
            child = shadow.reshape(shape, order=order, copy=False)
        except ValueError:
            child = None
        if child is not None:
            aval = make_aval(child.shape, child.strides, child.dtype)
            same = aval is array._aval
            prims = () if same else _reshape_prims(array._aval, aval, order)
            return view_with(array, View(aval, prims, (), 0))
    if copy is False:
        return shadow.reshape(shape, order=order, copy=copy)  # raises
    shadow = shadow_of(fresh_aval(array._aval.shape, array._aval.dtype))
    shadow.reshape(shape)  # raises for another number of elements
    # As NumPy does: the result is a view of the copy.
    copied = call(operation_of(np.copy), (array,), {"order": order})
    return reshape(copied, shape, order)


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


def in_plain_order(array: Array, order: str) -> tuple[Array, str]:
    """An array whose elements in order C or F are those in order K or A.

    Of one whose memory several elements share, order K stays.
    """
    aval = array._aval
    if order in ("C", "F"):
        return array, order
    if aval.is_c or _is_f(aval):
        return array, "C" if aval.is_c else "F"
    if order == "A":
        return array, "C"
    if 0 in aval.strides:
        return array, "K"
    axes = sorted(range(aval.ndim), key=lambda k: -abs(aval.strides[k]))
    return array.transpose(axes), "C"


def ravel(array: Array, order: str = "C") -> Any:
    """`np.ravel`: a view only of what is contiguous in that order."""
    spelled = order
    if order in ORDERS:
        array, order = in_plain_order(array, ORDERS[order])
    if order not in ("C", "F"):
        host = operation_of(np.ravel)
        return host_node(array._trace, host, (array, spelled), {}, Reason.LAYOUT)
    aval = array._aval
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


def strided(array: Array, shape: tuple[int, ...], steps: tuple[int, ...]) -> Array:
    """What `as_strided` makes of an array in C order; `steps` in elements.

    Read only. Its own strides let no two elements share memory, as those of all other
    views; gaps after each row keep it from being reshaped without a copy.
    """
    strides = [array._aval.dtype.itemsize]
    for n in reversed(shape[1:]):
        strides.append((n + 1) * strides[-1])
    aval = make_aval(shape, tuple(reversed(strides[: len(shape)])), array._aval.dtype)
    return view_with(array, View(aval, (("strided", shape, steps),), (), 0, False))


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


#: View functions that make an array of what is none.
_OF_ANYTHING = frozenset({np.reshape, np.ravel})
_SPECIAL: dict[Any, Any] = {
    np.reshape: reshape,
    np.ravel: ravel,
    np.broadcast_to: broadcast_to,
    np.diagonal: diagonal,
    np.linalg.diagonal: _linalg_diagonal,
    np.real: real_part,
    np.imag: imag_part,
}
SERVERS.viewer = Viewer()
