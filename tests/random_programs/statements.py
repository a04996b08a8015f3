"""Statements of random programs: each template appends one to a writer.

A template returns whether it did; what cannot be done where the program stands, or
raises there, is left out.
"""

from collections.abc import Callable

import numpy as np

from tests.random_programs import expressions as ex
from tests.random_programs.writer import EXPECTED, Writer

Template = Callable[[Writer], bool]
SIMPLE: list[tuple[int, Template]] = []
COMPOUND: list[tuple[int, Template]] = []
# What calm programs consist of: most of their calls can be replayed.
CALM = {
    *("assign", "assign_view", "note_fact", "swap", "unpack", "store", "augment"),
    *("store_overlapping", "augment_logically", "divide_in_place", "store_out"),
    *("call_helper", "use_closure", "read_state", "draw_numbers", "branch_on_state"),
    *("branch", "loop", "rows", "syntax", "store_any"),
}


def statement(weight: int, table: list[tuple[int, Template]] = SIMPLE):
    def register(template: Template) -> Template:
        table.append((weight, template))
        return template

    return register


def write(w: Writer, *, nesting: int = 0) -> None:
    """Append one statement, if any of a few choices works."""
    table = SIMPLE if nesting >= 2 else SIMPLE + COMPOUND
    if w.is_calm:
        table = [row for row in table if row[1].__name__ in CALM]
    for _ in range(6):
        if w.choices.weighted(table)(w) or w.raised:
            return


def writeable(a: np.ndarray) -> bool:
    return a.flags.writeable


# -- names ---------------------------------------------------------------------------


@statement(24)
def assign(w: Writer) -> bool:
    text = ex.draw(w)
    return w.emit(f"{w.target()} = {text}")


@statement(6)
def assign_view(w: Writer) -> bool:
    text = ex.draw_view(w)
    return w.emit(f"{w.target()} = {text}")


@statement(4)
def note_fact(w: Writer) -> bool:
    text = ex.draw_scalar(w)
    return w.emit(f"notes.append({text})")


@statement(2)
def swap(w: Writer) -> bool:
    a, b = w.array(), w.array()
    return bool(a and b) and w.emit(f"{a}, {b} = {b}, {a}")


@statement(2)
def unpack(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim == 2 and len(x) >= 2)
    if not a:
        return False
    first, rest = w.target(), w.fresh()
    w.variables.append(rest)
    return w.emit(f"{first}, *{rest} = {a}")


@statement(1)
def delete(w: Writer) -> bool:
    names = [n for n in w.variables if n.startswith("v") and n in w.env]
    return bool(names) and w.indent == 4 and w.emit(f"del {w.choices.pick(names)}")


# -- writes --------------------------------------------------------------------------


def _key(w: Writer, a: str) -> str:
    return ex.slice_key(w, a) if w.choices.chance(60) else ex.fancy_key(w, a)


def _value_for(w: Writer, part: str) -> str:
    """Something that can be stored into the expression `part`."""
    try:
        value = w.evaluate(part)
    except EXPECTED:
        return "1"
    if not isinstance(value, np.ndarray):
        return w.scalar(np.asarray(value).dtype)
    shape, dtype = value.shape, value.dtype
    fitting = w.array(lambda b: b.shape == shape and np.can_cast(b, dtype, "same_kind"))
    return fitting if fitting and w.choices.chance(70) else w.scalar(dtype)


@statement(9)
def store(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and writeable(x))
    if not a:
        return False
    key = _key(w, a)
    return w.emit(f"{a}[{key}] = {_value_for(w, f'{a}[{key}]')}")


@statement(3)
def store_overlapping(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and len(x) > 1 and writeable(x))
    keys = [
        ("1:", ":-1"),
        (":-1", "1:"),
        (":", "::-1"),
        ("1:", "0"),
        ("...", "..., ::-1"),
    ]
    to, of = w.choices.pick(keys)
    op = w.choices.pick(["=", "+="]) if a and ex.is_number(w.look(a)) else "="
    return bool(a) and w.emit(f"{a}[{to}] {op} {a}[{of}]")


