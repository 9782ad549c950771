"""What to do about DMARC, in plain words. Pure."""

from tenantcrm.delivery.identities.dmarc import Policy
from tenantcrm.delivery.identities.findings import Advice, DmarcFinding, RecordState, Tone

START = "v=DMARC1; p=none; rua=mailto:dmarc@{domain}"
"""A record that asks for reports and changes nothing of how mail is handled."""


def advise(domain: str, policy: Policy, *, signed: bool, mail_from: bool) -> DmarcFinding:
    """The finding, with what it means for mail of the domain.

    Args:
        domain: the domain that is set up.
        policy: what covers it.
        signed: whether SES signs for the domain (DKIM is verified).
        mail_from: whether a custom MAIL FROM domain works.
    """
    if policy.unknown:
        words = f"Could not look for a DMARC record: {policy.unknown}."
        return DmarcFinding(state=RecordState.UNKNOWN, advice=(Advice(Tone.WARN, words),))
    if not policy.at:
        return DmarcFinding(state=RecordState.MISSING, advice=(_none(domain),))
    broken = _broken(policy)
    advice = [broken] if broken else _sound(domain, policy, signed=signed, mail_from=mail_from)
    return DmarcFinding(
        state=RecordState.DIFFERENT if broken else RecordState.FOUND,
        at=policy.at,
        record=policy.records[0],
        policy="" if broken else policy.applied,
        advice=tuple(advice),
    )


def _none(domain: str) -> Advice:
    return Advice(
        Tone.WARN,
        "There is no DMARC record. Gmail and Yahoo ask everybody who sends in bulk for one. "
        "This one changes nothing of how your mail is handled; it only asks for reports:",
        name=f"_dmarc.{domain}",
        record=START.format(domain=domain),
    )


def _broken(policy: Policy) -> Advice | None:
    if len(policy.records) > 1:
        return Advice(
            Tone.DANGER,
            f"There are {len(policy.records)} DMARC records at _dmarc.{policy.at}: receivers then "
            "follow none of them. Keep one.",
        )
    if not policy.dmarc.good:
        return Advice(
            Tone.DANGER,
            f"The DMARC record is broken, and receivers ignore it: "
            f"{'; '.join(policy.dmarc.faults)}. A sound one:",
            name=f"_dmarc.{policy.at}",
            record=START.format(domain=policy.at),
        )
    return None


def _sound(domain: str, policy: Policy, *, signed: bool, mail_from: bool) -> list[Advice]:
    advice = [_of_policy(domain, policy, signed=signed)]
    dmarc = policy.dmarc
    if not dmarc.reports:
        advice.append(
            Advice(
                Tone.WARN,
                "It asks for no reports, so nobody tells you who sends in your name. Add "
                f"rua=mailto:dmarc@{policy.at} to it.",
            )
        )
    if dmarc.strict_spf:
        advice.append(
            Advice(
                Tone.WARN,
                "aspf=s: SPF never matches, because bounces go to a domain below yours. Mail "
                "passes by its DKIM signature alone; aspf=r lets both count.",
            )
        )
    elif signed and not mail_from:
        advice.append(
            Advice(
                Tone.WARN,
                "Mail passes by its DKIM signature alone until the MAIL FROM records are found.",
            )
        )
    if dmarc.strict_dkim:
        advice.append(
            Advice(
                Tone.WARN,
                f"adkim=s: mail from addresses below {domain}, such as hi@news.{domain}, fails. "
                "Set up each of those domains here, or use adkim=r.",
            )
        )
    return advice


def _of_policy(domain: str, policy: Policy, *, signed: bool) -> Advice:
    applied = policy.applied
    if applied == "none" or policy.dmarc.testing:
        words = (
            "failing mail is only reported. After some weeks without surprises in the reports, "
            "p=quarantine protects your name."
        )
        return Advice(Tone.OK, _with_place(domain, policy, words))
    act = "refused" if applied == "reject" else "put into spam folders"
    if signed:
        words = f"mail in your name that is not yours is {act}."
        return Advice(Tone.OK, _with_place(domain, policy, words))
    words = (
        f"mail that fails is {act} (p={applied}), and mail from here fails until the DKIM records "
        "are found. Do not send before."
    )
    return Advice(Tone.DANGER, _with_place(domain, policy, words))


def _with_place(domain: str, policy: Policy, words: str) -> str:
    if policy.inherited:
        return f"{domain} follows the DMARC record of {policy.at}: {words}"
    return words[0].upper() + words[1:]
