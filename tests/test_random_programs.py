"""Random programs do the same under NumPy and npjit; and the test itself can fail."""

import functools
import re
import types

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import npjit
from npjit.testing import ParityError
from tests.conftest import examples
from tests.random_programs import __main__ as command_line
from tests.random_programs.check import check_program
from tests.random_programs.choices import Choices, from_seed
from tests.random_programs.library import MODULE_STATE
from tests.random_programs.program import Program, draw_program
from tests.random_programs.reduce import reduced
from tests.random_programs.values import DTYPES

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


@st.composite
def programs(draw, *, exact):
    choices = Choices(lambda low, high: draw(st.integers(low, high)))
    return draw_program(choices, exact=exact)


@settings(max_examples=examples(default=150, long=20_000), suppress_health_check=SLOW)
@given(programs(exact=False))
def test_mode_host(program):
    check_program(program, "host", npjit.accelerate)


@settings(max_examples=examples(default=15, long=1_000), suppress_health_check=SLOW)
@given(programs(exact=True))
def test_mode_jit(program):
    check_program(program, "jit", npjit.accelerate)


@settings(max_examples=examples(default=15, long=1_000), suppress_health_check=SLOW)
@given(programs(exact=True))
def test_mode_auto(program):
    check_program(program, "auto", npjit.accelerate)


@settings(max_examples=examples(default=10, long=1_000), suppress_health_check=SLOW)
@given(programs(exact=False))
def test_mode_check(program):
    """A `ParityWarning` is a difference."""
    check_program(program, "check", npjit.accelerate)


# -- the test itself -----------------------------------------------------------------


def unchanged(fn, **options):
    return fn


@pytest.mark.parametrize("exact", [False, True])
def test_programs_do_the_same_twice(exact):
    for seed in range(40):
        program = draw_program(from_seed(seed), exact=exact)
        check_program(program, "host", unchanged)


def test_most_programs_run_through():
    programs = [draw_program(from_seed(seed), exact=False) for seed in range(60)]
    raised = [check_program(p, "host", unchanged) for p in programs]
    clean = sum(not any(names) for names in raised)
    assert 0.7 * len(raised) <= clean < len(raised)


VOCABULARY = (
    *(r"with block\(\):", r"ONLY_BLOCKS", r"@host", r"[= ]Model", r"LinAlgError"),
    *(r"np\.linalg\.", r"np\.fft\.", r"np\.(median|quantile|percentile|average|cov)"),
    *(r"np\.(unique|searchsorted|argsort)", r"np\.(take|choose|select|compress)"),
    *(r"\.(at|reduceat|accumulate|outer)\(", r"np\.where", r"> 0\] [+*]="),
    *(r"np\.(pad|tile|repeat|rot90)", r"np\.(interp|convolve|gradient|poly)"),
    *(r"(scipy|json|pickle)\.\w+", r"= (call_back|keep|overwrite)\(", r"np\.nan\w+"),
    *(f"['.]{dtype}" for dtype in DTYPES),
    *(r" / ", r" // ", r" % ", r" \*\* ", r" << ", r"divmod\(", r"casting='"),
    *(r"\.astype\(", r"order='[CFAK]'", r"dtype=np\.", r'"(broadcast|read-only)"'),
    *(r"np\.errstate\(", r"np\.seterr\(", r"'raise'", r"'call'", r"'log'"),
    *(r"catch_warnings\(record=True\)", r"simplefilter\('error'\)", r"warnings\.warn"),
    *(r"finally:", r"raise ValueError", r"except \(ArithmeticError, L.*Warning\)"),
    *(rf"= .*\b{name}\b" for name in MODULE_STATE),
    *(r"if RATE > 1:", r"DRAWS\.random", r"SETTINGS\.apply\(", r"def change\(step"),
)


@pytest.mark.parametrize("exact", [False, True])
def test_programs_use_the_vocabulary(exact):
    texts = [str(draw_program(from_seed(i), exact=exact)) for i in range(400)]
    used = "".join(text[text.index("KEPT = ") :] for text in texts)
    assert [words for words in VOCABULARY if not re.search(words, used)] == []


