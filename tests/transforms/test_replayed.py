"""Transformed calls that are replayed: what is noticed, and what is run again."""

import functools
import gc
import types
import weakref

import jax
import numpy as np
import pytest

import npjit
from tests.transforms import random_losses

X = np.linspace(0.2, 1.1, 6)
STATE = types.SimpleNamespace(rate=2.0, scale=np.arange(6.0), seen=[])
FACTOR = 3.0


@pytest.fixture
def n_replayed():
    """How many calls have been replayed since the test began."""
    before = npjit.stats().replayed
    return lambda: npjit.stats().replayed - before


def gradients(g, *args, n=4, **kwargs):
    """What some calls give; the first ones are recorded."""
    return [g(*args, **kwargs) for _ in range(n)]


def assert_all_are(found, expected):
    for x in found:
        jax.tree.map(
            lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-12), x, expected
        )


@pytest.mark.parametrize("seed", range(12))
def test_random_losses(seed):
    assert random_losses.agree(seed)


def test_random_losses_can_differ(monkeypatch):
    monkeypatch.setattr(random_losses, "is_same", lambda *about: False)
    assert random_losses.main(["--count", "1"]) == 1


def test_random_losses_are_replayed(capsys, n_replayed):
    assert random_losses.main(["--count", "3", "--seed", "12"]) == 0
    assert "0 differ" in capsys.readouterr().out
    assert n_replayed() > 10


def squares(w, x, y):
    return ((x @ w - y) ** 2).sum()


def test_the_third_call_is_replayed(n_replayed):
    x, y = np.random.default_rng(0).random((2, 6, 6))
    w, y = X.copy(), y[0]
    g = npjit.grad(squares)
    for _ in range(4):
        np.testing.assert_allclose(g(w, x, y), 2 * x.T @ (x @ w - y), rtol=1e-12)
        w = w - 0.1  # new elements, which are read anew
        x[...] *= 1.5
    assert n_replayed() == 2


def test_what_is_made_anew_of_a_function_without_closure_is_replayed_too(n_replayed):
    def loss(x):
        return (x * x).sum()

    found = [npjit.grad(loss)(X) for _ in range(4)]
    assert_all_are(found, 2 * X)
    assert n_replayed() == 2


def test_other_shapes_dtypes_and_numbers_are_recorded():
    def loss(x, power=2, *, factor=1.0):
        return factor * (x**power).sum()

    g = npjit.grad(loss)
    for x in (X, X[:3], X.astype(np.float32), X[::2]):
        for power in (2, 3):
            found = gradients(g, x, power, factor=0.5, n=3)
            assert_all_are(found[:1], (0.5 * power * x ** (power - 1)))
            assert all(f.dtype == x.dtype for f in found)
            assert_all_are(found[1:], found[0])
    assert_all_are(gradients(g, X), 2 * X)
    assert_all_are(gradients(g, X, factor=2.0), 4 * X)


def test_globals_attributes_closures_and_defaults_are_watched(monkeypatch):
    weight = 1.0

    def loss(x, extra=[1.0]):  # noqa: B006
        return FACTOR * STATE.rate * weight * extra[0] * (x * x).sum()

    g = npjit.grad(loss)
    assert_all_are(gradients(g, X), 12 * X)
    monkeypatch.setitem(globals(), "FACTOR", 5.0)
    assert_all_are(gradients(g, X), 20 * X)
    monkeypatch.setattr(STATE, "rate", 3.0)
    assert_all_are(gradients(g, X), 30 * X)
    weight = 2.0
    assert_all_are(gradients(g, X), 60 * X)
    loss.__defaults__[0][0] = 0.5
    assert_all_are(gradients(g, X), 30 * X)


def test_helpers_that_are_redefined_are_noticed(monkeypatch):
    g = npjit.grad(lambda x: _helper(x).sum())
    assert_all_are(gradients(g, X), np.full(6, 2.0))
    monkeypatch.setitem(globals(), "_helper", lambda x: 7 * x)
    assert_all_are(gradients(g, X), np.full(6, 7.0))


def _helper(x):
    return 2 * x


