"""Domains of mailbox providers: everybody has an address there, so nobody may send for all."""

FREE_MAIL = frozenset(
    {
        "126.com", "163.com", "aim.com", "alice.it", "aliyun.com", "aol.com", "arcor.de",
        "att.net", "bellsouth.net", "bigpond.com", "bk.ru", "bluewin.ch", "blueyonder.co.uk",
        "bol.com.br", "btinternet.com", "caramail.com", "centrum.cz", "charter.net", "comcast.net",
        "cox.net", "daum.net", "duck.com", "earthlink.net", "email.cz", "email.it", "fastmail.com",
        "fastmail.fm", "foxmail.com", "free.fr", "freenet.de", "gmail.com", "gmx.at", "gmx.ch",
        "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hanmail.net", "hey.com",
        "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it",
        "hushmail.com", "icloud.com", "inbox.com", "inbox.ru", "interia.pl", "juno.com",
        "laposte.net", "libero.it", "list.ru", "live.co.uk", "live.com", "live.fr", "live.nl",
        "mac.com", "mail.com", "mail.ee", "mail.ru", "mailbox.org", "me.com", "msn.com",
        "nate.com", "naver.com", "netscape.net", "ntlworld.com", "o2.pl", "onet.pl", "online.de",
        "optonline.net", "orange.fr", "outlook.com", "outlook.de", "outlook.es", "outlook.fr",
        "pm.me", "posteo.de", "proton.me", "protonmail.ch", "protonmail.com", "qq.com",
        "rambler.ru", "rediffmail.com", "rocketmail.com", "rogers.com", "sapo.pt", "sbcglobal.net",
        "seznam.cz", "sfr.fr", "shaw.ca", "sina.com", "sky.com", "skynet.be", "sohu.com",
        "sympatico.ca", "t-online.de", "talktalk.net", "telenet.be", "terra.com.br", "tiscali.it",
        "tuta.com", "tutanota.com", "uol.com.br", "verizon.net", "virgilio.it", "virginmedia.com",
        "wanadoo.fr", "web.de", "windstream.net", "wp.pl", "xtra.co.nz", "yahoo.ca", "yahoo.co.id",
        "yahoo.co.in", "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.com.ar", "yahoo.com.au",
        "yahoo.com.br", "yahoo.com.mx", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.in", "yahoo.it",
        "yandex.com", "yandex.ru", "yeah.net", "ymail.com", "ziggo.nl", "zoho.com", "zohomail.com",
    }
)  # fmt: skip
