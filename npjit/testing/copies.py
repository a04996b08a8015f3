"""Deep copies that keep how arrays lie in memory: layout, aliasing and overlap.

`copy.deepcopy` gives every array memory of its own. Parity needs more: views of one
base stay views of one copied base, with their strides, offsets and flags, and the
variables that a function has captured are copied with its arguments.
"""

import contextlib
import copy
import gc
import types
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.array_utils import byte_bounds

__all__ = ["Copier", "arrays_in", "owner_of"]

# What a walk does not look into: shared by all copies, as in `copy.deepcopy`.
_SHARED = (
    type,
    types.ModuleType,
    types.BuiltinFunctionType,
    types.CodeType,
    types.FrameType,
    np.dtype,
    np.ufunc,
)


def owner_of(a: np.ndarray) -> Any:
    """Return the object whose memory `a` looks into: `a` itself, an array, a buffer.

    Parameters
    ----------
    a : ndarray
        Any shape and dtype.

    Returns
    -------
    object
        The end of the chain of `base`; the array that lies over a foreign buffer
        counts as the owner where that buffer shows no memory of its own.
    """
    last: np.ndarray = a
    link: Any = a
    while (under := _under(link)) is not None:
        link = under
        if isinstance(link, np.ndarray):
            last = link
    return last if link is last else _over_buffer(link, last)


def _under(link: Any) -> Any:
    # as_strided puts an object with a `base` between an array and its owner,
    # frombuffer a memoryview
    return getattr(link, "obj" if isinstance(link, memoryview) else "base", None)


def _over_buffer(buffer: object, default: np.ndarray) -> Any:
    try:
        memoryview(buffer)  # type: ignore[arg-type]
    except TypeError:
        return default
    return buffer


def _walk(roots: tuple[object, ...]) -> Iterator[object]:
    """Every object that a deep copy of `roots` would meet, once."""
    seen: dict[int, object] = {}  # holds the objects, so that no id is used twice
    pending = list(reversed(roots))
    while pending:
        obj = pending.pop()
        if id(obj) in seen or isinstance(obj, _SHARED):
            continue
        seen[id(obj)] = obj
        yield obj
        if isinstance(obj, types.FunctionType):
            pending.extend(obj.__closure__ or ())
            pending.extend(_mutable_defaults(obj))
        elif isinstance(obj, np.ndarray):
            if obj.dtype == object:
                pending.extend(obj.flat)
        else:
            pending.extend(gc.get_referents(obj))


def _mutable_defaults(fn: types.FunctionType) -> list[Any]:
    """Return the defaults that a call can change; others may be sentinels."""
    values = (*(fn.__defaults__ or ()), *(fn.__kwdefaults__ or {}).values())
    return [v for v in values if isinstance(v, np.ndarray | list | dict | set)]


def arrays_in(*roots: object) -> list[np.ndarray]:
    """Every ndarray that can be reached from `roots`, in the order of a walk."""
    return [obj for obj in _walk(roots) if isinstance(obj, np.ndarray)]