def test_arrays_from_outside_are_read_anew(n_replayed):
    scale = np.arange(6.0)
    g = npjit.grad(lambda x: (x * scale * STATE.scale).sum())
    assert_all_are(gradients(g, X), scale * STATE.scale)
    scale += 1
    STATE.scale[2] = 7
    assert_all_are(gradients(g, X), scale * STATE.scale)
    STATE.scale = np.ones(6)
    assert_all_are(gradients(g, X), scale)
    assert n_replayed() > 4


def test_views_from_outside(n_replayed):
    table = np.arange(24.0).reshape(4, 6)
    row, column = table[2], table[:, 1]
    g = npjit.grad(lambda x: (x * row).sum() + column.sum() * x[0])
    for _ in range(4):
        expected = row.copy()
        expected[0] += column.sum()
        np.testing.assert_allclose(g(X), expected)
        table += 1
    assert n_replayed() == 2


@pytest.mark.parametrize("sign", [1, -1])
def test_branches_on_values(n_replayed, sign):
    def loss(x):
        if x.sum() > 0:
            return (x**2).sum()
        return (x**3).sum()

    g = npjit.grad(loss)
    for x in (sign * X, -sign * X, sign * X, -sign * X):
        expected = 2 * x if x.sum() > 0 else 3 * x**2
        assert_all_are(gradients(g, x), expected)
    assert n_replayed() > 8


def test_loops_until_something_is_reached(n_replayed):
    def root(x):
        y = x
        while np.abs(y * y - x).max() > 1e-12:
            y = (y + x / y) / 2
        return y.sum()

    g = npjit.grad(root)
    for scale in (1.0, 1.0, 1.0, 100.0, 100.0, 100.0, 1.0, 100.0):
        np.testing.assert_allclose(g(scale * X), 0.5 / np.sqrt(scale * X), rtol=1e-9)
    assert n_replayed() >= 4


def test_indices_and_masks_that_are_arguments(n_replayed):
    def loss(x, places, mask):
        return (x[places] ** 2).sum() + x[mask].sum()

    g = npjit.grad(loss)
    rng = np.random.default_rng(1)
    for _ in range(6):
        places, mask = rng.integers(0, 6, 9), rng.random(6) > 0.5
        expected = 2 * X * np.bincount(places, minlength=6) + mask
        np.testing.assert_allclose(g(X, places, mask), expected)
    mask[...] = True
    g(X, places, mask)
    np.testing.assert_allclose(
        g(X, places, mask), 2 * X * np.bincount(places, minlength=6) + 1
    )
    places[0] = 6
    with pytest.raises(IndexError, match="out of bounds"):
        g(X, places, mask)
    assert n_replayed() > 0


def test_large_indices_are_no_reason_to_record(n_replayed):
    g = npjit.grad(lambda x, places: (x[places] ** 2).sum())
    rng = np.random.default_rng(1)
    for _ in range(5):
        places = rng.integers(0, 6, 5000)
        expected = 2 * X * np.bincount(places, minlength=6)
        np.testing.assert_allclose(g(X, places), expected)
    assert n_replayed() == 3


def test_draws_are_made_at_each_call(n_replayed):
    def loss(x, rng):
        return (x * rng.random(6)).sum()

    rng, its = np.random.default_rng(3), np.random.default_rng(3)
    g = npjit.grad(loss)
    for _ in range(5):
        np.testing.assert_array_equal(g(X, rng), its.random(6))
    assert n_replayed() == 0


def test_effects_happen_at_each_call(capsys, n_replayed):
    def loss(x):
        STATE.seen.append(len(STATE.seen))
        return (x * x).sum()

    STATE.seen = []
    assert_all_are(gradients(npjit.grad(loss), X), 2 * X)
    assert STATE.seen == [0, 1, 2, 3]

    def talking(x):
        print("called")
        return (x * x).sum()

    assert_all_are(gradients(npjit.grad(talking), X), 2 * X)
    assert capsys.readouterr().out == "called\n" * 4
    assert n_replayed() == 0


def test_parameters_in_containers(n_replayed):
    def loss(p, x):
        return ((p["w"] * x + p["b"] - p["rest"][0]) ** 2).sum()

    g = npjit.value_and_grad(loss)
    p = {"w": 2.0, "rest": (X, 1.0), "b": np.float64(0.5)}
    for step in range(5):
        value, found = g(p, X)
        r = p["w"] * X + p["b"] - p["rest"][0]
        np.testing.assert_allclose(value, (r * r).sum())
        np.testing.assert_allclose(found["w"], (2 * r * X).sum())
        np.testing.assert_allclose(found["b"], (2 * r).sum())
        np.testing.assert_allclose(found["rest"][0], -2 * r)
        assert list(found) == list(p)
        p = {**p, "w": p["w"] - 0.1, "b": p["b"] + 0.1}
        if step == 2:
            p = {"b": p["b"], "rest": p["rest"], "w": p["w"]}  # keys in another order
    assert n_replayed() > 0


