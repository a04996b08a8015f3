"""Programs whose layout matters: several lambdas on a line, and lines of tracebacks.

Those named ``error_...`` end with an exception that passes more than one line.
"""

import math

from tests.convert.programs import GLOBAL, Box, manager, program

# ruff: noqa: B007, E501, E701, E702, E731, F821, F841, PIE804, PT018, RET504, SIM300
# fmt: off


@program
def lambdas_on_one_line(log):
    fs = [lambda x: x + 1, lambda x: x + 2, lambda x: x + 2]; g = lambda a, *b, c=1, **d: (a, b, c, d)
    h = (lambda x: (lambda y: lambda z: (x, y, z)))
    return [f(0) for f in fs], g(1, 2, c=3, e=4), h(1)(2)(3), (lambda: 5)(), (lambda x=lambda: 6: x())()


@program
def several_statements_on_a_line(log):
    a = 1; b = [a]; b[0] += 2; del a; log(b); c, d = b, 3
    if c: log(1); log(2)
    while d: d -= 1; log(d)
    return c, d


@program
def f_string_over_lines(log):
    a = 1
    return f"""{a +
        2}
    {a}""" f"{a}" """{a}"""


@program
def expressions_over_lines(log):
    a = (1,
         2)
    return [
        a
        [0], a [
            1:
        ], log(
            *a
        )
    ], not \
        a


@program
def error_in_operator(log):
    a = 1
    return (
        a
        + "text"
    )


@program
def error_in_call_chain(log):
    value = "abc"
    return (
        value
        .upper()
        .nothing()
    )


@program
def error_in_called_method(log):
    class A:
        def fail(self, *args, **kwargs):
            raise LookupError

        def same(self):
            return self

    return (
        A()
        .same()
        .fail(
            1,
            2,
        )
    )


@program
def error_in_called_method_with_stars(log):
    return (
        GLOBAL
        .__add__
        .__call__(
            *[],
            **{},
        )
    )


@program
def error_in_function_of_module(log):
    return (
        math
        .floor(
            "text"
        )
    )


@program
def error_in_argument(log):
    return log(
        1,
        2,
        [
            {}[3],
        ],
    )


@program
def error_in_attribute_chain(log):
    return (
        log
        .__class__
        .__name__
        .nothing
    )


@program
def error_in_store(log):
    a = 1
    a.x = (
        2
    )


@program
def error_in_store_to_chain(log):
    a = 1
    (
        a
        .real
        .x
    ) = 2


@program
def error_in_deletion(log):
    a = 1
    del (
        log,
        a
        .real
        .x,
    )


@program
def error_in_item_store(log):
    items = 1
    (
        log,
        items[
            0
        ],
    ) = 1, 2


@program
def error_in_subscript(log):
    items = {}
    return (
        items
        [1:
         2]
        [GLOBAL]
    )


@program
def error_in_test(log):
    class A:
        def __bool__(self):
            raise OverflowError

    a = A()
    if (
        1
        and a
    ):
        pass


@program
def error_in_chained_comparison(log):
    return (
        1
        < GLOBAL
        < "text"
    )


@program
def error_in_loop(log):
    for x in (
        5
    ):
        pass


@program
def error_in_unpacking(log):
    (
        a,
        b,
    ) = (
        [1]
    )


@program
def error_in_unpacking_loop(log):
    for (
        a,
        (b, c)
    ) in [
        (1, [2]),
    ]:
        pass


@program
def error_in_comprehension(log):
    return [
        x
        / 0
        for x in range(3)
        if x
    ]


@program
def error_in_nested(log):
    def f(x):
        return g(
            x
        )

    def g(x):
        y = (
            1 / x
        )
        return y

    return f(0)


@program
def error_in_decorator(log):
    def deco(fn):
        raise KeyError(fn.__name__)

    @log
    @deco
    @log
    def f():
        pass


@program
def error_in_with(log):
    with manager(log, "a"), manager(log, "b"):
        log(1)
        raise (
            ValueError("x")
        )


@program
def error_in_enter(log):
    with (
        manager(log, "outer"),
        GLOBAL,
    ):
        pass


@program
def error_in_exit(log):
    class Manager:
        def __enter__(self):
            return 1

        def __exit__(self, *args):
            raise KeyError

    with (
        manager(log, "outer"),
        Manager() as m,
        manager(log, "inner") as n,
    ):
        log(m, n)


@program
def error_in_augmented(log):
    box = Box(log)
    box.missing += (
        1
    )


@program
def error_in_augmented_operator(log):
    box = Box(log, n=1)
    box.n += (
        "text"
    )


@program
def error_in_augmented_name(log):
    n = 1
    n += (
        "text"
    )


@program
def error_in_default(log):
    def f(
        a,
        b=1
        / 0 * GLOBAL,
    ):
        pass


@program
def error_in_guard(log):
    match 3:
        case x if x > (
            "text"
        ):
            pass


@program
def error_in_condition_of_while(log):
    n = 3
    while (
        n
        and 6 // n
        and 1 / (n - 1)
    ):
        n -= 1


@program
def error_in_format(log):
    x = 1
    return (
        f"{x}"
        f"{x:d}"
        f"{x.nothing}"
    )


@program
def error_of_assertion(log):
    assert (
        GLOBAL
        == 11
    ), f"{GLOBAL}"


@program
def error_of_assertion_with_parts(log):
    assert (
        GLOBAL
        and not 1 <
        GLOBAL
    )


@program
def error_in_lambda(log):
    f = lambda x: (
        x
        + 1
    )
    return f(
        "text"
    )


@program
def error_in_recursion(log):
    def f(n):
        return f(n + 1) if n < 5 else undefined_name

    return f(0)


# fmt: on
