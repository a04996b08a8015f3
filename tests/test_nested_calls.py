"""Accelerated functions that call each other, directly and through foreign code."""

import functools
import threading

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from tests.convert.checks import stand_ins

X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)
MODES = pytest.mark.parametrize("mode", ["host", "jit"])


def _same(expected, actual):
    """Compare results: arrays bit for bit, with their types."""
    assert type(expected) is type(actual)
    if isinstance(expected, (tuple, list)):
        assert len(expected) == len(actual)
        for one, other in zip(expected, actual, strict=True):
            _same(one, other)
    elif isinstance(expected, np.ndarray):
        assert expected.dtype == actual.dtype
        np.testing.assert_array_equal(expected, actual)
    else:
        assert expected == actual


def compare(program, *args, mode):
    """Run a program that is given its decorator, plain and accelerated."""
    outcomes = []
    for decorate in (lambda f: f, npjit.accelerate(mode=mode)):
        copies = [a.copy() if isinstance(a, np.ndarray) else a for a in args]
        outcomes.append((program(decorate, *copies), copies))
    _same(*outcomes)


@MODES
def test_they_join_one_recording(mode):
    @npjit.accelerate(mode=mode)
    def inner(x):
        x += 1
        return x * 2

    @npjit.accelerate(mode=mode)
    def outer(x):
        y = inner(x[0])
        return y + inner(y), x.sum()

    expected = X.copy()
    with capture() as events:
        got = outer(x := X.copy())
    assert [e.operation for e in events if e.name == "record"] == [outer.__qualname__]
    assert not [e for e in events if e.name in ("break", "fallback")]
    expected[0] += 1
    y = expected[0] * 2
    total = expected.sum()
    y += 1
    np.testing.assert_array_equal(got[0], y + y * 2)
    assert got[1] == pytest.approx(total)
    np.testing.assert_array_equal(x, expected)


@MODES
def test_recursion_and_mutual_recursion(mode):
    def program(decorate, x):
        @decorate
        def halve(a):
            return a if len(a) < 2 else np.concatenate([halve(a[::2]), halve(a[1::2])])

        @decorate
        def even(n, a):
            return a if n == 0 else odd(n - 1, a + 1)

        @decorate
        def odd(n, a):
            return even(n - 1, a * 2)

        return halve(x[0]), even(6, x)

    compare(program, X, mode=mode)


@MODES
def test_methods_of_all_kinds(mode):
    def program(decorate, x):
        class Model:
            scale = np.arange(4.0)

            def __init__(self, x):
                self.x = x

            @decorate
            def step(self, dt):
                self.x += dt
                return self.total() + self.double(self.x[0])

            @decorate
            def total(self):
                return self.x.sum(axis=0) * self.factor()

            @classmethod
            @decorate
            def factor(cls):
                return cls.scale * 2

            @decorate
            @staticmethod
            def double(a):
                return a * 2

            @property
            @decorate
            def mean(self):
                return self.x.mean()

        class Child(Model):
            @decorate
            def step(self, dt):
                return super().step(dt) + self.mean

        m, c = Model(x), Child(x * 2)
        steps = [decorate(m.step)(0.5), m.step(0.25), c.step(0.5)]
        return steps, m.x, c.x, m.mean, Model.factor(), Model.step(m, 1.0)

    compare(program, X, mode=mode)


@MODES
def test_through_foreign_code(mode):
    @npjit.host
    def each(function, rows):
        return np.array([function(row) for row in rows])

    def program(decorate, x):
        @decorate
        def square(row):
            row *= row
            return row.sum() + shift[0]

        @decorate
        def outer(a):
            shift[0] += 1
            a += 1
            sums = each(square, a)
            shift[1] = a[0, 0]
            return sums * 2, np.apply_along_axis(square, 1, a), a + shift[1]

        shift = np.array([1.0, 2.0])
        return outer(x), shift

    compare(program, X, mode=mode)


