"""Compiled messages are kept while they are used."""

from uuid import uuid4

import pytest

from tenantcrm.campaigns.rendering import CompiledMessages, RenderError, compile_message


def test_a_version_is_compiled_once():
    """The same message and version is built once; a new version is built anew."""
    cache, message, built = CompiledMessages(), uuid4(), []

    def build():
        built.append(1)
        return compile_message(subject="x", html_template="x")

    first = cache.get(message, 1, build)
    assert cache.get(message, 1, build) is first
    assert cache.get(message, 2, build) is not first
    assert len(built) == 2


def test_the_least_used_goes_first():
    """The cache does not grow beyond its capacity, and keeps what was used last."""
    cache, names = CompiledMessages(capacity=2), [uuid4() for _ in range(3)]
    compiled = compile_message(subject="x", html_template="x")
    for name in (names[0], names[1], names[0], names[2]):
        cache.get(name, 1, lambda: compiled)
    assert len(cache) == 2
    other = compile_message(subject="x", html_template="x")
    assert cache.get(names[0], 1, lambda: other) is compiled
    assert cache.get(names[1], 1, lambda: other) is other


def test_a_failure_is_not_kept():
    """A message that cannot be compiled is tried again the next time."""
    cache, message = CompiledMessages(), uuid4()
    with pytest.raises(RenderError):
        cache.get(message, 1, lambda: compile_message(subject="x", html_template="{% if %}"))
    assert cache.get(message, 1, lambda: compile_message(subject="x", html_template="x"))
