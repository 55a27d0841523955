"""The pictures of shared links are those of today's pages."""

from dataclasses import replace

import pytest
from PIL import Image

from cards import drawing
from cards.drawing import FOLDER, drawn, every

MOST = 60_000
CARDS = list(every())


@pytest.mark.parametrize("card", CARDS, ids=lambda card: card.path.stem)
def test_a_card_is_drawn_with_the_words_and_the_drawing_of_today(card):
    assert drawn(card.path) == card.said, "run make cards"
    assert card.path.stat().st_size <= MOST
    with Image.open(card.path) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
        # Paper in the corner, and on it ink: no empty sheet.
        drawn_on = picture.convert("RGB")
        assert drawn_on.getpixel((0, 0)) == (0xFB, 0xFA, 0xF6)
        assert (
            min(sum(drawn_on.getpixel((x, y))) for x in range(70, 400, 2) for y in range(130, 200, 2)) < 150
        )


def test_there_is_no_card_of_a_page_that_is_gone():
    assert {path.name for path in FOLDER.iterdir()} == {card.path.name for card in CARDS}


def test_other_words_make_a_card_that_is_out_of_date():
    card = CARDS[0]
    renamed = replace(card, head=replace(card.head, title="Something else"))
    assert drawn(card.path) != renamed.said
    assert "Something else" in renamed.html


def test_an_installation_under_another_name_has_cards_of_its_own(monkeypatch):
    monkeypatch.setenv("CLEVENIO_CONTROLLER_NAME", "Esimerkki Oy")
    assert '<p class="brand">Esimerkki Oy</p>' in CARDS[0].html
    assert drawn(CARDS[0].path) != CARDS[0].said


@pytest.mark.parametrize("number", range(len(drawing.sources())), ids=[p.name for p in drawing.sources()])
def test_a_change_in_whatever_is_drawn_makes_the_cards_out_of_date(monkeypatch, tmp_path, number):
    changed = drawing.sources()
    (tmp_path / "changed").write_bytes(changed[number].read_bytes() + b" ")
    changed[number] = tmp_path / "changed"
    drawing._digest.cache_clear()
    monkeypatch.setattr(drawing, "sources", lambda: changed)
    assert drawn(CARDS[0].path) != CARDS[0].said
    drawing._digest.cache_clear()


def test_the_line_the_styles_and_the_face_are_among_what_is_drawn():
    names = {path.name for path in drawing.sources()}
    assert {"card.html", "strand.html", "strand.css", "02-tokens.css", "header.css"} <= names
    assert any(name.endswith(".woff2") for name in names)
