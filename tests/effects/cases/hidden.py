"""State that C code looks into, unseen by converted code."""

from tests.effects.worlds import Case

_OBJECT = """
class Number:
    def __init__(self, k):
        self.k = k

    def __index__(self):
        return int(self.k)

    def __float__(self):
        return float(self.k)

    __int__ = __round__ = __len__ = __index__

    def __str__(self):
        return str(self.k)

    def __lt__(self, other):
        return self.k < other.k

    def __eq__(self, other):
        return self.k == other.k

    def __hash__(self):
        return hash(self.k)

    def __radd__(self, other):
        return other + self.k

    def __getitem__(self, i):
        return [self.k, self.k + 1][i]

    def __format__(self, spec):
        return f"{{self.k}}"

n, m = Number(2), Number(5)

@accelerate
def f(a):
    return {formula}
"""
_SUBCLASS = """
class Own({base}):
    pass

k = Own({first})

@accelerate
def f(a):
    return {formula}
"""
_GLOBAL = """
import datetime
import decimal
import fractions
import operator
import pathlib
import re

k = {first}

@accelerate
def f(a):
    return {formula}
"""
_TABLE = """
import copy
import functools
import itertools
import json
import operator
import types

items, table, names = [3, 1, 2], {{"p": 2, "q": 3}}, ["p", "q"]
thing = types.SimpleNamespace(k=2, inner=types.SimpleNamespace(k=3))

@accelerate
def f(a):
    return {formula}
"""
_CHANGES = (
    "items[0] = 7",
    "items.append(4)",
    "table['p'] = 5",
    "table['z'] = 6",
    "names.reverse()",
    "names.append('z')",
    "thing.k = 9",
    "thing.inner.k = 8",
    "thing.new = 1",
    "thing.inner = types.SimpleNamespace(k=1)",
)
_ARRAY = """
import types

w = np.arange(4.0)
held = types.SimpleNamespace(w=w, view=w[1:], rows=[w, w * 2])

@accelerate
def f(a):
    return {formula}
"""
_ARRAY_CHANGES = (
    "w[0] = 7",
    "w[1:] += 1",
    "held.view[0] = 5",
    "held.view = w[::-1][1:]",
    "w = np.zeros(4)",
    "held.rows[1] = w",
    "held.w.flags.writeable = False",
)


def _object(formula):
    changes = ("n.k = 3", "n.k = 2.0", "m = Number(1)", "n = m", "n = Number(0)")
    text = _OBJECT.format(formula=formula)
    return Case(f"an object in {formula}", text, changes, replays=None)


def _subclass(base, first, *others, formula="a * k"):
    changes = tuple(f"k = Own({x})" for x in others)
    text = _SUBCLASS.format(base=base, first=first, formula=formula)
    return Case(f"a subclass of {base} in {formula}", text, changes, replays=None)


def _global(first, *others, formula="a * k"):
    changes = tuple(f"k = {x}" for x in others)
    text = _GLOBAL.format(first=first, formula=formula)
    return Case(f"{first} in {formula}", text, changes, replays=None)


def _table(formula):
    return Case(
        f"state in {formula}", _TABLE.format(formula=formula), _CHANGES, replays=None
    )


def _array(formula):
    return Case(
        f"an array in {formula}",
        _ARRAY.format(formula=formula),
        _ARRAY_CHANGES,
        replays=None,
    )


def _source(name, text, expression, *changes):
    """What gives something else each time: never the same twice in three calls."""
    text = f"{text}\n@accelerate\ndef f(a):\n    b = a * 2\n    return {expression}\n"
    call = "len({f(x) for _ in range(3)}) > 1"
    return Case(name, text, changes or ("x += 1",), call, replays=False)


def _stream(name, setup, expression, *changes):
    """What gives the next of a sequence each time."""
    text = f"{setup}\n@accelerate\ndef f(a):\n    return {expression}\n"
    return Case(name, text, changes or ("x += 1",), replays=False)


