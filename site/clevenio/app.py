"""The one module that knows every feature and every group of commands."""

import logging
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from flask import Blueprint, Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from clevenio import audit_marks, audit_sealing, legal, outbox
from clevenio.accounts import announcements, mail_requests, members
from clevenio.accounts import staff as account_lists
from clevenio.accounts import views as account_pages
from clevenio.audiences import letting_go, segments
from clevenio.audiences import staff as audiences
from clevenio.audiences.choosing import staff as choosing
from clevenio.audiences.criteria import condition, resolved
from clevenio.audiences.pulls import staff as pull_addresses
from clevenio.audiences.pulls import views as pulls
from clevenio.audiences.uploads import staff as uploads
from clevenio.audit import FOLLOWED_AS as TRAIL
from clevenio.backoffice import navigation
from clevenio.backoffice import operations as backoffice
from clevenio.backoffice import staff as house
from clevenio.backoffice import views as backoffice_doors
from clevenio.backoffice.campaigns import staff as campaigns
from clevenio.backoffice.factor import views as second_factor
from clevenio.backoffice.handover import views as handover
from clevenio.backoffice.members import staff as staff_accounts
from clevenio.backoffice.misuse import operations as misuse
from clevenio.backoffice.reset import operations as staff_reset
from clevenio.backoffice.reset import views as staff_reset_pages
from clevenio.backoffice.security import staff as security
from clevenio.backoffice.setup import views as factor_setup
from clevenio.backups import keyring, staging
from clevenio.buckets import Limits
from clevenio.commands import ClevenioGroup, LateGroup, add_house_commands, serve
from clevenio.consent import installation as consent
from clevenio.consent import machines as registry_file
from clevenio.consent import sealing
from clevenio.consent import views as choices
from clevenio.consent.embeds import views as embeds
from clevenio.database import Database
from clevenio.doctor import examine
from clevenio.i18n import set_time_zone
from clevenio.inquiries import cleaning
from clevenio.inquiries import staff as inbox
from clevenio.inquiries import views as inquiries
from clevenio.jobs import Jobs
from clevenio.mail import transport
from clevenio.newsletter import queries as newsletter_queries
from clevenio.newsletter import recipients as newsletter_recipients
from clevenio.newsletter import sending
from clevenio.newsletter import views as newsletter
from clevenio.newsletter.bounces import inbox as returned_mail
from clevenio.newsletter.bounces import replies
from clevenio.newsletter.bounces import views as mail_hooks
from clevenio.pages import machines as site_files
from clevenio.pages import views as pages
from clevenio.people import outside, restrictions, shelves
from clevenio.people.imports import staff as people_imports
from clevenio.people.imports import working as import_work
from clevenio.people.suppression import FOLLOWED_AS as REFUSALS
from clevenio.presence import Presence
from clevenio.registry import Clocks, keep_time, load, own_vendors, put_in_force, shipped
from clevenio.rights import completion, reminders, restricting, undelivered
from clevenio.rights.access import machines as schemas
from clevenio.rights.access import views as own_copy
from clevenio.rights.asking import held_back
from clevenio.rights.asking import views as asking
from clevenio.rights.assessments import documents
from clevenio.rights.assessments import staff as assessments
from clevenio.rights.breaches import staff as breaches
from clevenio.rights.choices import views as my_choices
from clevenio.rights.disclosures import staff as disclosures
from clevenio.rights.disk import Course
from clevenio.rights.evidence import staff as evidence
from clevenio.rights.guardians import staff as guardians
from clevenio.rights.holding import staff as holds_pages
from clevenio.rights.own import views as rights
from clevenio.rights.recipients import opening as recipients
from clevenio.rights.recipients import staff as recipient_pages
from clevenio.rights.recipients.queries import was_told
from clevenio.rights.record import staff as record
from clevenio.rights.restricted import staff as requests
from clevenio.rights.retention import staff as retention_pages
from clevenio.rights.retention.rules import retention
from clevenio.settings import Settings
from clevenio.smtp import Transport
from clevenio.web.access import ask_again_with, refuse_posts_with
from clevenio.web.hosts import front
from clevenio.web.installation import install
from clevenio.web.kit import Kit
from clevenio.web.ready_bytes import ReadyBytes
from clevenio.web.rules import LateRule

log = logging.getLogger(__name__)

