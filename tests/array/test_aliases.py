"""Aliases: overlapping arguments, one array under several names, views that escape."""

import collections
import dataclasses
import functools
import itertools
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity


class Pair(NamedTuple):
    first: Any
    second: Any


@dataclasses.dataclass
class Box:
    a: Any
    items: list = dataclasses.field(default_factory=list)


class Slotted:
    __slots__ = ("a",)

    def __init__(self, a):
        self.a = a


class Model:
    """Arrays in attributes, in properties, in a class attribute."""

    def __init__(self, u):
        self.u = u
        self.old = None
        self._hidden = u[1:]

    @property
    def tail(self):
        return self._hidden

    @tail.setter
    def tail(self, value):
        self._hidden[...] = value

    def step(self):
        self.old = self.u
        self.u = self.u * 0.5
        self.u += self.old
        return self

    def __getitem__(self, i):
        return self.u[i]

    def __setitem__(self, i, value):
        self.u[i] = value

    def __iter__(self):
        return iter(self.u)


def overlapping(a, b):
    a += b
    b *= 2
    return a + b


def second_written(a, b):
    c = a * 2
    b[...] = 7
    return a, c


def returned(a, b):
    return a, b, a


def view_returned(a, b):
    a += 1
    return a[1:], a[1:].base is a, b[:1]


def views_of_views(a, b):
    c = a[1:]
    d = c[1:]
    d += 1
    return c, d, d.base is a


def result_and_view(a, b):
    c = a + 1
    d = c[1:]
    e = d[::-1]
    d[0] = 9
    return c, d, e


def view_only(a, b):
    return (a * 2)[1:]


def same_result_twice(a, b):
    c = a + b
    return [c, c], {"c": c}, Pair(c, c[:1])


def containers(a, b):
    rows = [a, b]
    rows.append(a + b)
    rows[0] += 1
    rows.extend([b[1:], rows[2]])
    return rows


def in_containers_of_caller(a, items, table):
    items.append(a * 2)
    items[0] += 1
    items[-1] += 1
    table["a"] = a
    table["new"] = items[-1][1:]
    del table["old"]
    return items


def deques_and_sets(a, b):
    queue = collections.deque([a], maxlen=2)
    queue.append(a + 1)
    queue.append(b * 2)
    queue[0] += 5
    groups = collections.defaultdict(list)
    groups["x"].append(a + 2)
    return queue, {a[0], b[0] + 1}, groups


def attributes(a, state):
    state.a = a
    state.b = a + 1
    state.c = state.b[1:]
    state.b *= 2
    state.old += a
    a[0] = -5


def dataclass_and_slots(a, b):
    box = Box(a)
    box.items.append(box.a * 2)
    box.a = b + 1
    slotted = Slotted(b)
    slotted.a += 1
    slotted.a = slotted.a - a
    return box, slotted, Pair(box, a)


def model(u, factor):
    m = Model(u)
    m.tail = 3
    m.tail += factor
    m[0] = m[1] + 1
    m.step()
    total = sum(v for v in m)
    return m, total, [*m]


def model_of_caller(m, factor):
    m.u *= factor
    m.step()
    m.step()
    m.tail = m.u[1:]
    return m.old


def dicts_of_arrays(params, grads):
    for name in params:
        params[name] -= 0.5 * grads[name]
        grads[name] = params[name] * 2
    return {k: v.sum() for k, v in params.items()}


def swapped(u, w):
    for _ in range(5):
        w[1:-1] = 0.5 * (u[:-2] + u[2:])
        u, w = w, u
    return u, w


def identities(a, b):
    c = a
    d = a[:]
    return (
        *(c is a, d is a, d.base is a, a is not b, c is b, c is not None),
        *(np.shares_memory(a, d), np.may_share_memory(a, b), [b, a].index(a)),
        *(id(c) == id(a), np.asarray(a) is a, np.array(a, copy=None) is a),
        *(np.ascontiguousarray(a) is a, a.reshape(-1) is a, a.T is a, a.view() is a),
        *(np.atleast_1d(a) is a, np.squeeze(a) is a, np.ravel(a).base is a),
    )