CASES = [
    _object("a * float(n)"),
    _object("a[n] + 1"),
    _object("a[n:]"),
    _object("[a + i for i in range(n)]"),
    _object("a * len(n)"),
    _object("a * int(n) + round(n)"),
    _object("(a, str(n))"),
    _object("(a * 2, f'{n}')"),
    _object("(a, '%s' % n, '{}'.format(n))"),
    _object("a * max(n, m).k"),
    _object("a * sorted([m, n])[0].k"),
    _object("a * sum([n, m])"),
    _object("a * 2 if n == m else a"),
    _object("a * 2 if n in [m] else a"),
    _object("a * len({n, m})"),
    _object("a * n[0]"),
    _object("[a + i for i in n]"),
    _object("np.multiply(a, float(n))"),
    _object("np.zeros(n)"),
    _object("a.sum(axis=n)"),
    _object("np.roll(a, n)"),
    _object("a * bytes(n).count(0)"),
    _object("'x' * n"),
    _object("__import__('math').sqrt(n) * a"),
    _object("np.asarray([n.k]) * 2"),
    _object("a * hash(n)"),
    _subclass("int", 2, 3, -1),
    _subclass("int", 2, 3, formula="a[k]"),
    _subclass("float", 2.0, 3.0, -0.0),
    _subclass("float", 2.0, 3.0, formula="np.full(3, k)"),
    _subclass("str", "'C'", "'F'", formula="a.ravel(order=k)"),
    _subclass("str", "'1'", "'2'", formula="a * int(k)"),
    _subclass("tuple", "(1, 2)", "(1, 3)", "()", formula="[a * i for i in k]"),
    _subclass("list", "[1, 2]", "[1, 3]", "[]", formula="[a * i for i in k]"),
    _subclass("dict", "p=1", "p=2", "q=1", formula="[a * k[i] for i in k]"),
    _subclass("set", "[1]", "[2]", "[]", formula="[a * i for i in k]"),
    _subclass("complex", "2j", "3j"),
    _subclass("bytes", "b'ab'", "b'c'", formula="a * len(k)"),
    _global("decimal.Decimal(2)", "decimal.Decimal(3)", formula="a * float(k)"),
    _global("decimal.Decimal(2)", "decimal.Decimal(3)", formula="a * int(k + 1)"),
    _global("fractions.Fraction(1, 2)", "fractions.Fraction(1, 4)"),
    _global(
        "fractions.Fraction(1, 2)",
        "fractions.Fraction(3)",
        formula="a * float(k) + k.numerator",
    ),
    _global("datetime.timedelta(2)", "datetime.timedelta(3)", formula="a * k.days"),
    _global(
        "datetime.date(2000, 1, 2)",
        "datetime.date(2000, 1, 3)",
        formula="a * k.day + k.toordinal()",
    ),
    _global(
        "pathlib.PurePath('a/b')",
        "pathlib.PurePath('c')",
        formula="a * len(str(k)) + len(k.parts)",
    ),
    _global(
        "re.compile('p')", "re.compile('q')", formula="a * 2 if k.match('px') else a"
    ),
    _global("operator.itemgetter(0)", "operator.itemgetter(1)", formula="k(a) + 1"),
    _global(
        "operator.attrgetter('T')", "operator.attrgetter('real')", formula="k(a) + 1"
    ),
    _global(
        "operator.methodcaller('sum', axis=0)",
        "operator.methodcaller('max')",
        formula="k(a) * 2",
    ),
    _global("np.poly1d([1, 2])", "np.poly1d([1, 3])", formula="k(a)"),
    _global(
        "np.polynomial.Polynomial([1, 2])",
        "np.polynomial.Polynomial([1, 3])",
        formula="k(a)",
    ),
    _global(
        "np.vectorize(lambda b: b * 2)", "np.vectorize(lambda b: b * 3)", formula="k(a)"
    ),
    _global(
        "np.frompyfunc(lambda b: b * 2, 1, 1)",
        "np.frompyfunc(abs, 1, 1)",
        formula="k(a)",
    ),
    _global("np.dtype('f4')", "np.dtype('i4')", "np.float64", formula="a.astype(k)"),
    _global(
        "np.datetime64('2000-01-02')",
        "np.datetime64('2000-01-05')",
        formula="a * (k - np.datetime64('2000-01-01')).astype(int)",
    ),
    _global("np.array(2.0)", "np.array(3.0)", "np.float64(2)", formula="a * k + k[()]"),
    _global(
        "np.ma.array([1.0, 2], mask=[0, 1])",
        "np.ma.array([1.0, 2], mask=[1, 0])",
        formula="k.sum() * a",
    ),
    _global(
        "np.array([1, 'p'], object)", "np.array([2, 'p'], object)", formula="a * k[0]"
    ),
    _global(
        "np.array(['p', 'q'])", "np.array(['q', 'q'])", formula="a * (k == 'q').sum()"
    ),
    _global("slice(1)", "slice(2)", formula="a[k]"),
    _global("range(2)", "range(1, 3)", "range(0)", formula="[a[i] for i in k]"),
    _global("memoryview(b'ab')", "memoryview(b'cb')", formula="a * k[0]"),
    _global("{1: {2: {3: [4]}}}", "{1: {2: {3: [5]}}}", formula="a * k[1][2][3][0]"),
    _global("frozenset([1, 2])", "frozenset([1, 3])", formula="a * sum(k)"),
    _global(
        "property(lambda s: 2)", "property(lambda s: 3)", formula="a * k.fget(None)"
    ),
    _global("lambda a, w=[2]: a * w[0]", "lambda a, w=[3]: a * w[0]", formula="k(a)"),
    _table("a * max(items) + min(table.values())"),
    _table("a * sorted(table)[0].count('p') + len(sorted(items))"),
    _table("a * sum(table.values()) + sum(items)"),
    _table("[a * v for k, v in table.items()]"),
    _table("[a * i for i, _ in zip(items, names)]"),
    _table("[a * i for i, n in enumerate(names) if n in table]"),
    _table("a * items.index(1) + items.count(7)"),
    _table("(a, ','.join(names), repr(items), str(table))"),
    _table("a * len(json.dumps(table))"),
    _table("a * copy.deepcopy(items)[0] + copy.copy(table)['p']"),
    _table("a * functools.reduce(operator.mul, items)"),
    _table("[a * i * j for i, j in itertools.product(items, table.values())]"),
    _table("a * operator.attrgetter('inner.k')(thing)"),
    _table("a * operator.itemgetter('p')(table) + operator.itemgetter(0)(items)"),
    _table("a * vars(thing)['k'] + len(vars(thing))"),
    _table("a * thing.__dict__['k'] + len(dir(thing))"),
    _table("np.array(items) + a[0, 0], np.asarray(items).sum()"),
    _table("np.full(items[0], table['p']) * a[0, 0]"),
    _table("a[items[0] % 3] + np.take(a, [items[0] % 3], 0)"),
    _table("np.dot(a[:, :3], [*items[:3]])"),
    _table("np.add(a, table['p'], dtype=float), np.clip(a, *sorted(items)[:2])"),
    _table("np.stack([a * i for i in items])"),
    _table("a if items == [3, 1, 2] and table == {'p': 2, 'q': 3} else a + 1"),
    _table("a if items < [5] else a - 1"),
    _table("{**table, 'a': a}, [*items, a], (*names, a)"),
    _table("np.apply_along_axis(lambda row: row * items[0], 0, a)"),
    _table("np.fromfunction(lambda i, j: i * thing.k + j, (2, 2)) + a[0, 0]"),
    _table("np.piecewise(a, [a > 0], [lambda b: b * thing.k, -1])"),
    _table("list(map(lambda i: a * i, filter(lambda i: i > 1, items)))"),
    _table("dict.fromkeys(names, a), set(items), tuple(items), [i for i in table]"),
    _table("a * len(items[1:]) + items[-1] * (items * 2)[3]"),
    _table("a * thing.inner.k, thing == types.SimpleNamespace(k=2), repr(thing)"),
    _table("a + next(iter(items)) + next(iter(table.values()))"),
    _table("a + [*reversed(items)][0] + list(table)[-1].count('z')"),
    _table("a * any(i > 5 for i in items) + all(names)"),
    _table("a + (items or [0])[0] + bool(table) + (not items)"),
    _array("a + w"),
    _array("a[:, :3] + held.view, held.view.base is w"),
    _array("a * held.rows[1][0] + held.rows[0]"),
    _array("a * len(w) + w.tolist()[0]"),
    _array("a, repr(w), str(held.view)"),
    _array("a, w.tobytes(), bytes(memoryview(w))"),
    _array("a + np.frombuffer(w)"),
    _array("a * float(w[0]) + int(w[-1])"),
    _array("a * max(w) + sum(held.view)"),
    _array("a if w[0] in [7.0] else a - 1"),
    _array("a if w is held.w else a + 1"),
    _array("a + 1 if np.shares_memory(w, held.view) else a - 1"),
    _array("a if w.flags.writeable else a + 1"),
    _array("a * np.lib.stride_tricks.sliding_window_view(w, 2).sum()"),
    _array("a * np.lib.stride_tricks.sliding_window_view(w, 2)[::2].sum()"),
    _array("a * np.lib.stride_tricks.sliding_window_view(w, 2)[0, 1]"),
    _array("a * np.nditer(w).itersize + sum(float(i) for i in np.nditer(w))"),
    _array("a + w.astype('i4').astype('f4'), w.view('i8')[0] >> 40"),
    _array("a, [*map(float, w)], dict(zip('pqrs', w))"),
    _array("np.array_equal(w, held.w), np.allclose(held.view, w[1:])"),
    _array("np.array([w, held.w]), np.concatenate([held.view, w]), np.meshgrid(w, w)"),
    _source("time_ns", "import time", "time.time_ns()"),
    _source("perf_counter_ns", "from time import perf_counter_ns", "perf_counter_ns()"),
    _source("datetime", "import datetime", "datetime.datetime.now()"),
    _source("uuid", "import uuid", "uuid.uuid4()"),
    _source("urandom", "import os", "os.urandom(8)"),
    _source("secrets", "import secrets", "secrets.token_hex()"),
    _source("the random module", "import random", "random.random()"),
    _source("a random choice", "import random", "random.choice(range(10**6))"),
    _source("an entropy of NumPy's", "", "float(np.random.default_rng().random())"),
    _source("a seed sequence", "", "np.random.SeedSequence().entropy"),
    _stream("next of a global iterator", "it = iter(range(90))", "a * next(it)"),
    _stream(
        "next of a count", "import itertools\nit = itertools.count()", "a * next(it)"
    ),
    _stream(
        "a cycle", "import itertools\nit = itertools.cycle([1, 2, 3])", "a * next(it)"
    ),
    _stream(
        "a for over a global iterator",
        "it = iter(range(90))",
        "a * [n for n, _ in zip(it, range(2))][-1]",
    ),
    _stream(
        "a generator's send",
        "def g():\n    n = 1\n    while True:\n"
        "        n += yield n\n\nit = g()\nnext(it)\n",
        "a * it.send(2)",
    ),
    _stream("a list popped", "it = list(range(90))", "a * it.pop()", "it.append(5)"),
    _stream("a dict popped", "it = dict.fromkeys(range(90), 2)", "a * it.popitem()[0]"),
    _stream("a set popped", "it = set(range(90))", "a * it.pop()"),
    _stream(
        "a deque rotated",
        "import collections\n"
        "it = collections.deque([1, 2, 3])\ndef turn():\n    it.rotate()\n"
        "    return it[0]\n",
        "a * turn()",
    ),
    _stream(
        "a queue",
        "import queue\nit = queue.Queue()\nfor n in range(90): it.put(n)\n",
        "a * it.get()",
    ),
    _stream("setdefault", "it = {}", "a * it.setdefault(len(it), 2) * len(it)"),
    _stream(
        "a heap", "import heapq\nit = [5, 6]", "a * heapq.heappushpop(it, len(it))"
    ),
    _stream(
        "an in-place operator on a list",
        "it = []\ndef grow():\n    global it\n    it += [1]\n    return len(it)\n",
        "a * grow()",
    ),
    _stream("exec", "n = 0", "exec('global n; n += 1') or a * n"),
    _stream("setattr", "class T: n = 0", "setattr(T, 'n', T.n + 1) or a * T.n"),
    _stream("vars", "class T: n = 0\nt = T()", "vars(t).update(n=t.n + 1) or a * t.n"),
    _stream("globals", "n = 0", "globals().update(n=n + 1) or a * n"),
    _stream(
        "an iterator of a class",
        "class It:\n    n = 0\n"
        "    def __next__(self):\n        self.n += 1\n        return self.n\n"
        "it = It()\n",
        "a * next(it)",
    ),
]

