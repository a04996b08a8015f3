"""The parity assertion passes what is equal and finds each kind of difference."""

import functools
import warnings

import numpy as np
import pytest

from npjit._diagnostics import events
from npjit._diagnostics.values import Tolerance, values_differ
from npjit.errors import Reason
from npjit.testing.compare import ASPECTS, ParityError
from npjit.testing.parity import Settings, assert_parity, check_parity


def instead(other):
    """Return an accelerator that runs `other` in place of the user's function."""

    def accelerate(fn, **options):
        return functools.wraps(fn)(lambda *args, **kwargs: other(*args, **kwargs))

    return accelerate


def unchanged(fn, **options):
    return fn


def check(fn, other, *args, **settings):
    settings = {"modes": ("host",), "accelerate": instead(other)} | settings
    check_parity(fn, args, {}, Settings(**settings))


class Point:
    def __init__(self, x):
        self.x = x


class StandIn:
    """Passes for an ndarray, as npjit's own do."""

    @property
    def __class__(self):
        return np.ndarray


def warn(category, message):
    warnings.warn(message, category, stacklevel=2)


def add_one(a):
    a += 1
    return a


def set_x(p, x):
    p.x = x


VECTOR = np.arange(1.0, 5.0)
MATRIX = np.arange(6.0).reshape(2, 3)
ONE_ULP = np.nextafter(1.0, 2.0)

DRAWS = iter(range(100))  # a global: not copied for each call

# what differs: the plain function, one that deviates, an argument, part of the message
DIFFERENCES = {
    "value": (
        lambda a: a + 1,
        lambda a: a + np.array([1, 1, 2, 1]),
        VECTOR,
        r"element \[2\]",
    ),
    "last bit": (lambda a: a * 1, lambda a: a * ONE_ULP, VECTOR, "ulp"),
    "sign of zero": (lambda a: a * 0, lambda a: a * -0.0, VECTOR, "-0.0"),
    "NaN": (lambda a: a / a, lambda a: a * np.nan, VECTOR, "nan"),
    "integer": (lambda a: a.size, lambda a: a.size + 1, VECTOR, "NumPy gives 4"),
    "boolean": (lambda a: a > 2, lambda a: a >= 2, VECTOR, "element"),
    "dtype": (lambda a: a + 0, lambda a: np.float32(a), VECTOR, "dtype float32"),
    "shape": (lambda a: a + 0, lambda a: a[None] + 0, VECTOR, "shape"),
    "strides": (lambda a: a.copy(), lambda a: a.copy("F"), MATRIX, "strides"),
    "scalar for 0-d": (lambda a: a.sum(), lambda a: np.array(a.sum()), VECTOR, "type"),
    "float for scalar": (lambda a: a.sum(), lambda a: float(a.sum()), VECTOR, "type"),
    "scalar dtype": (lambda a: a[0], lambda a: np.float32(a[0]), VECTOR, "type"),
    "bool for np.bool": (lambda a: a[0] > 0, lambda a: True, VECTOR, "type"),
    "list for tuple": (lambda a: (a, 1), lambda a: [a, 1], VECTOR, "type list"),
    "length": (lambda a: (1, 2), lambda a: (1, 2, 3), VECTOR, "length"),
    "keys": (lambda a: {"x": 1}, lambda a: {"y": 1}, VECTOR, "key"),
    "order of keys": (lambda a: {"x": 1, "y": 1}, lambda a: {"y": 1, "x": 1}, 0, "key"),
    "set": (lambda a: {1, 2}, lambda a: {1, 3}, VECTOR, "result"),
    "read-only": (lambda a: a[:], lambda a: np.broadcast_to(a, 4), VECTOR, "writeable"),
    "not an owner": (lambda a: a + 0, lambda a: (a + 0)[:], VECTOR, "own"),
    "missing mutation": (add_one, lambda a: a + 1, VECTOR, "argument 'a': element"),
    "extra mutation": (lambda a: a[0], lambda a: add_one(a)[0] - 1, VECTOR, "argument"),
    "result is argument": (lambda a: a, lambda a: a.copy(), VECTOR, "is not argument"),
    "result is a copy": (lambda a: a + 0, lambda a: a, VECTOR, "is argument 'a'"),
    "view": (lambda a: a[1:], lambda a: a[1:].copy(), VECTOR, "base|memory"),
    "extra aliasing": (lambda a: a[1:].copy(), lambda a: a[1:], VECTOR, "own"),
    "aliasing of results": (
        lambda a: ((b := a + 0)[:2], b[1:]),
        lambda a: ((a + 0)[:2], (a + 0)[1:]),
        VECTOR,
        "shares no memory",
    ),
    "identity in a list": (
        lambda a: [b := a + 0, b],
        lambda a: [a + 0, a + 0],
        VECTOR,
        "is not result",
    ),
    "list item": (lambda p: p.append(1), lambda p: p.append(2), [0], r"'p'\[1\]"),
    "attribute": (lambda p: set_x(p, 1), lambda p: set_x(p, 2), Point(0), "'p'.x"),
    "new attribute": (lambda p: vars(p).update(y=1), lambda p: None, Point(0), "attr"),
    "no exception": (lambda a: a[9], lambda a: a[0], VECTOR, "raised nothing"),
    "an exception": (lambda a: a[0], lambda a: a[9], VECTOR, "raised IndexError"),
    "type of exception": (lambda a: a[9], lambda a: {}[9], VECTOR, "raised KeyError"),
    "text of exception": (lambda a: a[9], lambda a: a[8], VECTOR, "index 8"),
    "stdout": (lambda a: print(a), lambda a: print(a.tolist()), VECTOR, "printed"),
    "warning": (lambda a: warn(UserWarning, "x"), lambda a: None, VECTOR, "warned"),
    "text of warning": (
        lambda a: warn(UserWarning, "x"),
        lambda a: warn(UserWarning, "y"),
        VECTOR,
        "warned",
    ),
    "numerical warning": (lambda a: a / 0, lambda a: a * np.inf, VECTOR, "warned"),
    "line of warning": (
        lambda a: warn(UserWarning, "x"),
        lambda a: warn(
            UserWarning,
            "x",
        ),
        VECTOR,
        "warned",
    ),
    "type of a stand-in": (type, lambda a: StandIn, VECTOR, "NumPy gives"),
    "stand-in": (lambda a: a + 0, lambda a: StandIn(), VECTOR, "stand-in"),
    "stand-in in an attribute": (
        lambda p: set_x(p, np.ones(2)),
        lambda p: set_x(p, StandIn()),
        Point(0),
        "stand-in",
    ),
    "stand-in in a partial": (
        lambda a: functools.partial(warn, a),
        lambda a: functools.partial(warn, StandIn()),
        VECTOR,
        "stand-in",
    ),
    "value in an iterator": (
        lambda a: iter([a]),
        lambda a: iter([-a]),
        VECTOR,
        "state",
    ),
    "code of a function": (lambda a: warn, lambda a: add_one, VECTOR, "code"),
}


