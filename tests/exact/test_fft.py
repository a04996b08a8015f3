"""`numpy.fft`: dtypes, lengths, axes, `out`, errors are NumPy's; numbers in a bound."""

import numpy as np
import pytest

import npjit
from npjit.testing import assert_parity
from tests.chapters._rows import NUMERIC, assert_on_xla, row, sample
from tests.exact._rows import assert_outcomes, outcomes

FFT = np.fft
ONE = {n: getattr(FFT, n) for n in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")}
TWO = {n: getattr(FFT, n) for n in ("fft2", "ifft2", "rfft2", "irfft2")}
MANY = {n: getattr(FFT, n) for n in ("fftn", "ifftn", "rfftn", "irfftn")}
SEVERAL = {**TWO, **MANY}
ALL = {**ONE, **SEVERAL}
#: NumPy and XLA split a transform into stages of their own.
DOUBLE = {"rtol": 1e-14, "atol": 1e-13}
SINGLE = {"rtol": 1e-5, "atol": 1e-4}
HALF = {"rtol": 2e-3, "atol": 4e-3}
#: Left to NumPy: longdouble, objects.
IN_NUMPY = "gGO"


@pytest.mark.parametrize("code", [*NUMERIC, *IN_NUMPY])
def test_dtypes(code):
    """float32 gives complex64, float16 too, ints complex128, longdouble its own."""
    x = sample("d" if code == "O" else code, 4, 6).astype(code)
    rows = [row(f, x) for f in ALL.values()]
    rows += [row(f, x, 5, 0, "ortho") for f in ONE.values()]
    rows += [row(f, x, norm="forward") for f in SEVERAL.values()]
    tolerance = {"e": HALF, "f": SINGLE, "F": SINGLE}.get(code, DOUBLE)
    assert_outcomes(rows, step=3, **tolerance)


ONE_AXIS = [
    *({"n": n} for n in (1, 3, 8, 0, -1, 2.0, True, np.int64(4), None)),
    *({"axis": k} for k in (0, -2, 5, 1.0, np.int8(0))),
    *({"norm": norm} for norm in ("backward", "ortho", "forward", "x", None)),
    {"n": 7, "axis": 0, "norm": "ortho"},
]
OPERANDS = {
    "no elements": sample("d", 0),
    "one": sample("d", 1),
    "one complex": sample("D", 1),
    "two": sample("D", 2),
    "number": 2.0,
    "list": [1, 2, 3],
    "empty rows": sample("D", 3, 0),
    "no rows": sample("d", 0, 3),
    "reversed": sample("d", 5)[::-1],
    "strided": sample("d", 3, 8)[:, ::2],
    "Fortran": np.asfortranarray(sample("D", 3, 4)),
    "not finite": np.array([1.0, np.nan, np.inf, 2.0]),
}


@pytest.mark.parametrize("name", OPERANDS)
def test_lengths_axes_and_norms(name):
    """Cut and padded; what NumPy refuses, with its text."""
    rows = [row(f, OPERANDS[name], **k) for f in ONE.values() for k in ONE_AXIS]
    assert_outcomes(rows, step=11, **DOUBLE)


SEVERAL_AXES = [
    *({"axes": axes} for axes in ((0, 1), (1,), (0, 0), (0, 3), (), 1, None)),
    *({"s": (n, 3), "axes": (-2, -1)} for n in (2, 5, -1, None, 0, 2.0)),
    *({"s": s} for s in ((2, 3), (4,), 3, ())),
    *({"s": s, "axes": (0,)} for s in ((3,), 3, (), [5], np.array([5]))),
    {"axes": None, "norm": "ortho"},
    {"s": (2, 2, 2), "axes": (0, 1, 0), "norm": "forward"},
]


@pytest.mark.parametrize("shape", [(2, 3, 4), (3, 4), (3,), (0, 3), (2, 0)], ids=str)
def test_shapes_over_several_axes(shape):
    """`s` without `axes`, and None in it, are deprecated; axes may be repeated."""
    x = sample("d" if len(shape) == 2 else "D", *shape)
    rows = [row(f, x, **k) for f in SEVERAL.values() for k in SEVERAL_AXES]
    assert_outcomes(rows, step=13, **DOUBLE)


def test_more_axes_than_xla_takes():
    x = sample("D", 2, 3, 2, 3)
    rows = [row(f, x) for f in (FFT.fftn, FFT.ifftn, FFT.irfftn)]
    rows += [row(FFT.rfftn, x.real), row(FFT.fftn, x, (4, 4, 4, 4), (3, 2, 1, 0))]
    assert_on_xla(rows, calls=2, **DOUBLE)


@pytest.mark.parametrize("name", ALL)
def test_into_an_array(name):
    """What fits is written and returned; `ifft2` and `irfft2` ignore it before 2.5."""
    x, z = sample("d", 4, 6), sample("D", 4, 6)
    rows = []
    for a in (x, z, x.astype("f"), z.astype("F"), x.astype("i")):
        outs = [np.zeros((4, n), code) for n, code in ((6, "D"), (4, "D"), (10, "d"))]
        outs += [np.zeros((6, 4), "D").T, np.zeros((8, 12), "D")[::2, ::2]]
        outs += [np.zeros((4, 6), "F"), np.zeros((3, 6), "D"), "no"]
        rows += [row(ALL[name], a, out=out) for out in outs]
    assert_outcomes(rows, step=5, **SINGLE)


def test_np_2_4_irfft2_ignores_out():
    def program(z, out):
        results = np.fft.irfft2(z, out=out), np.fft.ifft2(z, out=z)
        return [r is out or r is z for r in results], results

    assert_parity(program, sample("D", 4, 6), np.zeros((4, 10)), **DOUBLE)


def test_frequencies_and_shifts():
    rows = [
        row(f, n) for f in (FFT.fftfreq, FFT.rfftfreq) for n in (1, 2, 5, 8, 0, 2.5)
    ]
    rows += [row(FFT.fftfreq, 8, 0.1), row(FFT.rfftfreq, 9, d=2)]
    for f in (FFT.fftshift, FFT.ifftshift):
        for x in (sample("d", 3), sample("i", 3, 4), sample("F", 2, 3, 5)):
            rows += [row(f, x), row(f, x, axes=0), row(f, x, axes=(0,)), row(f, x, 5)]
    assert_parity(outcomes, rows, calls=1)


@pytest.mark.parametrize("code", "fdFD")
def test_bounds(code):
    """`|error| <= 4 eps log2(2 n) |x|` in the 2-norm, from the exact transform.

    For powers of two, products and primes (that take a longer transform's way); a
    transform back has the same bound.
    """
    together = npjit.accelerate(lambda x: (FFT.fft(x), FFT.ifft(x)), mode="jit")
    for n in (1, 2, 3, 64, 97, 1000, 1009):
        x = sample(code, n)
        exact = FFT.fft(x.astype("G")), FFT.ifft(x.astype("G"))
        for result, true in zip(together(x), exact, strict=True):
            bound = 4 * np.finfo(code).eps * np.log2(2 * n) * np.linalg.norm(true)
            assert result.dtype == np.result_type(code, np.complex64)
            assert np.linalg.norm(result - true) <= bound


@pytest.mark.parametrize("code", "fd")
def test_a_transform_and_back(code):
    """Real transforms of every length, also odd ones."""
    together = npjit.accelerate(
        lambda x: (FFT.irfft(FFT.rfft(x), x.size), FFT.rfft(x)), mode="jit"
    )
    for n in (1, 2, 5, 60, 101):
        x = sample(code, n)
        back, half = together(x)
        bound = 8 * np.finfo(code).eps * np.log2(2 * n) * np.linalg.norm(x)
        assert back.dtype == code
        assert np.linalg.norm(back - x) <= bound
        error = np.linalg.norm(half - FFT.rfft(x.astype("g")))
        assert error <= bound * np.sqrt(n)
