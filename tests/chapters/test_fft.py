"""Discrete Fourier transforms: every kind, over one axis and over several."""

import numpy as np
import pytest

from npjit.testing import assert_parity
from tests.chapters._rows import assert_on_xla, assert_rows, row, sample

#: NumPy and XLA split a transform into stages of their own: sums of up to some hundred
#: numbers below 20, rounded a few times.
DOUBLE = {"rtol": 1e-14, "atol": 1e-13}
SINGLE = {"rtol": 1e-5, "atol": 1e-4}
#: Results of `irfft` are rounded to float16 at last.
HALF = {"rtol": 2e-3, "atol": 4e-3}
ONE = {
    name: getattr(np.fft, name)
    for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft")
}
TWO = {name: getattr(np.fft, name) for name in ("fft2", "ifft2", "rfft2", "irfft2")}
ALL = {name: getattr(np.fft, name) for name in ("fftn", "ifftn", "rfftn", "irfftn")}
CALLS = [
    {},
    {"n": 4},
    {"n": 9, "norm": "ortho"},
    {"axis": 0},
    {"norm": "forward"},
    {"n": 1, "axis": 0},
    {"n": np.int64(6), "norm": "backward"},
]


def tolerance(code):
    return {"e": HALF, "f": SINGLE, "F": SINGLE}.get(code, DOUBLE)


def takes(name, code):
    return code not in "DF" or not name.startswith(("rfft", "ihfft"))


@pytest.mark.parametrize("code", "?bLefdFD")
def test_one_axis(code):
    a = sample(code, 5, 6)
    funcs = [f for name, f in ONE.items() if takes(name, code)]
    rows = [row(f, a, **kwargs) for f in funcs for kwargs in CALLS]
    assert_on_xla(rows, calls=2, **tolerance(code))


@pytest.mark.parametrize("code", "lfD")
def test_two_axes(code):
    a = sample(code, 2, 5, 4)
    rows = []
    for name, func in TWO.items():
        if takes(name, code):
            rows += [
                row(func, a),
                row(func, a[0], norm="ortho"),
                row(func, a, axes=(1, 0)),
            ]
            rows += [row(func, a, s=(3, 8), axes=(0, 2)), row(func, a, (4, -1), (2, 1))]
            rows.append(row(func, a, s=(6, 3)))  # the axes are known
    assert_on_xla(rows, calls=2, **tolerance(code))


@pytest.mark.parametrize("code", "ldD")
def test_any_axes(code):
    a = sample(code, 3, 4, 2)
    b = sample(code, 2, 3, 2, 3)
    rows = []
    for name, func in ALL.items():
        if takes(name, code):
            rows += [
                row(func, a),
                row(func, a, axes=(1,)),
                row(func, b, norm="forward"),
            ]
            rows += [row(func, a, (5, -1), (-1, 0)), row(func, a, axes=(0, -3, 1))]
    assert_on_xla(rows, calls=2, **tolerance(code))


@pytest.mark.parametrize("n", [2, 3, 64, 97, 1000, 1009])
def test_lengths(n):
    """Powers of two, products, and primes."""
    x, z = sample("d", n), sample("D", 3, n)
    # NumPy's bound: a few units in the last place of the largest sum, per stage.
    atol = 8 * np.finfo(float).eps * np.log2(2 * n) * np.abs(x).sum()
    rows = [row(np.fft.fft, x), row(np.fft.rfft, x), row(np.fft.ifft, z)]
    rows += [row(np.fft.irfft, z, n), row(np.fft.fft, z.T, axis=0)]
    assert_on_xla(rows, calls=2, atol=atol)


def test_layouts():
    z = sample("D", 6, 8)
    views = [
        z.T,
        z[::-1, ::2],
        np.asfortranarray(z),
        z[:, 0],
        np.broadcast_to(z[0], (2, 8)),
    ]
    rows = [row(f, a) for f in (np.fft.fft, np.fft.ifftn, np.fft.irfft) for a in views]
    assert_on_xla(rows[:3] + rows[5:8] + rows[10:13], **DOUBLE)
    assert_rows(rows, **DOUBLE)


def test_a_spectrum_is_filtered():
    def program(x):
        spectrum = np.fft.rfft(x - x.mean())
        spectrum[np.fft.rfftfreq(x.size, 0.1) > 2] = 0
        smooth = np.fft.irfft(spectrum, x.size)
        power = np.abs(np.fft.fftshift(np.fft.fft(x * np.hanning(x.size)))) ** 2
        return smooth, power / power.sum()

    assert_parity(program, sample("d", 50), rtol=1e-10, atol=1e-13, expect_xla=True)


def test_results_go_into_an_array():
    def program(a):
        out = np.empty(a.shape, complex)
        result = np.fft.fft(a, out=out)
        np.fft.ifft(out, axis=0, out=out)
        return result is out, out, np.fft.ihfft(a, out=np.empty((4, 3), complex))

    assert_parity(program, sample("d", 4, 5), **DOUBLE)


IN_NUMPY = [
    row(np.fft.fft, sample("d", 4), 0),
    row(np.fft.fft, sample("d", 4), norm="unit"),
    row(np.fft.fft, sample("d", 4), axis=1),
    row(np.fft.fft, sample("d", 2, 0)),
    row(np.fft.rfft, sample("D", 4)),
    row(np.fft.fft, 3.0),
    row(np.fft.irfft, sample("d", 1)),
    row(np.fft.fftn, sample("d", 3, 4), s=(3, 4)),
    row(np.fft.fftn, sample("d", 3, 4), s=(3, None), axes=(0, 1)),
    row(np.fft.fftn, sample("d", 3, 4), axes=(0, 2)),
    row(np.fft.fft2, sample("d", 4)),
    row(np.fft.fft2, sample("d", 3, 4), s=(3, 4), axes=None),
    row(np.fft.rfft2, sample("d", 4, 4), s=(3,), axes=(0, 1)),
    row(np.fft.fftn, sample("d", 3, 4), axes=()),
]


@pytest.mark.parametrize("each", IN_NUMPY, ids=lambda r: r.func.__name__)
def test_in_numpy(each):
    """Errors, and arguments that NumPy warns about."""
    assert_rows([each], **DOUBLE)
