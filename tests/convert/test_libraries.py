"""Python code of installed libraries is converted where it is reached with arrays."""

import importlib
import sys
import warnings

import numpy as np
import pytest

import npjit
from npjit._convert import groups, libraries
from npjit._diagnostics.events import capture
from npjit.testing import assert_parity
from tests.convert.checks import check

X = np.array([[0.5, -1.0, 2.0], [3.0, 0.25, -0.5]])

NUMERIC = '''
"""A small numerical library."""
import contextlib
import functools
import warnings
import numpy as np
import npjit

WEIGHTS = np.array([1.0, 2.0, 3.0])
calls = []
made = []
last = None

def is_recorded(*_):
    return npjit.is_recording()

def _check(n):
    calls.append(n)
    return npjit.is_recording()

def smooth(x, width=1):
    global last
    inner = _check(width)
    y = np.zeros_like(x)
    for shift in range(-width, width + 1):
        y += np.roll(x, shift, axis=-1) * WEIGHTS[abs(shift)]
    last = y
    return y / (2 * width + 1), inner

def grid(n):
    return np.linspace(0.0, 1.0, n), npjit.is_recording()

def normalise(x, out=None):
    if (x == 0).all():
        warnings.warn("all zero", RuntimeWarning, stacklevel=2)
    if x.ndim != 2:
        raise ValueError(f"ndim is {x.ndim}")
    return np.divide(x, np.abs(x).max(), out=out)

def bisect(f, low, high, steps=8):
    for _ in range(steps):
        middle = (low + high) / 2
        if f(middle) > 0:
            high = middle
        else:
            low = middle
    return middle, npjit.is_recording()

def counted(fn):
    @functools.wraps(fn)
    def run(*args, **kwargs):
        run.count += 1
        return fn(*args, **kwargs)
    run.count = 0
    return run

@contextlib.contextmanager
def scaled(x, by):
    x *= by
    try:
        yield x
    finally:
        x /= by

class Base:
    kinds = ()
    def __init_subclass__(cls):
        Base.kinds += (cls.__name__,)
    def __init__(self, u):
        self.u = np.array(u, dtype=float)
        self.steps = 0
    @property
    def total(self):
        return self.u.sum()
    def __call__(self, v):
        return self.u * v
    def __add__(self, other):
        return type(self)(self.u + getattr(other, "u", other))
    def __iter__(self):
        for row in self.u:
            yield row * 2
    def __getitem__(self, i):
        return self.u[i]

class Model(Base):
    def __init__(self, u, rate=0.5):
        super().__init__(u)
        self.rate = rate
        made.append(npjit.is_recording())
    def step(self, n=1):
        for _ in range(n):
            self.u -= self.rate * self.u
            self.steps += 1
        return self
'''
PLAIN = "def call(f, *args):\n    return f(*args)\n\ndef hold(x):\n    return [x]\n"


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder of installed libraries: `numeric` uses NumPy, `wiring` does not."""
    folder = tmp_path / "site-packages"
    folder.mkdir()
    (folder / "numeric_test_library.py").write_text(NUMERIC)
    (folder / "wiring_test_library.py").write_text(PLAIN)
    monkeypatch.syspath_prepend(folder)
    yield importlib.import_module("numeric_test_library")
    for name in ("numeric_test_library", "wiring_test_library"):
        sys.modules.pop(name, None)
    libraries.computes.cache_clear()
    libraries.is_using_numpy.cache_clear()


def recorded(fn, *args):
    """Return the result of a recorded call, and the operations that left it."""
    with capture() as events:
        result = npjit.accelerate(fn, mode="host")(*args)
    return result, [e.operation for e in events if e.name in ("fallback", "break")]


def test_functions_reached_with_arrays_are_recorded(site):
    def program(x):
        y = x * 2
        y, inner = site.smooth(y)
        y += 1
        return y, inner

    (_, inner), left = recorded(program, X)
    assert inner
    assert left == []
    assert type(site.last) is np.ndarray


def test_functions_reached_without_are_called_as_they_are(site):
    result, left = recorded(lambda x: (site.grid(3), x + 1), X)
    assert result[0][1] is False
    assert left == []  # nothing was pending, nothing was handed over


def test_functions_are_arrays_to_come(site):
    def program(x):
        y = x + 1
        return site.bisect(lambda t: (y * t).sum() - 1, 0.0, 2.0)

    (_, was_recorded), _ = recorded(program, X)
    assert was_recorded


@pytest.mark.parametrize(
    "arguments",
    [
        lambda x: (x,),
        lambda x: ([1, (x, 2)],),
        lambda x: ({"a": {"b": x}},),
        lambda x: (slice_of(x),),
        lambda x: (lambda: x,),
        lambda x: (slice_of(x).get,),
    ],
)
def test_what_reaches(site, arguments):
    assert recorded(lambda x: site.is_recorded(*arguments(x + 1)), X)[0]


@pytest.mark.parametrize("value", [1, "text", None, np.float64, (1, [2]), {"a": 1}, np])
def test_what_does_not_reach(site, value):
    assert not recorded(lambda x: site.is_recorded(value), X)[0]
    assert not libraries.reaches(value)


class slice_of:
    def __init__(self, x):
        self.x = x[0]

    def get(self):
        return self.x


def test_classes_methods_and_special_methods(site):
    def program(x):
        model = site.Model(x, rate=0.25)
        same = model.step(2)
        other = model + 1.0
        rows = [row + 1 for row in other]
        plain = site.Model([1.0, 2.0])
        found = model(x), other.total, rows, model[0] * 2, same is model
        return found, model, plain.step().u

    check(program, X, modes=["host"])
    recorded(program, X)
    assert site.made[-3:] == [True, True, False]
    assert site.Base.kinds == ("Model",)


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_effects(site, mode):
    def program(x, log):
        site.calls.clear()
        view = x[:, 1:]
        out = np.zeros_like(view)
        same = site.normalise(view, out=out) is out
        with site.scaled(x, 2.0) as doubled:
            log.append(doubled + 1)
        double = site.counted(lambda v: v * 2)
        log.append(double(x) + double(view.sum()))
        y, _ = site.smooth(x, 2)
        try:
            site.normalise(x[0])
        except ValueError as error:
            return str(error), double.count, same, out, y, list(site.calls), site.last
        return None

    assert_parity(program, X, [], modes=[mode], calls=2)


def test_warnings_point_to_the_caller(site):
    def program(x):
        return site.normalise(x * 0)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        npjit.accelerate(program, mode="host")(X)
    first = caught[0]
    assert str(first.message) == "all zero"
    assert first.filename == __file__
    assert first.lineno == program.__code__.co_firstlineno + 1


def test_libraries_without_numpy_are_called_as_they_are(site):
    import wiring_test_library as wiring

    def program(x):
        return wiring.call(site.is_recorded, x), wiring.hold(x + 1)

    result, left = recorded(program, X)
    assert result[0] is False
    assert "hold" in left
    assert_parity(program, X, modes=["host"], check=["value", "aliasing"])


def test_accelerated_functions_of_libraries(site):
    result, _ = recorded(site.smooth, X)
    assert result[1]
    assert "roll" in npjit.accelerate(site.smooth).converted_source()


def test_libraries_can_be_skipped(site, monkeypatch):
    monkeypatch.setenv("NPJIT_CONVERT_SKIP", "numeric_test_library")
    groups.skipped_modules.cache_clear()
    try:
        assert not recorded(lambda x: site.is_recorded(x), X)[0]
    finally:
        monkeypatch.undo()
        groups.skipped_modules.cache_clear()


@pytest.mark.parametrize(
    ("module", "name", "expected"),
    [
        ("scipy.special._logsumexp", "softmax", True),
        ("scipy.optimize._optimize", "rosen", True),
        ("scipy.optimize._optimize", "fmin", False),
        ("scipy.optimize._optimize", "fmin_of_another_kind", True),
        ("scipy.linalg._basic", "solve", False),
        ("scipy.linalgebra", "solve", True),
        ("pandas.core.frame", "DataFrame.sum", False),
        ("json.decoder", "loads", False),
    ],
)
def test_which_are_converted(module, name, expected):
    pytest.importorskip("scipy.optimize")
    assert libraries.computes(module, name) is expected
