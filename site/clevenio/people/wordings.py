"""Which of a person's data a consent wording lists, read from the words themselves.

A consent that a file brings says in its own words what may go to others. Recognised is only what
those words name as the person's own ("my name", "nimeni"), alone or in a list, as that which is
given, shared or the like; a sentence with a negation lists nothing. Whatever is not recognised
stays out of every audience file, so a mistake here is an empty cell and never a disclosure.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

# By the names that audience files use. A first name alone is not the names.
_ENGLISH = {
    "names": r"full names?|(?:first|given)(?: names?)? (?:and|&) (?:last|family) names?"
    r"|first name,? (?:and )?(?:last name|surname)|names?",
    "title": r"(?:job |professional )?title|job role",
    "company": r"(?:company|employer|organi[sz]ation)(?:['’]s name| name)?",
    "country": r"country(?: of residence)?",
    "postal_code": r"postal code|post ?code|zip(?: ?code)?",
    "email": r"e-?mail(?: address)?",
    "phone": r"(?:tele|mobile )?phone(?: number)?|mobile number",
    "advertising_id": r"(?:mobile )?(?:advertising|advertiser) (?:identifier|id)",
}
_FINNISH_MY = {
    "names": r"(?:etu- ja suku)?nimeä?OWN|etunimeOWN(?:,| ja) sukunimeOWN",
    "title": r"(?:tehtävä|ammatti)nimik(?:kee|että)OWN|titteliä?OWN",
    "company": r"(?:yritykse|yritystä|työnantaja|työnantajaa|organisaatio|organisaatiota)OWN(?: nime[nä])?",
    "country": r"(?:asuin|koti)?maa(?:ta)?OWN",
    "postal_code": r"postinumeroa?OWN",
    "email": r"(?:sähköposti|s-posti)(?:osoit(?:tee|etta))?OWN",
    "phone": r"(?:matka)?puhelin(?:numeroa?OWN)|puheli(?:me|nta)OWN",
    "advertising_id": r"mainos(?:tunnistee|tunnistetta|tunnukse|tunnusta)OWN",
}
# After "my data:" a list has no possessives of its own.
_FINNISH_BARE = {
    "names": r"(?:etu- ja suku)?nimi|etunimi(?:,| ja) sukunimi",
    "title": r"(?:tehtävä|ammatti)nimike|titteli",
    "company": r"yritys|työnantaja|organisaatio",
    "country": r"(?:asuin|koti)?maa",
    "postal_code": r"postinumero",
    "email": r"(?:sähköposti|s-posti)(?:osoite)?",
    "phone": r"(?:matka)?puhelinnumero|puhelin",
    "advertising_id": r"mainostunn(?:iste|us)",
}

_GIVE = (
    r"\b(?:shar(?:e|es|ing)|disclos(?:e|es|ing|ure of)|transfer(?:s|ring)?|provid(?:e|es|ing)|upload(?:s|ing)?"
    r"|forward(?:s|ing)?|us(?:e|es|ing)|giv(?:e|es|ing)|pass(?:es|ing)?|hand(?:s|ing)?|submit(?:s|ting)?)\b"
)
_GIVEN = (
    r"\s*,? (?:may|can|will|is|are)(?: also)?(?: be)?"
    r" (?:shared|disclosed|transferred|provided|uploaded|forwarded|used|given|passed|handed|submitted)\b"
)
# Between the verb and what is given stand recipients, never "me", "about" or "for".
_RECIPIENTS = r" (?:(?!(?:my|your|me|about|for|from|in)\b)[\w'’]+,? ){0,5}?"
_GOES_ON = r"(?=\s*(?:$|[,:()–])|\s+(?:with|to|as|and|so|for|by|via|when|may|can|will|is|are|in)\b)"
_LUOVUTTAA = (
    r"\b(?:luovut|anta|anna|anne|jaka|jaa|jae|välitt|välit|siirt|siirr|toimitta|toimite|käyttä|käyte)\w*"
)
_SAAJAT = r" (?:(?:\w+lle|myös|eteenpäin|seuraavat|minun|sinun)[,:]? ){0,5}?"
_JATKUU = r"(?=\s*(?:$|[,:()–])|\s+(?:ja|sekä|tai|saa|voi|voidaan|saadaan|jotta|\w+lle|\w+in[aä])\b)"

_WORD_END = r"(?![\w'’-])"
_SENTENCE_END = re.compile(r"[.!?;]+(?=\s|$)")
_NEGATION = re.compile(
    r"\b(?:not|never|no|nor|neither|without|except|unless|cannot)\b|n['’]t\b"
    r"|\b(?:ei|eivät|en|emme|et|ette|eikä|eivätkä|älkää|älä|ilman|paitsi|lukuun ottamatta)\b"
)
# Whoever says "I" means somebody else by "your company".
_SAYS_I = re.compile(r"\b(?:i|my|me)\b")
_SAYS_MINA = re.compile(
    r"\bminä\b|\bminu\w*|(?:nime|ykse|soittee|tunnistee|tunnistetta|tunnukse|numero|tieto|mukse|nimikkee|maa|posti)ni\b"
)


@lru_cache(maxsize=1024)
def listed_data(wording: str) -> tuple[str, ...]:
    """What the wording lists: names, title, company, country, postal_code, email, phone, advertising_id."""
    text = " ".join(wording.casefold().split())
    patterns = (
        *_english("my" if _SAYS_I.search(text) else "your"),
        *_finnish("ni" if _SAYS_MINA.search(text) else "si"),
    )
    found: set[str] = set()
    for sentence in _SENTENCE_END.split(text):
        if _NEGATION.search(sentence):
            continue
        for pattern, kinds in patterns:
            for match in pattern.finditer(sentence):
                found.update(_kinds(match["list"], kinds))
    return tuple(sorted(found))


Pattern = tuple[re.Pattern[str], Mapping[str, str]]


@cache
def _english(own: str) -> tuple[Pattern, ...]:
    items = _list(_ENGLISH, rf"(?:,? (?:and|&|as well as) |, |/)(?:{own} )?")
    about = rf"\b{own} (?:personal |contact )?(?:data|details|information) ?[:(] ?"
    return (
        (re.compile(rf"{_GIVE}{_RECIPIENTS}{own} (?P<list>{items}){_GOES_ON}"), _ENGLISH),
        (re.compile(rf"\b{own} (?P<list>{items}){_GIVEN}"), _ENGLISH),
        (re.compile(rf"{_GIVE}{_RECIPIENTS}{about}(?P<list>{items}){_GOES_ON}"), _ENGLISH),
    )


@cache
def _finnish(own: str) -> tuple[Pattern, ...]:
    mine = {kind: pattern.replace("OWN", own) for kind, pattern in _FINNISH_MY.items()}
    items, bare = (_list(kinds, r"(?:,? (?:ja|sekä) |, |/)") for kinds in (mine, _FINNISH_BARE))
    given = rf" (?:saa |saavat |voi |voidaan |saadaan )?(?:\w+lle )?{_LUOVUTTAA}"
    return (
        (re.compile(rf"{_LUOVUTTAA}{_SAAJAT}(?P<list>{items}){_JATKUU}"), mine),
        (re.compile(rf"\b(?P<list>{items}){given}"), mine),
        (re.compile(rf"{_LUOVUTTAA}{_SAAJAT}tieto{own} ?[:(] ?(?P<list>{bare}){_JATKUU}"), _FINNISH_BARE),
    )


def _list(kinds: Mapping[str, str], separator: str) -> str:
    item = rf"(?:{'|'.join(kinds.values())}){_WORD_END}"
    return rf"{item}(?:{separator}{item})*"


def _kinds(listed: str, kinds: Mapping[str, str]) -> Iterator[str]:
    """The kinds named in a list, word by word: a company name is no name."""
    named = "|".join(f"(?P<{kind}>{pattern}){_WORD_END}" for kind, pattern in kinds.items())
    for match in re.finditer(named, listed):
        yield str(match.lastgroup)
