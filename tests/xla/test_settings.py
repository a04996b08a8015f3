"""npjit is right under any of the user's JAX settings, and leaves them alone."""

import subprocess
import sys
import threading
from contextlib import nullcontext

import jax
import pytest

from npjit._xla.settings import call_settings, compile_settings

NAMES = [
    "jax_enable_x64",
    "jax_transfer_guard",
    "jax_transfer_guard_host_to_device",
    "jax_transfer_guard_device_to_host",
    "jax_debug_nans",
    "jax_debug_infs",
    "jax_disable_jit",
    "jax_numpy_dtype_promotion",
    "jax_numpy_rank_promotion",
    "jax_default_matmul_precision",
    "jax_check_tracer_leaks",
    "jax_enable_checks",
    "jax_log_compiles",
]


def settings():
    return {name: getattr(jax.config, name) for name in NAMES}


@pytest.mark.parametrize("entered", [call_settings, compile_settings])
def test_settings_are_entered_for_this_thread_only(entered):
    before, elsewhere = settings(), {}
    with entered():
        inside = settings()
        thread = threading.Thread(target=lambda: elsewhere.update(settings()))
        thread.start()
        thread.join()
    assert inside["jax_enable_x64"] is True
    assert elsewhere == before == settings()


def test_settings_under_those_of_the_user():
    with (
        jax.enable_x64(True),
        jax.debug_nans(True),
        jax.debug_infs(True),
        jax.disable_jit(True),
        jax.transfer_guard("disallow"),
        jax.numpy_rank_promotion("raise"),
        jax.default_matmul_precision("bfloat16"),
    ):
        before = settings()
        with compile_settings():
            inside = settings()
        assert settings() == before
    assert inside["jax_transfer_guard"] == "allow"
    assert inside["jax_numpy_dtype_promotion"] == "strict"
    assert inside["jax_default_matmul_precision"] == "highest"
    for name in ("jax_debug_nans", "jax_debug_infs", "jax_disable_jit"):
        assert inside[name] is False


def test_nothing_is_entered_where_nothing_differs():
    with jax.enable_x64(True):
        assert isinstance(call_settings(), nullcontext)


def test_settings_are_left_when_entering_fails(monkeypatch):
    before = settings()

    def fail(value):
        raise RuntimeError(value)

    monkeypatch.setattr(jax, "default_matmul_precision", fail)
    with pytest.raises(RuntimeError, match="highest"), compile_settings():
        pass
    assert settings() == before


# The programs of a call under settings that would change or forbid them.
PROGRAM = """
import threading
import jax
import numpy as np
{configure}
import npjit
from npjit._diagnostics import events
NAMES = {names}


def settings():
    return {{name: getattr(jax.config, name) for name in NAMES}}


seen = []


@npjit.host
def callback(x):
    seen.append(settings())
    thread = threading.Thread(target=lambda: seen.append(settings()))
    thread.start()
    thread.join()
    return x


def program(x, n, m):
    with np.errstate(all="ignore"):
        y = np.log(x - 1) / 0.0 + x / n
        y[1:] = callback(y[1:]) * 2
        total = (m @ m).sum(axis=0) + n
        z = np.arange(5) + np.float32(2) * m[0].astype(np.float32)[:5]
        x += total[: len(x)]
        return y, total, z, x, (x > 2).any() and n.cumsum(), x[:, None] + n


def arguments():
    return (
        np.linspace(0, 3, 5),
        np.arange(5, dtype=np.int64) + 2**40,
        np.linspace(0, 1, 25).reshape(5, 5),
    )


before = settings()
expected_args, expected = arguments(), None
expected = program(*expected_args)
fast = npjit.accelerate(program, mode="jit")
with events.capture() as captured:
    for _ in range(2):
        args = arguments()
        results = fast(*args)
        for a, b in zip([*results, *args], [*expected, *expected_args], strict=True):
            assert type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape
            if a.dtype == np.float64:
                np.testing.assert_allclose(a, b, rtol=1e-14)
            else:
                np.testing.assert_array_equal(a, b)
wrong = [str(e) for e in captured if e.name == "fallback" and "callback" not in str(e)]
assert not wrong, wrong
assert sum(e.name == "compile" for e in captured) >= 2
assert sum(e.name == "hit" for e in captured) >= 2
assert settings() == before, settings()
seen = seen[2:]  # without those under NumPy
assert seen == [before] * 4, seen
"""


@pytest.mark.parametrize(
    "configure",
    [
        "",
        "jax.config.update('jax_enable_x64', True)",
        "jax.config.update('jax_transfer_guard', 'disallow')",
        "jax.config.update('jax_debug_nans', True)\n"
        "jax.config.update('jax_debug_infs', True)",
        "jax.config.update('jax_disable_jit', True)",
        "jax.config.update('jax_numpy_dtype_promotion', 'strict')\n"
        "jax.config.update('jax_numpy_rank_promotion', 'raise')",
        "jax.config.update('jax_default_matmul_precision', 'bfloat16')",
        "jax.config.update('jax_check_tracer_leaks', True)\n"
        "jax.config.update('jax_enable_checks', True)",
    ],
    ids=lambda text: text.rpartition("jax_")[2].partition("'")[0] or "defaults",
)
def test_a_program_under(tmp_path, configure):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM.format(configure=configure, names=NAMES))
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, timeout=200
    )
    assert done.returncode == 0, done.stderr


ASYNC = "jax_cpu_enable_async_dispatch"


@pytest.mark.parametrize(
    ("first", "expected"),
    [
        ("import npjit._xla", "False"),
        ("import npjit as n, numpy; n.accelerate(abs, mode='jit')(1.0)", "False"),
        ("import jax, npjit._xla", "True"),
        (f"import os; os.environ[{ASYNC.upper()!r}] = '1'; import npjit._xla", "True"),
    ],
)
def test_who_imports_jax_first_decides_where_programs_run(first, expected):
    code = f"{first}; import jax; print(jax.config.read({ASYNC!r}))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=200
    )
    assert done.stdout.strip() == expected, done.stderr
