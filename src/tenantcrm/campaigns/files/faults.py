"""What is wrong with files, each with its place."""

from typing import NamedTuple

from tenantcrm.errors import TenantCrmError


class FileFault(NamedTuple):
    """One fault. ``line`` counts from 1; 0: of the whole file."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        """``PATH:LINE: what was expected``, as compilers write it."""
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


class FilesError(TenantCrmError):
    """Files that cannot be read as campaigns, with every fault that was found."""

    status, code, title = 422, "invalid_files", "The files are not valid"

    def __init__(self, faults: list[FileFault]) -> None:
        """Keep the faults in the order of their places."""
        self.faults = sorted(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
