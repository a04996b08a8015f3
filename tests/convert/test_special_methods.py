"""C code that asks a user's object, finds arrays with their current values.

The object's array is one of the caller's, and a write to it is pending whenever Python,
a builtin, the standard library or NumPy calls one of the object's special methods.
"""

import bisect
import collections
import copy
import functools
import heapq
import itertools
import json
import math
import operator
import pickle
import statistics

import numpy as np
import pytest

import npjit
from tests.convert.checks import check

X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)


class M:
    """Answers everything from its array."""

    def __init__(self, u):
        self.u = u

    def total(self, *_):
        return self.u.sum()

    def number(self, *_):
        return int(self.u.sum())

    def text(self, *_):
        return f"<{self.u.sum()}>"

    __abs__ = __round__ = __radd__ = __pow__ = __call__ = __copy__ = total
    __next__ = __enter__ = total
    __int__ = __floor__ = __trunc__ = __ceil__ = number
    __str__ = __repr__ = __format__ = text

    def __float__(self):
        return float(self.u.sum())

    def __complex__(self):
        return complex(self.u.sum())

    def __index__(self):
        return int(self.u.sum()) % 3

    def __lt__(self, other):
        return bool(self.u.sum() < other.u.sum())

    def __eq__(self, other):
        return bool((self.u == other.u).all())

    def __hash__(self):
        return hash(float(self.u.sum()))

    def __bool__(self):
        return bool(self.u.sum() > 17)

    def __len__(self):
        return int(abs(self.u.sum())) % 5 + 1

    def __iter__(self):
        return iter([self.u.sum(), self.u.max()])

    def __getitem__(self, key):
        return self.u.sum() + 1

    def keys(self):
        return [f"a{int(self.u.sum())}"]

    def __contains__(self, item):
        return bool(self.u.sum() > 17)

    def __reversed__(self):
        return [self.u.sum()]

    def __array__(self, dtype=None, copy=None):
        return np.array(self.u, dtype)

    def __divmod__(self, other):
        return self.u.sum(), other

    def __deepcopy__(self, memo):
        return self.u.sum()

    def __reduce__(self):
        return float, (float(self.u.sum()),)

    def __bytes__(self):
        return str(self.u.sum()).encode()

    def __exit__(self, *about):
        self.u += 1


@npjit.host
def make(u):
    return M(u)


def others(x):
    return M(x * 0 + 0.7), M(x * 0 - 1)


def positional(*args):
    return args


def keywords(**kwargs):
    return kwargs


def heap(m, x):
    h = [m, *others(x)]
    heapq.heapify(h)
    return [item.u.sum() for item in h]


def list_methods(m, x):
    items = [m, *others(x)]
    items.sort()
    sums = [item.u.sum() for item in items]
    numbers = [2, 1]
    numbers.sort(key=m)
    numbers.extend(m)
    numbers += list(m)
    return sums, numbers, [M(x + 0), m].count(m), [others(x)[0], m].index(M(x + 0))


def set_and_dict_methods(m, x):
    s, d = set(), {}
    s.update(m)
    s |= set(m)
    d.update(m)
    return s, d, dict.fromkeys(m), {M(x + 0): 1}.get(m), {m: 2}[M(x + 0)], m in {m}


def in_with(m, x):
    with m as total:
        x[1] += total
    return x.sum()


def key_by_cmp(m, x):
    return sorted([2, 1, 3], key=functools.cmp_to_key(lambda a, b: m() * (a - b)))