jax.tree_util.register_pytree_node(
    types.SimpleNamespace,
    lambda p: ((p.w,), p.power),
    lambda power, leaves: types.SimpleNamespace(w=leaves[0], power=power),
)


def test_what_is_no_leaf_of_a_pytree_is_watched():
    def loss(p):
        return (p.w**p.power).sum()

    g = npjit.grad(loss)
    for power in (2, 3, 2):
        p = types.SimpleNamespace(w=X, power=power)
        for found in gradients(g, p):
            np.testing.assert_allclose(found.w, power * X ** (power - 1))


class Model:
    def __init__(self, power):
        self.power = power
        self.scale = np.ones(6)

    def loss(self, x):
        return (self.scale * x**self.power).sum()


def test_methods(n_replayed):
    for power in (2, 3):
        model = Model(power)
        for _ in range(4):
            found = npjit.grad(model.loss)(X)
            np.testing.assert_allclose(found, model.scale * power * X ** (power - 1))
            model.scale = model.scale + 1
    assert n_replayed() >= 4
    model.power = 4
    np.testing.assert_allclose(npjit.grad(model.loss)(X), model.scale * 4 * X**3)


def test_partial_functions():
    g = npjit.grad(functools.partial(squares, y=X - 1), argnums=0)
    assert_all_are(gradients(g, X, np.eye(6)), np.full(6, 2.0))


def test_two_arrays_that_are_one():
    g = npjit.grad(lambda x, y: (x * y).sum() if x is y else (3 * x * y).sum())
    assert_all_are(gradients(g, X, X.copy()), 3 * X)
    y = X.copy()
    for found in gradients(g, X, y):
        np.testing.assert_allclose(found, 3 * y)


def test_what_is_passed_on(n_replayed):
    def loss(x):
        return (x * x).sum(), {"twice": 2 * x, "name": "loss", "n": len(x)}

    g = npjit.grad(loss, has_aux=True)
    for factor in (1, 1, 2, 3):
        found, aux = g(factor * X)
        np.testing.assert_allclose(found, 2 * factor * X)
        np.testing.assert_allclose(aux.pop("twice"), 2 * factor * X)
        assert aux == {"name": "loss", "n": 6}
    assert n_replayed() == 2


def test_objects_that_are_passed_on_are_made_anew(n_replayed):
    class Note:
        pass

    g = npjit.grad(lambda x: ((x * x).sum(), Note()), has_aux=True)
    assert len({id(note) for note in [g(X)[1] for _ in range(4)]}) > 1
    assert n_replayed() == 0


def test_results_are_the_callers_own():
    g = npjit.grad(lambda x: (x * 3).sum())
    first, *rest = gradients(g, X)
    for found in rest:
        found[...] = 0
    np.testing.assert_allclose(first, 3)
    np.testing.assert_allclose(g(X), 3)


def test_constants_made_by_numpy(n_replayed):
    def loss(x):
        kernel = np.array([1.0, -2.0, 1.0])
        grid = np.linspace(0, 1, len(x))
        return (np.convolve(x, kernel, "same") * grid).sum()

    g = npjit.grad(loss)
    expected = np.convolve(np.linspace(0, 1, 6), [1, -2, 1], "same")
    assert_all_are(gradients(g, X), expected)
    assert n_replayed() == 2


@pytest.mark.parametrize("transform", [npjit.jacobian, npjit.hessian])
def test_jacobians_and_hessians(transform, n_replayed):
    fn = (lambda x: x**3) if transform is npjit.jacobian else lambda x: (x**3).sum()
    derived = transform(fn)
    expected = np.diag(3 * X**2 if transform is npjit.jacobian else 6 * X)
    assert_all_are(gradients(derived, X), expected)
    assert n_replayed() == 2


