"""Examples of the language: a contact, then filters that find it and filters that do not."""

from tests.contacts.filters.people import Person, person

ADA = person(
    email="Ada.Lovelace@Example.com",
    name="Ada Lovelace",
    external_id="u_42",
    timezone="Europe/London",
    language="en",
    plan="Pro",
    seats=3,
    score=2.5,
    active=True,
    trial=False,
    signup="2026-03-01",
    seen="2026-03-01T10:00:00+02:00",
    zip="01234",
)

Example = tuple[Person, list[str], list[str]]
EXAMPLES: dict[str, Example] = {
    "everything": (ADA, ["", "  "], []),
    "text is equal in any case": (
        ADA,
        ["language=en", "language=EN", 'plan="pro"', "plan != free", "language != de"],
        ["language=de", "plan=pr", "language != EN", 'language="en "'],
    ),
    "case folding is Unicode's": (
        person(a="STRASSE", b="ÉMILIE", c="ΟΔΟΣ", d="ﬁn"),
        ["a=straße", "b=émilie", "c=οδος", "c=οδοσ", "d=FIN", "a:ß", "d:i", "a=*ẞ*"],
        ["b=emilie"],
    ),
    "a missing attribute equals nothing": (
        ADA,
        ["nothing != pro", "nothing != 3", 'nothing != ""', "NOT nothing = pro", "NOT nothing:*"],
        ['nothing = ""', "nothing = pro", "nothing:*", 'nothing:""', "nothing = 0",
         "nothing = false", "nothing < 5", "nothing >= 5", 'nothing > "a"', "nothing=a*"],
    ),
    "an empty text is a value": (person(a=""), ['a=""', "a:*", "a!=x"], ["a=x", 'a != ""']),
    "numbers compare as numbers": (
        ADA,
        ["seats=3", "seats=3.0", 'seats="3"', "seats=03", "seats=3e0", "seats<10", "seats>-1",
         "seats>=3", "seats<=3", 'seats < "10"', "score=2.5", "score=2.50", "score>2", "seats:3",
         "seats!=4", "seats > 2.999999999999999999"],
        ["seats=4", "seats>3", "seats<3", "seats!=3", "seats!=3.00", "seats:4", "score>2.5",
         "seats=true", "seats=3*", 'seats=""', 'seats > "a"', "seats > 2026-01-01"],
    ),
    "numbers as large as any": (
        person(big=10**20, small=1e-300, huge=1e300, negative=-7),
        ["big=100000000000000000000", "big > 99999999999999999999", "small > 0", "small < 1e-299",
         "huge=1e300", "huge > 1e299", "huge < 9e999", "negative < -6.5", "negative = -7"],
        ["big=100000000000000000001", "huge = 1e1000", "huge > 1e1000", "small = 0"],
    ),
    "a text that looks like a number is a text": (
        ADA,
        ["zip=01234", 'zip="01234"', 'zip < "1"', "zip:123", "zip=01*"],
        ["zip=1234", "zip > 9", "zip < 9999", "zip <= 01234"],
    ),
    "booleans": (
        ADA,
        ["active=true", "active=TRUE", 'active="true"', "active!=false", "trial=false",
         "trial:*", "active:true"],
        ["active=false", "active=1", "active=yes", "trial=true", "active > false",
         "active >= true", "active=t*", "active:t", 'trial=""', "trial=0"],
    ),
    "texts come in the order of their folded letters": (
        ADA,
        ["plan > free", "plan < PROP", "plan >= pro", "plan <= PRO", 'language < "z"'],
        ["plan < free", "plan > pro", "plan < pro", 'plan > "éa"'],
    ),
    "contains": (
        ADA,
        ["name:ada", "name:LOVE", 'name:"a l"', "name:A*L", "plan:r", "email:lovelace",
         "timezone:london", "external_id:4", "status:sub"],
        ["name:bob", "name:l*a*d", "plan:x", "external_id:U"],
    ),
    "wildcards": (
        ADA,
        ["email=*@example.com", "email=ada*", "name=Ada*", "name=*lace", "name=a*v*e",
         "plan=p*o", 'email="*.*@*.com"', "email != *@example.org", "language=*", "timezone=Eu*"],
        ["email=*@example.org", "name=*Ada", "name=Ada", "plan=p*oo", "name=ada*ada*",
         "email != *@example.com", "seats=*3"],
    ),
    "metacharacters of LIKE are ordinary": (
        person(name="100% a_b c/d \\", a="50%_/\\*"),
        ["name:%", "name:_b", "name:/d", r"name:'\\'", r"a='50%_/\\\*'", r"a:'\*'", "a:%_/"],
        ["name:a%b", "name:a__b", "name:axb", "a=5%", "a=______", r"a:'\*\*'"],
    ),
    "a wildcard spans lines": (person(a="one\ntwo"), ["a=one*two", "a:e*t", 'a="one\ntwo"'], []),
    "fields that are text": (
        ADA,
        ["email=ada.lovelace@EXAMPLE.com", "name='ada lovelace'", "external_id=u_42",
         "timezone=europe/london", "status=Subscribed", "status!=bounced", "name < b",
         "name >= 'ADA LOVELACE'", "external_id > U", "email < b", "email:*", "name:*"],
        ["email=ada@example.com", "email=ada", "external_id=U_42", "status=bounced", "name > b",
         "external_id < U", "name = 5"],
    ),
    "fields without a value": (
        person(),
        ["NOT name:*", "name != x", 'name != ""', "external_id != x", "timezone!=UTC",
         "NOT name < x", "NOT timezone:e", "NOT name=x*", "NOT name:*"],
        ["name:*", 'name=""', "name < x", "name >= x", 'name:""', "external_id=u_42",
         "external_id:*", "timezone=UTC"],
    ),
    "names beyond ASCII": (
        person(name="Straße Éa İpek ﬁn Κως"),
        ["name:STRASSE", "name:éA", "name=strasse*", "name:'e éa'", "name:FI", "name:f", "name:κωσ",
         "name > 'strasse é'", "name < 'strassf'", "name='strasse éa i̇pek fin κωσ'"],
        ["name:ea", "name:strase", "name='strasse éa ipek fin κωσ'"],
    ),
    "an international domain": (
        person(email="ada@bücher.example"),
        ["email=ada@bücher.example", "email=ADA@BÜCHER.example", "email=ada@xn--bcher-kva.example",
         "email=*@bücher.example", "email:bü", "email=*@BÜCHER*"],
        ["email=ada@bucher.example", "email:xn--"],
    ),
    "attributes named like fields and words": (
        person(name="Ada", attributes={"name": "Bob", "status": "gone", "not": 1, "email": "e"}),
        ["attributes.name=bob", "name=ada", "attributes.status=gone", "status=subscribed",
         "attributes.not=1", "attributes.email:*"],
        ["name=bob", "attributes.name=ada", "attributes.status=subscribed"],
    ),
    "dates": (
        ADA,
        ["signup=2026-03-01", "signup='2026-03-01'", "signup>2026-02-28", "signup<2026-03-02",
         "signup>=2026-03-01", "signup<=2026-03-01", "signup!=2026-03-02", "signup:2026-03",
         "signup=2026-*", "signup=2026-03-01T15:00:00Z", "signup<=2026-03-01T00:00:00Z"],
        ["signup=2026-03-02", "signup>2026-03-01", "signup<2026-03-01", "signup!=2026-03-01",
         "signup>2026-03-01T00:00:00Z", "signup>2025"],
    ),
    "instants": (
        ADA,
        ["seen=2026-03-01T08:00:00Z", "seen=2026-03-01T09:00:00+01:00", "seen=2026-03-01T08:00",
         "seen='2026-03-01 08:00:00.000Z'", "seen='2026-03-01t08:00:00z'", "seen=2026-03-01",
         "seen<=2026-03-01", "seen>=2026-03-01", "seen>2026-02-28", "seen<2026-03-02",
         "seen<2026-03-01T08:00:00.000001Z", "seen>2026-03-01T07:59:59.999999Z"],
        ["seen=2026-03-01T10:00:00Z", "seen>2026-03-01", "seen<2026-03-01", "seen!=2026-03-01",
         "seen=2026-03-02", "seen>2026-03-01T08:00:00Z"],
    ),
    "a day begins and ends in UTC": (
        person(a="2026-03-01T00:30:00+02:00", b="2026-02-28T23:30:00-01:00"),
        ["a=2026-02-28", "b=2026-03-01", "a<2026-03-01", "b>2026-02-28"],
        ["a=2026-03-01", "b=2026-02-28"],
    ),
    "dates of every spelling that can be read": (
        person(a="2024-02-29", b="0001-01-01T00:00:00Z", c="9999-12-31", d="2026-01-01 10:00",
               e="2026-01-01T10:00:00.123456789Z", f="2000-02-29t00:00:00z"),
        ["a=2024-02-29", "b=0001-01-01", "b<0001-01-02", "c=9999-12-31", "c>2026-01-01",
         "d=2026-01-01T10:00:00Z", "e=2026-01-01T10:00:00.123456Z", "f=2000-02-29"],
        ["e>2026-01-01T10:00:00.123456Z", "e=2026-01-01T10:00:00.123457Z"],
    ),
    "what is no date is no error, and before and after nothing": (
        person(a="2026-02-30", b="2025-02-29", c="2026-13-01", d="2026-1-1", e="1900-02-29",
               f="0000-01-01", g="2026-01-01T24:00:00Z", h="2026-01-01T10:00:60Z",
               i="2026-01-01T10:00:00+15:00", j="2026-01-01\n", k=20260101, l="tomorrow", m=True,
               n="2026-01-01T10:00:00.Z", o="٢٠٢٦-٠١-٠١", p="infinity", q="now", r="2026-04-31"),
        [f"NOT ({x} < 2026-06-01 OR {x} > 2026-06-01 OR {x} = 2026-06-01)"
         for x in "abcdefghijklmnopqr"]
        + [f"{x} != 2026-01-01" for x in "abcdefghijklmnopqr"]
        + ["a=2026-02-30", "a=2026-02-3*", "d=2026-1-1"],
        ["a >= 2026-01-01", "k > 2026-01-01", "l >= 2026-01-01", "p > 2026-01-01"],
    ),
    "when it was made": (
        ADA,
        ["created_at=2026-01-01", 'created_at > "2025-12-31"', "created_at<2026-01-02",
         "created_at>=2026-01-01", "created_at<=2026-01-01", "created_at=2026-01-01T12:00:00Z",
         "created_at>2026-01-01T11:59:59Z", "created_at<'2026-01-01T13:00:00.000001+01:00'",
         "created_at:2026-01-01", "created_at != 2026-01-02", "updated_at=2026-01-01",
         "created_at:*", "created_at < 9999-12-31", "created_at > 0001-01-01"],
        ["created_at>2026-01-01", "created_at<2026-01-01", "created_at=2025-12-31",
         "created_at!=2026-01-01", "created_at>2026-01-01T12:00:00Z",
         "created_at<2026-01-01T12:00:00Z", "created_at = 2026-01-01T12:00:01Z"],
    ),
    "logic has two values": (
        ADA,
        ["language=en AND plan=pro", "language=de OR plan=pro", "NOT language=de", "-language=de",
         "NOT (language=de OR plan=free)", "(language=de AND plan=pro) OR seats=3",
         "NOT nothing > 5", "NOT nothing < 5", "NOT (nothing=1 AND language=en)",
         "NOT NOT language=en", "NOT seats > x"],
        ["language=en AND plan=free", "language=de OR plan=free", "NOT language=en",
         "language=en AND nothing=x", "NOT (nothing!=1 OR language=de)"],
    ),
}  # fmt: skip
