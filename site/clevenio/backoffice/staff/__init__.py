"""Screens of the house itself, one module for each."""

from clevenio.backoffice.staff.advertising import bp as advertising
from clevenio.backoffice.staff.alerts import bp as alerts
from clevenio.backoffice.staff.mail_troubles import bp as mail_troubles
from clevenio.backoffice.staff.opt_outs import bp as opt_outs
from clevenio.backoffice.staff.outbox import bp as outbox
from clevenio.backoffice.staff.people import bp as people
from clevenio.backoffice.staff.rates import bp as rates
from clevenio.backoffice.staff.returned_mail import bp as returned_mail
from clevenio.backoffice.staff.settings import bp as settings
from clevenio.backoffice.staff.trail import bp as trail

BLUEPRINTS = (
    advertising,
    alerts,
    opt_outs,
    outbox,
    mail_troubles,
    people,
    rates,
    returned_mail,
    settings,
    trail,
)
__all__ = ["BLUEPRINTS"]
