"""Random programs over all dtypes: mixed arithmetic, division by zero, casts.

Importing this module adds them to the vocabulary of `expressions` and `statements`.
"""

import numpy as np

from tests.random_programs import expressions as ex
from tests.random_programs import statements as st
from tests.random_programs.values import DTYPES
from tests.random_programs.writer import EXPECTED, Writer

_PYTHON = ("0", "1", "-1", "2", "3", "-3", "7", "100", "300", "-129", "2**40", "2**63")
_PYTHON += ("True", "0.5", "-0.0", "2.0", "-2.5", "1j", "(2 - 1j)", "float('nan')")
_NUMPY = ("np.int8(-3)", "np.uint8(200)", "np.int16(300)", "np.uint32(5)", "np.True_")
_NUMPY += ("np.int64(-1)", "np.uint64(2)", "np.float16(1.5)", "np.float32(0.25)")
_NUMPY += ("np.float64(4)", "np.complex64(1 + 2j)", "np.int64(0)", "np.float64(0)")
_CASTINGS = ("no", "equiv", "safe", "same_kind", "unsafe")


def _other(w: Writer, a: str) -> str:
    """Anything that may be computed with the array at `a`, of whatever dtype."""
    kind = w.choices.integer(0, 2)
    if kind == 0:
        return w.choices.pick(_PYTHON)
    if kind == 1:
        return w.choices.pick(_NUMPY)
    shape = w.look(a).shape
    return w.array(lambda b: b.shape == shape) or w.like(a)


def _rounded(w: Writer, text: str) -> str:
    """In mode "jit", let the last digits of a float result not count."""
    if not w.exact:
        return text
    try:
        kind = np.asarray(w.evaluate(text)).dtype.kind
    except EXPECTED:
        return ""
    return {"f": f"coarse({text})", "c": ""}.get(kind, text)


@ex.expression(8)
def mixed_arithmetic(w: Writer) -> str:
    a = w.array()
    if not a:
        return ""
    forms = ["{x} + {y}", "{x} - {y}", "{x} * {y}", "np.add({x}, {y})", "{x} & {y}"]
    forms += ["{x} | {y}", "{x} ^ {y}", "np.maximum({x}, {y})", "{x} == {y}"]
    forms += ["{x} < {y}", "{x} >= {y}", "np.not_equal({x}, {y})", "~{x}", "-{x}"]
    forms += [
        "np.fmin({x}, {y})",
        "np.where({x}, {y}, {x})",
        "np.logical_and({x}, {y})",
    ]
    x, y = a, _other(w, a)
    if w.choices.chance(40):
        x, y = y, x
    return w.choices.pick(forms).format(x=x, y=y)


@ex.expression(6)
def mixed_division(w: Writer) -> str:
    """Also by zero, of the smallest integer by -1, with negative exponents."""
    a = w.array()
    if not a:
        return ""
    forms = ["{x} / {y}", "{x} // {y}", "{x} % {y}", "divmod({x}, {y})[0]"]
    forms += ["divmod({x}, {y})[1]", "np.fmod({x}, {y})"]
    forms += ["{x} << {y}", "{x} >> {y}"] * 2
    forms += ["np.floor_divide({x}, {y})", "np.remainder({x}, {y})", "np.gcd({x}, {y})"]
    forms += ["np.lcm({x}, {y})", "np.divide({x}, {y})", "np.left_shift({x}, 70)"]
    forms += ["{x} ** 2", "{x} ** 3", "{x} ** -1", "np.power({x}, 5)", "{x} ** 0"]
    forms += [] if w.exact else ["{x} ** {y}", "np.float_power({x}, {y})"]
    x, y = a, _other(w, a)
    if w.choices.chance(40):
        x, y = y, x
    return _rounded(w, w.choices.pick(forms).format(x=x, y=y))


@ex.expression(5)
def any_cast(w: Writer) -> str:
    """Also of NaN, infinities and what is out of range, and between any two dtypes."""
    a = w.array()
    if not a:
        return ""
    forms = ["{a}.astype(np.{t})", "np.array({a}, dtype=np.{t})", "{a}.astype('{t}')"]
    forms += ["np.asarray({a}, np.{t})", "{a}.astype(np.{t}, casting='{c}')"]
    forms += ["{a}.astype(np.{t}, copy=False)", "{a}.astype(np.{t}, order='F')"]
    forms += ["np.asarray({a}).astype({b}.dtype)"]
    forms += [] if w.in_block else ["np.{t}({a})"]  # its result may be the array itself
    form, t = w.choices.pick(forms), w.choices.pick(DTYPES)
    t = f"{t}_" if t == "bool" and "'{t}'" not in form else t
    return form.format(a=a, b=w.array(), t=t, c=w.choices.pick(_CASTINGS))


