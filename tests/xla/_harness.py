"""Run rules the way the engine runs them, and compare with NumPy bit for bit."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from npjit._xla import exactness

BOOL = np.dtype("?")
SIGNED = [np.dtype(c) for c in ("i1", "i2", "i4", "i8")]
UNSIGNED = [np.dtype(c) for c in ("u1", "u2", "u4", "u8")]
FLOATS = [np.dtype(c) for c in ("f2", "f4", "f8")]
COMPLEX = [np.dtype(c) for c in ("c8", "c16")]
INTEGERS = SIGNED + UNSIGNED
REAL = [BOOL, *INTEGERS, *FLOATS]
INEXACT = FLOATS + COMPLEX
NUMERIC = REAL + COMPLEX


def compiled(func: Callable[..., Any], *, exact: bool = True, **params: Any):
    """Return ``func(*arrays, **params)``, jitted as the engine does."""

    def program(zero, operands):
        with exactness.runtime_zero(zero if exact else None):
            return func(*operands, **params)

    jitted = jax.jit(program, compiler_options=exactness.compiler_options(exact))

    def call(*arrays: Any):
        with jax.enable_x64(True), jax.numpy_dtype_promotion("strict"):
            return jax.tree.map(np.asarray, jitted(np.int64(0), arrays))

    return call


def run(func: Callable[..., Any], *arrays: Any, exact: bool = True, **params: Any):
    """Compile ``func(*arrays, **params)`` as the engine does and return NumPy arrays.

    `arrays` may be any pytrees of arrays, so that one call compiles many cases.
    """
    return compiled(func, exact=exact, **params)(*arrays)


def run_all(func: Callable[..., Any], cases: Sequence[Sequence[Any]], **params: Any):
    """Run ``func(*case, **params)`` for all cases in one compiled program."""
    return run(lambda *cs: [func(*case, **params) for case in cs], *cases)


def specials(dtype: Any) -> np.ndarray:
    """Return the values of a dtype that rules get wrong: ends, zeros, NaN, halves."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        ends = [info.min, info.min + 1, info.max - 1, info.max]
        small = [-65, -3, -2, -1, 0, 1, 2, 3, 7, 8, 31, 33, 63, 64, 100]
        return np.array(sorted({v for v in ends + small if info.min <= v}), dtype)
    if dtype.kind == "f":
        info = np.finfo(dtype)
        tops = [info.max, 1 / info.eps, 1 + info.eps]
        plain = [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 0.1, 7.3, 100.0, np.inf]
        positive = np.array(plain + [float(t) for t in tops]).astype(dtype)
        return np.concatenate([positive, -positive, [np.nan]], dtype=dtype)
    part = np.array([0.0, -0.0, 1.0, -1.5, 0.1, 3.0, 1e30, np.inf, -np.inf, np.nan])
    real, imag = np.meshgrid(part, part)
    return as_complex(real.ravel(), imag.ravel(), dtype)


def as_complex(real: Any, imag: Any, dtype: Any = "c16") -> np.ndarray:
    """Put a complex array together without arithmetic (which spoils -0.0 and inf)."""
    out = np.empty(np.shape(real), dtype)
    out.real, out.imag = real, imag
    return out


def draws(dtype: Any, size: int, seed: int = 0, decades: float = 8) -> np.ndarray:
    """Return `size` reproducible values; floats spread over powers of ten."""
    dtype = np.dtype(dtype)
    rng = np.random.default_rng(seed)
    if dtype.kind == "b":
        return rng.random(size) < 0.5
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        wide = rng.integers(info.min, info.max, size, dtype, endpoint=True)
        return np.where(rng.random(size) < 0.5, wide, wide % dtype.type(50))
    if dtype.kind == "c":
        real, imag = (draws("f8", size, seed + k, decades) for k in (0, 1))
        return as_complex(real, imag, dtype)
    decades = min(decades, 4) if dtype.itemsize == 2 else decades
    scale = 10.0 ** rng.uniform(-decades / 2, decades / 2, size)
    return (rng.standard_normal(size) * scale).astype(dtype)


def pairs(dtype: Any, size: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Return two operands: each special with each, then random ones."""
    special = specials(dtype)
    a, b = (grid.ravel() for grid in np.meshgrid(special, special))
    return (
        np.concatenate([a, draws(dtype, size, 1)]),
        np.concatenate([b, draws(dtype, size, 2)]),
    )


def ulp_error(got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """Return the distance of real floats in units of NumPy's last place.

    NaN equals NaN; a NaN or infinity on one side only is infinitely far.
    """
    with np.errstate(all="ignore"):
        step = np.spacing(np.abs(want)).astype("f8")
        error = np.abs(got.astype("f8") - want.astype("f8")) / np.abs(step)
    same = (got == want) | (np.isnan(got) & np.isnan(want))
    return np.where(same, 0.0, np.where(np.isfinite(error), error, np.inf))


def bits(a: np.ndarray) -> np.ndarray:
    """Return the bits of an array as unsigned ints, with one NaN for all NaNs.

    Subnormals become zeros: XLA:CPU flushes them, a documented exception. It computes
    float16 in float32, where they are normal.
    """
    a = np.ascontiguousarray(a)
    if a.dtype.kind == "c":
        a = a.view(f"f{a.itemsize // 2}")
    if a.dtype.kind == "f":
        a = np.where(np.isnan(a), a.dtype.type(np.nan), a)
        if a.itemsize > 2:
            flushed = np.copysign(a.dtype.type(0), a)
            a = np.where(np.abs(a) < np.finfo(a.dtype).tiny, flushed, a)
    return a.view(f"u{a.itemsize}")


def assert_same(
    got: Any, want: Any, *, ulp: float = 0, atol: Any = None, info: Any = ""
) -> None:
    """Assert dtype, shape and value; bit for bit unless a tolerance is given.

    Parameters
    ----------
    got, want : array_like or tuple or list of them
        The rule's result and NumPy's.
    ulp : float
        Units in the last place by which each (component of a) value may differ.
    atol : array_like, optional
        Instead of `ulp`, an absolute bound, elementwise.
    info : object
        Shown on failure.
    """
    if isinstance(want, tuple | list):
        assert len(got) == len(want), info
        for g, w in zip(got, want, strict=True):
            assert_same(g, w, ulp=ulp, atol=atol, info=info)
        return
    got, want = np.asarray(got), np.asarray(want)
    assert got.dtype == want.dtype, (got.dtype, want.dtype, info)
    assert got.shape == want.shape, (got.shape, want.shape, info)
    if atol is not None:
        with np.errstate(invalid="ignore"):
            near = np.abs(got - want) <= atol
        wrong = ~(near | (got == want) | (np.isnan(got) & np.isnan(want)))
    elif ulp:
        parts = [(got.real, want.real), (got.imag, want.imag)]
        errors = [ulp_error(g, w) for g, w in parts[: 1 + (want.dtype.kind == "c")]]
        wrong = np.max(errors, axis=0) > ulp
    else:
        parts = 1 + (want.dtype.kind == "c")
        same = bits(got) == bits(want)
        wrong = ~same.reshape((*want.shape, parts)).all(-1)
    if wrong.any():
        where = np.flatnonzero(wrong)[:8]
        shown = [(int(i), got.flat[i], want.flat[i]) for i in where]
        raise AssertionError(f"{info} {want.dtype}: (index, got, want) {shown}")
