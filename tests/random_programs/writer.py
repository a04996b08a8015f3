"""The state of a program while it is being written.

A program is run as it grows: after a statement is chosen it is executed, so that the
next one can be chosen for the shapes and dtypes that are really there. What raises is
mostly thrown away; now and then it stays, and ends the program.
"""

import io
import re
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout

import numpy as np

from tests.random_programs import library
from tests.random_programs.choices import Choices

# Errors that a program of the vocabulary may raise; all others are bugs of the writer.
EXPECTED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    IndexError,
    KeyError,
    NameError,
    RuntimeError,
    TypeError,
    ValueError,
    Warning,
)
_MAX_SIZE = 150
# Sums of 150 products are exact in any order while the factors are multiples of a unit
# up to a limit: for float32, 8 bits each, 16 of a product, 24 of the sum.
_MAX_EXACT = {4: 2.0**5, 8: 2.0**14}
_EXACT_UNIT = {4: 2.0**-3, 8: 2.0**-6}
# What docs/block.md says a block does not meet: the class, the identity and the memory
# of a stand-in; a plain array that is indexed, or filled, with one words its error
# otherwise.
_UNMET = re.compile(r"\btype\(|memoryview| is |locals\(|deepcopy\(\{")
_UNMET_ERRORS = re.compile(
    "arrays used as indices must be|setting an array element with a sequence"
)


