"""Compound statements of random programs: branches, loops, `try` and `with`.

Importing this module adds them to the vocabulary of `statements`.
"""

from tests.random_programs import expressions as ex
from tests.random_programs import statements as st
from tests.random_programs.writer import EXPECTED, Writer


def block_of(w: Writer, count: int, *, nesting: int, always: bool = False) -> None:
    """Write the body of a compound statement; it has at least one line.

    Variables made in it are used later only if it always runs.
    """
    before = len(w.lines)
    names = list(w.variables)
    w.indent += 4
    for _ in range(count):
        if not w.raised:
            st.write(w, nesting=nesting)
    if len(w.lines) == before:
        w.lines.append(" " * w.indent + "pass")
    w.indent -= 4
    if not always:
        w.forget_since(names)


@st.statement(4, st.COMPOUND)
def branch(w: Writer) -> bool:
    test = ex.condition(w)
    try:
        taken = bool(w.evaluate(test))
    except EXPECTED:
        return False
    untaken = _untaken_statement(w)
    w.emit(f"if {test}:", run=False)
    if taken:
        block_of(w, w.choices.integer(1, 3), nesting=1)
        w.emit(f"else:\n    {untaken}", run=False)
    else:
        w.emit(f"    {untaken}\nelse:", run=False)
        block_of(w, w.choices.integer(1, 3), nesting=1)
    return True


def _untaken_statement(w: Writer) -> str:
    """A statement for other values; it is not run while writing."""
    if w.indent == 4 and not w.in_block and w.choices.chance(15):
        return "return 'early', " + (w.array() or "None")
    a = w.array(lambda x: st.writeable(x) and ex.is_number(x))
    return (
        w.choices.pick([f"{a} += 1", f"{a}[...] = 2", f"{a} = {a} * 2"])
        if a
        else "pass"
    )


def _repeat_last(w: Writer, start: int, setup: list[str]) -> None:
    """Run the loop body that begins at line `start` once more for each setup."""
    body = [line[w.indent + 4 :] for line in w.lines[start:]]
    for line in setup:
        if w.raised:
            return
        try:
            w.execute("\n".join([line, *body]))
        except EXPECTED as error:
            w.raised = error


@st.statement(4, st.COMPOUND)
def loop(w: Writer) -> bool:
    i, count = w.fresh("i"), w.choices.integer(2, 3)
    w.execute(f"{i} = 0")
    w.emit(f"for {i} in range({count}):", run=False)
    start = len(w.lines)
    _loop_line(w, i, count)
    block_of(w, w.choices.integer(1, 2), nesting=2)
    if not w.raised:
        _repeat_last(w, start, [f"{i} = {n}" for n in range(1, count)])
    return True


def _loop_line(w: Writer, i: str, count: int) -> None:
    """Begin a loop with something that uses its index, if there is an array for it."""
    a = w.array(
        lambda x: x.ndim and len(x) >= count and st.writeable(x) and ex.is_number(x)
    )
    if a:
        forms = ["{a}[{i}] += {i}", "{a}[{i}] = {a}[{i} - 1]", "{a}[: {i} + 1] *= 2"]
        line = w.choices.pick(forms).format(a=a, i=i)
        w.indent += 4
        w.emit(line)
        w.indent -= 4


@st.statement(2, st.COMPOUND)
def counted_while(w: Writer) -> bool:
    n = w.fresh("n")
    test = ex.condition(w)
    if not w.emit(f"{n} = 0"):
        return False
    w.emit(f"while {n} < 3 and ({test} or {n} == 0):", run=False)
    start = len(w.lines)
    w.indent += 4
    w.emit(f"{n} += 1")
    w.indent -= 4
    block_of(w, w.choices.integer(1, 2), nesting=2)
    for _ in range(2):
        if w.raised or not w.works(test) or not w.evaluate(test):
            break
        _repeat_last(w, start, [""])
    return True


@st.statement(3, st.COMPOUND)
def rows(w: Writer) -> bool:
    a = w.array(
        lambda x: x.ndim == 2 and len(x) and st.writeable(x) and ex.is_number(x)
    )
    if not a:
        return False
    r, v = w.fresh("r"), w.fresh()
    w.variables.append(v)
    forms = ["{v} = []\nfor {r} in {a}:\n    {r} += 1\n    {v}.append({r})"]
    forms += ["{v} = 0\nfor {r} in {a}:\n    {v} = {v} + {r} * 2"]
    forms += [
        "{v} = []\nfor n, {r} in enumerate({a}):\n    {r}[0] = n\n    {v} += [{r}]"
    ]
    forms += [
        "{v} = []\nfor {r}, s in zip({a}, {a}[::-1]):\n"
        "    {v}.append({r} + s)\n    s[:1] = 0"
    ]
    return w.emit(w.choices.pick(forms).format(a=a, r=r, v=v))


