"""Signatures: what of a call's arguments selects a version; jax.Arrays among them."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterable
from typing import Any, Final

import numpy as np

__all__ = [
    "ATOMS",
    "Imported",
    "TracersGiven",
    "name_of_change",
    "signature_of",
    "text_of",
]

#: id of a jax.Array -> the array itself, and the read-only ndarray that stands for it.
Imported = dict[int, tuple[Any, np.ndarray]]
_MAX_DEPTH: Final = 4
_MAX_ITEMS: Final = 64
ATOMS: Final = frozenset({bool, int, float, complex, str, bytes, type(None)})


class TracersGiven(Exception):
    """JAX traces an argument: the call is to be part of a JAX program."""


def signature_of(args: tuple, kwargs: dict, imported: Imported) -> tuple:
    """Structure of the arguments, with dtype and shape of each array.

    Parameters
    ----------
    args, kwargs
        The arguments of a call.
    imported : dict
        Takes up the jax.Arrays found in them.

    Returns
    -------
    tuple
        Hashable. Arrays are pairs of dtype and shape, containers tuples that begin with
        the name of their type, other objects the name of their type.

    Raises
    ------
    TracersGiven
    """
    positional = tuple([_describe(x, imported, 0) for x in args])
    if not kwargs:
        return positional, ()
    named = ((k, _describe(v, imported, 0)) for k, v in sorted(kwargs.items()))
    return positional, tuple(named)


def _describe(x: Any, imported: Imported, depth: int) -> Any:
    # type() and not isinstance(): runs per argument per call.
    kind = type(x)
    if kind is np.ndarray:
        return x.dtype, x.shape
    if kind in ATOMS:
        return kind.__name__
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype, x.shape
    if isinstance(x, (list, tuple)):
        return _container(kind, enumerate(x), len(x), imported, depth)
    if isinstance(x, dict):
        return _container(kind, x.items(), len(x), imported, depth)
    fields = getattr(kind, "__dataclass_fields__", None)
    if fields is not None:
        held = [(name, getattr(x, name, None)) for name in fields]
        return _container(kind, held, len(held), imported, depth)
    if "jax" in sys.modules and _import_array(x, imported):
        real = imported[id(x)][1]
        return real.dtype, real.shape
    return kind.__name__


def _container(
    kind: type,
    items: Iterable[tuple[Any, Any]],
    length: int,
    imported: Imported,
    depth: int,
) -> Any:
    if depth >= _MAX_DEPTH:
        return kind.__name__
    if length > _MAX_ITEMS:
        if "jax" in sys.modules:
            _import_many([x for _, x in items], imported)
        return kind.__name__
    is_sequence = issubclass(kind, (list, tuple))
    described = (
        d if is_sequence else (str(key), d)
        for key, d in ((key, _describe(x, imported, depth + 1)) for key, x in items)
    )
    return (kind.__name__, *described)


def _import_many(items: list, imported: Imported) -> None:
    """A long sequence, of which only the types are looked at, if they are numbers."""
    if not ATOMS.issuperset(map(type, items)):
        for x in items:
            _import_array(x, imported)


def _import_array(x: Any, imported: Imported) -> bool:
    """Take up a jax.Array that has a value of NumPy's."""
    import jax

    if isinstance(x, jax.core.Tracer):
        raise TracersGiven
    if not isinstance(x, jax.Array):
        return False
    if not x.is_fully_addressable or jax.numpy.issubdtype(x.dtype, jax.dtypes.prng_key):
        return False
    if id(x) not in imported:
        from npjit._xla.settings import call_settings

        with call_settings():
            imported[id(x)] = x, np.asarray(x)
    return True


def text_of(described: Any) -> Any:
    """A signature with its arrays as text like ``float64[3,4]``."""
    if not isinstance(described, tuple):
        return described
    if len(described) == 2 and isinstance(described[0], np.dtype):
        dtype, shape = described
        return f"{dtype}[{','.join(map(str, shape))}]"
    return tuple(map(text_of, described))


def name_of_change(fn: Callable[..., Any], old: tuple, new: tuple) -> str:
    """Which argument differs between two signatures, for messages."""
    old, new = text_of(old), text_of(new)
    names = _parameter_names(fn)
    for i, (before, now) in enumerate(zip(old[0], new[0], strict=False)):
        if before != now:
            name = names[i] if i < len(names) else str(i)
            return f"argument {name!r} was {before}, now {now}"
    for (name, before), (_, now) in zip(old[1], new[1], strict=False):
        if before != now:
            return f"argument {name!r} was {before}, now {now}"
    return "the arguments given differ"


def _parameter_names(fn: Callable[..., Any]) -> list[str]:
    """Names of the positional parameters; those in `*args` have none."""
    try:
        parameters = inspect.signature(fn).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in parameters if p.kind <= p.POSITIONAL_OR_KEYWORD]
