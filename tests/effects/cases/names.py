"""State behind names: globals, modules, cells, and what functions are made of."""

from tests.effects.worlds import Case

_GLOBAL = """
k = 2.0

@accelerate
def f(a):
    return a * k
"""
_CELL = """
def make():
    k = 2.0

    @accelerate
    def f(a):
        return a * k

    def change(new):
        nonlocal k
        k = new

    def unbind():
        nonlocal k
        del k

    return f, change, unbind

f, change, unbind = make()
"""
_MODULE = """
import types

config = types.ModuleType("config")
config.DT = 0.5
config.sub = types.SimpleNamespace(k=2, w=x)

@accelerate
def f(a):
    return a * config.DT + config.sub.k * config.sub.w
"""
_DEFAULTS = """
@accelerate
def f(a, k=2, w=x, *, n=3, items=[1, 2]):
    return a * k + w * n + len(items)
"""
_HELPER = """
def helper(a):
    return a + 1

def other(a):
    return a - 1

def third(a, k=[4]):
    return a * k[0]

@accelerate
def f(a):
    return helper(a * 2) * 3
"""

CASES = [
    Case("global number", _GLOBAL, ("k = 3.0", "k = 3", "k = True", "k = 2.0")),
    Case("global zero's sign", _GLOBAL, ("k = 0.0", "k = -0.0", "k = 0.0")),
    Case("global NaN", _GLOBAL, ("k = float('nan')", "k = 1.0")),
    Case("global deleted", _GLOBAL, ("del k", "k = 4.0")),
    Case("global array for a number", _GLOBAL, ("k = y", "k = y[0]", "k = 2.0")),
    Case("global array rebound", _GLOBAL, ("k = y", "k = y + 1", "k[0] = 5", "k = x")),
    Case("global of a new class", _GLOBAL, ("k = np.float32(2)", "k = 2j", "k = '2'")),
    Case(
        "global list",
        """
        items = [1, 2]

        @accelerate
        def f(a):
            return a * len(items) + sum(items)
        """,
        ("items.append(3)", "items[0] = 7", "items.reverse()", "items.clear()"),
    ),
    Case(
        "global list, one item used",
        """
        items = [1, [2, x]]

        @accelerate
        def f(a):
            return a * items[1][0] + items[1][-1]
        """,
        ("items[1][0] = 5", "items[1][1] = y", "items[1] = [3, 4]", "items[0] = 9"),
    ),
    Case(
        "global dict",
        """
        table = {"k": 2, "w": x}

        @accelerate
        def f(a):
            return a * table["k"] + table["w"]
        """,
        ("table['k'] = 3", "table['w'] = y", "del table['k']", "table['k'] = 1.5"),
    ),
    Case(
        "global dict, keys",
        """
        table = {"k": 2}

        @accelerate
        def f(a):
            out = {}
            for name in table:
                out[name] = a * table[name]
            return out, "z" in table, table.get("z", 5)
        """,
        ("table['z'] = 3", "table['k'] = table.pop('k')", "table.pop('z')"),
    ),
    Case(
        "global set",
        """
        names = {"p"}

        @accelerate
        def f(a):
            return a * 2 if "q" in names else a * len(names)
        """,
        ("names.add('q')", "names.remove('q')", "names.clear()"),
    ),
    Case(
        "global bytearray, deque, array",
        """
        import array
        import collections

        raw, last = bytearray(b"\\1"), collections.deque([2])
        many = array.array("d", [3])

        @accelerate
        def f(a):
            return a * raw[0] + last[-1] - many[0]
        """,
        ("raw[0] = 4", "last.append(5)", "many[0] = 6"),
        replays=None,
    ),
    Case(
        "global object's attributes",
        """
        import types

        state = types.SimpleNamespace(k=2, w=x)

        @accelerate
        def f(a):
            return a * state.k + state.w
        """,
        ("state.k = 3", "state.w = y", "state.w[0] = 1", "del state.k"),
    ),
    Case(
        "a builtin shadowed",
        """
        @accelerate
        def f(a):
            return a * len(a) + sum([1, 2])
        """,
        ("len = lambda a: 7", "sum = max", "del len, sum"),
    ),
    Case(
        "a builtin replaced",
        """
        import builtins

        @accelerate
        def f(a):
            return a * twice(3)
        """,
        (
            "builtins.twice = lambda n: n * 2",
            "builtins.twice = lambda n: n * 5",
            "vars(builtins).pop('twice', None)",
        ),
        replays=None,
    ),
    Case("module attribute", _MODULE, ("config.DT = 0.25", "config.DT = 1")),
    Case("module's object", _MODULE, ("config.sub.k = 5", "config.sub.w = y")),
    Case(
        "module rebound",
        _MODULE,
        ("config = types.SimpleNamespace(DT=2, sub=config.sub)", "config.DT = 3"),
    ),
    Case("module attribute deleted", _MODULE, ("del config.DT", "config.DT = 0.5")),
    Case(
        "module with __getattr__",
        """
        import types

        config = types.ModuleType("config")
        values = {"DT": 2.0}
        config.__getattr__ = values.__getitem__

        @accelerate
        def f(a):
            return a * config.DT
        """,
        ("values['DT'] = 3.0", "config.DT = 4.0", "del config.DT"),
        replays=None,
    ),
    Case(
        "a function of NumPy's by another name",
        """
        sum_of = np.sum

        @accelerate
        def f(a):
            return sum_of(a, axis=0)
        """,
        ("sum_of = np.max", "sum_of = lambda a, axis: a", "sum_of = np.sum"),
    ),
    Case(
        "numpy by another name",
        """
        xp = np

        @accelerate
        def f(a):
            return xp.maximum(a, 0)
        """,
        (
            "import types; xp = types.SimpleNamespace(maximum=np.minimum)",
            "xp = np",
        ),
    ),
    Case("captured number", _CELL, ("change(3.0)", "change(3)", "change(2.0)")),
    Case("captured variable unbound", _CELL, ("unbind()", "change(3.0)")),
    Case("captured array rebound", _CELL, ("change(x)", "change(y)", "change(y[0])")),
    Case(
        "captured array written",
        _CELL,
        (
            "change(w := y.copy())",
            "w[1, 1] = 50",
            "w *= 2",
            "w.resize((2, 4), refcheck=False)",
        ),
    ),
    Case(
        "captured list",
        _CELL.replace("k = 2.0", "k = [2.0]").replace("a * k", "a * k[-1]"),
        ("change([4])", "f.__closure__[0].cell_contents.append(5)"),
    ),
    Case(
        "cell changed from outside",
        _CELL,
        ("f.__closure__[0].cell_contents = 5.0",),
    ),
    Case(
        "captured by a helper's helper",
        """
        def make():
            k, w = 2, x

            def inner(a):
                return a * k + w

            def outer(a):
                return inner(a) - 1

            def change(new, array):
                nonlocal k, w
                k, w = new, array

            return outer, change

        helper, change = make()

        @accelerate
        def f(a):
            return helper(a) * 2
        """,
        ("change(3, x)", "change(3, y)", "y[0] = 4"),
    ),
    Case(
        "function attribute",
        _GLOBAL.replace("* k", "* f.k") + "\nf.k = 2\n",
        ("f.k = 3", "f.k = x", "del f.k"),
    ),
    Case("default replaced", _DEFAULTS, ("f.__defaults__ = (5, y)",)),
    Case("default array written", _DEFAULTS, ("f.__defaults__[1][0] = 9", "x += 1")),
    Case(
        "keyword default replaced",
        _DEFAULTS,
        ("f.__kwdefaults__ = {'n': 1, 'items': []}", "f.__kwdefaults__['n'] = 8"),
    ),
    Case(
        "mutable default grows outside",
        _DEFAULTS,
        ("f.__kwdefaults__['items'].append(1)", "f.__kwdefaults__['items'].clear()"),
    ),
    Case(
        "mutable default grows inside",
        """
        @accelerate
        def f(a, seen=[]):
            seen.append(a.sum())
            return a * len(seen)
        """,
        ("x += 1",),
        replays=False,
    ),
    Case(
        "code replaced",
        _GLOBAL,
        (
            "def g(a):\n    return a - k\n\nf.__code__ = g.__code__",
            "def g(a):\n    return a + k\n\nf.__code__ = g.__code__",
        ),
    ),
    Case("helper rebound", _HELPER, ("helper = other", "helper = third")),
    Case("helper's code replaced", _HELPER, ("helper.__code__ = other.__code__",)),
    Case(
        "helper's default replaced",
        _HELPER,
        (
            "helper = third",
            "third.__defaults__ = ([7],)",
            "third.__defaults__[0][0] = 8",
        ),
    ),
    Case(
        "helper becomes a class, a builtin, a partial",
        _HELPER,
        (
            "helper = np.abs",
            "import functools; helper = functools.partial(np.add, 5)",
            "class helper:\n    def __new__(cls, a): return a - 5",
            "del helper",
        ),
    ),
    Case(
        "helper in a table",
        """
        def double(a):
            return a * 2

        table = {"step": double}

        @accelerate
        def f(a):
            return table["step"](a) + 1
        """,
        ("table['step'] = lambda a: a * 3", "table['step'] = np.negative"),
    ),
    Case(
        "helper found by name",
        """
        def double(a):
            return a * 2

        name = "double"

        @accelerate
        def f(a):
            return globals()[name](a) + 1
        """,
        ("def triple(a): return a * 3", "name = 'triple'", "triple = np.abs"),
        replays=None,
    ),
    Case(
        "lambda captured as default",
        """
        @accelerate
        def f(a, g=lambda a: a * 2):
            return g(a)
        """,
        ("f.__defaults__ = (lambda a: a * 3,)",),
    ),
    Case(
        "partial's arguments",
        """
        import functools

        def base(a, k, w=1):
            return a * k + w

        part = functools.partial(base, w=x)

        @accelerate
        def f(a):
            return part(a, 2)
        """,
        (
            "part.keywords['w'] = y",
            "part = functools.partial(base, w=5)",
            "part.keywords['w'] = 6",
            "base.__defaults__ = (3,); part.keywords.clear()",
        ),
    ),
    Case(
        "an accelerated partial",
        """
        import functools

        def base(a, k, w=1):
            return a * k + w

        f = accelerate(functools.partial(base, k=2, w=x))
        """,
        ("f.keywords['k'] = 3", "f.keywords['w'] = y", "x[0] = 3"),
    ),
    Case(
        "lru_cache",
        """
        import functools

        calls = []

        @functools.lru_cache
        def weight(n):
            calls.append(n)
            return np.arange(n) * float(len(calls))

        @accelerate
        def f(a):
            return a * weight(4)
        """,
        ("weight.cache_clear()", "weight(4)[0] = 5", "weight.cache_clear()"),
        replays=None,
    ),
    Case(
        "a decorator of the user's",
        """
        import functools

        factor = 2

        def scaled(fn):
            @functools.wraps(fn)
            def call(*args):
                return fn(*args) * factor

            return call

        @accelerate
        @scaled
        def f(a):
            return a + 1
        """,
        ("factor = 3", "factor = x"),
    ),
    Case(
        "accelerated calls accelerated",
        """
        k = 2

        @accelerate
        def g(a):
            a += k
            return a * k

        @accelerate
        def f(a):
            return g(a) + g(a * 2)
        """,
        ("k = 3", "g = lambda a: a", "k = 4"),
    ),
    Case(
        "recursion",
        """
        depth = 3

        @accelerate
        def f(a, n=0):
            return a if n == depth else f(a * 2, n + 1) + 1
        """,
        ("depth = 4", "depth = 0", "depth = 3"),
    ),
    Case(
        "nested definition",
        """
        k = 2

        @accelerate
        def f(a):
            def g(b, c=k):
                return b * c + k

            return [g(i) for i in a], (lambda b: b - k)(a)
        """,
        ("k = 3", "k = y[0]"),
    ),
    Case(
        "returned functions see later state",
        """
        k = 2

        @accelerate
        def f(a):
            b = a * k
            return lambda: b * k
        """,
        ("k = 3", "results[0] = results[0]()", "results[-1] = results[-1]()"),
        replays=None,
    ),
    Case(
        "import inside",
        """
        import sys
        import types

        sys.modules["stale_config"] = types.SimpleNamespace(k=2)

        @accelerate
        def f(a):
            import stale_config
            from stale_config import k

            return a * stale_config.k + k
        """,
        (
            "sys.modules['stale_config'].k = 3",
            "sys.modules['stale_config'] = types.SimpleNamespace(k=7)",
            "sys.modules.pop('stale_config', None)",
        ),
        replays=None,
    ),
    Case(
        "exec and eval",
        """
        formula = "a * 2"

        @accelerate
        def f(a):
            return eval(formula)
        """,
        ("formula = 'a * 3'", "formula = 'a + k'", "k = 5"),
        replays=None,
    ),
    Case(
        "what a cast by a scalar type warns of",
        """
        k = np.complex64(1 + 2j)

        @accelerate
        def f(a):
            np.uint64(a * k)
            return np.float32(k), np.int8(a + 1j), a
        """,
        ("k = np.complex64(3)", "x[0, 0] = np.nan", "k = 2j"),
        replays=False,
    ),
    Case(
        "a list that indices and values are made of",
        """
        places, values = [0, 2], [1.0, 2.0, 3.0, 4.0]

        @accelerate
        def f(a):
            b = a.copy()
            b[places] = values
            np.add.at(b, places, values[0])
            np.put(b, places, values[:2])
            b = np.insert(b, places, values, axis=0)
            return np.delete(b, places, axis=1), np.r_[b[0], places]
        """,
        (
            "places[1] = 1",
            "values[0] = -5.0",
            "values[:] = [1, 2, 3, 4]",
            "places = [1, 0]",
            "places[:] = [True, False]",
            "values = (0.5,) * 4",
        ),
    ),
    Case(
        "an array that indices and values are made of",
        """
        places, values = np.array([0, 2]), np.arange(4.0)

        @accelerate
        def f(a):
            b = a.copy()
            b[places] = [values, values * 2]
            np.put(b, [places[0], 5], values[:2])
            b = np.insert(b, places[0], values, axis=0)
            return np.delete(b, places, axis=1), np.c_[b[0], values]
        """,
        (
            "places[1] = 1",
            "values[0] = -5.0",
            "places = np.array([1, 0])",
            "values = np.arange(4)",
        ),
    ),
    Case(
        "the array that `flat` and `np.diag` read and write",
        """
        w, step = np.arange(6.0).reshape(2, 3), 2

        @accelerate
        def f(a):
            w.flat[::step] = a[0, :3]
            w.flat[np.argmax(a) % 6] += 1
            return np.diag(w[0]), w.flat[-1], w.flat[:step]
        """,
        (
            "w[0] = 9",
            "step = 3",
            "w = np.ones((2, 3))",
            "w = np.ones((3, 2)).T",
            "w = np.ones((2, 3), np.float32)",
            "w = np.ones((2, 3)); w.flags.writeable = False",
        ),
    ),
]
