"""Operators and tests: what Python does with stand-ins and with users' own classes."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from npjit._array import arithmetic  # noqa: F401 - attaches operators to arrays
from npjit._array.array import SCALARS, STAND_INS, Array, lift, real_of
from npjit._array.host_node import call_at_line
from npjit._array.number import Number, compute, operands
from npjit._array.protocols import shown
from npjit._convert.foreign import call_foreign, note_container, note_object
from npjit._convert.groups import CONTAINERS, PLAIN, is_native
from npjit._convert.iteration import inside_iterator
from npjit._convert.special import defines, recording, special, truth
from npjit._convert.up_to_date import sync_for
from npjit.errors import ConcretizationError

__all__ = ["OPERATORS", "absolute", "divided", "figure", "in_", "is_", "is_not"]

#: Types whose operators never warn. NumPy's own scalars do, at the user's line.
_SILENT = frozenset(kind for kind in PLAIN if not issubclass(kind, np.generic))
#: What operators of arrays are given most. Python would ask no other type than Array,
#: and takes longer to do so.
_OPERANDS = STAND_INS | {float, int}


def _at_line(plain: Callable, *operands: Any) -> Any:
    """An operator, as if from the user's line if its operands are real."""
    trace = recording()
    if trace is None:
        return plain(*operands)
    for x in operands:
        note_object(x)
    if any(type(x) in STAND_INS for x in operands):
        return plain(*operands)  # it is recorded, with its line
    return call_at_line(trace, plain, operands, {})


def _binary(plain: Callable, name: str) -> Callable:
    left, right = f"__{name}__", f"__r{name}__"
    of_array = getattr(Array, left)

    def binary(a: Any, b: Any) -> Any:
        if type(a) is Array and type(b) in _OPERANDS:
            return of_array(a, b)
        if type(a) is Number or type(b) is Number:
            return binary(*operands(a, b))
        if type(a) in _SILENT and type(b) in _SILENT:
            if name == "mod" and isinstance(a, (str, bytes)):
                if is_native(b):
                    return _formatted(a, b)
                return call_foreign(plain, (a, b), {})
            return plain(a, b)
        if isinstance(a, np.generic) and type(b) in SCALARS:
            return getattr(b, right)(a)  # Python would ask NumPy's ufunc
        if not (defines(type(a), left) or defines(type(b), right)):
            sync_for((a, b))
            return lift(_at_line(plain, a, b))
        return lift(_by_protocol(plain, a, b, left, right))

    return binary


def _formatted(text: Any, items: Any) -> Any:
    try:
        return text % items
    except ConcretizationError:
        if type(items) is tuple:
            return text % tuple(map(_value, items))
        return text % _value(items)


def _value(x: Any) -> Any:
    return shown(x, "format") if type(x) in STAND_INS else x


def _by_protocol(plain: Callable, a: Any, b: Any, left: str, right: str) -> Any:
    steps = [(a, left, b), (b, right, a)]
    if type(a) in STAND_INS and _is_left_to(type(b)) and defines(type(b), right):
        del steps[0]
    kind = a.__class__ if type(a) in STAND_INS else type(a)
    mine = kind is not type(b) and issubclass(type(b), kind)
    if mine and getattr(kind, right, None) is not getattr(type(b), right, None):
        steps.reverse()
    for obj, name, other in steps:
        result = special(obj, name, other)
        if result is not NotImplemented:
            return result
    return plain(a, b)


def _is_left_to(kind: type) -> bool:
    """Whether ndarrays leave operators to an operand of this type (NEP 13)."""
    if hasattr(kind, "__array_ufunc__"):
        return kind.__array_ufunc__ is None
    return getattr(kind, "__array_priority__", 0.0) > 0.0


def _in_place(plain: Callable, binary: Callable, name: str) -> Callable:
    method = f"__i{name}__"
    of_array = getattr(Array, method)

    def in_place(a: Any, b: Any) -> Any:
        kind = type(a)
        if kind is Array and type(b) in _OPERANDS:
            return of_array(a, b)
        if type(b) is Number:
            return in_place(*operands(a, b))
        if kind in CONTAINERS:
            note_container(a)  # items += [x]
            if defines(type(b), "__radd__"):
                sync_for(b)
            else:
                b = inside_iterator(b)
        if kind in _SILENT and type(b) in _SILENT:
            return plain(a, b)
        if defines(kind, method):
            result = special(a, method, b)
            if result is not NotImplemented:
                return lift(result)
        elif hasattr(kind, method):
            if isinstance(a, np.ndarray) and kind not in STAND_INS:
                sync_for(a)
                b = real_of(b) if type(b) in STAND_INS else b
            return lift(_at_line(plain, a, b))
        if not (defines(kind, f"__{name}__") or defines(type(b), f"__r{name}__")):
            sync_for((a, b))
            return lift(_at_line(plain, a, b))  # whose errors name it
        return binary(a, b)

    return in_place


