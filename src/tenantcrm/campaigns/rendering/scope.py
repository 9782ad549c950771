"""The names in sight of a running template, and the meter that runs with it."""

from collections.abc import Callable, Mapping
from functools import partial
from io import StringIO
from typing import TextIO

from liquid import BoundTemplate, RenderContext, Token
from liquid.ast import Node
from liquid.undefined import UNDEFINED
from liquid.utils import ReadOnlyChainMap

from tenantcrm.campaigns.rendering import filters
from tenantcrm.campaigns.rendering.budget import Budget, Output, weigh
from tenantcrm.campaigns.rendering.context import Fields

_GROUP_AND_FIELD = 2
_PER_STEP = 100
"""Characters of a value that make a step of a filter's work."""


class Scope(ReadOnlyChainMap):
    """The names in sight. All maps are dicts, so that a miss need not raise."""

    def get(self, key: str, default: object = None) -> object:
        """The value of the nearest map that has the name, or the default."""
        for names in self._maps:
            if key in names:
                return names[key]
        return default

    def __getitem__(self, key: str) -> object:
        """The value of the nearest map that has the name."""
        for names in self._maps:
            if key in names:
                return names[key]
        raise KeyError(key)


class MailRender(RenderContext):
    """One render: the names in sight and the budget."""

    __slots__ = ("budget", "failed")

    def __init__(self, template: BoundTemplate, names: Mapping[str, object]) -> None:
        """Start with the names of the mail alone: no clock of the machine, no environment."""
        super().__init__(template, globals=names)
        self.scope = Scope(self.locals, self.globals, self.counters)
        self.budget = Budget()
        self.failed: Node | None = None

    def assign(self, key: str, val: object) -> None:
        """Bind a name; what is bound is counted as if written."""
        self.budget.write(weigh(val))
        self.locals[key] = val

    def get_buffer(self, buf: TextIO | None = None) -> StringIO:  # noqa: ARG002 # the library's
        """A buffer for a capture, on the same budget."""
        return Output(self.budget)

    def get(
        self, path: list[object], *, token: Token | None, default: object = UNDEFINED
    ) -> object:
        """The value at a path. The common case, a field of a group, is answered at once."""
        if len(path) == _GROUP_AND_FIELD:
            root, field = path
            if isinstance(root, str) and isinstance(field, str):
                group = self.scope.get(root)
                if type(group) is Fields and field in group:
                    return group[field]
        return super().get(path, token=token, default=default)

    def get_item(self, obj: object, key: object) -> object:
        """An item of a mapping by its own keys alone; of lists also size, first and last."""
        if isinstance(obj, dict):
            return obj[key]
        return super().get_item(obj, key)

    def filter(self, name: str, token: Token | None) -> Callable[..., object]:
        """The filter, metered unless it cannot build anything."""
        if name in filters.CHEAP:
            return super().filter(name, token)
        return partial(self._apply, name, super().filter(name, token))

    def _apply(
        self, name: str, function: Callable[..., object], *values: object, **named: object
    ) -> object:
        size = sum(weigh(value) for value in values)
        if name == "uniq":
            size = size * size
        self.budget.step(1 + size * filters.FACTOR.get(name, 1) // _PER_STEP)
        result = function(*values, **named)
        weigh(result)
        return result
