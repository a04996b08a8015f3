"""Statements of random programs that call foreign code, or are called by it.

Functions that are kept on the host, the standard library, SciPy; and writes through
the operations of other chapters. Importing this module adds them to the vocabulary.
"""

import numpy as np

from tests.random_programs import expressions as ex
from tests.random_programs import statements as st
from tests.random_programs.writer import Writer


@st.statement(6)
def call_host_function(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and len(x) and ex.is_real(x))
    if not a:
        return False
    forms = ["host_sum({a})", "overwrite({a})", "keep({a})", "keep({a}[::-1])"]
    forms += ["change_kept()", "recall()", "call_back(lambda q: q * 2, {a})"] * 2
    forms += ["call_back(add_to, {a})", "call_back(smooth, {a})", "rebind({a})"]
    forms += ["call_back(functools.partial(np.add, {a}), {s})", "host_view({a})"]
    forms += ["call_back(lambda q: {a}.max() + q, {b})", "host_sum(items[0])"]
    forms += ["call_back(o.step, {s})", "touch_object(o)", "list(host_rows({a}))"]
    forms += ["host_sum({a}[{a} > 0])", "call_back(host_sum, {a})", "keep([{a}, 1])"]
    if not (w.sums_exactly(a) and st.writeable(w.look(a))):
        forms = [form for form in forms if "smooth" not in form]
    text = w.choices.pick(forms)
    w.helpers_in(text)
    text = text.format(a=a, b=w.like(a), s=w.scalar(w.look(a).dtype))
    return w.emit(f"{w.target()} = {text}")


@st.statement(5)
def call_library(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim and x.size and x.dtype.kind in "iuf")
    if not a:
        return False
    b = w.like(a)
    text = w.choices.pick(_LIBRARY).format(a=a, b=b, s=w.scalar())
    if "fsum" in text and not np.isfinite(w.look(a)).all():
        return False
    w.helpers_in(text)
    return w.emit(f"{w.target()} = {text}")


_LIBRARY = (
    "operator.itemgetter(0)({a})",
    "operator.add({a}, {b})",
    "operator.iadd({a}[:1], 1)",
    "operator.attrgetter('T')({a})",
    "operator.methodcaller('max')({a})",
    "json.dumps({a}.tolist())",
    "json.loads(json.dumps({a}.astype(np.float64).tolist()))",
    "pickle.loads(pickle.dumps({a}))",
    "pickle.loads(pickle.dumps(({a}, {a}.T, {{'x': {a}}})))",
    "copy.copy({a})",
    "copy.deepcopy([{a}, {a}])",
    "copy.deepcopy(o).u",
    "copy.deepcopy({{'x': {a}, 'y': items}})",
    "sorted({a}.ravel(), key=lambda v: -v)[:2]",
    "sorted(items, key=lambda x: x.size)",
    "sorted([{a}, {b}], key=np.size)",
    "max(items, key=len)",
    "list(map(lambda x, y: x + y, {a}, {a}[::-1]))",
    "list(filter(lambda x: np.any(x > 0), {a}))",
    "list(itertools.accumulate({a}, operator.sub))",
    "list(itertools.chain({a}, [{s}]))",
    "list(itertools.islice({a}, 2))",
    "[list(g) for _, g in itertools.groupby({a}.ravel(), key=lambda v: v > 0)]",
    "functools.reduce(lambda x, y: x * y, {a})",
    "functools.partial(np.where, {a} > 0)({a}, {s})",
    "math.sqrt(abs({a}.ravel()[0]))",
    "math.fsum({a}.ravel())",
    "math.floor(np.abs({a}.ravel()[0]))",
    "{a}.tobytes()",
    "np.frombuffer({a}.tobytes(), {a}.dtype)",
    "bytes(memoryview(np.ascontiguousarray({a})))[:4]",
    "array.array('d', {a}.ravel())",
    "collections.deque({a}, maxlen=2)",
    "collections.Counter({a}.ravel().tolist()).most_common(1)",
    "collections.OrderedDict(x={a}, y=1)",
    "struct.pack('<d', {a}.ravel()[0])",
    "statistics.median({a}.ravel().tolist())",
    "decimal.Decimal(str({a}.ravel()[0]))",
    "fractions.Fraction(int(np.sign({a}.ravel()[0])), 3)",
    "heapq.nsmallest(2, {a}.ravel())",
    "bisect.bisect(np.sort({a}.ravel()), 1)",
    "'{{}} {{:.2f}}'.format({a}.shape, {a}.ravel()[0])",
    "' '.join(map(str, {a}.ravel()))",
    "'%s %d' % ({a}.ndim, len({a}))",
    "np.vectorize(lambda v: v if v > 0 else -v)({a})",
    "np.fromiter((v for v in {a}.ravel()), np.float64)",
    "[float(v) for v in np.nditer({a})]",
    "[{a}[i] for i in np.ndindex({a}.shape)][-1]",
    "list({a}.flat)[:2]",
    "np.apply_along_axis(np.max, -1, {a})",
    "np.array2string({a}, precision=2)",
    "np.savetxt(buffer := io.StringIO(), {a}.reshape(-1, 1)) or buffer.getvalue()",
    "in_thread(lambda: {a} + 1)",
    "in_thread(lambda: {a}.max())",
    "np.ma.masked_less({a}, 0).filled(5)",
    "np.poly1d({a}.ravel()[:2])(2)",
    "scipy.special.expit({a}) > 0.5",
    "scipy.ndimage.maximum_filter({a}, 2)",
    "scipy.ndimage.shift({a}, 1, order=0)",
    "scipy.linalg.toeplitz({a}.ravel()[:3])",
    "scipy.optimize.brentq(lambda t: t - 1 + 0 * len({a}), 0, 3)",
    "[*zip(*{a}.reshape(-1, 1))][0]",
    "{a}.__array_interface__['shape']",
    "{a}.ctypes.shape[0]",
    "hash({a}.tobytes()) == hash({a}.copy().tobytes())",
    "vars(o)['u']",
    "getattr(o, 'u')",
    "setattr(o, 'extra', {a}) or o.extra",
    "o.__dict__.get('u')",
    "locals().get('notes')",
)


