"""The schemas of the OpenAPI document: msgspec's, under outside names and in plain words."""

import re
from typing import Any, Final

import msgspec

from tenantcrm.web.api.codes import CODES
from tenantcrm.web.api.fields import FIELDS

REF: Final = "#/components/schemas/"
PROBLEM: Final[dict[str, Any]] = {
    "title": "Problem",
    "description": "A refusal (RFC 9457). Read `code`; `detail` is for people.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "enum": list(CODES)},
        "request_id": {"type": "string"},
        "errors": {
            "description": "At 422: one entry for each fault.",
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string", "format": "json-pointer"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
                "required": ["pointer", "code", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code", "request_id"],
}


def schemas_of(types: set[Any]) -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """A reference to each type, and every schema by its outside name."""
    ordered = sorted(types, key=str)
    refs, found = msgspec.json.schema_components(ordered, ref_template=REF + "{name}")
    names = {name: outside(name) for name in found}
    schemas = {names[name]: _renamed(_tidy(found[name]), names) for name in sorted(found)}
    named = {t: _renamed(ref, names) for t, ref in zip(ordered, refs, strict=True)}
    return named, {**schemas, "Problem": PROBLEM}


def outside(name: str) -> str:
    """A schema's name without what it is called inside: ``PageView_ContactView_`` is a page."""
    page = re.fullmatch(r"PageView_(\w+)_", name)
    if page:
        return f"{outside(page[1])}Page"
    return re.sub(r"(?<=.)(View|Shown)$", "", name)


def _tidy(schema: Any) -> Any:
    """Docstrings as prose, and moments told as such."""
    if isinstance(schema, list):
        return [_tidy(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    made = {k: _tidy(v) for k, v in schema.items() if k != "title"}
    if isinstance(made.get("description"), str):
        made["description"] = " ".join(made["description"].replace("``", "`").split())
    for name, property_ in made.get("properties", {}).items():
        if name in FIELDS and "description" not in property_:
            property_["description"] = FIELDS[name]
        if name.endswith("_at") or name == "at":
            for one in (property_, *property_.get("anyOf", ())):
                if one.get("type") == "string":
                    one["format"] = "date-time"
    return made


def _renamed(value: Any, names: dict[str, str]) -> Any:
    """The same with references to outside names."""
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    made = {key: _renamed(item, names) for key, item in value.items()}
    if isinstance(made.get("$ref"), str):
        inside = made["$ref"].removeprefix(REF)
        made["$ref"] = REF + names.get(inside, inside)
    return made
