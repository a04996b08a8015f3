"""State in the arguments: arrays, their geometry and identity, and everything else."""

from tests.effects.worlds import Case

_ARRAY = """
@accelerate
def f(a):
    return a * 2 + 1, a.sum(axis=0)
"""
_TWO = """
@accelerate
def f(a, b):
    a += 1
    return b * 2, a[::-1] - b
"""
_ORDER = """
@accelerate
def f(a):
    return a + 1, a.ravel(order="K"), a.reshape(-1), a.copy(order="A")
"""
_OVERLAP = """
base = np.arange(10.0)
p, q = base[:5], base[5:]

@accelerate
def f(a, b):
    a[1:] += b[:-1]
    return a * b
"""


def _array(name, *changes, text=_ARRAY, call="f(x)", replays=True):
    return Case(name, text, changes, call, replays)


def _number(name, *values, formula="a * n + 1", replays=True):
    """A function of an array and one other argument."""
    text = f"n = {values[0]}\n@accelerate\ndef f(a, n):\n    return {formula}\n"
    changes = tuple(f"n = {value}" for value in (*values[1:], values[0]))
    return Case(name, text, changes, "f(x, n)", replays)


CASES = [
    _array("values written in place", "x += 1", "x[1] = 7", "x -= 1"),
    _array("another array", "x = x * 3", "x = y", "x = x - 1"),
    _array("dtype float32", "x = x.astype('f4')", "x = x.astype('f8')"),
    _array("dtype int8", "x = x.astype('i1')", "x = x.astype('i8')"),
    _array("dtype bool", "x = x > 0", "x = x + 0.5"),
    _array("dtype complex", "x = x + 1j", "x = x.real.copy()"),
    _array("byte order", "x = x.astype('>f8')", "x = x.astype('<f8')", text=_ORDER),
    _array("dtype object", "x = x.astype(object)", "x = x.astype(float)"),
    _array("structured dtype read", "x = np.ones(3, 'f8, i4')['f0']"),
    _array("shape", "x = x[:2].copy()", "x = np.concatenate([x, x])"),
    _array("number of axes", "x = x.ravel()", "x = x.reshape(2, 6)"),
    _array("length one", "x = x[:1].copy()", "x = x[:, :1].copy()"),
    _array("empty", "x = np.empty((0, 4))", "x = np.empty((3, 0))", "x = y.copy()"),
    _array("0-d", "x = np.array(3.0)", "x = np.array(4.0)", text=_ORDER),
    _array("0-d and scalar", "x = np.float64(3.0)", "x = np.array(3.0)", "x = 3.0"),
    _array("a list for an array", "x = [1.0, 2.0]", text=_ORDER.replace("a +", "a *")),
    _array("memory order", "x = np.asfortranarray(x)", "x = x.copy()", text=_ORDER),
    _array("strides", "x = np.repeat(x, 2, 1)[:, ::2]", "x = x.copy()", text=_ORDER),
    _array("reversed", "x = x[::-1]", "x = x[:, ::-1]", "x = x[::-1]", text=_ORDER),
    _array("transposed", "x = x.T", "x = x.T.copy().T", text=_ORDER),
    _array("broadcast", "x = np.broadcast_to(x[0], (3, 4))", "x = y", text=_ORDER),
    _array(
        "order asked for in Python",
        "x = np.asfortranarray(x)",
        "x = x.copy(order='C')",
        text="""
        @accelerate
        def f(a):
            return a + 1 if a.flags.c_contiguous else a - 1
        """,
    ),
    _array(
        "strides asked for in Python",
        "x = np.asfortranarray(x)",
        "x = x[::-1]",
        text="""
        @accelerate
        def f(a):
            return a * a.strides[0]
        """,
    ),
    _array("the same array twice", "y = x", "y = x.copy()", text=_TWO, call="f(x, y)"),
    _array("a view of the other", "y = x[:]", "y = x[::-1]", text=_TWO, call="f(x, y)"),
    _array(
        "overlap",
        "q = base[2:7]",
        "q = base[1:6]",
        "p, q = q, p",
        "q = base[4::-1]",
        "q = base[5:]",
        text=_OVERLAP,
        call="f(p, q)",
    ),
    _array("base rebound", "base = base.copy()", text=_OVERLAP, call="f(p, q)"),
    _array(
        "identity of arguments",
        "y = x",
        "y = x[:]",
        text="""
        @accelerate
        def f(a, b):
            return a + 1 if a is b else a - 1
        """,
        call="f(x, y)",
    ),
    _array(
        "shared memory asked for",
        "y = x[1:]",
        "y = x[:0]",
        text="""
        @accelerate
        def f(a, b):
            return a + 1 if np.shares_memory(a, b) else a - 1
        """,
        call="f(x, y)",
        replays=None,
    ),
    _array(
        "base asked for",
        "x = x[:]",
        "x = x.copy()",
        text="""
        @accelerate
        def f(a):
            return a + 1 if a.base is None else a - 1
        """,
        replays=None,
    ),
    _array(
        "read-only",
        "x.flags.writeable = False",
        "x.flags.writeable = True",
        text="""
        @accelerate
        def f(a):
            a += 1
            return a * 2
        """,
    ),
    _array(
        "read-only asked for",
        "x.flags.writeable = False",
        "x.flags.writeable = True",
        text="""
        @accelerate
        def f(a):
            return a + 1 if a.flags.writeable else a - 1
        """,
    ),
    _array(
        "a view of a read-only array",
        "x.flags.writeable = False",
        "x.flags.writeable = True",
        text="""
        @accelerate
        def f(a):
            return a[1:], a.reshape(-1)
        """,
    ),
    _array(
        "a subclass of ndarray",
        "x = x.view(np.recarray)",
        "x = np.ma.masked_array(y, y > 2)",
        "x = np.array(x)",
        text="""
        @accelerate
        def f(a):
            return a * 2
        """,
    ),
    _array(
        "memory-mapped",
        "x[0] = 5",
        text="""
        import tempfile

        with tempfile.TemporaryFile() as file:
            x = np.memmap(file, "f8", "w+", shape=(4,))

        @accelerate
        def f(a):
            a += 1
            return np.asarray(a) * 2
        """,
        call="(f(x), x.sum())",
        replays=None,
    ),
    _number("int, bool, float", "1", "True", "1.0", "np.True_", formula="(a > 0) * n"),
    _number("int and bool indexing", "1", "True", formula="a[n]"),
    _number("zeros of both signs", "0.0", "-0.0", formula="np.copysign(a, n)"),
    _number(
        "zeros of both signs in Python",
        "0.0",
        "-0.0",
        formula="a * (2 if str(n) == '0.0' else 3)",
    ),
    _number("NaN", "float('nan')", "1.0", formula="a + n if n == n else a"),
    _number("infinity", "float('inf')", "-float('inf')", formula="np.minimum(a, n)"),
    _number("float changes", "0.5", "0.25", "1e300", formula="(a * n, n * 2, n > 0.3)"),
    _number("complex", "2.0", "2.0 + 0j", "2.0 - 0j"),
    _number("big ints", "2", "2**70", "-(2**80)"),
    _number("int beyond the dtype", "2", "300", formula="a.astype('u1') + n"),
    _number(
        "weak and strong scalars",
        "2.0",
        "np.float32(2)",
        "np.float64(2)",
        formula="a.astype('f4') * n",
    ),
    _number("int as axis", "0", "1", "-1", formula="a.sum(axis=n)"),
    _number("int as shape", "3", "5", formula="np.zeros(n) + len(a)"),
    _number("int as trip count", "3", "5", "0", formula="[a + i for i in range(n)]"),
    _number("int as index", "0", "2", "-1", "7", formula="a[n] * 2"),
    _number("int branched on", "0", "1", formula="a + 1 if n else a - 1"),
    _number("slice", "slice(1)", "slice(2, 0, -1)", formula="a[n] + 1"),
    _number("range", "range(2)", "range(1, 3)", formula="a[list(n)] + 1"),
    _number("Ellipsis, None", "...", "None", formula="a[n] + 1"),
    _number("string", "'C'", "'F'", formula="a.ravel(order=n) + 1"),
    _number("bytes", "b'ab'", "b'abc'", formula="a + len(n)"),
    _number("None or a number", "None", "2", formula="a if n is None else a * n"),
    _number("dtype", "np.float64", "np.float32", "'i4'", "int", formula="a.astype(n)"),
    _number("tuple", "(1, 2)", "(1, 3)", "(1,)", "()", formula="[a * i for i in n]"),
    _number(
        "tuple of 1 and True", "(1,)", "(True,)", formula="[(a > 0) + i for i in n]"
    ),
    _number("axes", "(0, 1)", "(1, 0)", formula="a.transpose(n) + 1"),
    _number("list and tuple", "[0, 1]", "(0, 1)", formula="a[n] + 1"),
    _number(
        "nested, another part used",
        "[1, [2, {'k': 3}]]",
        "[1, [2, {'k': 4}]]",
        formula="a * n[1][0]",
    ),
    _number(
        "nested, used deeply",
        "[1, [2, {'k': 3}]]",
        "[1, [2, {'k': 4}]]",
        formula="a * n[1][1]['k']",
    ),
    _number(
        "keys", "{'p': 1}", "{'q': 1}", "{'p': 1, 'q': 2}", formula="a * len(n), {**n}"
    ),
    _number(
        "order of keys",
        "{'p': 2, 'q': 3}",
        "{'q': 3, 'p': 2}",
        formula="{k: a * i for k, i in n.items()}",
    ),
    _number("key missing", "{'p': 1}", "{}", formula="a * n.get('p', 5)"),
    _number("set", "{1, 2}", "{1, 2, 3}", "set()", formula="a * len(n) + (3 in n)"),
    _number("frozenset", "frozenset([1])", "frozenset([2])", formula="a * sum(n)"),
    _number("a function", "np.sin", "np.abs", "lambda a: a * 2", formula="n(a * 0)"),
    _number("Fraction", "1", "__import__('fractions').Fraction(1, 2)", formula="a * n"),
    Case(
        "items of a list argument",
        """
        items = [x, y]

        @accelerate
        def f(items):
            return [a * i for i, a in enumerate(items)], len(items)
        """,
        ("items.append(v)", "items[0] = y", "items[1][0] = 5", "items.clear()"),
        "f(items)",
    ),
    Case(
        "arrays in a dict argument",
        """
        table = {"w": x, "b": y[0]}

        @accelerate
        def f(table, x):
            table["w"] += 1
            return table["w"] * x + table["b"]
        """,
        ("table['w'] = y.copy()", "table['b'] = 2.0", "table['w'] = x"),
        "f(table, x)",
    ),
    Case(
        "dataclass",
        """
        from dataclasses import dataclass

        @dataclass
        class P:
            a: object
            k: float

        p = P(x, 2.0)

        @accelerate
        def f(p):
            return p.a * p.k
        """,
        ("p.k = 3.0", "p.a = y", "p = P(y, 4.0)", "p.a[0] = 9", "p.k = 3"),
        "f(p)",
    ),
    Case(
        "namedtuple",
        """
        from collections import namedtuple

        P = namedtuple("P", "a k")
        p = P(x, 2.0)

        @accelerate
        def f(p):
            return p.a * p.k, p._replace(k=1)
        """,
        ("p = P(x, 3.0)", "p = P(y, 3.0)", "p = (x, 2.0)", "p = P(x, None)"),
        "f(p)",
        replays=None,
    ),
    Case(
        "enum",
        """
        import enum

        Color = enum.Enum("Color", "RED GREEN")
        c = Color.RED

        @accelerate
        def f(a, c):
            return a * 2 if c is Color.RED else a * c.value + 5
        """,
        ("c = Color.GREEN", "c = Color.RED"),
        "f(x, c)",
    ),
    Case(
        "positional, keyword, default",
        """
        args, kwargs = (2,), {}

        @accelerate
        def f(a, n=3, *rest, k=1, **more):
            return a * n + k, rest, sorted(more)
        """,
        (
            "args, kwargs = (), {'n': 2}",
            "args = ()\nkwargs = {}",
            "args = (2, 3, 4)",
            "args, kwargs = (2,), {'k': 5}",
            "kwargs = {'k': 5, 'z': 1}",
            "kwargs = {'z': 1, 'k': 5}",
            "kwargs = {'z': 1, 'w': 5}",
        ),
        "f(x, *args, **kwargs)",
    ),
    Case(
        "order of keyword arguments",
        """
        named = {"p": x, "q": y}

        @accelerate
        def f(**arrays):
            return [a * i for i, a in enumerate(arrays.values())], list(arrays)
        """,
        ("named = {'q': y, 'p': x}", "named = {'p': x}"),
        "f(**named)",
    ),
    Case(
        "wrong arguments",
        """
        args = (x,)

        @accelerate
        def f(a):
            return a * 2
        """,
        ("args = ()", "args = (x, 1)", "args = (y,)"),
        "f(*args)",
    ),
    Case(
        "an iterator",
        """
        source = iter([1, 2, 3, 4, 5, 6, 7])

        @accelerate
        def f(a, numbers):
            return a * next(numbers)
        """,
        ("next(source)",),
        "f(x, source)",
        replays=False,
    ),
    Case(
        "a generator",
        """
        source = (i * 2 for i in range(50))

        @accelerate
        def f(a, numbers):
            for i in numbers:
                a = a + i
                if i % 3 == 0:
                    return a
        """,
        ("next(source)",),
        "f(x, source)",
        replays=False,
    ),
    Case(
        "zip and map handed in",
        """
        @accelerate
        def f(pairs):
            return [a * b for a, b in pairs]
        """,
        ("y = x", "x = x[:2]"),
        "f(zip(x, y))",
        replays=False,
    ),
    Case(
        "an array's iterator",
        """
        @accelerate
        def f(rows):
            return sum(rows)
        """,
        ("x += 1",),
        "f(iter(x))",
        replays=False,
    ),
    Case(
        "an open file",
        """
        import io

        source = io.StringIO("1 2 3 4 5 6 7 8 9")

        @accelerate
        def f(a, source):
            return a * int(source.read(2))
        """,
        ("source.seek(0)",),
        "f(x, source)",
        replays=False,
    ),
]
