"""Loads, stores, operators and loops of converted code do what plain Python does."""

import contextlib
import functools
import itertools
import math
import operator

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from tests.convert.checks import check, stand_ins

X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)
G = np.arange(4.0)
COUNTS = [1, 2, 3, 4]


class Field:
    """Attributes of all kinds."""

    grid = np.zeros(4)

    def __init__(self, u):
        self.u = u
        self._v = None
        self.reads = 0

    @property
    def v(self):
        self.reads += 1
        return self._v

    @v.setter
    def v(self, value):
        self._v = value * 2

    @v.deleter
    def v(self):
        self._v = np.zeros(1)


def test_stores_through_properties():
    def program(x):
        f = Field(x)
        f.v = x + 1
        f.v += 1
        f.v[0] = 9.0
        a = f.v
        del f.v
        f.u, (f.w, *f.rest) = x * 2, x
        f.u[0], f.u[1] = f.u[1].copy(), f.u[0].copy()
        for f.i in range(3):
            f.u[f.i] *= f.i
        with contextlib.nullcontext(x[0]) as f.row:
            f.row += 1
        return a, f, f.reads

    check(program, X)


def test_class_attributes_are_shared():
    def program(x):
        f, g = Field(x), Field(x + 1)
        Field.grid += x[0]
        f.grid = f.grid * 2
        g.grid[0] = -1.0
        seen = Field.grid.copy(), f.grid, g.grid is Field.grid
        Field.grid = np.zeros(4)
        return seen

    check(program, X)


def test_globals_are_read_anew_and_written_in_place():
    def program(x):
        global G
        before = G.copy()
        G += x[0]
        seen = [G * 2]
        G[1:] = G[:-1]
        seen.append(G.sum())
        G = G + 1
        seen.append(G)
        G = before
        return seen

    check(program, X)
    assert type(G) is np.ndarray


def test_walrus_conditional_and_boolean_expressions():
    def program(x):
        y = (z := x + 1) * 2
        w = y if (s := z.sum()) > 0 else z
        chain = 0 < s < 100 <= s + 99
        both = (x.any() and y) is y
        either = (x.sum() > 1e9) or z
        return y, w, chain, both, either, not s, [k for r in x if (k := r.sum()) > 0]

    check(program, X)


def test_match():
    def program(x):
        def kind(a):
            match a:
                case np.ndarray(shape=(n,)) if n > 3:
                    return n, a + 1
                case [first, *rest]:
                    return first * 2, rest
                case {"x": value, **others}:
                    return value + 1, others
                case Field(u=u):
                    return u * 3
                case float() | int():
                    return a * 4
                case _:
                    return None

        return [
            kind(a)
            for a in (x[0], [x, x[0], 1], {"x": x, "y": x[1]}, Field(x), x.sum(), "no")
        ]

    check(program, X)


def test_unpacking():
    def program(x):
        a, b, c = x
        (d, e), *f = [(x, x + 1), x * 2, x * 3]
        [g, *h, i] = x[0]
        j, k = {"a": x, "b": x}.values()
        height, width = x.shape
        a += 1
        d[1] = 7.0
        with pytest_raises(ValueError):
            j, k = x
        return a, b, c, e, f, g, h, i, j is k, height, width, x

    pytest_raises = contextlib.suppress
    check(program, X)


def test_loops_over_everything():
    def program(x):
        out = []
        for i, (row, v) in enumerate(zip(x, x[:, 0], strict=True)):
            row += v
            out.append(row * i)
        for k, v in {"a": x, "b": x + 1}.items():
            out.append((k, v.sum()))
        for i in np.arange(3):
            out.append(x[i])  # noqa: PERF401 - the loop is under test
        for i, j in np.ndindex(2, 2):
            x[i, j] -= 1
        for index, value in np.ndenumerate(x):
            if value > 1:
                out.append((index, value))
        for value in x.flat:
            out += [value]
            break
        else:
            out.append("never")
        for row in x:
            row[0] = row.sum()
            x = x * 2
            if row[0] > 3:
                continue
            out.append(row)
        with np.nditer(x, op_flags=["readwrite"]) as it:
            for value in it:
                value[...] = 2 * value
        n = 0
        while x.sum() > 1 and n < 5:
            x = x / 2
            n += 1
        else:
            out.append(n)
        return out, x

    check(program, X)


def test_augmented_assignments():
    class Bag:
        def __init__(self):
            self.items = []

        def __iadd__(self, item):
            self.items.append(item)
            return self

        def __getitem__(self, key):
            return self.items[key]

        def __setitem__(self, key, value):
            self.items[key] = value

    def program(x, n):
        bag, table, calls = Bag(), {"x": x}, []

        def key():
            calls.append(1)
            return "x"

        bag += x
        bag[0] += 1
        table[key()] *= 2
        table[key()][0] -= 1
        n += 2
        n //= 2
        n <<= 1
        n |= 1
        items = [x]
        items += [x + 1]
        items *= 2
        t = (x,)
        t += (x[0],)
        s = x.sum()
        s += 1
        s **= 2
        with contextlib.suppress(TypeError):
            t[0] += 1
        with contextlib.suppress(TypeError):
            n += 0.5
        return bag, table, calls, n, items, t, s, x

    check(program, X, np.arange(4))