def raise_with(value):
    raise ValueError(value)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_difference_is_found(name):
    plain, deviating, argument, message = DIFFERENCES[name]
    if "line" not in name:  # unless it deviates, a function agrees with itself
        check_parity(plain, (argument,), {}, Settings(accelerate=unchanged))
    with pytest.raises(ParityError, match=message):
        check(plain, deviating, argument)


# what is compared, then as above; each passes unless that aspect is compared
ASPECT_ROWS = [
    ("value", "value"),
    ("value", "last bit"),
    ("value", "integer"),
    ("type", "float for scalar"),
    ("type", "scalar for 0-d"),
    ("type", "list for tuple"),
    ("dtype", "dtype"),
    ("strides", "strides"),
    ("writeable", "read-only"),
    ("aliasing", "not an owner"),
    ("aliasing", "aliasing of results"),
    ("aliasing", "identity in a list"),
    ("arguments", "missing mutation"),
    ("errors", "type of exception"),
    ("errors", "text of exception"),
    ("warnings", "warning"),
    ("stdout", "stdout"),
]


@pytest.mark.parametrize(("aspect", "name"), ASPECT_ROWS)
def test_aspects_can_be_left_out(aspect, name):
    plain, deviating, argument, message = DIFFERENCES[name]
    others = set(ASPECTS) - {aspect}
    if name == "missing mutation":  # its result is no argument any more
        others -= {"aliasing"}
    if name == "read-only":  # and shares memory
        others -= {"aliasing", "strides"}
    check(plain, deviating, argument, check=frozenset(others))
    with pytest.raises(ParityError, match=message):
        check(plain, deviating, argument, check=frozenset(others | {aspect}))


def test_shapes_are_part_of_values():
    plain, deviating, argument, _ = DIFFERENCES["shape"]
    rest = frozenset({"type", "dtype"})
    check(plain, deviating, argument, check=rest)
    for aspect in ("value", "shape"):
        with pytest.raises(ParityError, match="shape"):
            check(plain, deviating, argument, check=rest | {aspect})


