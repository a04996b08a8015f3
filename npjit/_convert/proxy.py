"""An object that passes for a function, with calls of its own."""

from __future__ import annotations

import sys
from typing import Any

import wrapt

__all__ = ["FunctionProxy"]


class FunctionProxy(wrapt.ObjectProxy):
    """The function itself in all that can be asked of it; its copy is the function."""

    @property
    def __npjit_original__(self) -> Any:
        return self.__wrapped__

    def __reduce__(self) -> Any:
        """By name where the name leads here, else as the function itself."""
        name = getattr(self, "__qualname__", "")
        module = sys.modules.get(getattr(self, "__module__", None) or "")
        if getattr(module, name, None) is self:
            return name
        return _itself, (self.__wrapped__,)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self.__reduce__()

    def __copy__(self) -> Any:
        return self.__wrapped__

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self.__wrapped__

    def __repr__(self) -> str:
        return repr(self.__wrapped__)


def _itself(function: Any) -> Any:
    return function
