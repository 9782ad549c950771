"""What an author should know of a message before it goes out. Pure.

``parts`` finds links and pictures in a source, ``variables`` what it reads of a contact;
``looking`` judges them; ``findings`` says what a finding is. Faults that keep a message from being
saved are those of ``rules.check_message``; they are findings here as well.
"""

from tenantcrm.campaigns.preflight.findings import Finding, Level, blocking
from tenantcrm.campaigns.preflight.looking import Known, look

__all__ = ["Finding", "Known", "Level", "blocking", "look"]
