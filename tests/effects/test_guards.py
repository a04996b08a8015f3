"""Guards hold for what they were made of, and for nothing else."""

import collections
import enum
import functools
import math
import operator
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from npjit._effects.guards import Guards, Unguarded, same_bits

Point = collections.namedtuple("Point", "x y")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


class Thing:
    k = 1

    def act(self) -> int:
        return 1


class Other(Thing):
    pass


def guards_of(x: Any) -> Callable[[Any], bool]:
    """Whether the guards of a call with one argument hold for another argument."""
    guards = Guards()
    guards.arguments((x,), {})
    function = guards.function()
    return lambda y: function((y,), {}) is not None


A = np.arange(6.0).reshape(2, 3)
#: An argument, arguments that are the same to the guards, and some that are not.
ROWS: list[tuple[Any, list[Any], list[Any]]] = [
    (1, [1], [True, 1.0, 2, np.int64(1)]),
    (True, [True], [1, False]),
    (0.0, [0.0], [-0.0, 0, 1.0]),
    (1.5, [1.5], [2.5, np.float64(1.5)]),
    (math.nan, [math.nan], [1.0, math.inf]),
    (1j, [1j], [-1j, 1]),
    ("a", ["a"], ["b", b"a"]),
    (None, [None], [0, False]),
    (..., [...], [None]),
    (2**100, [2**100], [2**100 + 1]),
    (range(3), [range(3)], [range(4), [0, 1, 2]]),
    (np.float64(1), [np.float64(1)], [np.float32(1), np.float64(2), 1.0]),
    ((1, 2), [(1, 2)], [(1, 3), [1, 2], (1, 2, 3)]),
    ([1, [2.0]], [[1, [2.0]]], [[1, [3.0]], [1], [1, [2]]]),
    ({"a": 1, "b": 2}, [{"a": 1, "b": 2}], [{"b": 2, "a": 1}, {"a": 1}, {}]),
    ({1: 0}, [{1: 0}], [{True: 0}, {1.0: 0}, {1: 1}]),
    ({(1, 2): 0}, [{(1, 2): 0}], [{(1, 3): 0}]),
    ({1, 2}, [{1, 2}], [{1, 3}, frozenset({1, 2})]),
    (Point(1, 2), [Point(1, 2)], [(1, 2), Point(1, 3)]),
    (slice(1, None), [slice(1, None)], [slice(2, None)]),
    (Colour.RED, [Colour.RED], [Colour.BLUE]),
    (math.sin, [math.sin], [math.cos]),
    (np.add, [np.add], [np.subtract]),
    (np.dtype("f4"), [np.dtype("f4")], [np.dtype("f8")]),
    (Thing, [Thing], [Other]),
    (Thing(), [Thing()], [Other(), 1]),
    (functools.partial(max, 1), [functools.partial(max, 1)], [max]),
    (functools.partial(max, 1), [], [functools.partial(max, 2)]),
    (A, [A + 1, A.copy()], [A.T, A[:1], A.astype("f4"), A.tolist(), A[:, ::-1]]),
    ([A], [[A + 1]], [[A[0]], [A, A], A]),
]


@pytest.mark.parametrize(("x", "same", "others"), ROWS, ids=lambda x: repr(x)[:20])
def test_guards_of_an_argument(x, same, others):
    hold = guards_of(x)
    assert hold(x)
    assert all(map(hold, same))
    assert not any(map(hold, others))


@pytest.mark.parametrize(
    "x",
    [iter([1]), (i for i in "a"), np.array([None]), np.ma.array([1]), [0] * 1000],
    ids=lambda x: type(x).__name__,
)
def test_what_no_guard_can_watch(x):
    with pytest.raises(Unguarded):
        guards_of(x)


def test_number_and_names_of_arguments():
    guards = Guards()
    guards.arguments((1,), {"a": 2, "b": 3})
    holds = guards.function()
    assert holds((1,), {"a": 2, "b": 3}) is not None
    assert holds((1, 2), {"a": 2, "b": 3}) is None
    assert holds((1,), {"b": 3, "a": 2}) is None
    assert holds((1,), {"a": 2}) is None


def test_one_object_at_two_places():
    guards = Guards()
    guards.arguments((A, [A]), {})
    holds = guards.function()
    assert holds((A, [A]), {}) is not None
    assert holds((A, [A.copy()]), {}) is None


def test_attributes_are_read_anew():
    model = types.SimpleNamespace(k=1)
    guards = Guards()
    guards.arguments((model,), {})
    guards.attribute(model, "k", model.k)
    holds = guards.function()
    assert holds((types.SimpleNamespace(k=1),), {}) is not None
    assert holds((types.SimpleNamespace(k=2),), {}) is None
    assert holds((types.SimpleNamespace(),), {}) is None


def test_methods_are_those_of_the_class(monkeypatch):
    thing = Thing()
    guards = Guards()
    guards.arguments((thing,), {})
    guards.attribute(thing, "act", thing.act)
    holds = guards.function()
    assert holds((thing,), {}) is not None
    hidden = Thing()
    hidden.act = int  # type: ignore[method-assign]
    assert holds((hidden,), {}) is None
    monkeypatch.setattr(Thing, "act", lambda self: 2)
    assert holds((thing,), {}) is None


def function_with_state(k=[1]):  # noqa: B006 - the default is changed
    return operator, Point, k


def test_functions_are_watched_with_their_globals(monkeypatch):
    guards = Guards()
    guards.entrance(function_with_state)
    holds = guards.function()
    assert holds((), {}) is not None
    with monkeypatch.context() as patch:
        patch.setitem(globals(), "Point", tuple)
        assert holds((), {}) is None
    function_with_state.__defaults__[0].append(2)
    assert holds((), {}) is None
    function_with_state.__defaults__[0].pop()
    assert holds((), {}) is not None
    monkeypatch.setattr(function_with_state, "__code__", (lambda k: k).__code__)
    assert holds((), {}) is None


def test_what_is_vouched_for_is_not_watched():
    model = types.SimpleNamespace(k=1)
    guards = Guards(vouched=True)
    guards.arguments((model, 3), {})
    guards.attribute(model, "k", model.k)
    holds = guards.function()
    assert holds((types.SimpleNamespace(k=2), 3), {}) is not None
    assert holds((model, 4), {}) is None


def test_same_bits():
    assert same_bits(math.nan, math.nan)
    assert not same_bits(0.0, -0.0)
    assert not same_bits(1, 1.0)
    assert not same_bits(np.float32(1), np.float64(1))
