"""Exports of other programs, by the headers that those programs write."""

import pytest

from clevenio.errors import BadInput
from clevenio.people.imports.formats import columns_in, recognised, suggested

LISTMONK = "uuid email name attributes status created_at updated_at".split()
MAILCHIMP = (
    "Email Address,First Name,Last Name,Phone Number,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,"
    "CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,UNSUB_TIME,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
).split(",")
HUBSPOT = (
    "Record ID,First Name,Last Name,Email,Phone Number,Mobile Phone Number,Company Name,Associated Company,"
    "Website URL,Country/Region,Unsubscribed from all email,Marketing contact status"
).split(",")


DEPARTED = (
    "Email,Portal Bounce,Portal Unsubscribe,Portal Spam Report,Global Bounce,Marketing Information".split(",")
)


@pytest.mark.parametrize(
    ("header", "name"),
    [(LISTMONK, "listmonk"), (MAILCHIMP, "Mailchimp"), (HUBSPOT, "HubSpot"), (DEPARTED, "HubSpot")],
)
def test_an_export_is_recognised_by_its_headers_in_any_case(header, name):
    assert recognised(header).name == name
    assert recognised([each.upper() for each in header]).name == name


def test_a_file_of_ones_own_is_nobodys_export():
    assert recognised(["email", "first_name", "status"]) is None


def held(header):
    return {name: column for name, column in zip(header, suggested(header), strict=True) if column}


def test_what_listmonk_writes_is_read_and_its_status_says_who_left():
    assert held(LISTMONK) == {"email": "email", "name": "name", "status": "opted_out"}


def test_what_mailchimp_writes_is_read_and_guesses_about_people_are_left_out():
    assert held(MAILCHIMP) == {
        "Email Address": "email",
        "First Name": "first_name",
        "Last Name": "last_name",
        "Phone Number": "phone",
        "UNSUB_TIME": "opted_out",
    }


def test_what_hubspot_writes_of_those_who_left_says_how():
    assert held(DEPARTED) == {
        "Email": "email",
        "Portal Bounce": "bounced",
        "Portal Unsubscribe": "opted_out",
        "Portal Spam Report": "complained",
    }


def test_whom_mailchimp_cleaned_is_nobody_who_opted_out():
    assert held(["Email Address", "LEID", "EUID", "CLEAN_TIME"])["CLEAN_TIME"] == "bounced"


def test_of_two_columns_of_one_meaning_in_an_export_the_first_counts():
    found = held(HUBSPOT)
    assert (found["Phone Number"], found["Company Name"]) == ("phone", "company")
    assert "Associated Company" not in found
    assert found["Unsubscribed from all email"] == "opted_out"


@pytest.mark.parametrize("header", [HUBSPOT, HUBSPOT[::-1]])
def test_the_two_phones_that_hubspot_writes_are_told_apart_wherever_they_stand(header):
    found = held(header)
    assert (found["Phone Number"], found["Mobile Phone Number"]) == ("phone", "mobile")
    assert [name for name, column in found.items() if column == "company"] == ["Company Name"]


@pytest.mark.parametrize("addresses", [["Email", "Work email"], ["Work email", "Email"]])
def test_of_two_addresses_that_hubspot_writes_the_main_one_counts(addresses):
    found = held(["Record ID", *addresses])
    assert found == {"Email": "email"}


def test_a_job_title_is_kept_apart_from_a_role():
    found = held(["Record ID", "Email", "Job Title", "Job role"])
    assert (found["Job Title"], found["Job role"]) == ("title", "role")


def test_what_somebody_chose_wins_over_what_the_export_would_mean():
    columns = columns_in(HUBSPOT, {"phonenumber": None, "mobilephonenumber": "phone"})
    assert columns[HUBSPOT.index("Mobile Phone Number")] == "phone"
    assert columns[HUBSPOT.index("Phone Number")] is None


def test_a_chosen_column_that_is_there_twice_is_refused():
    with pytest.raises(BadInput, match="Two columns of the file mean phone"):
        columns_in(HUBSPOT, {"mobilephonenumber": "phone"})


@pytest.mark.parametrize("status", ["blocklisted", "disabled", "true", "Yes", "2026-05-01 10:00:00"])
def test_whoever_left_there_does_not_come_in_here(bring, status):
    report = bring({"email": "aino@example.fi", "opted_out": status})
    assert (report.left_out, report.accepted, report.suppressed) == (1, 0, 1)


@pytest.mark.parametrize("status", ["enabled", "", "false", "No", "ei"])
def test_whoever_stayed_there_comes_in(bring, status):
    assert bring({"email": "aino@example.fi", "opted_out": status}).accepted == 1


def test_an_opt_out_is_read_before_what_is_wrong_with_the_row(bring):
    report = bring({"email": "no address", "opted_out": "yes"})
    assert [(note.column, note.code) for note in report.rejected_rows] == [("opted_out", "no_address")]


def test_a_report_names_the_columns_of_a_proof_that_the_file_lacks(bring, proved):
    assert bring({"email": "a@example.fi", "consent": "newsletter"}).missing_evidence == (
        "consent_at",
        "consent_source",
        "consent_wording",
    )
    assert bring({"email": "a@example.fi", **proved("newsletter")}).missing_evidence == ()
