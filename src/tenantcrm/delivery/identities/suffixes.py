"""Names under which anybody may register a domain, and which are therefore nobody's own.

The ones that people type by mistake, from the public suffix list (publicsuffix.org): whoever gets
past this still has to change the DNS of the name, which a registry does not let them.
"""

_SECOND_LEVEL = {
    "ar": "com edu gob gov int mil net org tur",
    "at": "ac co gv or",
    "au": "asn com edu gov id net org",
    "bd": "ac com edu gov info mil net org",
    "br": "adv art blog com eco edu emp eng gov ind med net org",
    "cn": "ac com edu gov mil net org",
    "co": "com edu gov mil net nom org",
    "cr": "ac co ed fi go or sa",
    "cy": "ac com gov ltd net org",
    "do": "com edu gob gov net org",
    "ec": "com edu fin gob gov info med net org",
    "eg": "com edu eun gov mil name net org sci",
    "es": "com edu gob nom org",
    "fr": "asso com gouv nom prd tm",
    "gh": "com edu gov mil org",
    "gr": "com edu gov net org",
    "hk": "com edu gov idv net org",
    "hu": "co info org",
    "id": "ac biz co desa go mil my net or sch web",
    "il": "ac co gov idf k12 muni net org",
    "in": "ac co edu firm gen gov ind mil net nic org res",
    "it": "edu gov",
    "jp": "ac ad co ed go gr lg ne or",
    "ke": "ac co go info me mobi ne or sc",
    "kr": "ac co es go hs kg mil ms ne or pe re sc",
    "lk": "ac com edu gov net org",
    "ma": "ac co gov net org press",
    "mx": "com edu gob net org",
    "my": "com edu gov mil name net org",
    "ng": "com edu gov mil mobi name net org sch",
    "np": "com edu gov mil net org",
    "nz": "ac co cri geek gen govt health iwi kiwi maori mil net org parliament school",
    "pe": "com edu gob mil net nom org",
    "ph": "com edu gov mil net ngo org",
    "pk": "biz com edu gov net org web",
    "pl": "biz com edu gov info net org waw",
    "pt": "com edu gov int net nome org publ",
    "py": "com coop edu gov mil net org",
    "ro": "arts com firm info nom nt org rec store tm www",
    "rs": "ac co edu gov in org",
    "sa": "com edu gov med net org pub sch",
    "sg": "com edu gov net org per",
    "th": "ac co go in mi net or",
    "tr": "av bel biz com edu gen gov info k12 name net org web",
    "tw": "com edu gov idv mil net org",
    "tz": "ac co go or",
    "ua": "com edu gov in net org",
    "ug": "ac co com go ne or org sc",
    "uk": "ac co gov ltd me net nhs org plc police sch",
    "uy": "com edu gub mil net org",
    "ve": "co com edu gob gov info mil net org web",
    "vn": "ac biz com edu gov info name net org pro",
    "za": "ac co edu gov law mil net nom org web",
    "zw": "ac co gov mil org",
}
_SHARED_HOSTS = frozenset(
    {
        "amazonaws.com", "appspot.com", "azurewebsites.net", "blogspot.com", "cloudfront.net",
        "eu.org", "firebaseapp.com", "fly.dev", "github.io", "gitlab.io", "herokuapp.com",
        "myshopify.com", "netlify.app", "ngrok.io", "onrender.com", "pages.dev", "tumblr.com",
        "uk.com", "us.com", "vercel.app", "web.app", "weebly.com", "wixsite.com", "wordpress.com",
        "workers.dev",
    }
)  # fmt: skip


def is_suffix(name: str) -> bool:
    """Whether anybody may have a name below this one. ``name``: lower case, ASCII."""
    labels = name.split(".")
    if len(labels) == 1 or name in _SHARED_HOSTS:
        return True
    first, *rest = labels
    return len(rest) == 1 and first in _SECOND_LEVEL.get(rest[0], "").split()
