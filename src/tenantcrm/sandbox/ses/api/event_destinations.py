"""The event destinations of configuration sets over the wire."""

from litestar import Controller, Response, delete, get, post, put

from tenantcrm.sandbox.ses.api.answers import AnyRequest, answered
from tenantcrm.sandbox.ses.api.requests import asked
from tenantcrm.sandbox.ses.configuration_sets import EventDestination, EventType
from tenantcrm.sandbox.ses.errors import BadRequestError
from tenantcrm.sandbox.ses.outbound import Wire
from tenantcrm.sandbox.ses.simulator import Simulator


class SnsDestination(Wire):
    """A topic."""

    topic_arn: str


class Definition(Wire):
    """Which events go where. Of the places, a topic alone is simulated."""

    enabled: bool = False
    matching_event_types: list[EventType] | None = None
    sns_destination: SnsDestination | None = None


class CreateDestination(Wire):
    """The request."""

    event_destination_name: str
    event_destination: Definition


class UpdateDestination(Wire):
    """The request."""

    event_destination: Definition


def _destination(name: str, definition: Definition) -> EventDestination:
    if definition.sns_destination is None:
        raise BadRequestError("Only SnsDestination is simulated, and one is needed.")
    if not definition.matching_event_types:
        raise BadRequestError("MatchingEventTypes must have at least one type.")
    return EventDestination(
        name=name,
        enabled=definition.enabled,
        matching=tuple(dict.fromkeys(definition.matching_event_types)),
        topic_arn=definition.sns_destination.topic_arn,
    )


class EventDestinationsApi(Controller):
    """Create, get, update, delete."""

    path = "/v2/email/configuration-sets/{name:str}/event-destinations"

    @post("/", status_code=200)
    async def create(self, request: AnyRequest, simulator: Simulator, name: str) -> Response[bytes]:
        """CreateConfigurationSetEventDestination."""
        document = await asked(request, CreateDestination)
        made = _destination(document.event_destination_name, document.event_destination)
        await simulator.configuration_sets.add_destination(name, made)
        return answered({})

    @get("/")
    async def index(self, simulator: Simulator, name: str) -> Response[bytes]:
        """GetConfigurationSetEventDestinations."""
        return answered(
            {
                "EventDestinations": [
                    {
                        "Name": one.name,
                        "Enabled": one.enabled,
                        "MatchingEventTypes": one.matching,
                        "SnsDestination": {"TopicArn": one.topic_arn},
                    }
                    for one in simulator.configuration_sets.get(name).destinations
                ]
            }
        )

    @put("/{destination:str}")
    async def update(
        self, request: AnyRequest, simulator: Simulator, name: str, destination: str
    ) -> Response[bytes]:
        """UpdateConfigurationSetEventDestination."""
        document = await asked(request, UpdateDestination)
        changed = _destination(destination, document.event_destination)
        await simulator.configuration_sets.change_destination(name, changed)
        return answered({})

    @delete("/{destination:str}", status_code=200)
    async def remove(self, simulator: Simulator, name: str, destination: str) -> Response[bytes]:
        """DeleteConfigurationSetEventDestination."""
        await simulator.configuration_sets.remove_destination(name, destination)
        return answered({})
