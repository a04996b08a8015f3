"""Accelerated functions and blocks inside of a recording: the options they keep."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from npjit._config import Options
from npjit._graph.trace import current

__all__ = ["under", "with_own"]


def with_own(options: Options, own: Mapping[str, Any]) -> Options:
    """The options of a recording, in a function or block that joins it with its own."""
    winning = {name: own[name] for name in _WINNING if name in own}
    return options.replace(**winning) if winning else options


#: Options that a function or block keeps to itself when it joins a recording.
_WINNING: Final = ("strict",)


def under(options: Options, called: Callable[..., Any]) -> Callable[..., Any]:
    """A callable that is recorded with other options."""

    def run(*args: Any, **kwargs: Any) -> Any:
        trace = current.trace
        assert trace is not None
        before, trace.options = trace.options, options
        try:
            return called(*args, **kwargs)
        finally:
            trace.options = before

    return run
