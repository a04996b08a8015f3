"""The decorator: what it can stand over, what it keeps of a function, its options."""

import collections
import copy
import dataclasses
import functools
import inspect
import logging
import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest

import npjit
from npjit._api.accelerated import Accelerated
from npjit._api.interface import CacheInfo
from npjit._diagnostics import events
from npjit._graph import trace as trace_module
from npjit.testing import assert_parity
from tests.ids import stable

on_host = functools.partial(npjit.accelerate, mode="host")
X = np.arange(6.0)


def wave(x: np.ndarray, k=2, *, shift: float = 1.0) -> np.ndarray:
    """Return a shifted wave."""
    return np.sin(x) * k + shift


accelerated_wave = on_host(wave)


@on_host
def decorated(x):
    """Add one."""
    return x + 1


class Model:
    """Methods of each kind, with the decorator at each place it can have."""

    def __init__(self, u=None):
        self.u = np.ones(6) if u is None else u

    @on_host
    def method(self, x):
        """Add to u in place."""
        self.u += x
        return self.u

    @classmethod
    @on_host
    def inner_class(cls, x):
        return cls.__name__, x + 1

    @on_host
    @classmethod
    def outer_class(cls, x):
        return cls.__name__, x + 1

    @staticmethod
    @on_host
    def inner_static(x):
        return x + 1

    @on_host
    @staticmethod
    def outer_static(x):
        return x + 1

    @property
    @on_host
    def doubled(self):
        return self.u * 2

    @on_host
    def __call__(self, x):
        return self.u - x

    class Nested:
        @on_host
        def method(self, x):
            return x * 3


class Scale:
    """A callable object."""

    def __init__(self, factor):
        self.factor = factor

    def __call__(self, x):
        return x * self.factor

    def __eq__(self, other):
        return isinstance(other, Scale) and np.array_equal(other.factor, self.factor)

    __hash__ = None


METHODS = ["inner_class", "outer_class", "inner_static", "outer_static"]


# What it keeps ----------------------------------------------------------------------


def test_name_signature_and_text_are_the_functions():
    fast = accelerated_wave
    assert fast.__name__ == "wave"
    assert fast.__qualname__ == wave.__qualname__
    assert fast.__module__ == __name__
    assert fast.__doc__ == wave.__doc__
    assert fast.__annotations__ == wave.__annotations__
    assert inspect.signature(fast) == inspect.signature(wave)
    assert fast.__wrapped__ is wave
    assert "wave" in repr(fast)


def test_it_passes_for_a_function():
    assert isinstance(accelerated_wave, type(wave))
    assert isinstance(accelerated_wave, Accelerated)
    assert inspect.isfunction(accelerated_wave)
    assert callable(accelerated_wave)
    assert accelerated_wave == wave
    assert {accelerated_wave: 1}[accelerated_wave] == 1


def test_decorating_twice_is_decorating_once():
    again = npjit.accelerate(accelerated_wave, mode="numpy")
    assert again.__wrapped__ is wave
    assert again.options.mode == "numpy"


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickling_by_name(protocol):
    for function in (decorated, Model.inner_static):
        assert pickle.loads(pickle.dumps(function, protocol)) is function


def test_pickling_what_has_another_name():
    found = pickle.loads(pickle.dumps(accelerated_wave))
    assert isinstance(found, Accelerated)
    assert found.__wrapped__ is wave
    assert found.options == accelerated_wave.options
    assert np.array_equal(found(X), wave(X))


@pytest.mark.parametrize("name", ["method", *METHODS])
def test_pickling_methods(name):
    found = pickle.loads(pickle.dumps(getattr(Model, name)))
    assert found == getattr(Model, name)
    bound = pickle.loads(pickle.dumps(getattr(Model(), name)))
    assert bound.cache_info is not None
    expected, result = getattr(Model(), name)(X), bound(X)
    np.testing.assert_equal(result, expected)


