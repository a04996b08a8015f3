"""Blocks: `with npjit.accelerate():`, compared with the same code without it."""

import contextlib
import itertools
import pickle
import threading
import types
import warnings

import numpy as np
import numpy.linalg as la
import pytest
from numpy import linspace
from numpy import zeros as nothing

import npjit
from npjit._diagnostics.events import capture
from npjit.errors import Reason
from tests.blocks import assert_block_parity, in_block

MODES = pytest.mark.parametrize("mode", ["host", "jit"])
TABLE = {np.sin: "sin", np.zeros: "zeros"}
grid = np.linspace(0.0, 1.0, 5)
total = 0.0


def names_of(events, *names):
    return [(e.name, e.operation, e.reason) for e in events if e.name in names]


# The same body in a block and without it ----------------------------------------------


def creation_and_arithmetic(x):
    a = np.zeros(len(x))
    a += x
    b = nothing(3, int) + np.arange(3)
    return a * 2, b, linspace(0, 1, len(x)) - x, np.array([x[0], 2.0])


def in_place_on_older_arrays(x, y):
    lap = x[2:] - 2 * x[1:-1] + x[:-2]
    x[1:-1] += 0.1 * lap
    x[0] = y[-1]
    y *= x
    np.add(x, 1, out=y)
    return x is y, lap, y.sum()


def identity_and_views(x):
    same, view = x, x[1:]
    view[0] = 7
    row = view[:2]
    row += 1
    return same is x, view, row, view.base is x, [x, same, view]


def containers(x):
    y = x * 2
    held = [y, (y, x), {"a": y}]
    held.append({"deep": [y + 1]})
    pair = y, y
    return held, pair, pair[0] is held[0]


def control_flow(x):
    found = []
    for value in x:
        if value > 0.5:
            found.append(value * 2)
        elif value < -0.5:
            break
    else:
        found.append("all")
    while x.sum() > 1:
        x = x / 2
    return found, x, [v for v in x if v], float(x[0]), f"{x[0]:.3f}", len(x)


def closures_of_the_frame(x):
    y = x + 1

    def shifted(by):
        nonlocal y
        y = y + by
        return y * x

    return shifted(2.0), y, (lambda: x * y)(), [x[i] * y[i] for i in range(2)]


def deleted_and_rebound(x):
    y = x + 1
    x[0] = 5
    del x
    z = y
    y = 3
    return y, z


def functions_of_numpy(x):
    table = [np.sin, np.cos, np.sum, np.add.reduce]
    known = [TABLE[f] for f in (np.sin, np.zeros)]
    is_module = isinstance(np, types.ModuleType)
    return [f(x) for f in table], known, is_module, np.sin is table[0], np.pi * x


def submodules(x):
    m = np.outer(x, x) + 4 * np.eye(len(x))
    return la.inv(m), np.linalg.det(m), np.fft.fftfreq(4) * 2


def draws(seed):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=4)
    z *= 2
    return z * z, rng.integers(0, 9, 3), rng.permutation(4), rng


def legacy_draws(seed):
    np.random.seed(seed)
    return np.random.rand(3) * 2, np.random.normal(size=2)


def errors_are_handled(x):
    try:
        la.inv(np.zeros((2, 2)))
    except la.LinAlgError as error:
        text = str(error)
    try:
        x + np.ones(len(x) + 1)
    except ValueError as error:
        shapes = str(error)
    return text, shapes, x * 2


def errstates(x):
    with np.errstate(divide="raise"):
        try:
            return 1 / (x - x)
        except FloatingPointError as error:
            return str(error)


def composed(x):
    return np.gradient(x), np.average(x, weights=np.abs(x)), np.diag(x)


def unlifted_dtypes(x):
    names = np.array(["a", "b"])
    return names, names == "a", x.astype(object), x.astype("f4") + 1


