"""The forms of the back office whose words are worth carrying along, by the endpoint they are posted to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from clevenio.accounts.forms import FindAgreementsForm
from clevenio.audiences.choosing.forms import SegmentForm
from clevenio.audiences.forms import ExplainForm
from clevenio.audiences.uploads.forms import MatchForm, UploadedForm
from clevenio.backoffice.campaigns.forms import ScheduleForm, TextForm
from clevenio.backoffice.forms import AddressForm, LookupForm, OptOutForm
from clevenio.backoffice.members.forms import InvitationForm, RolesForm
from clevenio.backoffice.setup.forms import PasskeyForm
from clevenio.i18n import lazy_gettext as _l
from clevenio.inquiries.staff import forms as inquiries
from clevenio.rights.breaches.forms import AdditionForm, OpeningForm
from clevenio.rights.disclosures.forms import DisclosureForm, NoteForm, WhoseForm
from clevenio.rights.evidence.forms import PersonForm, ReceiptForm
from clevenio.rights.forms import CheckForm, ReasonForm
from clevenio.rights.guardians.forms import GuardianForm
from clevenio.rights.handling.forms import AnswerForm, CorrectionForm, EntryForm, RouteForm
from clevenio.rights.holding.forms import HoldForm
from clevenio.rights.recipients.forms import ClosingForm, ToldForm
from clevenio.web.forms import SignedInForm, typed_fields, typed_words


@dataclass(frozen=True)
class Kept:
    """A form, what its button says, and what stands before the names of its fields."""

    form: type[SignedInForm]
    act: str
    prefix: str = ""

    def typed(self, posted: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """The fields that are carried along, of all that was posted."""
        names = {self.prefix + name for name in typed_fields(self.form)}
        return tuple((name, value) for name, value in posted if name in names)

    def shown(self, fields: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """What was typed as people read it: the field's label and the words, choices by their names."""
        return typed_words(self.form, fields, self.prefix)


FORMS: Mapping[str, Kept] = {
    "agreements_staff.find": Kept(FindAgreementsForm, _l("Show the agreements")),
    "audience_explanations_staff.show_explanation": Kept(ExplainForm, _l("Explain")),
    "campaigns_staff.create_campaign": Kept(TextForm, _l("Save the draft")),
    "campaigns_staff.save_text": Kept(TextForm, _l("Save the draft")),
    "campaigns_staff.schedule": Kept(ScheduleForm, _l("Schedule it")),
    "breaches_staff.add": Kept(AdditionForm, _l("Add this to the entry")),
    "breaches_staff.open_entry": Kept(OpeningForm, _l("Open the entry")),
    "disclosures_staff.add_note": Kept(NoteForm, _l("Add this to the entry")),
    "disclosures_staff.enter": Kept(DisclosureForm, _l("Write the disclosure down")),
    "disclosures_staff.find_person": Kept(WhoseForm, _l("Find disclosures")),
    "evidence_staff.answer_person": Kept(PersonForm, _l("Answer this question")),
    "evidence_staff.person_file": Kept(PersonForm, _l("Download with its proof (zip)")),
    "evidence_staff.find_receipt": Kept(ReceiptForm, _l("Show what was decided")),
    "factor_setup.add_passkey": Kept(PasskeyForm, _l("Set up a passkey")),
    "guardians_staff.check": Kept(CheckForm, _l("Write the check down")),
    "guardians_staff.freeze": Kept(GuardianForm, _l("Freeze the data now")),
    "guardians_staff.lift": Kept(ReasonForm, _l("Lift the freeze"), "lifting-"),
    "holds_staff.put": Kept(HoldForm, _l("Hold the data")),
    "inquiries_staff.create_template": Kept(inquiries.TemplateForm, _l("Save the template")),
    "inquiries_staff.save_template": Kept(inquiries.TemplateForm, _l("Save the template")),
    "inquiries_staff.send_answer": Kept(inquiries.AnswerForm, _l("See the mail")),
    "members_staff.change_roles": Kept(RolesForm, _l("Save the roles")),
    "members_staff.invite": Kept(InvitationForm, _l("Mail the invitation")),
    "opt_outs_staff.record_opt_out": Kept(OptOutForm, _l("Write the opt-out down")),
    "people_staff.find_person": Kept(LookupForm, _l("Find this person")),
    "recipients_staff.close": Kept(ClosingForm, _l("Close the task")),
    "recipients_staff.close_file": Kept(ToldForm, _l("Write down that they were taken out")),
    "requests_staff.answer": Kept(AnswerForm, _l("Send the answer and end the request")),
    "requests_staff.check": Kept(CheckForm, _l("Write the check down")),
    "requests_staff.doubt": Kept(ReasonForm, _l("Write the doubt down"), "doubt-"),
    "requests_staff.enter": Kept(EntryForm, _l("Write the request down")),
    "requests_staff.extend": Kept(ReasonForm, _l("Extend the request"), "extension-"),
    "requests_staff.lift_restriction": Kept(ReasonForm, _l("End the restriction"), "restriction-"),
    "requests_staff.rectify": Kept(CorrectionForm, _l("Correct this detail")),
    "requests_staff.reroute": Kept(RouteForm, _l("Change where the answers go"), "route-"),
    "requests_staff.write_day": Kept(ToldForm, _l("Write down when it was done")),
    "requests_staff.refuse": Kept(ReasonForm, _l("Refuse the request"), "refusal-"),
    "segments_staff.change_segment": Kept(SegmentForm, _l("Save the segment")),
    "segments_staff.create_segment": Kept(SegmentForm, _l("Save the segment")),
    "trail_staff.find_person": Kept(AddressForm, _l("Find the entries")),
    "uploads_staff.change_match": Kept(MatchForm, _l("Save the correction")),
    "uploads_staff.enter_match": Kept(MatchForm, _l("Write it down")),
    "uploads_staff.mark_uploaded": Kept(UploadedForm, _l("Mark as uploaded")),
}