def maybe_copies(a, b):
    found = [np.asarray(a), np.asanyarray(a), np.require(a), np.array(a, copy=False)]
    found += [np.asarray(a, float), a.astype(float, copy=False), np.real(a), +a]
    found += [np.broadcast_to(a, a.shape), np.nan_to_num(a, copy=False)]
    a += 1
    return found


def by_default(a, b, cache=[]):  # noqa: B006 - the default's identity is the point
    cache.append(a + b)
    cache[0] += 1
    return cache


def closure_written(a, b):
    total = np.zeros_like(a)
    count = 0

    def add(x):
        nonlocal total, count
        total += x
        total = total + 1
        count += 1
        return total

    add(a)
    first = add(b)
    return total, first is total, add, count


def returned_closure(a, b):
    c = a * 2
    d = c[1:]

    def later():
        return c + d[0]

    d += 1
    return later, later()


def partial_result(a, b):
    return functools.partial(np.add, a + b), lambda: a


def generators(a, b):
    def rows():
        for x in (a, b):
            x += 1
            yield x * 2

    return [r + 1 for r in rows()], a, b


def generator_left_open(a, b):
    def numbers():
        c = a * 2
        for i in range(3):
            c += i
            yield c

    source = numbers()
    first = next(source)
    a += 1
    second = next(source)
    return first is second, first, a


def threads(a, b):
    c = a + b
    found = []

    def work():
        found.append(c.sum())
        c[0] = 100
        found.append(float(c.flat[0]))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    c += 1
    return c, found


def recursion(a, b, depth=3):
    if depth == 0:
        return a
    a += b
    return recursion(a[1:], b[:-1], depth - 1)


def sorted_list(a, b):
    rows = sorted([a * 2, b], key=lambda r: r[0])
    rows[0] += 1
    return rows


def tuples(a, b):
    t = (a, a + 1, (b, b + 1))
    t[1][0] = 3
    _, y, (z, _w) = t
    y += 1
    z -= 1
    first, *rest = t
    return t, first is a, rest


def stacked(a, b):
    both = np.stack([a, b])
    both[0] += 1
    parts = np.split(both, 2)
    parts[1] += 5
    one, two = both
    two[0] = -1
    return both, parts, one


def memory_of_unpacked(a, b):
    (p, q), r = a[:2], b
    p += 1
    return a, p, q, r


def result_of_nothing(a, b):
    a += 1


A = np.arange(6.0)
WHOLE = np.arange(10.0)
GRID = np.arange(16.0).reshape(4, 4)
PAIRS: dict[str, tuple[Any, Any]] = {
    "apart": (A, A[::-1].copy()),
    "same": (A, A),
    "overlapping": (WHOLE[:6], WHOLE[4:]),
    "reversed": (WHOLE[:5], WHOLE[4::-1]),
    "interleaved": (WHOLE[::2], WHOLE[1::2]),
    "base and view": (WHOLE, WHOLE[:10]),
    "column and row": (GRID[:, 1], GRID[1]),
    "transposed": (GRID, GRID.T),
    "of one buffer": (np.frombuffer(bytearray(48)), A),
}
OF_PAIRS: list[Callable[..., Any]] = [overlapping, second_written, returned]
OF_PAIRS += [view_returned, views_of_views, result_and_view, view_only]
OF_PAIRS += [same_result_twice, containers, dataclass_and_slots, model, identities]
OF_PAIRS += [maybe_copies, closure_written, returned_closure, generators, threads]
OF_PAIRS += [generator_left_open, sorted_list, tuples, stacked, memory_of_unpacked]
OF_PAIRS += [result_of_nothing, deques_and_sets, partial_result, by_default]


