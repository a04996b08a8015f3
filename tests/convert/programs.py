"""Small programs over Python's syntax; each reports what it does through `log`.

They are run as they are and converted; result and reports have to agree. Programs
whose layout matters or that fail are in `layout_programs`.
"""
# They use the language in all the ways that users do, not in the ways that we would.
# ruff: noqa: B007, B008, B012, B018, B021, B023, B026, B032, B905, C400, C416, E501
# ruff: noqa: E711, E731, F541, F821, F841, F842, PERF401, PIE804, PT018, RUF012
# ruff: noqa: RUF059, UP031

import asyncio
import contextlib
import functools
import operator

PROGRAMS = []
GLOBAL = 10
UNASSIGNABLE = object()
counter = 0
table = {"a": [1, 2, 3]}


def program(fn):
    PROGRAMS.append(fn)
    return fn


class Box:
    """An object that reports what is done to it."""

    def __init__(self, log=lambda *args: None, name="box", **attributes):
        self.__dict__.update(attributes, _log=log, _name=name, _items={})

    def __getattr__(self, name):
        self._log("get", self._name, name)
        raise AttributeError(name)

    def __setattr__(self, name, value):
        self._log("set", self._name, name, value)
        self.__dict__[name] = value

    def __delattr__(self, name):
        self._log("del", self._name, name)
        del self.__dict__[name]

    def __getitem__(self, key):
        self._log("getitem", self._name, key)
        return self._items.get(repr(key), 1)

    def __setitem__(self, key, value):
        self._log("setitem", self._name, key, value)
        self._items[repr(key)] = value

    def __delitem__(self, key):
        self._log("delitem", self._name, key)

    def __iadd__(self, other):
        self._log("iadd", self._name, other)
        return self


class Truth:
    """A value whose truth is reported when it is asked."""

    def __init__(self, log, name, value):
        self.log, self.name, self.value = log, name, value

    def __bool__(self):
        self.log("bool", self.name)
        return self.value

    def __repr__(self):
        return f"Truth({self.name})"


class Ordered:
    """A number whose comparisons give `Truth`."""

    def __init__(self, log, value):
        self.log, self.value = log, value

    def __lt__(self, other):
        name = f"{self.value}<{other.value}"
        self.log(name)
        return Truth(self.log, name, self.value < other.value)


@contextlib.contextmanager
def manager(log, name, swallow=()):
    log("enter", name)
    try:
        yield name
    except swallow as error:
        log("swallow", name, type(error).__name__)
    finally:
        log("exit", name)


# -- Operators and expressions


@program
def arithmetic(log):
    a, b = 7, 3
    return (
        a + b,
        a - b,
        a * b,
        a / b,
        a // b,
        a % b,
        a**b,
        a << b,
        a >> b,
        a & b,
        a | b,
        a ^ b,
    )


@program
def unary(log):
    a = 5
    return -a, +a, ~a, not a, bool(a), -1, 1 + 2j, -(a**2)


@program
def matrix_product(log):
    class M:
        def __matmul__(self, other):
            return log("matmul", other)

    m = M()
    m @ 3
    m @= 4
    return m


@program
def literals(log):
    return (
        1,
        -1,
        2.5,
        1e400,
        -0.0,
        1j,
        "ab",
        b"x",
        None,
        True,
        ...,
        (1, 2),
        [1],
        {1},
        {1: 2},
        {3: 4},
        [*"ab"],
        (*"c",),
        {*"d"},
    )


@program
def string_formatting(log):
    return "%s-%d" % ("a", 3), "%(x)s" % {"x": 1}, "a" * 3, "ab" + "c"


@program
def evaluation_order(log):
    def e(x):
        log(x)
        return x

    return e(1) + e(2) * e(3), [e(4), e(5)], {e(6): e(7)}, (e(8), e(9)), e(e)(10)


@program
def comparisons(log):
    a, b = 1, 2.0
    s = "abc"
    return (
        a < b,
        a <= b,
        a == b,
        a != b,
        a > b,
        a >= b,
        a is b,
        a is not b,
        "a" in s,
        "a" not in s,
    )


@program
def comparison_with_constants(log):
    x, y = None, True
    return x is None, x is not None, y is True, None is x, x == None, y is not False