@MODES
def test_a_nested_function_in_numpy_mode(mode):
    def program(decorate, x):
        def plain(a):
            kinds.append(type(a))
            a[0] = 5.0
            return a * 2

        kinds = []
        plain = npjit.accelerate(plain, mode="numpy")

        @decorate
        def outer(a):
            a += 1
            b = plain(a)
            return a + b

        result = outer(x)
        assert kinds == [np.ndarray]
        return result

    compare(program, X, mode=mode)


@MODES
def test_decorated_with_options_partials_and_lambdas(mode):
    def program(decorate, x):
        add = decorate(functools.partial(np.add, 1.0))
        scale = decorate(lambda a, by=2.0: a * by)

        @decorate
        def outer(a):
            return [f(a) for f in (add, scale, functools.partial(scale, by=3.0))]

        return outer(x), add(x), scale(x, by=4.0)

    compare(program, X, mode=mode)


@MODES
def test_exceptions_cross_them(mode):
    def program(decorate, x):
        @decorate
        def fails(a):
            a += 1
            raise ValueError("inner", a.sum())

        @decorate
        def outer(a):
            a *= 2
            try:
                fails(a)
            except ValueError as error:
                a[0] = 7.0
                return error.args[1], a * 2
            return None

        result = outer(x)
        with pytest.raises(ValueError, match="inner"):
            fails(x)
        return result

    compare(program, X, mode=mode)


@MODES
def test_after_an_exception_nothing_is_recorded(mode):
    @npjit.accelerate(mode=mode)
    def fails(x, kept):
        kept.append(x + 1)
        raise KeyError("no")

    kept = []
    with pytest.raises(KeyError):
        fails(X.copy(), kept)
    assert not npjit.is_recording()
    assert type(kept[0]) is np.ndarray
    np.testing.assert_array_equal(kept[0], X + 1)


@MODES
def test_threads_record_apart(mode):
    @npjit.accelerate(mode=mode)
    def work(x, n):
        for _ in range(n):
            x = x * 0.5 + np.sin(x)
        return x

    expected = [work.__wrapped__(X + i, 5) for i in range(4)]
    results = {}

    def run(i):
        results[i] = work(X + i, 5)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i in range(4):
        np.testing.assert_allclose(results[i], expected[i], rtol=1e-14)


@MODES
def test_a_thread_that_an_accelerated_function_starts(mode):
    @npjit.accelerate(mode=mode)
    def inner(x):
        return x * 2

    @npjit.accelerate(mode=mode)
    def outer(x):
        y, results = x + 1, []
        thread = threading.Thread(target=lambda: results.append(inner(y)))
        thread.start()
        thread.join()
        return results[0] + y

    np.testing.assert_array_equal(outer(X), (X + 1) * 3)


@MODES
def test_results_that_escape_are_used_by_the_next_call(mode):
    @npjit.accelerate(mode=mode)
    def make(x):
        y = x + 1

        def read():
            return y * 2

        def write(value):
            y[0] = value

        return y, y[1:], read, write

    @npjit.accelerate(mode=mode)
    def use(y, rest, read, write):
        rest += 1
        write(9.0)
        return read(), y.sum()

    y, rest, read, write = make(X)
    got, total = use(y, rest, read, write)
    plain = X + 1
    plain[1:] += 1
    plain[0] = 9.0
    np.testing.assert_array_equal(y, plain)
    np.testing.assert_array_equal(got, plain * 2)
    np.testing.assert_array_equal(read(), plain * 2)
    assert rest.base is y
    assert total == pytest.approx(plain.sum())


@MODES
def test_no_stand_in_outlives_the_calls(mode):
    @npjit.accelerate(mode=mode)
    def inner(x):
        return [x * 2, {"x": x}]

    @npjit.accelerate(mode=mode)
    def outer(x):
        return inner(x + 1), [inner(row) for row in x]

    before = len(stand_ins())
    outer(X)
    assert len(stand_ins()) == before
