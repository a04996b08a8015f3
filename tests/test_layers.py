"""A module of npjit imports only from the layers above it, also inside functions.

The layers are those of docs/architecture.md. Nothing above `_xla` imports JAX, and no
module assigns to an attribute of a NumPy module. Imports under ``if TYPE_CHECKING:``
are for annotations only and may name any layer.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import npjit

ROOT = Path(npjit.__file__).parent

# From the top: a module may import from its own layer and from those above it.
LAYERS = [
    ["npjit._version"],
    ["npjit.errors", "npjit._typing", "npjit._config"],
    ["npjit._diagnostics", "npjit._diagnostics.events", "npjit._diagnostics.values"],
    ["npjit._graph"],
    ["npjit._chapters"],
    ["npjit._array"],
    ["npjit._convert"],
    ["npjit._effects"],
    ["npjit._host"],
    ["npjit._xla"],
    ["npjit._runtime"],
    ["npjit._transforms", "npjit.distributed"],
    [
        "npjit._diagnostics.explain",
        "npjit._diagnostics.stats",
        "npjit._diagnostics.render",
        "npjit._diagnostics.doctor",
    ],
    ["npjit._api"],
    ["npjit"],
    ["npjit._demo", "npjit._cli", "npjit.__main__", "npjit.testing"],
]
LAYER_OF = {name: depth for depth, names in enumerate(LAYERS) for name in names}
FIRST_WITH_JAX = LAYER_OF["npjit._xla"]
# The package `npjit` itself is one file; a module not named in a layer belongs to none.
EXACT = {"npjit", "npjit._diagnostics"}


def layer_of(module: str) -> int:
    """Depth of the layer a module lies in, by its longest known prefix."""
    prefix = module
    while prefix:
        if prefix in LAYER_OF and (prefix == module or prefix not in EXACT):
            return LAYER_OF[prefix]
        prefix = prefix.rpartition(".")[0]
    raise LookupError(f"{module} is in no layer: name it in tests/test_layers.py")


def imports_of(tree: ast.AST, module: str, *, is_package: bool) -> list[str]:
    """Absolute names of all that the tree imports when it runs, at any depth."""
    names = []
    for node in running_nodes(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            origin = node.module or ""
            if node.level:
                parts = module.split(".")
                parts = parts[: len(parts) - node.level + is_package]
                origin = ".".join([*parts, origin] if origin else parts)
            names += [f"{origin}.{alias.name}" for alias in node.names]
    return names


def running_nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes of the tree but those under ``if TYPE_CHECKING:``."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            for other in child.orelse:
                yield from running_nodes(other)
        else:
            yield from running_nodes(child)


def problems_of(module: str, source: str, modules: set[str]) -> list[str]:
    """What a module's imports and assignments break, one text each."""
    tree = ast.parse(source)
    depth = layer_of(module)
    problems = []
    for name in imports_of(tree, module, is_package=f"{module}.__init__" in modules):
        top = name.partition(".")[0]
        if top in ("jax", "jaxlib") and depth < FIRST_WITH_JAX:
            problems.append(f"{module} imports {name}")
        if top == "npjit":
            target = name if name in modules else name.rpartition(".")[0]
            if layer_of(target) > depth:
                problems.append(f"{module} imports {target} from a layer below")
    problems += [f"{module} assigns to {name}" for name in patches_of(tree)]
    return problems


def patches_of(tree: ast.AST) -> list[str]:
    """Attributes of NumPy modules that the tree assigns to, deletes or sets."""
    aliases = {
        alias.asname or alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
        if alias.name.partition(".")[0] == "numpy"
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            found += [ast.unparse(node)] if root_of(node) in aliases else []
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("setattr", "delattr")
            and root_of(node.args[0]) in aliases
        ):
            found.append(ast.unparse(node))
    return found


def root_of(node: ast.expr) -> str:
    """Name that a chain of attributes starts with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def modules_of_npjit() -> dict[str, Path]:
    """Path of each module by name; a package is there as itself and as __init__."""
    found = {}
    for path in sorted(ROOT.rglob("*.py")):
        parts = ("npjit", *path.relative_to(ROOT).with_suffix("").parts)
        found[".".join(parts)] = path
        if parts[-1] == "__init__":
            found[".".join(parts[:-1])] = path
    return found


MODULES = modules_of_npjit()


@pytest.mark.parametrize(
    "module", [name for name in MODULES if not name.endswith(".__init__")]
)
def test_imports_go_up(module):
    source = MODULES[module].read_text(encoding="utf-8")
    assert problems_of(module, source, set(MODULES)) == []


# module, source, part of the problem; an empty part: no problem
CHECKER_CASES = [
    ("npjit._graph.log", "from npjit import _array", "imports npjit._array"),
    ("npjit._graph.log", "import npjit._xla.rules", "imports npjit._xla.rules"),
    ("npjit._graph.log", "from .._array.view import View", "npjit._array.view"),
    ("npjit._graph.log", "from . import node", ""),
    ("npjit._graph.log", "from .. import errors", ""),
    ("npjit._graph", "from .node import Node", ""),
    ("npjit._graph", "from .._host import replay", "npjit._host"),
    ("npjit._graph.log", "def f():\n    import jax.numpy", "imports jax.numpy"),
    ("npjit._graph.log", "def f():\n    from npjit import accelerate", "imports npjit"),
    ("npjit._graph.log", "from npjit._diagnostics.events import emit", ""),
    ("npjit._graph.log", "from npjit._diagnostics import events", ""),
    ("npjit._graph.log", "from npjit._diagnostics import stats", "stats"),
    ("npjit._graph.log", "from npjit.errors import Reason", ""),
    ("npjit.errors", "from npjit._graph.node import Node", "imports npjit._graph"),
    ("npjit._graph.log", "if TYPE_CHECKING:\n    from npjit import _array", ""),
    ("npjit._graph.log", "if True:\n    from npjit import _array", "_array"),
    (
        "npjit._graph.log",
        "if TYPE_CHECKING:\n    pass\nelse:\n    from npjit import _array",
        "_array",
    ),
    ("npjit._xla.rules.ufuncs", "import jax\nfrom npjit._graph import node", ""),
    ("npjit._api", "import numpy as np\nnp.add = 1", "assigns to np.add"),
    ("npjit._api", "import numpy\nnumpy.linalg.x = 1", "assigns to numpy.linalg.x"),
    ("npjit._api", "import numpy as np\nsetattr(np, 'a', 1)", "assigns to setattr"),
    ("npjit._api", "import numpy as np\ndel np.add", "assigns to np.add"),
    ("npjit._api", "import numpy as np\nx = np.add\nx.y = 1", ""),
]


@pytest.mark.parametrize(("module", "source", "problem"), CHECKER_CASES)
def test_the_checker_itself(module, source, problem):
    names = ["_graph", "_graph.__init__", "_graph.node", "_graph.log", "_array"]
    names += ["_array.view", "_host", "_host.replay", "_xla.rules", "errors"]
    names += ["_diagnostics", "_diagnostics.events", "_diagnostics.stats"]
    modules = {"npjit", *(f"npjit.{name}" for name in names)}
    found = problems_of(module, source, modules)
    assert bool(found) == bool(problem)
    assert all(problem in text for text in found)


def test_a_module_without_a_layer_is_an_error():
    with pytest.raises(LookupError, match=r"npjit\._unknown\.file is in no layer"):
        layer_of("npjit._unknown.file")
