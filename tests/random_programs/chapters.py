"""Expressions of random programs from the other chapters of NumPy's reference.

Statistics, sorting, sets, indexing, ufunc methods, signals, polynomials, linear
algebra, transforms. Importing this module adds them to the vocabulary of `expressions`.
"""

import numpy as np

from tests.random_programs import expressions as ex
from tests.random_programs.writer import Writer


def _coarse(w: Writer, text: str) -> str:
    """Let the last digits of a float expression not count in mode "jit"."""
    return f"coarse({text})" if w.exact else text


def _exact_float(w: Writer, wanted=lambda a: True) -> str:
    """An array to sum over: in mode "jit" of float64, and of exact values."""
    a = w.array(lambda x: x.ndim and x.size and ex.is_real(x) and wanted(x))
    if not a or (w.exact and w.look(a).dtype not in (np.float64, np.int64)):
        return ""
    return a if w.sums_exactly(a, as_float=True) else ""


def _axis(w: Writer, a: str) -> str:
    return w.choices.pick(["", *(f", axis={i}" for i in range(-1, w.look(a).ndim))])


@ex.expression(4)
def statistics(w: Writer) -> str:
    a = _exact_float(w)
    if not a:
        return ""
    exact = [
        "np.median({a}{x})",
        "np.histogram({a}, 4, (-4, 4))[0]",
        "np.nanmax({a}{x})",
    ]
    exact += ["np.nansum({a}{x})", "np.nanmin({a}{x})", "np.nanargmax({a})"]
    exact += ["np.digitize({a}, [-1, 0, 2])", "np.histogram({a}, [-9, 0, 1, 9])[0]"]
    exact += ["np.bincount(np.abs({a}.ravel()).astype(np.int64) % 9, minlength=4)"]
    rough = ["np.percentile({a}, 30{x})", "np.quantile({a}, [0.25, 0.6]{x})"]
    rough += ["np.average({a}{x})", "np.average({a}, weights=np.abs({a}) + 1)"]
    rough += [
        "np.cov({a})",
        "np.nanmean({a}{x})",
        "np.nanstd({a}{x})",
        "np.var({a}{x})",
    ]
    rough += ["np.corrcoef({a} + 0, {a} * 2)", "np.std({a}{x}, ddof=1)"]
    rough += ["np.nanpercentile({a}, 40{x})", "np.nanmedian({a}{x})"]
    if w.choices.chance(50):
        return w.choices.pick(exact).format(a=a, x=_axis(w, a))
    return _coarse(w, w.choices.pick(rough).format(a=a, x=_axis(w, a)))


@ex.expression(4)
def sorting(w: Writer) -> str:
    a = w.array(lambda x: x.ndim and x.size and x.dtype.kind != "c")
    if not a:
        return ""
    forms = [
        "np.sort({a}{x})",
        "np.argsort({a}{x}, kind='stable')",
        "np.sort({a})[::-1]",
    ]
    forms += ["np.searchsorted(np.sort({a}.ravel()), [0, 1])", "np.nonzero({a})[0]"]
    forms += ["np.searchsorted([-1, 0, 2], {a}, side='right')", "np.argwhere({a})"]
    forms += ["np.unique({a}, return_counts=True)", "np.flatnonzero({a})"]
    forms += ["np.unique({a}, return_inverse=True)[1]", "np.isin({a}, [0, 1])"]
    forms += ["np.union1d({a}, [1, 9])", "np.setdiff1d({a}, [1])", "np.max({a}{x})"]
    forms += ["np.partition({a}, 0)[..., :1]", "np.lexsort(({a}.ravel(),))"]
    forms += ["np.intersect1d({a}, [0, 1, 2])", "np.argmin({a}{x})"]
    return w.choices.pick(forms).format(a=a, x=_axis(w, a))


@ex.expression(4)
def ufunc_method(w: Writer) -> str:
    a = w.array(lambda x: x.ndim and x.size and ex.is_real(x))
    if not a:
        return ""
    last = len(w.look(a)) - 1
    forms = ["np.maximum.accumulate({a}{x})", "np.minimum.reduce({a}{x})"]
    forms += [
        "np.subtract.outer({a}.ravel()[:4], {b})",
        "np.maximum.outer({a}, [0, 1])",
    ]
    forms += [
        f"np.minimum.reduceat({{a}}, [0, {last}])",
        "np.logical_or.reduce({a}{x})",
    ]
    forms += [f"np.maximum.reduceat({{a}}, [{last}, 0])", "np.fmax.reduce({a}{x})"]
    if w.sums_exactly(a):
        forms += [
            "np.add.accumulate({a}{x})",
            f"np.add.reduceat({{a}}, [0, {last}, 0])",
        ]
        forms += ["np.multiply.outer({a}[:3], [1, 2])", "np.add.reduce({a}, initial=3)"]
        forms += ["np.add.reduce({a}, axis=0, where={a} > 0)"]
    return w.choices.pick(forms).format(a=a, x=_axis(w, a), b=w.scalar())


