"""Numbers that leave NumPy in mid-call: for the result only, or for Python to use."""

from tests.effects.worlds import Case

_CHANGES = ("x += 1", "x[0] = 50", "x[:] = 0", "x -= 2.5", "x = y")
_BODY = """
seen = []

class Box:
    kept = None

class Real(float):
    pass

def helper(a):
    return float(a.sum())

@accelerate
def f(a):
{body}
"""


def _lines(body):
    return "\n".join(f"    {line}" for line in body.strip("\n").splitlines())


def _in_result(name, body, *changes, call="f(x)"):
    """A number that is part of the result only: each call with new data is a replay."""
    text = _BODY.format(body=_lines(body))
    return Case(name, text, changes or _CHANGES, call, anew=1)


def _in_use(name, body, *changes, call="f(x)", replays=None):
    """A number that Python may look at."""
    text = _BODY.format(body=_lines(body))
    return Case(name, text, changes or _CHANGES, call, replays)


IN_RESULT = [
    _in_result("float", "return float(a.sum())"),
    _in_result("int", "return int(a.argmax())"),
    _in_result("bool", "return bool((a > 0).any())"),
    _in_result("complex", "return complex(a[0, 1] * 2)"),
    _in_result("int of a float", "return int(a.sum())"),
    _in_result("item", "return a.sum().item()"),
    _in_result("item of one element", "return a[:1, :1].item(), a[..., 0][0].item()"),
    _in_result("a list", "return a.tolist(), (a * 2)[0].tolist()"),
    _in_result(
        "a list of what is written", "b = a + 1\nc = b.tolist()\nb[:] = 0\nreturn c"
    ),
    _in_result("beside arrays", "return float(a.sum()), a * 2, a.shape"),
    _in_result(
        "in a dict",
        "return {'loss': float(a.sum()), 'grad': [a * 2, a[0].max().item()]}",
    ),
    _in_result("by a name", "loss = float(a.sum())\ngrad = a * 2\nreturn loss, grad"),
    _in_result("one number twice", "e = float(a.sum())\nreturn e, [e]"),
    _in_result("the scalar, too", "s = a.sum()\nreturn float(s), s, int(s)"),
    _in_result(
        "an element that is written",
        "b = a * 1\ne = float(b[0, 0])\nb[0, 0] = 9\nreturn e, b",
    ),
    _in_result(
        "an argument written in place",
        "e = float(a[0, 0])\na[0, 0] = 9\nreturn e, a",
        "x += 1",
        "x[0, 0] = 5",
    ),
    _in_result("one of two", "return float(a.sum()) if len(a) else 0.0"),
    _in_result(
        "two ways to one name",
        "if len(a) > 1:\n    e = float(a.sum())\nelse:\n    e = 0.0\nreturn e",
    ),
    _in_result(
        "overwritten in a loop",
        "for row in a:\n    e = float(row.sum())\nreturn e, None",
    ),
    _in_result(
        "in try and with",
        "with np.errstate(all='ignore'):\n"
        "    try:\n        return float(a.sum())\n    finally:\n        a = None",
    ),
    _in_result(
        "a finally that returns",
        "try:\n    return float(a.sum())\nfinally:\n    return int(a.argmin())",
    ),
    _in_result(
        "float16, int8, bool, complex",
        "b = a.astype('f2').max()\nc = a.astype('i1')[0, 0]\n"
        "return float(b), c.item(), (a > 0)[0, 1].item(), (a * 1j)[0, 1].item()",
    ),
    _in_result("after a draw", "return float((a * np.random.rand(4).round()).sum())"),
    _in_result("a 0-d array", "return float(np.asarray(a.sum())), a[0, 0, ...].item()"),
    Case("lambda", "f = accelerate(lambda a: float(a.sum()))", _CHANGES, anew=1),
    Case(
        "method",
        """
        class Model:
            k = 2.0

            @accelerate
            def loss(self, a):
                return float((a * self.k).sum())

        model = Model()
        """,
        _CHANGES,
        "model.loss(x)",
        anew=1,
    ),
    Case(
        "functools.partial",
        """
        import functools

        def loss(k, a):
            return float((a * k).sum())

        f = accelerate(functools.partial(loss, 2.0))
        """,
        _CHANGES,
        replays=None,
    ),
]
IN_USE = [
    _in_use("computed with", "return float(a.sum()) + 1"),
    _in_use("a branch", "e = float(a.sum())\nif e > 5:\n    return a * 2\nreturn a"),
    _in_use(
        "a branch, and returned",
        "e = float(a.sum())\nif e > 5:\n    a = a * 2\nreturn e, a",
    ),
    _in_use("tested in the result", "return bool(a.any()) and float(a.sum())"),
    _in_use("printed", "e = float(a.sum())\nprint(e, end='')\nreturn e"),
    _in_use("stored in an attribute", "e = float(a.sum())\nBox.kept = e\nreturn e"),
    _in_use("stored in a list", "e = float(a.sum())\nseen.append(e)\nreturn e"),
    _in_use(
        "stored in a list, then returned",
        "seen.append(float(a.sum()))\nreturn seen[-1]",
    ),
    _in_use("in a global", "global kept\nkept = float(a.sum())\nreturn kept"),
    _in_use("added to", "e = float(a.sum())\ne += 1\nreturn e"),
    _in_use("a key", "return {float(a.sum()): 1, 'k': {int(a.max())}}"),
    _in_use(
        "a subscript", "return (float(a.sum()), a)[0], [3, 4, 5][int(a[0, 0]) % 3]"
    ),
    _in_use("a text", "return f'{float(a.sum()):.2f}', str(float(a.max()))"),
    _in_use("by a helper", "return helper(a)"),
    _in_use("by a helper that is tested", "return 1 if helper(a) > 5 else 2"),
    _in_use(
        "a class of numbers", "return Real(a.sum()), type(float(a.sum())).__name__"
    ),
    _in_use("float is another", "float = abs\nreturn float(a.sum())"),
    _in_use("seen by locals", "e = float(a.sum())\nlocals()\nreturn e"),
    _in_use(
        "seen by a nested function",
        "e = float(a.sum())\ndef inner():\n    return e + 1\nreturn e, inner()",
    ),
    _in_use(
        "seen by a comprehension",
        "e = float(a.sum())\nreturn e, [e * k for k in range(2)]",
    ),
    _in_use("deleted", "e = float(a.sum())\ndel e\nreturn a"),
    _in_use("walrus", "return (e := float(a.sum())), e + 1"),
    _in_use("two names", "p = q = float(a.sum())\nreturn p, q > 3"),
    _in_use("spread", "return (*a[0].tolist(), max(*a.tolist()[0]))"),
    _in_use("in a call", "return dict(e=float(a.sum())), max(float(a.sum()), 3.0)"),
    _in_use(
        "a generator",
        "def parts():\n    yield float(a.sum())\n    return float(a.max())\n"
        "return list(parts())",
    ),
    _in_use(
        "NaN is no integer",
        "return int(a.sum())",
        "x[0] = np.nan",
        "x[0] = 1",
        "x[0] = np.inf",
    ),
    _in_use(
        "caught",
        "try:\n    return int(a.sum())\nexcept ValueError:\n    return -1",
        "x[0] = np.nan",
        "x[0] = 1",
    ),
    _in_use("of one element", "return float(a)", "x = x[0, 0]", "x = x * 2"),
    _in_use(
        "of no number", "return float('2.5'), int('7'), bool([a]), float(len(a)), a * 2"
    ),
    _in_use("complex is no float", "return float(a.sum() * 1j)"),
    _in_use("an item by its index", "return a.item(3), a[0].item(1)"),
    Case(
        "float is another for the module",
        _BODY.format(body="    return float(a.sum())"),
        ("float = abs", "x += 1", "float = lambda s: s * 2", "x += 1", "del float"),
    ),
    Case(
        "a decorator that looks",
        """
        import functools

        def clipped(fn):
            @functools.wraps(fn)
            def wrapper(a):
                e = fn(a)
                return e if e < 9 else 9.0
            return wrapper

        @accelerate
        @clipped
        def f(a):
            return float(a.sum())
        """,
        _CHANGES,
        replays=None,
    ),
    Case(
        "one accelerated function in another",
        """
        @accelerate
        def loss(a):
            return float(a.sum())

        @accelerate
        def f(a):
            return a * 2 if loss(a) > 5 else a, loss(a)
        """,
        _CHANGES,
        replays=None,
    ),
    Case(
        "a function that calls itself",
        """
        @accelerate
        def f(a, n=2):
            if n and f(a, n - 1) < 20:
                return float(a.sum()) + n
            return float(a.sum())
        """,
        _CHANGES,
        replays=None,
    ),
    Case(
        "a context manager that looks at the frame",
        """
        import sys

        class Spy:
            def __enter__(self):
                pass

            def __exit__(self, *about):
                results.append(sorted(sys._getframe(1).f_locals.get("seen", ())))

        @accelerate
        def f(a):
            with Spy():
                return float(a.sum())
        """,
        _CHANGES,
        replays=None,
    ),
]
_STEP = """
seen = []
t, r = 0.25, 1.5

class Box:
    kept = None

class Real(float):
    pass

def helper(a, t):
    return a * 2 if t > 0.4 else a - 1

@accelerate
def f(a, t, r=0.5):
{body}
"""
_TIMES = ("t = 0.5", "x += 1", "t = -3.0", "t = 0.0", "t = 0.75")
_TWO = ("t = 2.0", "r = 3.0", "t = 5.0", "r = -2.5", "t, r = 0.5, 9.0")
_ODD_TIMES = ("t = -0.0", "t = np.nan", "t = np.inf", "t = 1e300", "t = 5e-324")
_OTHER_TIMES = ("t = 2", "t = True", "t = np.float64(3.5)", "t = np.float32(0.1)")
_ARRAYS = ("t = y", "t = y[0]", "t = 0.5", "t = np.array(2.0)", "t = 2j", "t = Real(3)")


