"""NumPy functions inside of JAX programs."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import npjit
from npjit.errors import ConcretizationError, NpjitError, Reason

X = np.array([0.5, -1.5, 2.0, 3.5])
SHARED = np.zeros(4)


@pytest.fixture(autouse=True)
def _64_bits():
    with jax.enable_x64(True):
        yield


def smooth(u):
    v = u.copy()
    v[1:-1] = 0.5 * u[1:-1] + 0.25 * (u[2:] + u[:-2])
    return np.where(v > 0, np.sqrt(np.abs(v)), v)


def energy(u):
    return (smooth(u) ** 2).sum()


def heat(u, n):
    for _ in range(n):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u.sum()


def chooses(x):
    if x.sum() > 3:
        return (x * 2).sum()
    return (x**3).sum()


def line_of(fn, offset):
    return fn.__code__.co_firstlineno + offset


def test_results_are_jax_arrays():
    result = npjit.to_jax(smooth)(jnp.asarray(X))
    assert isinstance(result, jax.Array)
    assert result.dtype == np.float64
    np.testing.assert_allclose(result, smooth(X))


@pytest.mark.parametrize(
    "transform",
    [
        lambda f: jax.jit(f),
        lambda f: jax.jit(jax.jit(f)),
        lambda f: jax.checkpoint(f),
        lambda f: lambda x: jax.vmap(f)(jnp.stack([x, x]))[1],
        lambda f: lambda x: jax.lax.cond(True, f, lambda y: y, x),
        lambda f: lambda x: jax.linearize(f, x)[0],
        lambda f: jax.jit(jax.shard_map(f, **on_one_device())),
    ],
    ids=["jit", "jit twice", "checkpoint", "vmap", "cond", "linearize", "shard"],
)
def test_inside_of_transformations(transform):
    result = transform(npjit.to_jax(smooth))(jnp.asarray(X))
    np.testing.assert_allclose(result, smooth(X), rtol=1e-14)


def on_one_device():
    automatic = (jax.sharding.AxisType.Auto,)
    mesh = jax.make_mesh((1,), ("x",), axis_types=automatic)
    return {"mesh": mesh, "in_specs": jax.P("x"), "out_specs": jax.P("x")}


def test_as_the_body_of_a_scan():
    body = npjit.to_jax(lambda u, t: (smooth(u) * t, u.max()))
    last, maxima = jax.lax.scan(body, jnp.asarray(X), jnp.array([1.0, 0.5, 2.0]))
    u, expected = X, []
    for t in (1.0, 0.5, 2.0):
        expected.append(u.max())
        u = smooth(u) * t
    np.testing.assert_allclose(last, u, rtol=1e-14)
    np.testing.assert_allclose(maxima, expected)


def test_transformations_of_transformations():
    by_rows = jax.vmap(jax.grad(npjit.to_jax(energy)))
    rows = np.stack([X, X + 1])
    expected = np.stack([npjit.grad(energy)(row) for row in rows])
    np.testing.assert_allclose(jax.jit(by_rows)(rows), expected, rtol=1e-12)
    per_row = jax.grad(lambda r: jax.vmap(npjit.to_jax(energy))(r).sum())
    np.testing.assert_allclose(per_row(jnp.asarray(rows)), expected, rtol=1e-12)


def test_accelerated_functions_take_tracers():
    for mode in ("auto", "jit", "host"):
        fast = npjit.accelerate(energy, mode=mode)
        found = jax.jit(jax.grad(fast))(X)
        np.testing.assert_allclose(found, npjit.grad(energy)(X), rtol=1e-12)
        np.testing.assert_allclose(fast(X), energy(X), rtol=1e-12)


def test_arguments_in_containers():
    def layer(parameters, x, *, scale):
        return {"out": np.tanh(parameters["w"] @ x[0] + x[1]) * scale, "n": len(x)}

    given = {"w": jnp.ones((2, 4))}, [X, np.float64(0.5)]
    result = jax.jit(npjit.to_jax(layer), static_argnames="scale")(*given, scale=2)
    np.testing.assert_allclose(result["out"], np.tanh(np.full(2, X.sum() + 0.5)) * 2)
    assert result["n"] == 2


def test_static_arguments_are_handed_over():
    def pick(x, places, n):
        return [x[i] for i in places if i < n]

    places = np.array([2, 0, 3])
    found = npjit.to_jax(pick, static=("places", 2))(jnp.asarray(X), places, 3)
    assert [float(x) for x in found] == [2.0, 0.5]
    with pytest.raises(ConcretizationError):
        jax.jit(npjit.to_jax(pick))(X, places, 3)


def test_effects_are_returned():
    result, effects = npjit.to_jax(heat, has_effects=True)(jnp.asarray(X), 3)
    u = X.copy()
    assert float(result) == pytest.approx(heat(u, 3))
    assert list(effects) == ["u"]
    np.testing.assert_allclose(effects["u"], u)


def test_effects_are_refused_and_nothing_is_written():
    given = X.copy()
    with pytest.raises(NpjitError, match=r"heat writes .* \(u\)"):
        npjit.to_jax(heat)(given, 3)
    with pytest.raises(NpjitError, match=r"heat writes"):
        npjit.grad(heat)(given, 3)
    np.testing.assert_array_equal(given, X)


def test_writes_to_arrays_from_outside_are_refused():
    def keeps(x):
        SHARED[:] = x
        return SHARED.sum()

    with pytest.raises(NpjitError, match="from outside"):
        npjit.to_jax(keeps)(jnp.asarray(X))
    assert not SHARED.any()


def test_one_array_given_twice_is_one_array():
    def shifts(a, b):
        a[1:] += b[:-1]
        return b.copy()

    x = jnp.asarray(X)
    result, effects = npjit.to_jax(shifts, has_effects=True)(x, x)
    a = X.copy()
    np.testing.assert_allclose(result, shifts(a, a))
    assert list(effects) == ["a", "b"]


def test_branches_need_values_under_jit():
    with pytest.raises(ConcretizationError, match=r"np\.where") as caught:
        jax.jit(npjit.to_jax(chooses))(X)
    error = caught.value
    assert error.filename == __file__
    assert error.lineno == line_of(chooses, 1)
    assert error.reason is Reason.VALUE_NEEDED
    assert float(npjit.to_jax(chooses)(jnp.asarray(X))) == chooses(X)


def quarter(x):
    m = np.sqrt(x.size).astype(int)
    square = x[: m * m].reshape(m, m)
    half = np.array(square.shape) // 2
    return square[half[0] :, : half[1]]


def positive_frequencies(x):
    k = np.fft.fftfreq(x.size, 0.1)
    k[0] = -1
    return np.fft.fft(x)[k > 0]


def normalized(x):
    weights = np.hanning(x.size)
    return x * (weights / weights.sum() if weights.sum() > 1 else weights)


def sorted_once(x):
    y = 2 * x
    order = np.argsort(np.cos(np.arange(x.size)))
    return y[order[np.sin(order) > 0]]


CONSTANTS = [
    quarter,
    positive_frequencies,
    normalized,
    sorted_once,
    lambda x: x[np.arange(x.size) % 2 == 0],
    lambda x: x[np.nonzero(np.arange(x.size) > 1)[0]].sum(),
    lambda x: np.outer(x, x)[~np.eye(x.size, dtype=bool)].sum(),
    lambda x: np.outer(x, x)[np.diag_indices_from(np.outer(x, x))],
    lambda x: x * (2 if np.allclose(np.eye(2), np.eye(2).T) else 3),
    lambda x: x[np.searchsorted(np.linspace(0, 1, 9), 0.3) :],
    lambda x: x * f"{np.eye(2)}".count("1"),
]


@pytest.mark.parametrize("fn", CONSTANTS)
def test_what_depends_on_constants_alone_is_known_under_jit(fn):
    pure = npjit.to_jax(fn)
    np.testing.assert_allclose(jax.jit(pure)(X), fn(X), rtol=1e-12)
    rows = jnp.stack([X, X + 1])
    found = jax.jit(jax.vmap(pure))(rows)
    np.testing.assert_allclose(found[1], fn(X + 1), rtol=1e-12)
    slope = jax.jit(jax.grad(lambda x: jnp.abs(pure(x)).sum()))(X)
    plain = npjit.grad(lambda x: np.abs(fn(x)).sum())(X)
    np.testing.assert_allclose(slope, plain, rtol=1e-12)


@pytest.mark.parametrize(
    ("fn", "operation"),
    [
        (lambda x: np.unique(x), "the result"),
        (lambda x: np.argwhere(x > 0), "np.argwhere"),
        (lambda x: x[x > 0], "the result"),
        (lambda x: x if x[0] else 2 * x, "__bool__"),
        (lambda x: x.tolist(), "the result"),
        (lambda x: np.random.default_rng(0).random(3) + x[:3], "random"),
        (lambda x: np.arange(int(x[0])), "__int__"),
    ],
)
def test_errors_name_what_needs_values(fn, operation):
    with pytest.raises(ConcretizationError, match=__file__) as caught:
        jax.jit(npjit.to_jax(fn))(X)
    assert caught.value.operation.endswith(operation)
    assert caught.value.lineno == line_of(fn, 0)


@pytest.mark.parametrize("compare", [np.allclose, np.array_equal])
def test_errors_in_functions_of_numpys_name_the_users_line(compare):
    def fn(x):
        return x if compare(x, 2 * x) else -x

    with pytest.raises(ConcretizationError, match=__file__) as caught:
        jax.jit(npjit.to_jax(fn))(X)
    assert caught.value.lineno == line_of(fn, 1)


@pytest.mark.parametrize(
    "fn",
    [
        lambda x: float((x > 0).sum()),
        lambda x: int((x > 0).sum()),
        lambda x: bool(x[1]),
        lambda x: complex(x[0]),
        lambda x: x.mean().item(),
    ],
)
def test_numbers_of_the_result_are_what_python_makes_of_them(fn):
    found = jax.jit(npjit.to_jax(fn))(X)
    assert found == fn(X)
    assert found.dtype == np.asarray(fn(X)).dtype


def test_what_python_is_given_has_no_derivative():
    def takes_out(x):
        k = np.frombuffer(x.tobytes())
        return (k * x).sum()

    with pytest.raises(ConcretizationError):
        npjit.grad(takes_out)(X)


def test_callbacks():
    def special(x):
        return np.packbits(x > 0)[0] * x.sum()

    with pytest.raises(npjit.ConcretizationError, match="packbits"):
        jax.jit(npjit.to_jax(special))(X)
    jitted = jax.jit(npjit.to_jax(special, callbacks=True))
    np.testing.assert_allclose(jitted(X), special(X))


def test_jax_without_64_bits_gets_32():
    with jax.enable_x64(False):
        result = jax.jit(npjit.to_jax(smooth))(X)
        batch = jax.vmap(npjit.to_jax(energy))(np.stack([X, X]))
        gradient = jax.grad(npjit.to_jax(energy))(X.astype(np.float32))
    assert result.dtype == batch.dtype == gradient.dtype == np.float32
    np.testing.assert_allclose(result, smooth(X), rtol=1e-6)


def test_captured_arrays_and_globals_are_read_anew():
    weights = np.ones(4)

    def weighted(x):
        return (x * weights).sum()

    gradient = npjit.grad(weighted)
    np.testing.assert_array_equal(gradient(X), weights)
    weights[1] = 5
    np.testing.assert_array_equal(gradient(X), weights)


def sets(m, k):
    y = m.copy()
    y[k] = 5.0
    y[k, 1:3] += m[0, k]
    y[:, k] *= 2
    y[-k, k + 1] = -1
    return y


def gets(m, k):
    return m[k] * m[:, k].sum() + m[k, ::2].sum() + m[[0, 1], k - 1].sum()


@pytest.mark.parametrize("fn", [sets, gets])
def test_integers_that_jax_traces_are_indices(fn):
    m = np.arange(12.0).reshape(3, 4)
    np.testing.assert_allclose(jax.jit(npjit.to_jax(fn))(m, 1), fn(m, 1))
    rows = jax.vmap(npjit.to_jax(fn), (None, 0))(m, np.array([2, 1]))
    np.testing.assert_allclose(rows, [fn(m, 2), fn(m, 1)])


def test_positions_in_programs_without_64_bits():
    def highest(x):
        return x[np.argmax(x)] * np.log(x[x > 0]).sum()

    with jax.enable_x64(False):
        found = jax.jit(npjit.to_jax(highest))(X)
    np.testing.assert_allclose(found, highest(X), rtol=1e-6)


def test_an_error_of_the_function_is_its_own():
    def fails(x):
        y = x + 1
        raise KeyError(y.shape)

    with pytest.raises(KeyError, match="4"):
        jax.jit(npjit.to_jax(fails))(X)
    assert npjit.accelerate(smooth, mode="jit")(X) is not None  # no trace is left


def test_arrays_of_dtypes_that_numpy_lacks_are_refused():
    with pytest.raises(TypeError, match="bfloat16"):
        npjit.to_jax(smooth)(jnp.ones(3, jnp.bfloat16))


def test_writes_by_assignment_into_a_container_are_effects():
    def update(state, rate):
        state["u"] += rate * state["f"]

    state = {"u": jnp.asarray(X), "f": jnp.ones(4)}
    pure = npjit.to_jax(update, has_effects=True)
    for call in (pure, jax.jit(pure)):
        result, effects = call(state, rate=2.0)
        assert result is None
        np.testing.assert_allclose(effects["state"]["u"], X + 2)
    with pytest.raises(NpjitError, match=r"in place \(state\)"):
        npjit.to_jax(update)(state, 2.0)


def test_effects_of_any_number_of_arguments():
    def update(a, *others, k=None):
        for other in others:
            other += a

    _, effects = npjit.to_jax(update, has_effects=True)(X, X + 1, X.copy(), k=X)
    assert effects.keys() == {"args[1]", "args[2]"}
    np.testing.assert_allclose(effects["args[2]"], 2 * X)


def test_effects_of_what_is_already_a_jax_function():
    result, effects = npjit.to_jax(npjit.grad(energy), has_effects=True)(X)
    np.testing.assert_allclose(result, npjit.grad(energy)(X))
    assert effects == {}


class Oscillator:
    def __init__(self, stiffness):
        self.stiffness = stiffness
        self.trace = []

    def run(self, q, n):
        self.p = np.zeros_like(q)
        for _ in range(n):
            self.p = self.p - 0.1 * self.stiffness * q
            q = q + 0.1 * self.p
            self.trace.append(q.max())
        return (q**2).sum()


def test_objects_keep_arrays_of_numpys():
    plain, other = Oscillator(np.float64(2.0)), Oscillator(np.float64(2.0))
    expected = plain.run(X, 3)
    value, _ = npjit.value_and_grad(other.run)(X, 3)
    assert value == pytest.approx(expected)
    assert type(other.p) is np.ndarray
    np.testing.assert_allclose(other.p, plain.p)
    np.testing.assert_allclose(other.trace, plain.trace)


def test_objects_keep_constants_of_a_traced_call():
    class Filter:
        window = None

        def __call__(self, x):
            if self.window is None:
                self.window = np.hanning(x.size) + 0.5
            return x * self.window

    applied = Filter()
    found = jax.jit(npjit.to_jax(applied))(X)
    assert type(applied.window) is np.ndarray
    np.testing.assert_allclose(found, X * applied.window)


def test_objects_that_outlive_a_traced_call_are_refused():
    kept = Oscillator(2.0)
    with pytest.raises(NpjitError, match="outlives"):
        jax.jit(npjit.to_jax(kept.run), static_argnums=1)(X, 2)


def test_objects_made_in_the_call_may_hold_what_is_traced():
    def energy_of(stiffness, q):
        return Oscillator(stiffness).run(q, 3)

    by_hand = jax.jit(npjit.to_jax(energy_of))(2.0, X)
    assert float(by_hand) == pytest.approx(energy_of(2.0, X))
    found = jax.jit(jax.grad(npjit.to_jax(energy_of)))(2.0, X)
    step = 1e-6
    expected = (energy_of(2 + step, X) - energy_of(2 - step, X)) / (2 * step)
    assert float(found) == pytest.approx(expected, rel=1e-7)


def test_captured_tracers_are_part_of_the_program():
    def outer(w):
        inner = npjit.to_jax(lambda x: (x * w).sum())
        return jax.vmap(inner)(jnp.stack([w, 2 * w])).sum()

    np.testing.assert_allclose(jax.grad(outer)(jnp.asarray(X)), 6 * X)


def test_what_is_put_into_a_container_is_an_effect():
    def update(state):
        state["u"] = state["u"] * 2
        state["n"] = 1

    for call in (
        npjit.to_jax(update, has_effects=True),
        jax.jit(npjit.to_jax(update, has_effects=True)),
    ):
        result, effects = call({"u": jnp.asarray(X)})
        assert result is None
        np.testing.assert_allclose(effects["state"]["u"], 2 * X)
        assert effects["state"]["n"] == 1
    with pytest.raises(NpjitError, match=r"in place \(state\)"):
        npjit.to_jax(update)({"u": jnp.asarray(X)})


def test_containers_without_jax_arrays_stay_the_callers():
    def loss(w, history):
        history.append(w.max())
        return (w**2).sum()

    history = []
    npjit.grad(loss)(X, history)
    assert history == [3.5]
    assert type(history[0]) is np.float64
