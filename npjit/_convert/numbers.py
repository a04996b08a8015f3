"""The float arguments that a function is given as `Number`."""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any

from npjit._array.number import Number, is_moderate, pinned, ways_to
from npjit._convert.functions import converted

__all__ = ["numbers_of", "with_numbers"]


def numbers_of(fn: Any, given: tuple, kwargs: dict[str, Any]) -> dict[str, Number]:
    """The float arguments that a function computes with arrays alone, by their ways.

    Parameters
    ----------
    fn : callable
    given : tuple
        Its arguments by position; of a method, with its object in front.
    kwargs : dict
    """
    f = fn.__func__ if type(fn) is MethodType else fn
    found = converted(f) if type(f) is FunctionType else None
    if found is None:
        return {}
    code = f.__code__
    names: list[str | None] = [*code.co_varnames[: code.co_argcount]]
    names += [None] * (len(given) - len(names))  # of `*args`
    ways = zip((*names[: len(given)], *kwargs), ways_to(given, kwargs), strict=True)
    return {
        way: Number(x, way)
        for name, (way, x) in ways
        if name in found.numbers and is_moderate(x)
    }


def with_numbers(
    fn: Any, called: Any, numbers: dict[str, Number], args: tuple, kwargs: dict
) -> tuple[tuple, dict]:
    """The arguments of a call, with numbers in the places of floats if it takes them.

    Parameters
    ----------
    fn, called : callable
        The function, and what is called in its place.
    numbers : dict
        What `numbers_of` found.
    args, kwargs
        The arguments.
    """
    is_method = type(fn) is MethodType
    found = converted(fn.__func__ if is_method else fn)
    code = None if found is None else found.function.__code__
    if getattr(called, "__code__", None) is not code:
        for x in numbers.values():
            pinned(x)
        return args, kwargs
    return (
        # Ways count the object of a method.
        tuple(numbers.get(f"args[{i}]", x) for i, x in enumerate(args, is_method)),
        {name: numbers.get(f"kwargs[{name!r}]", x) for name, x in kwargs.items()},
    )
