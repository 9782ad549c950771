"""Invented people: names, addresses and attributes that look like a business's own."""

import random
from typing import Any

FIRST = (
    "Ada", "Amara", "Anders", "Aiko", "Bruno", "Camille", "Chloé", "Dilan", "Elif", "Emma", "Farid",
    "Freja", "Gil", "Greta", "Hana", "Hugo", "Ines", "Ivo", "Jana", "Jonas", "Kofi", "Lena", "Luca",
    "Łucja", "Maja", "Mateo", "Mei", "Milan", "Nadia", "Noor", "Oskar", "Paula", "Priya", "Rafael",
    "Saga", "Sofia", "Tomás", "Uma", "Yara", "Zoë",
)  # fmt: skip
LAST = (
    "Almeida", "Andersson", "Bakker", "Bianchi", "Castillo", "Dubois", "Eriksen", "Fischer",
    "Fontaine", "García", "Hansen", "Ito", "Jansen", "Keller", "Kowalska", "Lindqvist", "Marino",
    "Mensah", "Moreau", "Nakamura", "Nowak", "Okafor", "Olsen", "Pereira", "Rossi", "Schneider",
    "Silva", "Sørensen", "Tanaka", "Weber", "Yılmaz", "Zhang",
)  # fmt: skip
PLACES = (
    ("en", "Europe/London", "United Kingdom"), ("en", "America/New_York", "United States"),
    ("de", "Europe/Berlin", "Germany"), ("fr", "Europe/Paris", "France"),
    ("es", "Europe/Madrid", "Spain"), ("it", "Europe/Rome", "Italy"),
    ("sv", "Europe/Stockholm", "Sweden"), ("ja", "Asia/Tokyo", "Japan"),
)  # fmt: skip
WEIGHTS = (34, 16, 18, 10, 7, 6, 5, 4)
PLAIN = str.maketrans("éáíñøłşıöåüçë", "eainolsioauce")


def contacts(count: int, seed: int = 7) -> list[tuple[str, dict[str, Any]]]:
    """Address and fields of so many people; the same for the same seed."""
    dice = random.Random(seed)
    found: dict[str, dict[str, Any]] = {}
    while len(found) < count:
        first, last = dice.choice(FIRST), dice.choice(LAST)
        plain = f"{first}.{last}".lower().translate(PLAIN)
        language, zone, country = dice.choices(PLACES, WEIGHTS)[0]
        address = f"{plain}@{dice.choice(('example.com', 'example.org', 'mail.example.net'))}"
        if not address.isascii() or address in found:
            continue
        plan = dice.choices(("free", "starter", "pro"), (55, 30, 15))[0]
        found[address] = {
            "name": f"{first} {last}",
            "external_id": f"cus_{10_000 + len(found) * 37}",
            "timezone": zone,
            "attributes": {
                "language": language,
                "country": country,
                "plan": plan,
                "orders": dice.randint(0, 24),
                "newsletter": dice.random() < 0.8,
                "trial_ends_at": f"2026-12-{dice.randint(1, 28):02}",
            },
        }
    return list(found.items())