def test_values_of_other_types_are_compared():
    for other in (lambda a: a.tolist(), lambda a: a.astype("f4"), lambda a: [*a]):
        check(lambda a: a + 0, other, VECTOR, check=frozenset({"value"}))
    for other in (lambda a: [1.0, 2], lambda a: a[0], lambda a: [a, [1]], lambda a: {}):
        with pytest.raises(ParityError):
            check(lambda a: a + 0, other, VECTOR, check=frozenset({"value"}))


def test_cycles_end_without_aliasing():
    def cycle(a):
        items = [a]
        items.append(items)
        return items

    rest = frozenset(ASPECTS) - {"aliasing"}
    check_parity(cycle, (1.0,), {}, Settings(accelerate=unchanged, check=rest))


def test_an_exception_on_one_side_always_differs():
    for name in ("no exception", "an exception"):
        plain, deviating, argument, message = DIFFERENCES[name]
        with pytest.raises(ParityError, match=message):
            check(plain, deviating, argument, check=frozenset({"value"}))


def test_arrays_that_warn_of_being_writeable():
    assert_parity(lambda a: np.broadcast_arrays(a, 1)[1].shape, VECTOR)
    check(np.broadcast_arrays, np.broadcast_arrays, VECTOR)


def test_unknown_aspects_are_refused():
    with pytest.raises(ValueError, match="no aspect is called 'values'; there are val"):
        assert_parity(np.negative, 1.0, check=("values", "dtype"))


def test_one_aspect_may_be_a_string():
    assert_parity(np.negative, 1.0, check="value", modes=("host",))


def test_the_traceback_shows_the_users_test_only():
    with pytest.raises(ParityError) as caught:
        assert_parity(lambda a: a + next(DRAWS), VECTOR, modes=("host",))
    names = [entry.name for entry in caught.traceback]
    assert names == [
        "test_the_traceback_shows_the_users_test_only",
        "assert_parity",
    ]
    assert caught.traceback[1].ishidden(caught)


def test_generator_that_drew_more_is_found():
    rng = np.random.default_rng(0)
    with pytest.raises(ParityError, match="argument 'r'"):
        check(lambda r: 0 * r.random(), lambda r: 0 * r.random(2)[0], rng)


def test_readonly_result_is_found():
    def frozen(a):
        b = a + 0
        b.flags.writeable = False
        return b

    with pytest.raises(ParityError, match="writeable False, NumPy gives True"):
        check(lambda a: a + 0, frozen, VECTOR)


def test_captured_variables_are_compared():
    def accumulator():
        total = np.zeros(3)

        def add(x):
            nonlocal total
            total = total + x

        return add

    check_parity(accumulator(), (1.0,), {}, Settings(accelerate=unchanged))
    with pytest.raises(ParityError, match="captured 'total'"):
        check(accumulator(), lambda x: None, 1.0)


def test_mutable_defaults_are_compared():
    def remember(x, seen=[]):  # noqa: B006 (what is tested)
        seen.append(x)

    check_parity(remember, (1,), {}, Settings(accelerate=unchanged))
    with pytest.raises(ParityError, match="__defaults__"):
        check(remember, lambda x: None, 1)
    assert remember.__defaults__ == ([],)


def test_bound_method_and_its_object():
    class Counter:
        def __init__(self):
            self.n = np.zeros(1)

        def up(self, by):
            self.n += by
            return self.n

    check_parity(Counter().up, (2,), {}, Settings(accelerate=unchanged))
    with pytest.raises(ParityError):
        check(Counter().up, lambda by: np.array([by * 1.0]), 2)


def test_arguments_are_left_alone():
    a, p = VECTOR.copy(), Point([1])
    check_parity(
        lambda a, p: (add_one(a), p.x.append(2)),
        (a, p),
        {},
        Settings(accelerate=unchanged),
    )
    assert a.tolist() == VECTOR.tolist()
    assert p.x == [1]


def test_deviation_with_other_values_only_is_found():
    def like_at_first(fn, **options):
        first = []

        @functools.wraps(fn)
        def call(a):
            first.append(fn(a))
            return first[0]

        return call

    settings = {"modes": ("host",), "accelerate": like_at_first}
    a = np.arange(8.0)
    check_parity(np.sum, (a,), {}, Settings(calls=2, **settings))
    with pytest.raises(ParityError) as caught:
        check_parity(lambda a: a.sum(), (a,), {}, Settings(calls=3, **settings))
    assert "call 3 of 3" in str(caught.value)