def test_deleting():
    def program(x):
        f = Field(x)
        f.tmp = x + 1
        y = f.tmp
        del f.tmp, f.u
        d, items = {"a": y, "b": x}, [x, y, x * 2]
        del d["a"], items[0], items[-1:]
        try:
            f.tmp  # noqa: B018
        except AttributeError as error:
            message = str(error)
        del y
        try:
            y  # noqa: B018
        except NameError as error:
            message += str(error)
        return f, d, items, message

    check(program, X)


def test_locals_and_comprehensions_in_scopes():
    def program(x):
        y = x + 1
        rows = [[a * b for b in a] for a in y]
        table = {i: r for i, r in enumerate(y) if r.sum() > 0}
        gen = (r + y[0] for r in x)
        y = y * 2
        inner = {k: v for k, v in locals().items() if k in ("x", "y")}
        return (
            rows,
            table,
            list(gen),
            sorted(inner),
            inner["y"] + 1,
            {v.sum() for v in x},
        )

    check(program, X)


def test_arrays_as_conditions_raise_as_numpy():
    def program(x, what):
        if what == 0 and x:
            return 1
        if what == 1:
            return [a for a in (x,) if a]
        return x == x and 1

    for what in range(3):
        check(program, X, what, raises=True)


def test_operands_of_other_kinds():
    class Unit:
        __array_ufunc__ = None

        def __rmul__(self, other):
            return ("rmul", other + 1)

        def __rsub__(self, other):
            return other.sum()

    class Tagged(np.ndarray):
        pass

    def program(x):
        tagged = x.view(Tagged)
        x += 1
        return (
            *(x * Unit(), x - Unit(), x + COUNTS, tuple(COUNTS) * x, x * True, 2 - x),
            *(tagged + x, x * tagged, type(tagged.sum())),
            *(np.ma.masked_less(x, 1.0) + x),
            *(x.astype(object)[0] + x[0], x.astype("U5")[0], x[0] < np.float32(3)),
            *(x.astype("longdouble")[0] + x[0], x == None, x != "a"),  # noqa: E711
        )

    check(program, X)


def test_an_operator_that_arrays_leave_to_the_other_operand_is_recorded():
    class Unit:
        __array_ufunc__ = None

        def __init__(self, a):
            self.a = a

        def __rmul__(self, other):
            return Unit(self.a * other)

        def __gt__(self, other):
            return self.a > other

        def __radd__(self, other):
            return NotImplemented

    def program(x):
        unit = Unit(x[0])
        x[0] *= 2
        return (x * unit).a, (x[0, 0] * unit).a, x < unit

    def failing(x):
        return x + Unit(x)

    check(program, X)
    npjit.accelerate(program, mode="host", strict=True)(X.copy())
    check(failing, X, raises=True)


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_an_unfinished_loop_leaves_nothing(mode):
    def program(x):
        def walk():
            for row in x:
                yield row * 2

        walker = walk()
        first = next(walker)
        for i in range(300):
            x = x * 0.5 + i
            if i == 150:
                break
        return first, x

    expected = program(X)
    before = len(stand_ins())
    result = npjit.accelerate(program, mode=mode)(X)
    np.testing.assert_array_equal(result[1], expected[1])
    np.testing.assert_array_equal(result[0], expected[0])
    assert len(stand_ins()) == before


NUMBER_CALLS = [
    lambda a, x: (abs(a), x + 1),
    lambda a, x: (operator.abs(a), x + 1),
    lambda a, x: (divmod(a, a), divmod(a, x[0]), divmod(x[0], a)),
    lambda a, x: (pow(a, type(a)(3)), pow(x[0], a), pow(int(x[0]), 3, 5)),
    lambda a, x: (math.prod([a, a]), math.prod((x[0], a))),
    lambda a, x: (sum([a, a]), functools.reduce(operator.mul, [a, a]), x + 1),
    lambda a, x: (list(itertools.accumulate([a, a])), [*itertools.accumulate(x)]),
    lambda a, x: (a.__add__(a), a.__add__(x[0]), x[0].__add__(a), a.__lt__(x)),
    lambda a, x: (operator.methodcaller("__mul__", a)(a), x + 1),
    lambda a, x: (type(a).__add__(a, a), np.float64.__add__(x[0], 1), x + 1),
    lambda a, x: (a.astype(np.float16), a.round(-2), x + 1),
    lambda a, x: (round(a, -2) if a.dtype.kind != "c" else a, x + 1),
]


@pytest.mark.parametrize("number", [np.int8(-128), np.float32(3e38), np.float64("inf")])
@pytest.mark.parametrize("fn", NUMBER_CALLS)
def test_builtins_and_methods_of_numpys_numbers_warn_at_the_users_line(fn, number):
    assert_parity(fn, number, np.arange(1.0, 4.0), calls=4)
