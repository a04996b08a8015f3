"""npjit: a drop-in accelerator for NumPy code.

Put `@npjit.accelerate` over a function that works in NumPy. Its work goes through
`jax.numpy` to XLA; what XLA cannot do runs in NumPy; the results are NumPy's.
"""

from npjit._api import accelerate, asarray, host, is_recording, realize
from npjit._array.array import Array, Scalar
from npjit._diagnostics.stats import reset_stats, stats
from npjit._version import __version__
from npjit.errors import (
    FallbackError,
    NpjitError,
    NpjitWarning,
    ParityWarning,
    Reason,
)

__all__ = [
    "Array",
    "FallbackError",
    "NpjitError",
    "NpjitWarning",
    "ParityWarning",
    "Reason",
    "Scalar",
    "__version__",
    "accelerate",
    "asarray",
    "host",
    "is_recording",
    "realize",
    "reset_stats",
    "stats",
]
