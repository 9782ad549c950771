"""What the columns of a file mean, guessed from their headers and cells. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from tenantcrm.contacts.imports.layout import Column, Target
from tenantcrm.contacts.imports.values import kind_of

_WORDS: Final = {
    Target.EMAIL: "email emailaddress mail mailaddress emailadresse mailadresse epost epostadresse "
    "epostadress correo correoelectronico courriel adressemail adresseemail eposta primaryemail "
    "primaryemailaddress workemail emailid contactemail subscriberemail useremail customeremail "
    "indirizzoemail emailadres emailadress sahkoposti endereconemail adresemail emailaddr "
    "adressedemessagerie direccionemail direcciondecorreo",
    Target.NAME: "name fullname contactname customername vollername vollerstaendigername "
    "nomcomplet nombrecompleto nomecompleto displayname nomeecognome nomprenom",
    Target.FIRST_NAME: "firstname first vorname givenname prenom nombre nome voornaam fornamn "
    "fornavn forename etunimi imie rufname primeironome primernombre",
    Target.LAST_NAME: "lastname last surname nachname familienname familyname nom nomdefamille "
    "apellido apellidos cognome achternaam efternamn etternavn sobrenome nazwisko sukunimi "
    "secondname",
    Target.EXTERNAL_ID: "externalid userid customerid contactid kundennummer kundennr kundenid "
    "customernumber uid uuid externalreference clientid memberid subscriberid accountid id",
    Target.TIMEZONE: "timezone tz zeitzone fuseauhoraire zonahoraria ianatimezone fusoorario "
    "tijdzone tidszon",
}
_TARGETS: Final = {word: target for target, words in _WORDS.items() for word in words.split()}
_LONGEST: Final = 64
_LETTERS: Final = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe"})


def match_columns(headers: Sequence[str], samples: Sequence[Sequence[str]]) -> list[Column]:
    """What each column becomes, as far as its header and first cells tell.

    A header that means a field of contacts is that field, once; any other is an attribute.
    """
    cells = [[row[n].strip() for row in samples if n < len(row)] for n in range(len(headers))]
    found: list[Target | None] = [_TARGETS.get(_plain(header)) for header in headers]
    if Target.EMAIL not in found:
        place = next((n for n, column in enumerate(cells) if _addresses(column)), None)
        if place is not None:
            found[place] = Target.EMAIL
    made: list[Column] = []
    for header, target, column in zip(headers, found, cells, strict=True):
        taken = {one.to for one in made}
        if target is not None and target not in taken:
            made.append(Column(header=header, to=target))
        elif not header.strip():
            made.append(Column(header=header))
        else:
            name = _unique(attribute_name(header), {one.name for one in made})
            made.append(Column(header=header, to=Target.ATTRIBUTE, name=name, kind=kind_of(column)))
    return made


def attribute_name(header: str) -> str:
    """The name of the attribute that a header names: ``Favourite wine`` is ``favourite_wine``."""
    name = re.sub(r"[^a-z0-9]+", "_", _ascii(header)).strip("_")[:_LONGEST].strip("_")
    if not name:
        return "column"
    return name if name[0].isalpha() else f"c_{name}"[:_LONGEST]


def _unique(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name[: _LONGEST - 4]}_{number}" in taken:
        number += 1
    return f"{name[: _LONGEST - 4]}_{number}"


def _ascii(text: str) -> str:
    """Small letters without their marks."""
    parts = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(c for c in parts if not unicodedata.combining(c))


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9]", "", _ascii(header))


def _addresses(cells: Sequence[str]) -> bool:
    """Whether a column holds addresses, whatever it is called."""
    given = [cell for cell in cells if cell]
    return bool(given) and all(is_address(cell) for cell in given)


def is_address(cell: str) -> bool:
    """Whether a cell looks like an address."""
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", cell.strip()) is not None