QUESTIONS = {
    "numbers": lambda m, x: (float(m), int(m), complex(m), operator.index(m)),
    "math": lambda m, x: (math.sqrt(m), math.trunc(m), math.floor(m), math.ceil(m)),
    "math of iterables": lambda m, x: (math.fsum(m), math.prod(m), statistics.mean(m)),
    "arithmetic": lambda m, x: (abs(m), round(m), round(m, 2), m**2, divmod(m, 2)),
    "truth": lambda m, x: (bool(m), not m, 1 if m else 2, m and 1, any([m]), all([m])),
    "indexing": lambda m, x: (x[m], x[:m], [1, 2, 3][m], "abc"[m], [1, 2, 3][m:]),
    "repeating": lambda m, x: (list(range(m)), [0] * m, "ab" * m, "a".rjust(m)),
    "ordering": lambda m, x: [v.u.sum() for v in sorted([m, *others(x)])],
    "extrema": lambda m, x: (max(m, *others(x)).u.sum(), min([m, *others(x)]).u.sum()),
    "keys": lambda m, x: (
        max([m, *others(x)], key=float).u.sum(),
        sorted([3, 1], key=m),
    ),
    "comparing": lambda m, x: ([m] == [M(x + 0)], (1, m) < (1, others(x)[0])),
    "containing": lambda m, x: (3 in m, m in [M(x + 0)], m in (M(x + 0),)),
    "text": lambda m, x: (str(m), repr(m), f"{m} {m!r} {[m]} {(m,)} {m:>9}", bytes(m)),
    "formatting": lambda m, x: (
        f"{m}",
        "%s %r %d" % (m, m, m),  # noqa: UP031
        "{} {!r}".format(m, [m]),  # noqa: UP032
    ),
    "printing": lambda m, x: print(m, [m], {1: m}),
    "joining": lambda m, x: (" ".join(map(str, [m])), str(ValueError(m))),
    "iterating": lambda m, x: (list(m), tuple(m), set(m), sorted(m), min(m), sum(m)),
    "spreading": lambda m, x: (positional(*m), keywords(**m), [*m, 1], {**m}),
    "unpacking": lambda m, x: [a - b for a, b in [m]],
    "lazily": lambda m, x: (
        next(zip(m, [m, m], strict=True))[0],
        list(enumerate(m)),
    ),
    "mapping": lambda m, x: (
        list(map(float, [m])),
        list(map(m, [1])),
        list(filter(m, [1])),
    ),
    "reducing": lambda m, x: (functools.reduce(operator.add, m), sum([m, m], 1.0)),
    "itertools": lambda m, x: (
        list(itertools.chain(m, m)),
        list(itertools.accumulate(m)),
    ),
    "starmap": lambda m, x: list(itertools.starmap(m, [(1, 2)])),
    "collections": lambda m, x: (collections.deque(m), collections.Counter(m)),
    "calling": lambda m, x: (
        m(),
        functools.partial(m)(),
        functools.partial(float, m)(),
    ),
    "copying": lambda m, x: (
        copy.copy(m),
        copy.deepcopy([m]),
        pickle.loads(pickle.dumps(m)),
    ),
    "json": lambda m, x: json.dumps([m], default=float),
    "hash and len": lambda m, x: (hash(m), len(m), next(m), reversed(m)),
    "list methods": list_methods,
    "set and dict methods": set_and_dict_methods,
    "heap": heap,
    "bisect": lambda m, x: bisect.bisect([*others(x)][::-1], m),
    "with": in_with,
    "cmp_to_key": key_by_cmp,
    "operator": lambda m, x: (operator.lt(m, others(x)[0]), operator.itemgetter(0)(m)),
    "getters": lambda m, x: (
        operator.attrgetter("u")(m),
        operator.methodcaller("total")(m),
    ),
    "np.array": lambda m, x: (
        np.array(m),
        np.array([m, m]),
        np.asarray(m),
        np.full(2, m()),
    ),
    "ufuncs": lambda m, x: (np.negative(m), np.add(m, x), x + m, np.maximum(m, x)),
    "functions": lambda m, x: (
        np.stack([m, m]),
        np.concatenate([m, x]),
        np.where(x > 0, m, 0),
    ),
    "parameters": lambda m, x: (
        np.zeros((m, 2)),
        np.ones([2, m]),
        np.zeros((2, m)),
        np.full((m, 2), 1),
    ),
    "scalars": lambda m, x: (np.float64(m), np.float32(m), np.int64(m)),
    "creation": lambda m, x: (
        np.linspace(0, m, 3),
        np.fromiter(m, float),
        np.arange(m()),
    ),
    "callbacks": lambda m, x: (
        np.apply_along_axis(m.total, 0, x),
        np.vectorize(m.total)(x[0]),
    ),
    "filling": lambda m, x: (x.fill(m()), operator.setitem(x, 0, m()), x.clip(0, m())),
    "other functions": lambda m, x: (np.allclose(m, x), np.linalg.norm(m), np.sum(m)),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_are_answered_from_current_values(name):
    ask = QUESTIONS[name]

    def program(x):
        m = make(x)
        x += 1
        first = ask(m, x)
        x[0] -= 0.5
        second = ask(m, x)
        x *= 0.5
        return first, second

    check(program, X, calls=1, modes=["host"])
