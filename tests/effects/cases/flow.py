"""Control flow that values decide, and what becomes of results between two calls."""

from tests.effects.worlds import Case

_SIGN = """
@accelerate
def f(a):
    if a.sum() > 0:
        return a * 2
    return a - 1
"""
_FRESH = """
@accelerate
def f(a):
    b = a * 2
    return b, b[1:], [b.T, a + 1]
"""
_NUMBERS = """
n = 3

@accelerate
def f(a, n):
    for i in range(n):
        if a[0, i] > i:
            a = a + i
        else:
            a = a * 2
    return a
"""


_CAUGHT = """
@accelerate
def f(a):
    try:
        return {formula}
    except (ValueError, ArithmeticError):
        return a * 3
"""
_RAISING = """
@accelerate
def f(a):
    with np.errstate(all="raise"):
        try:
            b = {formula}
        except FloatingPointError:
            b = a * 3
        return b + 1
"""
_BACK_AND_FORTH = ("x[:] = 0", "x = np.eye(3, 4) * 2", "x[:] = 0", "x = np.eye(3, 4)")


def _caught(formula, text=_CAUGHT):
    """An operation that raises for zeros, or for ones on the diagonal."""
    name = f"caught in {formula}"
    return Case(name, text.format(formula=formula), _BACK_AND_FORTH, replays=None)


def _flow(name, text, *changes, call="f(x)", replays=None):
    return Case(name, text, changes, call, replays)


