"""Builtins and the standard library do with arrays what they do under NumPy."""

import array
import bisect
import collections
import contextlib
import copy
import ctypes
import dataclasses
import decimal
import functools
import heapq
import io
import itertools
import json
import logging
import math
import operator
import pickle
import queue
import random
import statistics
import string
import struct
import time
import types
import uuid
import weakref

import numpy as np

from tests.convert import checks

# What is called does not depend on the engine, and compiling takes a second a test.
check = functools.partial(checks.check, modes=["host"])
X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)
N = np.arange(6)


def test_text(capsys):
    class Grid:
        def __init__(self, u):
            self.u = u

        def __repr__(self):
            return f"Grid({self.u.sum():.3f}, {self.u[0]})"

        def __format__(self, spec):
            return format(float(self.u.max()), spec)

    def program(x):
        grid = Grid(x)
        x += 1
        s = x.sum()
        print(grid, x, s, [grid, x], {"s": s}, sep="|")
        return (
            f"{x} {s:.2f} {s!r} {x[0, 0]:>10.3e} {grid} {grid!r} {grid:.2f} {[grid]} {s=}",  # noqa: E501
            "%s %r %.3f %d" % (x[0], grid, s, s),  # noqa: UP031
            "{} {0.u} {g!s:>30}".replace("{}", "{0}").format(grid, g=grid),
            str(grid) + repr([x, grid]) + str((s, s)),
            ", ".join(f"{v:.1f}" for v in x[0]),
            "-".join(map(str, x[0])),
            string.Template("$a").substitute(a=s),
            ascii(s),
            format(s, "+.1f"),
        )

    check(program, X)


def test_numbers():
    def program(x, n):
        s, k = x.sum(), n[2]
        return (
            math.sqrt(s),
            math.floor(s),
            math.isclose(s, 6.0),
            math.hypot(*x[0, :2]),
            math.fsum(x[0]),
            math.prod(x[0]),
            math.gcd(k, 4),
            math.comb(n[4], k),
            math.nan if math.isnan(s) else math.copysign(1, -s),
            round(s),
            round(s, 2),
            int(s),
            float(k),
            complex(s, k),
            bool(k),
            abs(-s),
            divmod(k, 2),
            pow(k, 3),
            pow(2, int(n[3]), 5),
            hex(n[5]),
            bin(k),
            list(range(n[1], n[5], k)),
            "abcdef"[k],
            [1, 2, 3][k],
            "ab" * k,
            [0] * n[3],
            chr(n[5] + 60),
            decimal.Decimal(float(s)),
            sum([s, k]),
            min(s, k, 1),
            max([s, k]),
            s.is_integer(),
            k.bit_count(),
            divmod(s, 1),
        )

    check(program, X, N)


def test_dicts_and_sets_of_scalars():
    def program(x, n):
        seen = set()
        table = {}
        for v in n % 3:
            if v not in seen:
                seen.add(v)
                table[v] = x * v
            table[v] += 1
        counts = collections.Counter((n % 3).tolist())
        counts.update(n % 2)
        groups = collections.defaultdict(list)
        for i, v in enumerate(n % 2):
            groups[v].append(x[0, i % 4])
        memo = collections.defaultdict(lambda: x * 0)
        memo["a"] += 1
        first = collections.OrderedDict((k, x[0, k]) for k in n[:3])
        first.move_to_end(0)
        chained = collections.ChainMap({1: x}, table)
        chained[1] = chained[1] * 2
        return (
            *(seen, table, counts, groups, memo, first, chained[1], 2 in table),
            *({x.sum(): 1}[x.sum()], counts.most_common(1), len({*n, *n})),
            *(n[1] in [0, 1], n[1] in n, {n[0]: x}.get(0), table.pop(1)),
            *(
                sorted(table.items())[0][1],
                frozenset(n[:2]),
                dict(zip(n, x, strict=False)),
            ),
        )

    check(program, X, N)


def test_deques_heaps_and_bisection():
    def program(x, n):
        d = collections.deque(maxlen=3)
        for row in x:
            d.append(row * 2)
            d.appendleft(row.sum())
        d.rotate(1)
        heap = []
        for v, row in zip(x[:, 0], x, strict=True):
            heapq.heappush(heap, (-v, row + 1))
        top = heapq.heappop(heap)
        order = []
        for v in x[0] * 3 % 2:
            bisect.insort(order, v)
        return (
            *(d, d[0], top[1] * 2, heap, order, bisect.bisect_left(order, x[0, 1])),
            *(
                heapq.nlargest(2, x[0]),
                heapq.nsmallest(2, list(x), key=lambda r: -r[0]),
            ),
            *(statistics.mean(x[0]), statistics.median(n), statistics.pstdev(x[0])),
            list(heapq.merge(x[0], x[1])),
        )

    check(program, X, N)


