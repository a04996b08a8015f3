"""The programs that are one expression in numexpr's language.

numexpr is imported when a program runs: `bench.systems` looks whether it is there.
"""

import importlib
from collections.abc import Callable
from typing import Any

__all__ = ["PROGRAMS"]


def evaluate(expression: str, **names: Any) -> Any:
    """Evaluate an expression over arrays."""
    return importlib.import_module("numexpr").evaluate(expression, names)


def elementwise(x):
    return evaluate("sin(x) * exp(x) + log(x + 1)", x=x)


def sum_of_products(x, y):
    return evaluate("sum(x * y)", x=x, y=y)


def chain(x, y):
    return evaluate("(x * y + 2.0) * (x - y) / (y + 3.0) - x", x=x, y=y)


def compute(array_1, array_2, a, b, c):
    text = "where(array_1 < 2, 2, where(array_1 > 10, 10, array_1)) * a"
    return evaluate(
        f"{text} + array_2 * b + c", array_1=array_1, array_2=array_2, a=a, b=b, c=c
    )


PROGRAMS: dict[str, Callable[..., Any]] = {
    program.__name__: program
    for program in (elementwise, sum_of_products, chain, compute)
}
