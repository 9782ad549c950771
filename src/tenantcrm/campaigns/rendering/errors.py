"""What can be wrong with a template, at save and at send."""

from tenantcrm.errors import TenantCrmError

SYNTAX = "template_syntax"
TOO_LARGE = "template_too_large"
TOO_COSTLY = "template_too_costly"
MJML = "mjml_syntax"
BLOCKS = "blocks_syntax"
FAILED = "template_failed"


class TemplateFault(Exception):  # noqa: N818 # a finding that check_template lists, not a failure
    """One thing wrong with a template: words, the line (from 1) where known, and a code."""

    def __init__(self, message: str, line: int | None = None, code: str = SYNTAX) -> None:
        """Keep the parts apart, so that callers choose how to show them."""
        super().__init__(message)
        self.message = message
        self.line = line
        self.code = code

    def __str__(self) -> str:
        return self.message if self.line is None else f"Line {self.line}: {self.message}"


class RenderError(TenantCrmError):
    """A mail cannot be made from its template. The words name no contact and no value of one."""

    status, code, title = 422, FAILED, "The mail could not be made from its template"

    def __init__(self, code: str, detail: str) -> None:
        """Keep the code of this case: the ledger shows it as the reason."""
        super().__init__(detail)
        self.code = code
