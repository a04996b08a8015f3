"""`lower`: programs to look at, to compile and to call."""

import importlib

import jax
import numpy as np
import pytest

import npjit

X = np.array([0.5, -1.5, 2.0, 3.5])
#: Those of tests/programs that need no value of an array.
PROGRAMS = ["bicg", "correlation", "durbin", "jacobi_1d", "mlp", "spectral_kdv"]


@npjit.accelerate
def relax(u, n, *, rate=0.1):
    for _ in range(n):
        u[1:-1] += rate * (u[2:] - 2 * u[1:-1] + u[:-2])
    return {"sum": u.sum(), "steps": n, "sorted": (np.sort(u), "up")}


def distances(points, centers):
    return np.sqrt(((points["at"] - centers[0]) ** 2).sum(axis=1)) * centers[1]


def test_what_is_known_of_a_program():
    lowered = relax.lower(X, 3, rate=np.float64(0.1))
    spec, number = jax.ShapeDtypeStruct((4,), np.float64), jax.ShapeDtypeStruct((), "d")
    for stage in (lowered, lowered.compile()):
        assert stage.args_info == {"u": spec, "n": 3, "rate": number}
        assert stage.in_avals == (spec, number)
        assert stage.out_info == {"sum": number, "steps": 3, "sorted": (spec, "up")}
        assert stage.cost_analysis()["flops"] > 0
        assert "relax" in repr(stage)
    assert lowered.compile().memory_analysis().argument_size_in_bytes == 40
    assert "module @jit_relax" in lowered.as_text()
    assert "stablehlo.sort" in lowered.as_text()
    assert "tensor<4xf64>" in lowered.as_text()
    assert "HloModule jit_relax" in lowered.compile().as_text()


def test_nothing_is_computed_or_written():
    u = X.copy()
    relax.lower(u, 3)
    np.testing.assert_array_equal(u, X)


def test_a_program_is_called_as_its_function():
    compiled = relax.lower(jax.ShapeDtypeStruct((4,), np.float64), 3, rate=0.2)
    compiled = compiled.compile()
    for start in (X, X[::-1] + 1):
        u, expected_u = start.copy(), start.copy()
        found = compiled(u, 3, rate=0.2)
        expected = relax.__wrapped__(expected_u, 3, rate=0.2)
        np.testing.assert_allclose(u, expected_u, rtol=1e-14)
        np.testing.assert_allclose(found["sum"], expected["sum"], rtol=1e-14)
        np.testing.assert_allclose(found["sorted"][0], expected["sorted"][0])
        assert type(found["sorted"][0]) is np.ndarray
        assert found["sorted"][0].flags.writeable
        assert isinstance(found["sum"], np.float64)
        assert found["steps"] == 3
        assert found["sorted"][1] == "up"


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs(name):
    module = importlib.import_module(f"tests.programs.{name}")

    def arguments():
        return module.arguments(np.random.default_rng(1), min(module.SIZE, 8))

    compiled = npjit.accelerate(module.program).lower(*arguments()).compile()
    given, expected = arguments(), arguments()
    results = compiled(*given), module.program(*expected)
    jax.tree.map(
        lambda a, b: np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12),
        (results[0], given),
        (results[1], expected),
    )


def test_containers_and_names_of_arguments():
    points, centers = {"at": X.reshape(2, 2)}, [X[:2], np.float64(2.0)]
    compiled = npjit.accelerate(distances).lower(points, centers=centers).compile()
    expected = distances(points, centers)
    for found in (
        compiled(points, centers),
        compiled(centers=centers, points=points),
        compiled(points, [centers[0], 2.0]),
    ):
        np.testing.assert_allclose(found, expected)


def test_methods():
    class Model:
        def __init__(self):
            self.w = np.array([1.0, 2.0, 3.0, 4.0])

        @npjit.accelerate
        def predict(self, x):
            return self.w @ x

    model = Model()
    compiled = model.predict.lower(X).compile()
    np.testing.assert_allclose(compiled(X + 1), model.w @ (X + 1))


