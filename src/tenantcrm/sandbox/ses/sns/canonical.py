"""What SNS signs of a message: certain fields by name, each name and value on a line of its own.

Source: Amazon SNS developer guide, "Verifying the signatures of Amazon SNS messages". Every value
is followed by a newline, the last one too.
"""

from collections.abc import Mapping

PREFIX = "SimpleNotificationService-"
"""What the names of certificates begin with."""
NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"
_NOTIFIED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def string_to_sign(fields: Mapping[str, str]) -> bytes:
    """The bytes under the signature; a notification without Subject leaves it out."""
    names = _NOTIFIED if fields["Type"] == NOTIFICATION else _CONFIRMED
    return "".join(f"{name}\n{fields[name]}\n" for name in names if name in fields).encode()
