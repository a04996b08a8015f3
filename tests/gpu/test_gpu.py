"""The same on an accelerator, where JAX has one."""

import jax
import numpy as np
import pytest

import npjit
from tests.runtime.test_placement import PROGRAMS, assert_alike

pytestmark = pytest.mark.skipif(
    jax.default_backend() == "cpu", reason="JAX has no accelerator here"
)


@pytest.mark.parametrize("name", PROGRAMS)
def test_results_and_effects_are_numpys(name):
    assert_alike(name, 1e-6, device=jax.default_backend(), mode="jit")


def test_float64_stays_and_products_are_precise():
    a = np.random.default_rng(0).normal(size=(200, 200))
    result = npjit.accelerate(np.matmul, device=jax.default_backend(), mode="jit")(a, a)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, a @ a, rtol=1e-10)


def test_derivatives():
    x = np.linspace(0.0, 1.0, 1000)
    found = npjit.grad(lambda x: (np.sin(x) ** 2).sum())(x)
    np.testing.assert_allclose(found, np.sin(2 * x), rtol=1e-10, atol=1e-12)
