"""Mail through an SMTP server instead of SES: the same ledger, and the same promise.

A server is handed a mail at most once. What it certainly has not taken, because it said so or
because the mail had not left when the connection broke, goes back into the queue; whatever is
lost after that is ``unknown``, and stays so: SMTP tells nothing afterwards.
"""