@pytest.mark.parametrize("mode", ["host", "jit"])
@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("fn", OF_PAIRS, ids=lambda f: f.__name__)
def test_pair(fn, pair, mode):
    calls = 2 if mode == "host" else 1
    assert_parity(fn, *PAIRS[pair], modes=[mode], calls=calls)


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_swapped(mode):
    for pair in ("apart", "same", "base and view"):
        assert_parity(swapped, *PAIRS[pair], modes=[mode])


def test_recursion():
    assert_parity(recursion, A, A + 1)


def test_containers_of_the_caller():
    a, b = A.copy(), A[1:]
    items = [a, b]
    assert_parity(in_containers_of_caller, a, items, {"old": a, "items": items})


def test_attributes_of_the_caller():
    assert_parity(attributes, A, SimpleNamespace(old=A[::-1]))
    m = Model(A.copy())
    assert_parity(model_of_caller, m, 3.0)
    assert_parity(model_of_caller, m, m.u)


def test_parameters_and_gradients():
    params = {"w": GRID.copy(), "b": A.copy()}
    assert_parity(dicts_of_arrays, params, {"w": GRID.T, "b": params["b"]})


def test_argument_that_is_captured():
    field = np.arange(5.0)
    other = field[1:]

    def fn(a):
        a += 1
        total = field * 2
        field[0] = -1
        other[...] += a[:4]
        return a, total, other

    assert_parity(fn, field)
    assert_parity(fn, other)
    assert_parity(fn, field[::-1])


GLOBAL = np.arange(4.0)
TABLE = {"a": GLOBAL[1:]}


def uses_globals(a):
    global GLOBAL
    GLOBAL[0] += 1
    GLOBAL *= a
    TABLE["a"][0] = 5
    TABLE["b"] = GLOBAL * 2
    GLOBAL = GLOBAL + 1
    GLOBAL += 1
    return GLOBAL, TABLE["a"]


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_globals(mode):
    def run(fn, with_global):
        global GLOBAL, TABLE
        GLOBAL = np.arange(4.0)
        TABLE = {"a": GLOBAL[1:]}
        first = GLOBAL
        result = fn(GLOBAL if with_global else 2.0)
        return first, GLOBAL, TABLE, result, result[0] is GLOBAL

    fast = npjit.accelerate(uses_globals, mode=mode)
    for with_global in (False, True):
        expected, found = run(uses_globals, with_global), run(fast, with_global)
        assert repr(found) == repr(expected)
        assert type(found[1]) is type(found[2]["b"]) is np.ndarray
        assert np.shares_memory(found[0], found[2]["a"])


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_results_are_independent_of_later_calls(mode):
    @npjit.accelerate(mode=mode)
    def fn(a):
        return a + 1, a[1:]

    a = np.arange(4.0)
    first, view = fn(a)
    kept = first.copy()
    a += 10
    second, _ = fn(a)
    assert (first == kept).all()
    assert not np.shares_memory(first, second)
    assert view.base is a
    first[0] = 7
    assert second[0] == 11


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_stand_in_that_nobody_found_forwards_to_its_array(mode):
    @npjit.accelerate(mode=mode)
    def fn(a):
        b = a + 1
        return b, itertools.repeat(b)  # C code keeps it

    b, kept = fn(np.arange(3.0))
    stand_in = next(kept)
    assert type(b) is np.ndarray
    assert isinstance(stand_in, np.ndarray)
    stand_in[0] = 9
    stand_in += 1
    b[2] = -1
    assert (np.asarray(stand_in) == b).all()
    assert b.tolist() == [10, 3, -1]
    assert type(stand_in + 1) is np.ndarray
    assert stand_in[1:].base is b
    assert type(stand_in.sum()) is np.float64
    double = npjit.accelerate(lambda x: x * 2, mode=mode)
    assert double(stand_in).tolist() == [20, 6, -2]
