"""What the demo left behind for the person who looks at it."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoSignIn:
    """Who signs in to the demo, and the API key that its example uses."""

    email: str
    password: str
    api_key: str | None = None


def read(path: Path) -> DemoSignIn | None:
    """Read ``demo.json``; None when there is none, or none that can be read."""
    try:
        found = json.loads(path.read_text())
        return DemoSignIn(
            email=str(found["email"]),
            password=str(found["password"]),
            api_key=found.get("api_key"),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
