"""What SES tells of mails after it took them: event publishing, and what each recipient does.

``outcomes`` says what happens by address; ``records`` and ``mail_object`` write the JSON;
``publisher`` makes events of taken mails; ``emitted`` keeps them.
"""
