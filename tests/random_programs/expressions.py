"""Expressions of random programs: functions from a writer to text, "" if none fits."""

from collections.abc import Callable

import numpy as np

from tests.random_programs.writer import Writer

Template = Callable[[Writer], str]
EXPRESSIONS: list[tuple[int, Template]] = []
VIEWS: list[tuple[int, Template]] = []
SCALARS: list[tuple[int, Template]] = []


def expression(weight: int, table: list[tuple[int, Template]] = EXPRESSIONS):
    def register(template: Template) -> Template:
        table.append((weight, template))
        return template

    return register


def is_number(a: np.ndarray) -> bool:
    return a.dtype.kind != "b"


def is_real(a: np.ndarray) -> bool:
    return a.dtype.kind in "iuf"


def draw(w: Writer, table: list[tuple[int, Template]] = EXPRESSIONS) -> str:
    """An expression that can be evaluated where the program stands."""
    for _ in range(4):
        text = w.choices.weighted(table)(w)
        if text and w.works(text):
            return text
    return w.array() or "np.ones(3)"


def draw_view(w: Writer) -> str:
    return draw(w, VIEWS)


def draw_scalar(w: Writer) -> str:
    return draw(w, SCALARS) or "1"


# -- elementwise ---------------------------------------------------------------------


@expression(10)
def arithmetic(w: Writer) -> str:
    a = w.array(is_number)
    if not a:
        return ""
    op = w.choices.pick(["+", "-", "*"])
    b = w.like(a)
    return f"{a} {op} {b}" if w.choices.chance(70) else f"{b} {op} {a}"


@expression(3)
def division(w: Writer) -> str:
    a = w.array(is_real)
    if not a:
        return ""
    op = w.choices.pick(["/", "//", "%"])
    divisors = ["2", "4", "0.5", "-2"] if w.exact else ["3", "0.7", "0", w.like(a)]
    return f"{a} {op} {w.choices.pick(divisors)}"


@expression(3)
def nested(w: Writer) -> str:
    a = w.array(is_number)
    if not a:
        return ""
    b, c = w.like(a), w.like(a)
    form = w.choices.pick(["({a} + {b}) * {c}", "{a} * {b} + {c}", "{a} - ({b} - {c})"])
    return form.format(a=a, b=b, c=c)


@expression(4)
def unary(w: Writer) -> str:
    a = w.array(is_number)
    if not a:
        return ""
    forms = ["-{a}", "+{a}", "abs({a})", "np.square({a})", "np.abs({a})", "{a} ** 2"]
    forms += ["np.sign({a})", "np.conj({a})", "np.isfinite({a})", "np.positive({a})"]
    if is_real(w.look(a)):
        forms += [
            "np.floor({a} * 0.5)",
            "np.rint({a})",
            "np.floor(np.sqrt(np.abs({a})))",
        ]
    return w.choices.pick(forms).format(a=a)


@expression(3)
def transcendental(w: Writer) -> str:
    """Rounded to multiples of 1/8: what XLA gets wrong in the last place is gone."""
    a = w.array(lambda x: x.dtype.kind == "f")
    forms = ["np.sin({a})", "np.tanh({a})", "np.exp(np.minimum({a}, 2))", "np.cos({a})"]
    forms += ["np.log1p(np.abs({a}))", "np.arctan2({a}, 1 + np.abs({a}))"]
    text = w.choices.pick(forms).format(a=a) if a else ""
    return f"np.rint({text} * 8) / 8" if text and w.exact else text


@expression(4)
def comparison(w: Writer) -> str:
    a = w.array()
    op = w.choices.pick(["<", "<=", "==", "!=", ">", ">="])
    return f"{a} {op} {w.like(a)}" if a else ""


@expression(3)
def logic(w: Writer) -> str:
    a = w.array(lambda x: x.dtype.kind == "b")
    if not a:
        return ""
    b = w.array(lambda x: x.dtype.kind == "b" and x.shape == w.look(a).shape)
    form = w.choices.pick(
        ["~{a}", "{a} & {b}", "{a} | ~{b}", "np.logical_xor({a}, {b})", "{a} ^ {b}"]
    )
    return form.format(a=a, b=b)


