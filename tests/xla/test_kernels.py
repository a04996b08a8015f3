"""Kernels of float64 and the trigonometric functions: error, special values, speed."""

import jax
import numpy as np
import pytest

from npjit._xla import kernels, trigonometry
from tests.xla._harness import run

pytestmark = [
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="no long double"),
]
RNG = np.random.default_rng(11)
SPECIAL = np.array(
    [0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.0, 2.0**-1022, 1.79e308]
)


def decades(low, high):
    return 10.0 ** RNG.uniform(low, high, 5000)


def both(*points):
    points = np.concatenate([*points, SPECIAL])
    return np.concatenate([points, -points])


ANGLES = both(
    *(RNG.uniform(0, 10, 20_000), RNG.uniform(0, 9e5, 20_000), decades(-300, 0)),
    np.arange(1, 500_000, 7) * (np.pi / 2),  # what is left is tiny
)
UNIT = both(RNG.uniform(0, 1, 20_000), decades(-300, 0), 1 - decades(-16, 0))
POSITIVE = np.concatenate([RNG.uniform(0.5, 2, 20_000), decades(-307, 308), SPECIAL])
POINTS = {
    "log": (kernels.log, POSITIVE, 1.0),
    "expm1": (kernels.expm1, both(RNG.uniform(0, 709, 9000), decades(-300, 1)), 2.0),
    "cbrt": (kernels.cbrt, both(decades(-307, 308), RNG.uniform(0, 9, 9000)), 0.7),
    "sin": (trigonometry.sin, ANGLES, 1.0),
    "cos": (trigonometry.cos, ANGLES, 1.0),
    "tan": (trigonometry.tan, ANGLES, 2.5),
    "arcsin": (trigonometry.arcsin, UNIT, 3.0),
    "arccos": (trigonometry.arccos, UNIT, 3.0),
    "arctan": (trigonometry.arctan, both(decades(-300, 300), decades(-1, 1)), 2.0),
}


def error_in_ulp(got, true):
    """Distance from the true value, where it is finite and no subnormal."""
    rounded = true.astype(got.dtype)
    error = np.abs(got.astype(np.longdouble) - true) / np.spacing(np.abs(rounded))
    normal = np.isfinite(rounded) & (np.abs(rounded) >= np.finfo(got.dtype).tiny)
    return np.where(normal, error, 0.0)


@pytest.mark.parametrize("name", POINTS)
def test_error_and_special_values(name):
    kernel, points, bound = POINTS[name]
    func = getattr(np, name)
    got = run(kernel, points)
    true = func(points.astype(np.longdouble))
    error = error_in_ulp(got, true)
    worst = int(error.argmax())
    assert error[worst] <= bound, (points[worst], got[worst])
    other = ~np.isfinite(func(points)) | (points == 0)
    np.testing.assert_array_equal(got[other], func(points)[other])
    signs = np.signbit(got) != np.signbit(func(points))
    assert not (signs & ~np.isnan(got)).any()


@pytest.mark.parametrize("name", ["sin", "cos", "tan", "arcsin", "arccos", "arctan"])
def test_float32_is_rounded_once(name):
    kernel, points, _ = POINTS[name]
    x = points.astype(np.float32)
    x = x[np.abs(x) < 1e6] if name in ("sin", "cos", "tan") else x
    error = error_in_ulp(run(kernel, x), getattr(np, name)(x.astype(np.longdouble)))
    assert error.max() <= 0.501


def test_arctan2_in_all_quadrants():
    y, x = np.meshgrid(np.append(SPECIAL, -1.79e308), np.append(SPECIAL, 1e-300))
    y = np.concatenate([y.ravel(), both(decades(-300, 300), decades(-2, 2))])
    x = np.concatenate(
        [x.ravel(), RNG.permutation(both(decades(-300, 300), decades(-2, 2)))]
    )
    got, expected = run(trigonometry.arctan2, y, x), np.arctan2(y, x)
    true = np.arctan2(y.astype(np.longdouble), x.astype(np.longdouble))
    assert error_in_ulp(got, true).max() <= 2
    np.testing.assert_array_equal(np.isnan(got), np.isnan(expected))
    assert not ((np.signbit(got) != np.signbit(expected)) & ~np.isnan(got)).any()


@pytest.mark.parametrize("angle", [2e6, 1e22, 1.7e308])
def test_one_large_angle_leaves_all_to_xla(angle):
    x = np.append(RNG.uniform(0, 10, 1000), angle)
    for kernel, func in ((trigonometry.sin, np.sin), (trigonometry.tan, np.tan)):
        np.testing.assert_allclose(run(kernel, x), func(x), rtol=1e-14)


def test_powers_of_two_and_parts():
    exponent = np.arange(-1022.0, 1024.0)
    powers = run(kernels.power_of_two, exponent)
    np.testing.assert_array_equal(powers, 2.0**exponent)
    x = np.append(POSITIVE[:25_000], [5e-324, 1e-310, 2.0**-1022])
    mantissa, parts = run(kernels.split, x)
    assert ((mantissa >= np.sqrt(0.5)) & (mantissa < np.sqrt(2.0))).all()
    np.testing.assert_array_equal(np.ldexp(mantissa, parts.astype(int)), x)


def test_cubes_have_exact_roots():
    root = np.arange(1.0, 200_000.0)
    np.testing.assert_array_equal(run(kernels.cbrt, root**3), root)


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sqrt", "floor", "rint"])
def test_wide_vectors_change_nothing(name):
    """XLA passes vectors of 512 bits wrongly to its own `atan` (JAX 0.10)."""
    func = getattr(jax.numpy, name)
    for dtype in (np.float64, np.float32):
        x = RNG.uniform(0.01, 0.99, 3001).astype(dtype)
        narrow = run(lambda x: func(x[:7]), x)
        np.testing.assert_allclose(run(func, x)[:7], narrow, rtol=2e-7)
        exact = getattr(np, name)(x)
        np.testing.assert_allclose(run(func, x), exact, rtol=2e-6)