@st.statement(3, st.COMPOUND)
def accelerated_block(w: Writer) -> bool:
    """A block of npjit's, where `block` is `npjit.accelerate`."""
    w.emit("with block():", run=False)
    w.n_blocks += 1
    block_of(w, w.choices.integer(1, 4), nesting=1, always=True)
    w.n_blocks -= 1
    return True


@st.statement(5, st.COMPOUND)
def attempt(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and ex.is_number(x))
    if not a:
        return False
    wrong = w.choices.pick(_WRONG).format(a=a)
    before = w.array(lambda x: st.writeable(x) and ex.is_number(x))
    lines = ["try:"]
    lines += [f"    {before} += 1"] if before and w.choices.chance(60) else []
    lines += [f"    {wrong}", "except (ArithmeticError, LookupError) as error:"]
    lines += [
        "    notes.append(str(error))",
        "except (TypeError, ValueError) as error:",
    ]
    lines += ["    notes.append(type(error).__name__)"]
    if w.choices.chance(30):
        lines += ["else:", "    notes.append('no error')"]
    if before and w.choices.chance(30):
        lines += ["finally:", f"    {before}[...] = 0"]
    return w.emit("\n".join(lines))


_WRONG = (
    "{a} += np.ones((7, 5))",
    "{a} + np.ones(11)",
    "{a}[99] = 1",
    "{a}[[0, 99]] += 1",
    "{a}[np.ones(23, bool)]",
    "notes.append({a}[99])",
    "1 // ({a}.size - {a}.size)",
    "np.broadcast_to({a}, (2, *{a}.shape))[0] = 1",
    "{a}.reshape(1000, 7)",
    "np.concatenate([{a}, {a}[None]])",
    "{a}[:, :, :, 0]",
    "if {a}.size > 1: bool({a} > 0)",
    "{a}.sum(axis=5)",
    "np.arange(3)[:] += 0.5",
    "{a} @ np.ones((31, 2))",
    "float('x')",
    "raise KeyError({a}.ndim)",
    "np.zeros(3)[:, None] + {a}[:0].max()",
    "{a}.no_such_attribute",
)


@st.statement(1, st.COMPOUND)
def with_errstate(w: Writer) -> bool:
    a = w.array(lambda x: x.dtype.kind == "f")
    if not a:
        return False
    v = w.fresh()
    w.variables.append(v)
    forms = ["with np.errstate(all='ignore'):\n    {v} = {a} / 0"]
    forms += [
        "try:\n    with np.errstate(divide='raise', invalid='raise'):\n"
        "        {v} = 1 / {a}\n"
        "except FloatingPointError as error:\n    {v} = str(error)"
    ]
    return w.emit(w.choices.pick(forms).format(a=a, v=v))


@st.statement(5, st.COMPOUND)
def syntax(w: Writer) -> bool:
    """Forms of the language that conversion rewrites."""
    a, b = w.array(lambda x: x.ndim), w.array()
    if not a:
        return False
    v, n = w.fresh(), w.fresh("n")
    w.variables.append(v)
    form = w.choices.pick(_SYNTAX)
    test = ex.condition(w)
    return w.emit(form.format(a=a, b=b, n=n, v=v, test=test))


_SYNTAX = (
    "{v} = {a} if {test} else {b}",
    "if ({n} := {a}.shape[0]) > 1:\n    {v} = {a}[: {n} - 1]\nelse:\n    {v} = None",
    "{v} = [x for x in {a} if x.any()]",
    "{v}, *_ = {a}, {b}, 2",
    "{v} = {{**table, 'more': {a}}}",
    "{v} = [*{a}, *items]",
    "{v} = any(x.any() for x in items)",
    "{v} = [(i, x) for i, row in enumerate({a}) for x in [row, {b}]]",
    'notes.append(f"{{{a}.shape!r:>10}} {{{test}}}")',
    'assert {a}.size >= 0, f"{{{a}}}"',
    "assert not ({test}), 'the test holds'",
    "{v} = (lambda *xs, last={b}: (*xs, last))(*{a})",
    "with np.printoptions(precision=2):\n    {v} = str({a})",
    (
        "match {a}.shape:\n    case (n,):\n        {v} = n\n"
        "    case (n, m) if m > 2:\n        {v} = {a}[n - 1]\n"
        "    case _:\n        {v} = {b}"
    ),
    (
        "match [{a}, {b}]:\n    case [first, np.ndarray(shape=size)]:\n"
        "        {v} = first * 2, size"
    ),
    (
        "{v} = 0\nwhile True:\n    {v} += 1\n    if {v} > 2 or {test}:\n        break\n"
        "else:\n    {v} = -1"
    ),
    (
        "for {n} in range(4):\n    if {n} == 1:\n        continue\n"
        "    {v} = {a} * {n}\n    if {v}.any():\n        break\n"
        "else:\n    {v} = 'nothing'"
    ),
)
