"""Every kind of callable is called as Python calls it, and sees what it should."""

import abc
import contextlib
import dataclasses
import enum
import functools
import itertools
import operator
import sys
import typing
import warnings

import numpy as np
import pytest

import npjit
from npjit._diagnostics.events import capture
from npjit.errors import Reason
from tests.convert import checks

# What is called does not depend on the engine, and compiling takes a second a test.
check = functools.partial(checks.check, modes=["host"])
X = np.linspace(-1.0, 2.0, 12).reshape(3, 4)
Y = np.arange(12.0).reshape(3, 4)


# -- NumPy's own callables -----------------------------------------------------------


def test_unbound_methods_of_ndarray():
    def program(x):
        return np.ndarray.sum(x, axis=0), np.ndarray.max(x), np.ndarray.copy(x)

    check(program, X)


def test_ufunc_methods():
    def program(x, y):
        np.add.at(y, (0, [0, 1, 1]), 1.0)
        return (
            np.add.reduce(x),
            np.multiply.accumulate(x, axis=1),
            np.subtract.outer(x[0], x[1]),
            np.add.reduceat(x[0], [0, 2]),
        )

    check(program, X, Y)


def test_module_level_random_functions():
    def program(x):
        np.random.seed(3)
        first = np.random.rand(4)
        return first + x[0], np.random.normal(size=3) * 2, np.random.randint(0, 9)

    check(program, X)


def test_generator_and_random_state_methods():
    def program(x):
        rng, old = np.random.default_rng(5), np.random.RandomState(5)
        draw = rng.normal
        return draw(size=4) * x[0], rng.permutation(x), old.uniform(x, x + 1).sum()

    check(program, X)


def test_draws_that_write():
    def program(x, out):
        rng = np.random.default_rng(5)
        x *= 2
        rng.shuffle(x)
        rng.standard_normal(out=out)
        y = np.zeros((3, 4))
        rng.permuted(x, axis=1, out=y)
        return x + 1, out * 2, y + 1

    check(program, X, np.zeros(5))


def test_draws_into_an_out_given_by_position():
    def program(x, out):
        rng = np.random.default_rng(5)
        out += 1
        y = out * 2
        rng.standard_normal(None, np.float64, out)
        rng.random(None, np.float64, out[:2])
        return y, out + x[0, 0]

    check(program, X, np.zeros(5))


def test_draws_from_and_by_arrays():
    def program(x):
        rng = np.random.default_rng(5)
        x *= 2
        chosen = rng.choice(x, 3)
        x += 1
        mean = rng.normal(x, [np.abs(x[0]), *np.abs(x[1:])])
        chosen[0] = 7
        return chosen, mean, x, rng.multinomial(5, [0.5, x[0, 0] * 0 + 0.5])

    check(program, X)


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_draws_are_leaves(mode):
    @npjit.accelerate(mode=mode)
    def program(x):
        y = x * 2
        rng = np.random.default_rng(0)
        return y + rng.normal(size=3) + np.random.RandomState(0).rand(3)

    with capture() as events:
        program(np.ones(3))
    told = [(e.name, e.reason) for e in events if e.name in ("break", "fallback")]
    assert told == [("fallback", Reason.RANDOM)] * 2


def test_a_numpy_callable_under_many_names():
    table = {"sin": np.sin, np.cos: "cos", "sum": np.ndarray.sum, "add": operator.add}

    def program(x):
        f = table["sin"]
        assert f is np.sin
        assert table[np.cos] == "cos"
        g = functools.partial(np.sum, axis=1)
        return (
            f(x),
            g(x),
            table["sum"](x),
            table["add"](x, 1),
            [h(x) for h in (np.negative,)],
        )

    check(program, X)


# -- Functions and methods -----------------------------------------------------------