class Writer:
    """Writes the body of one program.

    Parameters
    ----------
    choices : Choices
        Source of all decisions.
    exact : bool
        Whether reductions must be exact in any order, as mode "jit" needs it.
    only_blocks : bool
        Whether what is not in a block runs in plain NumPy.
    is_calm : bool
        Whether it keeps to statements with few effects.
    """

    def __init__(
        self,
        choices: Choices,
        *,
        exact: bool,
        only_blocks: bool = False,
        is_calm: bool = False,
    ) -> None:
        self.choices = choices
        self.exact = exact
        self.only_blocks = only_blocks
        self.is_calm = is_calm
        self.n_blocks = 0  # around the place where the next statement goes
        self.lines: list[str] = []
        self.indent = 4
        self.env: dict[str, object] = {}
        helpers = (*library.HELPERS.values(), *library.MODULE_STATE.values())
        for text in (library.HEADER, library.STATE, *helpers):
            exec(text, self.env)
        self.known = set(self.env)
        self.variables: list[str] = []
        self.used_helpers: list[str] = []
        self.used_state: list[str] = []
        self.raised: BaseException | None = None
        self.errstate: dict[str, str] = np.geterr()  # at the place of the next one
        self._count = 0

    @property
    def in_block(self) -> bool:
        """Whether the next statement is met by nothing but a block."""
        return self.only_blocks and self.n_blocks > 0

    # -- running what was written ------------------------------------------------

    def evaluate(self, text: str) -> object:
        """Value of a pure expression; raises what it raises."""
        return self._quietly(lambda: eval(text, self.env))

    def execute(self, text: str) -> None:
        # in a function, `nonlocal` would name what is a global of this environment
        plain = text.replace("nonlocal ", "global ")
        self._quietly(lambda: exec(plain, self.env))

    def _quietly(self, run: Callable[[], object]) -> object:
        with (
            warnings.catch_warnings(),
            redirect_stdout(io.StringIO()),
            np.errstate(**self.errstate),
        ):
            warnings.simplefilter("ignore")
            try:
                return run()
            finally:
                self.errstate = np.geterr()

    def works(self, text: str) -> bool:
        """Whether an expression can be used: no error, no large array, exact sums."""
        try:
            value = self.evaluate(text)
        except EXPECTED:
            return False
        return not isinstance(value, np.ndarray) or (
            value.size <= _MAX_SIZE and value.dtype != object
        )

    def emit(self, text: str, *, run: bool = True) -> bool:
        """Append a statement after running it; False if it was thrown away."""
        if self.in_block and _UNMET.search(text):
            return False
        if run and not self._runs(text):
            return False
        self.lines.extend(" " * self.indent + line for line in text.splitlines())
        return True

    def _runs(self, text: str) -> bool:
        try:
            self.execute(text)
        except EXPECTED as error:
            if self.in_block and _UNMET_ERRORS.search(str(error)):
                return False
            if not self.choices.chance(10):
                return False
            self.raised = error
        return True

    # -- names -------------------------------------------------------------------

    def fresh(self, prefix: str = "v") -> str:
        name = f"{prefix}{self._count}"
        self._count += 1
        return name

    def target(self) -> str:
        """A name to assign to: a new one, or one that is there."""
        names = [n for n in self.variables if n in self.env]
        if names and self.choices.chance(30):
            return self.choices.pick(names)
        name = self.fresh()
        self.variables.append(name)
        return name

    def forget_since(self, names: list[str]) -> None:
        """Do not use variables made after `names` was noted: they may be unbound."""
        for name in self.variables:
            if name not in names:
                self.env.pop(name, None)
        self.variables = [n for n in self.variables if n in names]

    def helper(self, name: str) -> str:
        if name not in self.used_helpers:
            self.used_helpers.append(name)
        return name

    def helpers_in(self, text: str) -> None:
        """Note the helpers that a text names."""
        words = set(re.findall(r"\w+", text))
        for name in library.HELPERS:
            if name in words:
                self.helper(name)

    def state_in(self, text: str) -> None:
        """Note the state of the module that a text names."""
        words = set(re.findall(r"\w+", text))
        for name in library.MODULE_STATE:
            if name in words and name not in self.used_state:
                self.used_state.append(name)

    # -- what there is to work with ----------------------------------------------

    def paths(self) -> list[tuple[str, np.ndarray]]:
        """Every ndarray that the program can name, with the text that names it."""
        found: list[tuple[str, np.ndarray]] = []
        for name in (*self.variables, "G0", "G1", "o", "items", "table"):
            if name in self.env:
                self._collect(name, self.env[name], found)
        return found

    def _collect(self, path: str, value: object, found: list) -> None:
        if isinstance(value, np.ndarray):
            if value.size <= _MAX_SIZE:
                found.append((path, value))
        elif type(value).__name__ == "State":
            self._collect(f"{path}.u", value.u, found)
        elif isinstance(value, list | tuple):
            for i, item in enumerate(value[:3]):
                self._collect(f"{path}[{i}]", item, found)
        elif isinstance(value, dict):
            for key in list(value)[:3]:
                self._collect(f"{path}[{key!r}]", value[key], found)

    def array(self, wanted: Callable[[np.ndarray], object] = lambda a: True) -> str:
        """The text of an array for which `wanted` holds; "" if there is none."""
        found = [path for path, a in self.paths() if wanted(a)]
        # the latest arrays are the ones with a history of views and writes
        if len(found) > 4 and self.choices.chance(50):
            found = found[-4:]
        return self.choices.pick(found) if found else ""

    def look(self, path: str) -> np.ndarray:
        return eval(path, self.env)

    def like(self, path: str, *, casting: bool = False) -> str:
        """An array or scalar that broadcasts to the shape of the one at `path`."""
        a = self.look(path)

        def fits(b: np.ndarray) -> bool:
            if casting and not np.can_cast(b.dtype, a.dtype, "same_kind"):
                return False
            try:
                return np.broadcast_shapes(a.shape, b.shape) == a.shape
            except ValueError:
                return False

        if self.choices.chance(30):
            return self.scalar(a.dtype if casting else None)
        return self.array(fits) or self.scalar(a.dtype if casting else None)

    def scalar(self, dtype: np.dtype | None = None) -> str:
        if dtype is not None and dtype.kind in "biu":
            return self.choices.pick(["1", "2", "3"])
        options = ["1", "2", "-1", "0.5", "2.0", "0", "True", "np.int32(2)", "k"]
        if not self.exact:
            options += ["0.1", "np.float32(0.1)", "-0.0", "1e10", "np.nan", "1j"]
        return self.choices.pick(options)

    def sums_exactly(self, path: str, *, as_float: bool = False) -> bool:
        """Whether the array may be summed in any order with one result.

        Integers may, unless they are summed as floats.
        """
        a = self.look(path)
        if not self.exact or (a.dtype.kind in "biu" and not as_float):
            return True
        if a.dtype.kind in "biu":
            a = a.astype(np.float64)
        itemsize = a.real.dtype.itemsize
        if itemsize not in _MAX_EXACT:
            return False
        limit, unit = _MAX_EXACT[itemsize], _EXACT_UNIT[itemsize]
        # infinities and NaN leave the same in any order
        parts = [p[np.isfinite(p)] for p in (a.real, a.imag)]
        return all((np.abs(p) <= limit).all() for p in parts) and all(
            (p / unit == np.round(p / unit)).all() for p in parts
        )
