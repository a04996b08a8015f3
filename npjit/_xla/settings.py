"""npjit's own values of JAX's settings, entered only where the user's differ.

Programs are traced, compiled and called under these; before and after, and in other
threads, the user's settings are untouched.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import jax

__all__ = ["own_settings"]

#: config name -> (value, context manager of JAX's public API).
_SETTINGS: dict[str, tuple[Any, Any]] = {
    "jax_enable_x64": (True, jax.enable_x64),
    "jax_transfer_guard": ("allow", jax.transfer_guard),
    "jax_disable_jit": (False, jax.disable_jit),
    "jax_debug_nans": (False, jax.debug_nans),
    "jax_debug_infs": (False, jax.debug_infs),
    "jax_check_tracer_leaks": (False, jax.checking_leaks),
    "jax_numpy_dtype_promotion": ("strict", jax.numpy_dtype_promotion),
    "jax_numpy_rank_promotion": ("allow", jax.numpy_rank_promotion),
    "jax_default_matmul_precision": ("highest", jax.default_matmul_precision),
}


@contextmanager
def own_settings() -> Iterator[None]:
    """Settings under which programs mean what NumPy means."""
    with ExitStack() as stack:
        for name, (value, context) in _SETTINGS.items():
            if getattr(jax.config, name) != value:
                if context is jax.checking_leaks:
                    continue  # only a debugging aid of JAX's; it can stay on
                stack.enter_context(context(value))
        yield
