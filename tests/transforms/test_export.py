"""`export` and `load`: programs as bytes, in this process and in another."""

import functools
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np
import pytest

import npjit
from npjit.errors import LoadError, NpjitError

pytest.importorskip("flatbuffers", reason="missing package: npjit[export] brings it")
module = importlib.import_module("npjit._transforms.export")

X = np.array([0.5, -1.5, 2.0, 3.5])
A = np.arange(12.0).reshape(4, 3) - 5


def smooth(u, n):
    for _ in range(n):
        u = np.where(u > 0, np.sqrt(np.abs(u)), u) + 0.25 * np.roll(u, 1)
    return u


def loss(w, x, y):
    return ((np.tanh(x @ w) - y) ** 2).mean()


def heat(u, n):
    u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return u.sum() * n


def mixed(state, pair, *, power=2):
    a, (b, name) = state["a"], pair
    return {"s": (a @ b) ** power, "parts": [a.max(), (b, name, len(b), None)]}


# function, positional and keyword arguments
CASES = {
    "loop": (smooth, (X, 3), {}),
    "sort": (lambda x: np.sort(x)[::-1], (X,), {}),
    "containers": (mixed, ({"a": X[:3], "n": [None]}, (A.T, "w")), {"power": 3}),
    "scalars": (lambda x, t: x * t, (X, np.float64(0.5)), {}),
    "no arrays": (lambda n: np.arange(n) * 2, (3,), {}),
    "complex": (lambda z: np.abs(z) * z.conj(), (X + 1j,), {}),
    "fixed complex": (lambda x, z: x * z, (X, 1 - 2j), {}),
    "bool": (lambda x: (x > 0) & (x < 3), (X,), {}),
    "int": (lambda x: np.cumsum(x) // 2, (np.arange(5, dtype=np.int8),), {}),
    "uint64": (lambda x: x >> np.uint64(3), (np.arange(5, dtype=np.uint64) << 40,), {}),
    "float32": (lambda x: np.exp(x), (X.astype(np.float32),), {}),
    "float16": (lambda x: x + x, (X.astype(np.float16),), {}),
    "empty": (lambda x: x.sum(axis=0), (np.zeros((0, 3)),), {}),
    "fft": (lambda x: np.fft.rfft(x), (X,), {}),
    "linalg": (lambda m: np.linalg.slogdet(m @ m.T), (A[:3],), {}),
    "accelerated": (npjit.accelerate(smooth), (X, 2), {}),
    "gradient": (npjit.grad(loss), (X[:3], A, X), {}),
    "batch": (npjit.vmap(lambda a, b: a @ b, (0, None)), (A, X[:3]), {}),
    "partial": (functools.partial(np.clip, a_min=-1, a_max=slice(2).stop), (X,), {}),
    "number": (lambda x: float(x.sum()), (X,), {}),
}


def assert_same(found, expected):
    flat, tree = jax.tree.flatten(found)
    numpys, numpys_tree = jax.tree.flatten(expected)
    assert str(tree) == str(numpys_tree)
    for a, b in zip(flat, numpys, strict=True):
        if not isinstance(b, (np.ndarray, np.generic, float)):
            assert a == b
            continue
        assert isinstance(a, type(b))
        assert a.dtype == np.asarray(b).dtype
        tolerance = 1e-6 if a.dtype.itemsize < 8 else 1e-13
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=1e-14)


@pytest.mark.parametrize(("fn", "args", "kwargs"), CASES.values(), ids=CASES)
def test_loaded_functions_give_what_the_functions_give(fn, args, kwargs):
    data = npjit.export(fn, *args, **kwargs)
    assert type(data) is bytes
    assert_same(npjit.load(data)(*args, **kwargs), fn(*args, **kwargs))


def test_new_values_and_arrays_of_their_own():
    fast = npjit.load(npjit.export(smooth, jax.ShapeDtypeStruct((4,), np.float64), 3))
    found = fast(X[::-1], n=3)
    np.testing.assert_allclose(found, smooth(X[::-1], 3), rtol=1e-14)
    found[0] = 7.0
    np.testing.assert_allclose(fast(X + 1, 3), smooth(X + 1, 3), rtol=1e-14)


def test_what_is_known_of_a_loaded_function():
    fast = npjit.load(npjit.export(smooth, X, 3, platforms=("cpu", "cuda")))
    spec = jax.ShapeDtypeStruct((4,), np.float64)
    assert fast.in_avals == fast.out_avals == (spec,)
    assert fast.args_info == {"u": spec, "n": 3}
    assert fast.platforms == ("cpu", "cuda")
    assert fast.versions == {
        "npjit": npjit.__version__,
        "jax": jax.__version__,
        "numpy": np.__version__,
    }
    assert "tensor<4xf64>" in fast.as_text()
    assert fast.__name__ == "smooth"
    assert repr(fast) == "<loaded program of smooth>"
    np.testing.assert_allclose(fast(X, 3), smooth(X, 3), rtol=1e-14)


