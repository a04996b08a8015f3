"""Random losses, derived again and again while the world around them changes.

Each is a module of its own, with globals, objects, containers and helper functions that
it reads. One derived function is called all the time, so that it is replayed; another
is made anew for each call, and so records it. They have to agree.

Usage: python -m tests.transforms.random_losses [--count 400] [--seed 0] [--show]
"""

import argparse
import linecache
import random
import sys
import types
import warnings

import jax
import numpy as np

import npjit

__all__ = ["agree", "written"]

WORLD = """
import types
import numpy as np

W = np.random.default_rng(0).normal(size=(5, 5)) / 2
G, N, SC = 0.7, 2, [1.3]
Z = np.ones(5)
TABLE = {"a": 1.5, "b": np.linspace(-1, 1, 5)}
STATE = types.SimpleNamespace(k=1.2, bias=np.full(5, 0.1), flag=False)


class Thing:
    def __init__(self):
        self.w, self.p = np.full(5, 0.9), 2

    def apply(self, v):
        return self.w * v**self.p


def other_apply(self, v):
    return self.w * v


def helper(v):
    return v * 0.5 + G


def other_helper(v):
    return v * 0.25 - G


THING = Thing()


def loss(x, y, places, c):
    scale = SC
    v = x * 1.0
"""

EXPRESSIONS = [
    *("x * v", "x + v", "v * y", "np.sin(v)", "np.exp(-np.abs(v))", "v @ W"),
    *("np.where(v > c, v, 0.1 * v)", "np.clip(v, -c, c)", "np.maximum(v, c)"),
    *("v * STATE.k", "v + STATE.bias", "np.tanh(v * G)", "v * scale[0]", "helper(v)"),
    *("THING.apply(v)", "v * TABLE['a'] + TABLE['b'][0]", "np.roll(v, N)", "v[::-1]"),
    *("v * np.linspace(0, 1, v.shape[-1])", "v[places % v.shape[-1]]", "v.cumsum()"),
    *(
        "np.sort(v)",
        "v - v.mean()",
        "np.concatenate([v[2:], v[:2]])",
        "v / (1 + v * v)",
    ),
    *("np.array([1.0, 2.0, 0.5, 1.5])[np.arange(v.shape[-1]) % 4] * v",),
    *("sum([v * i for i in range(N)])", "np.outer(v, v).sum(1)"),
    *("np.interp(v, np.arange(5.0), TABLE['b'])", "np.einsum('i,ij->j', v, W)"),
]
STATEMENTS = [
    "if v.sum() > c:\n    v = v * 2",
    "for i in range(N):\n    v = v + 0.1 * i",
    "v = v.copy()\nv[1:3] += y[1:3]",
    "v = v.copy()\nv[places % 5] = c",
    "v = v.copy()\nv[v > c] *= 0.5",
    "if STATE.flag:\n    v = -v",
    "while np.abs(v).max() > 3:\n    v = v / 2",
    "try:\n    v = v + Z\nexcept ValueError:\n    v = v + 1",
    "def inner(q):\n    return q * STATE.k + c\nv = inner(v)",
    "u = [v, y]\nv = u[0] + u[1]",
    "v = x if N == 2 else v",
    "t = np.zeros(v.shape)\nt[...] = v\nt += c\nv = t",
    "v = v * int((y > 0).sum())",
    "v = v * (1 + int(np.argmax(v)))",
]
RESULTS = ["(v ** 2).sum()", "v.mean()", "v @ v", "(v * y).sum() + c"]
#: What may happen between two calls.
CHANGES = [
    *("m.G = {r}", "m.N = 3 - m.N", "m.STATE.k = {r}", "m.STATE.bias[0] += {r}"),
    *("m.STATE.bias = np.ones(5) * {r}", "m.STATE.flag = not m.STATE.flag"),
    *("m.TABLE['a'] = {r}", "m.TABLE['b'] = m.TABLE['b'] * 1.1", "m.W = m.W * 1.01"),
    *("m.TABLE['b'][1] = {r}", "m.W[0, 0] = {r}", "m.THING.p = 5 - m.THING.p"),
    *("m.helper, m.other_helper = m.other_helper, m.helper", "m.THING.w[2] *= 1.1"),
    *("m.THING = m.Thing()", "m.Z = np.ones(9 - len(m.Z))", "m.SC[0] = {r}"),
    *("m.SC = [{r}]", "m.Thing.apply = m.other_apply"),
    *("x = x * -1", "x = x * {r}", "x = x[::-1]", "x = np.ascontiguousarray(x)"),
    *("y = y + 0.1", "y = -y", "places = places + 1", "places = places[:3]", "c = {r}"),
]
TRANSFORMATIONS = {
    "grad": npjit.grad,
    "value_and_grad": npjit.value_and_grad,
    "jacobian": npjit.jacobian,
    "hessian": npjit.hessian,
    "vmap": lambda fn: npjit.vmap(fn, in_axes=(0, None, None, None)),
}


