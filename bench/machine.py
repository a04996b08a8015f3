"""The machine and the versions that results belong to."""

import importlib.metadata
import os
import platform
from pathlib import Path
from typing import Any

__all__ = ["machine"]

_LIBRARIES = ("numpy", "jax", "npjit", "numba", "numexpr", "torch")


def machine() -> dict[str, Any]:
    """Return processor, cores, and the versions of Python and the libraries."""
    return {
        "cpu": _cpu(),
        "cores": os.cpu_count(),
        "threads": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
        **{name: version for name in _LIBRARIES if (version := _version(name))},
    }


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return _version_of_checkout() if name == "npjit" else None


def _version_of_checkout() -> str:
    import npjit

    return npjit.__version__


def _cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
