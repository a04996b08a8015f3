"""Transformed calls: compiled once, though the Python code runs at each of them."""

import jax
import numpy as np
import pytest

import npjit
from npjit._transforms import whole

X = np.array([0.7, 1.3, -0.4, 2.1])


@pytest.fixture
def n_made():
    """How many functions were made of chains so far."""
    return lambda: whole._kept.cache_info().misses


def scaled(x, rate=1.0):
    return (np.sin(x) * rate).sum()


def root(x):
    """A loop that ends when Python sees small errors."""
    y, n = x.copy(), 0
    while np.abs(y**2 - 2).max() > 1e-9:
        y, n = y - (y**2 - 2) / (2 * y), n + 1
    return y.sum() * n


def test_calls_that_take_the_same_way_are_compiled_once(n_made):
    slope = npjit.grad(root)
    slope(np.array([1.2, 1.9]))
    before = n_made()
    for _ in range(3):
        np.testing.assert_allclose(slope(np.array([1.21, 1.91])), 0, atol=1e-8)
        npjit.grad(lambda x: root(x))(np.array([1.19, 1.92]))
    assert n_made() == before


def test_python_numbers_are_no_part_of_what_is_compiled(n_made):
    found = [npjit.grad(scaled)(X, rate) for rate in (1.0, 2.0)]
    before = n_made()
    found.append(npjit.grad(scaled)(X, 3.0))
    np.testing.assert_allclose(found, [np.cos(X) * rate for rate in (1, 2, 3)])
    assert n_made() == before


def test_each_way_has_its_derivative():
    def chooses(x):
        return (x**2).sum() if x.sum() > 0 else np.exp(x).sum()

    slope = npjit.grad(chooses)
    for x in (X, -X, X, -X - 1):
        expected = 2 * x if x.sum() > 0 else np.exp(x)
        np.testing.assert_allclose(slope(x), expected)


def test_captured_arrays_are_read_at_each_call():
    weights = np.ones(4)
    slope = npjit.grad(lambda x: (weights * x).sum())
    for k in range(3):
        weights[:] = k
        np.testing.assert_array_equal(slope(X), weights)


def test_arrays_that_numpy_made_are_as_they_were_when_used():
    def loss(x):
        kinds = np.unique((x > 0).astype(int)) * 1.0
        first = (kinds * x.sum()).sum()
        np.put(kinds, [0, 1], [5.0, 7.0])  # in NumPy, at once
        return first + (kinds * x[0]).sum()

    np.testing.assert_allclose(npjit.grad(loss)(X), [13, 1, 1, 1])


def test_calls_decided_by_many_elements_are_not_kept(n_made):
    def counted(x):
        return (np.bincount(np.floor(x).astype(int), x) ** 2).sum()

    for n, n_new in ((30, 1), (30_000, 0)):
        x = np.linspace(0.0, 3.0, n, endpoint=False)
        sums = np.bincount(x.astype(int), x)
        before = n_made()
        for _ in range(2):
            found = npjit.grad(counted)(x)
            np.testing.assert_allclose(found, 2 * sums[x.astype(int)])
        assert n_made() == before + n_new


def test_long_chains_are_taken_step_by_step_first(monkeypatch, n_made):
    monkeypatch.setattr(whole, "_SHORT", 2)

    def loss(x):
        y = x.copy()
        for _ in range(4):
            y = y + 0.1 * np.sin(y) * x
        return y.sum()

    first = npjit.grad(loss)(X)
    again = npjit.grad(loss)(X)
    monkeypatch.setattr(whole, "_LONG", 2)
    for found in (again, npjit.grad(loss)(X)):
        np.testing.assert_allclose(found, first, rtol=1e-13)


@pytest.mark.parametrize(
    "value",
    [
        lambda x: npjit.value_and_grad(np.max)(x)[0],
        lambda x: npjit.vmap(np.max)(x[None])[0],
        lambda x: npjit.jvp(lambda y: (2 * y).min(), (x,), (x,))[0],
        lambda x: npjit.accelerate(np.max).lower(x).compile()(x),
    ],
    ids=["grad", "vmap", "jvp", "lower"],
)
def test_large_reductions_keep_nan(value):
    x = np.random.default_rng(0).normal(size=100_000)
    x[7] = np.nan  # XLA:CPU's own reductions of so many elements lose it
    assert np.isnan(value(x))


