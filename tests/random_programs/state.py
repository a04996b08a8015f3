"""State that random programs read, and what changes it between two calls.

Importing this module adds to the vocabulary of `statements`: globals, tables, closures,
defaults, attributes and a generator of the module. `change_of` writes the function that
the driver calls between two calls of the program.
"""

from tests.random_programs import expressions as ex
from tests.random_programs import statements as st
from tests.random_programs.writer import Writer

#: What is done to it between two calls; small numbers, so that sums stay exact.
_CHANGES = {
    "RATE": [
        "RATE = [3.0, 2, True, -0.0, 0.5][step % 5]",
        "RATE = -RATE",
        "RATE = np.float32(step) if step % 2 else np.arange(1.0) + step",
    ],
    "SCALES": ["SCALES.append(step)", "SCALES[0] = step", "SCALES = SCALES[::-1]"],
    "CONFIG": [
        "CONFIG['k'] = step",
        "CONFIG['w'][0] = step",
        "CONFIG['w'] = CONFIG['w'][::-1]",
        "CONFIG['on'] = not CONFIG['on']",
        "CONFIG['axes'] = CONFIG['axes'][::-1]",
        "CONFIG = {**CONFIG, 'k': -1}",
    ],
    "scaled": [
        "scaled = make_scaled(step)",
        "scaled.__closure__[0].cell_contents = step + 1",
        "scaled.__defaults__ = (step,)",
    ],
    "weighted": [
        "weighted.__defaults__[0][0] = step",
        "weighted.__kwdefaults__['k'] = step",
        "weighted.__defaults__ = (np.arange(2.0, 4.0),)",
    ],
    "SETTINGS": [
        "SETTINGS.k = step - 1.0",
        "SETTINGS.w[0] = step",
        "SETTINGS.w = SETTINGS.w * 2",
        "SETTINGS.steps.append(step)",
        "Settings.limit = step",
        "Settings.apply = lambda self, x: x - self.k",
        "SETTINGS.order = 'F'",
        "SETTINGS = Settings()",
    ],
    "DRAWS": ["DRAWS.random(step)", "DRAWS = np.random.default_rng(step)"],
    "G0": ["G0[:1] = step", "G0 = G0[::-1]"],
    "G1": ["G1 = np.arange(3.0) + step", "G1[:1] = step"],
}


def change_of(w: Writer) -> str:
    """The function `change(step)`: two changes of what the program uses."""
    names = [*w.used_state, "G0", "G1"]
    chosen = [w.choices.pick(names) for _ in range(2)]
    lines = [w.choices.pick(_CHANGES[name]) for name in chosen]
    bound = ", ".join(dict.fromkeys(n for n in chosen if n in _CHANGES))
    body = "\n    ".join([f"global {bound}", *dict.fromkeys(lines)])
    return f"def change(step):\n    {body}\n"


def _use(w: Writer, text: str) -> bool:
    """Append a statement, and the state that it names."""
    if not w.emit(text):
        return False
    w.state_in(text)
    return True


@st.statement(5)
def read_state(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and len(x) and ex.is_real(x))
    forms = ["{a} * RATE", "{a} + SCALES[-1]", "[{a} * s for s in SCALES]"]
    forms += ["{a} * CONFIG['k']", "{a}[0] + CONFIG['w']", "CONFIG['w'] * RATE"]
    forms += ["scaled({a})", "scaled({a}, by=RATE)", "weighted({a})", "SETTINGS.w * 2"]
    forms += ["weighted({a}, k=len(SCALES))", "{a} - SETTINGS.k", "SETTINGS.apply({a})"]
    forms += ["{a} * SETTINGS.rate", "{a} > SETTINGS.limit", "SETTINGS.w[:2]", "SCALES"]
    forms += ["functools.partial(scaled, by=2)({a})", "CONFIG.get('z', {a}) * 2"]
    forms += ["np.ravel({a}, order=SETTINGS.order)", "(lambda x: x * RATE)({a})"]
    text = w.choices.pick(forms).format(a=a)
    return bool(a) and _use(w, f"{w.target()} = {text}")


@st.statement(2)
def draw_numbers(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and x.dtype.kind == "f")
    forms = ["DRAWS.integers(0, 5, 3)", "rng.integers(-2, 3, {a}.shape) + {a}"]
    forms += ["DRAWS.permutation(4)", "{a} * DRAWS.integers(1, 3)"]
    forms += ["DRAWS.integers(0, 2, 4).astype(bool)", "rng.choice([1.0, 2.0], 2)"]
    forms += ["np.floor(DRAWS.random({a}.shape) * 4)"]
    text = w.choices.pick(forms).format(a=a)
    return bool(a) and _use(w, f"{w.target()} = {text}")


@st.statement(2)
def branch_on_state(w: Writer) -> bool:
    a = w.array(lambda x: st.writeable(x) and ex.is_real(x) and x.size)
    tests = ["RATE > 1", "CONFIG['on']", "len(SCALES) > 3", "SETTINGS.k > 1"]
    tests += ["{a}.max() > SETTINGS.limit", "{a}.ravel()[0] >= CONFIG['k']"]
    tests += ["DRAWS.random() < 0.5", "'z' in CONFIG", "2 in SCALES"]
    test = w.choices.pick(tests).format(a=a)
    lines = [f"if {test}:", f"    {a} += 1", "else:", f"    {a}[...] = -{a}"]
    return bool(a) and _use(w, "\n".join(lines))


@st.statement(2)
def write_state(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and x.size and x.dtype.kind == "f")
    forms = ["SETTINGS.w[:1] = {a}.ravel()[:1]", "CONFIG['w'][0] += 1"]
    forms += ["SETTINGS.w = SETTINGS.w + 1", "CONFIG['k'] = 1", "SCALES.append(1)"]
    forms += ["SETTINGS.k = 3 - SETTINGS.k", "SETTINGS.last = {a}"]
    text = w.choices.pick(forms).format(a=a)
    return bool(a) and not w.is_calm and _use(w, text)
