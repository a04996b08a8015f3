"""Random programs in which something fails or warns: `try`, errstate, warnings.

Importing this module adds them to the vocabulary of `statements`.
"""

from tests.random_programs import expressions as ex
from tests.random_programs import statements as st
from tests.random_programs.compound import block_of
from tests.random_programs.writer import EXPECTED, Writer

_CAUGHT = "(ArithmeticError, LookupError, TypeError, ValueError, Warning)"
_WRONG = (
    "{a}[99] = 1",
    "{a}[:, :, :, 0]",
    "{a}[[0, -77]]",
    "{a}[np.arange(99)] += 1",
    "np.take({a}, [0, 99])",
    "{a} + np.ones((7, 5, 3))",
    "{a} += np.ones((7, 5, 3))",
    "np.ones(13) @ np.ones(14)",
    "{a}.reshape(1000, 7)",
    "np.stack([{a}, {a}[None]])",
    "np.linalg.inv(np.zeros((2, 2)) * {a}.size)",
    "np.linalg.solve(np.ones((2, 2)), np.ones(2) * {a}.ndim)",
    "np.linalg.cholesky(-np.eye(2) * {a}.ndim)",
    "np.linalg.eigvals(np.full((2, 2), np.nan) * {a}.ndim)",
    "np.linalg.det({a}.ravel())",
    "1 // ({a}.size - {a}.size)",
    "1.5 % (len({a}) - len({a}))",
    "int(np.zeros(1)[0] / 1) // {a}[:0].size",
    "int(np.float64('nan') * {a}.ndim)",
    "int(np.inf * {a}.ndim)",
    "raise ValueError({a}.shape, 'no such thing')",
    "raise KeyError({a}.ndim) from ValueError({a}.size)",
    "assert not {a}.ndim >= 0, {a}.shape",
    "if {a}.size > 1: {a} and 1",
    "{a}.max(axis=7)",
    "{a}[:0].max()",
    "np.arange(3)[:] += 0.5",
    "np.zeros(3, np.uint8)[:] = 256 * {a}.ndim",
    "np.zeros(3, np.int8) + 300",
    "np.zeros(3, np.bool_) - np.ones(3, np.bool_)",
    "np.arange({a}.ndim + 2) ** -1",
    "np.ones(2) << {a}.ndim",
    "np.broadcast_to({a}, (2, *{a}.shape))[0] = 1",
    "np.frombuffer(b'12345678')[0] = {a}.ndim",
    "{a}.astype(np.complex128).astype(np.float32, casting='same_kind')",
    "np.concatenate([{a}, {a}[None]])",
    "np.array([[1, 2], [3]]) + {a}",
    "float('x') + {a}",
    "{a} + 'text'",
    "len({a}.sum())",
    "(lambda x: x)()",
    "no_such_name + {a}",
    "{a}.no_such_attribute",
    "{a}.shape = (1000, 7)",
    "np.add({a}, 1, {a}, {a})",
    "np.add({a}, 1, no_such_keyword=1)",
    "np.add.at({a}, [99], 1)",
    "np.put({a}, [999], 1)",
    "np.choose([5], [{a}])",
    "np.bincount([-1]) + {a}",
)


def _wrong(w: Writer) -> str:
    a = w.array(lambda x: x.ndim and len(x))
    return w.choices.pick(_WRONG).format(a=a) if a else ""


@st.statement(1)
def fail(w: Writer) -> bool:
    """What nobody catches; a writer keeps few of them."""
    text = _wrong(w)
    return bool(text) and w.emit(text)


@st.statement(6, st.COMPOUND)
def guarded(w: Writer) -> bool:
    """Statements before the failure, in its handler, and in `finally`."""
    wrong = _wrong(w) if w.choices.chance(80) else ""
    names = list(w.variables)
    w.emit("try:", run=False)
    block_of(w, w.choices.integer(1, 3), nesting=1, always=True)
    fails = bool(wrong) and not w.raised and _fails(w, wrong)
    _line(w, wrong if fails else "pass")
    w.emit(f"except {_CAUGHT} as error:", run=False)
    _line(w, "notes.append((type(error).__name__, *map(str, error.args)))")
    if fails:
        block_of(w, w.choices.integer(1, 2), nesting=1)
    if w.choices.chance(40) and not w.raised:
        w.emit("finally:", run=False)
        block_of(w, 1, nesting=2)
    w.forget_since(names)
    return True


def _fails(w: Writer, text: str) -> bool:
    try:
        w.execute(text)
    except EXPECTED as error:
        return isinstance(error, eval(_CAUGHT))
    return False


def _line(w: Writer, text: str) -> None:
    w.lines.append(" " * (w.indent + 4) + text)


# -- errstate ------------------------------------------------------------------------

_REACTIONS = ("ignore", "warn", "raise")
_KINDS = ("all", "divide", "over", "under", "invalid")


def _reactions(w: Writer) -> dict[str, str]:
    kinds = {w.choices.pick(_KINDS): w.choices.pick(_REACTIONS) for _ in range(2)}
    return {"all": kinds["all"]} | kinds if "all" in kinds else kinds


def _keywords(reactions: dict[str, str]) -> str:
    return ", ".join(f"{kind}={how!r}" for kind, how in reactions.items())


