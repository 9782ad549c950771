"""What stands in for the cloud on one machine, for ``tenantcrm up`` and the tests alone.

What stands where:

* ``up`` starts and stops everything; ``preparation`` takes the home first; ``parts`` says what
  there is to start; ``terminal`` and ``summary`` show it; ``demo`` fills it.
* ``home``, ``addresses``, ``passwords``, ``ports``, ``lock``: the folder that one sandbox lives in.
* ``time_machine``: its clock.
* ``supervisor`` keeps ``Child`` programs running; ``process`` holds one of them; ``guard`` is the
  small program between the two that leaves nothing behind.
* ``postgres``, ``valkey``: the embedded servers. ``ses``: the simulator of Amazon SES.
"""
