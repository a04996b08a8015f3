"""npjit's own values of JAX's settings, entered only where the user's differ.

Programs are traced, compiled and called under these; before and after, and in other
threads, the user's settings are untouched: JAX keeps what a context manager enters for
the thread that entered it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from typing import Any, Final, NamedTuple

import jax

__all__ = ["X64", "call_settings", "compile_settings", "tracing_settings"]


class _Setting(NamedTuple):
    """One setting of `jax.config`: the values that will do, and how to enter one."""

    name: str
    good: tuple[Any, ...]
    enter: Callable[[], AbstractContextManager[Any]]


def _allow_transfers() -> AbstractContextManager[Any]:
    return jax.transfer_guard("allow")  # in all three directions


#: Contexts of x64 that are entered again and again: to make one takes 0.3 us longer.
#: Who enters one takes it out, and puts it back: none is entered inside of
#: itself, or by two threads.
X64: Final[list[AbstractContextManager[Any]]] = []

#: What matters when a compiled program is called.
_OF_CALLS = (
    _Setting("jax_enable_x64", (True,), lambda: jax.enable_x64(True)),
    _Setting("jax_transfer_guard", (None, "allow"), _allow_transfers),
    _Setting("jax_transfer_guard_host_to_device", (None, "allow"), _allow_transfers),
    _Setting("jax_transfer_guard_device_to_host", (None, "allow"), _allow_transfers),
    _Setting("jax_debug_nans", (False,), lambda: jax.debug_nans(False)),
    _Setting("jax_debug_infs", (False,), lambda: jax.debug_infs(False)),
    _Setting("jax_disable_jit", (False,), lambda: jax.disable_jit(False)),
)
#: What matters besides when a program is traced and compiled. A tracer leak is an error
#: of npjit's, so that `jax_check_tracer_leaks` is left on for those who want it.
_OF_TRACING = (
    _Setting(
        "jax_numpy_dtype_promotion",
        ("strict",),
        lambda: jax.numpy_dtype_promotion("strict"),
    ),
    _Setting(
        "jax_numpy_rank_promotion",
        ("allow",),
        lambda: jax.numpy_rank_promotion("allow"),
    ),
    _Setting(
        "jax_default_matmul_precision",
        ("highest",),
        lambda: jax.default_matmul_precision("highest"),
    ),
)


def call_settings() -> AbstractContextManager[Any]:
    """Settings under which compiled programs mean what NumPy means."""
    return _entered(_OF_CALLS)


def compile_settings() -> AbstractContextManager[Any]:
    """Settings under which programs are traced and compiled."""
    return _entered((*_OF_CALLS, *_OF_TRACING))


def tracing_settings() -> AbstractContextManager[Any]:
    """Settings under which programs are traced, inside of those of calls."""
    return _entered(_OF_TRACING)


def _entered(settings: tuple[_Setting, ...]) -> AbstractContextManager[Any]:
    # Asking costs 0.1 us each, entering x64 0.5 us, a stack or a transfer guard 7 us.
    config = jax.config
    contexts = [s.enter() for s in settings if getattr(config, s.name) not in s.good]
    if len(contexts) == 1:
        return contexts[0]
    return _All(contexts) if contexts else nullcontext()


class _All(ExitStack):
    """Several context managers as one, entered when it is."""

    def __init__(self, contexts: list[AbstractContextManager[Any]]) -> None:
        super().__init__()
        self.contexts = contexts

    def __enter__(self) -> _All:
        super().__enter__()
        try:
            for context in self.contexts:
                self.enter_context(context)
        except BaseException:
            self.close()
            raise
        return self