def test_writes_are_results_or_refused():
    data = npjit.export(heat, X, 2, has_effects=True)
    u, expected_u = X.copy(), X.copy()
    result, effects = npjit.load(data)(u, 2)
    np.testing.assert_allclose(result, heat(expected_u, 2))
    np.testing.assert_allclose(effects["u"], expected_u)
    np.testing.assert_array_equal(u, X)
    with pytest.raises(NpjitError, match="heat writes its arguments"):
        npjit.export(heat, X, 2)


def test_captured_arrays_are_constants():
    weights = np.ones(4)
    fast = npjit.load(npjit.export(lambda x: x * weights, X))
    weights[:] = 5
    np.testing.assert_array_equal(fast(X), X)


def test_derivatives_as_often_as_asked_for():
    given = X[:3], A, X
    fast = npjit.load(npjit.export(loss, *given, vjp_order=2))
    first, second = npjit.grad(loss), npjit.grad(lambda w: npjit.grad(loss)(w, A, X)[0])
    np.testing.assert_allclose(npjit.grad(fast)(*given), first(*given), rtol=1e-12)
    again = npjit.grad(lambda w: npjit.grad(fast)(w, A, X)[0])
    np.testing.assert_allclose(again(X[:3]), second(X[:3]), rtol=1e-10)
    value, _ = npjit.value_and_grad(fast, argnums=(0, 2))(*given)
    np.testing.assert_allclose(value, loss(*given))
    with pytest.raises(ValueError, match="No VJP is available"):
        npjit.grad(npjit.load(npjit.export(loss, *given)))(*given)


@pytest.mark.parametrize("mode", ["auto", "jit", "host"])
def test_inside_of_accelerated_functions(mode):
    fast = npjit.load(npjit.export(smooth, X, 3))

    @npjit.accelerate(mode=mode)
    def twice(x):
        return fast(fast(x * 2, 3), 3) + 1

    for x in (X, X + 1, X - 1):
        np.testing.assert_allclose(twice(x), smooth(smooth(x * 2, 3), 3) + 1)


def test_inside_of_functions_that_are_differentiated():
    fast = npjit.load(npjit.export(smooth, X, 3, vjp_order=1))
    found = npjit.grad(lambda x: (fast(x * x, 3) * x).sum())(X)
    expected = npjit.grad(lambda x: (smooth(x * x, 3) * x).sum())(X)
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_inside_of_jax_programs():
    fast = npjit.load(npjit.export(smooth, X, 3))
    with jax.enable_x64(True):
        found = jax.jit(lambda x: npjit.to_jax(fast)(x + 1, 3))(X)
    np.testing.assert_allclose(found, smooth(X + 1, 3), rtol=1e-14)
    with jax.enable_x64(False), pytest.raises(TypeError, match=r"'u' is float32\[4\]"):
        npjit.to_jax(fast)(jax.numpy.asarray(X, np.float32), 3)


def test_exported_again():
    once = npjit.load(npjit.export(smooth, X, 3))
    twice = npjit.load(npjit.export(once, X, 3))
    np.testing.assert_allclose(twice(X, 3), smooth(X, 3), rtol=1e-14)


LOAD = """
import sys
import numpy as np
import npjit
assert "jax" not in sys.modules
with open(sys.argv[1], "rb") as file:
    fast = npjit.load(file.read())
found = fast({"a": np.arange(3.0), "n": [None]}, (np.ones((3, 4)), "w"), power=3)
np.save(sys.argv[2], found["s"])
print(found["parts"])
"""


def test_in_another_process(tmp_path):
    fn, args, kwargs = CASES["containers"]
    program, result = tmp_path / "program", tmp_path / "result.npy"
    program.write_bytes(npjit.export(fn, *args, **kwargs))
    root = Path(npjit.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, "-c", LOAD, program, result],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=root,
    )
    assert done.returncode == 0, done.stderr
    expected = mixed({"a": np.arange(3.0)}, (np.ones((3, 4)), "w"), power=3)
    np.testing.assert_allclose(np.load(result), expected["s"])
    assert done.stdout.strip() == str(expected["parts"])


# arguments of a call; part of the message
WRONG = [
    ((X[:3], 3), r"'u' is float64\[3\], the program takes float64\[4\]"),
    ((X.astype("f"), 3), r"'u' is float32\[4\], the program takes float64\[4\]"),
    ((list(X), 3), "'u' has the structure"),
    ((X, 4), "'n' is 4, the program was made for 3 alone"),
    ((X, True), "'n' is True, the program was made for 3 alone"),
    ((X,), "needs the argument 'n'"),
]


@pytest.mark.parametrize(("args", "message"), WRONG)
def test_other_arguments_are_refused(args, message):
    fast = npjit.load(npjit.export(smooth, X, 3))
    with pytest.raises(TypeError, match=f"smooth: .*{message}"):
        fast(*args)


class Point(NamedTuple):
    x: np.ndarray
    y: float


