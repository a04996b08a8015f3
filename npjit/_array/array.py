"""The stand-ins: `Array` for an ndarray, `Scalar` for a NumPy scalar.

Here is what they are made of; what they can do is attached by `arithmetic.py`,
`methods.py`, `attributes.py` and `protocols.py`. A stand-in is no ndarray subclass,
since C code would read bytes that are not there yet; `__class__` answers what a user
would expect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np

from npjit._array.memory import adopt, owner_of, place
from npjit._array.storage import Storage
from npjit._graph.aval import DTYPES, Aval, aval_of, fresh_aval, make_aval
from npjit._graph.log import Read
from npjit._graph.structure import ROOT, Structure, apply
from npjit._graph.trace import Trace, current
from npjit.errors import ConcretizationError, Reason

__all__ = [
    "ARRAYS",
    "PRESUMED",
    "SCALARS",
    "STAND_INS",
    "Array",
    "ArrayBase",
    "Scalar",
    "Selection",
    "ask",
    "holder",
    "lift",
    "look",
    "made_scalar",
    "make_fresh",
    "peek",
    "real_of",
    "scalar_class",
    "view_of",
]

#: Types of the jax.Arrays met among arguments: read-only ndarrays to user code.
IMPORTED_TYPES: set[type] = set()
#: Types of what a block puts in the place of modules, functions and generators.
SUBSTITUTES: set[type] = set()
_NO_READ = Read(-1, -1, ROOT, (), 0, None)


class ArrayBase:
    """What `Array` and `Selection` are made of.

    Neither is a subclass of the other: of `a < b`, Python would ask the subclass first.
    """

    __slots__ = (
        "__weakref__",
        "_aval",
        "_is_view",
        "_offset",
        "_read",
        "_readonly",
        "_real",
        "_starts",
        "_storage",
        "_structure",
        "_trace",
    )

    def __init__(self, trace, storage, aval, structure=ROOT, starts=(), offset=0):
        self._trace: Trace = trace
        self._storage: Storage = storage
        self._aval: Aval = aval
        self._structure: Structure = structure
        self._starts: tuple[int, ...] = starts
        self._offset: int = offset
        self._real: np.ndarray | None = None
        self._is_view: bool = False
        self._readonly: bool = False
        self._read: Read = _NO_READ

    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # as for ndarray
    __class__ = property(lambda self: np.ndarray)
    if TYPE_CHECKING:  # attached from tables

        def __getattr__(self, name: str) -> Any: ...
        def __getitem__(self, key: Any) -> Any: ...
        def __setitem__(self, key: Any, value: Any) -> None: ...


class Array(ArrayBase):
    """Stand-in for an ndarray: a view of a storage, recorded or real.

    Behaves as the ndarray it stands for; see `numpy.ndarray`.
    """

    __slots__ = ()


class Selection(ArrayBase):
    """Stand-in for `x[mask]` before anyone needs its length.

    It becomes an `Array`, in place, for all that `npjit/_array/selection.py` does not
    know.
    """

    __slots__ = ()


# Python's own messages name the type: "'numpy.ndarray' object is not callable".
Array.__name__ = Selection.__name__ = "numpy.ndarray"
#: The classes of stand-ins for ndarrays.
ARRAYS = frozenset({Array, Selection})


class Scalar:
    """Stand-in for a NumPy scalar; one subclass per dtype, with its `dtype`."""

    __slots__ = ("__weakref__", "_aval", "_read", "_real", "_storage", "_trace")
    _trace: Trace
    _storage: Storage
    _aval: Aval
    _real: Any
    _read: Read
    dtype: ClassVar[np.dtype]
    _structure: ClassVar[Structure] = ROOT
    _starts: ClassVar[tuple] = ()
    _offset: ClassVar[int] = 0

    if TYPE_CHECKING:  # attached from tables

        def __getattr__(self, name: str) -> Any: ...

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """The real scalar: `type(s)(3)` does what `np.float64(3)` does."""
        return cls.dtype.type(*args, **kwargs)


def attach(cls: type, name: str, method: Callable[..., Any]) -> None:
    """Make a function a method of a stand-in."""
    method.__name__ = name
    method.__qualname__ = f"{cls.__name__}.{name}"
    setattr(cls, name, method)


def _scalar_class(dtype: np.dtype) -> type[Scalar]:
    body = {
        "__slots__": (),
        "__class__": property(lambda self: dtype.type),
        "dtype": dtype,
    }
    return type(f"numpy.{dtype.type.__name__}", (Scalar,), body)


_BY_DTYPE = {dtype: _scalar_class(dtype) for dtype in DTYPES.values()}
SCALARS = frozenset(_BY_DTYPE.values())
STAND_INS = SCALARS | ARRAYS


def scalar_class(dtype: np.dtype) -> type[Scalar]:
    """The class of stand-ins for scalars of a dtype."""
    return _BY_DTYPE[dtype]


def make_fresh(trace: Trace, aval: Aval) -> Array | Scalar:
    """A stand-in for a result of the entry that is being recorded."""
    storage = Storage(aval)
    trace.log.fresh(storage)
    return made_scalar(trace, storage) if aval.scalar else Array(trace, storage, aval)


def made_scalar(trace: Trace, storage: Storage) -> Scalar:
    """The stand-in for the scalar in a storage."""
    aval = storage.aval
    scalar = object.__new__(_BY_DTYPE[aval.dtype])
    scalar._trace = trace
    scalar._storage = storage
    scalar._aval = aval
    scalar._real = None
    scalar._read = _NO_READ
    return scalar


def holder(trace: Trace, dtype: Any, shape: tuple[int, ...]) -> Array | Scalar:
    """A stand-in of a storage without buffer, whose value is still to be given.

    Raises
    ------
    TypeError
        If NumPy has no such dtype.
    """
    if dtype not in DTYPES:
        raise TypeError(f"NumPy code takes no arrays of {dtype}")
    if not shape:
        aval = make_aval((), (), np.dtype(dtype), scalar=True)
        return made_scalar(trace, Storage(aval))
    aval = fresh_aval(shape, np.dtype(dtype))
    return Array(trace, Storage(aval), aval)


def lift(a: Any) -> Any:
    """The stand-in of an ndarray while a trace records; anything else as it is."""
    if type(a) is np.ndarray:
        trace = current.trace
        if trace is not None and not trace.direct:
            return lift_array(trace, a)
    elif type(a) in STAND_INS:
        trace = current.trace
        if trace is None:
            return a
        if trace.stopped:
            return real_of(a)
        if a._trace is not trace and not trace.direct:
            found = trace.lift_stranger(a)
            return lift(real_of(a)) if found is None else found
    elif type(a) in IMPORTED_TYPES:
        trace = current.trace
        if trace is not None and id(a) in trace.imported:
            return lift(trace.imported[id(a)][1])
        if trace is not None and not trace.direct:
            return trace.lift_foreign(a)
    elif type(a) in SUBSTITUTES:
        return a.__npjit_original__
    return a


def lift_array(trace: Trace, a: np.ndarray, external: bool = True) -> Any:
    """One stand-in per ndarray object and trace; a dtype XLA lacks stays real."""
    for found in trace.lifted.of(id(a)):
        if trace.n_foreign:
            look_again(found)
        return found
    if a.dtype not in DTYPES or a.flags.writebackifcopy:
        return a
    storage, structure, starts, offset = place(trace, a)
    if external:
        storage.external = True
        if trace.tape is not None:
            trace.tape.lifts(a, storage)
        trace.lifts(a, storage)
        if storage.epoch == trace.log.epoch and storage.slot in trace.log.written:
            trace.dirty[id(storage)] = storage
        if trace.is_block:
            make_visible(trace, storage)
            trace.escaped()
    array = Array(trace, storage, aval_of(a), structure, starts, offset)
    bind_real(array, a)
    return array


def make_visible(trace: Trace, storage: Storage) -> None:
    """Note that the unconverted code of a block may use the buffer from now on."""
    if storage.visible:
        return
    if storage.epoch == trace.log.epoch:
        trace.renew()
    storage.settle()
    storage.value = None
    trace.dirty.pop(id(storage), None)
    storage.visible = True


def is_pinned(array: Array) -> bool:
    """Whether writes are executed on the buffer at once."""
    storage = array._storage
    if array._readonly and array._real is not None and array._real.flags.writeable:
        return True  # a diagonal, say, that the user has made writeable
    return storage.pinned or (storage.visible and array._trace.open)


def bind_real(array: ArrayBase, real: np.ndarray) -> None:
    """Make a real array the one that a stand-in stands for."""
    array._real = real
    lifted = array._trace.lifted
    lifted.pop(id(real))
    lifted.add(id(real), array)


def is_pending(array: Array | Scalar) -> bool:
    """Whether the current version is still to be computed."""
    log = array._trace.log
    storage = array._storage
    return storage.epoch == log.epoch and storage.slot in log.written


def peek(array: Array | Scalar) -> Any:
    """A real array or scalar with the current value, to be read by NumPy only."""
    trace = array._trace
    if is_pending(array):
        trace.flush()
    real = _peek(array)
    if trace.tape is not None:
        trace.tape.answers((array,), _itself, real)
    return real


def _itself(x: Any) -> Any:
    return x


def ask(trace: Trace, question: Callable[..., Any], *operands: Any) -> Any:
    """The answer to a question about elements.

    A replay asks it again and need not compare the elements.

    Parameters
    ----------
    trace : Trace
    question : callable
        A function of a module, given the operands' real arrays.
    *operands
        Stand-ins and numbers.

    Raises
    ------
    ConcretizationError
        If JAX traces them, and nothing is presumed.
    """
    try:
        answer = question(*(look(x) if type(x) in STAND_INS else x for x in operands))
    except ConcretizationError:
        if question not in PRESUMED:
            raise
        return PRESUMED[question]
    if trace.tape is not None:
        trace.tape.answers(operands, question, answer)
    return answer


#: Questions, and what is presumed where JAX traces the operands.
PRESUMED: Final[dict[Callable[..., Any], Any]] = {}


def look(array: Array | Scalar) -> Any:
    """What `peek` gives, for what the tape of the call is told of in another way."""
    tape = array._trace.tape
    if tape is None:
        return peek(array)
    tape.quiet += 1
    try:
        return peek(array)
    finally:
        tape.quiet -= 1


def _peek(array: Array | Scalar) -> Any:
    if isinstance(array, Scalar):
        return scalar_value(array)
    buffer = array._storage.settle()
    if array._real is not None:
        return array._real
    if not array._structure.prims:
        if id(owner_of(buffer)) not in array._trace.owners:
            adopt(array._trace, array._storage)
        return _read_only(buffer) if array._readonly else buffer
    real = apply(array._structure, buffer, array._starts)
    return _read_only(real) if array._readonly else real


def _read_only(a: np.ndarray) -> np.ndarray:
    view = a[...]
    view.flags.writeable = False
    return view


def scalar_value(scalar: Scalar) -> np.generic:
    """The real scalar; nothing may be pending."""
    if scalar._real is None:
        storage = scalar._storage
        value = storage.buffer if storage.value is None else storage.value
        scalar._real = np.asarray(value)[()]
    return scalar._real


def shell_of(array: Array) -> np.ndarray:
    """The real array a stand-in stands for; its elements may be stale or pending."""
    if array._real is None:
        storage = array._storage
        origin = storage.expose()
        if id(owner_of(origin)) not in array._trace.owners:
            adopt(array._trace, storage)
        real = _real_view(array) if array._is_view else origin
        if array._readonly:
            real.flags.writeable = False
        bind_real(array, real)
    expose(array)
    assert array._real is not None
    return array._real


def _real_view(array: Array) -> np.ndarray:
    """The ndarray object of a view; `x[:]` is another object than `x`."""
    buffer, aval = array._storage.buffer, array._aval
    assert buffer is not None
    return view_of(buffer, array._structure, array._starts, array._offset, aval)


def view_of(
    buffer: np.ndarray,
    structure: Structure,
    starts: tuple[int, ...],
    offset: int,
    aval: Aval,
) -> np.ndarray:
    """A view of a root, as a new ndarray object."""
    real = apply(structure, buffer, starts)
    if real.strides != aval.strides and aval.size and buffer.flags.c_contiguous:
        # Of an axis of length one, as in `x[:, None]`.
        return np.ndarray(aval.shape, aval.dtype, buffer, offset, aval.strides)
    return real[...] if real is buffer else real


def expose(array: Array) -> None:
    """Note that code outside may see the storage's buffer from now on."""
    storage = array._storage
    storage.external = True
    if storage.value is not None or storage.stale or is_pending(array):
        array._trace.dirty[id(storage)] = storage