class Model:
    """Methods of all kinds."""

    scale = np.array([1.0, 2.0, 3.0, 4.0])

    def __init__(self, x):
        self.x = x

    def scaled(self, by=2.0):
        return self.x * self.scale * by

    @classmethod
    def from_row(cls, row):
        return cls(np.stack([row * cls.scale, row]))

    @staticmethod
    def double(x):
        return x * 2

    twice = functools.partialmethod(scaled, by=4.0)

    @property
    def mean(self):
        return self.x.mean(axis=0)

    @mean.setter
    def mean(self, value):
        self.x = self.x - self.mean + value

    @functools.cached_property
    def norm(self):
        return np.sqrt((self.x**2).sum())

    def __call__(self, y):
        return self.x + y


def test_methods():
    def program(x):
        m = Model(x)
        bound, unbound = m.scaled, Model.scaled
        other = Model.from_row(x[0])
        m.mean = np.zeros(4)
        return (
            bound(),
            unbound(m, 3.0),
            m.twice(),
            Model.double(x),
            m.double(x),
            other,
            m.mean,
            m.norm,
            m.norm,
            m(1.0),
            m,
        )

    check(program, X)


def test_partials_nested_and_changed():
    def combine(a, b, *, c=0.0, d=1.0):
        return a * 2 + b * c - d

    def program(x):
        p = functools.partial(combine, x + 1)
        q = functools.partial(p, c=x * 3)
        return q(x), q(x, d=x), p, q.args, q.keywords["c"]

    check(program, X)


def test_callable_instances_and_objects_that_answer_everything():
    class Fallback:
        def __init__(self, x):
            self.data = {"a": x, "b": x + 1}

        def __getattr__(self, name):
            if name.startswith("_"):
                raise AttributeError(name)
            try:
                return self.data[name]
            except KeyError:
                raise AttributeError(name) from None

    def program(x):
        f = Fallback(x * 2)
        return f.a + f.b, hasattr(f, "c"), getattr(f, "c", x), f

    check(program, X)


def test_getattribute_and_setattr():
    class Logged:
        log = ()

        def __getattribute__(self, name):
            if name == "x":
                return object.__getattribute__(self, "_x") * 2
            return object.__getattribute__(self, name)

        def __setattr__(self, name, value):
            object.__setattr__(self, "_" + name, value + 1)

        def __delattr__(self, name):
            object.__delattr__(self, "_" + name)

    def program(x):
        obj = Logged()
        obj.x = x * 2
        obj.y = x
        seen = obj.x, obj._y
        del obj.y
        return seen, hasattr(obj, "_y"), sorted(vars(obj)), obj.__dict__

    check(program, X)


def test_slots():
    class Pair:
        __slots__ = ("a", "b")

        def __init__(self, a, b):
            self.a, self.b = a, b

        def swap(self):
            self.a, self.b = self.b, self.a

    def program(x):
        p = Pair(x + 1, x * 2)
        p.swap()
        p.a += 1
        return p.a, p.b, p

    check(program, X)


def test_descriptors_of_the_users_own():
    class Positive:
        def __set_name__(self, owner, name):
            self.name = "_" + name

        def __get__(self, obj, cls=None):
            return self if obj is None else getattr(obj, self.name)

        def __set__(self, obj, value):
            setattr(obj, self.name, np.abs(value))

    class Thing:
        size = Positive()

        def __init__(self, size):
            self.size = size

    def program(x):
        t = Thing(x * 2)
        t.size = t.size - 1
        t.size += 0.5
        return t.size, isinstance(Thing.size, Positive), t

    check(program, X)


# -- Classes -------------------------------------------------------------------------


@dataclasses.dataclass
class State:
    """Fields of all kinds."""

    u: np.ndarray
    t: float = 0.0
    history: list = dataclasses.field(default_factory=list)
    total: np.ndarray = dataclasses.field(init=False)
    label: dataclasses.InitVar[str] = "a"

    def __post_init__(self, label):
        self.total = self.u.sum() + len(label)

    def step(self, dt):
        self.history.append(self.u)
        return dataclasses.replace(self, u=self.u + dt, t=self.t + dt, label="bb")


@dataclasses.dataclass(frozen=True)
class Frozen:
    """Stores through `object.__setattr__`."""

    a: np.ndarray
    b: np.ndarray | None = None

    def __post_init__(self):
        object.__setattr__(self, "b", self.a * 2)


