"""The gallery shows what there is, so that nobody builds it a second time."""

from pathlib import Path

from clevenio.places import TEMPLATES

# What only staff and mails are made of; and the question, which is on every page, and takes its answer elsewhere
# where its whole form is.
ELSEWHERE = {
    "chart.html",
    "choices.html",
    "filters.html",
    "mail.html",
    "mail_state.html",
    "returned.html",
    "staff.html",
}


def test_the_gallery_shows_every_component_that_public_pages_are_made_of():
    gallery = Path(TEMPLATES, "pages/gallery.html").read_text(encoding="utf-8")
    names = {path.name for path in Path(TEMPLATES, "components").iterdir()} - ELSEWHERE
    assert {name for name in names if f'from "components/{name}" import' not in gallery} == set()
