"""`Accelerated`: the object that stands in the place of a user's function.

It is a proxy of the function, and a descriptor as functions are; it can be pickled and
copied like one.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterable
from types import MethodType
from typing import Any

import wrapt

from npjit._api.caller import caller
from npjit._api.interface import Interface
from npjit._api.state import State
from npjit._config import Options

__all__ = ["Accelerated"]


class _BoundAccelerated(Interface, wrapt.BoundFunctionWrapper):  # type: ignore[type-arg]
    """An accelerated method, bound to its instance or class."""

    def __reduce__(self) -> Any:
        owner = getattr(self.__wrapped__, "__self__", None)
        if owner is not None:  # as methods do
            return getattr, (owner, self.__name__)
        *outer, name = self.__qualname__.split(".")
        owner = _find(self.__module__, outer)
        if getattr(getattr(owner, name, None), "_state", None) is self._state:
            return getattr, (owner, name)
        return Accelerated, (self.__wrapped__, self.options, self.own_options)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __copy__(self) -> _BoundAccelerated:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        owner = getattr(self.__wrapped__, "__self__", None)
        new = copy.deepcopy(owner, memo)
        return self if new is owner else getattr(new, self.__name__)


class Accelerated(Interface, wrapt.FunctionWrapper):  # type: ignore[type-arg]
    """A NumPy function whose work goes through XLA; made by `accelerate`.

    It has the name, signature, docstring and attributes of the function it wraps
    (``__wrapped__``).
    """

    __bound_function_wrapper__ = _BoundAccelerated
    # Python finds what it calls in this slot of the object: 0.3 us less than by wrapt.
    __slots__ = ("__call__",)

    def __init__(
        self,
        wrapped: Callable[..., Any],
        options: Options,
        own: dict[str, Any] | None = None,
    ) -> None:
        state = State(options, own or {})
        call = caller(state)
        super().__init__(
            wrapped, lambda fn, instance, args, kwargs: call(fn, *args, **kwargs)
        )
        self._self_state = state
        slot: Any = Accelerated.__call__
        slot.__set__(self, MethodType(call, wrapped))

    def __reduce__(self) -> Any:
        """By name where the name leads here, else by what it was made of."""
        name = getattr(self, "__qualname__", "")
        if name and _find(self.__module__, name.split(".")) is self:
            return name
        return Accelerated, (self.__wrapped__, self.options, self.own_options)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __copy__(self) -> Accelerated:
        return self._with(copy.copy(self.__wrapped__))

    def __deepcopy__(self, memo: dict[int, Any]) -> Accelerated:
        return self._with(copy.deepcopy(self.__wrapped__, memo))

    def _with(self, wrapped: Any) -> Accelerated:
        """Functions are their own copies, callable objects are not."""
        if wrapped is self.__wrapped__:
            return self
        return Accelerated(wrapped, self.options, self.own_options)

    def __repr__(self) -> str:
        return f"<accelerated {self.__wrapped__!r}>"


def _find(module: str | None, names: Iterable[str]) -> Any:
    """What a module has under a dotted name, or None."""
    found: Any = sys.modules.get(module or "")
    for name in names:
        found = getattr(found, name, None)
    return found