CASES = [
    _flow("branch on a sum", _SIGN, "x -= 50", "x += 50", "x -= 50", replays=True),
    _flow("branch on a sum, NaN", _SIGN, "x[0] = np.nan", "x[0] = 1", replays=True),
    _flow("both outcomes in turn", _SIGN, *["x = -x"] * 6, replays=True),
    _flow(
        "arrays that one side of a branch reads",
        """
        @accelerate
        def f(a, b, c):
            if a.sum() > 0:
                return a * 2, c - 1
            b[1:] += 1
            return b * 3, a
        """,
        *["x = -x"] * 6,
        call="f(x, y, y * 0)",
        replays=True,
    ),
    _flow(
        "an array written before a branch",
        """
        @accelerate
        def f(a, b, c):
            c += 1
            if a.sum() > 0:
                return a + b + c
            return b * c
        """,
        *["x = -x", "y += 1"] * 4,
        call="f(x, x * 2, y)",
        replays=True,
    ),
    _caught("np.linalg.inv(a[:, :3])"),
    _caught("np.linalg.cholesky(a[:, :3]) + 1"),
    _caught("np.linalg.solve(a[:, :3], a[:, 0])"),
    _caught("np.bincount(a[0].astype(int) - 1)"),
    _caught("np.repeat(a, a[0].astype(int) - 1, axis=1)"),
    _caught("np.random.choice(4, 4, p=a[0]) * 0"),
    _caught("int(1 / a[0, 0].item()) * a"),
    _caught("1 / a[0]", _RAISING),
    _caught("np.log(a[0, 0] - 1) + a", _RAISING),
    _flow(
        "many outcomes",
        _NUMBERS,
        *[f"x[0, {i % 3}] -= {i}" for i in range(8)],
        call="f(x, n)",
    ),
    _flow(
        "more outcomes than one keeps",
        """
        @accelerate
        def f(a):
            return a * int(a.max())
        """,
        *[f"x[0, 0] = {n}" for n in range(20, 140, 3)],
    ),
    _flow(
        "a value asked for as a number",
        """
        @accelerate
        def f(a):
            n = int(a[0, 0])
            return np.arange(n + 6) * a.item(3), float(a[1, 1]), a.tolist()
        """,
        "x += 1",
        "x[0, 0] = 0.5",
        "x[0, 0] = -9",
    ),
    _flow(
        "a zero's sign asked for",
        """
        @accelerate
        def f(a):
            return a * 2 if str(float(a[1, 0])) == "0.0" else a * 3
        """,
        "x[1, 0] = -0.0",
        "x[1, 0] = 0.0",
    ),
    _flow(
        "while error > tol",
        """
        tol = 0.01

        @accelerate
        def f(a):
            n = 0
            while np.abs(a).max() > tol:
                a = a / 2
                n += 1
            return a, n
        """,
        "tol = 0.3",
        "x *= 8",
        "x[:] = 0",
        "tol = 0.01",
    ),
    _flow(
        "for over rows, with break",
        """
        @accelerate
        def f(a):
            total = 0
            for row in a:
                if row[0] > 3:
                    break
                total = total + row
            else:
                total = total * 2
            return total
        """,
        "x[1, 0] = 7",
        "x[0, 0] = 7",
        "x[:] = 0",
    ),
    _flow(
        "selected elements",
        """
        @accelerate
        def f(a):
            b = a[a > 0]
            return b * 2, len(b)
        """,
        "x -= 2",
        "x[:] = -1",
        "x[:] = 1",
        "x[0] = np.nan",
    ),
    _flow(
        "unique, nonzero, argwhere",
        """
        @accelerate
        def f(a):
            return np.unique(a), np.nonzero(a), np.argwhere(a > 2)
        """,
        "x[0] = 1",
        "x[:] = 0",
    ),
    _flow(
        "any, all, in, and, or",
        """
        @accelerate
        def f(a):
            if (a > 5).any() and not (a < -9).all() or 3.0 in a:
                return a + 1
            return a.max() or a
        """,
        "x[:] = -10",
        "x[0, 0] = 3",
        "x[:] = 0",
    ),
    _flow(
        "min and max of Python",
        """
        @accelerate
        def f(a):
            return a * max(a[0, 0], a[0, 1]) + min(a.sum(), 5), sorted(a[0])
        """,
        "x = -x",
        "x += 9",
    ),
    _flow(
        "a value in a key, a text",
        """
        @accelerate
        def f(a):
            n = a[0, 0]
            return {n: a, "text": f"{n:.2f}"}, {float(n): 1}.get(-4.0, 2) * a
        """,
        "x[0, 0] = 3",
        "x[0, 0] = -4",
    ),
    _flow(
        "an index from values",
        """
        @accelerate
        def f(a):
            i = a.argmax() % 3
            return a[i] * 2, a[int(i):], [7, 8, 9][i]
        """,
        "x[0, 1] = 90",
        "x[0, 1] = 0",
    ),
    _flow(
        "match on values",
        """
        @accelerate
        def f(a):
            match a.shape, a[0, 0]:
                case (3, _), 5.0:
                    return a + 1
                case (n, _), _:
                    return a * n
        """,
        "x[0, 0] = 5",
        "x = x[:2]",
    ),
    _flow(
        "values of a captured array",
        """
        w = np.array([1.0, 2.0])

        @accelerate
        def f(a):
            return a + 1 if w[0] > 0 else a - w[1]
        """,
        "w[0] = -1",
        "w[1] = 9",
        "w[0] = 1",
        "w = -w",
    ),
    _flow(
        "values of a computed global's array, after a write",
        """
        w = np.zeros(4)

        @accelerate
        def f(a):
            w[0] += 1
            return a * 2 if w[0] > 4 else a
        """,
        "w[0] = 0",
        "w[0] = 3",
    ),
    Case(
        "results own their memory",
        _FRESH,
        ("results[0][0][:] = 0", "results[-1][1][0] = 5", "results[1][2][1] *= 9"),
    ),
    Case("results outlive arguments", _FRESH, ("x[:] = 0", "x = y", "del y")),
    Case(
        "an argument returned",
        """
        @accelerate
        def f(a, b):
            return a, [a, b, a], {"b": b}
        """,
        ("x += 1", "y = x", "y = x[:]"),
        "f(x, y)",
    ),
    Case(
        "an early return of an argument",
        """
        limit = 5

        @accelerate
        def f(a):
            if len(a) < limit:
                return a
            return a * 2
        """,
        ("limit = 2", "limit = 9"),
    ),
    Case(
        "views of an argument returned",
        """
        @accelerate
        def f(a):
            return a[1:], a.T, a.reshape(-1), a[0]
        """,
        ("x[1] = 9", "x = y", "results[-1][0][:] = 0", "results[0][1][0] = 4"),
    ),
    Case(
        "a view of a captured array returned",
        """
        w = np.arange(6.0)

        @accelerate
        def f(a):
            return w[::2], w, a + w[:4]
        """,
        ("w[0] = 9", "w = w * 2", "results[0][0][:] = 0"),
    ),
    Case(
        "an element returned",
        """
        @accelerate
        def f(a):
            return a[0, 0], a.sum(), a.max() > 3, a[..., 0]
        """,
        ("x += 1", "x = x.astype(int)"),
    ),
    Case(
        "constants returned",
        """
        ROW = (1, 2)
        ITEMS = [1, 2]

        @accelerate
        def f(a):
            return ROW, ITEMS, "text", None, np.float64, len(a)
        """,
        ("ITEMS.append(3)", "ROW = 5", "results[0][1].append(7)"),
        replays=None,
    ),
    Case(
        "containers are new",
        """
        @accelerate
        def f(a):
            out = {"a": a, "parts": [a * 2]}
            out["parts"].append(out["parts"][0])
            return out
        """,
        ("results[0]['parts'].clear()", "results[-1]['z'] = 1", "x += 1"),
    ),
    Case(
        "containers within each other",
        """
        @accelerate
        def f(a):
            out = [a + 1]
            out.append(out)
            return out
        """,
        ("results[0].clear()", "x += 1"),
        replays=None,
    ),
    Case(
        "one array at two places",
        """
        @accelerate
        def f(a):
            b = a * 2
            return b, b, (b, [b]), b[:]
        """,
        ("x += 1", "results[0][1][0] = 7"),
    ),
    Case(
        "objects made and returned",
        """
        class Result:
            def __init__(self, a):
                self.a = a
                self.notes = []

        @accelerate
        def f(a):
            return Result(a * 2)
        """,
        ("results[0].notes.append(1)", "results[-1].a[0] = 3", "x += 1"),
        replays=None,
    ),
    Case(
        "a dataclass returned",
        """
        from dataclasses import dataclass, field

        @dataclass
        class Result:
            a: object
            items: list = field(default_factory=list)

        @accelerate
        def f(a):
            return Result(a + 1), Result(a, [a])
        """,
        ("results[0][0].items.append(1)", "x += 1"),
        replays=None,
    ),
    Case(
        "a namedtuple returned",
        """
        from collections import namedtuple

        Pair = namedtuple("Pair", "p q")

        @accelerate
        def f(a):
            return Pair(a + 1, a), Pair(1, 2)
        """,
        ("x += 1", "Pair = namedtuple('Pair', 'q p')"),
        replays=None,
    ),
    Case(
        "a generator returned",
        """
        @accelerate
        def f(a):
            b = a * 2
            return (row + 1 for row in b)
        """,
        ("x += 1",),
        "list(f(x))",
        replays=None,
    ),
    Case(
        "flags of results",
        """
        @accelerate
        def f(a):
            b = a + 1
            b.flags.writeable = False
            return b, np.broadcast_to(b, (2, 3, 4)), a * 2
        """,
        ("x += 1", "results[0][2].flags.writeable = False"),
        replays=None,
    ),
    Case(
        "arrays without operations",
        """
        @accelerate
        def f(a):
            return np.zeros(3), np.arange(4), np.array([1.0, 2.0]), np.eye(2)
        """,
        ("results[0][0][:] = 5", "results[0][1][0] = 9"),
    ),
    Case(
        "in-place writes to an argument",
        """
        @accelerate
        def f(a):
            a[1:] += a[:-1]
            a[0] = a[-1]
        """,
        ("x = x % 5", "x = x[::-1]", "x = x.T", "x = x.astype('f4')"),
    ),
    Case(
        "in-place writes through a view",
        """
        @accelerate
        def f(a):
            row = a[1]
            row *= 2
            np.add(row, 1, out=a[0])
            return row
        """,
        ("x = x % 5", "x = y", "results[0][0] = 7"),
    ),
    Case(
        "in-place writes to an attribute",
        """
        import types

        state = types.SimpleNamespace(u=y)

        @accelerate
        def f(a):
            state.u[:] = state.u * 0.5 + a
            state.u += 1
            return state.u.sum()
        """,
        ("state.u = x", "state.u = np.ones(4)", "state.u = x[0]"),
    ),
    Case(
        "a write that changes the dtype's value",
        """
        @accelerate
        def f(a):
            v[1:3] = a[0, :2]
            return v * 2
        """,
        ("x += 0.5", "v = v.astype('u1')", "v = v * 0.5"),
    ),
    Case(
        "out given",
        """
        out = np.zeros((3, 4))

        @accelerate
        def f(a, out):
            return np.multiply(a, 2, out=out)
        """,
        ("out = np.zeros((3, 4), 'f4')", "out = x", "out = x[::-1]"),
        "f(x, out)",
    ),
    Case(
        "the result is the next argument",
        """
        u = x

        @accelerate
        def f(a):
            return a % 7 + 1

        def step():
            global u
            u = f(u)
            return u
        """,
        ("u = u[:2]", "u = u * 2"),
        "step()",
    ),
    Case(
        "the result is written by the next call",
        """
        u = x

        @accelerate
        def f(a):
            a += 1
            return a * 2

        def step():
            global u
            u = f(u) % 5
            return u
        """,
        ("u = u.T", "x += 1"),
        "step()",
    ),
    Case(
        "a recording that is given another's result",
        """
        @accelerate
        def f(a):
            return a[::-1]

        @accelerate
        def g(a):
            a *= 2
            return a.T
        """,
        ("x = x % 5", "x = y"),
        "g(f(x)) + f(g(y) % 3)",
    ),
    Case(
        "one container and one view at two places",
        """
        @accelerate
        def f(a):
            row, parts = a[0], [a * 2]
            return [row], (row, parts), {"parts": parts, "row": row}, [*a, row]
        """,
        ("x += 1", "results[0][0].append(1)", "results[-1][1][1][0][:] = 0"),
    ),
    Case(
        "a list that holds itself",
        """
        @accelerate
        def f(a):
            out = {"a": a + 1}
            out["out"] = [out]
            return out
        """,
        ("x += 1",),
        replays=None,
    ),
    Case(
        "a view whose place depends on values",
        """
        @accelerate
        def f(a):
            return np.trim_zeros(a.ravel()), np.trim_zeros(a[0], "f"), np.trim_zeros(v)
        """,
        ("x[0] = 0", "x[-1] = 0", "x[:] = 0", "x[:] = 1"),
        replays=None,
    ),
    Case(
        "a warning of NumPy's, then another branch",
        """
        w = np.arange(4.0)

        @accelerate
        def f(a):
            np.put(w, 0, np.complex64(1 + 2j))
            return a * 2 if a.sum() > 0 else a
        """,
        ("x -= 50", "x += 100", "x = x[:2]"),
        replays=None,
    ),
]
