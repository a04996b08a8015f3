"""What each NumPy function is: one file per chapter of NumPy's reference."""

from npjit._chapters import (
    creation,
    fft,
    functional,
    indexing,
    io,
    linalg,
    manipulation,
    polynomial,
    reductions,
    sets,
    sorting,
    statistics,
    ufuncs,
)
from npjit._chapters.registry import OPERATIONS, Kind, Operation, operation_of

__all__ = [
    "OPERATIONS",
    "Kind",
    "Operation",
    "creation",
    "fft",
    "functional",
    "indexing",
    "io",
    "linalg",
    "manipulation",
    "operation_of",
    "polynomial",
    "reductions",
    "sets",
    "sorting",
    "statistics",
    "ufuncs",
]