@dataclasses.dataclass(slots=True, order=True)
class Slotted:
    """No `__dict__`."""

    key: float
    a: np.ndarray = dataclasses.field(compare=False)


def test_dataclasses():
    def program(x):
        s = State(x * 2)
        for _ in range(3):
            s = s.step(0.5)
        f = Frozen(x + 1)
        try:
            f.a = x
        except dataclasses.FrozenInstanceError as error:
            message = str(error)
        slotted = max(Slotted(2.0, x), Slotted(float(x.max()) + 3, x + 1))
        return s, s.total, f, f.b + 1, message, slotted, slotted.a - 1

    check(program, X)


def test_dataclass_functions():
    def program(x):
        s = State(x + 1)
        fields = {f.name: getattr(s, f.name) for f in dataclasses.fields(s)}
        return fields, dataclasses.asdict(s), dataclasses.astuple(s)

    check(program, X)


class Point(typing.NamedTuple):
    """A named tuple with a method."""

    x: np.ndarray
    y: np.ndarray

    def dot(self):
        return (self.x * self.y).sum()


def test_named_tuples():
    def program(x):
        p = Point(x + 1, y=x * 2)
        q = p._replace(x=x)
        a, b = q
        return p.dot(), q, a + b, p[0], p._asdict(), Point._make([x, x + 1]), p

    check(program, X)


class Boundary(enum.Enum):
    """Members that are callable or hold values."""

    ZERO = 0
    WRAP = 1

    def apply(self, x):
        return np.roll(x, 1, axis=0) if self is Boundary.WRAP else np.zeros_like(x)


def test_enums():
    def program(x):
        return [b.apply(x) for b in Boundary], Boundary(1).name, Boundary["ZERO"].value

    check(program, X)


class Base(abc.ABC):
    """An abstract class with a template method."""

    registry: typing.ClassVar[dict] = {}

    def __init_subclass__(cls, *, name, **kwargs):
        super().__init_subclass__(**kwargs)
        Base.registry[name] = cls

    def __init__(self, x):
        super().__init__()
        self.x = x

    @abc.abstractmethod
    def flux(self, u): ...

    @property
    @abc.abstractmethod
    def order(self): ...

    def run(self):
        return self.flux(self.x) * self.order


class Mixin:
    """Cooperates through `super()`."""

    def __init__(self, *args, shift=0.0, **kwargs):
        super().__init__(*args, **kwargs)
        self.shift = self.x + shift

    def flux(self, u):
        return super().flux(u) + self.shift


class Upwind(Base, name="upwind"):
    """A concrete class."""

    order = 1

    def flux(self, u):
        return u - np.roll(u, 1)


class Shifted(Mixin, Upwind, name="shifted"):
    """A diamond."""

    @property
    def order(self):
        return super().order + 1


def test_class_hierarchies():
    def program(x):
        objects = [cls(x * 2) for cls in Base.registry.values()]
        objects.append(Shifted(x, shift=3.0))
        try:
            Base(x)
        except TypeError as error:
            message = str(error)
        return [o.run() for o in objects], message, objects

    check(program, X)


class Meta(type):
    """Counts instances and offers a property of the class."""

    def __call__(cls, *args, **kwargs):
        obj = super().__call__(*args, **kwargs)
        obj.made = obj.x + 1
        return obj

    @property
    def unit(cls):
        return np.ones(4)


class WithMeta(metaclass=Meta):
    """Made by `Meta.__call__`."""

    def __init__(self, x):
        self.x = x * 2


class WithNew:
    """Makes its instances itself."""

    cache: typing.ClassVar[dict] = {}

    def __new__(cls, x, key=None):
        obj = super().__new__(cls)
        obj.x = x + 1
        return obj

    def __init__(self, x, key=None):
        self.y = self.x * x


class Vector(tuple):
    """An immutable of the user's own."""

    __slots__ = ()

    def __new__(cls, *parts):
        return super().__new__(cls, parts)

    def __add__(self, other):
        return Vector(*(a + b for a, b in zip(self, other, strict=True)))


