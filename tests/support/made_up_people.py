"""A thousand obviously made-up people with everything that real files bring, from one seed.

`python -m tests.support.made_up_people` writes `tests/data/people-1000.csv` anew.

Nobody is in it. Names are put together from words for weather and plants. Addresses are under
example.com and example.fi; five at gmail.com say that they are made up, because what Gmail ignores
can be shown there alone. Phones abroad are from the ranges that Sweden, the United Kingdom, North
America, Germany, France and Australia keep for films. Finland keeps none: mobiles begin with 047,
which no operator has by the tables of phonenumbers (a test holds that), landlines with a zero after
the area code, where no subscriber's number begins.
"""

import csv
import io
import random
import unicodedata
from collections.abc import Iterator
from pathlib import Path

SEED = 1_000
FILE = Path(__file__).resolve().parents[1] / "data" / "people-1000.csv"
COLUMNS = (
    *("email", "first_name", "last_name", "phone", "company", "website", "role", "country", "postal_code"),
    *("language", "advertising_id", "consent", "consent_at", "consent_source", "consent_wording"),
)
Cells = dict[str, str]

FIRST = "Havu Kaisla Lumi Pyry Säde Tähti Usva Virta Härmä Öinen Åska Routa Kaste Tyrsky Hyöky".split()
BEGIN = "Kuusi Mänty Hämärä Sade Räntä Kanerva Höyhen Sammal Jäkälä Ruoho Åker Kivi".split()
END = "sammal pilvi köngäs räme tuuli lähde varpu kumpu öljynen häive".split()
COMPANY = "Esimerkkipaja Keksitty Mallikas Satuluoma Kuvitteellinen".split()
FORM = "Oy Oyj Ky Tmi ry".split()
DOMAINS = (
    "example.com example.fi posti.example.fi jäätelö.example.com hämäränmäki.example.fi EXAMPLE.COM".split()
)
ROLES = "owner chief_executive sales marketing communications finance technology human_resources operations".split()

# One Finnish mobile number in 25 spellings: `{a}` and `{b}` are its last seven digits.
SPELLINGS = (
    *("047{a}{b}", "047 {a} {b}", "047-{a} {b}", "047-{a}{b}", "047.{a}.{b}", "047/{a}{b}", "(047) {a} {b}"),
    *(
        "047\u00a0{a}\u00a0{b}",
        "047\u2013{a}\u2013{b}",
        "０４７ {a} {b}",
        "０４７－{a}－{b}",
        " 047 {a} {b} ",
    ),
    *("+35847{a}{b}", "+358 47 {a} {b}", "+358 (0)47 {a} {b}", "+358 (0) 47 {a}{b}", "+358047{a}{b}"),
    *("＋358 47 {a} {b}", "0035847{a}{b}", "00358 47 {a} {b}", "35847{a}{b}", "tel:+35847{a}{b}"),
    *("\u202a+358 47 {a} {b}\u202c", "047 {a} {b} x5", "+358-47-{a}-{b}"),
)
LANDLINES = ("(09) 000 {b}", "09-000 {b}", "+358 9 000 {b}", "09000{b}")
ABROAD = (
    ("SE", "+46 70 174 06 {n}", 5, 99),
    ("SE", "070-174 06 {n}", 5, 99),
    ("GB", "+44 20 7946 09{n}", 0, 99),
    ("US", "+1 202-555-01{n}", 0, 99),
    ("DE", "0049 30 23125 0{n}", 0, 99),
    ("FR", "+33 1 99 00 00 {n}", 0, 99),
    ("AU", "+61 491 570 1{n}", 56, 59),
)
NEWSLETTER = "Lähettäkää minulle uutiskirje sähköpostilla."
ADVERTISING = (
    "I agree that Clevenio may give my name, job title, company, country and postal code, and my e-mail "
    "address and phone number as hashes, to Google, Meta and LinkedIn."
)
# What makes a row unusable, two of each.
BROKEN: tuple[Cells, ...] = (
    {"email": ""},
    {"email": "made.up.example.com"},
    {"email": "made.up@@example.com"},
    {"email": "made up@example.com"},
    {"email": "made.up@example"},
    {"email": "mailto:made.up@example.com"},
    {"email": "made.up\u0007@example.com"},
    {"phone": "112"},
    {"phone": "047 12"},
    {"phone": "call the switchboard"},
    {"role": "wizard"},
    {"country": "Ruritania"},
    {"language": "sv"},
    {"postal_code": "?"},
    {"website": "ftp://example.com"},
    {"advertising_id": "00000000-0000-0000-0000-000000000000"},
    {"first_name": "12345"},
    {"consent": "ad_audiences"},
    {"consent": "everything"},
    {"consent_at": "31.5.2026"},
    {"consent_at": "2999-01-01T00:00:00Z"},
)


