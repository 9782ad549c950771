"""Amazon SNS as far as SES's events need it: topics, subscriptions, signed notifications.

``topics`` and ``notices`` keep; ``dispatcher`` decides what is due; ``courier`` hands it to a
process of its own (``posting``), which signs and posts, so that neither slows a send down.
"""
