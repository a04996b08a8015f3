"""npjit: a drop-in accelerator for NumPy code.

Put `@npjit.accelerate` over a function that works in NumPy. Its work goes through
`jax.numpy` to XLA; what XLA cannot do runs in NumPy; the results are NumPy's.
"""

from typing import TYPE_CHECKING, Any

from npjit._api.accelerate import accelerate, shard
from npjit._api.recordings import asarray, host, is_recording, realize
from npjit._array.array import Array, Scalar
from npjit._diagnostics.stats import reset_stats, stats
from npjit._version import __version__
from npjit.errors import (
    ConcretizationError,
    FallbackError,
    LoadError,
    NpjitError,
    NpjitWarning,
    ParityWarning,
    Reason,
)

if TYPE_CHECKING:
    from npjit._transforms.batching import vmap
    from npjit._transforms.derivatives import (
        grad,
        hessian,
        jacobian,
        jvp,
        value_and_grad,
        vjp,
    )
    from npjit._transforms.export import export, load
    from npjit._transforms.pure import to_jax

__all__ = [
    "Array",
    "ConcretizationError",
    "FallbackError",
    "LoadError",
    "NpjitError",
    "NpjitWarning",
    "ParityWarning",
    "Reason",
    "Scalar",
    "__version__",
    "accelerate",
    "asarray",
    "export",
    "grad",
    "hessian",
    "host",
    "is_recording",
    "jacobian",
    "jvp",
    "load",
    "realize",
    "reset_stats",
    "shard",
    "stats",
    "to_jax",
    "value_and_grad",
    "vjp",
    "vmap",
]

#: What imports JAX, and where it is: imported when it is first asked for.
_WITH_JAX = {
    "export": "export",
    "load": "export",
    "to_jax": "pure",
    "vmap": "batching",
    **dict.fromkeys(
        ("grad", "hessian", "jacobian", "jvp", "value_and_grad", "vjp"), "derivatives"
    ),
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "distributed":
        return import_module("npjit.distributed")
    module = _WITH_JAX.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import_module("npjit._xla")  # before JAX, which it may set up
    found = getattr(import_module(f"npjit._transforms.{module}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_WITH_JAX})
