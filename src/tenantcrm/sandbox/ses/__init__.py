"""Amazon SES v2 as far as the product uses it, over HTTP, with an inbox instead of a way out.

What stands where:

* ``__main__`` and ``serving`` start it, ``app`` puts it together, ``simulator`` holds its parts.
* ``http`` speaks with the clients; ``store`` keeps everything in one SQLite file, ``documents``
  the named things in it; an answered send is committed.
* ``identities``, ``configuration_sets``, ``suppressions``, ``tenants``, ``account``: what SES
  knows of its customer.
* ``sending`` takes a mail, ``bulk`` many, ``checks`` both; ``composing`` builds one from parts,
  ``templated`` from one of ``templates``; ``stamping`` does to the headers what SES does;
  ``addresses``, ``arns`` and ``errors`` speak its language.
* ``faults``: what goes wrong on purpose. ``admin``: plans, allowance, proofs and the ledger.
* ``events``, ``sns``, ``sqs`` and ``telling``: what is told of mails.
* ``api``: the SES v2 wire protocol (REST-JSON). ``inbox``: what people and scripts look at.
"""