def test_new_and_metaclasses():
    def program(x):
        a, b = WithMeta(x + 1), WithNew(x * 2)
        v = Vector(x, x + 1) + Vector(x * 2, 1.0)
        return a.made, a.x, a, b.x + b.y, b, WithMeta.unit * 2, v, type(v), v[0] * 2

    check(program, X)


class Sized(typing.Protocol):
    """Checked structurally."""

    def area(self) -> float: ...


@typing.runtime_checkable
class HasShape(typing.Protocol):
    """NumPy's arrays have one."""

    @property
    def shape(self) -> tuple: ...


class Square:
    """Implements `Sized`."""

    def __init__(self, side):
        self.side = side

    def area(self):
        return self.side**2


T = typing.TypeVar("T")


class Box(typing.Generic[T]):
    """A generic class."""

    def __init__(self, item: T):
        self.item = item


def test_protocols_and_generics():
    def program(x):
        total: Sized = Square(x + 1)
        boxed = Box[np.ndarray](x * 2)
        return total.area(), boxed.item + 1, isinstance(x + 1, HasShape), boxed

    check(program, X)


def test_classes_defined_in_the_program():
    def program(x):
        offset = x + 1

        class Local:
            grid = offset * 2

            def shifted(self):
                return self.grid + offset

        class Child(Local):
            def shifted(self):
                return super().shifted() * 2

        return Child().shifted(), Local.grid, Child.__mro__[1] is Local

    check(program, X)


# -- Decorated functions -------------------------------------------------------------


@functools.cache
def fibonacci(n):
    return n if n < 2 else fibonacci(n - 1) + fibonacci(n - 2)


@functools.singledispatch
def describe(obj):
    return "object"


@describe.register
def _(obj: np.ndarray):
    return obj * 2


@describe.register
def _(obj: list):
    return [describe(item) for item in obj]


@describe.register(float)
def _(obj):
    return obj + 1