#: Set to what it is already: nothing changes, until somebody changes it meanwhile.
_SET = """
import types

class Model:
    done = False

model, flags, table, w, v2 = Model(), [0], {{}}, np.zeros(4), np.ones(4)
first = types.SimpleNamespace(u=w)

@accelerate
def f(a):
    {statement}
    return a * 2
"""
_SET_CHANGES = (
    "model.done = False",
    "flags[0] = 0",
    "table.clear()",
    "Model.done = 3",
    "first.u = v2",
    "w += 1",
    "w[:] = [3, 1, 2, 0]",
    "np.seterr(all='warn'); np.set_printoptions(precision=8)",
    "model.__class__ = Model",
)
_SET_CALL = """(
    f(x), np.geterr(), np.get_printoptions()["precision"], Model.done,
    type(model).__name__,
)"""
CASES += [
    Case(
        f"set anew: {statement}",
        _SET.format(statement=statement),
        _SET_CHANGES,
        _SET_CALL,
        replays=None,
    )
    for statement in (
        "model.done = True",
        "setattr(model, 'done', True)",
        "model.__dict__['done'] = True",
        "Model.done = True",
        "flags[0] = 1",
        "flags[:] = [1]",
        "table['k'] = 1",
        "table.update(k=1)",
        "table.setdefault('k', 1)",
        "first.u = w",
        "first.u += 1",
        "table['w'] = w",
        "w.fill(3)",
        "w[0] = 3",
        "w.flat = 3",
        "np.copyto(w, 3)",
        "np.put(w, 0, 3)",
        "w.sort()",
        "np.seterr(all='ignore')",
        "np.set_printoptions(precision=3)",
        "del model.done",
        "model.__class__ = type('M', (Model,), {})",
    )
]
