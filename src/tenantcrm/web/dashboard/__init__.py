"""The dashboard of a tenant's people."""

from tenantcrm.web.dashboard.account import Account
from tenantcrm.web.dashboard.audit import Audit
from tenantcrm.web.dashboard.campaign_forecast import CampaignForecast
from tenantcrm.web.dashboard.campaign_history import CampaignHistory
from tenantcrm.web.dashboard.campaign_life import CampaignLife
from tenantcrm.web.dashboard.campaign_list import CampaignList
from tenantcrm.web.dashboard.campaign_people import CampaignPeople
from tenantcrm.web.dashboard.campaign_start import CampaignStart
from tenantcrm.web.dashboard.campaigns import Campaigns
from tenantcrm.web.dashboard.contact_bulk import ContactBulk
from tenantcrm.web.dashboard.contact_export import ContactExport
from tenantcrm.web.dashboard.contact_filter import ContactFilter
from tenantcrm.web.dashboard.contact_life import ContactLife
from tenantcrm.web.dashboard.contact_list import ContactList
from tenantcrm.web.dashboard.contacts import Contacts
from tenantcrm.web.dashboard.domains import Domains
from tenantcrm.web.dashboard.home import Home
from tenantcrm.web.dashboard.imports import Imports
from tenantcrm.web.dashboard.keys import Keys
from tenantcrm.web.dashboard.message_drafts import MessageDrafts
from tenantcrm.web.dashboard.message_order import MessageOrder
from tenantcrm.web.dashboard.messages import Messages
from tenantcrm.web.dashboard.report import CampaignReport
from tenantcrm.web.dashboard.sandbox import Sandbox
from tenantcrm.web.dashboard.sends import Sends
from tenantcrm.web.dashboard.settings import SettingsPages
from tenantcrm.web.dashboard.starters import Starters
from tenantcrm.web.dashboard.team import Team
from tenantcrm.web.dashboard.test_mails import TestMails
from tenantcrm.web.dashboard.usage import Usage

DASHBOARD = (
    Home,
    ContactList,
    Contacts,
    ContactExport,
    Imports,
    ContactFilter,
    ContactBulk,
    ContactLife,
    CampaignList,
    Campaigns,
    CampaignStart,
    CampaignLife,
    CampaignPeople,
    CampaignReport,
    CampaignForecast,
    CampaignHistory,
    MessageOrder,
    Messages,
    MessageDrafts,
    TestMails,
    Sends,
    Keys,
    SettingsPages,
    Account,
    Domains,
    Team,
    Audit,
    Usage,
    Starters,
    Sandbox,
)