def test_vary_chooses_the_other_values():
    def vary(rng, a, *, index):
        a[...] = 7

    seen = []

    def note(a, *, index):
        seen.append((a.tolist(), index.tolist()))

    settings = Settings(vary=vary, accelerate=unchanged, modes=("host",))
    check_parity(note, (np.ones(1),), {"index": np.arange(2)}, settings)
    assert len(seen) == 0  # the list it captured was a copy


def test_index_arrays_stay_valid():
    def pick(a, index):
        return a[index]

    index = np.array([0, 3, 2, 2])
    check_parity(pick, (VECTOR, index), {}, Settings(calls=8, accelerate=unchanged))


@pytest.mark.parametrize(
    ("tolerance", "passes"),
    [
        (Tolerance(), False),
        (Tolerance(max_ulp=2), True),
        (Tolerance(max_ulp=1), False),
        (Tolerance(rtol=1e-15), True),
        (Tolerance(atol=1e-10), True),
        (Tolerance(atol=1e-20), False),
    ],
)
def test_tolerance(tolerance, passes):
    expected = np.array([1.0, np.nan, np.inf, 0.0])
    actual = np.array([1.0 + 2 * np.spacing(1.0), np.nan, np.inf, 0.0])
    assert passes == (not values_differ(expected, actual, tolerance).any())


@pytest.mark.parametrize(("expected", "actual"), [(np.inf, -np.inf), (np.inf, 1e308)])
def test_no_tolerance_for_infinities(expected, actual):
    loose = Tolerance(rtol=10.0, atol=1e308, max_ulp=10)
    assert values_differ(np.array([expected]), np.array([actual]), loose).all()


def test_complex_parts_are_compared_apart():
    expected = np.array([complex(0.0, 1.0), complex(np.nan, 1.0)])
    actual = np.array([complex(-0.0, 1.0), complex(1.0, np.nan)])
    assert values_differ(expected, actual).tolist() == [True, True]


def test_in_mode_jit_warnings_are_compared_too():
    def other(a):
        return a * np.inf

    with pytest.raises(ParityError, match="warned"):
        check(lambda a: a / 0, other, VECTOR, modes=("jit",))
    with pytest.raises(ParityError, match="warned"):
        check(lambda a: warn(UserWarning, "x"), lambda a: None, 0, modes=("jit",))


def test_xla_must_have_run_if_expected():
    settings = Settings(modes=("jit",), accelerate=unchanged, expect_xla=True)
    with pytest.raises(ParityError, match="XLA did not run"):
        check_parity(lambda a: a, (1,), {}, settings)

    def compiled(a):
        events.emit(events.Event("compile", "p"))
        return a

    check(lambda a: a, compiled, 1, modes=("jit",), expect_xla=True)


@pytest.mark.internal_error
def test_internal_error_is_found():
    def other(a):
        events.emit(events.Event("fallback", "np.add", Reason.INTERNAL))
        return a

    with pytest.raises(ParityError, match="an error inside npjit"):
        check(lambda a: a, other, 1)


def test_keyboard_interrupt_of_the_function_is_an_outcome():
    def interrupted(a):
        a[0] = 9
        raise KeyboardInterrupt

    check_parity(interrupted, (VECTOR,), {}, Settings(accelerate=unchanged))
    with pytest.raises(KeyboardInterrupt):
        check(interrupted, lambda a: None, VECTOR)


# In a file of its own: frames of the user's file are compared, too.
NEGATING = """
import functools

def accelerate(fn, **options):
    @functools.wraps(fn)
    def call(a):
        return fn(-a)
    return call
"""


def test_arguments_of_an_exception_are_compared():
    class Quiet(Exception):
        def __str__(self):
            return "quiet"

    def fail(a):
        raise Quiet(a + 0)

    namespace = {}
    exec(compile(NEGATING, "<negating>", "exec"), namespace)
    check_parity(fail, (VECTOR,), {}, Settings(accelerate=unchanged))
    with pytest.raises(ParityError, match="exception's args"):
        check_parity(fail, (VECTOR,), {}, Settings(accelerate=namespace["accelerate"]))


def test_lines_of_the_traceback_are_compared():
    def fail_deeper(a):
        return fail(a)

    def fail(a):
        raise ValueError

    with pytest.raises(ParityError, match="traceback through lines"):
        check(fail, fail_deeper, VECTOR)


def test_lines_of_warnings_inside_numpy_are_no_difference():
    # the method warns in _methods.py, the function in fromnumeric.py
    a = np.array([np.inf, -np.inf])
    check(lambda a: a.sum(), lambda a: np.sum(a), a)
