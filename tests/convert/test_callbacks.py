"""Functions that solvers and optimizers are given: recorded, and else what they are."""

import copy
import functools
import inspect
import pickle
import threading
import types

import numpy as np
import pytest

import npjit
from npjit._convert import callbacks
from npjit._convert.callbacks import Callback
from npjit._diagnostics.events import capture
from npjit.testing import assert_parity

optimize = pytest.importorskip("scipy.optimize")
integrate = pytest.importorskip("scipy.integrate")
X = np.array([0.3, 1.2, -0.7])


def check(program, *args, modes=("host",), **settings):
    assert_parity(program, *args, modes=modes, **{"calls": 2, "rtol": 1e-7} | settings)


# -- They are recorded ---------------------------------------------------------------


@pytest.mark.parametrize("mode", ["host", "jit"])
def test_calls_are_recorded(mode):
    def program(x):
        seen = []

        def velocity(t, u):
            seen.append(npjit.is_recording())
            return np.sin(u) * x - u

        return integrate.solve_ivp(velocity, (0.0, 0.2), x).y[:, -1], seen

    with capture() as events:
        _, seen = npjit.accelerate(program, mode=mode)(X)
    assert seen
    assert all(seen)
    assert sum(e.count for e in events if e.name == "record") >= 3 * len(seen)
    assert {e.operation for e in events if e.name == "engine"} == {
        "host" if mode == "host" else "xla"
    }


def test_small_ones_go_on_in_numpy_in_mode_auto(monkeypatch):
    def program(x):
        seen = []

        def velocity(t, u):
            seen.append(npjit.is_recording())
            return -u

        return integrate.solve_ivp(velocity, (0.0, 0.2), x), seen

    _, seen = npjit.accelerate(program, mode="auto")(X)
    assert seen[0]
    assert not any(seen[1:])
    monkeypatch.setattr(callbacks, "CALLBACK_SIZE", 1)
    _, seen = npjit.accelerate(program, mode="auto")(X)
    assert all(seen)


def test_foreign_code_gets_real_arrays_and_scalars():
    found = []

    def call(fun, x):
        found.append(type(fun(x)))
        found.append(type(fun(x).sum()))
        found.append(type(fun(x[0])))

    call.__module__ = "scipy.optimize.test"
    call = npjit.host(call)
    npjit.accelerate(lambda x: call(lambda v: v + x[0], x), mode="host")(X)
    assert found == [np.ndarray, np.float64, np.float64]


# -- What they do --------------------------------------------------------------------


def test_they_read_write_and_keep():
    def program(x):
        scale, kept, calls = x[0] + 1, [], np.zeros(2)

        def velocity(t, u):
            nonlocal scale
            kept.append((t, u, u[:1]))
            calls[0] += 1
            scale = scale * 1.0
            x[2] = calls[0]
            return -u * scale + calls[1]

        found = integrate.solve_ivp(velocity, (0.0, 0.1), x * 1)
        calls += 1
        return found.y, kept, calls, x, scale

    check(program, X)


