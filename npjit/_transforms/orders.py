"""The order of keys in dicts, which JAX sorts and NumPy code may go by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final

import jax

__all__ = ["in_order", "key_orders", "mapped"]

_DICTS: Final = (dict, defaultdict)


def mapped(function: Any, tree: Any) -> Any:
    """What `jax.tree.map` makes of a pytree, with keys in the order they have there."""
    return _like(jax.tree.map(function, tree), tree)


def _like(tree: Any, model: Any) -> Any:
    if type(model) in _DICTS:
        return _with_parts(tree, {k: _like(tree[k], part) for k, part in model.items()})
    if type(tree) in (list, tuple):
        return type(tree)([_like(x, y) for x, y in zip(tree, model, strict=True)])
    if _is_namedtuple(tree):
        return type(tree)(*[_like(x, y) for x, y in zip(tree, model, strict=True)])
    return tree


def _with_parts(old: dict, parts: dict) -> dict:
    if type(old) is dict:
        return parts
    return defaultdict(old.default_factory, parts)  # type: ignore[attr-defined]


def _is_namedtuple(x: Any) -> bool:
    return isinstance(x, tuple) and hasattr(x, "_fields")


def key_orders(tree: Any) -> dict[frozenset, tuple]:
    """For sets of keys of the dicts in a pytree the order they have there."""
    found: dict[frozenset, tuple] = {}
    _collect(tree, found)
    return found


def _collect(tree: Any, found: dict[frozenset, tuple]) -> None:
    parts: Iterable[Any] = ()
    if isinstance(tree, dict):
        found.setdefault(frozenset(tree), tuple(tree))
        parts = tree.values()
    elif isinstance(tree, (list, tuple)):
        parts = tree
    for part in parts:
        _collect(part, found)


def in_order(tree: Any, orders: dict[frozenset, tuple]) -> Any:
    """A pytree with keys in these orders."""
    if not orders:
        return tree
    if type(tree) in _DICTS:
        keys = orders.get(frozenset(tree), tuple(tree))
        return _with_parts(tree, {key: in_order(tree[key], orders) for key in keys})
    if type(tree) in (list, tuple):
        return type(tree)([in_order(x, orders) for x in tree])
    if _is_namedtuple(tree):
        return type(tree)(*[in_order(x, orders) for x in tree])
    return tree
