"""Random programs that ask for an order in memory, or show the one there is.

Importing this module adds them to the vocabulary of `expressions`.
"""

from tests.random_programs import expressions as ex
from tests.random_programs.writer import Writer


@ex.expression(5)
def ordered(w: Writer) -> str:
    a = w.array(lambda x: x.ndim)
    if not a:
        return ""
    forms = ["{a}.copy(order='{o}')", "np.array({a}, order='{o}')", "{a}.ravel('{o}')"]
    forms += [
        "np.copy({a}, order='{o}')",
        "{a}.flatten('{o}')",
        "np.asfortranarray({a})",
    ]
    forms += ["np.asarray({a}, order='{o}')", "np.ascontiguousarray({a})"]
    forms += ["np.zeros_like({a}, order='{o}')", "np.require({a}, None, ['{r}', 'W'])"]
    forms += ["np.add({a}, {a}, order='{o}')", "np.negative({a}, order='{o}')"]
    forms += [
        "{a}.reshape({a}.shape[::-1], order='{n}')",
        "{a}.reshape(-1, order='{n}')",
    ]
    forms += ["np.ones({a}.shape, order='{n}')", "np.full({a}.shape, 3, order='{n}')"]
    forms += [
        "np.reshape({a}.T, {a}.shape, '{n}')",
        "np.full_like({a}, 2, order='{o}')",
    ]
    forms += [
        "{a}.astype({b}.dtype, order='{o}')",
        "np.array({a}, order='{o}', ndmin=3)",
    ]
    forms += ["np.array({a}, copy=None, order='{o}')", "np.stack([{a}, {a}], -1) + 0"]
    forms += ["np.empty_like({a}, order='{o}').shape"]
    order, plain = w.choices.pick("CFAK"), w.choices.pick("CF")
    return w.choices.pick(forms).format(
        a=a, b=w.array(), o=order, n=plain, r=w.choices.pick("CF")
    )


@ex.expression(4, ex.VIEWS)
def of_another_layout(w: Writer) -> str:
    a = w.array(lambda x: x.ndim)
    forms = ["{a}.T", "{a}[::-1]", "{a}[..., ::-1]", "{a}[::2]", "{a}[::-2]"]
    forms += ["np.broadcast_to({a}, (2, *{a}.shape))", "{a}[:, None]", "{a}.T[::-1]"]
    forms += [
        "np.broadcast_to({a}[:1], {a}.shape)",
        "{a}.view()",
        "np.rollaxis({a}, -1)",
    ]
    forms += ["np.lib.stride_tricks.sliding_window_view({a}, 2, axis=0)", "{a}.mT"]
    return w.choices.pick(forms).format(a=a) if a else ""


@ex.expression(3, ex.SCALARS)
def layout_fact(w: Writer) -> str:
    a, b = w.array(lambda x: x.ndim), w.array()
    forms = ["{a}.flags.f_contiguous", "{a}.flags.c_contiguous", "{a}.flags.forc"]
    forms += ["({a} + {b}).flags.f_contiguous", "{a}.copy().strides", "{a}.itemsize"]
    forms += ["np.abs({a}).strides", "({a} * 1).T.flags.c_contiguous", "{a}.T.strides"]
    forms += ["np.isfortran({a})", "{a}.flags.writeable", "{a}.ravel('K').tolist()"]
    forms += ["[x.strides for x in np.broadcast_arrays({a}, {b})]", "{a}.flags.aligned"]
    return w.choices.pick(forms).format(a=a, b=b) if a and b else ""