def _operand(name, body, *changes, call="f(x, t)", n_learnt=1):
    """A float argument that meets arrays only: a third one is replayed."""
    text = _STEP.format(body=_lines(body))
    return Case(name, text, changes or _TIMES, call, anew=n_learnt + 1)


def _looked_at(name, body, *changes, call="f(x, t)", replays=None):
    """A float argument that Python may look at, or that is none."""
    text = _STEP.format(body=_lines(body))
    return Case(name, text, changes or _TIMES, call, replays)


OPERANDS = [
    _operand("times t", "return a * t"),
    _operand("t on the left", "return t + a, t - a, t * a, 2 - a * t"),
    _operand("over", "return (a + 20) / (t + 7), t / (a * a + 1)"),
    _operand("of constants", "return a * (1 - t) + 0.5 * t * a - -t * a / 2"),
    _operand(
        "in functions", "return np.abs(-t * a), (a + t).sum(), np.maximum(a * t, 0)"
    ),
    _operand("compared with an array", "return a > t, t <= a, np.where(a < t, a, 0)"),
    _operand("with elements", "return a[0, 0] * t, a.sum() - t, (t * a.mean()).item()"),
    _operand("in place", "a *= 2 * t + 1\na -= t\na[1:] += a[:-1] * t\nreturn a.sum()"),
    _operand("into an item", "b = a * 1\nb[0] += t\nb[1, 2] -= t\nreturn b"),
    _operand(
        "two of them",
        "return a * t - r * a",
        *_TWO,
        call="f(x, t, r)",
        n_learnt=2,
    ),
    _operand(
        "by name",
        "return a * t - r * a",
        *_TWO,
        call="f(x, r=r, t=t)",
        n_learnt=2,
    ),
    _operand("float32", "b = a.astype('f4')\nreturn b * t, b - t, b > t, b / (t + 9)"),
    _operand("whole numbers", "b = a.astype('i2')\nreturn b * t, b > t, (b > 1) + t"),
    _operand(
        "uint8, complex",
        "b = (a * a).astype('u1')\nc = a * 1j\nreturn b * t, c * t, c - t",
    ),
    _operand("complex64", "b = a.astype('c8')\nreturn b * t, t - b, b / (t + 9)"),
    _operand("beside draws", "return a * np.random.rand(4).round() * t"),
    _operand("in the result", "return float((a * t).sum())"),
    Case(
        "of a lambda",
        "t = 0.25\nf = accelerate(lambda a, t: a * t)",
        _TIMES,
        "f(x, t)",
        anew=2,
    ),
    Case(
        "of a method",
        """
        t = 0.25

        class Model:
            k = 2.0

            @accelerate
            def step(self, a, t):
                return a * self.k - t * a

        model = Model()
        """,
        (*_TIMES, "model.k = 3.0", "t = 9.0"),
        "model.step(x, t)",
    ),
]
LOOKED_AT = [
    _looked_at(
        "a branch on values",
        "return a * t if a.sum() > 12 else a - 2 * t",
        "x += 3",
        "t = 7.0",
        "x -= 9",
        "t = 8.0",
    ),
    _looked_at("odd numbers", "return a * t, a.astype('f4') * t, a > t", *_ODD_TIMES),
    _looked_at(
        "zero and NaN divide", "return a / t, (1 - t) * a", "t = 0.0", *_ODD_TIMES
    ),
    _looked_at(
        "out of range on its way",
        "return a * (1e10 * t), a / (1 / t)",
        "t = 1e25",
        "t = 0.0",
    ),
    _looked_at(
        "other types", "return a * t, a + 2 * t, t - a[0]", *_OTHER_TIMES, *_ARRAYS
    ),
    _looked_at("float16", "return a.astype('f2') * t, a.astype('f2') > t"),
    _looked_at(
        "into whole numbers",
        "b = a.astype(int)\ntry:\n    b += t\n"
        "except TypeError:\n    b = t * a\nreturn b",
    ),
    _looked_at("a branch", "if t > 0.4:\n    return a * t\nreturn a - t"),
    _looked_at("of True and a text", "return a * (t + True), 'ab' + 'c' * (t > 0.4)"),
    _looked_at("a truth", "return a * t if t else a"),
    _looked_at("a chain", "return a * t if 0 < t < 0.6 else a"),
    _looked_at("an equality", "return a * t, t == 0.5, t is None, t in (0.5, 0.75)"),
    _looked_at("a power", "return a**t, t**2 * a, t // 0.3 * a, t % 1 * a"),
    _looked_at("returned", "return a * t, t, -t"),
    _looked_at("returned by a name", "h = t * 2\nreturn a * h, h"),
    _looked_at(
        "computed in Python", "n = len(a)\nh = n * t\nreturn a * h if h > 1 else a"
    ),
    _looked_at(
        "of two", "h = t * r\nreturn a * h, h", "t = 3.0", "r = 2.0", call="f(x, t, r)"
    ),
    _looked_at("handed on", "return helper(a, t)"),
    _looked_at("handed on as an expression", "return helper(a, 2 * t), abs(-t) * a"),
    _looked_at(
        "given to NumPy", "return np.maximum(a, t), np.full(3, t), np.exp(t) * a"
    ),
    _looked_at("a text", "return f'{t}', str(t), a * t"),
    _looked_at("stored", "Box.kept = t\nreturn a * t"),
    _looked_at("appended", "seen.append(t)\nreturn a * t"),
    _looked_at("stored as an expression", "Box.kept = 1 - t\nreturn a * t"),
    _looked_at("in a list", "return [t, a * t], {t: a}, (1 - t,)"),
    _looked_at("an item set", "b = a * t\nb[0] = t\nb[1] = t / 2\nreturn b"),
    _looked_at("bound again", "t = t * 2\nreturn a * t, t"),
    _looked_at("added to", "t += 1\nreturn a * t, t"),
    _looked_at("deleted", "b = a * t\ndel t\nreturn b"),
    _looked_at("walrus", "return a * (h := t), h"),
    _looked_at(
        "a nested function",
        "def g(b):\n    return b * t if t > 0.4 else b\nreturn g(a)",
    ),
    _looked_at("a lambda", "return (lambda b: b * t)(a), (lambda: t)()"),
    _looked_at(
        "a comprehension", "return [row * t for row in a], [t for _ in range(2)]"
    ),
    _looked_at(
        "its type",
        "return a * t, type(t).__name__, isinstance(t, float), t.is_integer()",
    ),
    _looked_at("locals", "b = a * t\nreturn b, sorted(locals().items(), key=str)[-1]"),
    _looked_at(
        "a frame",
        "import sys\nb = a * t\nreturn b, type(sys._getframe().f_locals['t'])",
    ),
    _looked_at(
        "an error",
        "try:\n    return a / (1 / t)\nexcept ZeroDivisionError:\n    return -a",
    ),
    _looked_at(
        "an error of constants",
        "try:\n    return a * (1 / t)\nexcept ZeroDivisionError:\n    return -a",
    ),
    _looked_at("of lists", "return [1, 2] * int(t + 2), 'ab' * (t > 0.4)"),
    Case(
        "a default that changes",
        """
        t = 0.25

        def plain(a, t, r=0.5):
            return a * r - t

        f = accelerate(plain)
        """,
        ("plain.__defaults__ = (0.75,)", *_TIMES, "plain.__defaults__ = (3,)"),
        "f(x, t)",
    ),
    _looked_at(
        "an object that multiplies",
        "class Own:\n    def __rmul__(self, k):\n        return k if k > 0.4 else 1\n"
        "return t * Own() * a",
    ),
    _looked_at(
        "errstate that raises",
        "with np.errstate(all='raise'):\n"
        "    try:\n        return a / t\n"
        "    except FloatingPointError:\n        return -a",
        "t = 0.0",
        "t = 2.0",
        "t = 1e-200",
    ),
    Case(
        "a decorator that passes it on",
        """
        import functools

        t = 0.25

        def twice(fn):
            @functools.wraps(fn)
            def wrapper(a, t):
                return fn(a, t) + fn(a, 2 * t)
            return wrapper

        @accelerate
        @twice
        def f(a, t):
            return a * t if t > 0.4 else a - t
        """,
        _TIMES,
        "f(x, t)",
        replays=None,
    ),
    Case(
        "kept for the number itself",
        _STEP.format(body="    return a * t"),
        (*_TIMES, "x = x.astype('f4')", *_TIMES, "x = x[:2]", *_TIMES),
        "f(x, t)",
        replays=None,
    ),
]
CASES = [*IN_RESULT, *IN_USE, *OPERANDS, *LOOKED_AT]