@st.statement(6)
def store_by_chapter(w: Writer) -> bool:
    """Writes through the operations of other chapters."""
    a = w.array(lambda x: st.writeable(x) and x.ndim and x.size and ex.is_real(x))
    if not a:
        return False
    s, b = w.scalar(w.look(a).dtype), w.like(a, casting=True)
    forms = ["np.place({a}, {a} > 1, [1, 2])", "np.put({a}, [0, -1], [3, 4])"]
    forms += ["np.put({a}, [99], 1, mode='wrap')", "np.copyto({a}, {b}, where={a} > 0)"]
    forms += ["np.putmask({a}, {a} > 0, [1, 2, 3])", "np.maximum.at({a}, [0, -1], 2)"]
    forms += [
        "np.add.at({a}, [0, 0, -1], {s})",
        "np.subtract.at({a}, np.array([0, 0]), 1)",
    ]
    forms += ["np.negative.at({a}, [0])", "np.multiply.at({a}, ([0, 0],), 2)"]
    forms += [
        "{a}[{a} > 0] += {s}",
        "{a}[{a} < 0] *= 2",
        "{a}[{a} > 0] = {a}[{a} > 0] + 1",
    ]
    forms += ["{a}[np.where({a} > 1)] = {s}", "{a}[np.nonzero({a})] -= 1"]
    forms += ["{a}[[0, -1]] = {a}[[-1, 0]]", "{a}[np.arange(1)] += {s}"]
    forms += ["np.put_along_axis({a}, np.argmax({a}, -1, keepdims=True), 0, -1)"]
    forms += [
        "np.nan_to_num({a}, copy=False)",
        "{a}.partition(0)",
        "{a}.byteswap().sum()",
    ]
    forms += ["np.clip({a}, -2, 2, out={a})", "np.minimum({a}, 3, {a})"]
    forms += ["{a}[...], notes[:] = {s}, [1]", "{a}.put([0], {s})"]
    forms += ["{a}[{a} > 0], w = {s}, 1", "{a}[::2] *= {a}[0:1]"]
    if w.look(a).ndim == 2:
        forms += ["np.fill_diagonal({a}, {s})", "{a}[np.ix_([0, -1], [0])] += 1"] * 2
        forms += ["{a}[[0, -1], [-1, 0]] = {s}", "{a}[:, {a}[0] > 0] = {s}"]
        forms += ["{a}[np.diag_indices(2)] = 0", "{a}[{a}[:, 0] > 0, 0] += 1"]
        forms += ["{a}[np.tril_indices(2)] = {s}", "{a}[0], {a}[-1] = {a}[-1], {a}[0]"]
    return w.emit(w.choices.pick(forms).format(a=a, b=b, s=s))


