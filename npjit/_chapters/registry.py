"""The registry of operations: what npjit knows of each NumPy callable.

A chapter file says in one line what a callable is: computed on XLA (`lowered`), a view
of its argument (`viewing`), a write to it (`writing`), an array of plain numbers
(`leaf`), real NumPy with the reason (`host_only`), or about metadata only (`metadata`).
The JAX side of a lowered one is its twin in `npjit/_xla/rules/`. What NumPy itself
writes in Python with functions of these kinds needs no twin (`composed`): its own code
is converted and recorded.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from npjit._chapters.bind import Bind, make_bind
from npjit.errors import Reason

__all__ = [
    "OPERATIONS",
    "Kind",
    "Operation",
    "checked",
    "composed",
    "host_only",
    "leaf",
    "lowered",
    "metadata",
    "operation_of",
    "questioned",
    "respelled",
    "viewing",
    "writing",
]

Unless = Callable[[tuple, dict], Reason | None]
Spelling = Callable[..., tuple[Callable[..., Any], tuple]]


class Kind(enum.Enum):
    """How the engines treat an operation."""

    UFUNC = "ufunc"
    REDUCTION = "reduction"
    FUNCTION = "function"
    CREATION = "creation"
    WRITE = "write"
    VIEW = "view"
    CHECKED = "checked"
    COMPOSED = "composed"
    LEAF = "leaf"
    HOST = "host"
    METADATA = "metadata"

    # By identity: asked several times for each recorded call, and Enum's is slow.
    __hash__ = object.__hash__


class Operation:
    """One NumPy callable, as npjit sees it.

    Attributes
    ----------
    func : callable
        What the host engine calls.
    rule : callable
        The NumPy callable whose JAX rule computes it: `func`, unless `func` is another
        spelling (`ndarray.sum`, `operator.add` of scalars) with warnings of its own.
    kind : Kind
    data : tuple of str
        The parameters that carry arrays.
    nested : frozenset of str
        Those of them that carry a sequence of arrays.
    bind : callable
        From a call's arguments to (arrays, keywords without defaults).
    exact_dims : bool
        The dims of the result are not dims of the inputs (see `infer`).
    can_fail : bool
        The call may raise, depending on values: it is computed at once.
    unless : callable, optional
        Asked with the bound arguments for the reason why this call cannot be lowered.
    reason : Reason, optional
        Of a host operation: why it is one.
    spelling : callable, optional
        From the arguments to what the host engine calls in place of `func`, and with
        which arguments: C code, so that NumPy warns at the user's line and not at ours.
    writes : tuple of str
        Parameters other than `out` that the callable writes.
    writes_if : str
        The keyword that lets it write them; empty if it always does.
    known : dict
        What `infer` has found, by the avals and static parameters of a call.
    n_plain : int
        So many positional arguments, and no keyword, need no binding: a ufunc's.
    """

    __slots__ = (
        "bind",
        "can_fail",
        "data",
        "exact_dims",
        "func",
        "kind",
        "known",
        "n_plain",
        "name",
        "nested",
        "reason",
        "rule",
        "spelling",
        "unless",
        "writes",
        "writes_if",
    )

    def __init__(
        self,
        func: Callable[..., Any],
        kind: Kind,
        *,
        data: tuple[str, ...] = (),
        nested: Iterable[str] = (),
        exact_dims: bool = False,
        can_fail: bool = False,
        unless: Unless | None = None,
        reason: Reason | None = None,
        writes: tuple[str, ...] = (),
        writes_if: str = "",
        bind: Bind | None = None,
        name: str | None = None,
        rule: Callable[..., Any] | None = None,
        spelling: Spelling | None = None,
    ) -> None:
        self.func = func
        self.spelling = spelling
        self.rule = rule or func
        self.kind = kind
        self.name = name or name_of(func)
        self.data = data
        self.nested = frozenset(nested)
        self.exact_dims = exact_dims
        self.can_fail = can_fail
        self.unless = unless
        self.reason = reason
        self.writes = writes
        self.writes_if = writes_if
        self.bind = bind or make_bind(func, data)
        self.known: dict[Any, Any] = {}
        self.n_plain: int = getattr(self.rule, "nin", -1)

    def __repr__(self) -> str:
        return f"<{self.kind.value} {self.name}>"


OPERATIONS: dict[Callable[..., Any], Operation] = {}


def name_of(func: Callable[..., Any]) -> str:
    """The name a user would write: `np.sum`, `np.add.reduce`, `np.linalg.inv`."""
    owner = getattr(func, "__self__", None)
    if isinstance(owner, np.ufunc):
        return f"{name_of(owner)}.{func.__name__}"
    module = getattr(func, "__module__", None) or "numpy"
    name = getattr(func, "__name__", None) or type(func).__name__
    return f"{module.replace('numpy', 'np', 1)}.{name}"


def _add(operation: Operation, func: Callable[..., Any] | None = None) -> None:
    func = func or operation.func
    if func in OPERATIONS:
        raise ValueError(f"{operation.name} is registered twice")
    OPERATIONS[func] = operation


def lowered(
    *funcs: Callable[..., Any],
    kind: Kind = Kind.FUNCTION,
    data: tuple[str, ...] | None = None,
    **about: Any,
) -> None:
    """Register callables for XLA; `data` is by default the first parameter."""
    for func in funcs:
        names = _first_parameter(func) if data is None else data
        _add(Operation(func, kind, data=names, **about))


def viewing(*funcs: Callable[..., Any], **about: Any) -> None:
    """Register callables that return views of their first argument."""
    for func in funcs:
        _add(Operation(func, Kind.VIEW, data=_first_parameter(func), **about))


def checked(*funcs: Callable[..., Any], **about: Any) -> None:
    """Register callables whose indices npjit looks at before it records a call.

    Of numbers alone they are leaves.
    """
    for func in funcs:
        _add(Operation(func, Kind.CHECKED, data=_first_parameter(func), **about))


def writing(
    func: Callable[..., Any], into: Callable[..., Any], bind: Bind, **about: Any
) -> None:
    """Register a callable that writes one of its arguments and returns None.

    `into` does the same with that argument as its keyword `out`, which is how `bind`
    returns it.
    """
    op = Operation(into, Kind.WRITE, bind=bind, name=name_of(func), rule=func, **about)
    _add(op, func)


def composed(*funcs: Callable[..., Any]) -> None:
    """Register callables that NumPy writes in Python, on top of other operations.

    Called by converted code they are converted themselves: they do what NumPy does,
    operation by operation. Elsewhere they run in NumPy.
    """
    for func in funcs:
        _add(Operation(func, Kind.COMPOSED, reason=Reason.NO_LOWERING, bind=_as_given))


def leaf(*funcs: Callable[..., Any]) -> None:
    """Register callables that make an array of plain Python objects.

    NumPy makes it, and the array is a leaf of the recording.
    """
    for func in funcs:
        _add(Operation(func, Kind.LEAF, reason=Reason.NO_LOWERING, bind=_as_given))


def host_only(
    *funcs: Callable[..., Any],
    reason: Reason,
    writes: tuple[str, ...] = (),
    writes_if: str = "",
) -> None:
    """Register callables that run in NumPy, and why.

    `writes` names the parameters they write, if the keyword `writes_if` is true.
    """
    about: dict[str, Any] = {"writes": writes, "writes_if": writes_if}
    for func in funcs:
        bind = make_bind(func, writes) if writes else _as_given
        _add(Operation(func, Kind.HOST, reason=reason, bind=bind, **about))


def questioned(*funcs: Callable[..., Any]) -> None:
    """Register callables that answer with a plain number, which Python needs now."""
    host_only(*funcs, reason=Reason.VALUE_NEEDED)


def metadata(*funcs: Callable[..., Any]) -> None:
    """Register callables that look at shapes and dtypes only."""
    for func in funcs:
        _add(Operation(func, Kind.METADATA, bind=_as_given))


def _as_given(*args: Any, **kwargs: Any) -> tuple[tuple, dict]:
    return args, kwargs


def _first_parameter(func: Callable[..., Any]) -> tuple[str, ...]:
    return (next(iter(inspect.signature(func).parameters)),)


def respelled(op: Operation, func: Callable[..., Any], name: str) -> Operation:
    """The operation under another spelling, which the host engine calls."""
    return Operation(
        func,
        op.kind,
        data=op.data,
        nested=op.nested,
        exact_dims=op.exact_dims,
        can_fail=op.can_fail,
        unless=op.unless,
        reason=op.reason,
        writes=op.writes,
        writes_if=op.writes_if,
        bind=op.bind,
        name=name,
        rule=op.rule,
    )


def operation_of(func: Callable[..., Any]) -> Operation:
    """The operation of a NumPy callable; an unknown one is a host operation."""
    found = OPERATIONS.get(func)
    if found is None:
        found = Operation(func, Kind.HOST, reason=Reason.NO_LOWERING, bind=_as_given)
        OPERATIONS[func] = found
    return found