@expression(4)
def choice(w: Writer) -> str:
    a = w.array(is_real)
    if not a:
        return ""
    forms = ["np.maximum({a}, {b})", "np.minimum({b}, {a})", "np.clip({a}, -2, 2)"]
    forms += ["np.where({a} > 0, {a}, {b})", "{a}.clip(0, 3)", "np.fmax({a}, {b})"]
    forms += ["np.where({c}, {b}, {a})"] if (c := mask_like(w, a)) else []
    return w.choices.pick(forms).format(a=a, b=w.like(a), c=c)


def mask_like(w: Writer, a: str) -> str:
    shape = w.look(a).shape
    return w.array(lambda m: m.dtype.kind == "b" and m.shape == shape)


@expression(3)
def cast(w: Writer) -> str:
    a = w.array(lambda x: x.dtype.kind != "c")
    if not a:
        return ""
    into = ["float32", "float64", "complex128", "bool"]
    if w.exact or w.look(a).dtype.kind != "f":
        into += ["int32", "int64", "uint8"] if not _has_negative(w, a) else ["int64"]
    form = w.choices.pick(["{a}.astype(np.{t})", "np.array({a}, dtype=np.{t})"])
    return form.format(a=a, t=w.choices.pick(into).replace("bool", "bool_"))


def _has_negative(w: Writer, a: str) -> bool:
    return bool((w.look(a) < 0).any())  # to unsigned it is undefined in C


# -- reductions ----------------------------------------------------------------------


def _axis(w: Writer, a: str) -> str:
    ndim = w.look(a).ndim
    options = ["", *(f"axis={i}" for i in range(-1, ndim))]
    text = w.choices.pick(options) if ndim else ""
    return f"{text}, keepdims=True" if text and w.choices.chance(30) else text


@expression(5)
def total(w: Writer) -> str:
    a = w.array(lambda x: x.dtype.kind != "c" or not w.exact)
    if not a or not w.sums_exactly(a):
        return ""
    forms = ["{a}.sum({x})", "np.sum({a}, {x})", "np.add.reduce({a})"]
    forms += ["np.cumsum({a})"] if is_real(w.look(a)) else []
    if w.sums_exactly(a, as_float=True):
        forms += ["np.floor(np.mean({a}, {x}))"] if w.exact else ["np.mean({a}, {x})"]
    forms += [] if w.exact else ["np.std({a}, {x})", "np.prod({a}, {x})", "{a}.var()"]
    return w.choices.pick(forms).format(a=a, x=_axis(w, a)).replace(", )", ")")


@expression(3)
def selection(w: Writer) -> str:
    a = w.array(lambda x: is_real(x) and x.size)
    if not a:
        return ""
    forms = ["{a}.max({x})", "np.min({a}, {x})", "np.ptp({a}, {x})", "{a}.argmax()"]
    forms += ["np.any({a} > 0, {x})", "({a} != 0).all({x})", "np.count_nonzero({a})"]
    return w.choices.pick(forms).format(a=a, x=_axis(w, a)).replace(", )", ")")


@expression(2)
def product(w: Writer) -> str:
    a = w.array(lambda x: x.ndim == 2 and is_real(x))
    if not a or not w.sums_exactly(a):
        return ""
    n = w.look(a).shape[1]
    b = w.array(lambda x: x.ndim and x.shape[0] == n and is_real(x))
    if not b or not w.sums_exactly(b):
        return f"{a} @ {a}.T"
    return w.choices.pick(["{a} @ {b}", "np.dot({a}, {b})"]).format(a=a, b=b)


# -- new arrays ----------------------------------------------------------------------


@expression(3)
def creation(w: Writer) -> str:
    a = w.array()
    forms = ["np.zeros((2, 3))", "np.arange(4)", "np.ones(3, np.float32)"]
    forms += ["np.arange(6.0).reshape(2, 3)", "np.full((3,), 2)", "np.eye(3)"]
    if a:
        forms += ["np.zeros_like({a})", "np.ones({a}.shape)", "np.full_like({a}, 1)"]
        forms += ["{a}.copy()", "np.array({a})", "np.copy({a}, order='F')"] * 2
    return w.choices.pick(forms).format(a=a)


@expression(4)
def joining(w: Writer) -> str:
    a = w.array(lambda x: x.ndim)
    if not a:
        return ""
    shape = w.look(a).shape
    b = w.array(lambda x: x.ndim == len(shape) and x.shape[1:] == shape[1:])
    forms = ["np.concatenate([{a}, {b}])", "np.stack([{a}, {a}], axis=-1)"]
    forms += ["np.vstack([{a}, {a}])", "np.hstack(({a}, {a}))", "np.append({a}, 1)"]
    forms += ["np.concatenate(({a}, {b}), axis=None)", "np.tile({a}, 2)"]
    return w.choices.pick(forms).format(a=a, b=b)