def test_one_seed_is_one_program():
    texts = [str(draw_program(from_seed(7), exact=True)) for _ in range(2)]
    assert texts[0] == texts[1]


def forgets_a_write(fn, **options):
    @functools.wraps(fn)
    def call(a, b, *rest):
        return fn(np.array(a), b, *rest)

    return call


def copies_results(fn, **options):
    @functools.wraps(fn)
    def call(*args):
        result = fn(*args)
        values = result.values() if isinstance(result, dict) else result
        copies = [x.copy() if isinstance(x, np.ndarray) else x for x in values]
        return (
            dict(zip(result, copies, strict=True))
            if isinstance(result, dict)
            else tuple(copies)
        )

    return call


def reads_state_once(fn, **options):
    """A function with the globals it had when it was first called."""
    bound = []

    @functools.wraps(fn)
    def call(*args):
        if not bound:
            known = dict(fn.__globals__)
            bound.append(types.FunctionType(fn.__code__, known, fn.__name__))
        return bound[0](*args)

    return call


def runs_twice(fn, **options):
    @functools.wraps(fn)
    def call(*args):
        fn(*args)
        return fn(*args)

    return call


@pytest.mark.parametrize(
    "broken", [forgets_a_write, copies_results, reads_state_once, runs_twice]
)
def test_broken_accelerators_are_found(broken):
    found = 0
    for seed in range(150):
        try:
            check_program(draw_program(from_seed(seed), exact=False), "host", broken)
        except ParityError:
            found += 1
    assert found > 4


def test_buffers_after_an_exception_are_compared():
    text = (
        "import numpy as np\n"
        "G0 = G1 = np.zeros(2)\n"
        "def inputs(seed):\n"
        "    return np.ones(3), 0, 0, 0, 0, 0, 0, 0\n"
        "def program(a, b, c, o, items, table, k, rng):\n"
        "    a += 1\n"
        "    a[7] = 1\n"
    )
    assert check_program(Program(text, ""), "host", unchanged) == ["IndexError"] * 3
    with pytest.raises(ParityError, match="argument 'a'"):
        check_program(Program(text, ""), "host", forgets_a_write)


def test_blocks_are_npjits():
    text = (
        "from contextlib import nullcontext as block\n"
        "ONLY_BLOCKS = True\n"
        "def inputs(seed):\n"
        "    return (0,) * 8\n"
        "def program(a, b, c, o, items, table, k, rng):\n"
        "    with block() as entered:\n"
        "        pass\n"
        "    return type(entered).__name__\n"
    )
    check_program(Program(text, ""), "host", unchanged)
    with pytest.raises(ParityError, match="Accelerator"):
        check_program(Program(text, ""), "host", npjit.accelerate)


MANY_LINES = 130


def test_a_failing_program_is_made_short():
    def check(program):
        check_program(program, "host", forgets_a_write)

    program = first_failing_program(check)
    shorter = reduced(program, check)
    assert shorter.text.count("\n") < program.text.count("\n") / 2
    with pytest.raises(ParityError):
        check(shorter)


def first_failing_program(check):
    for seed in range(500):
        program = draw_program(from_seed(seed), exact=False)
        if program.text.count("\n") > MANY_LINES:  # each line is tried
            continue
        try:
            check(program)
        except ParityError:
            return program
    raise AssertionError("no program fails")


def test_command_line(monkeypatch, capsys):
    monkeypatch.setattr(npjit, "accelerate", unchanged)
    assert command_line.main(["--count", "5"]) == 0
    assert "5 programs" in capsys.readouterr().out
    monkeypatch.setattr(npjit, "accelerate", forgets_a_write)
    assert command_line.main(["--count", "60", "--max-failures", "1"]) == 1
    assert "=== seed" in capsys.readouterr().out
    assert command_line.main(["--show"]) == 0
    assert "def program(" in capsys.readouterr().out
