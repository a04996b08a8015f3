"""The Python examples of the pages in docs/ and of the README run as they stand."""

import linecache
import re
from pathlib import Path

import numpy as np
import pytest

import npjit

ROOT = Path(__file__).parents[1]
_BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
#: Pages whose blocks run one after the other in one namespace.
PAGES = sorted(p for p in ROOT.glob("docs/*.md") if _BLOCK.search(p.read_text()))


def run_block(page, block, namespace):
    text = "\n" * page.read_text()[: block.start(1)].count("\n") + block[1]
    filename = f"<{page.name}, line {text.count(chr(10))}>"
    linecache.cache[filename] = len(text), None, text.splitlines(True), filename
    exec(compile(text, filename, "exec", dont_inherit=True), namespace)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_examples_run(page):
    namespace = {"__name__": page.stem, "np": np, "npjit": npjit}
    for block in _BLOCK.finditer(page.read_text()):
        run_block(page, block, namespace)
    for name, value in list(namespace.items()):
        if name.startswith("test_"):
            value()


def test_each_exception_names_its_test():
    text = (ROOT / "docs" / "exactness.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", text))
    files = set(re.findall(r"`(?:tests/exact/)?(test_\w+)\.py`", text))
    tests = "\n".join(p.read_text() for p in ROOT.glob("tests/**/test_*.py"))
    assert not {name for name in named if f"def {name}(" not in tests}
    assert files == {p.stem for p in ROOT.glob("tests/exact/test_*.py")} - {
        "test_programs"
    }
