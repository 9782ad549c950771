"""What is to come, in words and bars, for the pages that tell it."""

from collections.abc import Sequence
from typing import Any

from tenantcrm.campaigns.calendar import FutureMail
from tenantcrm.campaigns.service.forecasting import CampaignForecast, ForecastDay
from tenantcrm.campaigns.words import shifts_sentence
from tenantcrm.delivery.outlook import DraftMessage
from tenantcrm.delivery.service.outlook import Outlook
from tenantcrm.delivery.service.telling import Told
from tenantcrm.web.dashboard.timeline import day_text
from tenantcrm.web.filter_words import counted, rounded
from tenantcrm.web.templating import number_text

STATES = {"none": "", "waiting": "scheduled"}
"""States of a message that the ledger has not, as ``ui.state_badge`` shows them."""


def day_bars(forecast: CampaignForecast) -> list[tuple[str, int]]:
    """The days of a forecast, for ``ui.bars``."""
    return [(f"{day.date:%a} {day.date.day} {day.date:%b}", day.sends) for day in days_of(forecast)]


def days_of(forecast: CampaignForecast) -> list[ForecastDay]:
    """The days, without the figures that estimates cannot know."""
    if forecast.exact:
        return forecast.days
    return [ForecastDay(day.date, rounded(day.sends)) for day in forecast.days]


def forecast_lead(forecast: CampaignForecast, *, active: bool) -> str:
    """For whom the days are told, and how well."""
    inside = f"{number_text(forecast.people)} {'person' if forecast.people == 1 else 'people'}"
    words = f"{'Exact' if forecast.exact else 'About right'} for the {inside} in it"
    if forecast.newcomers or not forecast.exact:
        newcomers = counted(forecast.newcomers, exact=forecast.exact)
        words += f", and for {newcomers} who match and come in at the next scan"
    if not active:
        words += ", as if it were activated now"
    if not forecast.exact:
        words += ". You have too many contacts to look at each: estimates are from a sample"
    return f"{words}. Days are those of {forecast.timezone}."


def mail_row(mail: FutureMail, messages: dict[Any, DraftMessage]) -> dict[str, Any]:
    """A mail to come, for a table."""
    message = messages[mail.message_id]
    return {
        "subject": message.subject,
        "send_day": day_text(message.send_day),
        "local": f"{mail.local:%a} {mail.local.day} {mail.local:%b %Y, %H:%M}",
        "zone": mail.zone,
        "at": mail.at,
        "why": shifts_sentence(mail.shifts),
    }


def told_row(one: Told) -> dict[str, Any]:
    """A message for one contact, for a table."""
    return {
        "id": one.message.id,
        "subject": one.message.subject,
        "send_day": day_text(one.message.send_day),
        "state": STATES.get(one.state, one.state),
        "why": one.why.message,
        "at": one.at,
    }


def place_row(found: Outlook) -> dict[str, Any]:
    """Where a contact stands in a campaign, for the list on its page."""
    upcoming = found.mails[0] if found.mails and found.halted is None else None
    subjects = {message.id: message.subject for message in found.messages}
    return {
        "campaign_id": found.campaign_id,
        "name": found.campaign_name,
        "state": "" if found.entered is None else found.entered.state,
        "why": found.why.message
        if found.halted is None or found.entered is None
        else f"{found.why.message} {found.halted.message}",
        "next": None
        if upcoming is None
        else {
            "subject": subjects[upcoming.message_id],
            "at": upcoming.at,
            "local": f"{upcoming.local:%a} {upcoming.local.day} {upcoming.local:%b, %H:%M}",
            "zone": upcoming.zone,
        },
    }


def week_against(days: Sequence[ForecastDay], cap: int | None) -> dict[str, Any]:
    """The mails of some days against what may be sent in one, for ``campaigns/quota.html``.

    Widths are shares of the widest in hundredths. ``cap`` None: no limit is set.
    """
    widest = max([day.sends for day in days] + [cap or 0, 1])
    over = [day for day in days if cap is not None and day.sends > cap]
    return {
        "cap": cap,
        "mark": None if cap is None else round(100 * cap / widest, 2),
        "over": sum(day.sends - (cap or 0) for day in over),
        "days": [
            {
                "label": f"{day.date:%a} {day.date.day} {day.date:%b}",
                "sends": day.sends,
                "within": round(100 * min(day.sends, cap or day.sends) / widest, 2),
                "width": round(100 * day.sends / widest, 2),
                "over": day in over,
            }
            for day in days
        ],
    }
