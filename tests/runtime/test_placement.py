"""Calls on a given device, and results that stay there."""

import copy
import pickle

import jax
import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit._runtime import placement
from npjit._runtime.jitted import JittedProgram
from npjit._xla.compile import XlaError
from npjit.errors import FallbackError, Reason

X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)
WEIGHTS = np.arange(4.0)


def writes(x, v):
    x[1:] += v * WEIGHTS
    v *= 2
    return x, x.T[::2], x.sum(axis=0), float(v[0])


def captures(x):
    WEIGHTS[0] += 1
    return WEIGHTS * x


def asks(x):
    largest = np.unique(np.round(x))[-1]
    return x / largest if largest > 1 else x, largest


def shares(x, row):
    row += 1
    x[:, 0] = 7
    return row.copy(), x.sum()


PROGRAMS = {
    "writes": (writes, lambda: (X.copy(), np.ones(4))),
    "captured": (captures, lambda: (X,)),
    "values": (asks, lambda: (X,)),
    "views of one array": (shares, lambda: (x := X.copy(), x[1])),
    "Fortran order": (writes, lambda: (np.asfortranarray(X), np.ones(4))),
    "strided": (lambda x: (x[::-1, 1:] * 2).cumsum(axis=1), lambda: (X[:, ::-1],)),
    "float32": (writes, lambda: (X.astype("f4"), np.ones(4, "f4"))),
    "integers": (
        lambda i: (i // 3, i << 2, i @ i.T),
        lambda: (np.arange(6).reshape(2, 3),),
    ),
    "linear algebra": (lambda x: np.linalg.solve(x @ x.T + np.eye(3), x), lambda: (X,)),
    "eigenvectors": (lambda x: np.linalg.eigh(x @ x.T), lambda: (X,)),
    "no array": (lambda n: np.zeros(n) + 1, lambda: (3,)),
}


def assert_alike(name, rtol, **options):
    """A program does what it does under NumPy, to its results and its arguments."""
    fn, make = PROGRAMS[name]
    before, args, mine = WEIGHTS.copy(), make(), make()
    expected = fn(*args)
    weights, WEIGHTS[:] = WEIGHTS.copy(), before
    found = npjit.accelerate(fn, **options)(*mine)
    np.testing.assert_array_equal(WEIGHTS, weights)
    for a, b in zip(_leaves(expected, args), _leaves(found, mine), strict=True):
        assert type(a) is type(b)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
            assert np.shares_memory(a, args[0]) == np.shares_memory(b, mine[0])


def _leaves(*values):
    for x in values:
        if isinstance(x, tuple):
            yield from _leaves(*x)
        else:
            yield x


@pytest.fixture(autouse=True)
def _weights():
    before = WEIGHTS.copy()
    yield
    WEIGHTS[:] = before


@pytest.mark.parametrize(
    "options", [{"device": "cpu:0", "mode": "jit"}, {"sharding": npjit.shard()}]
)
@pytest.mark.parametrize("name", PROGRAMS)
def test_results_and_effects_are_numpys(name, options):
    assert_alike(name, 1e-12, **options)


def test_results_stay_on_the_device():
    fast = npjit.accelerate(lambda x: {"y": x * 2, "n": len(x)}, results="device")
    result = fast(X)
    assert isinstance(result["y"], jax.Array)
    assert result["y"].dtype == np.float64
    again = fast(result["y"])["y"]
    np.testing.assert_array_equal(again, X * 4)


# -- results="lazy" ------------------------------------------------------------


def lazy(fn):
    return npjit.accelerate(fn, results="lazy", mode="jit")


def is_on_device(x):
    """Whether nobody has touched a result."""
    return x._storage.buffer is None


def halved_twice(x):
    half = lazy(lambda x: x / 2)
    return half(half(x))


TOUCHES = {
    "operator": lambda x: x + 1,
    "function": lambda x: np.sin(x),
    "method": lambda x: x.sum(axis=0),
    "item": lambda x: x[1, 2],
    "view": lambda x: x.T[::2],
    "text": repr,
    "list": lambda x: x.tolist(),
    "out": lambda x: np.add(x, 1, out=x),
    "out of another": lambda x: np.multiply(x, 2, np.empty_like(X)),
    "comparison": lambda x: (x > 0).all(),
    "pickle": lambda x: pickle.loads(pickle.dumps(x)),
    "deepcopy": copy.deepcopy,
    "iteration": lambda x: [row.max() for row in x],
    "jax": lambda x: np.asarray(jax.numpy.abs(np.asarray(x))).astype("f4"),
    "plain accelerated": npjit.accelerate(lambda x: x * 3, mode="jit"),
    "device": npjit.accelerate(lambda x: x * 3, device="cpu", mode="jit"),
    "gradient": npjit.grad(lambda x: (x**2).sum()),
    "to_jax": lambda x: np.asarray(npjit.to_jax(np.cumsum)(x)).astype("f4"),
}


@pytest.mark.parametrize("touch", TOUCHES.values(), ids=TOUCHES)
def test_lazy_results_are_numpys_when_they_are_touched(touch):
    found = halved_twice(X)
    assert is_on_device(found)
    assert isinstance(found, np.ndarray)
    assert (found.shape, found.dtype, len(found)) == (X.shape, X.dtype, 3)
    assert is_on_device(found)
    assert_same(touch(found), touch(X / 4))


def assert_same(found, expected):
    assert type(found) is type(expected)
    np.testing.assert_array_equal(found, expected)


def test_lazy_results_go_from_call_to_call_where_they_are():
    x, expected = X.copy(), X.copy()
    for _ in range(3):
        x, expected = lazy(writes)(x, np.ones(4))[0], writes(expected, np.ones(4))[0]
    assert x is not X
    state = lazy(np.cos)(X)
    moved = lazy(lambda y: y)(state)
    assert moved is state
    assert is_on_device(state)


def test_writes_reach_lazy_results_and_their_views():
    def doubled(x):
        y = x * 2
        return y, y[1:], y

    def adds(y, rows):
        rows += 1
        y[0] -= rows[0]
        return rows.sum()

    expected = doubled(X)
    total = adds(*expected[:2])
    found = lazy(doubled)(X)
    assert found[0] is found[2]
    assert lazy(adds)(*found[:2]) == pytest.approx(total)
    assert is_on_device(found[0])
    found[0][1, 0] = expected[0][1, 0] = 7
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_lazy_results_are_kept_by_a_call_that_fails():
    def fails(y):
        y += 1
        raise KeyError

    state = halved_twice(X)
    with pytest.raises(KeyError):
        lazy(fails)(state)
    np.testing.assert_array_equal(state, X / 4 + 1)


def test_lazy_results_in_containers_and_beside_numbers():
    def parts(d):
        return {"a": [d["a"] * 2], "m": d["a"].sum(), "f": float(d["a"].max())}

    found, expected = lazy(parts)({"a": halved_twice(X)}), parts({"a": X / 4})
    assert is_on_device(found["a"][0])
    assert [type(found[k]) for k in "mf"] == [np.float64, float]
    np.testing.assert_array_equal(found["a"][0], expected["a"][0])
    assert found["f"] == expected["f"]


def test_jax_arrays_are_taken_where_they_are():
    x = jax.numpy.arange(6.0)
    found = npjit.accelerate(lambda x: (x[::2], x.sum()), device="cpu", mode="jit")(x)
    assert type(found[0]) is np.ndarray
    np.testing.assert_array_equal(found[0], [0, 2, 4])


def test_an_argument_of_jax_is_not_written():
    def doubles(x):
        x *= 2
        return x

    x = jax.numpy.ones(3)
    found = npjit.accelerate(doubles, device="cpu", mode="jit")(x)
    np.testing.assert_array_equal(found, 2)
    np.testing.assert_array_equal(x, 1)


def test_what_was_written_before_an_error_stays():
    def fails(x):
        x[0] = 5
        x[99] = 1

    x = X.copy()
    with pytest.raises(IndexError):
        npjit.accelerate(fails, device="cpu", mode="jit")(x)
    np.testing.assert_array_equal(x[0], 5)


def test_what_numpy_computes_is_told():
    fast = npjit.accelerate(asks, device="cpu", mode="jit")
    with capture() as events:
        fast(X)
    told = [event for event in events if event.name == "fallback"]
    assert [event.operation for event in told] == ["np.unique"]
    with pytest.raises(FallbackError, match=r"np\.unique"):
        npjit.accelerate(asks, device="cpu", mode="jit", strict=True)(X)


def test_programs_that_do_not_fit_run_on_the_host(monkeypatch):
    def exhausted(self, leaves, values):
        raise XlaError("RESOURCE_EXHAUSTED: Out of memory while trying to allocate")

    monkeypatch.setattr(JittedProgram, "__call__", exhausted)
    with capture() as events:
        found = npjit.accelerate(writes, device="cpu", mode="jit")(X.copy(), np.ones(4))
    expected = writes(X.copy(), np.ones(4))
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)
    reasons = {event.reason for event in events if event.name == "fallback"}
    assert reasons == {Reason.OUT_OF_MEMORY}


