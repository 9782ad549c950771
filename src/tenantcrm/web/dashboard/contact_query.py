"""What an address of the contacts' list says: everything that decides what it shows. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from tenantcrm.contacts.service.lists import Asked, Sort
from tenantcrm.tenants.models import Mode

PLAIN = {
    "name": "Name", "status": "Status", "attributes": "Attributes", "external_id": "External id",
    "timezone": "Time zone", "added": "Added", "updated": "Updated",
}  # fmt: skip
"""Columns that every contact has; the address stands always."""
USUAL = ("name", "status", "attributes", "added")
COLUMNS_MOST = 20
_SORTED_BY = {"email": Sort.EMAIL, "name": Sort.NAME, "added": Sort.ADDED, "updated": Sort.UPDATED}
_FIRST_DOWN = {Sort.ADDED, Sort.UPDATED}


@dataclass(frozen=True, slots=True)
class ListQuery:
    """A list of contacts. ``columns``: plain ones, or ``a.NAME`` for an attribute.

    ``wait``: the answer may take seconds. It belongs to one request and stands in no link but one.
    """

    mode: Mode = Mode.LIVE
    search: str = ""
    filter: str = ""
    anywhere: bool = False
    sort: Sort = Sort.ADDED
    descending: bool = True
    columns: tuple[str, ...] = USUAL
    after: str | None = None
    before: str | None = None
    wait: bool = False

    def asked(self, *, anywhere: bool) -> Asked:
        """What is looked for; ``anywhere``: the search looks inside words, asked for or not."""
        return Asked(
            mode=self.mode,
            filter_text=self.filter,
            search=self.search,
            anywhere=anywhere or self.anywhere,
        )

    def fields(self) -> list[tuple[str, str]]:
        """The fields of the address, without the cursor; what is usual is left out."""
        found = []
        if self.mode is Mode.TEST:
            found.append(("mode", "test"))
        if self.search:
            found.append(("q", self.search))
        if self.anywhere:
            found.append(("anywhere", "1"))
        if self.filter.strip():
            found.append(("filter", self.filter))
        if (self.sort, self.descending) != (Sort.ADDED, True):
            found.append(("sort", f"{'-' if self.descending else ''}{self.sort}"))
        if self.columns != USUAL:
            found += [("column", one) for one in self.columns] or [("columns", "none")]
        return found

    def href(self, **changes: Any) -> str:
        """The address with these changes; it begins at the first page unless one is named."""
        changed = replace(self, **({"after": None, "before": None} | changes))
        cursor = [(n, v) for n in ("after", "before") if (v := getattr(changed, n))]
        fields = urlencode([*changed.fields(), *cursor])
        return f"/contacts?{fields}" if fields else "/contacts"

    def waiting(self) -> str:
        """The address of this very page that waits for the answer."""
        here = self.href(after=self.after, before=self.before)
        return f"{here}{'&' if '?' in here else '?'}wait=1"

    def keep(self, *without: str) -> list[tuple[str, str]]:
        """The fields that a form beside the list sends along, but for its own."""
        return [pair for pair in self.fields() if pair[0] not in without]

    def heading(self, column: str, label: str, **more: Any) -> dict[str, Any]:
        """A column's heading for ``ui.table``: a link where the list can be sorted by it."""
        sort = _SORTED_BY.get(column)
        if sort is None:
            return {"label": label, **more}
        mine = sort is self.sort
        down = not self.descending if mine else sort in _FIRST_DOWN
        sorted_as = ("descending" if self.descending else "ascending") if mine else ""
        href = self.href(sort=sort, descending=down)
        return {"label": label, "sort_href": href, "sorted": sorted_as, **more}


def read_query(query: Any) -> ListQuery:
    """What a query says (Litestar's multi-dict); what makes no sense counts as not said."""
    text = query.get("sort", "")
    sort = _SORTED_BY.get(text.lstrip("-"))
    chosen = [c for c in dict.fromkeys(query.getall("column", [])) if c in PLAIN or c[:2] == "a."]
    return ListQuery(
        mode=Mode.TEST if query.get("mode") == Mode.TEST else Mode.LIVE,
        # PostgreSQL's text holds no NUL, so nothing that is stored can match one.
        search=query.get("q", "").replace("\x00", "").strip()[:200],
        filter=query.get("filter", ""),
        anywhere=query.get("anywhere") == "1",
        sort=sort or Sort.ADDED,
        descending=text.startswith("-") if sort else True,
        columns=tuple(chosen[:COLUMNS_MOST]) if chosen or "columns" in query else USUAL,
        after=query.get("after") or None,
        before=query.get("before") or None,
        wait=query.get("wait") == "1",
    )


def column_label(column: str) -> str:
    """A column's heading."""
    return PLAIN.get(column, column[2:])


def choices(query: ListQuery, known: Mapping[str, object]) -> list[tuple[str, str, bool]]:
    """Every column that can be chosen: name, words, whether it is."""
    names = [*PLAIN, *(f"a.{name}" for name in known)]
    names += [column for column in query.columns if column not in names]
    return [(name, column_label(name), name in query.columns) for name in names]