@statement(10)
def augment(w: Writer) -> bool:
    a = w.array(lambda x: writeable(x) and ex.is_number(x))
    if not a:
        return False
    op = w.choices.pick(["+=", "-=", "*="])
    place = a
    if w.look(a).ndim and w.choices.chance(50):
        place = f"{a}[{_key(w, a)}]"
    return w.emit(f"{place} {op} {_bounded(w, place)}")


def _bounded(w: Writer, place: str) -> str:
    """An operand for an in-place operator that does not let values grow for long."""
    text = _value_for(w, place)
    if text[0].isalpha() and w.exact and np.abs(w.look(text)).max(initial=0) > 64:
        return "2"
    return text


@statement(3)
def augment_logically(w: Writer) -> bool:
    a = w.array(lambda x: writeable(x) and x.dtype.kind in "bi")
    if not a:
        return False
    op = w.choices.pick(["|=", "&=", "^="])
    return w.emit(f"{a} {op} {_value_for(w, a)}")


@statement(3)
def divide_in_place(w: Writer) -> bool:
    a = w.array(lambda x: writeable(x) and x.dtype.kind == "f")
    op = w.choices.pick(["/= 2", "/= 4", "//= 2", "**= 2", "%= 4"])
    return bool(a) and w.emit(f"{a} {op}")


@statement(4)
def store_out(w: Writer) -> bool:
    a = w.array(lambda x: writeable(x) and ex.is_number(x))
    if not a:
        return False
    b, c = _value_for(w, a), w.like(a, casting=True)
    forms = ["np.add({b}, {c}, out={a})", "{v} = np.multiply({b}, {c}, out={a})"]
    forms += ["np.subtract({a}, {c}, {a})", "np.negative({a}, out={a})"]
    shape = w.look(a).shape
    mask = w.array(lambda m: m.dtype.kind == "b" and m.shape == shape)
    if mask:
        forms += [
            "np.add({b}, {c}, out={a}, where={m})",
            "np.copyto({a}, {b}, where={m})",
        ]
    return w.emit(w.choices.pick(forms).format(a=a, b=b, c=c, m=mask, v=w.target()))


@statement(4)
def store_by_call(w: Writer) -> bool:
    a = w.array(lambda x: writeable(x) and x.ndim and len(x) and ex.is_real(x))
    if not a:
        return False
    forms = ["{a}.fill(2)", "{a}.sort()", "np.put({a}, [0, -1], 1)", "{a}.flat[0] = 3"]
    forms += ["np.add.at({a}, [0, 0], 1)", "np.copyto({a}, {b})", "{a}.T[...] = {s}"]
    forms += ["rng.shuffle({a})", "np.putmask({a}, {a} > 1, 0)", "{a}[...] = {b}"]
    forms += (
        ["np.cumsum({a}.ravel(), out={a}.reshape(-1))"] if w.sums_exactly(a) else []
    )
    text = w.choices.pick(forms)
    b = _value_for(w, a)
    return w.emit(text.format(a=a, b=b, s=w.scalar(w.look(a).dtype)))


@statement(1)
def freeze(w: Writer) -> bool:
    a = w.array(lambda x: x.flags.owndata)
    return bool(a) and w.emit(f"{a}.flags.writeable = False")


# -- objects, containers, globals ----------------------------------------------------


@statement(6)
def use_object(w: Writer) -> bool:
    u = w.env["o"].u
    fitting = w.array(lambda x: x.shape == u.shape and x.dtype.kind in "biuf") or "1"
    number = w.scalar(u.dtype)
    forms = ["o.u = {a}", "o.u += {s}", "o.u *= 2", "{v} = o.u", "{v} = o.step({s})"]
    forms += ["{v} = o.step({f})", "o.replace({s})", "{v} = o.interior", "o += {s}"]
    forms += ["o[0] = {s}", "{v} = o[1:]", "o[1:] = o[:-1]", "o.interior[:] = {s}"]
    forms += ["o.replace(2).step({s})", "o.extra = {a}", "{v} = State({a}).step({s})"]
    a = w.array(lambda x: x.ndim and x.dtype.kind == "f")
    text = w.choices.pick(forms).format(a=a or "o.u", s=number, f=fitting, v=w.target())
    return w.emit(text)