@program
def chained(log):
    def e(x):
        log(x)
        return x

    return (
        e(1) < e(2) < e(3),
        e(1) < e(0) < e(5),
        e(1) == e(1) != e(2) in (e(2), e(3)),
        e(0) is None is e(0),
        1 < e(2) <= 2 < e(9) < e(4),
    )


@program
def chained_result_is_first_false(log):
    one, two, three = Ordered(log, 1), Ordered(log, 2), Ordered(log, 3)
    return repr([one < two < three, two < one < three, one < three < two])


@program
def chained_in_test(log):
    one, two, three = Ordered(log, 1), Ordered(log, 2), Ordered(log, 3)
    if one < two < three:
        log("yes")
    if not one < three < two:
        log("no")
    return [
        1 if one < Ordered(log, 2) < three else 2,
        [x for x in [1, 2, 3] if 0 < x < 3],
    ]


@program
def chained_with_rebinding(log):
    x = 1
    first = 0 < x < (x := 5) < 6
    return first, x


@program
def chained_cell(log):
    x = 1

    def change():
        nonlocal x
        x = 10
        return 5

    return 0 < x < change() < x, x


@program
def boolean_operators(log):
    def t(name, value):
        return Truth(log, name, value)

    a = t("a", True) and t("b", False) and t("c", True)
    b = t("d", False) or t("e", True) or t("f", False)
    return repr(
        (a, b, t("g", True) and (t("h", False) or t("i", False)), not t("j", True))
    )


@program
def truth_once(log):
    a, b, c = Truth(log, "a", True), Truth(log, "b", False), Truth(log, "c", True)
    if (a and not b) or c:
        log(1)
    elif b:
        log(2)
    else:
        log(3)
    x = 1 if (a or b) and c else 2
    while a and (b or not c):
        break
    else:
        log("else")
    assert a and not b, b
    return x, [i for i in range(3) if (a and b) or i]


@program
def conditional_expression(log):
    return [log("a") if x else log("b") for x in (0, 1)], (
        1 if GLOBAL else 2 if 0 else 3
    )


@program
def walrus(log):
    if (n := len("abc")) > 2 and (m := n + 1):
        log(n, m)
    values = [last := x * x for x in range(4)]
    return (
        values,
        last,
        [y for x in range(5) if (y := x % 3)],
        y,
        (lambda: (z := 4) + z)(),
    )


@program
def f_strings(log):
    x, width, d = 3.14159, 8, {"k": GLOBAL}
    return f"{x:{width}.{2}f}|{x!r:>10}|{d['k'] + 1}|{x=}|{x + 1 = :.1f}|{{}}|{'nested ' + f'{width + 1:03d}'}"


@program
def subscripts(log):
    box = Box(log)
    i, j = 1, None
    (
        box[1],
        box[1:2],
        box[i:],
        box[:j],
        box[::2],
        box[...],
        box[1, 2],
        box[1:i, ::j],
        box[(1, 2)],
        box[()],
    )
    box[i:j, ..., None]
    return [[1, 2, 3][-1], "abcdef"[1:5:2], {"a": {"b": 1}}["a"]["b"]]


@program
def starred_subscript(log):
    box, t = Box(log), (1, 2)
    box[*t]
    box[0, *t, 1:2]
    box[*t] = 5
    return box._items


# -- Names and scopes


@program
def globals_read_and_written(log):
    global counter
    counter = 0
    counter += GLOBAL
    counter, x = counter + 1, 2
    for counter in range(3):
        pass
    return counter, table["a"][1]


@program
def global_deleted(log):
    global temporary
    temporary = 1
    del temporary
    try:
        temporary
    except NameError as error:
        return str(error)


@program
def unbound_local(log):
    try:
        x
    except UnboundLocalError as error:
        log(str(error))
    x = 1
    del x
    try:
        x += 1
    except UnboundLocalError as error:
        return str(error)


@program
def closures(log):
    adders = [lambda x, n=n: x + n for n in range(3)]
    late = [lambda: n for n in range(3)]
    return [add(10) for add in adders], [fn() for fn in late]


@program
def nonlocal_counter(log):
    count = 0

    def increment(by=1):
        nonlocal count
        count += by
        return count

    increment(), increment(by=5)
    return count, increment.__closure__[0].cell_contents, increment.__code__.co_freevars


