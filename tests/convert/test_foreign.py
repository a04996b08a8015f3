"""Code that npjit does not convert sees real arrays with current values.

It may write and keep them, and call back; after the call no stand-in is left anywhere.
"""

import collections
import contextlib
import copy
import ctypes
import functools
import pickle
import threading
import types

import numpy as np
import pytest

import npjit
from tests.convert import foreign_helpers as lib
from tests.convert.checks import check, stand_ins

X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)


# -- What it reads, writes and keeps -------------------------------------------------


def test_it_reads_arguments_globals_attributes_and_closures():
    class Model:
        def __init__(self, u):
            self.u = u
            self.parts = {"rows": [u[0], u[1]]}

    def program(x):
        model = Model(x)
        y = x + 1
        look = lib.unconverted(lambda: (y.sum(), lib.GRID.sum(), model.u[0].copy()))
        lib.GRID[...] = x
        lib.GRID += 1
        x[0] = 9.0
        model.u *= 2
        model.parts["rows"][0] += 5
        seen = look()
        y += 1
        return seen, look(), lib.total_of(model.parts["rows"]), lib.GRID.copy()

    check(program, X)


def test_it_writes():
    def program(x):
        y = x * 2
        z = y[1]
        lib.fill(y[0], 7.0)
        w = y + z
        lib.fill(z, -1.0)
        lib.fill(x.T, 3.0)
        return w, y, z + 1, x * 2

    check(program, X)


def test_it_writes_between_pending_reads():
    def program(x):
        y = x + 1  # pending: reads x before the write
        lib.fill(x, 0.0)
        z = x + y
        x += 1
        lib.fill(x[:, 0], 4.0)
        return y, z, x + z

    check(program, X)


def test_it_keeps_and_writes_later():
    def program(x):
        y = x * 2
        keeper = lib.Keeper()
        keeper.keep(y)
        y += 1
        first = keeper.total()
        keeper.write(5.0)
        z = y.sum()
        y[0] = 1.0
        keeper.write(6.0)
        return first, z, y + 1, keeper.total(), keeper

    check(program, X)


def test_it_returns_views_and_its_own_arrays():
    def program(x):
        y = x + 1
        row = lib.same(y)[0]
        row += 10
        window = lib.view_of(y)
        window *= 2
        fresh = lib.fresh(y)
        fresh += y
        assert lib.same(y) is y
        return y, row, window, fresh

    check(program, X)


def test_it_returns_containers():
    def program(x):
        found = lib.stats_of(x * 2)
        a, (b, c) = lib.pair_of(x + 1)
        found["mean"] += 1
        total = sum(v.sum() for v in found.values())
        for item in lib.items_of(x):
            total = total + item
        return found, a + 1, b * 2, c, total

    check(program, X)


def test_marked_host():
    @npjit.host
    def on_host(a, out):
        assert [type(a), type(out[0])] == [np.ndarray, np.ndarray]
        out[0][...] = a
        return a.base is None, a + 1

    def program(x):
        y = x * 2
        z = x - 1
        owned, w = on_host(y, [z])
        return owned, w, z + 1

    check(program, X)


def test_modules_that_are_skipped(monkeypatch):
    def program(x):
        return lib.kind_of(x + 1), x

    run = npjit.accelerate(program, mode="host")
    from npjit._convert import groups

    monkeypatch.setenv("NPJIT_CONVERT_SKIP", "tests.convert.foreign_helpers")
    groups.skipped_modules.cache_clear()
    lib.reset_conversion(lib.kind_of)
    assert run(X)[0] == "real"
    monkeypatch.undo()
    groups.skipped_modules.cache_clear()
    lib.reset_conversion(lib.kind_of)
    assert run(X)[0] == "recorded"


def test_code_that_changes_errstate():
    def program(x):
        lib.quiet_divisions()
        try:
            return x / 0
        finally:
            lib.restore_divisions()

    check(program, X)


def test_it_raises():
    def program(x):
        try:
            lib.fail_after_write(x)
        except lib.Failure as error:
            return error.args[0] + 1, error.array * 2, x + 1
        lib.fail_after_write(x)
        return None

    check(program, X)


# -- Callbacks -----------------------------------------------------------------------


def test_callbacks_read_and_write():
    def program(x):
        y = x + 1
        seen = []

        def visit(row):
            nonlocal y
            seen.append(row + y[0])
            x[0] += 1
            y = y + row
            return row.sum()

        total = lib.each(visit, x)
        y[0] = 5.0
        return total, seen, y, x

    check(program, X)


def test_callbacks_of_numpy():
    def program(x):
        y, log = x + 1, []

        def visit(row):
            log.append(row.sum() + y[0, 0])
            x[0, 0] += 1
            return row * y[1]

        rows = np.apply_along_axis(visit, 1, x + 2)
        parts = np.piecewise(x, [x < 0, x >= 0], [lambda v: v - y[0, 0], np.negative])
        clip = np.vectorize(lambda a: min(a, float(y[0, 1])))
        add = np.frompyfunc(lambda a, b: a + b * float(y[0, 0]), 2, 1)
        table = np.fromfunction(lambda i, j: i + j * y[:3, :3], (3, 3))
        y += 1
        again = np.apply_over_axes(np.sum, y, [0])
        items = np.fromiter((v * 2 for v in y[0]), float)
        return rows, log, parts, clip(x), add(x, 1), table, again, items, x

    check(program, X)