def _unary(plain: Callable, name: str) -> Callable:
    method = f"__{name}__"
    of_array = getattr(Array, method)

    def unary(a: Any) -> Any:
        if type(a) is Array:
            return of_array(a)
        if type(a) is Number:
            return compute(plain, a)
        if type(a) in _SILENT:
            return plain(a)
        if defines(type(a), method):
            return lift(special(a, method))
        sync_for(a)
        return lift(_at_line(plain, a))

    return unary


absolute = _unary(abs, "abs")
divided = _binary(divmod, "divmod")

_REFLECTED = {"lt": "gt", "le": "ge", "eq": "eq", "ne": "ne", "gt": "lt", "ge": "le"}


def _compare(plain: Callable, name: str) -> Callable:
    left, right = f"__{name}__", f"__{_REFLECTED[name]}__"
    of_array = getattr(Array, left)

    def compare(a: Any, b: Any) -> Any:
        if type(a) is Array and type(b) in _OPERANDS:
            return of_array(a, b)
        if type(a) is Number or type(b) is Number:
            return compare(*operands(a, b))
        if type(a) in _SILENT and type(b) in _SILENT:
            if type(a) in CONTAINERS:
                sync_for((a, b))
            if type(a) is complex and type(b) in SCALARS:
                b = real_of(b)  # complex itself knows subclasses of float
            return plain(a, b)
        if isinstance(a, np.generic) and type(b) in SCALARS:
            return getattr(b, right)(a)
        if not (defines(type(a), left) or defines(type(b), right)):
            sync_for((a, b))
            return lift(_at_line(plain, a, b))
        return lift(_by_protocol(plain, a, b, left, right))

    return compare


def figure(op: Callable[[Any, Any], Any], a: Any, b: Any) -> Any:
    """An operator between a parameter and a constant number, or what comes of that."""
    if type(a) is Number or type(b) is Number:
        return compute(_PLAIN_OPERATORS[op], a, b)
    return op(a, b)


def is_(a: Any, b: Any) -> bool:
    """`a is b`, by the identity of what stand-ins stand for."""
    return a is b or lift(a) is lift(b)


def is_not(a: Any, b: Any) -> bool:
    """`a is not b`."""
    return not is_(a, b)


def in_(item: Any, container: Any) -> bool:
    """`item in container`."""
    kind = type(container)
    if kind in (list, tuple) and type(item) in STAND_INS:
        return item in [lift(x) for x in container]
    if defines(kind, "__contains__"):
        return bool(special(container, "__contains__", item))
    if kind in (dict, set, frozenset):
        sync_for(item)  # it is hashed
    elif not isinstance(container, (str, bytes)):
        sync_for((item, container))
    return item in container


def not_in(item: Any, container: Any) -> bool:
    """`item not in container`."""
    return not in_(item, container)


_BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
_BITWISE = ("lshift", "rshift", "and_", "or_", "xor")
OPERATORS: dict[str, Any] = {}
for _name in _BINARY + _BITWISE:
    _short = _name.rstrip("_")
    OPERATORS[_name] = _binary(getattr(operator, _name), _short)
    OPERATORS[f"i{_short}"] = _in_place(
        getattr(operator, f"i{_short}"), OPERATORS[_name], _short
    )
for _name in ("neg", "pos", "invert"):
    OPERATORS[_name] = _unary(getattr(operator, _name), _name)
for _name in _REFLECTED:
    OPERATORS[_name] = _compare(getattr(operator, _name), _name)
OPERATORS.update(
    {"is_": is_, "is_not": is_not, "in_": in_, "not_in": not_in, "truth": truth}
)
_PLAIN_OPERATORS: dict[Any, Any] = {
    OPERATORS[_name]: getattr(operator, _name)
    for _name in ("add", "sub", "mul", "truediv")
}