@ex.expression(6)
def gathering(w: Writer) -> str:
    a = w.array(lambda x: x.ndim and len(x) and ex.is_real(x))
    if not a:
        return ""
    forms = ["np.take({a}, [0, -1], axis=0)", "np.take({a}, [[0, 99]], mode='clip')"]
    forms += ["np.take({a}, [-7, 4], mode='wrap')", "{a}.take([0])", "np.diag({a})"]
    forms += ["np.choose({a} > 0, [{a}, {b}])", "np.extract({a} > 0, {a})"]
    forms += ["np.select([{a} > 1, {a} < 0], [{a}, {b}], default=9)"]
    forms += [
        "np.compress([True, False], {a}, axis=0)",
        "{a}.compress({a}.ravel() > 0)",
    ]
    forms += ["np.take_along_axis({a}, np.argsort({a}, kind='stable'), axis=-1)"]
    forms += ["np.where({a} > 0)[0]", "{a}[np.where({a} > 0)]", "{a}[np.nonzero({a})]"]
    forms += ["{a}[np.flatnonzero({a}[:1])]", "np.delete({a}, 0, axis=0)"]
    forms += ["np.insert({a}, 1, 7, axis=0)", "np.trim_zeros({a}.ravel())"]
    forms += ["np.piecewise({a}, [{a} > 0], [1, -1])", "np.atleast_3d({a})[..., 0]"]
    if w.look(a).ndim == 2:
        forms += ["{a}[np.ix_([0, -1], [0])]", "np.tril({a}, -1)", "np.triu({a})"] * 2
        forms += [
            "{a}[np.triu_indices(2, 1, 2)]",
            "{a}[[0, -1], [-1, 0]]",
            "{a}[[0], 1:]",
        ]
        forms += ["{a}[:, None][[0]]", "{a}[[[0], [-1]], [0, 0]]", "{a}[0, [0, 0]]"]
    return w.choices.pick(forms).format(a=a, b=w.like(a))


@ex.expression(4)
def selected(w: Writer) -> str:
    """What is done with `x[mask]` before anyone needs its length."""
    a = w.array(lambda x: x.ndim and x.size and ex.is_real(x))
    if not a:
        return ""
    mask = ex.mask_like(w, a) if w.choices.chance(30) else ""
    mask = mask or f"{a} {w.choices.pick(['>', '<=', '=='])} {w.choices.pick('012')}"
    forms = ["{a}[{m}].max()", "{a}[{m}].min()", "{a}[{m}].size", "len({a}[{m}])"]
    forms += ["np.any({a}[{m}])", "{a}[{m}].shape", "{a}[{m}] * 2", "{a}[{m}][:1]"]
    forms += ["{a}[{m}].argmax()", "np.count_nonzero({a}[{m}])", "np.sort({a}[{m}])"]
    if w.sums_exactly(a):
        forms += ["{a}[{m}].sum()", "np.sum({a}[{m}])", "({a}[{m}] + 1).sum()"] * 2
        forms += [_coarse(w, "{a}[{m}].mean()"), _coarse(w, "np.std({a}[{m}])")]
        forms += ["{a}[{m}].cumsum()", "{a}[{m}].prod()" if not w.exact else "1"]
    return w.choices.pick(forms).format(a=a, m=mask)


@ex.expression(4)
def arranging(w: Writer) -> str:
    a = w.array(lambda x: x.ndim and x.size and ex.is_real(x))
    if not a:
        return ""
    mode = w.choices.pick(["edge", "reflect", "wrap", "symmetric", "maximum", "empty"])
    mode = "constant" if mode == "empty" else mode
    forms = [
        f"np.pad({{a}}, (1, 2), mode='{mode}')",
        "np.pad({a}, 1)",
        "np.tile({a}, 2)",
    ]
    forms += ["np.tile({a}, (2, 1))", "np.repeat({a}, 2, axis=0)", "np.roll({a}, -1)"]
    forms += ["np.repeat({a}, np.arange({a}.size) % 3)", "np.roll({a}, 1, axis=0)"]
    forms += ["np.diff({a}, n=2)", "np.diff({a}, axis=0)", "np.diff({a}, prepend=0)"]
    forms += ["np.ediff1d({a})", "np.meshgrid({a}, [1, 2])[0]", "np.vander({a}[:2], 3)"]
    forms += [
        "np.block([{a}, {a}])",
        "np.broadcast_arrays({a}, 1)[1] + 0",
        "np.flipud({a})",
    ]
    forms += ["np.nan_to_num({a})", "np.heaviside({a}, 0.5)", "np.copysign({a}, -1)"]
    forms += ["np.array_equiv({a}, {a})", "np.isclose({a}, 1)", "np.allclose({a}, {a})"]
    if w.look(a).ndim == 2:
        forms += [
            "np.rot90({a})",
            "np.roll({a}, (1, 1), axis=(0, 1))",
            "np.fliplr({a})",
        ]
        forms += [
            "np.rot90({a}, 2)",
            "np.moveaxis({a}, 0, 1)",
            "np.hsplit({a}, [1])[1]",
        ]
    return w.choices.pick(forms).format(a=a)


