"""How far the proofs of an identity are: in SES's words, and by the simulator's own options."""

import pytest

from tests.sandbox.ses.running import client_of, refused, running, simple


@pytest.mark.parametrize(("option", "status"), [("pending", "PENDING"), ("failed", "FAILED")])
async def test_identities_that_are_not_verified_at_once(someone, option, status):
    """An identity can begin pending or failed; nothing is sent from it until it is verified."""
    with running(None, "--identities", option) as simulator:
        async with client_of(simulator) as client:
            made = await client.create_email_identity(EmailIdentity="example.com")
            assert made["VerifiedForSendingStatus"] is False
            found = await client.get_email_identity(EmailIdentity="example.com")
            assert found["VerificationStatus"] == status
            assert found["DkimAttributes"]["Status"] == status
            assert "LastSuccessTimestamp" not in found["VerificationInfo"]
            with refused("MessageRejected", "not verified"):
                await client.send_email(**simple(someone))
            proofs = {"verified": True, "dkim": True}
            answer = simulator.http.put("/_identities/example.com", json=proofs)
            assert answer.status_code == 200
            found = await client.get_email_identity(EmailIdentity="example.com")
            assert found["VerifiedForSendingStatus"] is True
            assert found["DkimAttributes"]["Status"] == "SUCCESS"
            await client.send_email(**simple(someone))


async def test_an_identity_that_was_verified(client, ses, someone):
    """Proofs can be lost again, and each on its own."""
    await client.create_email_identity(EmailIdentity="lost.example")
    answer = ses.http.put("/_identities/lost.example", json={"verified": "TEMPORARY_FAILURE"})
    assert answer.json()["dkim"] == "SUCCESS"
    listed = (await client.list_email_identities())["EmailIdentities"]
    [found] = [one for one in listed if one["IdentityName"] == "lost.example"]
    assert (found["SendingEnabled"], found["VerificationStatus"]) == (False, "TEMPORARY_FAILURE")
    with refused("MessageRejected", "lost.example"):
        await client.send_email(**simple(someone) | {"FromEmailAddress": "hi@lost.example"})


@pytest.mark.parametrize(
    ("name", "proofs", "status"),
    [
        ("nobody.example", {"verified": True}, 404),
        ("example.com", {"verified": "MAYBE"}, 400),
        ("example.com", {"vrified": True}, 400),
        ("example.com", {"mail_from": True}, 400),
    ],
)
def test_what_is_no_proof(ses, name, proofs, status):
    """An identity that is not there and words that are not known are refused."""
    assert ses.http.put(f"/_identities/{name}", json=proofs).status_code == status


async def test_a_mail_from_domain(ses, client, someone):
    """MAIL FROM is below the identity's domain, and can be made to stop mail where it fails."""
    await client.create_email_identity(EmailIdentity="from.example")
    asked = {"EmailIdentity": "from.example", "MailFromDomain": "bounce.from.example"}
    with refused("BadRequestException", "not subdomain"):
        await client.put_email_identity_mail_from_attributes(
            **asked | {"MailFromDomain": "bounce.other.example"}
        )
    await client.put_email_identity_mail_from_attributes(
        **asked, BehaviorOnMxFailure="REJECT_MESSAGE"
    )
    found = await client.get_email_identity(EmailIdentity="from.example")
    assert found["MailFromAttributes"] == {
        "MailFromDomain": "bounce.from.example",
        "MailFromDomainStatus": "SUCCESS",
        "BehaviorOnMxFailure": "REJECT_MESSAGE",
    }
    sender = {"FromEmailAddress": "hi@from.example"}
    await client.send_email(**simple(someone) | sender)
    ses.http.put("/_identities/from.example", json={"mail_from": "FAILED"})
    with refused("MailFromDomainNotVerifiedException", "bounce.from.example"):
        await client.send_email(**simple(someone) | sender)
    await client.put_email_identity_mail_from_attributes(EmailIdentity="from.example")
    found = await client.get_email_identity(EmailIdentity="from.example")
    assert "MailFromDomain" not in found["MailFromAttributes"]
    await client.send_email(**simple(someone) | sender)


async def test_signing(client):
    """DKIM can be switched off and on; its tokens stay."""
    made = await client.create_email_identity(EmailIdentity="dkim.example")
    await client.put_email_identity_dkim_attributes(
        EmailIdentity="dkim.example", SigningEnabled=False
    )
    found = await client.get_email_identity(EmailIdentity="dkim.example")
    assert found["DkimAttributes"]["SigningEnabled"] is False
    answer = await client.put_email_identity_dkim_signing_attributes(
        EmailIdentity="dkim.example", SigningAttributesOrigin="AWS_SES"
    )
    assert answer["DkimStatus"] == "SUCCESS"
    assert answer["DkimTokens"] == made["DkimAttributes"]["Tokens"]


async def test_another_configuration_set(client):
    """An identity's configuration set can be changed, to one that is there."""
    await client.create_email_identity(EmailIdentity="set.example")
    await client.create_configuration_set(ConfigurationSetName="set")
    with refused("NotFoundException", "nothing", 404):
        await client.put_email_identity_configuration_set_attributes(
            EmailIdentity="set.example", ConfigurationSetName="nothing"
        )
    await client.put_email_identity_configuration_set_attributes(
        EmailIdentity="set.example", ConfigurationSetName="set"
    )
    found = await client.get_email_identity(EmailIdentity="set.example")
    assert found["ConfigurationSetName"] == "set"
