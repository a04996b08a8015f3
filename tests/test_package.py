"""What installing and importing npjit does, and what it leaves alone."""

import importlib.metadata
import subprocess
import sys
from importlib.resources import files

import pytest

import npjit
from npjit._version import __version__

pytestmark = pytest.mark.smoke

IMPORT_ONLY = """
import sys
import npjit
assert "npjit" in sys.modules
assert "jax" not in sys.modules, "import npjit imported jax"
"""

NUMPY_UNCHANGED = """
import sys
import types
import numpy
import numpy.exceptions, numpy.fft, numpy.lib, numpy.linalg, numpy.ma
import numpy.polynomial, numpy.random, numpy.testing


def snapshot():
    modules = [m for n, m in list(sys.modules.items()) if n.split(".")[0] == "numpy"]
    return {
        (module.__name__, name): id(value)
        for module in modules
        if isinstance(module, types.ModuleType)
        for name, value in vars(module).items()
    }


before = snapshot()
import npjit
after = snapshot()
# A submodule that is imported for the first time appears as an attribute: no change.
changed = {key for key in before if after.get(key) != before[key]}
assert not changed, changed
"""

JAX_UNCHANGED = """
import jax


def snapshot():
    names = [name for name in jax.config.values if hasattr(jax.config, name)]
    return {name: getattr(jax.config, name) for name in names}


before = snapshot()
import npjit
assert snapshot() == before
"""


def run_python(*args):
    return subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    "code",
    [IMPORT_ONLY, NUMPY_UNCHANGED, JAX_UNCHANGED],
    ids=["jax is not imported", "numpy is unchanged", "jax.config is unchanged"],
)
def test_import_in_a_new_process(code):
    done = run_python("-c", code)
    assert done.returncode == 0, done.stderr


def test_the_version_is_written_once():
    assert npjit.__version__ == __version__
    try:
        installed = importlib.metadata.version("npjit")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("environment: npjit is imported from its sources, not installed")
    assert installed == __version__


def test_types_are_shipped():
    assert files("npjit").joinpath("py.typed").is_file()


def test_all_names_exist():
    assert [name for name in npjit.__all__ if not hasattr(npjit, name)] == []


@pytest.mark.parametrize(
    ("args", "status", "text"),
    [
        (["--help"], 0, "demo"),
        (["--version"], 0, f"npjit {__version__}"),
        (["demo", "--help"], 0, "usage"),
        (["dance"], 2, "invalid choice"),
        ([], 2, "command"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_command_line(args, status, text):
    done = run_python("-m", "npjit", *args)
    assert done.returncode == status
    assert text in (done.stderr if status else done.stdout)