@program
def comprehension_scopes(log):
    x = "outer"
    y = [x for x in range(3)]
    z = {x: [x + k for k in y if k > x] for x in y}
    return (
        x,
        y,
        z,
        {a for a in y},
        list(a * b for a in y for b in y if a < b),
        [[i for i in range(j)] for j in y],
    )


@program
def comprehension_closures(log):
    n = 2
    fns = [(lambda: i + n) for i in range(3)]
    n = 10
    return [f() for f in fns], [f() for f in [lambda i=i: i for i in range(2)]]


@program
def comprehension_targets(log):
    pairs = [(1, (2, 3)), (4, (5, 6))]
    return (
        [a + b + c for a, (b, c) in pairs],
        [r for _, *r in pairs],
        {k: v for ((k, v),) in [((1, 2),)]},
    )


@program
def comprehension_attribute_target(log):
    box, items = Box(log), [0, 0]
    return (
        [box.x for box.x in range(2)],
        [items[0] for items[0], items[1] in zip("ab", "cd")],
        items,
    )


@program
def names_that_are_global_outside(log):
    table = [GLOBAL for GLOBAL in range(3)]
    return table, GLOBAL


@program
def local_variables(log):
    a = 1
    b = [x for x in range(2)]
    i = 0
    while 0 < i + 1 < 3:
        i += 1
    del i
    a, b[0] = 5, 6
    return sorted(name for name in locals() if name != "x"), sorted(vars()) == sorted(
        dir()
    )


@program
def evaluated_text(log):
    a = 3
    exec("log(a + 1)")
    return eval("a + GLOBAL"), eval("x * 2", {"x": 4})


@program
def shadowed_builtin(log):
    def locals(x):
        return x + 1

    len = lambda x: "mine"
    return locals(2), len([])


@program
def imports(log):
    import math
    import os.path
    from collections import OrderedDict as OD
    from collections import deque

    return math.floor(2.5), os.path.join("a", "b"), list(OD(a=1)), list(deque([1]))


@program
def numbers_of_the_result(log):
    class Number:
        def __float__(self):
            return float(log(2))

        def item(self):
            return log("item")

    whole = int(log("7"))
    return float(Number()), [whole, Number().item()], {"any": bool(log([]))}


@program
def operands_and_constants(log, t=0.25):
    return log(3) * (1 - t) - -t * 0.5 * log(4)


# -- Assignments


@program
def assign_attribute_and_item(log):
    box = Box(log)
    box.a = log(1)
    box[log("key")] = log("value")
    box.b = box[0] = c = log("three")
    return box.a, box.b, c


@program
def assignment_order(log):
    def e(x):
        log(x)
        return x

    box = Box(log)
    e(box).a = e(1)
    e(box)[e(2)] = e(3)
    e(box)[e(4)], e(box).b = e(5), e(6)
    e(box).c = e(box)[e(7)] = e(8)


@program
def unpacking(log):
    a, b = 1, 2
    a, b = b, a
    (c, (d, *e)), [f] = (3, "456"), [7]
    *g, h = range(4)
    (i,) = j = [8]
    return a, b, c, d, e, f, g, h, i, j


@program
def unpacking_interleaved(log):
    items, i = [0, 0, 0], 1
    i, items[i] = 2, "a"
    items[i - 2], i = "b", 0
    box = Box(log)
    i, (box.x, items[1]), *box.rest = 1, ("x", "y"), "z", "w"
    [box.p, *items[0:1]] = "pqr"
    *(i, items[0]), box.q = 3, 4, 5
    return items, i, box.x, box.rest, box.p, box.q


@program
def unpacking_errors(log):
    for value in ([1], [1, 2, 3], 5, iter("ab")):
        try:
            a, b = value
            log(a, b)
        except (ValueError, TypeError) as error:
            log(str(error))
    box = Box(log)
    try:
        box.a, (b, c), box.d = 1, [2], 3
    except ValueError as error:
        return str(error)


@program
def unpacking_is_lazy_about_order(log):
    def values():
        for i in range(3):
            log("yield", i)
            yield i

    box = Box(log)
    box.a, box.b, c = values()
    box.a = box.b, d = values(), 1
    return c, d


@program
def annotated(log):
    x: log("never") = 1
    y: int
    box = Box(log)
    box.a: log("never") = log("value")
    (z): int = 3
    box[0]: int = 4
    box.b: int
    return x, z


