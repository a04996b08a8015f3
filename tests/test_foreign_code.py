"""Draws and SciPy inside recordings, in a process of their own: none may end it."""

import subprocess
import sys

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from tests import foreign_code


def _public(cls: type) -> set[str]:
    return {name for name in dir(cls) if not name.startswith("_")}


def test_every_method_of_generators_has_a_case():
    attributes = foreign_code.ATTRIBUTES
    assert _public(np.random.Generator) - attributes == set(foreign_code.GENERATOR)
    assert _public(np.random.RandomState) == set(foreign_code.RANDOM_STATE)


def test_cases_are_recorded():
    x = np.linspace(0.1, 2.0, 12).reshape(3, 4)
    for program in (foreign_code.minimize, foreign_code.solve_ivp):
        with capture() as events:
            npjit.accelerate(program, mode="host")(x.copy())
        assert {"record", "fallback"} <= {e.name for e in events}


def test_a_difference_is_found():
    with pytest.raises(AssertionError):
        foreign_code.assert_same([np.ones(3)], [np.ones(3) * 2], exact=True)
    with pytest.raises(AssertionError):
        foreign_code.assert_same((np.ones(3),), (np.ones(3) + 1e-6,), exact=False)
    with pytest.raises(AssertionError):
        foreign_code.assert_same({"a": 1}, {"a": 2}, exact=True)


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_draws_and_scipy(mode):
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.foreign_code", mode]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failed" in done.stdout
