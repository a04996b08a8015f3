"""Keys of static values: by type and bit pattern.

`0.0` is not `-0.0`, `1` is not `True`, NaN equals itself.
"""

from __future__ import annotations

import struct
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

__all__ = ["static_key"]

_PLAIN = frozenset(
    {int, bool, str, bytes, type, type(None), type(Ellipsis)}
    | {type(np.dtype(c)) for c in "?bhilqBHILQefdFD"}
)


_FUNCTIONS = (FunctionType, BuiltinFunctionType, np.ufunc)


def static_key(value: Any) -> Any:
    """A hashable that is equal for equal static values only.

    Raises
    ------
    TypeError
        If the value has no such key.
    """
    kind = type(value)
    if kind in _PLAIN:
        return (kind, value)
    if kind is float:
        return (kind, struct.pack("d", value))
    if kind is complex:
        return (kind, struct.pack("dd", value.real, value.imag))
    if kind is tuple or kind is list:
        return (kind, *map(static_key, value))
    if kind is dict:
        return (kind, *((k, static_key(v)) for k, v in value.items()))
    if kind is slice:
        return (kind, *map(static_key, (value.start, value.stop, value.step)))
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return (kind, value.tobytes())
    if isinstance(value, (type, np.dtype, *_FUNCTIONS)):
        hash(value)
        return (kind, value)
    raise TypeError(f"no key for a static {kind.__name__}")