def test_pickling_nested_class_and_partial():
    assert pickle.loads(pickle.dumps(Model.Nested.method)) == Model.Nested.method
    fast = on_host(functools.partial(wave, k=5))
    found = pickle.loads(pickle.dumps(fast))
    assert np.array_equal(found(X), wave(X, 5))


def test_pickling_a_lambda_fails_as_it_does():
    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(on_host(lambda x: x))


def test_copies_are_those_of_the_wrapped():
    for function in (decorated, Model.inner_static, Model.method):
        assert copy.copy(function) == function
        assert copy.deepcopy(function) == function
    assert copy.copy(decorated) is decorated
    assert copy.deepcopy(decorated) is decorated
    scale = on_host(Scale(np.array(2.0)))
    deep = copy.deepcopy(scale)
    assert deep.__wrapped__ == scale.__wrapped__
    assert deep.__wrapped__ is not scale.__wrapped__
    assert np.array_equal(deep(X), X * 2)


def test_copies_of_bound_methods():
    model = Model()
    assert copy.copy(model.method)(X) is model.u
    deep = copy.deepcopy(model.method)
    before = model.u.copy()
    deep(X)
    assert np.array_equal(model.u, before)  # the copy has a model of its own


# What it can stand over -------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("owner", [Model, Model()], ids=["class", "instance"])
def test_class_and_static_methods(owner, name):
    result = getattr(owner, name)(X)
    array = result if "static" in name else result[1]
    assert np.array_equal(array, X + 1)
    assert name.endswith("static") or result[0] == "Model"


def test_methods_share_their_counters():
    class Fresh:
        @on_host
        def method(self, x):
            return x + 1

    first, second = Fresh(), Fresh()
    first.method(X)
    second.method(X)
    Fresh.method(first, X)
    infos = {first.method.cache_info(), Fresh.method.cache_info()}
    assert infos == {CacheInfo(3, 0, 64, 1, 0)}


def test_methods_write_attributes_in_place():
    model = Model()
    u = model.u
    assert model.method(X) is u
    assert np.array_equal(u, X + 1)
    assert np.array_equal(model.doubled, u * 2)
    assert np.array_equal(model(X), u - X)


@pytest.mark.parametrize("name", ["method", "__init__"])
def test_bound_methods_can_be_accelerated(name):
    model = Model()
    on_host(getattr(model, name))(X)
    expected = X if name == "__init__" else X + 1
    assert np.array_equal(model.u, expected)


def test_a_method_added_later():
    class Later:
        pass

    Later.method = on_host(lambda self, x: x * 2)
    assert np.array_equal(Later().method(X), X * 2)


def nested(x):
    y = x * 2

    def inner(z):
        nonlocal y
        y = y + z
        return y

    return npjit.accelerate(inner, mode="host"), lambda: y


def test_nested_functions_keep_their_cells():
    fast, peek = nested(X)
    assert np.array_equal(fast(X), X * 3)
    assert np.array_equal(peek(), X * 3)
    assert type(peek()) is np.ndarray
    assert np.array_equal(fast(X), X * 4)


@pytest.mark.parametrize(
    ("fn", "expected"),
    [
        (lambda x: x + 1, X + 1),
        (functools.partial(wave, k=5), wave(X, 5)),
        (
            functools.partial(functools.partial(wave, shift=2.0), k=3),
            wave(X, 3, shift=2.0),
        ),
        (functools.partial(accelerated_wave, k=5), wave(X, 5)),
        (Scale(3.0), X * 3),
        (np.vectorize(lambda x: x + 1), X + 1),
        (np.sin, np.sin(X)),
        (len, 6),
        (functools.lru_cache(lambda x: 3.0), None),
    ],
    ids=lambda value: type(value).__name__,
)
def test_any_callable(fn, expected):
    fast = on_host(fn)
    if expected is None:
        assert fast(2) == 3.0
    else:
        np.testing.assert_equal(fast(X), expected)