PROGRAMS = [
    (creation_and_arithmetic, np.arange(3.0)),
    (in_place_on_older_arrays, np.arange(6.0), np.ones(6)),
    (identity_and_views, np.arange(5.0)),
    (containers, np.arange(3.0)),
    (control_flow, np.array([0.75, 2.0, 1.0])),
    (control_flow, np.array([0.75, -2.0])),
    (closures_of_the_frame, np.arange(3.0)),
    (deleted_and_rebound, np.arange(3.0)),
    (functions_of_numpy, np.array([0.0, 0.0, 0.0])),
    (submodules, np.arange(3.0)),
    (draws, 3),
    (legacy_draws, 3),
    (errors_are_handled, np.arange(3.0)),
    (errstates, np.arange(3.0)),
    (composed, np.array([1.0, 4.0, 9.0])),
    (unlifted_dtypes, np.arange(3.0)),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda row: row[0].__name__)
@pytest.mark.filterwarnings("ignore")
def test_same_as_without(program):
    fn, *args = program
    assert_block_parity(fn, *args, modes=("host",))
    assert_block_parity(fn, *args, modes=("jit",), rtol=1e-12)


class Simulation:
    """What a block does not meet, and may write unseen: attributes."""

    def __init__(self, u):
        self.u = u
        self.old = None

    def add(self, what):
        self.u += what
        return self.u


def written_by_another_name(x):
    sim = Simulation(x)
    before = x + 1  # pending, while the next lines write what it reads
    sim.u[0] = 100
    after = x * 2
    sim.u += after
    x[1] = -1
    sim.old = x * 3
    sim.add(before)
    return before, after, sim.u, sim.old, sim.u is x, x + sim.u


def written_through_a_view(x):
    views = {"all": x[...], "some": x[::2]}
    y = x + 1
    views["some"][...] = 0
    z = x + y
    views["all"] += z
    return y, z, x, views


def written_through_an_escape(x):
    s = x[x > 1]
    y = x + 1
    memory = np.frombuffer(x.data) if x.flags.c_contiguous else x
    memory[0] = 50
    return y, x * 2, s, s.sum()


def written_by_foreign_code(x, keep):
    y = x + 1
    np.copyto(keep, x)
    keep[0] = 9
    kept = list(map(np.asarray, [x]))
    kept[0][1] = 11
    return y, x + keep, keep


@pytest.mark.parametrize(
    "fn",
    [written_by_another_name, written_through_a_view, written_through_an_escape],
)
def test_what_plain_code_writes_unseen(fn):
    assert_block_parity(fn, np.arange(5.0), modes=("host",))
    assert_block_parity(fn, np.arange(5.0), modes=("jit",))


def test_what_foreign_code_writes_unseen():
    assert_block_parity(written_by_foreign_code, np.arange(5.0), np.zeros(5))


# Names --------------------------------------------------------------------------------


def scale(x, by=2.0):
    """A function that a block converts."""
    made = np.empty_like(x)
    made[:] = x * by
    return made


@MODES
def test_names_hold_real_arrays_after_it(mode):
    global total
    x, kept = np.arange(3.0), np.ones(3)
    view = x[1:]
    with npjit.accelerate(mode=mode) as block:
        assert type(x) is type(kept) is type(view) is type(grid) is npjit.Array
        assert type(np) is not types.ModuleType
        y = x + kept
        total = (grid * 2).sum()
        scaled = scale(y)
        view[0] = 8
        x2 = x
        f = scale
        rng = np.random.default_rng(1)
    assert x is x2
    assert view.base is x
    for value in (x, y, kept, view, grid, scaled):
        assert type(value) is np.ndarray
    assert type(total) is np.float64
    assert type(np) is types.ModuleType
    assert type(scale) is type(f) is types.FunctionType
    assert type(rng) is np.random.Generator
    assert repr(block) == f"npjit.accelerate(mode={mode!r})"
    np.testing.assert_array_equal(x, [0, 8, 2])
    np.testing.assert_array_equal(scaled, [2, 4, 6])


def test_python_functions_are_converted():
    x = np.arange(3.0)
    with capture() as events, npjit.accelerate(mode="host"):
        y = scale(x, by=3.0)
        z = (lambda a: a + 1)(y)
    assert [e.count for e in events if e.name == "engine"] == [4]
    assert not names_of(events, "break", "fallback")
    np.testing.assert_array_equal(z, x * 3 + 1)


