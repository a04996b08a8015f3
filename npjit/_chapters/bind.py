"""Binders: from a call's arguments to arrays and keywords, once, at the border.

`inspect.Signature.bind` costs 5 us and more; a binder is a Python function with the
NumPy callable's own signature, compiled once, and costs what a call costs.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

__all__ = ["Bind", "make_bind"]

Bind = Callable[..., tuple[tuple, dict]]


def make_bind(func: Callable[..., Any], data: tuple[str, ...]) -> Bind:
    """A function with `func`'s signature that returns (args, kwargs).

    Parameters
    ----------
    func : callable
        Must have a signature.
    data : tuple of str
        Parameters that carry arrays; those that lead the signature come back in `args`,
        everything else in `kwargs`, without parameters left at their default.
    """
    signature = inspect.signature(func)
    namespace: dict[str, Any] = {}
    header: list[str] = []
    body: list[str] = ["kw = {}"]
    leading: list[str] = []
    positional: list[str] = []
    is_leading = True
    star = False
    parameters = list(signature.parameters.values())
    for i, p in enumerate(parameters):
        text = p.name
        if p.default is not p.empty:
            namespace[f"_{p.name}"] = p.default
            text += f"=_{p.name}"
        if p.kind is p.VAR_POSITIONAL:
            header.append(f"*{p.name}")
            leading.append(f"*{p.name}")
            star = True
            continue
        if p.kind is p.VAR_KEYWORD:
            header.append(f"**{p.name}")
            body.append(f"kw.update({p.name})")
            continue
        if p.kind is p.KEYWORD_ONLY and not star:
            header.append("*")
            star = True
        header.append(text)
        if p.kind is p.POSITIONAL_ONLY and (
            i + 1 == len(parameters) or parameters[i + 1].kind is not p.POSITIONAL_ONLY
        ):
            header.append("/")
        is_leading = is_leading and p.name in data and p.default is p.empty
        required = p.kind is p.POSITIONAL_ONLY and p.default is p.empty
        if required or (is_leading and p.kind is not p.KEYWORD_ONLY):
            leading.append(p.name)
        elif p.kind is p.POSITIONAL_ONLY:  # np.where(condition, x=None, y=None, /)
            positional.append(f"if {p.name} is not _{p.name}: args += ({p.name},)")
        elif p.default is p.empty:
            body.append(f"kw[{p.name!r}] = {p.name}")
        else:
            body.append(f"if {p.name} is not _{p.name}: kw[{p.name!r}] = {p.name}")
    args = "".join(f"{name}, " for name in leading)
    lines = [f"def bind({', '.join(header)}):", f"args = ({args})", *positional, *body]
    lines.append("return args, kw")
    exec("\n    ".join(lines), namespace)
    bind: Bind = namespace["bind"]
    return bind