@expression(4)
def rearranging(w: Writer) -> str:
    a = w.array(lambda x: x.ndim and is_real(x) and x.size)
    if not a:
        return ""
    forms = ["np.roll({a}, 1)", "np.flip({a})", "np.repeat({a}, 2)", "np.sort({a})"]
    forms += ["np.diff({a})", "np.unique({a})", "np.argsort({a}, kind='stable')"]
    forms += [
        "np.split({a}, [1])[0]",
        "np.array_split({a}, 2)[1]",
        "np.outer({a}, {a})",
    ]
    forms += ["np.pad({a}, 1)", "np.broadcast_to({a}, (2, *{a}.shape))"]
    return w.choices.pick(forms).format(a=a)


@expression(4)
def picking(w: Writer) -> str:
    a = w.array(lambda x: x.ndim and len(x))
    if not a:
        return ""
    return f"{a}[{fancy_key(w, a)}]"


def fancy_key(w: Writer, a: str) -> str:
    """A mask or index array for the array at `a`; seldom one out of bounds."""
    n = len(w.look(a))
    if n == 0:
        return "[]"
    some = [str(w.choices.integer(-n, n - 1)) for _ in range(w.choices.integer(1, 3))]
    if w.choices.chance(4):
        some[0] = str(n)
    keys = [f"[{', '.join(some)}]", f"np.array([{', '.join(some)}])"]
    index = w.array(
        lambda x: (
            x.dtype.kind in "iu" and x.ndim and x.size and -n <= x.min() and x.max() < n
        )
    )
    keys += [index] if index else []
    mask = mask_like(w, a)
    keys += [mask] * 2 if mask else []
    if w.look(a).dtype.kind != "c":
        keys += [f"{a} > {w.choices.pick(['0', '1', '-1'])}"] * 2
    if w.look(a).ndim == 2:
        keys += [
            f"([{some[0]}], [0])",
            f"[{some[0]}], :",
            f":, {w.choices.pick(['[0]', '[-1, 0]'])}",
        ]
    return w.choices.pick(keys)


@expression(2)
def random_draw(w: Writer) -> str:
    if w.choices.chance(60):
        return "rng.integers(0, 4, size=3)"
    a = w.array(lambda x: x.ndim and len(x))
    return f"rng.permutation({a})" if a else ""


@expression(2)
def through_python(w: Writer) -> str:
    a = w.array(lambda x: x.ndim and len(x) and x.dtype.kind in "iuf")
    forms = ["np.array({a}.tolist())", "np.array([x * 2 for x in {a}])"]
    forms += ["np.stack([row for row in {a}])", "np.asarray([{a}[0], {a}[-1]])"]
    forms += ["functools.reduce(operator.add, [{a}, {a}, {a}])"]
    forms += ["np.apply_along_axis(lambda r: r[::-1], 0, {a})"]
    forms += ["np.array(list(map(np.max, {a})))", "np.array(sorted({a}.ravel()))"]
    return w.choices.pick(forms).format(a=a) if a else ""


# -- views ---------------------------------------------------------------------------


@expression(6, VIEWS)
def slicing(w: Writer) -> str:
    a = w.array(lambda x: x.ndim)
    return f"{a}[{slice_key(w, a)}]" if a else ""


def slice_key(w: Writer, a: str) -> str:
    one = ["1:", ":-1", "::2", "::-1", ":2", "1:-1", ":", "-2:", "1::2", "..."]
    if w.look(a).ndim == 2:
        two = [":, 0", "1:, :-1", ":, ::-1", "::2, 1:", "0", "..., -1", ":, None, 1"]
        return w.choices.pick(one + two + two)
    return w.choices.pick([*one, "None", ":, None", "..., None"])


@expression(5, VIEWS)
def reshaping(w: Writer) -> str:
    a = w.array(lambda x: x.ndim)
    forms = ["{a}.T", "{a}.reshape(-1)", "{a}.ravel()", "np.transpose({a})"]
    forms += ["{a}.reshape({a}.size, 1)", "{a}.swapaxes(0, -1)", "{a}[:]"]
    forms += ["np.expand_dims({a}, 0)", "np.squeeze({a})", "np.moveaxis({a}, 0, -1)"]
    forms += ["{a}.reshape(-1, 2)", "np.atleast_2d({a})", "np.asarray({a})"]
    return w.choices.pick(forms).format(a=a) if a else ""