@ex.expression(4)
def signal(w: Writer) -> str:
    a = _exact_float(w)
    if not a:
        return ""
    exact = ["np.convolve({a}.ravel(), [1, 2, 1])", "np.polyval([1, 0, 2], {a})"]
    exact += [
        "np.convolve({a}.ravel(), [1, -1], 'valid')",
        "np.cross({a}.ravel()[:2], 1)",
    ]
    exact += ["np.correlate({a}.ravel(), [1, 2], 'same')", "np.polyder({a}.ravel())"]
    exact += ["np.trapezoid({a})", "np.gradient({a}, axis=0)", "np.gradient({a}, 2)"]
    exact += [
        "np.kron({a}, [1, 2])",
        "np.tensordot({a}, {a}, {a}.ndim)",
        "np.vdot({a}, {a})",
    ]
    exact += ["np.inner({a}, {a})", "np.polyadd({a}.ravel(), [1, 2])", "np.trace({m})"]
    exact += [
        "np.polynomial.polynomial.polyval({a}, [1, 2])",
        "np.polymul([1, 2], [1])",
    ]
    exact += [
        "np.einsum('...i->...', {a})",
        "np.einsum('i,i', {a}.ravel(), {a}.ravel())",
    ]
    exact += [
        "np.linalg.matrix_power({m}, 2)",
        "np.cumsum({a}{x})",
        "np.interp(1, [0, 2], [0, 4])",
    ]
    rough = ["np.interp({a}, [0, 1, 3], [5, 6, 9])", "np.hanning(5) * {a}.size"]
    rough += [
        "np.fft.fft({a}).real",
        "np.fft.ifft({a}).imag",
        "np.abs(np.fft.rfft({a}))",
    ]
    rough += ["np.fft.irfft(np.fft.rfft({a}), {a}.shape[-1])", "np.fft.fftshift({a})"]
    rough += ["np.fft.fft2({m}).imag", "np.fft.fftfreq(5) * 7", "np.unwrap({a})"]
    rough += [
        "np.sinc({a})",
        "np.hypot({a}, 1)",
        "np.cbrt({a})",
        "np.logaddexp({a}, 0)",
    ]
    rough += [
        "np.kaiser(4, 2.0)",
        "np.linspace({a}.min(), {a}.max(), 5)",
        "np.deg2rad({a})",
    ]
    a2 = w.array(lambda x: x.ndim == 2 and len(set(x.shape)) == 1 and ex.is_real(x))
    m = a2 if a2 and w.sums_exactly(a2) else "np.eye(2)"
    if w.choices.chance(50):
        return w.choices.pick(exact).format(a=a, m=m, x=_axis(w, a))
    return _coarse(w, w.choices.pick(rough).format(a=a, m=m))


@ex.expression(3)
def linear_algebra(w: Writer) -> str:
    a = _exact_float(w, lambda x: x.ndim == 2 and np.isfinite(x).all())
    if not a or np.abs(w.look(a)).max() > 100:
        return ""
    # Well conditioned, so that rounding moves no result far; and finite whatever the
    # values are: LAPACK's iterations may not end on others.
    s = f"np.clip(np.nan_to_num({a}), -100, 100)"
    m = f"({s} @ {s}.T + 9 * np.eye(len({a})))"
    forms = ["np.linalg.inv({m})", "np.linalg.solve({m}, np.ones(len({a})))"]
    forms += ["np.log(np.linalg.det({m}))", "np.linalg.cholesky({m})"]
    forms += ["np.linalg.eigvalsh({m})", "np.linalg.slogdet({m})[1]"]
    forms += ["np.matmul(*np.linalg.qr({m}))", "np.linalg.svd({m}, compute_uv=False)"]
    forms += [
        "np.linalg.norm({a})",
        "np.linalg.norm({a}, axis=0)",
        "np.linalg.pinv({m})",
    ]
    forms += ["np.linalg.lstsq({m}, np.ones(len({a})))[0]", "np.linalg.cond({m})"]
    forms += [
        "np.abs(np.linalg.eigh({m})[1][0])",
        "np.linalg.multi_dot([{a}, {a}.T, {a}])",
    ]
    forms += ["np.linalg.matrix_rank({m}) * 1.0", "np.linalg.inv({m}) @ {a}"]
    return _coarse(w, w.choices.pick(forms).format(a=a, m=m))
