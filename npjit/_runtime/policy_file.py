"""The choices of mode "auto", kept in a file from one process to the next.

A choice is valid for a function's code, for the signature of a call, for the versions
of Python, NumPy, JAX and npjit, and for the machine. A file of other versions is not
used, and is replaced.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import json
import os
import platform
import tempfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import CodeType
from typing import Any, Final, NamedTuple

import numpy as np

from npjit._diagnostics.events import Event, emit
from npjit._runtime import clock
from npjit._runtime.signature import text_of
from npjit._version import __version__

__all__ = ["Kept", "PolicyFile", "key_of", "policy_file"]

_FORMAT: Final = 1
_SAVE_AFTER_NS: Final = 60_000_000_000
_CPUS: Final = Path("/proc/cpuinfo")


class Kept(NamedTuple):
    """A choice: the engine, and what a call took in nanoseconds.

    `accelerated_ns` is None where nothing but plain calls was measured.
    """

    engine: str
    plain_ns: float | None
    accelerated_ns: float | None


class PolicyFile:
    """The choices in one file.

    Parameters
    ----------
    path : Path
        Of a JSON file, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = self._read()
        self.new: dict[str, Kept] = {}
        self.saved_ns = clock.now_ns()

    def find(self, key: str) -> Kept | None:
        """The choice under a key."""
        return self.new.get(key) or self.kept.get(key)

    def note(self, key: str, choice: Kept) -> None:
        """Keep a choice; write the file if that was not done for a minute."""
        self.new[key] = choice
        if clock.now_ns() - self.saved_ns > _SAVE_AFTER_NS:
            self.save()

    def save(self) -> None:
        """Add the new choices to the file, which others may have written meanwhile."""
        self.saved_ns = clock.now_ns()
        if not self.new:
            return
        self.kept = self._read() | self.new
        choices = {key: choice._asdict() for key, choice in sorted(self.kept.items())}
        try:
            self._write(
                json.dumps({"made_by": _made_by(), "choices": choices}, indent=1)
            )
        except OSError as error:
            self._tell(f"was not written: {error}")
        else:
            self.new = {}

    def _read(self) -> dict[str, Kept]:
        try:
            found = json.loads(self.path.read_text())
            if found["made_by"] != _made_by():
                self._tell(f"is ignored: it was made by {found['made_by']}")
                return {}
            return {key: _checked(choice) for key, choice in found["choices"].items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            self._tell(f"is ignored: {type(error).__name__}: {error}")
            return {}

    def _write(self, text: str) -> None:
        """Replace the file in one step, so that no reader finds half of it."""
        handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        try:
            with os.fdopen(handle, "w") as file:
                file.write(text)
            Path(name).replace(self.path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise

    def _tell(self, what: str) -> None:
        emit(Event("choice", "policy file", detail=f"{self.path} {what}"))


@functools.cache
def policy_file(path: str) -> PolicyFile:
    """The file of a path; one object for the process, written at exit."""
    file = PolicyFile(Path(path).expanduser().absolute())
    atexit.register(file.save)
    return file


def key_of(fn: Callable[..., Any], signature: Any) -> str:
    """Under which key the choice for a function and a signature is kept."""
    name = f"{getattr(fn, '__module__', '')}.{getattr(fn, '__qualname__', '')}"
    code = getattr(getattr(fn, "__func__", fn), "__code__", None)
    return f"{name} {_digest(code)} {text_of(signature)}"


def _digest(code: CodeType | None) -> str:
    """What tells a function's code from any other, in every process."""
    if code is None:
        return "-"
    return hashlib.sha256(repr(_content(code)).encode()).hexdigest()[:16]


def _content(code: CodeType) -> tuple[Any, ...]:
    names = code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars
    return code.co_code, names, [_constant(x) for x in code.co_consts]


def _constant(x: Any) -> Any:
    if type(x) is CodeType:
        return _content(x)
    # The order of a set is not that of the next process.
    return sorted(map(repr, x)) if type(x) is frozenset else repr(x)


def _checked(choice: dict[str, Any]) -> Kept:
    kept = Kept(**choice)
    times = kept.plain_ns, kept.accelerated_ns
    if kept.engine not in ("numpy", "accelerated"):
        raise ValueError(kept.engine)
    if not all(t is None or type(t) in (int, float) for t in times):
        raise TypeError(times)
    return kept


@functools.cache
def _made_by() -> dict[str, Any]:
    """What choices depend on, besides the function and its arguments."""
    return {
        "format": _FORMAT,
        "npjit": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "jax": _version("jax"),
        "jaxlib": _version("jaxlib"),
        "machine": f"{platform.system()} {platform.machine()} {_cpu()}".strip(),
        "cores": os.cpu_count(),
    }


def _version(package: str) -> str:
    """The version of a package, which is not imported for it."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _cpu() -> str:
    """The name of the processor."""
    if not _CPUS.exists():
        return platform.processor()
    lines = _CPUS.read_text().splitlines()
    names = (line.partition(":")[2] for line in lines if line.startswith("model name"))
    return next(names, "").strip()
