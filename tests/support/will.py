"""What people want, in plain Python: an account of histories that knows no database.

Written from the rules alone, so that it can disagree with the program. A word is `yes` or `no` (said
by the person), `file` (a consent that an import proved), or `customer` (a grant without consent).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

TOPICS = ("newsletter", "product_news")
AUDIENCES = ("ad_audiences:google", "ad_audiences:meta")
EVERYTHING = "all"
GRANTS = ("yes", "file", "customer")
HALF_AN_HOUR = timedelta(minutes=30)


@dataclass
class Somebody:
    """A person as the program ought to know them. `phone` is known once somebody told it."""

    address: str
    mailbox: str
    is_own: bool
    phone: str | None = None
    words: dict[str, str] = field(default_factory=dict)
    # In which turn each word was said.
    since: dict[str, int] = field(default_factory=dict)
    is_restricted: bool = False

    def grants(self, purpose: str) -> bool:
        return self.words.get(purpose) in GRANTS

    def word(self, purpose: str, word: str, turn: int) -> None:
        self.words[purpose] = word
        self.since[purpose] = turn


@dataclass
class Leaving:
    """What somebody left by one link: what that took from them and when, and the turn it happened in."""

    person: Somebody
    took: dict[str, datetime]
    turn: int


class Will:
    """Everybody, which identifiers are shut for which scope, and in which turn who last said something.

    Said by a person, or about a mailbox: shutting, opening and leaving are about all its spellings.
    """

    def __init__(self) -> None:
        self.people: dict[str, Somebody] = {}
        self.shut: set[tuple[str, str]] = set()
        self.left: dict[str, Leaving] = {}
        self.turn = 0
        self.said_by: dict[str, int] = {}
        self.said_about: dict[str, int] = {}

    def _say(self, person: Somebody, *, about_mailbox: bool) -> None:
        self.turn += 1
        (self.said_about if about_mailbox else self.said_by)[
            person.mailbox if about_mailbox else person.address
        ] = self.turn

    def is_shut(self, mailbox: str, purpose: str) -> bool:
        return bool(self.shut & {(mailbox, purpose), (mailbox, EVERYTHING)})

    def at(self, mailbox: str) -> list[Somebody]:
        """Those at a mailbox, by whatever spelling, in the order in which they came."""
        return [person for person in self.people.values() if person.mailbox == mailbox]

    def add(self, address: str, mailbox: str, is_own: bool) -> Somebody:
        return self.people.setdefault(address, Somebody(address, mailbox, is_own))

    def says_yes(self, person: Somebody, purposes: set[str]) -> None:
        """A tick or a confirmation opens the mailbox for that and nothing else; no phone."""
        if not purposes:
            return
        self._say(person, about_mailbox=False)
        for purpose in purposes:
            person.word(purpose, "yes", self.turn)
        mailbox, before = person.mailbox, set(self.shut)
        if (mailbox, EVERYTHING) in self.shut:
            self.shut |= {(mailbox, purpose) for purpose in (*TOPICS, *AUDIENCES)}
            self.shut.remove((mailbox, EVERYTHING))
        self.shut -= {(mailbox, purpose) for purpose in purposes}
        if self.shut != before:
            self._say(person, about_mailbox=True)

    def ticks(self, person: Somebody, purposes: set[str]) -> None:
        """Ticking what somebody consents to already is no new decision."""
        self.says_yes(person, {p for p in purposes if person.words.get(p) not in ("yes", "file")})

    def says_no(self, person: Somebody, purposes: set[str]) -> bool:
        """Whether that is news. What was granted under another spelling of the mailbox ends with it."""
        news = {purpose for purpose in purposes if person.words.get(purpose) != "no"}
        if news:
            self._say(person, about_mailbox=False)
        for purpose in news:
            person.word(purpose, "no", self.turn)
        for other in self.at(person.mailbox):
            ended = {purpose for purpose in purposes if other.grants(purpose)}
            if ended:
                self._say(other, about_mailbox=False)
            for purpose in ended:
                other.word(purpose, "no", self.turn)
        return bool(news)

    def objects(self, person: Somebody) -> bool:
        """Whether that is news."""
        is_news = self.says_no(person, {*TOPICS, *AUDIENCES})
        if is_news or (person.mailbox, EVERYTHING) not in self.shut:
            self._say(person, about_mailbox=True)
        self.shut |= {(identifier, EVERYTHING) for identifier in (person.mailbox, person.phone) if identifier}
        return is_news

    def leaves(self, person: Somebody, link: str, topic: str, everything: bool, now: datetime) -> None:
        """By a link in a mail. It takes what was granted and not shut already."""
        before = self.left.get(link)
        took = dict(before.took) if before and self._is_last_word(before) else {}
        for purpose in (*TOPICS, *AUDIENCES) if everything else (topic,):
            if person.grants(purpose) and not self.is_shut(person.mailbox, purpose):
                took[purpose] = now
        if everything:
            is_news = self.objects(person)
        else:
            is_news = self.says_no(person, {topic})
            if not self.is_shut(person.mailbox, topic):
                self.shut.add((person.mailbox, topic))
                self._say(person, about_mailbox=True)
        if before is None or is_news:
            self._say(person, about_mailbox=True)
            self.left[link] = Leaving(person, took, self.turn)

    def _is_last_word(self, leaving: Leaving) -> bool:
        person = leaving.person
        said = self.said_by.get(person.address, 0), self.said_about.get(person.mailbox, 0)
        return max(said) <= leaving.turn

    def regrets(self, link: str, now: datetime) -> None:
        """What leaving took comes back within half an hour, while it is the last word."""
        leaving = self.left[link]
        back = {purpose for purpose, at in leaving.took.items() if now - at <= HALF_AN_HOUR}
        if back and self._is_last_word(leaving):
            self.says_yes(leaving.person, back)
            leaving.took = {}

    def is_customer(self, person: Somebody, purpose: str) -> None:
        """A grant without consent never stands above the person's own word, nor above a consent."""
        if person.words.get(purpose) in (None, "customer"):
            self._say(person, about_mailbox=False)
            person.word(purpose, "customer", self.turn)

    def imported(self, address: str, mailbox: str, phone: str | None, purposes: set[str]) -> None:
        """A row of a file, with the consents that it proves."""
        known = self.at(mailbox)
        if (mailbox, EVERYTHING) in self.shut or any(person.is_restricted for person in known):
            return
        person = self.people.get(address) or (known[0] if known else self.add(address, mailbox, is_own=False))
        if phone and (phone, EVERYTHING) not in self.shut:
            person.phone = phone
        for purpose in purposes:
            refused = any(other.words.get(purpose) == "no" for other in self.at(mailbox))
            is_open = not refused and not self.is_shut(mailbox, purpose)
            if is_open and person.words.get(purpose) not in ("yes", "file"):
                self._say(person, about_mailbox=False)
                person.word(purpose, "file", self.turn)

    def gets(self, topic: str) -> set[str]:
        """The addresses that a campaign about a topic reaches: these and no others."""
        return {
            person.address
            for person in self.people.values()
            if person.words.get(topic) in (GRANTS if topic == "product_news" else ("yes", "file"))
            and not person.is_restricted
            and not self.is_shut(person.mailbox, topic)
        }

    def may_go(self, audience: str) -> set[str]:
        """The addresses and phones that may be in an audience: each of somebody who consents, and of nobody who does not want it.

        At one mailbox the later word counts, whichever spelling says it.
        """
        wanting = [
            person
            for person in self.people.values()
            if person.words.get(audience) in ("yes", "file") and not person.is_restricted
        ]
        refusing = [
            person
            for person in self.people.values()
            if person.is_restricted or person.words.get(audience) == "no"
        ]
        phones = {person.phone for person in refusing}

        def has_last_word(person: Somebody) -> bool:
            others = [other for other in refusing if other.mailbox == person.mailbox]
            return all(
                not other.is_restricted and other.since[audience] < person.since[audience] for other in others
            )

        addresses = {person.address for person in wanting if has_last_word(person)}
        told = {person.phone for person in wanting if person.phone and person.phone not in phones}
        mailboxes = {person.address: person.mailbox for person in wanting}
        return {one for one in addresses | told if not self.is_shut(mailboxes.get(one, one), audience)}
