"""Functions whose body is put into a block: `with npjit.accelerate():` around it all.

So whatever is tested under the decorator can be tested in a block as well.
"""

import ast
import functools
import inspect
import textwrap
from types import CellType, CodeType, FunctionType

import npjit
from npjit._diagnostics.values import Tolerance
from npjit.testing.parity import Settings, check_parity

_BLOCK = "npjit_block"


def in_block(fn, **options):
    """A function that does what `fn` does, in a block with these options.

    What it returns has been realized: a block cannot replace a value on its way out.
    """
    inside = _with_block(fn, npjit.accelerate(**options))

    @functools.wraps(fn)
    def call(*args, **kwargs):
        return npjit.realize(inside(*args, **kwargs))

    return call


def assert_block_parity(fn, *args, modes=("host", "jit"), rtol=0.0, vary=None, calls=3):
    """Assert that `fn` does the same with its body in a block."""
    settings = Settings(
        Tolerance(rtol, rtol), calls=calls, modes=modes, vary=vary, accelerate=in_block
    )
    check_parity(fn, args, {}, settings)


def _with_block(fn, block):
    """`fn` with its body in a `with` statement, its globals and its closure."""
    source, first = inspect.getsourcelines(fn)
    tree = ast.parse(textwrap.dedent("".join(source)))
    ast.increment_lineno(tree, first - 1)
    definition = tree.body[0]
    definition.decorator_list = []
    definition.name = _BLOCK + "ed"  # a function that calls itself calls the plain one
    definition.body = [
        ast.With(
            [ast.withitem(ast.Name(_BLOCK, ast.Load()))],
            definition.body,
            lineno=definition.lineno,
        )
    ]
    cells = dict(zip(fn.__code__.co_freevars, fn.__closure__ or (), strict=True))
    cells[_BLOCK] = CellType(block)
    code = _code_of(definition, tuple(cells), inspect.getsourcefile(fn))
    closure = tuple(cells[name] for name in code.co_freevars)
    code = code.replace(co_name=fn.__name__, co_qualname=fn.__qualname__)
    made = FunctionType(code, fn.__globals__, fn.__name__, fn.__defaults__, closure)
    made.__kwdefaults__ = fn.__kwdefaults__
    return made


def _code_of(definition, free, filename):
    """The code of a function definition with free variables."""
    outer = ast.parse(f"def outer({', '.join(free)}): pass")
    outer.body[0].body = [definition]
    code = compile(ast.fix_missing_locations(outer), filename, "exec")
    for _ in range(2):
        code = next(c for c in code.co_consts if isinstance(c, CodeType))
    return code