def test_loops_are_compiled_without_computing_steps_anew():
    def upwind(u):
        for _ in range(15):  # XLA's fusions double with each step
            back, ahead = u - np.roll(u, 1), np.roll(u, -1) - u
            u = u - 0.1 * (np.maximum(u, 0) * back + np.minimum(u, 0) * ahead)
        return (u**2).sum()

    found = npjit.grad(upwind)(X)
    step = 1e-6 * np.eye(4)
    expected = [(upwind(X + h) - upwind(X - h)) / 2e-6 for h in step]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


KEYS = [("a", "z"), ("z", "a")]


@pytest.mark.parametrize("keys", KEYS, ids=str)
def test_keys_of_dicts_keep_their_order(keys):
    def weighted(params):
        return sum((i + 1.0) * (params[k] ** 2).sum() for i, k in enumerate(params))

    params = dict.fromkeys(keys, X)
    expected = [2 * X, 4 * X]
    for found in (
        npjit.grad(weighted)(params),
        npjit.value_and_grad(lambda p: weighted(p[0]))([params])[1][0],
        npjit.vjp(weighted, params)[1](1.0)[0],
        npjit.vmap(npjit.grad(weighted))(dict.fromkeys(keys, X[:, None])),
        npjit.grad(lambda p: (npjit.grad(weighted)(p)["a"] * X).sum() / 2)(params),
    ):
        assert tuple(found) == keys
    found = npjit.grad(weighted)(params)
    np.testing.assert_allclose([*found.values()], expected)
    value, along = npjit.jvp(weighted, (params,), (params,))
    assert (value, along) == pytest.approx((3 * X @ X, 6 * X @ X))


@pytest.mark.filterwarnings("ignore:.*single examples")
@pytest.mark.parametrize("keys", KEYS, ids=str)
def test_keys_of_dicts_keep_their_order_one_after_the_other(keys):
    def first(params):
        values = [*params.values()]
        return values[0] if values[0] > 0 else values[1]

    params = {k: (-1.0) ** i * X**2 for i, k in enumerate(keys)}
    np.testing.assert_allclose(npjit.vmap(first)(params), X**2)


def test_results_have_memory_of_their_own():
    value, gradient = npjit.value_and_grad(scaled)(X)
    assert type(value) is np.float64
    assert gradient.base is None


# -- what Python asks for ------------------------------------------------------


def test_floats_that_do_not_depend_are_known():
    def loss(x, y):
        limit = float(y.max())
        return np.minimum(x, limit).sum() + float(np.floor(x[1]))

    np.testing.assert_array_equal(npjit.grad(loss)(X, X - 1), X < 1.1)


def number(x):
    """A number out of Python's hands: it has no derivative."""
    return np.frombuffer(x.tobytes())[0]


@pytest.mark.parametrize(
    "loss",
    [
        lambda x: number(x[0]) * x.sum(),
        lambda x: x.sum() * number(np.sqrt(x @ x)),
        lambda x: npjit.grad(lambda y: (y**2).sum() * number(x[0]))(x).sum(),
        lambda x: npjit.grad(lambda y: number(y[0]) * y.sum())(np.ones(3)).sum() * x[0],
    ],
)
def test_floats_that_depend_raise(loss):
    with pytest.raises(npjit.ConcretizationError):
        npjit.grad(loss)(X)


@pytest.mark.parametrize(
    "loss",
    [
        lambda x, number: number(x[0]) * x.sum(),
        lambda x, number: x.sum() * number(np.sqrt(x @ x)),
        lambda x, number: npjit.grad(lambda y: (y**2).sum() * number(x[0]))(x).sum(),
        lambda x, number: npjit.grad(lambda y: number(y[0]) * y.sum())(x).sum() * x[0],
    ],
)
def test_floats_of_pythons_have_derivatives(loss):
    expected = npjit.grad(loss)(X, lambda a: a)
    np.testing.assert_allclose(npjit.grad(loss)(X, float), expected, rtol=1e-13)
    np.testing.assert_allclose(npjit.grad(loss)(X, lambda a: a.item()), expected)


