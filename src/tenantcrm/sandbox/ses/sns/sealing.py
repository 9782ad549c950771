"""The JSON document that SNS posts: a message's fields, signed, and where to verify them."""

import msgspec

from tenantcrm.sandbox.ses.sns.canonical import NOTIFICATION, string_to_sign
from tenantcrm.sandbox.ses.sns.envelopes import Parcel
from tenantcrm.sandbox.ses.sns.keys import Key


def sealed(parcel: Parcel, key: Key, stranger: Key | None = None) -> bytes:
    """The document: fields, signature, and the links that go with them.

    Args:
        parcel: what is to be signed.
        key: the key that the certificate is of.
        stranger: the key of a forgery.
    """
    forgery = parcel.forgery
    fields = dict(parcel.fields)
    if forgery.topic is not None:
        fields["TopicArn"] = forgery.topic
    signer = stranger if forgery.key and stranger is not None else key
    signature = signer.sign(string_to_sign(fields), version=forgery.version)
    if forgery.body:
        fields["Message"] += " "
    document = {
        **fields,
        "SignatureVersion": forgery.version,
        "Signature": signature,
        "SigningCertURL": forgery.certificate_url or f"{parcel.base}/{key.name}",
    }
    if fields["Type"] == NOTIFICATION and parcel.subscription:
        document["UnsubscribeURL"] = (
            f"{parcel.base}/?Action=Unsubscribe&SubscriptionArn={parcel.subscription}"
        )
    return msgspec.json.encode(document)
