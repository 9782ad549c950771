"""Configuration sets over the wire."""

from typing import Annotated

import msgspec
from litestar import Controller, Response, delete, get, post
from litestar.params import Parameter

from tenantcrm.sandbox.ses.api.answers import AnyRequest, answered, body_of, page_of
from tenantcrm.sandbox.ses.configuration_sets import ConfigurationSet
from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.outbound import Wire
from tenantcrm.sandbox.ses.simulator import Simulator

_KEPT = (
    "TrackingOptions",
    "DeliveryOptions",
    "ReputationOptions",
    "SuppressionOptions",
    "VdmOptions",
    "ArchivingOptions",
    "Tags",
)
"""Members that GetConfigurationSet gives back as they were given."""


class SendingOptions(Wire):
    """Whether the set may be sent under."""

    sending_enabled: bool = True


class CreateConfigurationSet(Wire):
    """The request, as far as it is understood."""

    configuration_set_name: str
    sending_options: SendingOptions | None = None


class ConfigurationSetsApi(Controller):
    """Create, get, list, delete."""

    path = "/v2/email/configuration-sets"

    @post("/", status_code=200)
    async def create(self, request: AnyRequest, simulator: Simulator) -> Response[bytes]:
        """CreateConfigurationSet."""
        body = await body_of(request)
        try:
            asked = msgspec.json.decode(body, type=CreateConfigurationSet)
            members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
        except msgspec.DecodeError as fault:
            raise BadRequestError(f"1 validation error detected: {fault}") from None
        await simulator.configuration_sets.create(
            ConfigurationSet(
                name=asked.configuration_set_name,
                options={name: members[name].copy() for name in _KEPT if name in members},
                sending_enabled=(asked.sending_options or SendingOptions()).sending_enabled,
            )
        )
        return answered({})

    @get("/")
    async def index(
        self,
        simulator: Simulator,
        next_token: Annotated[str | None, Parameter(query="NextToken")] = None,
        page_size: Annotated[int | None, Parameter(query="PageSize", ge=0, le=1000)] = None,
    ) -> Response[bytes]:
        """ListConfigurationSets."""
        names, following = page_of(simulator.configuration_sets.names(), next_token, page_size)
        return answered(
            {"ConfigurationSets": names} | ({"NextToken": following} if following else {})
        )

    @get("/{name:str}")
    async def one(self, simulator: Simulator, name: str) -> Response[bytes]:
        """GetConfigurationSet."""
        found = simulator.configuration_sets.get(name)
        return answered(
            {
                "ConfigurationSetName": found.name,
                "SendingOptions": {"SendingEnabled": found.sending_enabled},
                **found.options,
            }
        )

    @delete("/{name:str}", status_code=200)
    async def remove(self, simulator: Simulator, name: str) -> Response[bytes]:
        """DeleteConfigurationSet."""
        await simulator.configuration_sets.delete(name)
        return answered({})