def _reporting(w: Writer) -> str:
    """An expression in which NumPy may find something to report."""
    a = w.array(lambda x: x.ndim and x.dtype.kind in "iuf")
    if not a:
        return ""
    forms = ["{a} / 0", "{a} / {b}", "0 / {a}", "{a} // 0", "{a} % {b}", "1 / {a}"]
    forms += ["{a}.astype(np.float64) * 1e300 * 1e300", "np.sqrt({a} - 3)", "{a} - {b}"]
    forms += ["np.log({a} - 1.0)", "({a} / 0).astype(np.int32)", "np.arccos({a})"]
    forms += ["{a}.astype(np.float16) * 1e5", "np.power({a} * 0.5, -1.0)", "{a} * 1"]
    forms += ["np.float32(3e38) * {a}", "np.divide(1, {a}, where={a} != 0)[:0]"]
    forms += ["{a}[0] / 0", "np.exp({a} * 1e3)", "np.mean({a}[:0])", "{a}.max() / 0"]
    text = w.choices.pick(forms).format(a=a, b=w.like(a))
    return f"coarse({text})" if w.exact else text


@st.statement(4, st.COMPOUND)
def errstate_block(w: Writer) -> bool:
    """Any statements while NumPy reacts otherwise."""
    reactions = _reactions(w)
    before = w.errstate
    w.emit(f"with np.errstate({_keywords(reactions)}):", run=False)
    w.errstate = _changed(before, reactions)
    block_of(w, w.choices.integer(1, 3), nesting=1, always=True)
    w.errstate = before
    return True


def _changed(state: dict[str, str], reactions: dict[str, str]) -> dict[str, str]:
    everything = dict.fromkeys(state, reactions["all"]) if "all" in reactions else state
    return everything | {k: how for k, how in reactions.items() if k != "all"}


@st.statement(2)
def set_errstate(w: Writer) -> bool:
    keywords = _keywords(_reactions(w))
    forms = [
        "np.seterr({k})",
        "notes.append(np.seterr({k}))",
        "notes.append(np.geterr())",
    ]
    forms += ["{n} = np.seterr({k})\n{v} = {e}\nnp.seterr(**{n})"]
    e, v = _reporting(w), w.target()
    text = w.choices.pick(forms).format(k=keywords, e=e, n=w.fresh("n"), v=v)
    return bool(e) and w.emit(text)


@st.statement(5, st.COMPOUND)
def report(w: Writer) -> bool:
    """What NumPy finds is raised, logged, counted, or is an error of `warnings`."""
    e = _reporting(w)
    if not e:
        return False
    v, n = w.fresh(), w.fresh("n")
    w.variables.append(v)
    text = w.choices.pick(_REPORTS).format(e=e, v=v, n=n, k=_keywords(_reactions(w)))
    return w.emit(text)


_REPORTS = (
    (
        "{v} = None\ntry:\n    with np.errstate(all='raise'):\n        {v} = {e}\n"
        "except FloatingPointError as error:\n    notes.append(str(error))"
    ),
    (
        "{v} = None\nwith np.errstate({k}):\n    try:\n        {v} = {e}\n"
        "    except FloatingPointError as error:\n        notes.append(str(error))\n"
        "    finally:\n        notes.append(np.geterr()['divide'])"
    ),
    (
        "with np.errstate(all='call', call=lambda *seen: notes.append(seen)):\n"
        "    {v} = {e}"
    ),
    (
        "{n} = io.StringIO()\nwith np.errstate(all='log', call={n}):\n    {v} = {e}\n"
        "notes.append({n}.getvalue())"
    ),
    (
        "@np.errstate({k})\ndef {n}():\n    return {e}\n\n"
        "try:\n    {v} = {n}()\n"
        "except FloatingPointError as error:\n    {v} = str(error)"
    ),
    (
        "{v} = None\nwith warnings.catch_warnings():\n"
        "    warnings.simplefilter('error')\n    try:\n        {v} = {e}\n"
        "    except RuntimeWarning as error:\n        notes.append(str(error))"
    ),
    (
        "try:\n    with warnings.catch_warnings():\n"
        "        warnings.simplefilter('error')\n"
        "        {v} = {e}\n"
        "        {v} = {v} + 1\n"
        "except RuntimeWarning as error:\n    {v} = str(error)"
    ),
    (
        "with warnings.catch_warnings(record=True) as {n}:\n"
        "    warnings.simplefilter('always')\n    {v} = {e}\n    {v} = {e}\n"
        "notes.append([(str(x.message), x.category.__name__) for x in {n}])"
    ),
    (
        "with warnings.catch_warnings(record=True) as {n}:\n"
        "    warnings.simplefilter('ignore')\n    {v} = {e}\n"
        "notes.append(len({n}))"
    ),
    (
        "with warnings.catch_warnings():\n"
        "    warnings.filterwarnings('ignore', 'divide by zero')\n    {v} = {e}"
    ),
)


@st.statement(4, st.COMPOUND)
def recorded_warnings(w: Writer) -> bool:
    """What any statements warn of is part of the result, in order and with its line."""
    n = w.fresh("n")
    action = w.choices.pick(["always", "default", "module", "ignore"])
    w.emit(f"with warnings.catch_warnings(record=True) as {n}:", run=False)
    _line(w, f"warnings.simplefilter({action!r})")
    block_of(w, w.choices.integer(1, 4), nesting=1, always=True)
    w.emit(
        f"notes.append([(str(x.message), __name__ in x.filename and x.lineno) "
        f"for x in {n}])",
        run=False,
    )
    return True


@st.statement(2)
def warn(w: Writer) -> bool:
    forms = [
        "warnings.warn({a}.shape.__repr__())",
        "warnings.warn('seen', UserWarning)",
    ]
    forms += ["(lambda: warnings.warn('soon', FutureWarning, stacklevel=2))()"]
    a = w.array(ex.is_number)
    return bool(a) and w.emit(w.choices.pick(forms).format(a=a))