@program
def augmented_names(log):
    a, b, c = 10, [1], "s"
    d = b
    a += 1
    a -= 2
    a *= 3
    a /= 4
    a //= 0.5
    a **= 2
    a %= 7
    e = 13
    e <<= 2
    e >>= 1
    e &= 30
    e |= 1
    e ^= 7
    b += (2,)
    b *= 2
    c += "t"
    return a, b is d, b, c, e


@program
def augmented_places(log):
    def e(x):
        log("eval", str(x)[:5])
        return x

    box = Box(log, n=1)
    e(box).n += e(5)
    e(box)[e(1)] -= e(2)
    e(box)[e(1) : e(2)] *= e(3)
    box.m = box
    box.m += 4
    items = [[0], [1]]
    alias = items[0]
    items[0] += [1]
    return box.n, alias, items


@program
def augmented_failure_in_tuple(log):
    t = ([],)
    try:
        t[0] += [1]
    except TypeError as error:
        log(str(error))
    return t


@program
def deletions(log):
    box, a, items = Box(log, x=1, y=2), 1, [1, 2, 3, 4]
    b = c = 2
    del box.x, (a, [box.y, items[0]]), items[1:], box[0]
    del b
    del c
    return items, sorted(k for k in locals() if len(k) == 1)


# -- Functions and calls


@program
def call_forms(log):
    def f(a, b=2, /, c=3, *args, d, e=5, **kw):
        return a, b, c, args, d, e, kw

    t, k = (4, 5), {"d": 6, "z": 7}
    return f(1, d=0), f(1, 2, 3, *t, **k), f(*t, *t, d=1, q=2), f(*[1], **k, e=log(1))


@program
def call_order(log):
    def e(x):
        log(x)
        return x

    def f(*args, **kw):
        return args, kw

    return e(f)(e(1), *e([2]), e(3), k=e(4), *e([5]), **e({"z": 6}), y=e(7))


@program
def call_errors(log):
    def f(a):
        return a

    for call in (
        lambda: f(),
        lambda: f(1, 2),
        lambda: f(b=1),
        lambda: f(*5),
        lambda: f(**5),
        lambda: f(a=1, **{"a": 2}),
        lambda: GLOBAL(),
        lambda: GLOBAL.nothing(),
        lambda: counter.real(4),
    ):
        try:
            call()
        except (TypeError, AttributeError) as error:
            log(type(error).__name__, str(error))


@program
def defaults_are_evaluated_once(log):
    def f(a, acc=log([]) or [], *, k=log("kw")):
        acc.append(a)
        return acc, k

    return f(1), f(2), f.__defaults__, f.__kwdefaults__


@program
def decorators(log):
    def deco(name):
        log("make", name)

        def apply(fn):
            log("apply", name, fn.__name__)

            @functools.wraps(fn)
            def wrapper(*args):
                return name, fn(*args)

            return wrapper

        return apply

    @deco("outer")
    @deco("inner")
    def f(x):
        return x

    @functools.lru_cache
    def g(x):
        log("g", x)
        return x

    return (
        f(1),
        g(1),
        g(1),
        f.__name__,
        f.__wrapped__.__code__.co_firstlineno - f.__code__.co_firstlineno,
    )


@program
def recursion(log):
    def fib(n):
        return n if n < 2 else fib(n - 1) + fib(n - 2)

    return fib(10)


@program
def keyword_and_positional_only(log):
    def f(a, /, *, b):
        return a - b

    return (
        f(3, b=1),
        functools.partial(f, b=2)(5),
        functools.reduce(operator.add, [1, 2]),
    )


@program
def attributes_of_functions(log):
    def f():
        f.calls += 1
        return f.calls

    f.calls = 0
    return f(), f(), f.calls, f.__name__, f.__qualname__, f.__doc__, f.__module__


@program
def docstrings(log):
    def f(x):
        """The text."""
        return x

    def g():
        """Only a text."""

    def h():
        f"no text"

    return f.__doc__, g.__doc__, h.__doc__, f(1), g()


# -- Classes