class Copier:
    """Copies objects; what is reached twice, in one call or several, is copied once.

    Parameters
    ----------
    known : Copier, optional
        Objects copied by it keep their copies here.
    """

    def __init__(self, known: "Copier | None" = None) -> None:
        self._memo: dict[int, Any] = dict(known._memo) if known else {}
        self._memory: dict[int, _Memory] = dict(known._memory) if known else {}
        self._alive: list[object] = [known._alive] if known else []

    def copy(self, obj: Any) -> Any:
        """Return a deep copy of `obj` with its arrays' layout and overlap.

        Parameters
        ----------
        obj : object
            Anything that `copy.deepcopy` takes, and functions: one with a closure
            gets new cells, so that the copy captures copies.

        Returns
        -------
        object
            Of the same type.

        Raises
        ------
        TypeError
            If something in it cannot be copied, for example a generator.
        """
        met = list(_walk((obj,)))
        self._alive.append(met)
        cells: list[tuple[types.CellType, types.CellType]] = []
        for item in met:
            if id(item) in self._memo:
                continue
            if type(item) is np.ndarray and not item.dtype.hasobject:
                self._copy_array(item)
            elif isinstance(item, types.CellType):
                cells.append((item, types.CellType()))
                self._memo[id(item)] = cells[-1][1]
        functions = [
            (item, self._with_new_cells(item))
            for item in met
            if isinstance(item, types.FunctionType) and id(item) not in self._memo
        ]
        self._memo.update((id(old), new) for old, new in functions)
        for fn, new in functions:
            self._copy_defaults(fn, new)
        for cell, new_cell in cells:
            self._fill(cell, new_cell)
        return self._deepcopy(obj)

    def replace(self, obj: object, new: object) -> None:
        """Let `new` take the place of `obj` in all copies from now on.

        Parameters
        ----------
        obj, new : object
            Two objects of one type.
        """
        self._alive.append(obj)
        self._memo[id(obj)] = new

    def _deepcopy(self, obj: Any) -> Any:
        if id(obj) in self._memo:  # deepcopy of a function does not ask the memo
            return self._memo[id(obj)]
        if isinstance(obj, _SHARED):
            return obj
        return copy.deepcopy(obj, self._memo)

    def _fill(self, old: types.CellType, new: types.CellType) -> None:
        with contextlib.suppress(ValueError):  # a variable that is not bound yet
            new.cell_contents = self._deepcopy(old.cell_contents)

    def _with_new_cells(self, fn: types.FunctionType) -> types.FunctionType:
        if not fn.__closure__ and not _mutable_defaults(fn):
            return fn
        cells = tuple(self._memo[id(cell)] for cell in fn.__closure__ or ())
        new = types.FunctionType(fn.__code__, fn.__globals__, closure=cells)
        for name in ("__name__", "__qualname__", "__module__", "__doc__"):
            setattr(new, name, getattr(fn, name))
        new.__annotations__ = fn.__annotations__
        new.__dict__.update(fn.__dict__)
        return new

    def _copy_defaults(self, fn: types.FunctionType, new: types.FunctionType) -> None:
        mutable = {id(value) for value in _mutable_defaults(fn)}

        def fresh(value: Any) -> Any:
            return self._deepcopy(value) if id(value) in mutable else value

        if new is not fn:
            new.__defaults__ = fn.__defaults__ and tuple(map(fresh, fn.__defaults__))
            new.__kwdefaults__ = fn.__kwdefaults__ and {
                name: fresh(value) for name, value in fn.__kwdefaults__.items()
            }

    def _copy_array(self, a: np.ndarray) -> None:
        owner = owner_of(a)
        if id(owner) not in self._memory:
            self._alive.append(owner)
            self._copy_memory(owner)
        if owner is not a:
            self._memo[id(a)] = self._memory[id(owner)].view_like(a)

    def _copy_memory(self, owner: Any) -> None:
        if isinstance(owner, np.ndarray):
            new, self._memory[id(owner)] = _copy_owner(owner)
        else:
            new = self._deepcopy(owner)
            start = byte_bounds(np.frombuffer(owner, np.uint8))[0]
            self._memory[id(owner)] = _Memory(start, np.frombuffer(new, np.uint8))
        self._memo[id(owner)] = new


class _Memory(NamedTuple):
    """Copied memory: where the original starts, and the bytes of the copy."""

    start: int
    flat: np.ndarray

    def view_like(self, a: np.ndarray) -> np.ndarray:
        """Return the view that lies in the copy as `a` lies in the original."""
        if a.size == 0:  # its address means nothing and may lie outside
            view = np.ndarray(a.shape, a.dtype, self.flat)
        else:
            offset = a.__array_interface__["data"][0] - self.start
            view = np.ndarray(a.shape, a.dtype, self.flat, offset, a.strides)
        view.flags.writeable = a.flags.writeable
        return view


def _copy_owner(a: np.ndarray) -> tuple[np.ndarray, _Memory]:
    start, end = byte_bounds(a)
    new = np.empty_like(a)
    if new.strides == a.strides or a.size < 2:
        memory = _Memory(start, new.ravel(order="K").view(np.uint8))
    else:  # elements with gaps between them
        memory = _Memory(start, np.zeros(end - start, np.uint8))
        new = memory.view_like(a)
        new.flags.writeable = True
    np.copyto(new, a)
    new.flags.writeable = a.flags.writeable
    return new, memory
