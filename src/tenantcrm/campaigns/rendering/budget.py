"""What one render may still spend, and the buffer that counts what is written."""

from io import StringIO

from liquid.exceptions import ResourceLimitError

from tenantcrm.campaigns.rendering import limits


class TooCostlyError(ResourceLimitError):
    """A render reached a limit; the words say which."""

    def __init__(self, words: str) -> None:
        """Without a token: the environment adds that of the tag."""
        super().__init__(words, token=None)


class Budget:
    """Steps and characters left to one render."""

    __slots__ = ("characters", "steps")

    def __init__(self) -> None:
        """Start full."""
        self.steps = limits.MAX_STEPS
        self.characters = limits.MAX_CHARACTERS

    def step(self, steps: int) -> None:
        """Spend steps, or stop the render."""
        self.steps -= steps
        if self.steps < 0:
            raise TooCostlyError(
                f"the template does more than {limits.MAX_STEPS:,} steps of work; "
                "its loops run too often"
            )

    def write(self, characters: int) -> None:
        """Spend characters, or stop the render."""
        self.characters -= characters
        if self.characters < 0:
            raise TooCostlyError(
                f"the template writes more than {limits.MAX_CHARACTERS:,} characters"
            )


class Output(StringIO):
    """A buffer of a render. All buffers of a render share one budget."""

    def __init__(self, budget: Budget) -> None:
        """Start empty."""
        super().__init__()
        self.budget = budget
        self.parts: list[str] = []

    def write(self, text: str, /) -> int:
        """Keep a part, counted."""
        size = len(text)
        self.budget.characters -= size
        if self.budget.characters < 0:
            self.budget.write(0)
        self.parts.append(text)
        return size

    def getvalue(self) -> str:
        """All parts."""
        return "".join(self.parts)


def weigh(value: object) -> int:
    """The size of a value, in characters or items.

    Raises:
        TooCostlyError: it is larger than a value may be.
    """
    if isinstance(value, str):
        size = len(value)
    elif isinstance(value, int):
        if value.bit_length() > limits.MAX_BITS:
            raise TooCostlyError(f"a number grows over {limits.MAX_BITS} bits")
        return 1
    elif isinstance(value, list | tuple | range):
        if len(value) > limits.MAX_ITEMS:
            raise TooCostlyError(f"a list grows over {limits.MAX_ITEMS:,} items")
        size = len(value)
        if not isinstance(value, range):
            size += sum(len(item) for item in value if isinstance(item, str | list | tuple))
    else:
        return 1
    if size > limits.MAX_VALUE:
        raise TooCostlyError(f"a value grows over {limits.MAX_VALUE:,} characters")
    return size