@program
def classes(log):
    class A:
        kind = "a"
        items = [x for x in range(3)]

        def __init__(self, x):
            self.x = x

        @property
        def double(self):
            return self.x * 2

        @double.setter
        def double(self, value):
            self.x = value / 2

        @classmethod
        def make(cls, *args):
            return cls(*args)

        @staticmethod
        def helper(y):
            return y + 1

        def __eq__(self, other):
            return self.x == other.x

    class B(A):
        kind = "b"

        def __init__(self, x):
            super().__init__(x + 1)
            super().__init__(self.x + 1)

        def name(self):
            return self.kind, super().kind, __class__.__name__

    b = B.make(1)
    b.double = 10
    b.x += 1
    return b.x, b.double, b.name(), B.helper(1), b.items, A(6) == b, B.name.__qualname__


@program
def private_names(log):
    class _Private:
        __count = 0

        def __init__(self):
            self.__value = 1
            self.__class__.__count += 1

        def __method(self, __x=3):
            self.__value += __x
            return self.__value

        def run(self):
            self.__a, self.__b = 1, 2
            del self.__b
            __local = self.__method(4)
            fn = lambda self: self.__value
            return __local, fn(self), self.__dunder__()

        def __dunder__(self):
            return sorted(vars(self)), self.__count

    return _Private().run()


@program
def class_statement_order(log):
    def e(x):
        log(str(x)[:8])
        return x

    @e
    class A(*e([e(object)]), metaclass=e(type), **e({})):
        x = e(1)

    return A.x


@program
def super_in_nested(log):
    class A:
        def f(self):
            return "A.f"

    class B(A):
        def f(self):
            inner = super
            return [super(B, self).f() for _ in range(1)], super().f()

        def g(self):
            return (lambda: super(B, self).f())()

    return B().f(), B().g()


@program
def descriptors_and_getattr(log):
    class Lazy:
        def __get__(self, obj, owner):
            log("get", obj is None)
            return 7

        def __set__(self, obj, value):
            log("set", value)

    class A:
        x = Lazy()

        def __getattr__(self, name):
            return name.upper()

    a = A()
    a.x = 1
    a.x += 2
    return a.x, A.x, a.missing, a.call_me.lower()


# -- Control flow


@program
def loops(log):
    for i in range(5):
        if i == 1:
            continue
        if i == 3:
            break
        log(i)
    else:
        log("not here")
    for j in []:
        pass
    else:
        log("else")
    while i:
        i -= 1
        if i == 1:
            continue
    else:
        log("while else")
    while True:
        i += 1
        if i > 3:
            break
    else:
        log("not here")
    return i


@program
def nested_while(log):
    i, out = 0, []
    while i < 4:
        i += 1
        j = 0
        while True:
            j += 1
            if j == i:
                break
            if j > 2:
                return out, i, j
            out.append((i, j))
        if i == 2:
            continue
        while 0:
            pass
    return out


@program
def loop_targets(log):
    box, items = Box(log), [0, 0]
    for box.x in range(2):
        pass
    for items[0], (box.y, *items[1:]) in [(1, (2, 3)), (4, (5, 6))]:
        pass
    for a, (b, *c) in [(1, "234")]:
        pass
    for (i,) in [[1]]:
        pass
    return items, box.x, box.y, a, b, c, i


@program
def loop_changes_its_sequence(log):
    items = [1, 2, 3]
    for x in items:
        if x < 10:
            items.append(x * 10)
    return items


@program
def try_forms(log):
    def f(x):
        try:
            log("try", x)
            if x == 1:
                raise ValueError("one")
            if x == 2:
                raise KeyError("two")
            if x == 3:
                return "returned"
        except (ValueError, TypeError) as error:
            log("except", str(error))
            return "handled"
        except KeyError:
            log("again")
            raise
        else:
            log("else")
        finally:
            log("finally")
        return "end"

    out = [f(0), f(1), f(3)]
    try:
        f(2)
    except LookupError as error:
        out.append(repr(error))
    try:
        error
    except NameError:
        out.append("gone")
    return out


@program
def finally_overrides(log):
    def f():
        for i in range(3):
            try:
                return i
            finally:
                log("f", i)
                if i < 5:
                    break
        return "after"

    return f()


@program
def exception_groups(log):
    try:
        raise ExceptionGroup("g", [ValueError(1), TypeError(2)])
    except* ValueError as group:
        log([str(e) for e in group.exceptions])
    except* TypeError as group:
        log(len(group.exceptions))


@program
def raise_from(log):
    try:
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise RuntimeError("outer") from error
    except RuntimeError as error:
        return str(error), type(error.__cause__).__name__


