"""What a function does besides its result, and state that lies outside of Python's."""

from tests.effects.worlds import Case

_DIVIDE = """
@accelerate
def f(a):
    return a / (a - a) + np.float64(1)
"""
_RNG = """
rng = np.random.default_rng(5)

class Model:
    def __init__(self):
        self.rng = np.random.default_rng(6)

model = Model()

@accelerate
def f(a, rng=rng):
    noise = rng.normal(size=4)
    return a * noise + noise
"""
_LEGACY = """
np.random.seed(3)

@accelerate
def f(a):
    return a + np.random.rand(4) * np.random.randint(1, 9)
"""
_SEED = ("np.random.seed(3)", "np.random.rand(7)", "np.random.seed(3)")


def _effect(name, text, *changes, call="f(x)", replays=False):
    return Case(name, text, changes, call, replays)


CASES = [
    Case("errstate outside", _DIVIDE, ("np.seterr(all='ignore')",), replays=None),
    Case(
        "errstate raises",
        _DIVIDE,
        ("np.seterr(divide='raise')", "np.seterr(all='warn')", "x[:] = 0"),
        replays=None,
    ),
    Case(
        "errstate from a global",
        """
        reaction = "ignore"

        @accelerate
        def f(a):
            with np.errstate(all=reaction):
                return 1 / (a - a)
        """,
        ("reaction = 'raise'", "reaction = 'warn'", "reaction = 'ignore'"),
        replays=None,
    ),
    Case(
        "errstate call",
        """
        seen = []
        np.seterrcall(lambda *args: seen.append(args))

        @accelerate
        def f(a):
            with np.errstate(divide="call", invalid="ignore"):
                return 1 / a
        """,
        ("x[0] = 0", "x[:] = 1", "np.seterrcall(seen.append)"),
        replays=None,
    ),
    Case(
        "warnings filters",
        """
        import warnings

        action = "always"

        def call(a):
            with warnings.catch_warnings():
                warnings.simplefilter(action)
                return f(a), g(a - a)

        @accelerate
        def f(a):
            warnings.warn("f runs")
            return a * 2

        @accelerate
        def g(a):
            return 1 / a
        """,
        ("action = 'ignore'", "action = 'error'", "action = 'once'"),
        "call(x)",
        replays=None,
    ),
    Case(
        "a division that begins to fail",
        """
        @accelerate
        def f(a):
            return 1 / a + 2
        """,
        ("x[:] = 2", "x[0] = 0", "x[:] = np.inf", "x[:] = 3"),
        replays=None,
    ),
    Case("draws from a global generator", _RNG, ("rng.normal(size=3)", "rng.random()")),
    Case(
        "draws from an argument", _RNG, ("rng = np.random.default_rng(9)",), "f(x, rng)"
    ),
    Case(
        "draws from an attribute",
        _RNG,
        ("model.rng = rng", "model = Model()"),
        "f(x, model.rng)",
    ),
    Case("draws from a new generator", _RNG, call="f(x, np.random.default_rng(2))"),
    Case(
        "draws of other bit generators",
        _RNG,
        ("rng = np.random.Generator(np.random.MT19937(2))", "rng = np.random"),
        "f(x, rng)",
    ),
    Case(
        "a generator's state set",
        _RNG,
        ("saved = rng.bit_generator.state", "rng.bit_generator.state = saved"),
        replays=None,
    ),
    Case("np.random.seed", _LEGACY, _SEED, replays=None),
    Case(
        "np.random.seed inside",
        _LEGACY.replace("def f(a):", "def f(a):\n    np.random.seed(2)"),
        ("np.random.rand()",),
        replays=None,
    ),
    Case(
        "RandomState",
        """
        state = np.random.RandomState(4)

        @accelerate
        def f(a):
            a = a + state.standard_normal(4)
            return a * state.permutation(4), state.choice([1, 2, 3])
        """,
        ("state.seed(4)", "state.rand()"),
        replays=None,
    ),
    Case(
        "shuffles",
        """
        rng = np.random.default_rng(5)

        @accelerate
        def f(a):
            rng.shuffle(a)
            b = rng.permutation(a)
            return b * 2, rng.permuted(a, axis=0)
        """,
        ("rng = np.random.default_rng(5)", "x += 1"),
        replays=None,
    ),
    Case(
        "draws with arrays as parameters",
        """
        rng = np.random.default_rng(5)

        @accelerate
        def f(a):
            return rng.normal(a, 2.0) + rng.integers(0, 9, a.shape)
        """,
        ("x += 1", "rng = np.random.default_rng(5)", "x = x[:1]"),
    ),
    Case(
        "draws, then an error",
        """
        rng = np.random.default_rng(5)

        @accelerate
        def f(a):
            a += rng.random(4)
            b = a[limit] * rng.random()
            return b
        """.replace("rng =", "limit = 1\n        rng ="),
        ("limit = 7", "limit = 2"),
        replays=None,
    ),
    Case(
        "draws as many as values say",
        """
        rng = np.random.default_rng(5)

        @accelerate
        def f(a):
            n = 1
            while rng.random() < 0.7:
                n += 1
            return a * n
        """,
        ("x += 1",),
        replays=None,
    ),
    Case(
        "a branch on a draw",
        """
        rng = np.random.default_rng(5)

        @accelerate
        def f(a):
            return a + 1 if rng.random() < 0.5 else a - rng.random()
        """,
        ("x += 1", "x += 1", "x -= 1"),
        replays=None,
    ),
    Case(
        "the random module",
        """
        import random

        random.seed(7)

        @accelerate
        def f(a):
            return a * own.random()

        own = random.Random(4)
        """,
        ("own.seed(2)",),
        replays=False,
    ),
    Case(
        "a new unseeded generator",
        """
        @accelerate
        def f(a):
            return (a * np.random.default_rng().random(4)).shape
        """,
        ("x = x[:2]",),
        replays=None,
    ),
    _effect(
        "the clock",
        """
        import time

        ticks = iter(range(100))
        time = __import__("types").SimpleNamespace(time=lambda: next(ticks))

        @accelerate
        def f(a):
            return a * time.time()
        """,
    ),
    _effect(
        "the real clock",
        """
        import time

        @accelerate
        def f(a):
            stamps.append(time.perf_counter_ns())
            return a * 2

        stamps = [0]
        """,
        call="(f(x), stamps[-1] > stamps[-2], [stamps.clear(), stamps.append(1)])",
    ),
    _effect(
        "os.environ",
        """
        import os

        os.environ["STALE_K"] = "2"

        @accelerate
        def f(a):
            return a * int(os.environ["STALE_K"])
        """,
        "os.environ['STALE_K'] = '3'",
        "os.environ['STALE_K'] = '2'",
        replays=None,
    ),
    _effect(
        "a file",
        """
        import os
        import pathlib
        import tempfile

        file = pathlib.Path(tempfile.gettempdir(), f"npjit_{os.getpid()}.txt")
        file.write_text("2")

        @accelerate
        def f(a):
            with open(file) as lines:
                return a * float(lines.read())
        """,
        "file.write_text('3')",
        "file.write_text('4')",
        "file.unlink(missing_ok=True)",
    ),
    _effect(
        "a file of NumPy's",
        """
        import io

        file = io.BytesIO()
        np.save(file, y)

        @accelerate
        def f(a):
            file.seek(0)
            return a * np.load(file)
        """,
        "file.seek(0)\nnp.save(file, x)",
    ),
    _effect(
        "locals",
        """
        k = 2

        @accelerate
        def f(a):
            b = k
            return a * locals()["b"] + len(vars())
        """,
        "k = 3",
        replays=None,
    ),
    _effect(
        "a context variable",
        """
        import contextvars

        k = contextvars.ContextVar("k", default=2)

        @accelerate
        def f(a):
            return a * k.get()
        """,
        "k.set(3)",
        "k.set(4)",
        replays=None,
    ),
    _effect(
        "thread-local state",
        """
        import threading

        local = threading.local()
        local.k = 2

        @accelerate
        def f(a):
            return a * local.k
        """,
        "local.k = 3",
        replays=None,
    ),
    _effect(
        "a counter attribute",
        """
        class Model:
            n = 0

            @accelerate
            def run(self, a):
                self.n += 1
                return a * self.n

        model = Model()
        """,
        "model.n = 10",
        call="model.run(x)",
    ),
    _effect(
        "a class counter",
        """
        class Model:
            count = 0

            def __init__(self, a):
                type(self).count += 1
                self.a = a

        @accelerate
        def f(a):
            return Model(a).a * Model.count
        """,
        "Model.count = 10",
    ),
    _effect(
        "calls are noted",
        """
        calls = []

        @accelerate
        def f(a):
            calls.append(len(calls))
            return a * 2
        """,
        "calls.clear()",
    ),
    _effect(
        "arrays are noted",
        """
        history = []

        @accelerate
        def f(a):
            b = a * 2
            history.append(b)
            return b
        """,
        "history[0][0] = 5",
        "history = history[:1]",
    ),
    _effect(
        "a print",
        """
        @accelerate
        def f(a):
            print("sum", a.sum())
            return a * 2
        """,
        "x += 1",
    ),
    _effect(
        "a log record",
        """
        import logging

        seen = []
        log = logging.Logger("stale")

        class Keeper(logging.Handler):
            def emit(self, record):
                seen.append(record.msg)

        log.addHandler(Keeper())

        @accelerate
        def f(a):
            log.info("f runs")
            return a * 2
        """,
        "log.setLevel('ERROR')",
        "log.setLevel('INFO')",
        call="(f(x), len(seen))",
    ),
    _effect(
        "a memo that the function fills",
        """
        memo = {}

        @accelerate
        def f(a, n=3):
            if n not in memo:
                memo[n] = np.arange(4) * float(n)
            return a * memo[n]
        """,
        "memo.clear()",
        "memo[3] = 5.0",
        "memo[3] = x",
        replays=None,
    ),
    _effect(
        "a memo by shape",
        """
        memo = {}

        @accelerate
        def f(a):
            if a.shape not in memo:
                memo[a.shape] = np.ones(a.shape)
            return a + memo[a.shape]
        """,
        "x = x[:2]",
        "memo[2, 4][0] = 7",
        "memo.clear()",
        replays=None,
    ),
    _effect(
        "a global written",
        """
        total = 0

        @accelerate
        def f(a):
            global total
            total = total + a.sum()
            return a * 2
        """,
        "total = 100",
    ),
    _effect(
        "a global array written",
        """
        total = np.zeros(4)

        @accelerate
        def f(a):
            global total
            total += a[0]
            return total * 2
        """,
        "total = np.ones(4)",
        "total[0] = 5",
        replays=None,
    ),
    _effect(
        "a captured number counted",
        """
        def make():
            n = 0

            @accelerate
            def f(a):
                nonlocal n
                n += 1
                return a * n

            return f

        f = make()
        """,
        "f.__closure__[0].cell_contents = 10",
    ),
    _effect(
        "function attribute counted",
        """
        @accelerate
        def f(a):
            f.calls += 1
            return a * f.calls

        f.calls = 0
        """,
        "f.calls = 10",
    ),
    _effect(
        "an attribute array rebound",
        """
        class Model:
            def __init__(self):
                self.u = x

            @accelerate
            def run(self, a):
                self.u = self.u + a
                return self.u

        model = Model()
        """,
        "model.u = y",
        "model.u[0] = 7",
        call="model.run(x)",
        replays=None,
    ),
    _effect(
        "a dict argument filled",
        """
        out = {}

        @accelerate
        def f(a, out):
            out["double"] = a * 2
            return out
        """,
        "out.clear()",
        "x += 1",
        call="f(x, out)",
        replays=None,
    ),
    _effect(
        "a list argument sorted and popped",
        """
        items = [3, 1, 2, 9, 8, 7, 6, 5, 4, 3, 2]

        @accelerate
        def f(a, items):
            items.sort()
            return a * items.pop()
        """,
        "items.append(0)",
        call="f(x, items)",
    ),
    _effect(
        "a dict iterated while it grows",
        """
        table = {}

        @accelerate
        def f(a):
            table[len(table)] = 1
            return a * len(table)
        """,
        "table.clear()",
    ),
    _effect(
        "an error, and what was done before it",
        """
        calls = []

        @accelerate
        def f(a, limit):
            a[0] += 1
            calls.append(limit)
            a[limit] += 1
            return a * 2

        limit = 1
        """,
        "limit = 9",
        "limit = 2",
        call="f(x, limit)",
    ),
    Case(
        "an error each time",
        """
        @accelerate
        def f(a):
            a += 1
            raise ValueError(a.shape)
        """,
        ("x += 1", "x = x[:2]"),
        replays=None,
    ),
    Case(
        "an error by value",
        """
        @accelerate
        def f(a):
            a += 1
            if (a > 100).any():
                raise ValueError("too large")
            return a * 2
        """,
        ("x[0] = 200", "x[0] = 0"),
        replays=None,
    ),
    Case(
        "an assertion on values",
        """
        @accelerate
        def f(a):
            b = a * 2
            assert b.min() > -50, b.min()
            return b
        """,
        ("x[0] = -200", "x[0] = 0", "x[0] = -300"),
        replays=None,
    ),
    Case(
        "a shape error",
        """
        w = y

        @accelerate
        def f(a):
            a += 1
            return a + w
        """,
        ("w = np.ones(7)", "w = np.ones(4)"),
    ),
    Case(
        "try around linalg",
        """
        m = np.eye(3) * 2

        @accelerate
        def f(m):
            try:
                return np.linalg.inv(m)
            except np.linalg.LinAlgError as error:
                return str(error)
        """,
        ("m[0] = 0", "m[0, 0] = 4", "m = np.ones((2, 3))"),
        "f(m)",
        replays=None,
    ),
    Case(
        "linalg fails outside",
        """
        m = np.eye(3) * 2

        @accelerate
        def f(m):
            return np.linalg.inv(m) * 2
        """,
        ("m[0] = 0", "m[0, 0] = 4"),
        "f(m)",
        replays=None,
    ),
    Case(
        "index errors by value",
        """
        index = np.array([0, 2])

        @accelerate
        def f(a, index):
            return a[index] * 2
        """,
        ("index[0] = 1", "index[1] = 5", "index[1] = -1", "index[1] = 2"),
        "f(x, index)",
        replays=None,
    ),
    Case(
        "code handed to foreign code",
        """
        k = 2

        def key(i):
            return (i * k) % 5

        @accelerate
        def f(a):
            return a[sorted(range(3), key=key)] + 1
        """,
        ("k = 3", "k = -2"),
        replays=None,
    ),
    Case(
        "foreign code with a state",
        """
        import collections

        counter = collections.Counter()

        @accelerate
        def f(a):
            counter.update("k")
            return a * counter["k"]
        """,
        ("counter.clear()",),
        replays=False,
    ),
    Case(
        "a host function",
        """
        from npjit import host

        k = 2
        calls = []

        @host
        def outside(a):
            calls.append(type(a).__name__)
            return a * k

        @accelerate
        def f(a):
            return outside(a + 1) - 1
        """,
        ("k = 3", "calls.clear()"),
        replays=None,
    ),
    Case(
        "garbage collection, weak references",
        """
        import weakref

        class Thing:
            k = 2

        thing = Thing()
        link = weakref.ref(thing)

        @accelerate
        def f(a):
            found = link()
            return a * 2 if found is None else a * found.k
        """,
        ("thing.k = 3", "del thing"),
        replays=None,
    ),
]