def rows() -> Iterator[list[str]]:
    """The thousand rows, in an order that mixes good and bad."""
    # Not for secrets: the same seed must give the same file.
    chance = random.Random(SEED)
    good = [_person(chance, number) for number in range(900)]
    good[100:105] = [{**cells, "email": gmail} for cells, gmail in zip(good[100:105], _GMAIL, strict=True)]
    again = [
        *({**good[n]} for n in range(20)),
        *({**good[n], "email": good[n]["email"].upper()} for n in range(20, 30)),
        *({**good[n], "email": good[n]["email"].replace("@", "+list@")} for n in range(30, 40)),
        {**good[100], "email": "MadeUp.Person.0001+spring@googlemail.com"},
        {**good[101], "email": "m.a.d.e.u.p.person0002@gmail.com"},
    ]
    proved = {"consent": "newsletter", "consent_at": "2026-05-31", "consent_source": "form"}
    proved["consent_wording"] = NEWSLETTER
    broken = [
        {**_person(chance, 900 + number), **proved, **fault}
        for number, fault in enumerate((*BROKEN, *BROKEN))
    ]
    mixed = good + broken
    chance.shuffle(mixed)
    # What comes a second time comes after the first.
    lines = [[cells[name] for name in COLUMNS] for cells in mixed + again]
    lines += [["too", "few", "cells"], ["one", *lines[0]]] * 8
    yield from lines


_GMAIL = [f"made.up.person.000{n}{'+tag' if n % 2 else ''}@gmail.com" for n in range(1, 6)]


def _person(chance: random.Random, number: int) -> Cells:
    first, last = chance.choice(FIRST), chance.choice(BEGIN) + chance.choice(END)
    if number % 9 == 1:
        first = f"{first}-{chance.choice(FIRST)}"
    if number % 11 == 2:
        last = chance.choice(("O'", "D’")) + last
    if number % 7 == 3:
        first, last = (unicodedata.normalize("NFD", name) for name in (first, last))
    country, phone = _phone(chance, number)
    domain = DOMAINS[number % len(DOMAINS)]
    company = f"{chance.choice(COMPANY)} {number % 120} {chance.choice(FORM)}"
    return {
        "email": f"{'Made.Up' if number % 5 == 0 else 'made.up'}.{number:04}@{domain}",
        "first_name": first,
        "last_name": last,
        "phone": phone,
        "company": company,
        "website": f"{'https://www.' if number % 2 else ''}paja{number % 120}.example.fi",
        "role": ROLES[number % len(ROLES)].upper() if number % 10 == 0 else ROLES[number % len(ROLES)],
        "country": country,
        "postal_code": f"{chance.randrange(1, 999):03}00" if country in ("FI", "Suomi") else "",
        "language": "fi" if number % 3 else "EN",
        "advertising_id": f"5f3a2b18-9c4d-4e7f-b8e2-{number:012x}" if number % 8 == 0 else "",
        **_consent(number),
    }


def _phone(chance: random.Random, number: int) -> tuple[str, str]:
    b = f"{number:04}"
    if number % 6 == 5:
        country, spelling, low, high = ABROAD[number % len(ABROAD)]
        return country, spelling.format(n=f"{chance.randint(low, high):02}")
    if number % 17 == 4:
        return "Suomi", LANDLINES[number % len(LANDLINES)].format(b=b)
    if number % 13 == 6:
        return "FI", ""
    return "FI", SPELLINGS[number % len(SPELLINGS)].format(a="123", b=b)


def _consent(number: int) -> Cells:
    names = COLUMNS[-4:]
    when = f"2026-0{number % 5 + 1}-1{number % 9}T1{number % 10}:30"
    if number % 4 == 0:
        purposes = "newsletter; ad_audiences:google;ad_audiences:meta;ad_audiences:linkedin"
        return dict(zip(names, (purposes, f"{when}+03:00", "trade fair form", ADVERTISING), strict=True))
    if number % 4 == 1:
        return dict(zip(names, ("newsletter", when, "https://example.fi/tilaa", NEWSLETTER), strict=True))
    if number % 20 == 2:
        # Says that there is consent, and proves none.
        return dict(zip(names, ("newsletter", when, "", ""), strict=True))
    return dict.fromkeys(names, "")


def written() -> str:
    """The file's text."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows())
    return text.getvalue()


if __name__ == "__main__":
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(written(), encoding="utf-8", newline="")