@expression(2, VIEWS)
def part(w: Writer) -> str:
    c = w.array(lambda x: x.dtype.kind == "c")
    if c and w.choices.chance(60):
        return w.choices.pick([f"{c}.real", f"{c}.imag"])
    a = w.array(lambda x: x.ndim == 2)
    return (
        w.choices.pick(["{a}.diagonal()", "{a}[0]", "{a}[-1]"]).format(a=a) if a else ""
    )


@expression(2, VIEWS)
def reinterpreted(w: Writer) -> str:
    a = w.array(lambda x: x.ndim and x.flags.c_contiguous)
    kinds = {"int64": "uint64", "int32": "uint8", "complex128": "float64"}
    if not w.exact:  # a small integer written through it is a subnormal: XLA flushes
        kinds |= {"float64": "int64", "float32": "uint8"}
    into = kinds.get(str(w.look(a).dtype)) if a else None
    return f"{a}.view(np.{into})" if into else ""


EXPRESSIONS.append((10, draw_view))


# -- scalars and facts ---------------------------------------------------------------


@expression(4, SCALARS)
def fact(w: Writer) -> str:
    a = w.array(lambda x: x.ndim)
    b = w.array()
    forms = [
        "{a}.shape",
        "len({a})",
        "{a}.ndim",
        "{a}.strides",
        "{a}.dtype",
        "{a}.size",
    ]
    forms += ["{a} is {b}", "{a}.base is {b}", "{a}.base is None", "{a}.nbytes"]
    forms += ["np.shares_memory({a}, {b})", "isinstance({a}, np.ndarray)"]
    forms += ["{a}.flags.writeable", "{a}.flags['C_CONTIGUOUS']", "type({a}).__name__"]
    forms += ["str({a})", "repr({a})", "{a}.tolist()", "np.array_equal({a}, {b})"]
    return w.choices.pick(forms).format(a=a, b=b) if a and b else ""


@expression(4, SCALARS)
def element(w: Writer) -> str:
    a = w.array(lambda x: x.ndim == 1 and len(x) and x.dtype.kind in "iuf")
    forms = ["{a}[0]", "{a}[-1]", "float({a}[0])", "{a}.item(0)", "{a}.max().item()"]
    forms += ["max({a})", "bool({a}[0])", "{a}[0] > 1", "round({a}[0], 1)"]
    forms += ['f"{{{a}[0]:.3f}}"', "type({a}[0]).__name__", "{a}[0] == {a}[-1]"]
    forms += [
        "any({a} > 1)",
        "[*{a}]",
        "dict(enumerate({a}))",
        "list(zip({a}, {a}[::-1]))",
    ]
    if a and w.look(a).dtype.kind in "iu":  # hash(nan) is made of an address
        forms += ["hash({a}[0])", "range(9)[{a}[0]]", "[5] * ({a}[0] % 9)"]
    return w.choices.pick(forms).format(a=a) if a else ""


@expression(2, SCALARS)
def summary(w: Writer) -> str:
    a = w.array(is_real)
    if not a or not w.sums_exactly(a):
        return ""
    forms = ["float({a}.sum())", "{a}.sum().item()", "({a} > 0).sum()", "{a}.any()"]
    forms += ["int(np.count_nonzero({a}))", "float(np.sum({a})) > 1"]
    if w.look(a).size and w.sums_exactly(a, as_float=True):
        forms += ["{a}.mean()", "np.mean({a}, axis=-1)"]
    return w.choices.pick(forms).format(a=a)


def condition(w: Writer) -> str:
    """An expression for `if` and `while`."""
    a = w.array(lambda x: is_real(x) and x.size)
    if not a:
        return "k > 1"
    forms = ["{a}.max() > 1", "({a} > 0).any()", "{a}.ravel()[0] >= 0", "{a}.size > 3"]
    forms += ["not ({a} == 0).all()", "{a}.min() < 0 < {a}.max()", "{a}.ndim == 2"]
    forms += ["np.all({a} < 3) or {a}.argmin() == 0"]
    if w.sums_exactly(a):
        forms += ["{a}.sum() > 0", "float({a}.sum()) <= 1", "{a}.sum() and True"]
    return w.choices.pick(forms).format(a=a)
