"""What takes a fresh proof, in words: whoever proves themselves is told what it is for."""

from collections.abc import Mapping

from clevenio.i18n import lazy_gettext as _l

ACTS: Mapping[str, str] = {
    "audiences_staff.create_export": _l("Make an audience file"),
    "audiences_staff.create_removal": _l("Make a removal file"),
    "audiences_staff.download": _l("Download a file"),
    "campaigns_staff.resend": _l("Send an uncertain message again"),
    "campaigns_staff.resend_all": _l("Send uncertain messages again"),
    "campaigns_staff.resume": _l("Let a campaign go on"),
    "campaigns_staff.schedule": _l("Schedule a campaign"),
    "campaigns_staff.start": _l("Send a campaign"),
    "pulls_staff.create_pull": _l("Make a pull address"),
    "pulls_staff.end_pull": _l("End a pull address"),
    "confirmation_staff.offer": _l("Download a file"),
    "evidence_staff.person_file": _l("Download an answer about a person"),
    "recipients_staff.file": _l("Download a file"),
    "recipients_staff.order_file": _l("Make a removal file"),
    "factor_setup.add_passkey": _l("Add a passkey"),
    "factor_setup.app": _l("Set an authenticator app up"),
    "factor_setup.challenge": _l("Add a passkey"),
    "factor_setup.choice": _l("Set a second factor up"),
    "factor_setup.confirm_app": _l("Set an authenticator app up"),
    "factor_setup.passkey": _l("Add a passkey"),
    "guardians_staff.carry_out": _l("Erase a person’s data, as a guardian asked"),
    "members_staff.change_roles": _l("Change the roles of a member of staff"),
    "members_staff.disable": _l("Close a member’s access"),
    "members_staff.enable": _l("Open a member’s access again"),
    "members_staff.end_sessions": _l("End a member’s sessions"),
    "members_staff.invite": _l("Invite somebody to the back office"),
    "members_staff.invite_again": _l("Invite a member of staff again"),
    "members_staff.member": _l("See the link of an invitation"),
    "members_staff.reset_factors": _l("Reset a member’s second factor"),
    "requests_staff.enclosure": _l("Take a copy of a person’s data for a letter"),
    "requests_staff.carry_out": _l("Erase a person’s data, as they asked"),
    "security_staff.remove_app": _l("Remove your authenticator app"),
    "security_staff.remove_passkey": _l("Remove one of your passkeys"),
    "security_staff.renew_codes": _l("Make new recovery codes"),
    "trail_staff.export": _l("Download the audit trail"),
}


# What answers with a file, so that the browser stays where it was; and the page to go to from there.
FILES: Mapping[str, str] = {
    "audiences_staff.create_export": "audience_files_staff.files",
    "audiences_staff.create_removal": "audience_files_staff.files",
    "audiences_staff.download": "audience_files_staff.files",
    "evidence_staff.person_file": "evidence_staff.search",
    "recipients_staff.file": "recipients_staff.listed",
    "recipients_staff.order_file": "recipients_staff.listed",
    "requests_staff.enclosure": "requests_staff.queue",
    "trail_staff.export": "trail_staff.entries",
}


def name(endpoint: str | None) -> str:
    """What is done there; empty where nothing takes a fresh proof."""
    return str(ACTS.get(endpoint or "", ""))