def test_substitutes_look_like_their_originals():
    plain_np, plain_scale, plain_zeros = np, scale, nothing
    with npjit.accelerate(mode="host"):
        assert isinstance(np, types.ModuleType)
        assert np == plain_np
        assert repr(np) == repr(plain_np)
        assert vars(np) is vars(plain_np)
        assert dir(np) == dir(plain_np)
        assert np.float64 is plain_np.float64
        assert np.sum is plain_np.sum
        assert np.linalg.inv is la.inv
        assert np.zeros is np.zeros
        assert isinstance(scale, types.FunctionType)
        assert scale == plain_scale
        assert {scale: 1}[plain_scale] == 1
        assert scale.__doc__ == plain_scale.__doc__
        assert nothing == plain_zeros
        assert nothing.__name__ == "zeros"
        found = pickle.loads(pickle.dumps(scale))
        np.npjit_test_attribute = 3
        scale.calls = 1
    assert found is scale
    assert np.npjit_test_attribute == 3
    assert scale.calls == 1
    del np.npjit_test_attribute, scale.calls


def test_objects_that_names_lead_to_hold_real_arrays():
    class Slotted:
        __slots__ = ("value",)

    x = np.arange(3.0)
    sim, slotted, space = Simulation(x), Slotted(), types.SimpleNamespace()
    with npjit.accelerate(mode="host"):
        y = x * 2
        sim.u = y
        sim.nested = Simulation([y, (y,)])
        slotted.value = y + 1
        space.value = y + 2

        def capture_it(value=y + 3):
            return value

    assert sim.u is y
    assert sim.nested.u[0] is y
    assert sim.nested.u[1][0] is y
    held = slotted.value, space.value, capture_it()
    assert [type(value) for value in held] == [np.ndarray] * 3


def test_a_value_that_is_returned_forwards_to_its_array():
    def returned(x):
        with npjit.accelerate(mode="host"):
            y = x * 2
            y[0] = 5
            return y

    y = returned(np.arange(3.0))
    assert isinstance(y, np.ndarray)
    np.testing.assert_array_equal(np.asarray(y), [5, 2, 4])
    y[1] = 1
    assert (y + 1).tolist() == [6, 2, 5]
    assert type(y + 1) is np.ndarray
    real = npjit.realize(y)
    assert type(real) is np.ndarray
    assert real is npjit.realize(y)
    assert pickle.loads(pickle.dumps(y)).tolist() == [5, 1, 4]


def test_asarray_makes_a_stand_in():
    state = {"u": np.arange(3.0), "names": np.array(["a"])}
    assert npjit.asarray(state["u"]) is state["u"]
    assert npjit.asarray([1, 2]).tolist() == [1, 2]
    with npjit.accelerate(mode="host"):
        u, made = npjit.asarray(state["u"]), npjit.asarray([1.0, 2.0])
        assert type(u) is type(made) is npjit.Array
        assert npjit.asarray(u) is u
        assert type(npjit.asarray(state["names"])) is np.ndarray
        u *= 2
    assert u is state["u"]
    assert u.tolist() == [0, 2, 4]


# Frames -------------------------------------------------------------------------------

MODULE = """
import numpy as np, npjit
from numpy import ones
a = np.arange(4.0)
b = a[1:]
with npjit.accelerate(mode={mode!r}):
    c = a * 2 + ones(4)
    b[0] = 10
    class Inside:
        d = a + c
    e = [row + 1 for row in c]
    f = (lambda: a + c)()
class Body:
    x = np.arange(3.0)
    with npjit.accelerate(mode={mode!r}):
        y = x + np.ones(3)
    z = y
"""


@MODES
def test_in_a_module_and_in_a_class(mode):
    plain, fast = {}, {}
    text = MODULE.format(mode=mode)
    exec(compile(text.replace(f"mode={mode!r}", "disable=True"), "m", "exec"), plain)
    exec(compile(text, "m", "exec"), fast)
    expected = np.arange(4.0)
    c = expected * 2 + 1
    expected[1] = 10
    for names in (plain, fast):
        assert type(names["np"]) is types.ModuleType
        np.testing.assert_array_equal(names["a"], expected)
        np.testing.assert_array_equal(names["c"], c)
        np.testing.assert_array_equal(names["Inside"].d, expected + c)
        np.testing.assert_array_equal(names["f"], expected + c)
        assert names["b"].base is names["a"]
        assert names["e"] == list(c + 1)
        assert type(names["c"]) is type(names["Inside"].d) is np.ndarray
        assert type(names["Body"].y) is type(names["Body"].z) is np.ndarray