def test_batches_know_what_no_example_decides():
    def shifted(x, n):
        return x * n + (1 if n.sum() > 0 else 2)

    rows = np.stack([X, X + 1])
    found = npjit.vmap(shifted, in_axes=(0, None))(rows, np.ones(4))
    np.testing.assert_array_equal(found, rows + 1)


def test_texts_show_values(capsys):
    def loss(x, is_used=False):
        y = (x**2).sum()
        print("loss", y, f"{y:.3f}", repr(x[:2]))
        return y * float(y) if is_used else y

    x = np.arange(4.0)
    loss(x)
    np.testing.assert_array_equal(npjit.grad(loss)(x), 2 * x)
    numpys, ours = capsys.readouterr().out.splitlines()
    assert ours == numpys
    # That it was printed does not make it a constant.
    np.testing.assert_allclose(npjit.grad(loss)(x, True), 4 * (x @ x) * x)
    with pytest.raises(npjit.ConcretizationError):
        jax.jit(npjit.to_jax(loss))(X)


def test_draws_are_numpys_in_each_call():
    def loss(x, rng):
        noise = rng.normal(size=(3, 4))
        kept = rng.random(4) > 0.5
        return ((x + noise) ** 2 * kept).sum()

    ours, numpys = np.random.default_rng(3), np.random.default_rng(3)
    for _ in range(3):
        found = npjit.grad(loss)(X, ours)
        noise, kept = numpys.normal(size=(3, 4)), numpys.random(4) > 0.5
        np.testing.assert_allclose(found, 2 * (3 * X + noise.sum(axis=0)) * kept)
    assert ours.random() == numpys.random()


@pytest.mark.filterwarnings("ignore:.*single examples")
@pytest.mark.parametrize("function", [npjit.grad, lambda fn: fn])
def test_each_example_has_draws_of_its_own(function):
    rng, again = np.random.default_rng(3), np.random.default_rng(3)
    found = npjit.vmap(function(lambda x: x * rng.random()))(X)
    draws = again.random(4)
    expected = draws if function is npjit.grad else X * draws
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize("scale", [lambda x: x[0], lambda x: np.exp(x)])
def test_draws_around_what_is_differentiated_raise(scale):
    rng = np.random.default_rng(3)
    with pytest.raises(npjit.ConcretizationError, match=r"normal|NumPy"):
        npjit.grad(lambda x: rng.normal(scale=np.abs(scale(x))).sum())(X)


def test_objects_keep_values():
    class Model:
        def loss(self, x):
            self.norm = np.sqrt(x @ x)
            return self.norm**3

    model = Model()
    npjit.grad(model.loss)(X)
    assert type(model.norm) is np.float64
    assert model.norm == pytest.approx(np.sqrt(X @ X))
    with pytest.raises(npjit.NpjitError, match="outlives"):
        npjit.vmap(model.loss)(np.stack([X, X]))


def test_branches_see_nan_among_many():
    def chooses(x):
        return (x**2).sum() if np.isnan((x * 2).max()) else x.sum()

    x = np.ones(200_000)
    np.testing.assert_array_equal(npjit.grad(chooses)(x), 1)
    x[777] = np.nan
    np.testing.assert_array_equal(npjit.grad(chooses)(x), 2 * x)


# -- nested --------------------------------------------------------------------


E = np.eye(4)[0]


def cubes(y):
    return (y**3).sum() if y.sum() > 0 else (y**2).sum()


