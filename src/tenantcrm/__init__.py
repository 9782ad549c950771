"""tenantcrm: drip email for the contacts of many businesses.

The map of the house, in the order in which imports may run (never the other way):

* ``cli``, ``app``, ``worker``: the three ways in; each only puts things together.
* ``web``: everything that speaks HTTP: API, dashboard, public pages, operator console.
* ``delivery``: how mail leaves: ledger, claiming, rates, MIME, SES.
* ``campaigns``: what is sent and when: campaigns, messages, enrolment, calendar, rendering.
* ``contacts``: to whom: contacts, attributes, the filter language, suppressions.
* ``tenants``: who: tenants, users, memberships, API keys, operators.
* root modules: ``database`` (the only commit), ``settings``, ``clock``, ``ids``, ``errors``.
* ``sandbox``: what stands in for the cloud on a laptop; imported by ``cli`` and tests alone.
"""
