"""The house rules that a machine can hold."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "tenantcrm").rglob("*.py"))
DOMAINS = ("tenants", "contacts", "campaigns", "delivery")
LONGEST = 250
LISTENERS = {"key_cache.py"}
"""Hold a connection that listens, and ask it only whether it is alive."""


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT / "src" / "tenantcrm"))


def calls(path: Path, name: str) -> list[int]:
    """The lines at which a method of this name is called."""
    tree = ast.parse(path.read_text())
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == name
    ]


def test_one_commit():
    """Only the unit of work commits; migrations have a connection of their own."""
    commits = {relative(p) for p in SOURCES if "sandbox" not in p.parts and calls(p, "commit")}
    assert commits <= {"database.py", "schema.py", "upgrading.py"}


def test_files_are_short():
    """A file is one noun and fits a reader's head."""
    long = {relative(p): n for p in SOURCES if (n := len(p.read_text().splitlines())) > LONGEST}
    assert long == {}


@pytest.mark.parametrize("domain", DOMAINS)
def test_queries_live_in_the_repository(domain: str):
    """Outside of a domain's repository nobody executes a statement."""
    found = {}
    for path in (ROOT / "src" / "tenantcrm" / domain).rglob("*.py"):
        inside = path.name == "repository.py" or path.parent.name == "repository"
        lines = calls(path, "execute") + calls(path, "scalar") + calls(path, "scalars")
        if lines and not inside and path.name not in LISTENERS:
            found[relative(path)] = lines
    assert found == {}


def test_every_package_says_what_it_is():
    """A package that has code in it begins with a docstring."""
    packages = [p for p in SOURCES if p.name == "__init__.py" and p.read_text().strip()]
    assert [relative(p) for p in packages if not ast.get_docstring(ast.parse(p.read_text()))] == []


def test_no_registry_is_named():
    """Lock files hold versions and hashes alone: where packages come from is the machine's own."""
    for lock in ROOT.glob("requirements*.lock"):
        assert "://" not in lock.read_text(), lock.name
    assert not (ROOT / "uv.lock").exists()


def test_pages_hold_no_inline_code():
    """The policy of our pages allows no inline script or style, so no template holds any."""
    for page in (ROOT / "src" / "tenantcrm" / "web" / "templates").rglob("*.html"):
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", page.read_text(), flags=re.DOTALL)
        for forbidden in (" style=", " onclick=", "hx-on", "javascript:", "<style"):
            assert forbidden not in text, f"{page.name} holds {forbidden!r}"
