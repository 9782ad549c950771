"""What every request to send is checked for: who sends, to whom, under what, and for whom."""

from collections.abc import Iterable, Sequence

from tenantcrm.sandbox.ses import addresses
from tenantcrm.sandbox.ses.arns import resource
from tenantcrm.sandbox.ses.errors import (
    BadRequestError,
    MailFromNotVerifiedError,
    MessageRejectedError,
)
from tenantcrm.sandbox.ses.outbound import Destination
from tenantcrm.sandbox.ses.simulator import Simulator

MOST_RECIPIENTS = 50
MOST_BYTES = 40 * 1024 * 1024


def check_verified(simulator: Simulator, named: Iterable[str]) -> None:
    """See that every address is covered by an identity that is verified.

    Raises:
        MessageRejectedError: in the words of SES, with those that are not.
    """
    failed = [one for one in dict.fromkeys(named) if simulator.identities.covering(one) is None]
    if failed:
        raise MessageRejectedError(
            "Email address is not verified. The following identities failed the check in region "
            f"{simulator.region.upper()}: {', '.join(failed)}"
        )


def check_recipients(simulator: Simulator, recipients: Sequence[str]) -> None:
    """See that there are some, not too many, and that the account may write to them."""
    if not recipients:
        raise BadRequestError("The message has no recipients.")
    if len(recipients) > MOST_RECIPIENTS:
        raise BadRequestError(f"Recipient count exceeds {MOST_RECIPIENTS}.")
    if not simulator.account.allowance.production_access:
        check_verified(simulator, recipients)


def recipients_in(destination: Destination) -> list[str]:
    """The addresses of a destination."""
    return [addresses.bare(mailbox) for mailbox in destination.mailboxes()]


def check_mail_from(simulator: Simulator, sender: str) -> None:
    """See that the sender's own domain for bounces works, where its owner insists on it."""
    identity = simulator.identities.covering(sender)
    mail_from = identity.mail_from if identity else None
    if (
        mail_from is not None
        and mail_from.status != "SUCCESS"
        and mail_from.on_mx_failure == "REJECT_MESSAGE"
    ):
        raise MailFromNotVerifiedError(
            f"Could not verify the MX record of the MAIL FROM domain <{mail_from.domain}>."
        )


def configuration_set(simulator: Simulator, asked: str | None, sender: str) -> str | None:
    """The name of the set that a mail is sent under: what was asked for, else the identity's.

    Raises:
        NotFoundError: there is none of this name.
        BadRequestError: nothing is sent under it at present.
    """
    identity = simulator.identities.covering(sender)
    name = asked or (identity.configuration_set if identity else None)
    if name is None:
        return None
    found = simulator.configuration_sets.get(name)
    if not found.sending_enabled:
        raise BadRequestError(f"Sending is disabled for the configuration set <{name}>.")
    return found.name


def check_tenant(simulator: Simulator, name: str | None, sender: str, under: str | None) -> None:
    """See that a tenant may use the sender's identity and the configuration set.

    Raises:
        NotFoundError: there is no such tenant.
        BadRequestError: one of the two is not associated with it, or there is no set.
    """
    if name is None:
        return
    tenant = simulator.tenants.get(name)
    allowed = {resource(arn, simulator.region) for arn in tenant.resources}
    identity = simulator.identities.covering(sender)
    if identity is None or ("EMAIL_IDENTITY", identity.name) not in allowed:
        raise BadRequestError(
            f"Identity <{identity.name if identity else sender}> is not associated with "
            f"tenant <{name}>."
        )
    if under is None:
        raise BadRequestError(f"A mail of tenant <{name}> needs a configuration set.")
    if ("CONFIGURATION_SET", under) not in allowed:
        raise BadRequestError(
            f"Configuration set <{under}> is not associated with tenant <{name}>."
        )