@pytest.mark.parametrize(
    ("fn", "expected"),
    [
        (lambda x: npjit.grad(lambda y: (x * y**2).sum())(2 * x).sum(), 8 * X),
        (lambda x: npjit.grad(cubes)(x**2).sum(), 12 * X**3),
        (lambda x: npjit.grad(cubes)(-(x**2)).sum(), -4 * X),
        (lambda x: npjit.value_and_grad(cubes)(x)[0], 3 * X**2),
        (lambda x: np.trace(npjit.hessian(cubes)(x)), np.full(4, 6.0)),
        (lambda x: npjit.jvp(cubes, (x,), (x**2,))[1], 12 * X**3),
        (lambda x: npjit.vjp(cubes, x)[1](x[0])[0].sum(), 6 * X * X[0] + 3 * X @ X * E),
        (lambda x: npjit.jvp(npjit.grad(cubes), (x,), (np.ones(4),))[1] @ x, 12 * X),
        (
            lambda x: npjit.vmap(lambda a, b: (a * b).sum() ** 2, (0, None))(
                x.reshape(2, 2), np.ones(2)
            ).sum(),
            2 * np.repeat(X.reshape(2, 2).sum(axis=1), 2),
        ),
        (
            lambda x: npjit.grad(lambda y: npjit.grad(cubes)(y).sum() * y[0])(x) @ x,
            18 * X[0] * X + 9 * (X @ X) * E,
        ),
    ],
    ids=[
        "captured",
        "path",
        "other path",
        "value",
        "hessian",
        "jvp",
        "vjp",
        "both",
        "batch",
        "thrice",
    ],
)
def test_transformations_inside_of_each_other(fn, expected):
    for _ in range(2):
        np.testing.assert_allclose(npjit.grad(fn)(X), expected)


def test_what_an_inner_function_passes_on():
    def loss(x):
        slope, about = npjit.grad(inner, has_aux=True)(x)
        assert about["name"] == "inner"
        return (slope * about["twice"]).sum()

    def inner(y):
        return (y**2).sum(), {"twice": 2 * y, "name": "inner"}

    np.testing.assert_allclose(npjit.grad(loss)(X), 8 * X)


def test_writes_to_arrays_of_an_outer_function_are_refused():
    def loss(x):
        total = np.zeros(4)

        def inner(y):
            total[:] = y
            return y.sum()

        return npjit.grad(inner)(x).sum() + total.sum()

    with pytest.raises(npjit.NpjitError, match="outside"):
        npjit.grad(loss)(X)


def test_in_the_users_own_jax_programs():
    def outer(w, x):
        slope = npjit.grad(lambda y: (w * y**2).sum())  # w is traced, y is not
        return (slope(np.ones(4)) * x).sum()

    with jax.enable_x64(True):
        found = jax.jit(jax.grad(outer))(X, X)
    np.testing.assert_allclose(found, 2 * X)


def test_known_arrays_stay_known_in_the_users_own_jax_programs():
    def outer(w):
        return w * float(npjit.grad(cubes)(X)[0])

    with jax.enable_x64(True):
        np.testing.assert_allclose(jax.jit(outer)(1.0), 3 * X[0] ** 2)


# -- what is wrong -------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: npjit.grad(np.sum, has_aux=True)(X), "two-element tuple"),
        (lambda: npjit.grad(lambda x: "s")(X), "not a valid JAX type"),
        (lambda: npjit.grad(np.sum, argnums=3)(X), "argnums=3"),
        (lambda: npjit.vmap(lambda x: "a")(X), "str"),
    ],
)
def test_errors_are_those_of_jax(call, message):
    with pytest.raises(TypeError, match=message):
        call()


@pytest.mark.parametrize(
    ("fn", "error"),
    [
        (lambda x: x @ np.ones(9), ValueError),
        (lambda x: (x + np.ones(9)).sum(), ValueError),
        (lambda x: np.concatenate([x, np.ones((2, 2))]).sum(), ValueError),
        (lambda x: np.stack([x, x[:2]]).sum(), ValueError),
        (lambda x: x[np.array([7])].sum(), IndexError),
        (lambda x: x.sum(axis=3), np.exceptions.AxisError),
        (lambda x: np.einsum("ij,j", x, x), ValueError),
        (lambda x: x.copy().__setitem__(slice(2), np.ones(3)), ValueError),
    ],
)
def test_errors_that_shapes_tell_are_those_of_numpy(fn, error):
    with pytest.raises(error) as expected:
        fn(X)
    with pytest.raises(error) as found:
        npjit.grad(fn)(X)
    assert type(found.value) is type(expected.value)
    assert str(found.value) == str(expected.value)


def test_functions_are_not_called_with_wrong_arguments():
    calls = []

    def loss(x):
        calls.append(x)
        return x.sum()

    with pytest.raises(TypeError, match="real- or complex"):
        npjit.grad(loss)(np.arange(3))
    assert calls == []
