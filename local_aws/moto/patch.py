"""How this package changes moto: a function beside its service, with `@patch(Class, "method")`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

Replacement = TypeVar("Replacement", bound=Callable[..., Any])
Owner = type[Any] | ModuleType

_replacements: dict[tuple[Owner, str], Callable[..., Any]] = {}


def patch(owner: Owner, name: str) -> Callable[[Replacement], Replacement]:
    """Replace a method of moto, or a module's function, once `apply` is called.

    The first argument of the replacement is moto's own method, or None if moto lacks it. Raises ValueError if another
    replacement exists.
    """

    if (owner, name) in _replacements:
        raise ValueError(f"{owner.__name__}.{name} is patched twice")

    def register(replacement: Replacement) -> Replacement:
        _replacements[owner, name] = replacement
        return replacement

    return register


def replacement(owner: Owner, name: str) -> Callable[..., Any] | None:
    """The function that `apply` puts in the place of a method."""
    return _replacements.get((owner, name))


def apply() -> None:
    """Change moto in this process, by the modules beside this one."""
    package = importlib.import_module(__package__ or "")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    for (owner, name), replacement in _replacements.items():
        setattr(owner, name, _bound(replacement, getattr(owner, name, None)))


def _bound(replacement: Callable[..., Any], original: Callable[..., Any] | None) -> Callable[..., Any]:
    def method(*arguments: Any, **named: Any) -> Any:
        return replacement(original, *arguments, **named)

    return method
