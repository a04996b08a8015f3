"""Derivatives of NumPy functions, against finite differences and by hand."""

import gc
import warnings

import jax
import numpy as np
import pytest

import npjit
from npjit._transforms import fusion
from tests.transforms.functions import FUNCTIONS, WHOLE


def along(fn, x, direction, step=1e-6):
    """The derivative along a direction, by central differences."""
    ahead, behind = (
        np.asarray(fn(x + step * direction)),
        np.asarray(fn(x - step * direction)),
    )
    return (ahead - behind) / (2 * step)


def weighted(fn, shape):
    """A function's results as one number, and the weights."""
    weights = np.random.default_rng(3).uniform(0.5, 1.5, shape)
    return lambda x: (fn(x) * weights).sum(), weights


@pytest.mark.parametrize(
    ("fn", "x"), [row[1:] for row in FUNCTIONS], ids=[row[0] for row in FUNCTIONS]
)
def test_derivatives_are_those_of_differences(fn, x):
    direction = np.random.default_rng(5).uniform(-1, 1, x.shape)
    expected = along(fn, x, direction)
    total, weights = weighted(fn, expected.shape)
    tolerance = {"rtol": 2e-6, "atol": 1e-7}
    value, gradient = npjit.value_and_grad(total)(x)
    np.testing.assert_allclose(value, total(x), rtol=1e-12)
    assert type(gradient) is np.ndarray
    assert gradient.dtype == np.float64
    np.testing.assert_allclose(
        (gradient * direction).sum(), (expected * weights).sum(), **tolerance
    )
    result, tangent = npjit.jvp(fn, (x,), (direction,))
    np.testing.assert_allclose(result, fn(x), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(tangent, expected, **tolerance)


@pytest.mark.parametrize(
    ("fn", "x"), [row[1:] for row in WHOLE], ids=[row[0] for row in WHOLE]
)
def test_functions_that_need_no_values_are_compiled_whole(fn, x):
    close = {"rtol": 1e-11, "atol": 1e-13}
    with jax.enable_x64(True):
        found = jax.jit(npjit.to_jax(fn))(x)
    np.testing.assert_allclose(found, fn(x), **close)
    rows = np.stack([x, x * 1.01])
    with warnings.catch_warnings():
        warnings.simplefilter("error", npjit.NpjitWarning)
        found = npjit.vmap(fn)(rows)
    np.testing.assert_allclose(found, np.stack([fn(row) for row in rows]), **close)


def test_slopes_at_points_and_steps():
    x = np.array([0.0, 1.0, 2.0])
    slope = npjit.grad(lambda x: np.interp(x, [0.0, 1.0, 2.0], [0.0, 1.0, 3.0]).sum())
    assert np.all(slope(x) > 0)
    np.testing.assert_array_equal(npjit.grad(lambda x: (x % 1.0).sum())(x), 1)
    by_step = npjit.grad(lambda y: (np.array([3.0]) % y).sum())(np.ones(1))
    np.testing.assert_array_equal(by_step, -3)


def pooled(w, x):
    """The largest of four, of sums of products that XLA may round in two ways."""
    n, rows, columns = x.shape
    sums = np.zeros((n, rows - 2, columns - 2))
    for i in range(3):
        for j in range(3):
            sums += x[:, i : i + rows - 2, j : j + columns - 2] * w[i, j]
    blocks = sums.reshape(n, (rows - 2) // 2, 2, (columns - 2) // 2, 2)
    return (blocks.max(axis=(2, 4)) ** 2).sum()


@pytest.mark.parametrize("seed", range(4))
def test_largest_elements_have_derivatives_however_they_are_rounded(monkeypatch, seed):
    monkeypatch.setattr(fusion, "_PATIENCE", 0)
    rng = np.random.default_rng(seed)
    w, x = rng.normal(size=(3, 3)), rng.normal(size=(2, 8, 8))
    direction = rng.normal(size=(3, 3))
    expected = along(lambda w: pooled(w, x), w, direction)
    slope = npjit.grad(pooled)
    for _ in range(4):  # with XLA's fusion, and without
        found = (slope(w, x) * direction).sum()
        np.testing.assert_allclose(found, expected, rtol=1e-6)
    with jax.enable_x64(True):
        found = (jax.jit(jax.grad(npjit.to_jax(pooled)))(w, x) * direction).sum()
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_equal_elements_share_the_derivative():
    x = np.array([1.0, 2.0, 2.0])
    np.testing.assert_array_equal(npjit.grad(np.max)(x), [0, 0.5, 0.5])
    np.testing.assert_array_equal(npjit.grad(np.min)(x), [1, 0, 0])
    found = npjit.hessian(lambda x: (x**2).max())(np.array([1.0, 3.0, 2.0]))
    np.testing.assert_array_equal(found, np.diag([0.0, 2, 0]))
    grey, w = np.full((1, 8, 8), 0.1), np.full((3, 3), 0.3)
    expected = along(lambda w: pooled(w, grey), w, np.ones((3, 3)))
    for _ in range(4):
        found = npjit.grad(pooled)(w, grey).sum()
        np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_what_a_mask_leaves_out_has_no_derivative():
    x = np.array([0.0, 1.0, 2.0, -1.0])
    found = npjit.grad(lambda x: (x[x > 0] * np.log(x[x > 0])).sum())(x)
    np.testing.assert_allclose(found, [0, 1, np.log(2) + 1, 0])
    none = npjit.grad(lambda x: np.log(x[x > 5]).sum() * x[0] + x.sum())(x)
    np.testing.assert_array_equal(none, 1)


def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def test_hessian_by_hand():
    x, y = 1.2, 0.7
    expected = [[1200 * x**2 - 400 * y + 2, -400 * x], [-400 * x, 200]]
    np.testing.assert_allclose(npjit.hessian(rosenbrock)(np.array([x, y])), expected)


def test_jacobian_has_the_axes_of_results_first():
    found = npjit.jacobian(lambda x: np.outer(x, [1.0, 2.0]))(np.ones(3))
    assert found.shape == (3, 2, 3)
    np.testing.assert_array_equal(found[:, 1], 2 * np.eye(3))


def test_arguments_by_number_and_pytrees():
    def loss(parameters, x, rate):
        return (np.tanh(x @ parameters["w"] + parameters["b"]) ** 2).sum() * rate

    parameters = {"w": np.full((2, 3), 0.2), "b": np.zeros(3)}
    given = parameters, np.ones((4, 2)), 0.5
    of_parameters, of_rate = npjit.grad(loss, argnums=(0, 2))(*given)
    assert {k: v.shape for k, v in of_parameters.items()} == {"w": (2, 3), "b": (3,)}
    assert isinstance(of_rate, np.float64)
    np.testing.assert_allclose(of_rate, loss(*given) / 0.5)


def test_what_is_passed_on():
    def loss(x):
        return (x**2).sum(), {"largest": x.max(), "name": "loss"}

    gradient, passed = npjit.grad(loss, has_aux=True)(np.array([1.0, 3.0]))
    np.testing.assert_array_equal(gradient, [2.0, 6.0])
    assert passed == {"largest": 3.0, "name": "loss"}
    (value, _), again = npjit.value_and_grad(loss, has_aux=True)(np.array([1.0, 3.0]))
    assert value == 10.0
    np.testing.assert_array_equal(again, gradient)


def test_float_in_float_out():
    def f(t):
        return float(np.sin(t) * t)

    value, slope = npjit.value_and_grad(f)(0.5)
    assert value == pytest.approx(f(0.5))
    assert slope == pytest.approx(np.cos(0.5) * 0.5 + np.sin(0.5))


def test_vjp_takes_back():
    result, back = npjit.vjp(lambda x, y: x * y, np.arange(3.0), np.ones(3))
    np.testing.assert_array_equal(result, np.arange(3.0))
    by_x, by_y = back(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_array_equal(by_x, [1, 2, 3])
    np.testing.assert_array_equal(by_y, [0, 2, 6])


def test_vjp_keeps_what_the_arrays_were():
    x, weights = np.arange(3.0), np.ones(3)
    _, back = npjit.vjp(lambda x: x * x * weights, x)
    x[:] = weights[:] = 7
    np.testing.assert_array_equal(back(np.ones(3))[0], [0, 2, 4])


@pytest.mark.parametrize(
    "derive",
    [
        lambda f, x: npjit.grad(f)(x),
        lambda f, x: npjit.hessian(f)(x),
        lambda f, x: npjit.vjp(f, x),
        lambda f, x: npjit.jvp(f, (x,), (x,)),
        lambda f, x: npjit.vmap(f)(x[None]),
    ],
    ids=["grad", "hessian", "vjp", "jvp", "vmap"],
)
def test_the_users_own_jax_code_does_not_notice(derive):
    x = np.arange(3.0)
    gc.disable()  # what is kept in a cycle is noticed
    try:
        kept = derive(lambda x: (x**2).sum(), x)
        with jax.enable_x64(False):
            assert jax.jit(lambda x: x + 1)(x).dtype == np.float32
            assert jax.numpy.asarray(x).dtype == np.float32
    finally:
        gc.enable()
    del kept


def test_second_derivatives_of_derivatives_inside():
    force = npjit.grad(lambda q: np.cos(q).sum() + (q**2).sum() / 2)

    def simulate(q, n):
        v = np.zeros_like(q)
        for _ in range(n):
            v = v - 0.1 * force(q)
            q = q + 0.1 * v
        return (q**2).sum()

    q, direction = np.arange(3.0), np.array([0.3, -1.0, 0.5])
    expected = along(lambda q: simulate(q, 4), q, direction)
    np.testing.assert_allclose(npjit.grad(simulate)(q, 4) @ direction, expected, 1e-7)
    fast = npjit.accelerate(simulate, mode="jit")
    np.testing.assert_allclose(fast(q, 4), simulate(q, 4), rtol=1e-12)


def test_complex_arguments_follow_jax():
    z = np.array([1 + 2j, -0.5 + 1j])
    np.testing.assert_allclose(
        npjit.grad(lambda z: (np.abs(z) ** 2).sum())(z), 2 * z.conj()
    )


@pytest.mark.parametrize("x", [3, np.arange(3)])
def test_integers_are_refused(x):
    with pytest.raises(TypeError, match="real- or complex-valued"):
        npjit.grad(lambda x: np.sum(x**2))(x)


def items(x):
    yield x


async def later(x):
    return x


@pytest.mark.parametrize("fn", [3, np.ones(2), items, later])
@pytest.mark.parametrize("make", [npjit.grad, npjit.vmap, npjit.hessian, npjit.to_jax])
def test_what_is_no_plain_function_is_refused(make, fn):
    with pytest.raises(TypeError, match="function"):
        make(fn)


def test_jvp_takes_tuples():
    with pytest.raises(TypeError, match="tuple"):
        npjit.jvp(np.sin, np.ones(3), np.ones(3))


def test_results_that_are_no_number_are_refused():
    with pytest.raises(TypeError, match="scalar"):
        npjit.grad(lambda x: x * 2)(np.ones(3))


def test_float32_stays():
    found = npjit.grad(lambda x: (x**2).sum())(np.ones(3, np.float32))
    assert found.dtype == np.float32


def test_gradients_are_the_callers_own():
    x = np.ones(3)
    found = npjit.grad(lambda x: (x * 2).sum())(x)
    found[0] = 7.0
    np.testing.assert_array_equal(x, 1)
