"""The reference page's view of the OpenAPI document: one entry a call, ready to print."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tenantcrm.web.api.codes import CODES, EVERYWHERE, TAKES, WRITES
from tenantcrm.web.api.shapes import REF

USUAL = {*EVERYWHERE, *TAKES, *WRITES} - {"invalid"}
"""What goes without saying at each call."""
SHORT = 60


@dataclass(frozen=True, slots=True)
class Row:
    """A parameter or a field."""

    name: str
    place: str
    kind: str
    required: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One call."""

    id: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    parameters: list[Row]
    fields: list[Row]
    curl: str
    status: str
    answer: str
    refusals: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Group:
    """The calls about one noun."""

    name: str
    entries: list[Entry]


def groups(document: dict[str, Any]) -> list[Group]:
    """The calls of the document, by noun, in its order."""
    entries: dict[str, list[Entry]] = {tag["name"]: [] for tag in document["tags"]}
    for path, told in document["paths"].items():
        for method, call in told.items():
            entries[call["tags"][0]].append(_entry(document, path, method, call))
    return [Group(name, found) for name, found in entries.items() if found]


def _entry(document: dict[str, Any], path: str, method: str, call: dict[str, Any]) -> Entry:
    schemas = document["components"]["schemas"]
    body = call.get("requestBody", {}).get("content", {}).get("application/json")
    answer = next(iter(call["responses"].values()))
    example = answer.get("content", {}).get("application/json", {}).get("example")
    codes = {
        code: CODES[code].status
        for told in call["responses"].values()
        for code in CODES
        if f"`{code}`:" in told["description"] and code not in USUAL
    }
    return Entry(
        id=call["operationId"],
        method=method.upper(),
        path=path,
        summary=call["summary"],
        text=call["description"],
        scope=next(iter(call["security"][0]["bearer"]), ""),
        parameters=[
            Row(
                p["name"],
                p["in"],
                kind(p["schema"], schemas),
                p["required"],
                p.get("description", ""),
            )
            for p in call["parameters"]
            if p["in"] != "header"
        ],
        fields=list(_fields(body["schema"], schemas)) if body else [],
        curl=_curl(document["servers"][0]["url"], path, method, call, body),
        status=" or ".join(s for s in call["responses"] if s.startswith("2")),
        answer=json.dumps(example, indent=2, ensure_ascii=False) if example is not None else "",
        refusals=sorted(codes.items(), key=lambda found: found[1]),
    )


def _fields(schema: dict[str, Any], schemas: dict[str, Any], prefix: str = "") -> Iterator[Row]:
    """The fields of a body, those of its parts under dotted names."""
    found = schemas[schema["$ref"].removeprefix(REF)]
    for name, field in found.get("properties", {}).items():
        if field:
            required = name in found.get("required", ())
            text = field.get("description", "")
            yield Row(prefix + name, "body", kind(field, schemas), required, text)
            for part in (field, field.get("items", {}), *field.get("anyOf", ())):
                if "properties" in schemas.get(part.get("$ref", "").removeprefix(REF), {}):
                    dotted = f"{prefix}{name}[]." if "items" in field else f"{prefix}{name}."
                    yield from _fields(part, schemas, dotted)


def kind(schema: dict[str, Any], schemas: dict[str, Any]) -> str:
    """What a value is, in words."""
    words = str(schema.get("type", "any"))
    if "$ref" in schema:
        found = schemas[schema["$ref"].removeprefix(REF)]
        words = kind(found, schemas) if "enum" in found else "object"
    elif "enum" in schema:
        words = " | ".join(str(word) for word in schema["enum"])
    elif "anyOf" in schema:
        words = " or ".join(kind(one, schemas) for one in schema["anyOf"])
    elif words == "array":
        items = schema.get("items")
        words = f"list of {kind(items, schemas)}s" if items else "list"
    elif "format" in schema:
        words = {"date-time": "time"}.get(schema["format"], schema["format"])
    elif {"minimum", "maximum"} <= schema.keys():
        words = f"{words}, {schema['minimum']} to {schema['maximum']}"
    return words


def _curl(
    url: str, path: str, method: str, call: dict[str, Any], body: dict[str, Any] | None
) -> str:
    for parameter in call["parameters"]:
        if parameter["in"] == "path":
            example = quote(parameter["example"], safe="@")
            path = path.replace(f"{{{parameter['name']}}}", example)
    lines = [f"curl {'' if method == 'get' else f'-X {method.upper()} '}{url}{path}"]
    lines.append("-H 'Authorization: Bearer tcrm_live_…'")
    uploads = call.get("requestBody", {}).get("content", {})
    if "text/csv" in uploads:
        lines += ["-H 'Content-Type: text/csv'", "--data-binary @contacts.csv"]
    if body is not None:
        lines.append("-H 'Content-Type: application/json'")
        example = json.dumps(body.get("example", {}), ensure_ascii=False)
        if len(example) > SHORT:
            example = json.dumps(body["example"], indent=2, ensure_ascii=False)
        lines.append("-d '" + example.replace("'", r"'\''") + "'")
    return " \\\n  ".join(lines)