def test_one_that_raises():
    def program(x):
        y, count = x + 1, np.zeros(1)

        def cost(v):
            count[:] += 1
            y[0] += 1
            if count[0] > 3:
                raise KeyError(v, y)
            return (v * v).sum()

        try:
            optimize.minimize(cost, x, method="Nelder-Mead")
        except KeyError as error:
            return error.args[0], error.args[1] is y, y, count
        return None

    check(program, X)
    with pytest.raises(ZeroDivisionError):
        npjit.accelerate(lambda x: optimize.minimize(lambda v: 1 // 0, x), mode="host")(
            X
        )


def test_one_inside_another():
    def program(x):
        def inner(u):
            return optimize.brentq(lambda t: t**3 + t - u.sum() - x[0], -9.0, 9.0)

        def velocity(t, u):
            x[1] += 0.0
            return -u * inner(u)

        return integrate.solve_ivp(velocity, (0.0, 0.1), x * 1).y[:, -1], x

    check(program, X)


def test_accelerated_functions_as_callbacks():
    def program(x):
        @npjit.accelerate(mode="host")
        def cost(v):
            return ((v - x) ** 2).sum() + shift[0]

        shift = x * 0 + 1
        found = optimize.minimize(cost, np.zeros(3), method="BFGS")
        shift += 1
        return np.round(found.x, 5), cost(x)

    check(program, X)


def test_methods_partials_and_lambdas():
    class Model:
        def __init__(self, rate):
            self.rate, self.calls = rate, 0

        def velocity(self, t, u):
            self.calls += 1
            self.last = u * self.rate
            return -self.last

    def scaled(by, t, u):
        return u * by

    def program(x):
        model = Model(np.abs(x))
        first = integrate.solve_ivp(model.velocity, (0.0, 0.1), x).y
        second = integrate.solve_ivp(functools.partial(scaled, x), (0.0, 0.1), x).y
        third = integrate.quad_vec(lambda t: x * t, 0.0, 1.0)[0]
        return first, second, third, model.calls, model.last, model

    check(program, X)


def test_many_solvers():
    def program(x):
        a = np.outer(x, x) + np.eye(3)
        constraint = {"type": "eq", "fun": lambda v: v.sum() - 1}
        return (
            optimize.minimize(
                lambda v: v @ a @ v, x, method="SLSQP", constraints=[constraint]
            ).x,
            optimize.least_squares(lambda v: a @ v - x, np.ones(3)).x,
            optimize.fsolve(lambda v: a @ v - x, np.ones(3)),
            optimize.root_scalar(lambda t: t - x[1], bracket=(0, 3)).root,
            optimize.minimize_scalar(lambda t: (t - x[0]) ** 2, method="brent").x,
            integrate.solve_bvp(
                lambda t, u: np.vstack([u[1], -u[0] * x[1]]),
                lambda left, right: np.array([left[0], right[0] - x[0]]),
                np.linspace(0, 1, 5),
                np.zeros((2, 5)),
            ).y[0],
            integrate.dblquad(lambda s, t: s * t * x[1], 0, 1, 0, 1)[0],
        )

    check(program, X, rtol=1e-5, atol=1e-6)


def test_errstate_inside():
    def program(x):
        def cost(v):
            with np.errstate(divide="raise"):
                try:
                    return float((1 / (v * 0)).sum())
                except FloatingPointError:
                    return float((v * v).sum())

        return optimize.minimize(cost, x, method="Nelder-Mead").x, np.geterr()

    check(program, X, atol=1e-6)


def test_generators_are_left_alone():
    def call(fun):
        return [*fun()]

    call.__module__ = "scipy.optimize.test"
    call = npjit.host(call)

    def program(x):
        def rows():
            yield x + 1
            yield x

        return call(rows), call(lambda: (v * 2 for v in x))

    check(program, X)


# -- They are the function -----------------------------------------------------------


def plain(a, b=2, *, c=3):
    """Text."""
    return a + b


plain.mark = "kept"


def made():
    """Return a callback of `plain`, of a trace that has ended."""
    found = []

    def call(fun):
        found.append(fun)

    call.__module__ = "scipy.optimize.test"
    call = npjit.host(call)
    npjit.accelerate(lambda x: call(plain), mode="host")(X)
    assert type(found[0]) is Callback
    return found[0]


def test_it_can_be_asked_all_that_the_function_can():
    callback = made()
    assert inspect.signature(callback) == inspect.signature(plain)
    assert callback.__name__ == "plain"
    assert callback.__wrapped__ is plain
    assert callback.__code__ is plain.__code__
    assert callback.mark == "kept"
    assert isinstance(callback, types.FunctionType)
    assert inspect.isfunction(callback)
    assert callback == plain
    assert {plain: 1}[callback] == 1
    assert functools.wraps(callback)(lambda: 0).__doc__ == "Text."


def test_it_is_copied_and_pickled_as_the_function():
    callback = made()
    assert copy.copy(callback) is plain
    assert copy.deepcopy([callback]) == [plain]
    assert pickle.loads(pickle.dumps(callback)) is plain


def test_after_the_call_and_in_other_threads_it_is_the_function():
    kinds = []

    def spread_over_threads(fun, x):
        thread = threading.Thread(target=fun, args=(x,))
        thread.start()
        thread.join()
        return fun

    spread_over_threads.__module__ = "scipy.optimize.test"
    call = npjit.host(spread_over_threads)

    def program(x):
        y = x + 1

        def fun(v):
            kinds.append((npjit.is_recording(), type(v), type(y.sum())))
            return y + v

        back = call(fun, x)
        return back is fun, fun

    same, fun = npjit.accelerate(program, mode="host")(X)
    assert same
    np.testing.assert_array_equal(fun(X), X + 1 + X)
    assert [kind[0] for kind in kinds] == [False, False]
    assert kinds[0][1] is np.ndarray


def test_only_functions_of_solvers_get_one():
    def keeper(fun):
        return type(fun)

    def program(x):
        return npjit.host(keeper)(plain), np.vectorize(plain).pyfunc is plain

    assert npjit.accelerate(program, mode="host")(X) == (types.FunctionType, True)
