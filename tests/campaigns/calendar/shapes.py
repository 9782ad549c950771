"""Rests, send days, zones and moments, as hypothesis makes them up."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from tenantcrm.campaigns.calendar import Cap, Rest

ODD = (
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Europe/Dublin",
    "America/New_York",
    "Africa/Casablanca",
    "Europe/Berlin",
    "UTC",
)
"""Half an hour of summer time, a quarter's offset, a day left out, fourteen hours ahead, summer
time that goes backwards, and plain ones."""

zones = st.sampled_from(ODD).map(ZoneInfo)
days = st.dates(date(2024, 2, 20), date(2028, 3, 10))
rests = st.builds(
    Rest,
    weekdays=st.frozensets(st.integers(1, 7), max_size=6),
    dates=st.frozensets(days, max_size=5),
)
send_days = st.lists(st.integers(-9, 40), min_size=1, max_size=7, unique=True).map(sorted)
wall_times = st.sampled_from([time(0), time(1, 45), time(2, 30), time(10), time(23, 59)])
moments = st.datetimes(
    datetime(2024, 2, 20),  # noqa: DTZ001 # hypothesis takes bounds without a zone
    datetime(2028, 3, 10),  # noqa: DTZ001
    timezones=st.just(UTC),
)
caps = st.builds(Cap, mails=st.integers(1, 3), days=st.integers(1, 6))
