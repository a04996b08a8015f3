"""Functions that `exec` made record through a view of their globals, or are foreign."""

import math
import subprocess
import sys
import warnings

import numpy as np
import pytest

import npjit
from npjit._convert.globals_view import ViewedFunction, ViewedModule
from npjit._diagnostics.events import capture
from npjit.errors import Reason
from tests.convert.checks import check

X = np.array([0.1, -2.0, 3.0, 0.4])
TABLE = np.arange(4.0)
SOURCE = """
def kernel(x, n=3, *, scale=None):
    z = np.zeros(x.shape)
    for i in range(n):
        z += np.sin(x) * TABLE[i] + math.sqrt(2.0) * HALF
    z[1:] = x[:-1]
    return z, max(z[0], 1.0), [v * 2 for v in z], np.arange(3) + x[:3], np.stack((z, x))

def names(x):
    same = np.zeros is np.zeros, np.sin is np.sin, np.linalg is np.linalg
    is_array, dtype = isinstance(x, np.ndarray), x.dtype is np.dtype(float)
    return same, is_array, np.pi, np.float64(2.0), dtype

def calls(x):
    return helper(x) + np.ones(4) + helper(np.ones(4)), np.linalg.norm(x)

def hands_over(x):
    return np.piecewise(x, [x < 0, x >= 0], [helper, helper]), list(map(helper, [x, x]))

def gets_an_older_array(x):
    a = np.ones(4)
    a += x
    TABLE[0] = 5.0
    held = older(x)
    held[1][0] = 9
    x += held[1]
    a *= 2
    return held, a, TABLE.sum(), np.zeros(4) + x

def writes_arrays(x):
    x *= 2
    TABLE[:] = x
    x[0] = TABLE.sum()
    return x

def fails(x):
    y = x + 1
    y[0] = 7
    raise ValueError(y, np.zeros(3))

def finds_no_name(x):
    return np.cos(x) + missing

def warns(x):
    return x / 0.0

def returns_functions(x):
    return np.zeros, helper, np, x

def stores_in_a_list(x, into):
    into.append(x)
    x += 1
    return x * 2

def stores_globally(x):
    global LAST
    LAST = x
    return x + 1

def imports(x):
    import math
    return math.cos(x[0])

def yields(x):
    yield x + 1

def asks_for_the_type(x):
    return type(x) is np.ndarray

def draws(x):
    return np.random.default_rng(3).normal(size=4) + x

def has_a_closure(x):
    def inner():
        return x + 1
    return inner()

def enters(x):
    with np.errstate(divide="ignore"):
        return x / 0.0

def sets_attributes(x):
    helper.seen = x
    return x + 1
"""


def helper(x):
    return x * 2


def older(x):
    return [x, TABLE]


def _program(function):
    def program(x):
        TABLE[:] = [0.0, 1.0, 2.0, 3.0]
        y = x + 1
        try:
            return function(y), function(y[::-1]), y, TABLE * 1
        except NameError as error:
            return str(error)

    return program


def function_named(name):
    """Return a function of the source, made anew."""
    scope = {"np": np, "math": math, "TABLE": TABLE, "HALF": 0.5, "__name__": "made"}
    scope |= {"helper": helper, "older": older}
    exec(SOURCE, scope)
    return scope[name]


RECORDED = [
    *("kernel", "names", "calls", "hands_over", "gets_an_older_array"),
    *("writes_arrays", "finds_no_name", "warns", "returns_functions"),
]
FOREIGN = [
    *("imports", "asks_for_the_type", "draws", "has_a_closure", "enters"),
    *("sets_attributes", "stores_globally"),
]


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("name", [*RECORDED, *FOREIGN])
def test_parity(name, mode):
    function = function_named(name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(_program(function), X, modes=[mode])


def test_an_error():
    check(_program(function_named("fails")), X, modes=["host"], raises=True)


def test_arguments_that_lead_to_arrays():
    function = function_named("stores_in_a_list")

    def program(x):
        kept = []
        y = x + 1
        return function(y, kept), y + 1, kept

    check(program, X)


def test_generators():
    function = function_named("yields")
    check(lambda x: [row * 2 for row in function(x)], X)


def _events(name):
    function = function_named(name)
    with capture() as events:
        npjit.accelerate(lambda x: function(x + 1), mode="host")(X)
    return events


@pytest.mark.parametrize("name", ["kernel", "calls", "writes_arrays", "warns"])
def test_they_are_recorded(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        events = _events(name)
    assert not [e for e in events if e.reason is Reason.FOREIGN]
    assert [e.operation for e in events if e.reason is Reason.NO_SOURCE] == [name]
    assert sum(e.count for e in events if e.name == "record") > 1


@pytest.mark.parametrize("name", FOREIGN)
def test_those_that_could_let_a_stand_in_out_are_foreign(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        events = _events(name)
    assert name in [e.operation for e in events if e.reason is Reason.FOREIGN]


def test_warnings_point_to_the_module_that_was_made():
    function = function_named("warns")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        for _ in range(2):
            npjit.accelerate(lambda x: function(x + 1), mode="host")(X)
    assert [w.filename for w in caught] == ["<string>"]
    assert caught[0].lineno == 1 + SOURCE[: SOURCE.index("x / 0.0")].count("\n")


def test_no_substitute_gets_out():
    function = function_named("returns_functions")
    run = npjit.accelerate(lambda x: function(x), mode="host")
    assert run(X)[:3] == (np.zeros, helper, np)
    assert {type(f) for f in run(X)[:3]}.isdisjoint({ViewedFunction, ViewedModule})


@pytest.mark.parametrize(
    "name", ["kernel", "calls", "writes_arrays", "stores_globally"]
)
def test_accelerated_functions_without_source(name):
    function = function_named(name)
    TABLE[:] = [0.0, 1.0, 2.0, 3.0]
    expected, x = function(X.copy()), X.copy()
    TABLE[:] = [0.0, 1.0, 2.0, 3.0]
    with capture() as events:
        found = npjit.accelerate(function, mode="host")(x)
    np.testing.assert_equal(found, expected)
    assert type(found) is type(expected)
    is_recorded = "record" in {e.name for e in events}
    assert is_recorded == (name != "stores_globally")


def test_a_program_given_on_the_command_line():
    lines = [
        "import numpy as np, npjit",
        "scale = np.arange(3.0)",
        "def double(x): return x * 2",
        "def f(x):",
        "    y = np.zeros(3) + double(x) * scale",
        "    return y, npjit.is_recording()",
        "x = np.ones(3)",
        "y, recorded = npjit.accelerate(f, mode='host')(x)",
        "print(type(y), y, recorded, x)",
    ]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert done.stdout == "<class 'numpy.ndarray'> [0. 2. 4.] True [1. 1. 1.]\n"
