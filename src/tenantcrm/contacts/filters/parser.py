"""Read a filter: ``parse(text)`` gives its tree, or says where it goes wrong."""

import re
from typing import Any

from lark import Lark, Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from tenantcrm.contacts.filters.ast import Expression
from tenantcrm.contacts.filters.builder import Builder
from tenantcrm.contacts.filters.errors import FilterError, MisreadError
from tenantcrm.contacts.filters.words import refusal

MAX_LENGTH = 10_000
"""Characters."""
MAX_CONDITIONS = 100
MAX_DEPTH = 32
"""Parentheses and NOTs inside one another."""

# PostgreSQL's text and jsonb hold neither, and half a surrogate pair has no UTF-8.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_GRAMMAR = Lark.open(
    "grammar.lark", rel_to=__file__, parser="lalr", lexer="contextual", transformer=Builder()
)


def parse(text: str) -> Expression:
    """The tree of a filter; an empty or blank one is every contact.

    Raises:
        FilterError: it is not a filter; says where and what was expected there.
    """
    try:
        _refuse_unreadable(text)
        return _parsed(text)
    except MisreadError as fault:
        raise FilterError.placed(text, fault) from None


def _refuse_unreadable(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise MisreadError(MAX_LENGTH, f"{len(text):,}", f"at most {MAX_LENGTH:,} characters")
    unstorable = _UNSTORABLE.search(text)
    if unstorable:
        code = f"U+{ord(unstorable[0]):04X}"
        raise MisreadError(unstorable.start(), code, "characters that a contact can have")


def _parsed(text: str) -> Expression:
    reading: Any = _GRAMMAR.parse_interactive(text)  # lark leaves its methods untyped
    limits, tokens = _Limits(), []
    try:
        for token in reading.iter_parse():
            limits.count(token)
            tokens.append(token)
        expression: Expression = reading.feed_eof()
    except UnexpectedInput as stop:
        position, kind = len(text), ""
        if isinstance(stop, UnexpectedCharacters):
            position = stop.pos_in_stream or 0
        elif isinstance(stop, UnexpectedToken) and stop.token.type != "$END":
            position, kind = stop.token.start_pos or 0, stop.token.type
            tokens = [token for token in tokens if token is not stop.token]
        raise refusal(text, position, _accepted_after(tokens), kind) from None
    return expression


def _accepted_after(tokens: list[Token]) -> set[str]:
    """The terminals that may follow; fed anew, for the fault has already changed its own state."""
    reading: Any = _GRAMMAR.parse_interactive()
    for token in tokens:
        reading.feed_token(token)
    accepted: set[str] = reading.accepts()
    return accepted


class _Limits:
    """Counts while tokens come, so that a hostile filter is refused before it is a tree."""

    def __init__(self) -> None:
        self.conditions = 0
        self.open: list[str] = []

    def count(self, token: Token) -> None:
        """Take the next token.

        Raises:
            MisreadError: it is one condition, or one level, too many.
        """
        if token.type == "COMPARATOR":
            self.conditions += 1
            if self.conditions > MAX_CONDITIONS:
                self._refuse(token, f"at most {MAX_CONDITIONS} conditions")
        elif token.type in {"LPAR", "_NOT", "_MINUS"}:
            self.open.append(token.type)
            if len(self.open) > MAX_DEPTH:
                self._refuse(token, f"at most {MAX_DEPTH} levels of parentheses and NOT")
        elif token.type in {"RPAR", "BARE", "STRING"}:
            # A term has ended: its parenthesis with it, then every NOT that stood before it.
            if token.type == "RPAR" and self.open:
                self.open.pop()
            while self.open and self.open[-1] != "LPAR":
                self.open.pop()

    def _refuse(self, token: Token, expected: str) -> None:
        raise MisreadError(token.start_pos or 0, "one more", expected)