def test_generators_and_coroutines_are_refused():
    def items():
        with npjit.accelerate(mode="host"):
            yield 1

    async def wait():
        with npjit.accelerate(mode="host"):
            pass

    with pytest.raises(TypeError, match=r"items, whose frame other code interrupts"):
        next(items())
    with pytest.raises(TypeError, match=r"cannot be a block in .*wait"):
        wait().send(None)
    assert not npjit.is_recording()


def test_in_an_exit_stack():
    x = np.arange(3.0)
    with contextlib.ExitStack() as stack:
        stack.enter_context(npjit.accelerate(mode="host"))
        y = x + np.ones(3)
        assert type(y) is npjit.Array
    assert type(y) is np.ndarray


def test_locals_of_a_frame_are_not_kept_alive():
    class Marked(list):
        pass

    alive = []

    class Watched:
        def __del__(self):
            alive.append("gone")

    watched, x = Watched(), np.arange(3.0)
    with npjit.accelerate(mode="host"):
        x = x + 1
    del watched
    assert alive == ["gone"]


# Leaving ------------------------------------------------------------------------------


@MODES
def test_an_exception_leaves_all_as_numpy_would(mode):
    held = {}

    def fail(x):
        try:
            with npjit.accelerate(mode=mode):
                y = x + 1
                x[0] = 7
                1 / 0  # noqa: B018
        finally:
            held.update(x=x, y=y)

    with capture() as events, pytest.raises(ZeroDivisionError) as raised:
        fail(np.arange(3.0))
    x, y = held["x"], held["y"]
    assert type(x) is type(y) is np.ndarray
    assert x.tolist() == [7, 1, 2]
    assert y.tolist() == [1, 2, 3]
    assert [entry.name for entry in raised.traceback] == [
        "test_an_exception_leaves_all_as_numpy_would",
        "fail",
    ]
    assert not names_of(events, "compile")
    assert not npjit.is_recording()


def test_an_exception_carries_real_arrays():
    def fail():
        with npjit.accelerate(mode="host"):
            y = np.arange(3.0) * 2
            raise ArithmeticError(y, [y])

    with pytest.raises(ArithmeticError) as raised:
        fail()
    assert type(raised.value.args[0]) is np.ndarray
    assert raised.value.args[1][0] is raised.value.args[0]


