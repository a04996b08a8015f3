"""What JAX computes where the recorder leaves it to NumPy for the sake of its bits.

Eigenvectors and singular vectors have no definite signs, and neither has the order of
equal elements: npjit takes NumPy's where it can. JAX's have derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np

__all__ = ["INSTEAD"]


def _argsort(a: jax.Array, axis: int | None = -1, **how: Any) -> jax.Array:
    return jnp.argsort(a, axis=axis)  # which is stable


def _partition(a: jax.Array, kth: Any, axis: int | None = -1, **how: Any) -> jax.Array:
    return jnp.sort(a, axis=axis)


def _argpartition(
    a: jax.Array, kth: Any, axis: int | None = -1, **how: Any
) -> jax.Array:
    return jnp.argsort(a, axis=axis)


INSTEAD: Final[dict[Any, Callable[..., Any]]] = {
    np.argsort: _argsort,
    np.argpartition: _argpartition,
    np.partition: _partition,
    np.linalg.eigh: jnp.linalg.eigh,
    np.linalg.eigvalsh: jnp.linalg.eigvalsh,
    np.linalg.qr: jnp.linalg.qr,
    np.linalg.svd: jnp.linalg.svd,
}