@st.statement(3)
def use_model(w: Writer) -> bool:
    """A class that inherits, with properties, a context manager, `__call__`."""
    a = w.array(lambda x: x.ndim == 1 and x.size and x.dtype.kind == "f")
    if not a:
        return False
    w.helpers_in("Model")
    v = w.target()
    forms = ["{v} = Model({a}).step({s})", "{v} = Model.at_rest({a})({s})"]
    forms += ["{v} = Model({a})\n{v}.field = {s}\n{v} = {v}.field"]
    forms += ["{v} = Model({a})\nwith {v}.scaled(2) as n0:\n    n0 += 1\n{v} = {v}.u"]
    forms += ["{v} = [*Model({a})]", "{v} = ({a2} @ Model({a})), Model.count"]
    forms += ["{v} = Model({a}) + {s}", "{v} = -Model({a})", "{v} = {s} in Model({a})"]
    forms += ["{v} = Model({a}).run(lambda u: u * {s})", "{v} = len(Model({a}))"]
    forms += ["Model.shared = {a}\n{v} = Model({a}).step({s})"]
    text = w.choices.pick(forms)
    a2 = f"np.eye({w.look(a).size})" if w.sums_exactly(a) else "2"
    return w.emit(text.format(a=a, v=v, s=w.scalar(), a2=a2))


@st.statement(3, st.COMPOUND)
def attempt_linear_algebra(w: Writer) -> bool:
    a = w.array(lambda x: x.ndim == 1 and x.size and x.dtype == np.float64)
    if not a:
        return False
    wrong = [
        "np.linalg.inv(np.outer({a}, np.zeros({n})))",
        "np.linalg.inv(np.ones((2, 3)))",
    ]
    wrong += ["np.linalg.solve(np.zeros(({n}, {n})), {a})", "np.linalg.det({a})"]
    wrong += [
        "np.linalg.cholesky(-np.eye({n}) + 0 * {a})",
        "np.linalg.inv(2 * np.eye({n}))",
    ]
    wrong += [
        "np.linalg.solve(np.eye({n}) * 2, {a})",
        "np.linalg.eigvalsh(np.zeros((1, 2)))",
    ]
    v, n = w.fresh(), w.look(a).size
    w.variables.append(v)
    text = w.choices.pick(wrong).format(a=a, n=n)
    lines = [f"{v} = 0", "try:", f"    {v} = {text}", f"    {v} = {v} + 1"]
    lines += ["except np.linalg.LinAlgError as error:", f"    {v} = str(error)"]
    if w.choices.chance(30):
        lines += ["finally:", f"    notes.append({a}[0])"]
    return w.emit("\n".join(lines))


@st.statement(2, st.COMPOUND)
def attempt_call(w: Writer) -> bool:
    """A helper that fails after it wrote, and who called it handles that."""
    a = w.array(lambda x: x.ndim and len(x) and st.writeable(x) and ex.is_number(x))
    if not a:
        return False
    name = w.choices.pick(["write_and_fail", "fail_on_host", "fail_late"])
    v = w.fresh()
    w.variables.append(v)
    forms = ["{f}({a})", "call_back({f}, {a})", "[{f}(x) for x in [{a}, {a}]]"]
    text = w.choices.pick(forms).format(f=name, a=a)
    w.helpers_in(text)
    return w.emit(
        f"{v} = None\ntry:\n    {v} = {text}\n"
        f"except (IndexError, ValueError) as error:\n"
        f"    {v} = type(error).__name__, {a}.shape, {a}.ravel()[0]"
    )