def test_bytes_and_buffers():
    def program(x, n):
        x += 1
        a = array.array("d", x[0])
        a.append(x[1, 1])
        view = memoryview(x)
        view[0, 0] = 9.0
        x[1] *= 2
        pointer = x.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
        pointer[1] = 7.0
        c = (ctypes.c_double * 4)(*x[2])
        packed = struct.pack("4d", *x[0])
        back = np.frombuffer(packed)
        buffer = io.BytesIO()
        np.save(buffer, x)
        buffer.seek(0)
        return (
            *(a, view[1, 1], x, list(c), packed, back + 1, np.load(buffer) * 2),
            *(
                x.tobytes(),
                bytes(n.astype(np.uint8)),
                bytearray(n.astype("u1")),
                n.tolist(),
            ),
            np.ctypeslib.as_array(c) + x[0],
        )

    check(program, X, N)


def test_serializing():
    def program(x, n):
        y = x * 2
        text = json.dumps({"s": float(y.sum()), "l": y.tolist(), "i": int(n[1])})
        try:
            json.dumps({"n": n[1]})
        except TypeError as error:
            message = str(error)
        data = pickle.dumps({"y": y, "s": y.sum(), "f": np.sin})
        return (
            *(
                text,
                message,
                pickle.loads(data),
                copy.deepcopy([y, y]),
                copy.copy(y.sum()),
            ),
            json.loads(json.dumps(y.sum())),
        )

    check(program, X, N)


def test_random_and_time():
    def program(x):
        r = random.Random(3)
        rows = list(x)
        start = time.perf_counter()
        r.shuffle(rows)
        return (
            *(
                r.random() * x,
                r.choice(rows) + 1,
                r.sample(rows, 2),
                r.gauss(0, x[0, 0]),
            ),
            *(rows, time.perf_counter() - start < 60, len(str(uuid.uuid4()))),
        )

    check(program, X)


def test_logging(caplog):
    def program(x):
        logger = logging.getLogger("tests.groups")
        y = x + 1
        logger.warning("sum %s of %r", y.sum(), y[0])
        return y

    check(program, X)
    texts = {(r.getMessage(), r.lineno, r.funcName) for r in caplog.records}
    assert len(texts) == 1


def test_weak_references_and_identity():
    def program(x):
        class Cell:
            pass

        c = Cell()
        c.x = x + 1
        r = weakref.ref(c)
        y = c.x
        ids = {id(x): "x", id(y): "y"}
        pair = [x, y]
        return (
            *(r() is c, r().x + 1, ids[id(c.x)], x is pair[0], y is not pair[1]),
            *(x in [x], any(v is y for v in pair), [v is x for v in pair]),
            *(
                type(x),
                type(x[0, 0]),
                type(y.sum()) is np.float64,
                isinstance(y, np.ndarray),
            ),
            *(isinstance(y.sum(), float), callable(x), hasattr(x, "shape"), len(x)),
            operator.index(np.argmax(x)),
        )

    check(program, X)


def test_queues_and_stringio():
    def program(x):
        q = queue.Queue()
        for row in x:
            q.put(row * 2)
        got = [q.get() + 1 for _ in range(3)]
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            print(x.sum(), end="")
        np.savetxt(out, x[0], fmt="%.1f")
        return got, out.getvalue()

    check(program, X)


