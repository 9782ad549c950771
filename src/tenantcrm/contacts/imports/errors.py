"""What imports refuse, and what ends one."""

from tenantcrm.errors import ConflictError, TenantCrmError


class FileError(TenantCrmError):
    """The file cannot be read, or is no list of contacts; the words say what was expected."""

    status, code, title = 422, "unreadable_file", "The file cannot be read"


class TooLargeError(TenantCrmError):
    """The file is larger than an import takes."""

    status, code, title = 413, "body_too_large", "The file is too large"


class ImportStateError(ConflictError):
    """The import is past that, or not there yet."""

    code, title = "import_state", "The import does not take this now"


class LostError(Exception):
    """This worker no longer has the import: somebody cancelled it, or another worker took over."""


class CollidedError(Exception):
    """Somebody else wrote the same contacts in between: the batch is tried again."""
