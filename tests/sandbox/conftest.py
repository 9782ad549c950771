"""Folders for the sandbox's tests: pytest's own are closed to the user that PostgreSQL runs as."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.support import open_folder, ordinary_python


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user may enter, with a space in its name."""
    with open_folder() as made:
        yield made


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """A folder that only its owner may enter, as /root is."""
    with open_folder(0o700) as made:
        yield made


@pytest.fixture(scope="session")
def python_for_all() -> Iterator[str]:
    """An interpreter like this one that every user may run."""
    with ordinary_python() as found:
        yield found