BLUEPRINTS: tuple[Blueprint, ...] = (
    choices.bp,
    embeds.bp,
    registry_file.bp,
    pages.bp,
    site_files.bp,
    inquiries.bp,
    inbox.bp,
    newsletter.bp,
    mail_hooks.bp,
    account_pages.bp,
    account_lists.signups.bp,
    account_lists.agreements.bp,
    account_lists.usage.bp,
    backoffice_doors.bp,
    staff_reset_pages.bp,
    second_factor.bp,
    second_factor.again,
    factor_setup.bp,
    security.bp,
    staff_accounts.bp,
    campaigns.bp,
    people_imports.bp,
    audiences.bp,
    choosing.bp,
    uploads.bp,
    uploads.reading,
    pulls.bp,
    pull_addresses.bp,
    audiences.explanations,
    asking.bp,
    rights.bp,
    requests.bp,
    guardians.bp,
    own_copy.bp,
    own_copy.by_mail,
    my_choices.bp,
    schemas.bp,
    evidence.bp,
    recipient_pages.bp,
    record.bp,
    retention_pages.bp,
    holds_pages.bp,
    breaches.bp,
    assessments.bp,
    disclosures.bp,
    *house.BLUEPRINTS,
)
# Where each group of commands is, read when somebody asks for it.
COMMANDS = {
    "accounts": "clevenio.accounts.cli",
    "audiences": "clevenio.audiences.cli",
    "audit": "clevenio.audit_commands",
    "backup": "clevenio.backups.cli",
    "consent": "clevenio.consent.cli",
    "demo": "clevenio.demo.cli",
    "evidence": "clevenio.rights.evidence.cli",
    "newsletter": "clevenio.newsletter.cli",
    "people": "clevenio.people.cli",
    "retention": "clevenio.rights.retention.cli",
    "rights": "clevenio.rights.cli",
    "staff": "clevenio.backoffice.cli",
}


class Site(Flask):
    """Flask that does not ask at each call of each function whether it is a coroutine: none here is."""

    url_rule_class = LateRule

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


def create_app(settings: Settings | None = None) -> Flask:
    """The application: kit, rooms, background work, and the ready pages in front."""
    settings = settings or Settings.from_env()
    staging.finish_interrupted(settings.data, settings.database_url)
    presence = Presence(settings.data)
    presence.share()
    app = Site("clevenio", static_folder=None, template_folder=None)
    kit = Kit(settings, Database(settings.database_url), Jobs(settings.queue_url, settings.data))
    kit.presence = presence
    kit.jobs.may_run = lambda: kit.watch.is_steady
    clocks = Clocks(settings.consent_days, settings.refusal_days)
    # A bad file or setting stops the start, not somebody's page.
    keep_time(lambda: kit.clock())  # noqa: PLW0108 - tests put another clock in
    own = own_vendors.read(settings.data, shipped())
    put_in_force(settings.tags, settings.embeds, clocks, settings.periods, own)
    legal.check()
    documents.check(load())
    kit.shared.update({"registry": load, **navigation.SHARED})
    kit.examine = lambda: examine(kit, patience=3, is_thorough=False)
    set_time_zone(settings.time_zone)
    letting_go.ask_also(was_told)
    segments.kept_while(newsletter_queries.rests_on)
    newsletter_recipients.narrow_with(lambda asked: condition(resolved(asked, kit.clock())))
    install(app, kit)
    consent.install(app, kit)
    members.install(app, backoffice.identity)
    ask_again_with(app, second_factor.ask_again)
    refuse_posts_with(app, handover.refuse)
    kit.form_of = handover.form_of
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.cli = LateGroup(name=app.name, late=COMMANDS)
    add_house_commands(app.cli.add_command)
    _add_ticks(kit)
    app.wsgi_app = front(ReadyBytes(app, kit), settings)  # type: ignore[method-assign, assignment]
    return app


def _account_mail(kit: Kit, relay: Transport) -> tuple[Callable[[], None], Callable[[], None]]:
    """What delivers account mail, and what does so only where some is due: campaigns let it go first."""
    may_leave = restrictions.gate(lambda: kit.database.open(write=False))
    limits = Limits.of(kit.settings)

    def deliver() -> None:
        outbox.deliver_due(kit.database, relay, kit.clock, may_leave, limits)

    def deliver_first() -> None:
        with kit.database.session(write=False) as session:
            is_waiting = outbox.is_waiting(session, kit.clock())
        if is_waiting:
            deliver()

    return deliver, deliver_first


def _urgent_mail(kit: Kit, mail_first: Callable[[], None]) -> Callable[[], None]:
    """What writes and delivers the account mail that was asked for while one long tick has the only worker."""

    def answer_and_deliver() -> None:
        try:
            mail_requests.answer_due(kit.database, kit.settings, kit.clock(), staff_reset.ANSWERS)
            mail_first()
        except (DBAPIError, OSError):
            # The long tick is not to end by it; the mail's own one says so again.
            log.exception("account mail could not leave in between")

    return answer_and_deliver


def _step_by_step(
    kit: Kit,
    operation: Callable[[Session, Callable[[], datetime]], Iterator[object]],
    between: Callable[[], None],
) -> Callable[[], None]:
    """A tick of many steps: each is committed, and account mail does not wait for the last."""

    def tick() -> None:
        with kit.database.session() as session:
            for _ in operation(session, kit.clock):
                session.commit()
                between()

    return tick


