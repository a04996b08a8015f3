"""A random program: its text, and the namespace it defines when it is executed."""

import itertools
import linecache
import types
from dataclasses import dataclass, field

from tests.random_programs import (  # noqa: F401 (some add to the vocabulary)
    chapters,
    compound,
    dtypes,
    failures,
    foreign,
    layouts,
    library,
    state,
    values,
)
from tests.random_programs import statements as st
from tests.random_programs.choices import Choices
from tests.random_programs.writer import Writer

ARGUMENTS = "a, b, c, o, items, table, k, rng"
_numbers = itertools.count()


@dataclass(slots=True)
class Program:
    """The text of a module with functions `inputs(seed)` and `program(...)`.

    Parameters
    ----------
    text : str
        Python source that runs by itself.
    raised : str
        Name of the exception it ended with while it was written; "" for none.
    replays : int
        How many calls were replayed when it was last checked.
    """

    text: str
    raised: str
    replays: int = 0
    filename: str = field(default_factory=lambda: f"<npjit-program-{next(_numbers)}>")
    _code: types.CodeType | None = None

    def namespace(self) -> dict[str, object]:
        """Execute the text anew. Its source is found under `filename`."""
        if self._code is None:
            lines = self.text.splitlines(keepends=True)
            linecache.cache[self.filename] = (
                len(self.text),
                None,
                lines,
                self.filename,
            )
            self._code = compile(self.text, self.filename, "exec", dont_inherit=True)
        namespace: dict[str, object] = {"__name__": self.filename.strip("<>")}
        exec(self._code, namespace)
        return namespace

    def forget(self) -> None:
        linecache.cache.pop(self.filename, None)

    def __str__(self) -> str:
        return self.text

    def _repr_pretty_(self, printer, cycle) -> None:
        """Print the text, where Hypothesis reports a failure."""
        printer.text(f"the program\n\n{self.text}\n")


def draw_program(choices: Choices, *, exact: bool) -> Program:
    """Draw a program of 3 to 30 statements.

    Parameters
    ----------
    choices : Choices
        Source of all decisions.
    exact : bool
        Whether all its results are independent of the order of summation.
    """
    w = Writer(
        choices,
        exact=exact,
        only_blocks=choices.chance(20),
        is_calm=choices.chance(40),
    )
    w.n_blocks = int(w.only_blocks and choices.chance(70))  # one around it all
    inputs = _draw_inputs(w)
    w.execute(inputs)
    names = ARGUMENTS.split(", ")
    w.env.update(zip(names, w.evaluate("inputs(0)"), strict=True))
    w.env["notes"] = []
    w.variables += ["a", "b", "c"]
    for _ in range(choices.integer(3, 30)):
        if w.raised:
            break
        st.write(w)
    return Program(_assemble(w, inputs), type(w.raised).__name__ if w.raised else "")


def _draw_inputs(w: Writer) -> str:
    a, b, c = (_draw_array(w) for _ in range(3))
    if w.choices.chance(35):
        views = ["a", "a[...]", "a.T"]
        views += ["a[::-1]", "a[1:]"] if "()" not in a else []
        b = w.choices.pick(views)
    if w.choices.chance(15):
        c = w.choices.pick(["G0", "G0[::-1]", "G0.T[:2]"])
    u = w.choices.pick(["G0", _draw_array(w, floats=True)])
    shared = _draw_array(w, floats=True).replace("rng", "np.random.default_rng(5)")
    return (
        f"G0 = {shared}\n"
        "G1 = np.arange(3.0)\n\n\n"
        "def inputs(seed):\n"
        "    rng = np.random.default_rng(seed)\n"
        f"    a = {a}\n    b = {b}\n    c = {c}\n    u = {u}\n"
        "    items = [a, b + 1, np.arange(4)]\n"
        "    table = {'first': small(rng, (3,), 'float64'), 'a': a}\n"
        "    return a, b, c, State(u), items, table, 2, rng\n"
    )


def _draw_array(w: Writer, *, floats: bool = False) -> str:
    kinds = ["small", "unusual"] if w.exact else ["small", "special", "special"]
    kind = w.choices.pick(kinds)
    n, m = w.choices.integer(2, 5), w.choices.integer(2, 5)
    shapes = [(4, (n,)), (4, (n, m))]
    names = [(6, "float64"), (2, "float32")]
    if not floats:
        shapes += [(1, ()), (1, (1,)), (1, (0,)), (1, (0, 3)), (1, (n, n))]
        names += [(1, name) for name in values.DTYPES]
    shape, dtype = w.choices.weighted(shapes), w.choices.weighted(names)
    orders = values.LAYOUTS * 2
    layout = w.choices.pick(orders if floats else orders + values.READ_ONLY)
    return f'{kind}(rng, {shape}, "{dtype}", "{layout}")'


def _assemble(w: Writer, inputs: str) -> str:
    bound = [name for name in w.variables if name in w.env]
    some = [name for name in bound if name.startswith("v")][-8:]
    if w.choices.chance(50):
        items, brackets = [f"{name!r}: {name}" for name in ["notes", *some]], "{}"
    else:
        items, brackets = ["notes", *some], "()"
    # a line each, so that a program can be shortened line by line
    result = [f"    return {brackets[0]}", *(f"        {x}," for x in items)]
    result.append(f"    {brackets[1]}")
    # the class that others inherit from comes first
    helpers = [library.STATE, *(library.HELPERS[name] for name in w.used_helpers)]
    helpers += [library.MODULE_STATE[name] for name in w.used_state]
    lines = w.lines
    if w.n_blocks:
        lines = ["    with block():", *(f"    {line}" for line in lines)]
    body = ["    global G0, G1", "    notes = []", *lines, *result]
    program = "\n".join([f"def program({ARGUMENTS}):", *body])
    if w.only_blocks:
        helpers.append("ONLY_BLOCKS = True  # the function itself is not accelerated")
    parts = [library.HEADER, *helpers, inputs, program]
    if w.used_state or w.choices.chance(30):
        parts.append(state.change_of(w))
    return "\n\n".join(parts) + "\n"
