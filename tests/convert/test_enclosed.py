"""Which blocks reach arrays by nothing but names."""

import io
import math

import numpy as np
import pytest

import npjit
from npjit._convert.enclosed import is_enclosed, is_harmless
from npjit._runtime import block
from tests.ids import stable

x = np.arange(3.0)
numbers = [1, 2.0, ("a", None), {"b": 1j}]
arrays = {"x": x}


class Holder:
    u = x


holder = Holder()


def helper(a):
    return a + 1


def host():
    return npjit.accelerate(mode="host")


def names_and_numpy(a):
    unused = holder
    with host():
        b = np.zeros(3) + a[1:].sum() + len(a) + math.pi
        for i in range(2):
            b[i] = helper(b)[i] * numbers[0]
        if float(b[0]) > 1e9:
            raise ValueError(f"{b}", np.float64(3), print)
        c = [row * 2 for row in b]
    return unused.u, b, c  # what comes after does not count


def nested(a):
    with host():
        b = a + 1
        with host():
            b = npjit.asarray(b) * 2
    return b


def attribute(a):
    with host():
        return a + holder.u


def item_of_a_container(a):
    with host():
        return a + arrays["x"]


def file(a, f=io.StringIO()):  # noqa: B008 (made once)
    with host():
        f.write(str(a[0]))


def class_of_users(a):
    with host():
        return Holder().u + a


def other_dtype(a, text=np.array(["a"])):  # noqa: B008 (made once)
    with host():
        return a[text == "a"]


def frames(a):
    with host():
        return locals()["a"]


def import_inside(a):
    with host():
        import math as mathematics

        return a + mathematics.pi


ROWS = [
    (names_and_numpy, [True]),
    (nested, [True]),
    (attribute, [False]),
    (item_of_a_container, [False]),
    (file, [False]),
    (class_of_users, [False]),
    (other_dtype, [False]),
    (frames, [False]),
    (import_inside, [False]),
]


@pytest.mark.parametrize(("fn", "expected"), ROWS, ids=lambda x: x)
def test_is_enclosed(fn, expected, monkeypatch):
    found = []

    def watched(names):
        found.append(is_enclosed(names))
        return found[-1]

    monkeypatch.setattr(block, "is_enclosed", watched)
    fn(np.arange(1.0) if fn is other_dtype else np.arange(3.0))
    assert found == expected


def test_without_source_what_comes_after_counts(monkeypatch):
    found = []
    monkeypatch.setattr(block, "is_enclosed", lambda n: found.append(is_enclosed(n)))
    text = "with host():\n y = x + 1\n"
    exec(text, {"host": host, "x": x, "holder": holder})
    exec(text + "holder\n", {"host": host, "x": x, "holder": holder})
    exec("holder\n" + text, {"host": host, "x": x, "holder": holder})
    assert found == [True, False, True]


@pytest.mark.parametrize(
    ("obj", "expected"),
    [
        (numbers, True),
        ([[1, (2, {"a": range(3)})]], True),
        ([x], False),
        ({"a": (x,)}, False),
        (holder, False),
        (np.random, True),
        (io, False),
        (eval, False),
        (open, True),
        (ZeroDivisionError, True),
        (list(range(20_000)), True),
        (np.float32(1), True),
    ],
    ids=stable,
)
def test_is_harmless(obj, expected):
    assert is_harmless(obj) is expected


def test_escaped_arrays_end_it():
    """A real array in the hands of the block's code may be written at any time."""
    a = np.arange(3.0)
    with host():
        b = a + 1
        memory = np.frombuffer(npjit.realize(a))
        memory[0] = 50
        c = a * 2
        memory[1] = 7
    assert b.tolist() == [1, 2, 3]
    assert c.tolist() == [100, 2, 4]
    assert a.tolist() == [50, 7, 2]