def written(choose):
    """The text of a module with a loss.

    Parameters
    ----------
    choose : random.Random
    """
    lines = []
    for _ in range(choose.randint(2, 7)):
        if choose.random() < 0.35:
            lines += choose.choice(STATEMENTS).split("\n")
        else:
            lines.append(f"v = {choose.choice(EXPRESSIONS)}")
    lines.append(f"return {choose.choice(RESULTS)}")
    return WORLD + "".join(f"    {line}\n" for line in lines)


def agree(seed, n_calls=14):
    """Whether all calls of a random loss agree; else an `AssertionError` says how."""
    choose = random.Random(seed)
    text = written(choose)
    name = f"<random loss {seed}>"
    linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    m = types.ModuleType(f"random_loss_{seed}")
    exec(compile(text, name, "exec"), m.__dict__)
    kind = choose.choice([*TRANSFORMATIONS, "grad", "vmap"])
    transform = TRANSFORMATIONS[kind]
    derived = transform(m.loss)
    x, y = np.linspace(-0.9, 1.1, 5), np.array([0.3, -0.2, 0.9, 0.5, -0.7])
    if kind == "vmap":
        x = np.stack([x, 0.9 * x, -x])
    given = {"x": x, "y": y, "places": np.array([3, 1, 4, 0, 2]), "c": 0.1}
    done = []
    for i in range(n_calls):
        if i > 2 and choose.random() < 0.6:
            done.append(choose.choice(CHANGES).format(r=round(choose.random(), 3)))
            names = {"m": m, "np": np, **given}
            exec(done[-1], names)
            given = {name: names[name] for name in given}
        fresh = transform(types.FunctionType(m.loss.__code__, m.__dict__, "loss"))
        found, expected = (outcome(f, given) for f in (derived, fresh))
        difference = f"{kind}, after {done}: {found}, recorded {expected}\n{text}"
        assert is_same(found, expected), difference
    linecache.cache.pop(name)
    return True


def outcome(derived, given):
    """What a call gives or raises."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", npjit.NpjitWarning)
            return derived(*given.values())
    except (IndexError, TypeError, ValueError) as error:
        return type(error), str(error)


def is_same(found, expected):
    a, b = jax.tree.leaves(found), jax.tree.leaves(expected)
    if jax.tree.structure(found) != jax.tree.structure(expected):
        return False
    return all(map(_is_close, a, b))


def _is_close(a, b):
    if type(a) is not type(b):
        return False
    if not isinstance(a, (np.ndarray, np.generic)):
        return a == b
    return np.allclose(a, b, rtol=1e-9, atol=1e-12, equal_nan=True)


def main(arguments=None):
    parser = argparse.ArgumentParser("python -m tests.transforms.random_losses")
    parser.add_argument("--count", type=int, default=400, help="number of losses")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--show", action="store_true", help="print the first one")
    options = parser.parse_args(arguments)
    if options.show:
        print(written(random.Random(options.seed)))
        return 0
    before, n_failed = npjit.stats().replayed, 0
    for seed in range(options.seed, options.seed + options.count):
        try:
            agree(seed)
        except AssertionError as error:
            n_failed += 1
            print(f"=== seed {seed} ===\n{error}", flush=True)
    n_replayed = npjit.stats().replayed - before
    print(f"{options.count} losses, {n_replayed} calls replayed, {n_failed} differ")
    return 1 if n_failed else 0


if __name__ == "__main__":
    sys.exit(main())