def test_errors_of_numpy_are_raised():
    def divides(x):
        with np.errstate(all="raise"):
            y = x * 2
            return y / (x - x)

    with pytest.raises(FloatingPointError, match="divide"):
        npjit.accelerate(divides, device="cpu", mode="jit")(X)


def test_tracers_go_on_to_jax():
    fast = npjit.accelerate(lambda x: (x**2).sum(), device="cpu", mode="jit")
    np.testing.assert_allclose(jax.grad(fast)(X), 2 * X, rtol=1e-6)


@pytest.mark.parametrize("name", ["tpu", "cpu:64", "abacus"])
def test_devices_that_are_not_there(name):
    with pytest.raises(ValueError, match=name):
        npjit.accelerate(lambda x: x, device=name, mode="jit")(X)


@pytest.mark.parametrize("given", ["CPU", "cpu:", "gpu:x", 0])
def test_names_that_are_none(given):
    with pytest.raises(ValueError, match="device"):
        npjit.accelerate(lambda x: x, device=given)


def test_mode_auto_measures_the_device_against_the_host():
    def slow(x):
        return sum(np.sin(x).sum() for _ in range(3))

    fast = npjit.accelerate(slow, device="cpu:0", warm_up_seconds=0)
    with capture() as events:
        for _ in range(40):
            assert fast(X) == pytest.approx(slow(X), rel=1e-12)
    (choice,) = fast.choices()
    assert choice.engine in ("numpy", "accelerated")
    assert choice.plain_us is not None
    assert choice.accelerated_us is not None
    assert any(event.name == "engine" and event.operation == "xla" for event in events)