@ex.expression(4)
def with_dtype(w: Writer) -> str:
    a = w.array()
    if not a:
        return ""
    t, c, y = w.choices.pick(DTYPES), w.choices.pick(_CASTINGS), _other(w, a)
    t = "bool_" if t == "bool" else t
    forms = ["np.add({a}, {y}, dtype=np.{t})", "np.negative({a}, dtype=np.{t})"]
    forms += ["np.multiply({a}, {y}, dtype=np.{t}, casting='{c}')"]
    forms += ["np.full_like({a}, {y}, dtype=np.{t})", "np.zeros({a}.shape, np.{t})"]
    forms += ["np.concatenate([{a}, {a}], dtype=np.{t}, casting='{c}')"]
    forms += ["np.full({a}.shape, {y}, np.{t})", "np.arange(4, dtype=np.{t})"]
    forms += ["np.greater({a}, {y}, dtype=bool)", "np.equal({a}, 1, casting='{c}')"]
    if w.sums_exactly(a, as_float=True):
        forms += ["np.sum({a}, dtype=np.{t})", "{a}.cumsum(dtype=np.{t})"]
    forms += [] if w.exact else ["np.mean({a}, dtype=np.{t})", "{a}.prod(dtype=np.{t})"]
    return w.choices.pick(forms).format(a=a, y=y, t=t, c=c)


@ex.expression(5)
def of_any_dtype(w: Writer) -> str:
    a = w.array(lambda x: x.ndim)
    if not a:
        return ""
    forms = ["np.abs({a})", "np.sign({a})", "np.isnan({a})", "np.signbit({a})"]
    forms += ["np.sqrt({a})", "np.reciprocal({a})", "np.square({a})", "np.invert({a})"]
    forms += ["np.round({a}, -1)", "np.rint({a})", "np.trunc({a})", "np.ceil({a})"]
    forms += ["np.bitwise_count({a})", "np.frexp({a})[1]", "np.modf({a})[0]"]
    forms += ["np.ldexp({a}, 2)", "np.logical_not({a})", "np.isinf({a})", "{a}.conj()"]
    forms += ["{a}.max()", "{a}.argmin()", "{a}.any()", "np.sort({a})", "{a}.real"]
    forms += [
        "np.unique({a})",
        "np.argsort({a}, kind='stable')",
        "np.count_nonzero({a})",
    ]
    forms += ["np.searchsorted(np.sort({a}.ravel()), {a})", "np.nan_to_num({a})"]
    forms += ["np.clip({a}, 0, 1)", "np.maximum.reduce({a})", "np.fmax.reduce({a})"]
    forms += ["np.minimum.accumulate({a})", "np.bitwise_xor.reduce({a})"]
    if w.sums_exactly(a):
        forms += ["np.cumsum({a})", "{a}.sum(axis=0)", "np.add.reduce({a}, axis=-1)"]
        forms += ["np.dot({a}, {a})", "np.diff({a})"]
    if not w.exact:
        forms += ["np.exp({a})", "np.sin({a})", "np.log({a})", "np.mean({a}, axis=0)"]
        forms += ["np.cumprod({a})", "np.nextafter({a}, 1)", "np.spacing({a})"]
        forms += [
            "np.var({a})",
            "np.median({a})",
            "np.arctan2({a}, 1)",
            "np.angle({a})",
        ]
    elif w.look(a).dtype.kind in "biu":
        forms += ["np.cumprod({a})", "{a}.prod()"]
    text = w.choices.pick(forms).format(a=a)
    return _rounded(w, text) if "sqrt" in text or "reciprocal" in text else text


# -- statements ----------------------------------------------------------------------


@st.statement(6)
def augment_any(w: Writer) -> bool:
    """In place with any dtype; where the cast back is refused, the error is noted."""
    a = w.array(st.writeable)
    if not a:
        return False
    ops = ["+=", "-=", "*=", "&=", "|=", "^="]
    y = _other(w, a)
    if not w.exact:
        ops += ["/=", "//=", "%=", "**=", "<<=", ">>="]
    elif w.look(a).dtype.kind in "biu":
        ops += ["//=", "%=", "<<=", ">>="]
    op = w.choices.pick(ops)
    # a negative exponent of integers leaves what lay in a buffer of NumPy's
    if op == "**=" and w.look(a).dtype.kind in "iu" and not y.isdigit():
        return False
    line = f"{a} {op} {y}"
    if w.choices.chance(30):
        return w.emit(line)
    return w.emit(
        f"try:\n    {line}\nexcept (TypeError, ArithmeticError, ValueError) as error:\n"
        "    notes.append(str(error))"
    )


@st.statement(5)
def store_any(w: Writer) -> bool:
    """Assignment of another dtype, or of a number that does not fit."""
    a = w.array(lambda x: st.writeable(x) and x.ndim and len(x))
    if not a:
        return False
    forms = ["{a}[0] = {y}", "{a}[...] = {y}", "{a}[{a} != 0] = {y}", "{a}[[0]] = {y}"]
    forms += ["{a}.fill({y})", "np.copyto({a}, {y}, casting='{c}')", "{a}.flat = {y}"]
    forms += ["np.add({a}, {y}, out={a}, casting='{c}')", "np.put({a}, 0, {y})"]
    forms += ["np.negative({a}, out={a}, casting='{c}')", "{a}.itemset = 1"]
    forms += ["np.clip({a}, 0, 2, out={a})", "np.putmask({a}, {a} == 0, {y})"]
    c = w.choices.pick(_CASTINGS)
    return w.emit(w.choices.pick(forms).format(a=a, y=_other(w, a), c=c))
