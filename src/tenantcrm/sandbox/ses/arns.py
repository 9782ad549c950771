"""Amazon Resource Names of what the simulator has. Its account has no number but zeros."""

from typing import Literal

ACCOUNT = "000000000000"
Kind = Literal["EMAIL_IDENTITY", "CONFIGURATION_SET", "EMAIL_TEMPLATE"]
_KINDS: dict[str, Kind] = {
    "identity": "EMAIL_IDENTITY",
    "configuration-set": "CONFIGURATION_SET",
    "template": "EMAIL_TEMPLATE",
}


def identity_arn(region: str, name: str) -> str:
    """The ARN of an email identity."""
    return f"arn:aws:ses:{region}:{ACCOUNT}:identity/{name}"


def tenant_arn(region: str, name: str, tenant_id: str) -> str:
    """The ARN of a tenant."""
    return f"arn:aws:ses:{region}:{ACCOUNT}:tenant/{name}/{tenant_id}"


def resource(arn: str, region: str) -> tuple[Kind, str] | None:
    """The kind and the name of the resource of an ARN; None: it is no resource of a tenant.

    The number of the account is not looked at: clients tell the simulator whichever they have.
    """
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[:4] != ["arn", "aws", "ses", region]:  # noqa: PLR2004 -- six by form
        return None
    kind, _, name = parts[5].partition("/")
    return (_KINDS[kind], name) if kind in _KINDS and name else None