def test_wraps_around_and_inside():
    @functools.wraps(wave)
    def wrapper(*args, **kwargs):
        return wave(*args, **kwargs)

    @functools.wraps(accelerated_wave)
    def outside(*args, **kwargs):
        return accelerated_wave(*args, **kwargs)

    fast = on_host(wrapper)
    assert inspect.signature(fast) == inspect.signature(wave)
    assert np.array_equal(fast(X), wave(X))
    assert inspect.signature(outside) == inspect.signature(wave)
    assert np.array_equal(outside(X), wave(X))


def generate():
    yield 1


async def wait():
    return 1


async def generate_later():
    yield 1


class Generates:
    def __call__(self):
        yield 1

    def method(self):
        yield 1


@pytest.mark.parametrize(
    ("fn", "text"),
    [
        (
            generate,
            "generator function generate; accelerate the function that computes",
        ),
        (functools.partial(generate), "generator function generate"),
        (staticmethod(generate), "generator function generate"),
        (Generates(), "generator function"),
        (Generates().method, "generator function Generates.method"),
        (generate_later, "generator function generate_later"),
        (wait, "coroutine function wait; accelerate the function that does the work"),
        (functools.partial(wait), "coroutine function wait"),
        (Model, "class Model; put it over the methods"),
        (functools.partial(Model), "class Model"),
        (property(wave), "not property; put it over a function, under @property"),
        ("jit", "needs a callable, not str"),
        (3, "needs a callable, not int"),
    ],
    ids=stable,
)
def test_what_cannot_be_accelerated(fn, text):
    with pytest.raises(TypeError, match=text):
        npjit.accelerate(fn)


# Options and the environment --------------------------------------------------------


def test_options_are_checked_when_decorating():
    with pytest.raises(TypeError, match="unknown option 'mod'; did you mean 'mode'"):
        npjit.accelerate(wave, mod="jit")
    with pytest.raises(TypeError, match="unknown option"):
        npjit.accelerate(speed=3)
    with pytest.raises(ValueError, match="'mode': 'fast' is not allowed"):
        npjit.accelerate(mode="fast")
    with pytest.raises(ValueError, match="max_versions"):
        npjit.accelerate(max_versions=0)


def test_the_environment_sets_defaults(monkeypatch):
    monkeypatch.setenv("NPJIT_MODE", "host")
    monkeypatch.setenv("NPJIT_STRICT", "1")
    fast = npjit.accelerate(wave)
    assert (fast.options.mode, fast.options.strict) == ("host", True)
    assert npjit.accelerate(wave, strict=False).options.strict is False
    monkeypatch.setenv("NPJIT_MODE", "fast")
    with pytest.raises(ValueError, match="NPJIT_MODE='fast' is not allowed"):
        npjit.accelerate(wave)


def test_disable_gives_back_the_function(monkeypatch):
    monkeypatch.setenv("NPJIT_DISABLE", "1")
    assert npjit.accelerate(wave) is wave
    assert npjit.accelerate(mode="jit")(wave) is wave
    method = staticmethod(wave)
    assert npjit.accelerate(method) is method
    with pytest.raises(TypeError, match="generator"):
        npjit.accelerate(generate)


def test_mode_numpy_records_nothing():
    seen = []

    def look(x):
        seen.append((npjit.is_recording(), type(x)))
        return x + 1

    with events.capture() as captured:
        result = npjit.accelerate(look, mode="numpy")(X)
    assert np.array_equal(result, X + 1)
    assert seen == [(False, np.ndarray)]
    assert captured == []


def test_mode_numpy_wins_inside_a_recording():
    kinds = []

    @npjit.accelerate(mode="numpy")
    def plain(x):
        kinds.append((npjit.is_recording(), type(x) is np.ndarray))
        return x + 1

    @on_host
    def outer(x):
        return plain(x * 2) * 2, list(map(plain, [x]))

    result, (mapped,) = outer(X)
    assert np.array_equal(result, (X * 2 + 1) * 2)
    assert np.array_equal(mapped, X + 1)
    assert kinds == [(False, True)] * 2


