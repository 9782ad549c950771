"""Everything under ``/v1``, put together."""

from litestar import Router
from litestar.di import Provide

from tenantcrm.web.api.call import LARGEST_BODY, provide_call, provide_quick_call
from tenantcrm.web.api.campaign_life import CampaignLife
from tenantcrm.web.api.campaign_outlook import CampaignOutlook
from tenantcrm.web.api.campaign_versions import CampaignVersions
from tenantcrm.web.api.campaigns import Campaigns
from tenantcrm.web.api.contact_life import ContactLife
from tenantcrm.web.api.contacts import Contacts
from tenantcrm.web.api.contacts_batch import ContactBatch
from tenantcrm.web.api.deliveries import delivery
from tenantcrm.web.api.filters import check_filter
from tenantcrm.web.api.imports import ContactImports
from tenantcrm.web.api.me import me
from tenantcrm.web.api.problems import EXCEPTION_HANDLERS
from tenantcrm.web.api.report import report

api_router = Router(
    path="/v1",
    route_handlers=[
        me,
        Contacts,
        ContactBatch,
        ContactImports,
        ContactLife,
        check_filter,
        Campaigns,
        CampaignLife,
        CampaignOutlook,
        CampaignVersions,
        delivery,
        report,
    ],
    dependencies={"call": Provide(provide_call), "quick": Provide(provide_quick_call)},
    exception_handlers=EXCEPTION_HANDLERS,
    request_max_body_size=LARGEST_BODY,
)
