"""Amazon SES v2 as far as the product uses it, over HTTP, with an inbox instead of a way out.

What stands where:

* ``__main__`` and ``serving`` start it, ``app`` puts it together, ``simulator`` holds its parts.
* ``store`` keeps everything in one SQLite file; an answered send is committed.
* ``identities``, ``configuration_sets``, ``account``: what SES knows of its customer.
* ``sending`` takes a mail; ``composing`` builds one from parts; ``stamping`` does to the headers
  what SES does; ``addresses`` and ``errors`` speak its language.
* ``api``: the SES v2 wire protocol (REST-JSON). ``inbox``: what people and scripts look at.
"""