def test_accelerated_functions_join_the_trace():
    inner = npjit.accelerate(lambda x: x * 2, mode="jit")
    fast = on_host(lambda x: inner(x + 1) + next(map(inner, [x])))
    with events.capture() as captured:
        assert np.array_equal(fast(X), (X + 1) * 2 + X * 2)
    assert [e.count for e in captured if e.name == "record"] == [4]
    assert {e.operation for e in captured if e.name == "engine"} == {"host"}


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, **environment},
    )


def test_mode_host_does_not_import_jax():
    done = run_python(
        "import sys, numpy as np, npjit\n"
        "f = npjit.accelerate(lambda x: np.sin(x).sum() + x[::2][0], mode='host')\n"
        "assert f(np.ones(4)) == np.sin(np.ones(4)).sum() + 1\n"
        "npjit.stats(), f.cache_info(), f.cache_clear()\n"
        "assert 'jax' not in sys.modules\n"
    )
    assert done.returncode == 0, done.stderr


# Arguments --------------------------------------------------------------------------

Pair = collections.namedtuple("Pair", "a b")


@dataclasses.dataclass
class State:
    u: np.ndarray
    parts: list
    step: int = 0


@dataclasses.dataclass(frozen=True)
class Frozen:
    u: np.ndarray


def use_everything(a, /, b, c=np.arange(3.0), *rest, d, e=2.0, **more):  # noqa: B008
    total = a["x"][0] + a["y"].a * b[1] + c + d.u + d.parts[0]["z"] * e
    for r in rest:
        total = total + r
    for name in sorted(more):
        total -= more[name]
    a["x"][0] += 1
    d.parts[0]["z"][...] = total
    d.u = total * 2
    d.step += 1
    a["new"] = [total, total[1]]
    b.append(total[::-1])
    return a, b, d, rest, more, total


def test_arrays_anywhere_in_the_arguments():
    v = np.arange(1.0, 4.0)
    assert_parity(
        use_everything,
        {"x": [v + 1, 2], "y": Pair(v, "text")},
        [None, np.float64(2.5)],
        v * 3,
        v,
        np.array(3.0),
        4,
        d=State(v * 2, [{"z": v.copy()}]),
        f=v,
        g=True,
    )


def test_one_array_under_several_names():
    def touch(a, b, pair, state):
        a += 1
        pair.b[0] *= 10
        state.u[1:] -= b[:-1]
        return b is a, pair.a is a, state.u is a, a

    x = np.arange(5.0)
    assert_parity(touch, x, x, Pair(x, x), Frozen(x))


def test_containers_keep_their_identity():
    items, table = [X.copy()], {"a": X.copy()}

    @on_host
    def change(items, table):
        items.append(items[0] * 2)
        table["a"] = items
        return items, table

    returned = change(items, table)
    assert returned[0] is items
    assert returned[1] is table
    assert table["a"] is items
    assert [type(x) for x in items] == [np.ndarray] * 2


@pytest.mark.parametrize("value", [3, 2.5, 1 + 2j, True, np.float32(2), np.array(2.0)])
def test_numbers_as_arguments(value):
    assert_parity(lambda x, n: (x * n, n + n, n), X, value)


@pytest.mark.parametrize("bad", [(), (1, 2, 3, 4, 5)])
def test_a_wrong_call_raises_as_the_function_does(bad):
    with pytest.raises(TypeError) as expected:
        wave(*bad)
    with pytest.raises(TypeError) as raised:
        accelerated_wave(*bad)
    assert str(raised.value) == str(expected.value)


