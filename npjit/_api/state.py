"""What an accelerated function remembers between calls, and which way a call goes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from npjit._config import Options
from npjit._graph.trace import Trace
from npjit._runtime.calls import Calls
from npjit._runtime.policy import Course, Policy, Small
from npjit._runtime.recording import load_auto
from npjit._runtime.signature import Imported, TracersGiven, signature_of

__all__ = ["State"]


class State:
    """What an accelerated function remembers between calls."""

    def __init__(self, options: Options, own: dict[str, Any]) -> None:
        self.options = options
        self.own = own
        self.recorded = options
        if options.mode == "auto" and options.deterministic:
            self.recorded = options.replace(mode="jit")
        self.lock = threading.Lock()
        self.small = Small()
        self.calls = Calls(self.recorded)
        self.clear()

    def clear(self) -> None:
        self.hits = self.misses = self.compiled = 0
        self.courses: dict[Any, Course] = {}
        self.small.forget()
        self.calls.clear()
        self.policy = Policy(self.options, self.accelerated, self.courses, self.small)

    def accelerated(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        imported: Imported,
    ) -> tuple[Any, Trace | None]:
        """Record or replay a call, and count it."""
        found = None if imported else self.calls.replayed(fn, args, kwargs)
        if found is not None:
            self.hits += 1
            return found[0], None
        return self.record(fn, args, kwargs, imported)

    def record(
        self,
        fn: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        imported: Imported,
    ) -> tuple[Any, Trace]:
        """Record a call, and count it."""
        result, trace = self.calls.record(fn, args, kwargs, imported)
        with self.lock:
            self.compiled += trace.misses
            if trace.misses:
                self.misses += 1
            else:
                self.hits += 1
        return result, trace

    def warm_up(self, fn: Callable[..., Any], args: tuple[Any, ...]) -> None:
        """Call a function so that later calls like it compile nothing."""
        if self.recorded.mode == "auto":
            load_auto()
        if self.recorded.mode in ("auto", "jit"):
            self.policy.warm_up(fn, args)

    def call(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call a function that no recording is under way for."""
        mode = self.options.mode
        if mode == "numpy":
            return fn(*args, **kwargs)
        if self.options.is_placed and not self.options.may_stay:
            return self.call_anew(fn, args, kwargs)
        if mode == "auto":
            try:
                return self.policy.call(fn, args, kwargs)
            except TracersGiven:
                return _call_in_jax(fn, args, kwargs)
        found = self.calls.replayed(fn, args, kwargs)
        if found is not None:
            self.hits += 1
            return found[0]
        return self.call_anew(fn, args, kwargs)

    def call_anew(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call a function of which no recording applies."""
        imported: Imported = {}
        try:
            if not self.options.is_placed:  # jax.Arrays stay where they are
                signature = signature_of(args, kwargs, imported)
                self.courses.setdefault(signature, Course())
            return self.record(fn, args, kwargs, imported)[0]
        except TracersGiven:
            return _call_in_jax(fn, args, kwargs)


def _call_in_jax(
    fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    from npjit._transforms.pure import to_jax

    return to_jax(fn)(*args, **kwargs)
