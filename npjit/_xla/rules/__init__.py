"""The registry of rules: for a NumPy callable, the function that expresses it in JAX.

A rule gets arrays as positional arguments and static parameters as keywords. Both were
normalized at the border: operands have the loop's dtypes, axes are ints >= 0. So a rule
never promotes, and it returns the dtype NumPy returns. Importing this package registers
the rules of all files; each is the twin of a chapter of NumPy's reference.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from npjit._chapters.registry import name_of
from npjit.errors import Reason, Unsupported

Rule = Callable[..., Any]
_RuleT = TypeVar("_RuleT", bound=Rule)

_RULES: dict[Callable[..., Any], Rule] = {}


def rule(*funcs: Callable[..., Any]) -> Callable[[_RuleT], _RuleT]:
    """Register the decorated function as the rule of one or more NumPy callables.

    Parameters
    ----------
    *funcs : callable
        NumPy functions or ufuncs, as objects, so that a misspelt name fails at import.

    Returns
    -------
    callable
        A decorator that returns the rule unchanged.

    Raises
    ------
    ValueError
        If one of them has a rule already.
    """

    def register(function: _RuleT) -> _RuleT:
        rules_all(dict.fromkeys(funcs, function))
        return function

    return register


def rules_all(table: Mapping[Callable[..., Any], Rule]) -> None:
    """Register a table of rules, keyed by NumPy callables.

    Parameters
    ----------
    table : mapping of callable to callable
        The NumPy callable and its rule.

    Raises
    ------
    ValueError
        If one of them has a rule already.
    """
    for func, function in table.items():
        if func in _RULES:
            raise ValueError(f"{func!r} has the rule {_RULES[func]!r} already")
        _RULES[func] = function


def rule_of(func: Callable[..., Any]) -> Rule | None:
    """Return the rule of a NumPy callable, None where it has none.

    Parameters
    ----------
    func : callable
        A NumPy function or ufunc.

    Returns
    -------
    callable or None
        The function that expresses `func` in JAX.
    """
    return _RULES.get(func)


def required_rule(func: Callable[..., Any]) -> Rule:
    """Return the rule of a NumPy callable that is to be computed.

    Parameters
    ----------
    func : callable
        A NumPy function or ufunc.

    Returns
    -------
    callable
        The function that expresses `func` in JAX.

    Raises
    ------
    Unsupported
        If it has none.
    """
    found = rule_of(func)
    if found is None:
        raise Unsupported(Reason.NO_LOWERING, name_of(func))
    return found


def lowered() -> Iterator[Callable[..., Any]]:
    """Iterate over the NumPy callables that have a rule.

    Returns
    -------
    iterator of callable
        In the order of registration.
    """
    return iter(_RULES)


# The rule files import `rule` from here, so they come after it is defined.
from npjit._xla.rules import (  # noqa: E402
    creation,
    fft,
    functional,
    indexing,
    linalg,
    manipulation,
    reductions,
    sets,
    sorting,
    statistics,
    ufunc_methods,
    ufuncs,
)

__all__ = [
    "Rule",
    "creation",
    "fft",
    "functional",
    "indexing",
    "linalg",
    "lowered",
    "manipulation",
    "reductions",
    "required_rule",
    "rule",
    "rule_of",
    "rules_all",
    "sets",
    "sorting",
    "statistics",
    "ufunc_methods",
    "ufuncs",
]
