"""Signatures: what of a call's arguments selects a version."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["name_of_change", "signature_of"]


def signature_of(args: tuple, kwargs: dict) -> tuple:
    """Structure of the arguments, with shape and dtype of each array."""
    positional = tuple(map(_describe, args))
    return positional, tuple((k, _describe(v)) for k, v in sorted(kwargs.items()))


def _describe(x: Any, depth: int = 0) -> Any:
    if isinstance(x, (np.ndarray, np.generic)):
        return f"{x.dtype}[{','.join(map(str, x.shape))}]"
    if depth < 4 and isinstance(x, (list, tuple)) and len(x) <= 64:
        return (type(x).__name__, *(_describe(item, depth + 1) for item in x))
    if depth < 4 and isinstance(x, dict) and len(x) <= 64:
        pairs = ((str(k), _describe(v, depth + 1)) for k, v in x.items())
        return (type(x).__name__, *pairs)
    return type(x).__name__


def name_of_change(fn: Callable[..., Any], old: tuple, new: tuple) -> str:
    """Which argument differs between two signatures, for messages."""
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
    try:
        return list(inspect.signature(fn).parameters)
    except (TypeError, ValueError):
        return []