def test_warnings_point_to_the_line():
    x = np.arange(3.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with npjit.accelerate(mode="host"):
            y = 1 / x
            warn_caller()
    assert [w.filename for w in caught] == [__file__] * 2
    assert y[0] == np.inf


def warn_caller():
    warnings.warn("from the caller", UserWarning, stacklevel=2)


def test_break_continue_and_return_leave_it():
    def leave(how, x):
        for i in range(4):
            with npjit.accelerate(mode="host"):
                x = x + 1
                if i < 2 and how == "continue":
                    continue
                if how == "break":
                    break
                if how == "return":
                    return float(x[0]), npjit.is_recording()
            assert type(x) is np.ndarray
        return float(x[0]), type(x)

    assert leave("continue", np.zeros(2)) == (4.0, np.ndarray)
    assert leave("break", np.zeros(2)) == (1.0, np.ndarray)
    assert leave("return", np.zeros(2)) == (1.0, True)
    assert not npjit.is_recording()


def test_programs_of_a_loop_are_found_again():
    x = np.linspace(0, 1, 50)
    with capture() as events:
        for _ in range(5):
            with npjit.accelerate(mode="jit"):
                x = np.sqrt(x * x + 0.25)
    assert len([e for e in events if e.name == "hit"]) >= 4


def test_a_block_that_was_not_entered():
    with pytest.raises(RuntimeError, match="not entered"):
        npjit.accelerate(mode="host").__exit__(None, None, None)


# Use inside of each other -------------------------------------------------------------


def test_one_object_is_used_again_and_in_itself():
    fast = npjit.accelerate(mode="host")
    x = np.arange(3.0)
    with fast:
        y = x + 1
        with fast:
            z = y * 2
        assert type(z) is npjit.Array
        w = z + np.ones(3)
    with fast:
        v = w + 1
    for value in (x, y, z, w, v):
        assert type(value) is np.ndarray
    assert v.tolist() == [4, 6, 8]

    @fast
    def double(a):
        return a * 2

    assert double(x).tolist() == [0, 2, 4]
    assert double.options.mode == "host"


@MODES
def test_a_block_in_a_function_in_a_block(mode):
    def inner(a):
        with npjit.accelerate(mode=mode):
            a += 1
            b = a * 2
        return b  # noqa: RET504 (not inside of the block)

    @npjit.accelerate(mode=mode)
    def accelerated(a):
        with npjit.accelerate(mode=mode):
            a += 1
            return inner(a) + a

    x = np.arange(3.0)
    with capture() as events, npjit.accelerate(mode=mode):
        y = inner(x)
        z = accelerated(y)
    assert len([e for e in events if e.name == "record"]) == 1
    assert x.tolist() == [1, 2, 3]
    assert y.tolist() == [4, 6, 8]
    assert z.tolist() == [12, 18, 24]
    assert accelerated(np.zeros(2)).tolist() == [6, 6]


def test_a_block_in_a_method_called_from_a_block():
    class Model:
        def __init__(self, u):
            self.u = u

        def step(self):
            u = self.u
            with npjit.accelerate(mode="host"):
                u += 1
                v = u * 2
            assert type(v) is np.ndarray
            return v

    model = Model(np.zeros(3))
    with npjit.accelerate(mode="host"):
        a = model.step()
        b = a + model.step()
    assert type(b) is np.ndarray
    assert b.tolist() == [6, 6, 6]
    assert model.u.tolist() == [2, 2, 2]


def test_numpy_mode_inside_runs_plain():
    x = np.arange(3.0)
    with npjit.accelerate(mode="host"):
        y = x + 1
        x *= 2
        with npjit.accelerate(mode="numpy"):
            assert type(x) is type(y) is np.ndarray
            assert not npjit.is_recording()
            z = x + y
            y[0] = 100
        assert type(z) is npjit.Array
        w = z + y
    assert w.tolist() == [101, 6, 10]
    assert type(w) is np.ndarray


def test_numpy_mode_inside_of_an_accelerated_function():
    @npjit.accelerate(mode="host")
    def f(x):
        y = x + 1
        with npjit.accelerate(mode="numpy"):
            kinds = [type(y), npjit.is_recording()]
            z = y * 2
            z[0] = 8
        z += 1
        return z, y, kinds

    z, y, kinds = f(np.arange(3.0))
    assert kinds == [np.ndarray, False]
    assert (z.tolist(), y.tolist()) == ([9, 5, 7], [1, 2, 3])


def unlowered(x):
    return np.partition(x, 1)


@pytest.mark.parametrize("outer", [False, True])
def test_strict_holds_where_it_was_given(outer):
    x = np.array([3.0, 1.0, 2.0])
    inner = not outer
    with npjit.accelerate(mode="host", strict=outer):
        with npjit.accelerate(strict=inner):
            strict_inside = _is_strict(x)
        with npjit.accelerate():
            assert _is_strict(x) is outer
        assert _is_strict(x) is outer
        assert npjit.accelerate(_is_strict)(x) is outer
        assert npjit.accelerate(_is_strict, strict=inner)(x) is inner
    assert strict_inside is inner

    @npjit.accelerate(mode="host", strict=outer)
    def function(x):
        with npjit.accelerate(strict=inner):
            first = _is_strict(x)
        return first, _is_strict(x), npjit.accelerate(_is_strict, strict=inner)(x)

    assert function(x) == (inner, outer, inner)


def _is_strict(x):
    try:
        unlowered(x)
    except npjit.FallbackError:
        return True
    return False


def test_switched_off():
    x = np.arange(3.0)
    for options in ({"mode": "numpy"}, {"disable": True}):
        with npjit.accelerate(**options):
            assert type(x + 1) is np.ndarray
            assert type(np) is types.ModuleType


# Threads, engines ---------------------------------------------------------------------


def test_other_threads_get_the_originals():
    x, seen = np.arange(3.0), {}

    def look():
        seen["recording"] = npjit.is_recording()
        seen["made"] = np.zeros(2)
        seen["scaled"] = scale(np.ones(2))
        seen["sum"] = x + 1  # a stand-in of ours
        seen["y"] = y

    with npjit.accelerate(mode="host"):
        y = x * 2
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert seen["recording"] is False
    assert type(seen["made"]) is type(seen["scaled"]) is type(seen["sum"]) is np.ndarray
    assert seen["sum"].tolist() == [1, 2, 3]
    assert np.asarray(seen["y"]).tolist() == [0, 2, 4]


def test_blocks_of_two_threads_in_one_module():
    barrier = threading.Barrier(2, timeout=30)
    results = [None, None]

    def work(i):
        a = np.full(3, float(i))
        for _ in itertools.repeat(None, 20):
            barrier.wait()
            with npjit.accelerate(mode="host"):
                a = a + grid[:3] + np.ones(3)
        results[i] = a

    threads = [threading.Thread(target=work, args=(i,)) for i in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, a in enumerate(results):
        np.testing.assert_allclose(a, i + 20 * (grid[:3] + 1))
    assert type(grid) is np.ndarray
    assert type(np) is types.ModuleType


def test_tiny_operations_stop_it():
    def steps(x):
        with capture() as events, npjit.accelerate():
            for _ in range(3000):
                x = x + 1.0
            y = np.ones(3) + x
        assert type(x) is type(y) is np.ndarray
        assert type(np) is types.ModuleType
        return x, [e.reason for e in events if e.name == "break"]

    x, breaks = steps(np.zeros(3))
    assert x.tolist() == [3000] * 3
    assert breaks == [Reason.TINY]
    x, breaks = steps(np.zeros(3))  # this block stays in NumPy
    assert x.tolist() == [3000] * 3
    assert breaks == []


def test_long_blocks_are_cut():
    x = np.zeros(3)
    with npjit.accelerate(mode="host", max_ops=16), capture() as events:
        for _ in range(100):
            x = x + 1
    assert x.tolist() == [100] * 3
    assert len([e for e in events if e.reason is Reason.LIMIT]) >= 5


def test_writes_to_older_arrays_are_no_fallbacks():
    x = np.arange(3.0)
    objects = [object()]  # a block that is not enclosed writes at once
    with npjit.accelerate(mode="host", strict=True), capture() as events:
        assert objects
        x += 1
        x[0] = 5
        np.multiply(x, 2, out=x)
    assert x.tolist() == [10, 4, 6]
    assert {reason for _, _, reason in names_of(events, "break")} == {
        Reason.WRITES_BUFFER
    }


def test_enclosed_blocks_write_at_their_end():
    x = np.arange(3.0)
    with npjit.accelerate(mode="host"), capture() as events:
        x += 1
        x[0] = 5
        y = x * 2
        del events[:]
    assert x.tolist() == [5, 2, 3]
    assert y.tolist() == [10, 4, 6]


def test_in_block_returns_real_arrays():
    assert type(in_block(scale, mode="host")(np.ones(2))) is np.ndarray


# Warnings -----------------------------------------------------------------------------


def warnings_are_caught_where_they_come_up(x):
    before = 1 / x
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        inside = np.log(x - 1)
    after = x / 0
    return before, inside, after, [str(w.message) for w in caught]


def warnings_are_errors_in_a_try(x):
    def divide(y):
        return y / 0

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return np.exp(x * 1e3), "no error"
        except RuntimeWarning as error:
            first = str(error)
        try:
            return divide(x), "no error"
        except RuntimeWarning as error:
            return first, str(error)


@pytest.mark.parametrize(
    "fn", [warnings_are_caught_where_they_come_up, warnings_are_errors_in_a_try]
)
def test_blocks_that_catch_warnings(fn):
    assert_block_parity(fn, np.array([0.0, 1.0, 3.0]))


def test_blocks_inside_of_what_catches_warnings_are_recorded():
    x = np.ones(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with capture() as events, npjit.accelerate(mode="host"):
            y = x / 0
    assert np.isinf(y).all()
    assert names_of(events, "fallback") == []
    assert names_of(events, "engine")