def test_blocks_run_on_the_device():
    x, v = X.copy(), np.ones(4)
    with capture() as events, npjit.accelerate(device="cpu:0", mode="jit"):
        x[1:] += v * WEIGHTS
        y = np.sin(x) @ x.T
        largest = np.unique(np.round(y))[-1]
    expected = X.copy()
    expected[1:] += v * WEIGHTS
    np.testing.assert_allclose(x, expected, rtol=1e-14)
    np.testing.assert_allclose(y, np.sin(expected) @ expected.T, rtol=1e-12)
    assert largest == np.round(y).max()
    assert type(y) is np.ndarray
    assert any(event.name == "engine" and event.operation == "xla" for event in events)


def divides_in_a_block(x):
    with np.errstate(all="raise"), npjit.accelerate(device="cpu:0", mode="jit"):
        x += 1
        return x / (x - x)


def goes_too_far_in_a_block(x):
    with npjit.accelerate(device="cpu:0", mode="jit"):
        x += 1
        return x[99]


@pytest.mark.parametrize(
    ("fn", "error"),
    [(divides_in_a_block, FloatingPointError), (goes_too_far_in_a_block, IndexError)],
)
def test_errors_of_blocks_are_numpys(fn, error):
    x = X.copy()
    with pytest.raises(error):
        fn(x)
    np.testing.assert_array_equal(x, X + 1)


@pytest.mark.parametrize("given", [{"sharding": npjit.shard()}, {"results": "device"}])
def test_blocks_are_not_divided(given):
    with pytest.raises(ValueError, match="block"), npjit.accelerate(**given):
        pass


def test_axes_that_cannot_be_divided_are_held_whole():
    for shape in [(), (3,), (3, 4)]:
        for axis in (-3, -1, 0, 5):
            spec = placement.sharding_of(npjit.shard(axis), shape).spec
            assert len(spec) == len(shape)


def test_large_reductions_keep_nan():
    x = np.random.default_rng(0).normal(size=100_000)
    x[7] = np.nan  # XLA:CPU's own reductions of so many elements lose it
    assert np.isnan(npjit.accelerate(lambda x: (x * 2).max(), device="cpu:0")(x))