def become(array: ArrayBase, other: Array) -> None:
    """Let a stand-in be another view, as `x.shape = ...` does to an ndarray object."""
    array._storage, array._aval = other._storage, other._aval
    array._structure, array._starts = other._structure, other._starts
    array._offset, array._read = other._offset, other._read


def relift(array: Array, real: np.ndarray) -> None:
    """Look anew at the ndarray object of a stand-in, which was changed."""
    trace = array._trace
    trace.lifted.pop(id(real))
    other = lift_array(trace, real)
    if type(other) is Array:
        become(array, other)
        bind_real(array, real)
    else:
        _detach(array, real)


def look_again(x: Any) -> None:
    """Take note of what code outside did to the ndarray object of a stand-in."""
    if type(x) is not Array or x._real is None:
        return
    about, real = x._aval, x._real
    seen = about.shape, about.strides, about.dtype
    if seen != (real.shape, real.strides, real.dtype):
        relift(x, real)


def _detach(array: Array, real: np.ndarray) -> None:
    """Let a stand-in forward to its real array from now on: XLA lacks its dtype."""
    trace = array._trace
    array._trace = Trace(trace.options, trace.engine, trace.host)
    array._trace.direct = 1
    array._real = real
    array._aval = Aval(real.shape, real.strides, real.dtype, False)
    array._storage = Storage(array._aval, real)
    array._structure, array._starts, array._read = ROOT, (), _NO_READ


def sync(trace: Trace) -> None:
    """Bring every buffer that is seen outside up to date."""
    with trace.lock:
        trace.flush()
        settle_dirty(trace)


def settle_dirty(trace: Trace) -> None:
    """Copy results into the buffers that are seen outside."""
    while trace.dirty:
        key, storage = next(iter(trace.dirty.items()))
        storage.settle()
        # From here on the buffer is the only truth: foreign code may write it.
        storage.value = None
        trace.dirty.pop(key, None)


def real_of(array: Array | Scalar) -> Any:
    """The real array or scalar a stand-in stands for, with its value.

    The array is the one that everybody gets, and can be written by anybody.
    """
    trace = array._trace
    with trace.lock:
        if isinstance(array, Scalar):
            return peek(array)
        if trace.tape is not None and not trace.tape.quiet:
            trace.tape.fail(Reason.VALUE_NEEDED, "an array in Python's hands")
        real = shell_of(array)
        storage = array._storage
        storage.version += 1  # whoever gets it may write it
        if id(storage) in trace.dirty:
            if is_pending(array):
                trace.flush()
            storage.settle()
            storage.value = None
            trace.dirty.pop(id(storage), None)
        if trace.is_block:
            make_visible(trace, storage)
            trace.escaped()
        return real