def test_batches(n_replayed):
    table = np.arange(6.0)
    v = npjit.vmap(lambda x, k: (x * table).sum() * k, in_axes=(0, None))
    for n in (3, 5):
        x = np.arange(6.0 * n).reshape(n, 6)
        for _ in range(4):
            np.testing.assert_allclose(v(x, 2.0), x @ table * 2)
            table += 1
    assert n_replayed() == 5


def test_what_no_example_decides(n_replayed):
    def shifted(x, k):
        y = 2 * x
        if (3 * k).sum() > 0:  # computed beside what depends on examples
            return y + k
        return y - k

    v = npjit.vmap(shifted, in_axes=(0, None))
    x, k = np.arange(8.0).reshape(2, 4), np.ones(4)
    for sign in (1, 1, 1, -1, -1, 1):
        np.testing.assert_allclose(v(x, sign * k), 2 * x + 1)
    assert n_replayed() == 3


@pytest.mark.parametrize("transform", [npjit.vmap, npjit.grad])
def test_functions_made_in_the_call_hold_arrays(transform, n_replayed):
    def total(x):
        parts = []

        def add(y):
            parts.append(y)
            return y

        for i in range(3):
            add(x * i)
        return sum(parts).sum()

    x = X.reshape(2, 3)
    expected = 3 * x.sum(1) if transform is npjit.vmap else np.full((2, 3), 3.0)
    assert_all_are(gradients(transform(total), x), expected)
    assert n_replayed() == 2


def test_gradients_in_gradients_are_recorded(n_replayed):
    def loss(x):
        return (npjit.grad(lambda y: (y**3).sum())(x) ** 2).sum()

    assert_all_are(gradients(npjit.grad(loss), X), 36 * X**3)
    assert n_replayed() == 0


def test_an_error_that_shapes_tell_may_be_caught():
    def loss(x, y):
        try:
            return (x @ y).sum()
        except ValueError:
            return x.sum()

    g = npjit.grad(loss)
    assert_all_are(gradients(g, X, np.ones(4)), np.ones(6))
    assert_all_are(gradients(g, X, X), X)


def test_with_tracers_and_jax_arrays():
    g = npjit.grad(lambda x: (x**2).sum())
    assert_all_are(gradients(g, X), 2 * X)
    with jax.enable_x64(True):
        np.testing.assert_allclose(jax.jit(npjit.to_jax(g))(X), 2 * X)
        np.testing.assert_allclose(g(jax.numpy.asarray(X)), 2 * X)
        found = jax.jit(lambda x: x * g(X))(X)
    np.testing.assert_allclose(found, X * 2 * X)


def test_while_jax_traces_something_else():
    g = npjit.grad(lambda x: (x**2).sum())
    for _ in range(4):
        found = jax.jit(lambda x: x * g(X))(X.astype(np.float32))
        np.testing.assert_allclose(found, X * 2 * X, rtol=1e-6)

    def around(scale):
        inner = npjit.grad(lambda x: (x * x * scale).sum())
        return [inner(X.astype(np.float32)) for _ in range(4)]

    for found in jax.jit(around)(np.float32(3.0)):
        np.testing.assert_allclose(found, 6 * X, rtol=1e-6)


def test_arguments_are_not_kept():
    g = npjit.grad(lambda x: (x * x).sum())
    given = []
    for _ in range(5):
        x = X.copy()
        given.append(weakref.ref(x))
        g(x)
    assert [ref() is None for ref in given[:-2]] == [True] * 3  # JAX holds the last


def test_functions_with_closures_are_not_kept():
    def made():
        big = np.ones(1000)
        return npjit.grad(lambda x: (x * big[:6]).sum()), weakref.ref(big)

    g, gone = made()
    gradients(g, X)
    del g
    gc.collect()
    assert gone() is None


def test_what_cannot_be_replayed_is_told():
    npjit.reset_stats()

    def noisy(x):
        STATE.seen.append(1)
        return x.sum()

    gradients(npjit.grad(noisy), X)
    assert "noisy" in str(npjit.stats())
    assert "EFFECT" in str(npjit.stats())


def test_in_a_debugger_the_code_runs(n_replayed):
    import sys

    g = npjit.grad(lambda x: (x * x).sum())
    gradients(g, X, n=3)
    before = n_replayed()
    sys.settrace(lambda *about: None)
    try:
        gradients(g, X)
    finally:
        sys.settrace(None)
    assert n_replayed() == before
