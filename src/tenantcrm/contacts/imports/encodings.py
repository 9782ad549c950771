"""Which encoding a file is in, found while it comes in, from all of its bytes. Pure."""

import codecs
from typing import Final

from tenantcrm.contacts.imports.errors import FileError

HEAD: Final = 65_536
"""Bytes of the beginning that tell what kind of file it is."""
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_UNDEFINED: Final = b"\x81\x8d\x8f\x90\x9d"
"""What Windows-1252 has no character for."""
_CONTROL: Final = bytes(n for n in range(32) if n not in b"\t\n\r\x0b\x0c\x1a")
_KINDS: Final = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file"),
)
_LEAST: Final = 4
"""Pairs of bytes that tell anything."""
EXPECTED: Final = "Expected a CSV file (in Excel: Save as, CSV UTF-8) or one JSON object a line."


class EncodingFinder:
    """Fed with a file's bytes as they come."""

    def __init__(self) -> None:
        """Nothing has come yet."""
        self.head = b""
        self._utf8: codecs.IncrementalDecoder | None = codecs.getincrementaldecoder("utf-8")()
        self._windows = True
        self._nul = False

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        if len(self.head) < HEAD:
            self.head += data[: HEAD - len(self.head)]
        if self._utf8 is not None:
            try:
                self._utf8.decode(data)
            except UnicodeDecodeError:
                self._utf8 = None
        if self._windows:
            self._windows = len(data.translate(None, _UNDEFINED)) == len(data)
        self._nul = self._nul or b"\0" in data

    def found(self) -> str:
        """The encoding, by Python's name. A file that is cut within a character still has one.

        Raises:
            FileError: it is empty, binary, or in an encoding that is not known here.
        """
        head = self.head
        if not head.strip():
            raise FileError(f"The file is empty. {EXPECTED}")
        for mark, encoding in _MARKS:
            if head.startswith(mark) and not (encoding == "utf-8-sig" and self._nul):
                return encoding
        for start, kind in _KINDS:
            if head.startswith(start):
                raise FileError(f"The file is {kind}, whatever its name says. {EXPECTED}")
        if self._nul:
            return _wide(head)
        if len(head.translate(None, _CONTROL)) < len(head):
            raise FileError(f"The file is binary: it holds control characters. {EXPECTED}")
        if self._utf8 is not None:
            return "utf-8"
        if self._windows:
            return "cp1252"
        raise FileError(
            "The file is in none of UTF-8, UTF-16 and Windows-1252. "
            "Save it as UTF-8 and upload it again."
        )


def _wide(head: bytes) -> str:
    """UTF-16 without a mark: in text of the West every second byte is 0."""
    even, odd = head[0:2000:2].count(0), head[1:2000:2].count(0)
    half = min(len(head), 2000) // 2
    if half < _LEAST:
        even = odd = 0
    if odd > half * 0.7 and even < half * 0.1:
        return "utf-16-le"
    if even > half * 0.7 and odd < half * 0.1:
        return "utf-16-be"
    raise FileError(f"The file is binary: it holds NUL characters. {EXPECTED}")


def shown(encoding: str) -> str:
    """The encoding's name for people."""
    names = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8", "cp1252": "Windows-1252"}
    return names.get(encoding, "UTF-16")