def test_threads_of_the_program():
    def program(x):
        y, out = x + 1, {}
        x *= 2

        def work(i):
            out[i] = y[i] + x[i]
            x[i] = -1.0

        threads = [threading.Thread(target=work, args=(i,)) for i in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        y += 1
        return [out[i] for i in range(3)], y, x

    check(program, X)


def test_callbacks_that_call_the_function_again():
    def program(x, depth=2):
        y = x * 2
        if depth == 0:
            return y
        inner = lib.each(lambda row: fast(row, depth - 1).sum(), y)
        return inner.sum() + y

    fast = program
    check(program, X[:2])


# -- Notes: where stand-ins were stored ----------------------------------------------


class Node:
    """An object that refers to others."""

    count = 0
    shared = None

    def __init__(self, value, *children):
        self.value = value
        self.children = list(children)
        self.info = {"sum": value.sum(), "pair": (value, [value + 1])}


class Slots:
    """An object without `__dict__`."""

    __slots__ = ("items", "value")

    def __init__(self, value):
        self.value = value
        self.items = [(value, {"v": value * 2})]


Named = collections.namedtuple("Named", "a b")


def test_nested_containers():
    def program(x, kept):
        y = x + 1
        kept["lists"] = [[y], [[y * 2]]]
        kept.setdefault("more", []).append((y, [y + 2]))
        kept["named"] = {"n": Named(y, [y * 3])}
        kept["slots"] = Slots(y)
        kept["tree"] = Node(y, Node(y[0]), Node(y[1], Node(y * 0)))
        kept["deque"] = collections.deque([y, x], maxlen=2)
        kept["deque"].append(y * 4)
        kept["default"] = collections.defaultdict(list)
        kept["default"]["k"].append(y)
        kept["ordered"] = collections.OrderedDict(a=y)
        kept["chain"] = collections.ChainMap({"c": y}, kept["ordered"])
        kept["chain"]["d"] = y + 7
        kept["space"] = types.SimpleNamespace(y=y)
        kept["space"].z = y * 2
        kept["partial"] = functools.partial(np.add, y, out=y * 0)
        kept["scalars"] = {y.sum(): y.max()}
        kept["closure"] = lambda: y
        kept["frozen"] = frozenset([y.sum()])
        kept["set"] = {y.min()}
        kept["set"].add(y.max())
        Node.shared = y
        kept["class"] = Node.shared
        kept["cycle"] = kept["lists"]
        kept["lists"].append(kept["lists"])

    check(program, X, {})
    assert type(Node.shared) is np.ndarray


def test_globals_of_other_modules():
    def program(x):
        lib.set_global(x + 1)
        lib.bump()
        lib.state.append(lib.current)
        lib.state[0] = lib.state[0] * 2
        lib.config.grid = x * 2
        del lib.state[1:]
        return lib.current, lib.state, lib.config.grid

    check(program, X)
    assert type(lib.current) is np.ndarray
    assert type(lib.config.grid) is np.ndarray
    assert type(lib.state[0]) is np.ndarray


def test_cells_of_functions_never_converted():
    make, read = lib.counter()

    def program(x):
        make(x + 1)
        make(x * 2)
        return read()

    check(program, X)
    npjit.accelerate(program, mode="host")(X)
    assert [type(c) for c in read()] == [np.ndarray, np.ndarray]


def test_objects_made_and_dropped_in_loops():
    def program(x):
        held = []

        def census():
            held.append(len(npjit_stand_ins()))

        total = x * 0
        for i in range(400):
            boxes = [[x + i], {"a": x * i}]
            node = Node(boxes[0][0])
            node.children.append(boxes[1])
            total = total + node.children[0]["a"]
            if i % 100 == 99:
                census()
        return total, held

    npjit_stand_ins = npjit.host(stand_ins)
    _, held = npjit.accelerate(program, mode="host")(X)
    assert max(held) <= held[0] + 10


def test_results_kept_are_dropped_by_the_program():
    def program(x):
        cache = {}
        for i in range(5):
            cache[i % 2] = x + i
        big = [x * i for i in range(5)]
        big.clear()
        cache.pop(0)
        return cache

    check(program, X)


def test_copies_and_pickles():
    def program(x):
        y = x + 1
        node = Node(y, Node(y[0]))
        y[0] = 7.0
        other = copy.deepcopy(node)
        shallow = copy.copy(node)
        node.value += 1
        return (
            other.value + 1,
            shallow.value,
            pickle.loads(pickle.dumps(node)),
            copy.deepcopy({"y": [y, y]}),
            copy.copy(y),
        )

    check(program, X)


def test_an_exception_leaves_real_arrays_everywhere():
    def program(x, kept):
        y = x + 1
        kept["y"] = [y]
        lib.set_global(y * 2)
        node = kept["node"] = Node(y)
        x += 1
        node.value[0] = 3.0
        with contextlib.suppress(KeyError):
            raise KeyError(y)
        raise lib.Failure(y * 2)

    check(program, X, {}, raises=True)
    assert type(lib.current) is np.ndarray


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_no_frame_or_cache_keeps_a_stand_in(mode):
    def program(x):
        y = x + 1
        return lib.stats_of(y), [v * 2 for v in y], y @ y.T

    before = len(stand_ins())
    run = npjit.accelerate(program, mode=mode)
    for _ in range(3):
        run(X)
    assert len(stand_ins()) == before


# -- Regressions ---------------------------------------------------------------------


class Tagged(tuple):
    """A tuple with attributes, whose class asks for other arguments than tuple's."""

    def __new__(cls, first, second):
        return super().__new__(cls, (first, second))


def test_tuples_of_classes_with_arguments_of_their_own():
    tag = npjit.host(lambda pair: setattr(pair, "tag", pair[0].sum()))

    def program(x):
        pair = Tagged(x + 1, x[0] * 2)
        pair.note = x * 3
        tag(pair)
        return pair, pair.tag, pair.note + 1

    check(program, X)


class Pair(collections.namedtuple("Pair", "a b")):
    """A named tuple with an `__init__`."""

    def __init__(self, a, b):
        self.total = a.sum() + b.sum()


def test_named_tuples_with_attributes():
    def program(x):
        pair = Pair(x + 1, x[0])
        return pair, pair.total * 2

    check(program, X)


class Counting:
    """A callable instance that stores a global and a variable of its maker."""

    def __call__(self, value):
        global last_value
        last_value = value * 2


last_value = None


def test_callable_instances_that_store_globals():
    npjit.accelerate(lambda x: Counting()(x + 1), mode="host")(X)
    assert type(last_value) is np.ndarray


def test_spread_arguments_are_lifted():
    def total(*args, **kwargs):
        return sum(a.sum() for a in (*args, *kwargs.values()))

    def program(x, rows, names):
        rows[0][:] = 5.0  # pending
        names["a"] *= 2
        x += 1
        largest = max(*rows)
        return np.add(*rows), total(*rows, **names), largest, largest is rows[0], x

    check(program, X, [X[0, :1].copy(), X[1, :1].copy()], {"a": X[2].copy()})


def test_jax_arrays_in_containers():
    jax_numpy = pytest.importorskip("jax.numpy")
    kinds = npjit.host(lambda held: [type(v) for v in held["rows"]])

    def program(rows, table):
        one, other = kinds(table), [type(v) for v in rows]
        return one, other, np.add(*rows) + table["rows"][0]

    x = jax_numpy.arange(3.0)
    rows, table = [x, x * 2], {"rows": [x, x + 1], "n": 3}
    one, other, total = npjit.accelerate(program, mode="host")(rows, table)
    assert one == other == [np.ndarray] * 2
    assert [type(v) for v in table["rows"]] == [type(x)] * 2
    np.testing.assert_array_equal(total, np.arange(3.0) * 4)


def test_generators_that_outlive_the_call():
    class Keeper:
        pass

    def program(x):
        def rows(a):
            twice = a * 2
            held = [twice + 1]
            for row in a:
                for i, (p, q) in enumerate([(row, twice), (twice, row)]):
                    yield row
                    yield held, twice
                    yield i, p, q

        keeper = Keeper()
        keeper.rows = rows(x + 1)
        generators = [rows(x), (v + 1 for v in x * 2), keeper.rows]
        for generator in generators:
            next(generator)
        return generators, keeper

    def rest(generators):
        return [list(generator) for generator in generators]

    expected = rest(program(X)[0])
    for mode in ("host", "jit"):
        found = rest(npjit.accelerate(program, mode=mode)(X.copy())[0])
        assert _types_of(found) == _types_of(expected)
        np.testing.assert_equal(found, expected)


def _types_of(held):
    if isinstance(held, (list, tuple)):
        return [_types_of(item) for item in held]
    return type(held)


# -- C functions that read memory ----------------------------------------------------

READERS = [
    lambda i: b"-".join([i + 1, b"x", i[1:]]),
    lambda i: b"abc".find((i + 96)[1:2]),
    lambda i: str(i + 97, "ascii"),
    lambda i: str(object=i + 97, encoding="ascii"),
    lambda i: str(i + 97),
    lambda i: (ctypes.c_uint8 * 3).from_buffer_copy(i + 1)[2],
]


@pytest.mark.parametrize("fn", READERS)
def test_bytes_text_and_ctypes_read_what_is_pending(fn):
    check(fn, np.arange(3, dtype=np.uint8))


def test_ctypes_share_the_memory_of_an_array():
    def program(x):
        y = x * 2
        c = (ctypes.c_double * y.size).from_buffer(y)
        c[1] = -3.0
        z = y + 1
        y[0, 0] = 4.0
        return z, c[0], c[1], y

    check(program, X)