def test_jax_arrays_are_read_only_inputs():
    jnp = pytest.importorskip("jax.numpy")
    given = jnp.arange(4, dtype=np.float32)
    expected = np.arange(4, dtype=np.float32)

    def use(x, items, state):
        kinds = [type(v) for v in (x, items[0], state.u)]
        return x * 2 + items[0], items[1]["x"].sum(), state.u[1:], x, kinds

    for mode in ("host", "jit", "auto"):
        fast = npjit.accelerate(use, mode=mode)
        items = [given, {"x": given}]
        doubled, total, view, same, kinds = fast(given, items, Frozen(given))
        assert kinds == [np.ndarray] * 3
        assert [type(r) for r in (doubled, total, view, same)] == [
            np.ndarray,
            np.float32,
            np.ndarray,
            np.ndarray,
        ]
        assert np.array_equal(doubled, expected * 3)
        assert total == 6
        assert np.array_equal(view, expected[1:])
        assert np.array_equal(same, expected)
        assert items[0] is given  # the caller's containers stay as they are
        assert fast.signatures()[0][0][0] == "float32[4]"


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_jax_arrays_cannot_be_written(mode):
    jnp = pytest.importorskip("jax.numpy")

    def write(x):
        x[0] = 1

    fast = npjit.accelerate(write, mode=mode)
    given = jnp.zeros(3)
    with pytest.raises(ValueError, match="read-only"):
        fast(given)
    assert not given.any()
    fast = npjit.accelerate(lambda items: write(items[0]), mode=mode)
    with pytest.raises(ValueError, match="read-only"):
        fast([given])


# Counters ---------------------------------------------------------------------------


def test_cache_info_counts_calls():
    fast = npjit.accelerate(lambda x: x * 7.25 - x, mode="jit")
    assert fast.cache_info() == (0, 0, 64, 0, 0)
    fast(np.ones(13))
    fast(np.ones(13))
    fast(np.ones(14))
    info = fast.cache_info()
    assert info == (1, 2, 64, 2, 2)
    assert info._fields == ("hits", "misses", "maxsize", "currsize", "compiled")
    assert fast.signatures() == [(("float64[13]",), ()), (("float64[14]",), ())]
    fast.cache_clear()
    assert fast.cache_info() == (0, 0, 64, 0, 0)
    assert fast.signatures() == []
    fast(np.ones(13))
    assert fast.cache_info().compiled == 1  # the program was forgotten, too


def test_converted_source():
    assert "def wave" in accelerated_wave.converted_source()
    assert "def method" in Model().method.converted_source()
    assert "def __call__" in on_host(Scale(1)).converted_source()
    assert "def wave" in on_host(functools.partial(wave, k=1)).converted_source()
    with pytest.raises(ValueError, match="runs unconverted"):
        on_host(np.sin).converted_source()


def test_max_versions_names_the_argument():
    fast = npjit.accelerate(lambda first, second: first + second, max_versions=3)
    for n in range(1, 4):
        fast(np.ones(2), np.ones((n, 1)))
    with pytest.warns(npjit.NpjitWarning) as caught:
        fast(np.ones(2), np.ones((4, 1)))
    (warning,) = caught
    text = str(warning.message)
    assert "more than 3 signatures" in text
    assert "argument 'second' was float64[3,1], now float64[4,1]" in text
    assert "raise max_versions" in text
    assert warning.filename == __file__
    with warnings.catch_warnings(), events.capture() as recorded:
        warnings.simplefilter("error")
        for n in (1, 4, 9):  # known signatures, too
            assert np.array_equal(fast(np.ones(2), np.ones((n, 1))), np.full((n, 2), 2))
    assert recorded == []
    assert fast.cache_info().currsize == 3


def test_max_versions_leaves_other_modes_alone():
    fast = on_host(lambda x: x + 1, max_versions=2)
    for n in range(5):
        fast(np.ones(n))
    assert fast.cache_info().currsize == 5


# Recordings that stay tiny ----------------------------------------------------------


def tiny_steps(x, steps, log):
    for i in range(steps):
        x[i % len(x)] += x.sum() * 0.001
        if i % 100 == 0:
            log.append(x.copy())
    return x


