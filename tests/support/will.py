"""What people want, in plain Python: an account of histories that knows no database.

Written from the rules alone, so that it can disagree with the program. A word is `yes` or `no` (said
by the person), `file` (a consent that an import proved), or `customer` (a grant without consent).
"""

from dataclasses import dataclass, field

TOPICS = ("newsletter", "product_news")
AUDIENCES = ("ad_audiences:google", "ad_audiences:meta")
EVERYTHING = "all"
GRANTS = ("yes", "file", "customer")


@dataclass
class Somebody:
    """A person as the program ought to know them. `phone` is known once somebody told it."""

    address: str
    mailbox: str
    is_own: bool
    phone: str | None = None
    words: dict[str, str] = field(default_factory=dict)
    is_restricted: bool = False

    def grants(self, purpose: str) -> bool:
        return self.words.get(purpose) in GRANTS


class Will:
    """Everybody, and which identifiers are shut for which scope."""

    def __init__(self) -> None:
        self.people: dict[str, Somebody] = {}
        self.shut: set[tuple[str, str]] = set()

    def at(self, mailbox: str) -> list[Somebody]:
        """Those at a mailbox, by whatever spelling, in the order in which they came."""
        return [person for person in self.people.values() if person.mailbox == mailbox]

    def add(self, address: str, mailbox: str, is_own: bool) -> Somebody:
        return self.people.setdefault(address, Somebody(address, mailbox, is_own))

    def says_yes(self, person: Somebody, purposes: set[str]) -> None:
        """A tick or a confirmation opens what was shut for it."""
        for purpose in purposes:
            person.words[purpose] = "yes"
            self.shut -= {
                (identifier, scope)
                for identifier in (person.mailbox, person.phone or "")
                for scope in (purpose, EVERYTHING)
            }

    def ticks(self, person: Somebody, purposes: set[str]) -> None:
        """Ticking what is granted already is no new decision."""
        self.says_yes(person, {purpose for purpose in purposes if not person.grants(purpose)})

    def says_no(self, person: Somebody, purposes: set[str]) -> None:
        person.words |= dict.fromkeys(purposes, "no")

    def objects(self, person: Somebody) -> None:
        self.says_no(person, {*TOPICS, *AUDIENCES})
        self.shut |= {(identifier, EVERYTHING) for identifier in (person.mailbox, person.phone) if identifier}

    def is_customer(self, person: Somebody, purpose: str) -> None:
        """A grant without consent never stands above the person's own word, nor above a consent."""
        person.words.setdefault(purpose, "customer")

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
            is_open = not refused and (mailbox, purpose) not in self.shut
            if is_open and person.words.get(purpose) not in ("yes", "file"):
                person.words[purpose] = "file"

    def gets(self, topic: str) -> set[str]:
        """The addresses that a campaign about a topic reaches: these and no others."""
        return {
            person.address
            for person in self.people.values()
            if person.words.get(topic) in (GRANTS if topic == "product_news" else ("yes", "file"))
            and not person.is_restricted
            and not self.shut & {(person.mailbox, topic), (person.mailbox, EVERYTHING)}
        }

    def may_go(self, audience: str) -> set[str]:
        """The addresses and phones that may be in an audience: each of somebody who consents, and of nobody who does not want it."""
        wanting = [
            person
            for person in self.people.values()
            if person.words.get(audience) in ("yes", "file") and not person.is_restricted
        ]
        unwilling = {
            identifier
            for person in self.people.values()
            if person.is_restricted or person.words.get(audience) == "no"
            for identifier in (person.mailbox, person.phone)
        }
        return {
            told
            for person in wanting
            for identifier, told in ((person.mailbox, person.address), (person.phone, person.phone))
            if told
            and identifier not in unwilling
            and not self.shut & {(identifier, audience), (identifier, EVERYTHING)}
        }