def test_namedtuples_are_known_by_their_names():
    move = npjit.load(npjit.export(lambda p: Point(p.x + p.y, p.y), Point(X, 0.5)))
    found = move(Point(X, 0.5))
    assert type(found).__name__ == "Point"
    np.testing.assert_array_equal(found.x, X + 0.5)
    assert found.y == 0.5


# function, argument, part of the message
NOT_PLAIN = [
    (lambda x, n: x, np.float32, "argument 'n' has a type"),
    (lambda x, n: x, [slice(3)], "argument 'n' has a slice"),
    (lambda x, n: x, {(1, 2): 3}, "argument 'n' has a dict"),
    (lambda x, n: (x, {n}), 3, "the result has a set"),
]


@pytest.mark.parametrize(("fn", "n", "message"), NOT_PLAIN)
def test_what_the_header_cannot_hold_is_refused(fn, n, message):
    with pytest.raises(TypeError, match=f"{message}, which an exported program"):
        npjit.export(fn, X, n)


def test_values_that_are_needed_raise():
    with pytest.raises(npjit.ConcretizationError, match="test_export"):
        npjit.export(lambda x: x if x.sum() > 0 else -x, X)


DATA = npjit.export(smooth, X, 3)
TEXT, PROGRAM = module._parts(DATA)


def with_header(**changes):
    return module._packed(json.dumps(json.loads(TEXT) | changes).encode(), PROGRAM)


# bytes, part of the message
FOREIGN = {
    "empty": (b"", "not written by npjit.export"),
    "npy": (b"\x93NUMPY\x01\x00" + bytes(100), "not written by npjit.export"),
    "mark alone": (DATA[:6], "cut off"),
    "later": (DATA[:6] + b"\x02" + DATA[7:], "have format 2 .* reads format 1"),
    "no header": (module._packed(b"", PROGRAM), "no such header"),
    "no JSON": (module._packed(b"\xff{", PROGRAM), "no such header"),
    "deep": (module._packed(b"[" * 100_000, PROGRAM), "no such header"),
    "another JSON": (module._packed(b"[1]", PROGRAM), "no such header"),
    "kind": (with_header(result={"code": "1"}), "no such header"),
    "dtype": (with_header(result={"array": ["object", [4]]}), "no such header"),
    "shape": (with_header(result={"array": ["float64", [-4]]}), "no such header"),
    "fields": (with_header(result={"namedtuple": ["p", ["a()"], [1]]}), "no such head"),
    "32 bits": (with_header(x64=False), "not exported with 64 bits"),
    "results": (with_header(result=None), "smooth has other arrays than its header"),
    "arguments": (with_header(arguments=[]), "other arrays than its header"),
}


@pytest.mark.parametrize(("data", "message"), FOREIGN.values(), ids=FOREIGN)
def test_other_bytes_are_refused(data, message):
    with pytest.raises(LoadError, match=message):
        npjit.load(data)


def test_nothing_of_other_bytes_comes_to_jax(monkeypatch):
    def deserialize(data):
        raise AssertionError("JAX got the program")

    monkeypatch.setattr(jax.export, "deserialize", deserialize)
    for length in range(0, len(DATA), 61):
        with pytest.raises(LoadError):
            npjit.load(DATA[:length])
    for i in range(0, len(DATA), 61):
        with pytest.raises(LoadError):
            npjit.load(DATA[:i] + bytes([DATA[i] ^ 1]) + DATA[i + 1 :])
    with pytest.raises(AssertionError, match="JAX got"):
        npjit.load(DATA)


def test_any_buffer_of_bytes_is_taken():
    for data in (bytearray(DATA), memoryview(DATA), np.frombuffer(DATA, np.uint8)):
        np.testing.assert_allclose(npjit.load(data)(X, 3), smooth(X, 3), rtol=1e-14)
    with pytest.raises(TypeError, match="bytes-like"):
        npjit.load("program.bin")


def test_what_jax_cannot_read_is_told_with_versions():
    # Which error it is, is JAX's business.
    with pytest.raises(Exception, match=f"exported with JAX {jax.__version__}"):
        npjit.load(module._packed(TEXT, b"\xff" * 100))


def test_later_calling_conventions_are_refused(monkeypatch):
    for name in ("minimum", "maximum"):
        name += "_supported_calling_convention_version"
        monkeypatch.setattr(jax.export, name, getattr(jax.export, name) - 5)
    with pytest.raises(LoadError, match="calling convention"):
        npjit.load(DATA)


def test_other_platforms_are_refused():
    fast = npjit.load(npjit.export(smooth, X, 3, platforms=["tpu"]))
    assert fast.platforms == ("tpu",)
    with pytest.raises(ValueError, match="tpu"):
        fast(X, 3)


@pytest.mark.parametrize(
    "call", [lambda: npjit.export(smooth, X, 3), lambda: npjit.load(DATA)]
)
def test_without_flatbuffers(monkeypatch, call):
    monkeypatch.setitem(sys.modules, "flatbuffers", None)
    with pytest.raises(ImportError, match=r"pip install 'npjit\[export\]'"):
        call()