def test_derivatives():
    slope = npjit.accelerate(npjit.grad(lambda x: (x**3).sum()))
    np.testing.assert_allclose(slope.lower(X).compile()(X), 3 * X**2)


# arguments of a call; part of the message
WRONG = [
    ((X[:3], 3), {}, r"'u' is float64\[3\], the program takes float64\[4\]"),
    ((X.astype("f"), 3), {}, r"'u' is float32\[4\], the program takes float64\[4\]"),
    ((X.astype(">f8"), 3), {}, r"'u' is >f8\[4\]"),
    ((X.tolist(), 3), {}, r"'u' has the structure"),
    ((2.0, 3), {}, r"'u' is 2.0, the program takes float64\[4\]"),
    (("X", 3), {}, r"'u' is 'X'"),
    ((X, 4), {}, r"'n' is 4, the program was made for 3 alone"),
    ((X, 3.0), {}, r"'n' is 3.0, the program was made for 3 alone"),
    ((X, np.int64(3)), {}, r"'n' is int64\[\], the program was made for 3 alone"),
    ((X,), {}, "needs the argument 'n'"),
    ((X, 3), {"n": 3}, "'n' is given twice"),
    ((X, 3, 0.1), {}, r"without the argument 'args\[2\]'"),
    ((X, 3), {"rate": 0.1}, "without the argument 'rate'"),
]


@pytest.mark.parametrize(("args", "kwargs", "message"), WRONG)
def test_other_arguments_are_refused(args, kwargs, message):
    compiled = relax.lower(X, 3).compile()
    with pytest.raises(TypeError, match=f"relax: .*{message}"):
        compiled(*args, **kwargs)


# an argument that no program can have; part of the message
REFUSED = [
    (np.array([1, "a"], object), r"'x' is object\[2\], which XLA does not have"),
    (np.array(["a"]), r"'x' is <U1\[1\]"),
    (np.ma.masked_array([1.0], [True]), "'x' is a MaskedArray: pass a plain array"),
    (
        jax.ShapeDtypeStruct(jax.export.symbolic_shape("n"), np.float64),
        r"'x' is float64\[n\]: NumPy code needs its shape",
    ),
]


@pytest.mark.parametrize(("x", "message"), REFUSED, ids=["O", "U", "mask", "symbol"])
def test_arrays_that_no_program_takes(x, message):
    with pytest.raises(TypeError, match=message):
        npjit.accelerate(lambda x: x + x).lower(x)


def test_fixed_values_are_told_apart_as_python_tells_them():
    compiled = npjit.accelerate(np.divide).lower(X, np.nan).compile()
    assert np.isnan(compiled(X, float("nan"))).all()
    compiled = npjit.accelerate(np.copysign).lower(X, -0.0).compile()
    np.testing.assert_array_equal(compiled(X, -0.0), -np.abs(X))
    with pytest.raises(TypeError, match=r"is 0.0, the program was made for -0.0"):
        compiled(X, 0.0)


def test_what_cannot_be_written_is_left_alone_or_refused():
    def update(state):
        state["u"] += state["f"]

    compiled = npjit.accelerate(update).lower({"u": X, "f": X}).compile()
    u, f = X.copy(), X.copy()
    f.flags.writeable = False
    compiled({"u": u, "f": f})
    np.testing.assert_array_equal(u, 2 * X)
    with pytest.raises(ValueError, match="read-only"):
        compiled({"u": f, "f": X})


def test_values_that_are_needed_raise():
    choose = npjit.accelerate(lambda x: x if x.sum() > 0 else -x)
    with pytest.raises(npjit.ConcretizationError, match="test_lowering"):
        choose.lower(X)


def test_users_settings_stay():
    before = jax.numpy.ones(2).dtype
    relax.lower(X, 1).compile()(X.copy(), 1)
    assert jax.numpy.ones(2).dtype == before