def test_a_tiny_recording_stops():
    fast = npjit.accelerate(tiny_steps)
    x, log = np.ones(4), []
    with events.capture() as captured:
        result = fast(x, 1500, log)
    assert result is x
    expected, expected_log = np.ones(4), []
    tiny_steps(expected, 1500, expected_log)
    np.testing.assert_allclose(x, expected, rtol=1e-12)
    np.testing.assert_allclose(log, expected_log, rtol=1e-12)
    assert {type(a) for a in log} == {np.ndarray}
    breaks = [e for e in captured if e.name == "break"]
    (stop,) = [e for e in breaks if e.reason is npjit.Reason.TINY]
    assert stop.filename == __file__
    assert sum(e.count for e in captured if e.name == "record") <= 2001
    with events.capture() as captured:
        fast(np.ones(4), 1500, [])
    assert captured == []  # calls like it are plain calls
    with events.capture() as captured:
        fast(np.ones(5), 10, [])
    assert captured  # others are not


@pytest.mark.parametrize("mode", ["jit", "host"])
def test_only_mode_auto_stops(mode):
    fast = npjit.accelerate(tiny_steps, mode=mode)
    with events.capture() as captured:
        fast(np.ones(4), 700, [])
    assert npjit.Reason.TINY not in {e.reason for e in captured}


def test_larger_recordings_go_on(monkeypatch):
    monkeypatch.setattr(trace_module, "TINY_OPS", 20)

    def steps(x):
        for _ in range(30):
            x = x * 0.5
        return x

    fast = npjit.accelerate(steps)
    for size, stops in ((64, False), (63, True)):
        with events.capture() as captured:
            fast(np.ones(size))
        assert (npjit.Reason.TINY in {e.reason for e in captured}) is stops


def relax(x, n):
    y = np.zeros(4)
    for _ in range(n):
        x[1:] += x[:-1] * 1e-4
        y = y * 0.5 + x
    return x, y


def test_a_tiny_call_without_effects_is_made_again_in_numpy():
    fast = npjit.accelerate(lambda x, n: relax(x, n))
    x, expected = np.ones(4), np.ones(4)
    _, y = relax(expected, 900)
    with events.capture() as captured:
        result, last = fast(x, 900)
    assert result is x
    assert np.array_equal(x, expected)  # bit for bit: all of it is NumPy's
    assert np.array_equal(last, y)
    assert [e.reason for e in captured if e.name == "break"] == [npjit.Reason.TINY]
    assert fast.choices()[0].engine == "numpy"


def test_a_tiny_call_in_a_try_goes_on():
    caught = []

    def guarded(x, n):
        try:
            return relax(x, n)
        except BaseException as error:
            caught.append(error)
            raise

    x, expected = np.ones(4), np.ones(4)
    relax(expected, 900)
    npjit.accelerate(guarded)(x, 900)
    assert np.array_equal(x, expected)
    assert not caught


def test_draws_of_a_tiny_call_are_not_repeated():
    def walk(rng, n):
        x = np.zeros(3)
        for _ in range(n):
            x += rng.normal(size=3)
        return x

    result = npjit.accelerate(walk)(np.random.default_rng(3), 2100)
    expected = walk(np.random.default_rng(3), 2100)
    np.testing.assert_allclose(result, expected, rtol=1e-12)


class Accumulator:
    def __init__(self):
        self.total = np.zeros(3)
        self.history = []

    def add(self, x):
        self.total += x
        self.history.append(self.total * 2)
        return np.asarray([self.total[0], x[1], 2.0])


def use_much(x, n):
    accumulator = Accumulator()
    views = {"head": x[:2], "reversed": x[::-1]}
    items = [x * i for i in range(n)]

    def helper(y):
        nonlocal x
        x = x + y
        return np.concatenate([x, y])

    out = np.empty(6)
    for i, item in enumerate(items):
        views["head"][0] += 1
        out[:] = helper(item)
        result = accumulator.add(item)
        np.add(result, x, out=result)
        if (x > 3).any():
            views["reversed"][i % 3] -= 0.5
        np.cumsum(item, out=item)
    rows = np.stack(items) if n else np.empty((0, 3))
    return x, views, out, accumulator.total, accumulator.history, rows.sum(axis=0)


