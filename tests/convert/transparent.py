"""Helpers that do what Python does: converted code must then behave as it was."""

import operator
from collections.abc import Callable, Collection
from types import FunctionType, MethodType
from typing import Any

from npjit._convert.converter import Unconvertible, convert


class Loop:
    """What a ``while`` asks, when it does nothing else."""

    def __call__(self, condition: object) -> bool:
        return bool(condition)


def identity(value: Any, *_: object) -> Any:
    return value


def store_attr(value: object, obj: object, name: str) -> None:
    setattr(obj, name, value)


def store_item(value: object, obj: Any, key: object) -> None:
    obj[key] = value


def aug_attr(obj: object, name: str, op: Callable[[Any, Any], Any]) -> Any:
    old = getattr(obj, name)
    return lambda value: setattr(obj, name, op(old, value))


def aug_item(obj: Any, key: object, op: Callable[[Any, Any], Any]) -> Any:
    old = obj[key]
    return lambda value: operator.setitem(obj, key, op(old, value))


_BINARY = "add sub mul truediv floordiv mod pow matmul lshift rshift and_ or_ xor"
_OPERATORS = f"{_BINARY} neg pos invert lt le eq ne gt ge is_ is_not".split()
_IN_PLACE = [f"i{name.rstrip('_')}" for name in _BINARY.split()]

TRANSPARENT: dict[str, Any] = {
    **{name: getattr(operator, name) for name in (*_OPERATORS, *_IN_PLACE)},
    "in_": lambda item, container: item in container,
    "not_in": lambda item, container: item not in container,
    **dict.fromkeys(
        ("lift", "resolve", "spread", "unpack", "iterate", "truth", "enter", "define"),
        identity,
    ),
    "define_class": lambda: identity,
    "settle": lambda: None,
    "hashed": identity,
    "shown": identity,
    "extracting": identity,
    "figure": lambda op, a, b: op(a, b),
    "extract_method": getattr,
    "resolve_method": getattr,
    "load_attr": getattr,
    "load_item": operator.getitem,
    "make_slice": slice,
    "store_attr": store_attr,
    "store_item": store_item,
    "delete_attr": delattr,
    "delete_item": operator.delitem,
    "aug_attr": aug_attr,
    "aug_item": aug_item,
    "loop": Loop,
}


def deep_helpers(filenames: Collection[str]) -> dict[str, Any]:
    """Transparent helpers that also convert what is called, if it is from our files."""

    def resolve(callee: Any) -> Any:
        if isinstance(callee, MethodType):
            return MethodType(resolve(callee.__func__), callee.__self__)
        if not isinstance(callee, FunctionType):
            return callee
        if callee.__code__.co_filename not in filenames:
            return callee
        try:
            return convert(callee, helpers).function
        except Unconvertible:
            return callee

    def resolve_method(obj: object, name: str) -> Any:
        return resolve(getattr(obj, name))

    helpers = TRANSPARENT | {
        "resolve": resolve,
        "resolve_method": resolve_method,
        "extracting": resolve,
        "extract_method": resolve_method,
    }
    return helpers


def recording_helpers(log: Callable[[str], object]) -> dict[str, Any]:
    """Transparent helpers that report their names."""

    def recording(name: str, helper: Callable[..., Any]) -> Callable[..., Any]:
        def report(*args: object) -> Any:
            log(name)
            return helper(*args)

        return report

    return {name: recording(name, helper) for name, helper in TRANSPARENT.items()}
