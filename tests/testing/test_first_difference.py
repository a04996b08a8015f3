"""A difference is told with the line of the operation that first differs."""

import functools
import itertools
import linecache
from types import SimpleNamespace

import numpy as np
import pytest

from npjit.testing import ParityError
from npjit.testing.parity import Settings, check_parity

DRAWS = iter(range(100))  # a global: not the same for the two functions
_numbers = itertools.count()


def defined(text, filename):
    """Execute a module's text, found under a file name, and return its `f`."""
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    namespace = {"np": np}
    exec(compile(text, filename, "exec"), namespace)
    return namespace["f"]


def message(text, changed, *args, **settings):
    """What is told of a function that runs with some of its text changed."""
    filename = f"<first difference {next(_numbers)}>"
    other = defined(text.replace(*changed), filename)
    plain = defined(text, filename)

    def accelerate(fn, **options):
        return functools.wraps(fn)(lambda *args: other(*args))

    settings = {"modes": ("host",), "accelerate": accelerate} | settings
    with pytest.raises(ParityError) as caught:
        check_parity(plain, args, {}, Settings(**settings))
    return str(caught.value).replace(filename, "FILE")


SEVERAL = """\
def g(y):
    z = y * 2
    return z + 1

def f(x, s):
    y = x + 1
    t = 0
    for i in range(3):
        s.u[i] += y[i]
        t = t + g(
            y
        ).sum()
    return {"t": [t, y], "n": (lambda: y.size)()}
"""
# what is changed, the line told, the variable named
CHANGES = [
    (("x + 1", "x + 2"), 6, "y: element [0]: np.float64(2.0), NumPy gives"),
    (("+= y", "-= y"), 9, "s.u: element [0]"),
    (("y * 2", "y * 3"), 2, "z: element [0]"),
    (("z + 1", "z + 2"), 3, "the result: element [0]"),
    ((").sum()", ").max()"), 10, "t: "),
    (("y.size", "y.size + 1"), 13, "the result: 4, NumPy gives 3"),
    (("x + 1", "(x + 1).astype('f4')"), 6, "y: dtype float32"),
]


@pytest.mark.parametrize(("changed", "lineno", "what"), CHANGES)
def test_line_and_variable_are_told(changed, lineno, what):
    told = message(SEVERAL, changed, np.arange(3.0), SimpleNamespace(u=np.ones(3)))
    line = SEVERAL.splitlines()[lineno - 1].strip()
    assert f"first differs after FILE:{lineno}\n    {line}\n    {what}" in told


def test_no_line_is_told_where_the_two_go_different_ways():
    text = "def f(x):\n    if x > 3:\n        return 1\n    return 2\n"
    told = message(text, ("x > 3", "x > 5"), 4)
    assert told.startswith("result: 2, NumPy gives 1")
    assert "first differs" not in told


def test_message_of_a_value():
    text = "def f(x):\n    return {'u': [x, x[0] + 1]}\n"
    told = message(text, ("x[0] + 1", "x[0] + 1 + 2**-52"), np.array([0.0, 4.0]))
    assert told.splitlines() == [
        "result['u'][1]: np.float64(1.0000000000000002), NumPy gives np.float64(1.0)"
        " (1 ulp, relative 2.2e-16)",
        "in mode 'host', call 1 of 3",
        "first differs after FILE:2",
        "    return {'u': [x, x[0] + 1]}",
        "    the result['u'][1]: np.float64(1.0000000000000002), NumPy gives"
        " np.float64(1.0) (1 ulp, relative 2.2e-16)",
    ]


def test_what_is_not_checked_is_no_first_difference():
    text = "def f(x):\n    y = x + 0\n    return y * 2\n"
    changed = "x + 0\n    return y", "np.float64(x)\n    return 1 + y"
    told = message(text, changed, np.float32(1), check=frozenset({"value"}))
    assert "FILE:3" in told


def test_lines_before_the_failing_call_are_no_difference():
    text = "seen = []\ndef f(x):\n    seen.append(x)\n    y = len(seen)\n    return y\n"
    told = message(text, ("len(seen)", "min(len(seen), 2)"), 1.0)
    assert "call 3 of 3" in told


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_stand_ins_are_read(mode):
    def f(x):
        y = x * 2
        noise = next(DRAWS)
        z = y + noise
        return z - 1

    with pytest.raises(ParityError) as caught:
        check_parity(f, (np.ones(3),), {}, Settings(modes=(mode,)))
    assert "noise = next(DRAWS)" in str(caught.value)
