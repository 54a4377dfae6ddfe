"""Modules that a library imports and our use of it never touches: they are executed when they are first used, which may be never."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


class _Deferred(ModuleType):
    """Stands for a module until one of its attributes is asked for; whoever holds it then has them all.

    The standard library's `LazyLoader` executes a module as soon as `import` looks at its `__spec__`, which is at once.
    """

    def __getattr__(self, name: str) -> object:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        module = importlib.import_module(self.__name__)
        vars(self).update(vars(module))
        return getattr(module, name)


def deferred(*names: str) -> None:
    """From now on importing these modules takes no time: using one does. What was imported before stays as it is."""
    for name in names:
        sys.modules.setdefault(name, _Deferred(name))