@statement(6)
def use_container(w: Writer) -> bool:
    a = w.array()
    forms = [
        "items.append({a})",
        "table['new'] = {a}",
        "items[0] = {a}",
        "{v} = items[-1]",
    ]
    forms += ["{v} = table['first']", "items.insert(0, {a})", "{v} = items.pop()"]
    forms += [
        "{v} = [x + 1 for x in items]",
        "{v} = {{n: x * 2 for n, x in table.items()}}",
    ]
    forms += ["{v} = ({a}, [{a}, 1])", "items += [{a}[...]]", "table.update(x={a})"]
    forms += ["{v} = [x.sum() for x in items if x.dtype.kind in 'bi']"]
    forms += ["items[0] += {s}", "table['first'] *= 2", "items[0][:1] -= {s}"]
    forms += [
        "notes.append({a} in [1, 2])" if a and w.look(a).size == 1 else "{v} = {a},"
    ]
    text = w.choices.pick(forms).format(a=a, s=w.scalar(), v=w.target())
    return bool(a) and w.emit(text)


@statement(5)
def use_global(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and x.dtype.kind == "f")
    forms = ["G1 = {a}", "G0[...] = {s}", "G0[:1] += {s}", "{v} = G0 * 2", "{v} = G1"]
    forms += ["G1 = G1 + 1", "G1 += {s}", "{v} = G0[::-1]"]
    number = w.scalar(w.env["G0"].dtype)
    return w.emit(w.choices.pick(forms).format(a=a or "G0", s=number, v=w.target()))


# -- calls ---------------------------------------------------------------------------


@statement(7)
def call_helper(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and len(x) and ex.is_real(x))
    if not a:
        return False
    s, b = w.scalar(w.look(a).dtype), w.like(a)
    forms = ["view_of({a})", "first_half({a})", "fill_first({a}, {s})", "add_to({a})"]
    forms += ["add_to({a}, {s})", "add_to(y={s}, x={a})", "negate_copy({a}, out=None)"]
    forms += ["smooth({a})"] if w.sums_exactly(a) and writeable(w.look(a)) else []
    forms += ["list(each_row({a}))", "apply(np.add, {a}, {s})", "accumulate({a})"]
    forms += ["apply(lambda x, n=2: x[:n], {a})", "apply(add_to, {a}, y={s})"]
    forms += ["scale({a}, 2)", "pair({a}, {b})", "row_major({a})", "touch_global({s})"]
    text = w.choices.pick(forms)
    w.helpers_in(text)
    return w.emit(f"{w.target()} = {text.format(a=a, b=b, s=s)}")


@statement(4)
def use_closure(w: Writer) -> bool:
    a, f, v = w.array(ex.is_number), w.fresh("f"), w.target()
    b = w.like(a) if a else ""
    forms = ["{f} = lambda q: q + {a}\n{v} = {f}({b})"]
    forms += (
        ["{f} = lambda: {a}[...]\n{a} += 1\n{v} = {f}()"]
        if a and writeable(w.look(a))
        else []
    )
    forms += ["{f} = functools.partial(np.multiply, {a})\n{v} = {f}({b})"]
    forms += ["def {f}(x, y={b}):\n    return x * y\n\n{v} = {f}({a})"]
    name = next((n for n in w.variables if n == a), None)
    if name and name.startswith("v"):
        forms += [
            "def {f}():\n    nonlocal {a}\n    {a} = {a} * 2\n\n{f}()\n{v} = {a}"
        ] * 2
    return bool(a) and w.emit(w.choices.pick(forms).format(a=a, b=b, f=f, v=v))
