"""Words in the place of Liquid, so that parsers of HTML, MJML and Markdown cannot harm it.

A word is lower-case letters and digits: it means nothing to any of them, in text, in an attribute
or in a URL, and survives being parsed and written again.
"""

import re

from tenantcrm.campaigns.rendering.constructs import Construct, constructs


class Shield:
    """A source whose constructs are replaced by words.

    Attributes:
        text: the source with words.
        constructs: what the words stand for, in order.
    """

    def __init__(self, source: str) -> None:
        """Replace them.

        Raises:
            TemplateFault: a construct is malformed.
        """
        self.constructs = constructs(source)
        prefix = "lq"
        while prefix in source.lower():
            prefix += "q"
        self._prefix = prefix
        word = rf"{prefix}(\d+)z"
        self._word = re.compile(word)
        self._words = re.compile(rf"(?:\s*{prefix}\d+z)+\s*")
        self._wrapped = re.compile(rf"<!--{word}-->|&lt;!--{word}--&gt;|{word}")
        parts: list[str] = []
        position = 0
        for index, construct in enumerate(self.constructs):
            parts += source[position : construct.start], self.word(index)
            position = construct.end
        parts.append(source[position:])
        self.text = "".join(parts)

    def word(self, index: int) -> str:
        """The word of a construct."""
        return f"{self._prefix}{index}z"

    def comment(self, text: str) -> str:
        """The text with each word inside a comment, which HTML allows where it allows no text."""
        return self._word.sub(r"<!--\g<0>-->", text)

    def bare(self, text: str) -> str:
        """The text with the words out of their comments."""
        return self._wrapped.sub(
            lambda found: self.word(int(found[1] or found[2] or found[3])), text
        )

    def restore(self, text: str) -> str:
        """The text with the constructs in the place of their words."""
        return self._wrapped.sub(
            lambda found: self.constructs[int(found[1] or found[2] or found[3])].text, text
        )

    def order(self, text: str) -> list[int]:
        """The constructs that a text holds, as it holds them."""
        return [int(index) for index in self._word.findall(text)]

    def expose(self, shown: set[int]) -> str:
        """:attr:`text` with some of the constructs in the place of their words."""
        return self._word.sub(
            lambda found: (
                self.constructs[int(found[1])].text if int(found[1]) in shown else found[0]
            ),
            self.text,
        )

    def all_control(self, text: str) -> bool:
        """Whether a text is nothing but constructs that write nothing themselves."""
        return self._words.fullmatch(text) is not None and all(
            self.constructs[index].controls for index in self.order(text)
        )

    def lost(self, text: str) -> list[Construct]:
        """Controls of the source that a text does not hold once, in their order."""
        held = [index for index in self.order(text) if self.constructs[index].controls]
        wanted = [index for index, one in enumerate(self.constructs) if one.controls]
        if held == wanted:
            return []
        missing = [index for index in wanted if held.count(index) != 1]
        return [self.constructs[index] for index in missing or wanted]

    def line(self, position: int) -> int:
        """The line of the source, from 1, of a position in :attr:`text`."""
        return self.restore(self.text[:position]).count("\n") + 1