def timed(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return fn(*args, **kwargs)

    wrapper.calls = 0
    return wrapper


def with_factor(factor):
    def decorate(fn):
        @functools.wraps(fn)
        def wrapper(x, *rest):
            return factor * fn(x, *rest)

        return wrapper

    return decorate


@timed
@with_factor(np.arange(4.0))
def shifted_by(x, y=1.0):
    """Shift x."""
    return x + y


@contextlib.contextmanager
def saved(x):
    before = x.copy()
    x += 1
    try:
        yield x * 2
    finally:
        x[...] = before


def test_decorated_functions():
    def program(x):
        return (
            fibonacci(10) * x,
            describe(x),
            describe([x, 1.5]),
            describe({}),
            shifted_by(x),
            shifted_by(x + 1, 3.0),
            shifted_by.__doc__,
            shifted_by.__name__,
        )

    check(program, X)


def test_context_managers():
    def program(x):
        with saved(x) as y, contextlib.suppress(ZeroDivisionError):
            seen = x + y
            1 / 0  # noqa: B018
        with contextlib.ExitStack() as stack:
            z = stack.enter_context(saved(x))
            stack.callback(x.fill, 7.0)
            w = z + x
        return seen, w, x

    check(program, X)


def test_context_manager_class():
    class Paused:
        def __init__(self, log):
            self.log = log

        def __enter__(self):
            self.log.append(self.log[-1] + 1)
            return self.log[-1]

        def __exit__(self, kind, error, tb):
            self.log.append(self.log[-1] * 2)
            return kind is ValueError

    def program(x):
        p = Paused([x])
        with p as y:
            z = y * 2
            if x.sum() < 1e9:
                raise ValueError("swallowed")
        return z, p.log

    check(program, X)


# -- Functional programming ----------------------------------------------------------


def test_operator_module():
    class Holder:
        def __init__(self, a):
            self.a = a

        def times(self, k):
            return self.a * k

    def program(x):
        h = Holder(x)
        get, item = operator.attrgetter("a", "a.T"), operator.itemgetter(0, 1)
        call = operator.methodcaller("times", 3.0)
        y = x.copy()
        operator.setitem(y, 0, 5.0)
        z = operator.iadd(y, 1.0)
        return get(h), item(x), call(h), z is y, y, operator.matmul(x, x.T)

    check(program, X)


def test_itertools_with_functions_of_the_users():
    def program(x):
        return (
            list(itertools.accumulate(x, lambda a, b: a * b + 1)),
            list(itertools.starmap(lambda a, b: a - b, [(x, x + 1), (x[0], x[1])])),
            [
                g.sum()
                for _, g in zip(range(2), itertools.cycle([x, x + 1]), strict=False)
            ],
            [a + b for a, b in itertools.product(x[:2], [1.0, 2.0])],
            [k for k, _ in itertools.groupby([1.0, 1.0, 2.0])],
            list(itertools.takewhile(lambda row: row.sum() < 3, x)),
            list(itertools.chain(x, x[:1])),
            [a * b for a, b in itertools.pairwise(x)],
        )

    check(program, X)


def test_builtins_with_functions():
    def program(x):
        rows = list(x)
        return (
            sorted(rows, key=lambda r: -r.sum()),
            min(rows, key=np.linalg.norm),
            max(rows, key=lambda r: r[0]),
            list(map(lambda a, b: a + b, x, x[::-1])),
            [r for r in filter(lambda r: r.sum() > 0, rows)],  # noqa: C416
            functools.reduce(lambda a, b: a * 2 + b, rows),
            functools.reduce(np.add, rows, np.zeros(4)),
            sum(rows),
            sum(rows, x[0] * 2),
            all(r.sum() > -9 for r in rows),
            any(map(np.any, rows)),
            max(x.ravel()),
            min(x[0, 0], x[0, 1]),
            [a for a in reversed(rows)],  # noqa: C416
            dict(enumerate(rows)),
            dict(zip("abc", rows, strict=True)),
        )

    check(program, X)


def test_closures_and_lambdas_in_containers():
    def program(x):
        y = x + 1
        table = {"a": lambda v: v + y, "b": [lambda v: v * y, np.negative]}
        fs = [lambda v, k=k: v * k + y for k in range(3)]

        def counter():
            n = x * 0

            def bump(by):
                nonlocal n
                n = n + by
                return n

            return bump

        bump = counter()
        bump(1.0)
        y = y * 2
        return (
            table["a"](x),
            [f(x) for f in table["b"]],
            [f(x) for f in fs],
            bump(y),
            table,
        )

    check(program, X)


def test_recursion():
    def program(x):
        def halve(a):
            return a if len(a) < 2 else np.concatenate([halve(a[::2]), halve(a[1::2])])

        def is_even(n, acc):
            return acc if n == 0 else is_odd(n - 1, acc + 1)

        def is_odd(n, acc):
            return is_even(n - 1, acc * 2)

        return halve(x[0]), is_even(6, x)

    check(program, X)


def test_generators():
    def program(x):
        def rows(a):
            for row in a:
                got = yield row * 2
                if got is not None:
                    a[0] = got

        def both(a):
            yield from rows(a)
            return a.sum()

        def average():
            total, n = 0.0, 0
            while True:
                value = yield (total / n if n else None)
                total, n = total + value, n + 1

        g = rows(x)
        first = next(g)
        second = g.send(np.full(4, 9.0))
        mean = average()
        next(mean)
        results = [mean.send(r) for r in x]
        mean.close()
        return first, second, list(both(x)), results, sum(r.sum() for r in rows(x))

    check(program, X)


def test_generator_that_outlives_the_call():
    def program(x):
        y = x + 1

        def rows():
            for row in y:
                yield row * 2

        g = rows()
        next(g)
        return [g]

    from npjit import accelerate

    for mode in ("host", "jit"):
        (g,) = accelerate(program, mode=mode)(X.copy())
        rest = list(g)
        assert [type(r) for r in rest] == [np.ndarray] * 2
        np.testing.assert_array_equal(rest, ((X + 1) * 2)[1:])


# -- Frames --------------------------------------------------------------------------


def _warn(text):
    warnings.warn(text, stacklevel=2)


def test_warnings_point_to_the_caller():
    def program(x):
        def inner(y):
            _warn("from inner")
            return y + 1

        with warnings.catch_warnings(record=True) as here:
            warnings.simplefilter("always")
            warnings.warn("here", UserWarning, stacklevel=1)
            inner(x)
        y = x + 1
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            _warn("caught")
        found = [(str(w.message), w.lineno) for w in (*here, *caught)]
        return y, found

    check(program, X)


def test_frames():
    def depth():
        frame, n = sys._getframe(), 0
        while frame is not None and frame.f_code.co_name != "program":
            frame, n = frame.f_back, n + 1
        return n

    class Deep:
        def __init__(self):
            self.depth = depth()

        def method(self):
            return depth()

        def __add__(self, other):
            return depth()

        @property
        def prop(self):
            return depth()

    def program(x):
        def nested():
            return sys._getframe(1).f_code.co_name, depth()

        names = sorted(locals())
        y = eval("x + 1")
        scope = {"x": x * 2}
        exec("z = x + 1", scope)
        d = Deep()
        return (
            nested(),
            depth(),
            d.depth,
            d.method(),
            names,
            y,
            scope["z"],
            "X" in globals(),
        )

    check(program, X)


def test_recursion_limit():
    def program(x):
        def down(a, n):
            reached[0] = n
            return down(a + 1, n + 1)

        reached = [0]
        with contextlib.suppress(RecursionError):
            down(x, 0)
        return reached[0] > 100

    check(program, X)


def test_exceptions_with_arrays():
    class Diverged(Exception):
        def __init__(self, x, step):
            super().__init__(f"at step {step}")
            self.x = x
            self.step = step

    def program(x):
        caught = []
        try:
            for step in range(5):
                x += 1
                if x.sum() > 20:
                    raise Diverged(x * 2, step)
        except Diverged as error:
            caught.append((error.x + 1, error.step, error))
        try:
            raise ValueError(x + 1, {"a": x})
        except ValueError as error:
            caught.append(error.args[0] * 2)
            error.add_note("noted")
            kept = error
        try:
            try:
                np.linalg.inv(np.zeros((2, 2)))
            except np.linalg.LinAlgError as error:
                raise RuntimeError("singular") from error
        except RuntimeError as error:
            cause = type(error.__cause__).__name__
        return caught, kept.args, kept.__notes__, cause

    check(program, X)


def test_an_exception_that_leaves():
    class Diverged(Exception):
        def __init__(self, x):
            super().__init__("diverged", x + 1)
            self.x = x * 2

    def program(x, log):
        def deeper(y):
            log.append(y * 2)
            x[0] = 3.0
            raise Diverged(y)

        deeper(x + 1)

    check(program, X, [], raises=True)


def test_errstate_in_all_modes():
    def program(x):
        seen = []
        with np.errstate(all="ignore"):
            seen.append(x / 0)
        with np.errstate(divide="raise", invalid="raise"):
            try:
                x / 0
            except FloatingPointError as error:
                seen.append(str(error))
        with np.errstate(
            divide="call", invalid="call", call=lambda k, f: seen.append(k)
        ):
            seen.append(x / 0)
        old = np.seterr(all="raise")
        try:
            np.log(x - 5)
        except FloatingPointError as error:
            seen.append(str(error))
        finally:
            np.seterr(**old)
        with np.printoptions(precision=2):
            seen.append(str(x / 3))
        return seen

    check(program, X)


@np.errstate(divide="ignore", invalid="ignore")
def quiet(x):
    return x / 0


def test_errstate_as_a_decorator():
    def program(x):
        return quiet(x)

    check(program, X)


def test_functions_made_by_exec():
    scope = {"np": np}
    exec(
        "def double(x, into):\n    into.append(x)\n    x += 1\n    return x * 2", scope
    )
    double = scope["double"]

    def program(x):
        kept = []
        y = x + 1
        return double(y, kept), y + 1, kept

    check(program, X)


@pytest.mark.parametrize("index", range(3))
def test_errors_of_calls(index):
    def takes(a, b=1):
        return a + b

    def program(x):
        if index == 0:
            return takes(x, c=2)
        if index == 1:
            return takes()
        return x(1)

    check(program, X, raises=True)