@pytest.mark.parametrize("count", [*range(1, 12), 17, 23, 40])
@pytest.mark.parametrize("pure", [None, False])  # without a tape none is given up
def test_stopping_anywhere_changes_nothing(monkeypatch, count, pure):
    monkeypatch.setattr(trace_module, "TINY_OPS", count)
    stops = []

    def accelerate(fn, mode):
        fast = npjit.accelerate(fn, mode="auto", pure=pure)

        def call(*args):
            with events.capture() as captured:
                result = fast(*args)
            breaks = [e for e in captured if e.name == "break"]
            stops.append(sum(e.reason is npjit.Reason.TINY for e in breaks))
            return result

        return functools.wraps(fn)(call)

    settings = npjit.testing.parity.Settings(
        accelerate=accelerate,
        modes=("host",),
        calls=1,
        tolerance=npjit.testing.parity.Tolerance(1e-12, 1e-12, 0),
    )
    npjit.testing.parity.check_parity(use_much, (np.arange(3.0), 6), {}, settings)
    assert stops == [1]


# Strict mode and the report ---------------------------------------------------------


def with_a_fallback(x):
    x += 1
    y = np.partition(x, 2)
    x *= 2
    return y


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_strict_raises_at_a_fallback(mode):
    fast = npjit.accelerate(with_a_fallback, mode=mode, strict=True)
    x = np.arange(5.0)
    with pytest.raises(npjit.FallbackError) as raised:
        fast(x)
    error = raised.value
    line = with_a_fallback.__code__.co_firstlineno + 2
    assert (error.operation, error.reason) == ("np.partition", npjit.Reason.ORDER_OPEN)
    assert (error.filename, error.lineno) == (__file__, line)
    assert np.array_equal(x, np.arange(5.0) + 1)  # as far as NumPy would have come
    assert not npjit.is_recording()


def with_a_break(x):
    x += 1
    if x.sum() > 3:
        x += 1
    return x


def test_strict_breaks():
    x = np.arange(5.0)
    assert npjit.accelerate(with_a_break, mode="host", strict=True)(x) is x
    x = np.arange(5.0)
    fast = npjit.accelerate(with_a_break, mode="host", strict="breaks")
    with pytest.raises(npjit.FallbackError, match="needs a value") as raised:
        fast(x)
    assert raised.value.kind == "break"
    assert raised.value.lineno == with_a_break.__code__.co_firstlineno + 2
    assert np.array_equal(x, np.arange(5.0) + 1)


def test_events_and_stats_of_a_call(caplog):
    fast = npjit.accelerate(with_a_fallback, mode="jit", pure=False)
    npjit.reset_stats()
    with events.capture() as captured, caplog.at_level(logging.DEBUG, "npjit"):
        fast(np.arange(57.0))
        fast(np.arange(57.0))
    line = with_a_fallback.__code__.co_firstlineno + 2
    fallbacks = [e for e in captured if e.name == "fallback"]
    assert [(e.operation, e.filename, e.lineno) for e in fallbacks] == [
        ("np.partition", __file__, line)
    ] * 2
    compiles = [e for e in captured if e.name == "compile"]
    assert compiles
    assert all(e.elapsed_ns > 0 for e in compiles)
    stats = npjit.stats()
    assert stats.recorded == 4
    assert stats.compiled == len(compiles)
    assert stats.hits == sum(e.name == "hit" for e in captured) == stats.compiled
    assert stats.engines == {"xla": 4}
    assert [(s.operation, s.line, s.count) for s in stats.fallbacks] == [
        ("np.partition", f"{__file__}:{line}", 2)
    ]
    assert f"np.partition at {__file__}:{line}" in str(stats)
    assert any("np.partition" in record.message for record in caplog.records)


def test_is_recording_and_realize():
    seen = []

    @on_host
    def look(x):
        y = x + 1
        seen.append((npjit.is_recording(), npjit.realize([y, (y, 3)])))
        return y

    look(X)
    assert not npjit.is_recording()
    ((recording, realized),) = seen
    assert recording
    assert type(realized[0]) is np.ndarray
    assert realized[1][0] is realized[0]