def _add_ticks(kit: Kit) -> None:
    """What the worker does by the clock, and sooner when nudged."""

    def again() -> None:
        kit.jobs.nudge("newsletter")

    def in_one_transaction(operation: Callable[[Session, datetime], object]) -> Callable[[], None]:
        def tick() -> None:
            with kit.database.session() as session:
                operation(session, kit.clock())
                session.commit()

        return tick

    made = kit.settings
    relay = transport(made.smtp_url, made.data)
    # The one key that stays: secret keys leave the ring, and seals are checked for years.
    folder, sealing_keys = made.data / "seals", [made.suppression_key]

    def mark_trail() -> None:
        audit_marks.mark(kit.database, folder, sealing_keys, kit.clock())

    kit.database.follow(TRAIL, mark_trail)
    kit.database.follow(REFUSALS, lambda: outside.keep(kit.database, folder, sealing_keys))

    def look_after_trail() -> None:
        audit_sealing.seal_daily(kit.database, folder, sealing_keys, kit.clock())
        mark_trail()  # what a full disk kept out
        audit_sealing.check(kit.database, folder, sealing_keys, kit.clock())

    kit.account_mail = lambda relay: _account_mail(kit, relay)[1]
    deliver_mail, mail_first = _account_mail(kit, relay)
    urgent = _urgent_mail(kit, mail_first)
    kit.jobs.tick("mail", 1, deliver_mail)

    def mailing(work: Callable[[], int | bool]) -> Callable[[], None]:
        return lambda: kit.jobs.nudge("mail") if work() else None

    kit.jobs.tick(
        "account-mail",
        1,
        mailing(lambda: mail_requests.answer_due(kit.database, made, kit.clock(), staff_reset.ANSWERS)),
    )
    kit.jobs.tick(
        "announcements", 60, mailing(lambda: announcements.announce(kit.database, made, kit.clock()))
    )
    kit.jobs.tick("held-back", 1, mailing(lambda: held_back.go_on(made, kit.database, kit.clock())))
    kit.jobs.tick("seal", 60, lambda: sealing.seal_daily(kit.database, folder, sealing_keys, kit.clock()))
    kit.jobs.tick("marks", 1, lambda: sealing.mark(kit.database, folder, sealing_keys, kit.clock()))
    kit.jobs.tick("trail", 60, look_after_trail)
    kit.jobs.tick("refusals", 60, lambda: outside.catch_up(kit.database, folder, sealing_keys))
    kit.jobs.tick("holders", 3600, lambda: shelves.mend(kit.database))
    kit.jobs.tick("keys", 60, lambda: keyring.remember(made))
    kit.jobs.tick("misuse", 5, in_one_transaction(lambda session, now: misuse.look(session, made, now)))
    kit.jobs.tick("imports", 1, lambda: import_work.go_on(kit.database, made, kit.clock))
    kit.jobs.tick("redactions", 1, lambda: cleaning.go_on(made, kit.database, kit.clock()))
    kit.jobs.tick(
        "newsletter",
        1,
        lambda: sending.resume(
            made, kit.database, relay, kit.clock, again, mail_first, lambda: kit.jobs.is_ending
        ),
    )
    kit.jobs.tick("returned-mail", 1, lambda: returned_mail.go_on(made, kit.database, kit.clock))
    kit.jobs.tick("refused-mail", 1, _step_by_step(kit, replies.note, urgent))
    kit.jobs.tick("refused-account-mail", 1, _step_by_step(kit, replies.note_others, urgent))
    course = Course(lambda: kit.jobs.is_ending)
    kit.jobs.tick("rights", 1, lambda: completion.go_on(made, kit.database, kit.clock(), urgent, course))
    kit.jobs.tick("restrictions", 1, lambda: restricting.go_on(made, kit.database, kit.clock()))
    kit.jobs.tick(
        "undelivered", 1, in_one_transaction(lambda session, now: undelivered.tell(session, made, now))
    )
    kit.jobs.tick("recipients", 5, lambda: recipients.go_on(kit.database, made, kit.clock()))
    kit.jobs.tick(
        "overdue", 60, in_one_transaction(lambda session, now: reminders.remind(session, made, now))
    )
    kit.jobs.tick("retention", 60, lambda: retention(made, kit.database, urgent).tick(kit.clock()))


cli = ClevenioGroup(
    name="clevenio",
    help="The website of Clevenio and the machinery that keeps its privacy promises.",
    create_app=create_app,
    # Beside the application, not in it: to make one would make keys and a queue where the backup's are to be.
    late={"restore": "clevenio.backups.cli"},
    add_default_commands=False,
    add_version_option=False,
    load_dotenv=False,
)
# It makes the application itself, for the port it is told.
cli.add_command(serve)