@program
def assertions(log):
    assert log(True) or 1, log("never")
    try:
        assert not GLOBAL, f"message {GLOBAL}"
    except AssertionError as error:
        return str(error)


@program
def with_forms(log):
    box = Box(log)
    with manager(log, "a") as a, manager(log, a + "b") as (b, c), manager(log, "d"):
        log(a, b, c)
    with manager(log, "e") as box.x:
        pass
    with (
        manager(log, "f", ValueError),
        manager(log, "g") as box[0],
    ):
        raise ValueError
    with contextlib.suppress(KeyError):
        {}[1]
    return box.x


@program
def with_target_fails(log):
    with manager(log, "a", AttributeError) as UNASSIGNABLE.b:
        log("not here")
    with manager(log, "one", ValueError) as (x, y):
        log("not here")
    for i in range(3):
        with manager(log, i):
            if i == 1:
                break
    return i


@program
def match_patterns(log):
    from dataclasses import dataclass

    @dataclass
    class Point:
        x: int
        y: int

    def describe(value):
        match value:
            case None | True:
                return "constant"
            case 0 | 1 as n:
                return "small", n
            case int(n) if n > 100:
                return "big", n
            case int() | float():
                return "number"
            case "text":
                return "text"
            case Point(0, y=y):
                return "axis", y
            case Point(x=px, y=py) if px == py:
                return "diagonal", px, py
            case Point():
                return "point"
            case [a]:
                return "one", a
            case [first, *rest, last] if last:
                return first, rest, last
            case (a, b, *_):
                return "two", a, b
            case {"kind": kind, "data": [x, {"deep": y}], **others}:
                return kind, x, y, others
            case {}:
                return "mapping"
            case operator.add:
                return "value"
            case _:
                return "other"

    values = (
        None,
        0,
        1,
        500,
        5,
        2.5,
        "text",
        Point(0, 2),
        Point(3, 3),
        Point(1, 2),
        [1],
        [1, 2, 3],
        [1, 2, 0],
    )
    more = ({"kind": 1, "data": [2, {"deep": 3}], "z": 4}, {1: 2}, operator.add, object)
    return [describe(v) for v in (*values, *more)]


@program
def match_on_several(log):
    x, y = 1, "b"
    match x, y:
        case (1, "a"):
            log("a")
        case 1, z:
            log("z", z)
    match [*range(3)]:
        case []:
            pass
        case [_, *_]:
            log("items")


# -- Generators and coroutines


@program
def generators(log):
    def gen(n):
        log("start")
        try:
            while n > 0:
                got = yield n
                log("got", got)
                n -= got or 1
        finally:
            log("closed")
        return "result"

    def outer():
        result = yield from gen(3)
        log(result)
        yield (yield result)

    g = outer()
    out = [next(g), g.send(2), next(g), g.send("sent")]
    h = gen(9)
    next(h)
    h.close()
    return out, list(gen(2)), list(x * GLOBAL for x in gen(1))


@program
def generator_throw(log):
    def gen():
        while True:
            try:
                yield 1
            except ValueError as error:
                log(str(error))

    g = gen()
    next(g)
    g.throw(ValueError("thrown"))
    try:
        g.throw(KeyError("out"))
    except KeyError:
        return "out"


@program
def generator_arguments_are_lazy(log):
    def gen(x):
        log("begun")
        yield x

    g = gen(1)
    log("made")
    first = (log("element", x) for x in log([1, 2]))
    log("expression made")
    return next(g), list(first)


@program
def coroutines(log):
    class Manager:
        async def __aenter__(self):
            log("aenter")
            return self

        async def __aexit__(self, *args):
            log("aexit")

    async def numbers(n):
        for i in range(n):
            yield i
            await asyncio.sleep(0)

    async def work(x):
        await asyncio.sleep(0)
        return x * GLOBAL

    async def main():
        out = []
        box = Box(log)
        async with Manager() as m, Manager() as box.x:
            async for i in numbers(3):
                out.append(await work(i))
            else:
                log("else")
        out += [i async for i in numbers(3) if i]
        out += [await work(i) for i in range(2)]
        out += await asyncio.gather(work(5), work(6))
        async for box.i in numbers(2):
            pass
        while (n := await work(len(out))) < 0:
            pass
        return out, n, box.i

    return asyncio.run(main())
