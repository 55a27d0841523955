"""The kinds of assessments in words, translated when shown."""

from clevenio.i18n import lazy_gettext as _l
from clevenio.rights.assessments.documents import Kind

KINDS = {
    Kind.LIA: _l("Weighing of a legitimate interest (GDPR Art. 6(1)(f))"),
    Kind.DPIA: _l("Impact assessment (GDPR Art. 35)"),
}
