"""The table of options: reading, checking, replacing, and its page in the docs."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from npjit._config import MODES, Options, option_table

PAGE = Path(__file__).parents[1] / "docs" / "options.md"

# environment variable, text, option, value
GOOD = [
    ("NPJIT_MODE", "jit", "mode", "jit"),
    ("NPJIT_MODE", " host ", "mode", "host"),
    ("NPJIT_STRICT", "1", "strict", True),
    ("NPJIT_STRICT", "Breaks", "strict", "breaks"),
    ("NPJIT_STRICT", "off", "strict", False),
    ("NPJIT_STRICT", "", "strict", False),
    ("NPJIT_EXACT", "no", "exact", False),
    ("NPJIT_EXACT", " Subnormal", "exact", "subnormal"),
    ("NPJIT_DISABLE", "1", "disable", True),
    ("NPJIT_MAX_VERSIONS", "3", "max_versions", 3),
    ("NPJIT_MAX_CACHE_BYTES", "64MiB", "max_cache_bytes", 64 * 2**20),
    ("NPJIT_MAX_CACHE_BYTES", "1000", "max_cache_bytes", 1000),
    ("NPJIT_MAX_PENDING_BYTES", "2 GiB", "max_pending_bytes", 2**31),
    ("NPJIT_PURE", "None", "pure", None),
    ("NPJIT_PURE", "0", "pure", False),
    ("NPJIT_RESULTS", "owned", "results", "owned"),
    ("NPJIT_WARM_UP_SECONDS", "0.25", "warm_up_seconds", 0.25),
    ("NPJIT_POLICY_FILE", "choices.json", "policy_file", "choices.json"),
    ("NPJIT_CONVERT_SKIP", "a.b, c,", "convert_skip", ("a.b", "c")),
]
BAD_TEXT = [
    ("NPJIT_MODE", "fast"),
    ("NPJIT_STRICT", "maybe"),
    ("NPJIT_MAX_OPS", "0"),
    ("NPJIT_MAX_OPS", "many"),
    ("NPJIT_MAX_CACHE_BYTES", "5 parsecs"),
    ("NPJIT_PURE", "perhaps"),
    ("NPJIT_RESULTS", "borrowed"),
    ("NPJIT_WARM_UP_SECONDS", "-1"),
    ("NPJIT_WARM_UP_SECONDS", "inf"),
]
BAD_VALUE = [
    ("mode", "fast"),
    ("mode", None),
    ("strict", 1),
    ("strict", "fallbacks"),
    ("exact", 0),
    ("exact", "subnormals"),
    ("max_ops", True),
    ("max_ops", 0),
    ("max_versions", 2.0),
    ("pure", "yes"),
    ("results", True),
    ("warm_up_seconds", True),
    ("policy_file", None),
    ("convert_skip", "numpy"),
    ("convert_skip", ["numpy"]),
]


def test_defaults_are_those_of_an_empty_environment():
    assert Options.from_environment({}) == Options()


@pytest.mark.parametrize(("env", "text", "name", "value"), GOOD)
def test_environment_variable_is_read(env, text, name, value):
    options = Options.from_environment({env: text})
    assert getattr(options, name) == value
    assert options == Options(**{name: value})


@pytest.mark.parametrize(("env", "text"), BAD_TEXT)
def test_bad_environment_variable_is_named_with_what_is_allowed(env, text):
    (option,) = [option for option in option_table() if option.env == env]
    with pytest.raises(ValueError, match=f"{env}={text!r}") as caught:
        Options.from_environment({env: text})
    assert option.kind.allowed in str(caught.value)


def test_the_process_environment_is_the_default(monkeypatch):
    monkeypatch.setenv("NPJIT_MAX_OPS", "77")
    assert Options.from_environment().max_ops == 77


@pytest.mark.parametrize(("name", "value"), BAD_VALUE)
def test_bad_value_is_refused_with_what_is_allowed(name, value):
    (option,) = [option for option in option_table() if option.name == name]
    with pytest.raises(ValueError, match=name) as caught:
        Options().replace(**{name: value})
    assert option.kind.allowed in str(caught.value)


def test_replace_leaves_the_original_alone():
    options = Options()
    other = options.replace(mode="host", strict="breaks")
    assert (other.mode, other.strict) == ("host", "breaks")
    assert options == Options()
    assert other.replace(mode="auto", strict=False) == options


def test_unknown_option_names_the_nearest():
    with pytest.raises(TypeError, match=r"'max_version'.*'max_versions'"):
        Options().replace(max_version=3)


def test_unknown_option_unlike_any_lists_all():
    with pytest.raises(TypeError, match="known: mode, strict"):
        Options().replace(qqq=3)


def test_options_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Options().mode = "jit"


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_is_allowed(mode):
    assert Options(mode=mode).mode == mode


@pytest.mark.parametrize("option", option_table(), ids=lambda option: option.name)
def test_documentation_has_the_row_of_the_option(option):
    rows = [row for row in PAGE.read_text().splitlines() if "| `NPJIT_" in row]
    (row,) = [row for row in rows if row.startswith(f"| `{option.name}` |")]
    for text in [f"`{option.env}`", f"`{option.default!r}`", option.help]:
        assert text in row
    assert option.kind.allowed in row


def test_documentation_has_no_row_of_an_unknown_option():
    rows = [row for row in PAGE.read_text().splitlines() if "| `NPJIT_" in row]
    assert len(rows) == len(option_table())
