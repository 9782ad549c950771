"""``/_identities/{name}``: how far the proofs of an identity are, which DNS decides elsewhere."""

import msgspec
from litestar import Controller, Response, get, put
from msgspec.structs import replace

from tenantcrm.sandbox.ses.api.answers import AnyRequest, answered
from tenantcrm.sandbox.ses.api.requests import asked
from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.identities import Status
from tenantcrm.sandbox.ses.simulator import Simulator

Proof = bool | Status
"""True: SUCCESS; False: PENDING."""


class Proofs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change; what is left out stays."""

    verified: Proof | None = None
    dkim: Proof | None = None
    mail_from: Proof | None = None


class IdentitiesAdmin(Controller):
    """The proofs of identities."""

    path = "/_identities/{name:str}"

    @get("/")
    async def show(self, simulator: Simulator, name: str) -> Response[bytes]:
        """Answer with the identity as it is kept."""
        return answered(msgspec.to_builtins(simulator.identities.get(name)))

    @put("/")
    async def change(self, request: AnyRequest, simulator: Simulator, name: str) -> Response[bytes]:
        """Have proofs succeed, wait or fail from now on."""
        wanted = await asked(request, Proofs)
        found = simulator.identities.get(name)
        if wanted.verified is not None:
            found = replace(found, status=_status(wanted.verified))
        if wanted.dkim is not None:
            found = replace(found, dkim=_status(wanted.dkim))
        if wanted.mail_from is not None:
            if found.mail_from is None:
                raise BadRequestError(f"Email identity {found.name} has no MAIL FROM domain.")
            found = replace(
                found, mail_from=replace(found.mail_from, status=_status(wanted.mail_from))
            )
        await simulator.identities.replace(found)
        return answered(msgspec.to_builtins(found))


def _status(proof: Proof) -> Status:
    if isinstance(proof, bool):
        return "SUCCESS" if proof else "PENDING"
    return proof