def test_iterables_of_the_users_own():
    class Rows:
        def __init__(self, a):
            self.a = a

        def __iter__(self):
            for row in self.a:
                yield row * 2

        def __len__(self):
            return len(self.a)

        def __contains__(self, row):
            return bool((self.a == row).all(axis=1).any())

        def __reversed__(self):
            return iter(self.a[::-1])

        def __bool__(self):
            return bool(self.a.sum() > 0)

    class Old:
        def __init__(self, a):
            self.a = a

        def __getitem__(self, i):
            return self.a[i] + 1

    class Countdown:
        def __init__(self, a):
            self.a, self.n = a, len(a)

        def __iter__(self):
            return self

        def __next__(self):
            if self.n == 0:
                raise StopIteration
            self.n -= 1
            self.a[self.n] += 1
            return self.a[self.n]

    def program(x):
        rows, old = Rows(x), Old(x)
        x += 1
        first, *others = rows
        return (
            *(list(rows), tuple(old), len(rows), bool(rows), x[0] in rows, sum(rows)),
            *(list(reversed(rows)), [r + 1 for r in Countdown(x)], first, others),
            *(
                list(zip(rows, old, strict=True)),
                list(enumerate(rows)),
                max(r.sum() for r in rows),
            ),
            *(
                dict(a=1) if rows else {},  # noqa: C408
                [*rows, *old],
                list(map(np.sum, rows)),
                np.array(list(old)),
            ),
            *(
                list(itertools.chain(rows, old)),
                list(itertools.islice(rows, 2)),
                not rows,
            ),
            list(iter(functools.partial(next, iter([1.0, 2.0, 0.0])), 0.0)),
            list(itertools.chain.from_iterable([rows, old])),
            x,
        )

    check(program, X)


def test_special_methods():
    class Measure:
        def __init__(self, u):
            self.u = u

        def __float__(self):
            return float(self.u.sum())

        def __int__(self):
            return int(self.u.sum())

        def __index__(self):
            return int(self.u.max())

        def __abs__(self):
            return Measure(np.abs(self.u))

        def __neg__(self):
            return Measure(-self.u)

        def __round__(self, n=0):
            return Measure(self.u.round(n))

        def __hash__(self):
            return hash(self.u.sum())

        def __eq__(self, other):
            return isinstance(other, Measure) and np.array_equal(self.u, other.u)

        def __lt__(self, other):
            return self.u.sum() < other.u.sum()

        def __add__(self, other):
            return Measure(self.u + getattr(other, "u", other))

        __radd__ = __add__

        def __rmul__(self, other):
            return Measure(other * self.u)

        def __iadd__(self, other):
            self.u += getattr(other, "u", other)
            return self

        def __matmul__(self, other):
            return self.u @ other.u.T

        def __array__(self, dtype=None, copy=None):
            return np.asarray(self.u, dtype)

        def __len__(self):
            return len(self.u)

        def __getitem__(self, key):
            return Measure(self.u[key])

        def __setitem__(self, key, value):
            self.u[key] = value

        def __delitem__(self, key):
            self.u = np.delete(self.u, key, axis=0)

        def __call__(self, a, *, scale=1.0):
            return (self.u + a) * scale

        def __divmod__(self, other):
            return Measure(self.u // other), Measure(self.u % other)

    def program(x):
        m = Measure(x)
        x += 1
        n = m + 1.0
        n += m
        n[0] = 0.5
        del n[1]
        return (
            *(
                float(m),
                int(m),
                [0] * 9 and "abcdefgh"[m],
                abs(-m),
                round(m, 1),
                hash(m) == hash(m),
            ),
            *(m == Measure(x), m != n, m < n, sorted([n, m])[0] is m, max(m, n) is n),
            *(
                1.0 + m,
                2.0 * m,
                sum([m, m]),
                m @ m,
                np.sin(m),
                np.add(x, m),
                np.asarray(m),
            ),
            *(
                len(m),
                m[1:],
                n,
                m(1.0, scale=x),
                divmod(m, 2.0),
                x + np.asarray(m),
                math.sqrt(m),
            ),
            *({m: 1}[Measure(x)], m in [Measure(x)], x[m - m and 0 :]),
        )

    Measure.__sub__ = lambda self, other: 0
    check(program, X)


@dataclasses.dataclass
class Params:
    """A default that is made by a function."""

    grid: np.ndarray = dataclasses.field(default_factory=lambda: BASE * 2)
    name: str = "p"


BASE = np.ones(4)


def test_factories_read_current_values():
    def program(x):
        before = BASE.copy()
        try:
            BASE[...] = x[0]
            made = Params()
            table = collections.defaultdict(lambda: BASE + 1)
            first = table["a"]
            BASE[1] = 5.0
            return made.grid, first, table["b"], table, str(made)
        finally:
            BASE[...] = before

    check(program, X)


def test_namespaces_and_proxies():
    def program(x):
        space = types.SimpleNamespace(a=x, b=[x + 1])
        space.c = space.a * 2
        frozen = types.MappingProxyType({"x": x * 3})
        vars(space)["d"] = space.c + 1
        lru = functools.lru_cache(lambda k: k + 1)
        return space, frozen["x"] + 1, space.d, lru(int(x[0, 0])), sorted(vars(space))

    check(program, X)
