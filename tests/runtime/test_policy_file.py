"""The file of choices: found again, never trusted blindly, written in one step."""

import json

import numpy as np
import pytest

import npjit
from npjit._diagnostics import events
from npjit._runtime import clock
from npjit._runtime import policy_file as module
from npjit._runtime.policy_file import Kept, PolicyFile, key_of

XLA = Kept("accelerated", 2e6, 1e6)
NUMPY = Kept("numpy", 5e3, None)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "choices.json"


def written(path, **choices):
    file = PolicyFile(path)
    for key, choice in choices.items():
        file.note(key, choice)
    file.save()


def test_choices_are_found_again(path):
    written(path, a=XLA, b=NUMPY)
    file = PolicyFile(path)
    assert (file.find("a"), file.find("b"), file.find("c")) == (XLA, NUMPY, None)


def test_nothing_is_written_without_a_choice(path):
    PolicyFile(path).save()
    assert not path.exists()


def test_what_others_wrote_meanwhile_stays(path):
    first, second = PolicyFile(path), PolicyFile(path)
    first.note("a", XLA)
    second.note("b", NUMPY)
    first.save()
    second.save()
    file = PolicyFile(path)
    assert (file.find("a"), file.find("b")) == (XLA, NUMPY)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "3",
        '{"made_by": {}}',
        '{"choices": {}}',
        '{"made_by": null, "choices": {"a": {"engine": "accelerated"}}}',
    ],
)
def test_a_broken_file_is_ignored_told_and_replaced(path, text):
    path.write_text(text)
    with events.capture() as captured:
        file = PolicyFile(path)
    assert file.find("a") is None
    (event,) = captured
    assert (event.name, event.operation) == ("choice", "policy file")
    assert "is ignored" in event.detail
    file.note("a", XLA)
    file.save()
    assert PolicyFile(path).find("a") == XLA


@pytest.mark.parametrize(
    "choice",
    [
        {"engine": "gpu", "plain_ns": 1, "accelerated_ns": 1},
        {"engine": "numpy", "plain_ns": "1", "accelerated_ns": 1},
        {"engine": "numpy"},
        3,
    ],
)
def test_a_choice_that_makes_no_sense_breaks_the_file(path, choice):
    written(path, a=XLA)
    found = json.loads(path.read_text())
    found["choices"]["a"] = choice
    path.write_text(json.dumps(found))
    with events.capture() as captured:
        assert PolicyFile(path).find("a") is None
    assert "is ignored" in captured[0].detail


@pytest.mark.parametrize(
    "what", ["npjit", "numpy", "jax", "python", "machine", "format"]
)
def test_choices_of_other_versions_are_not_used(path, what):
    written(path, a=XLA)
    found = json.loads(path.read_text())
    found["made_by"][what] = "other"
    path.write_text(json.dumps(found))
    assert PolicyFile(path).find("a") is None


def test_it_is_written_now_and_then(path, monkeypatch):
    now = [0]
    monkeypatch.setattr(clock, "now_ns", lambda: now[0])
    file = PolicyFile(path)
    file.note("a", XLA)
    assert not path.exists()
    now[0] += 61_000_000_000
    file.note("b", XLA)
    assert path.exists()


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    with events.capture() as captured:
        written(tmp_path / "nowhere" / "choices.json", a=XLA)
    assert "was not written" in captured[-1].detail


def make(text):
    names = {}
    exec(text, names)
    return names["f"]


def test_keys_tell_code_and_signature_apart():
    keys = {
        key_of(make(text), signature)
        for text in (
            "def f(x): return x + 1",
            "def f(x): return x + 2",
            "def f(x): return x - 1",
            "def f(x): return [y in {1, 2} for y in x]",
            "def f(x): return [y in {1, 3} for y in x]",
        )
        for signature in ((("float64",), ()), (("float32",), ()))
    }
    assert len(keys) == 10
    again = key_of(
        make("def f(x): return [y in {1, 2} for y in x]"), (("float64",), ())
    )
    assert again in keys
    assert key_of(np.sin, ())
    module._made_by.cache_clear()
    assert "numpy" in module._made_by()


def test_a_function_follows_its_file(path):
    def f(x):
        return x * 3

    x = np.ones(100)
    signature = (((x.dtype, x.shape),), ())
    for kept, ran in ((NUMPY, set()), (XLA, {"xla"})):
        path.unlink(missing_ok=True)
        written(path, **{key_of(f, signature): kept})
        module.policy_file.cache_clear()
        fast = npjit.accelerate(f, policy_file=str(path), deterministic=True)
        with events.capture() as captured:
            for _ in range(3):
                assert fast(x).tolist() == [3.0] * 100
        assert {e.operation for e in captured if e.name == "engine"} == ran
        assert fast.choices()[0].engine == kept.engine


def test_a_choice_that_was_measured_is_kept(path):
    fast = npjit.accelerate(lambda x: x + 1, policy_file=str(path), warm_up_seconds=1e6)
    for _ in range(20):
        fast(np.ones(3))
    module.policy_file(str(path)).save()
    (choice,) = json.loads(path.read_text())["choices"].values()
    assert choice["engine"] == "numpy"
