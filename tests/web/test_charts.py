"""Charts: what is drawn is what was given, in proportion, named, and with nothing that a page's policy forbids."""

import re
from xml.etree import ElementTree as ET

import pytest

from clevenio.i18n import use_language
from clevenio.web import charts, drawing
from clevenio.web.charts import Bar, Tick

HOSTILE = "</text><script>alert(1)</script> \" onload='x' & <b>"
BARS = [Bar("Sales", (200, 100, 40), "200"), Bar("Finance", (50, None, 10), "50")]


def read(drawn):
    """The chart as a tree; fails where it is not well formed."""
    return ET.fromstring(str(drawn))


def texts(tree):
    return [element.text for element in tree.iter("text")]


def percent(element, name):
    return float(element.get(name).removesuffix("%"))


def test_bars_are_as_long_as_their_values_and_lie_in_one_another():
    rects = [
        (rect.get("class"), percent(rect, "width"))
        for rect in read(charts.bars("By role", BARS)).iter("rect")
    ]
    assert rects == [
        ("tone-0", 86.0),
        ("tone-1", 43.0),
        ("tone-2", 17.2),
        ("tone-0", 21.5),
        ("tone-2", 4.3),
    ]


def test_each_bar_has_its_label_and_its_number():
    assert texts(read(charts.bars("By role", BARS))) == ["Sales", "200", "Finance", "50"]


def test_bars_of_nothing_are_no_error():
    for rows in ([], [Bar("None", (None, None), "–")], [Bar("Zero", (0,), "0")]):
        assert read(charts.bars("Empty", rows)).get("role") == "img"


@pytest.mark.parametrize("drawn", [charts.bars("By role", BARS), charts.line("Days", [1, 2], [], "2")])
def test_a_chart_is_an_image_with_a_name_and_brings_no_style_and_no_script(drawn):
    tree = read(drawn)
    assert tree.get("role") == "img"
    assert tree.get("aria-label") in {"By role", "Days"}
    for element in tree.iter():
        assert element.tag in {"svg", "text", "rect", "line", "path"}
        assert not {"style", "fill", "stroke", "href"} & set(element.attrib)
        assert not [name for name in element.attrib if name.startswith("on")]


def test_what_people_typed_stays_text():
    for drawn in (
        charts.bars(HOSTILE, [Bar(HOSTILE, (1,), HOSTILE)]),
        charts.line(HOSTILE, [1], [Tick(0, HOSTILE)], HOSTILE),
    ):
        tree = read(drawn)
        assert tree.get("aria-label") == HOSTILE
        assert HOSTILE in texts(tree)
        assert not list(tree.iter("script"))
        assert "onload" not in {name for element in tree.iter() for name in element.attrib}


def path_of(drawn):
    return next(read(drawn).iter("path")).get("d")


def test_a_line_goes_through_its_values_and_breaks_where_one_is_missing():
    drawn = charts.line("Days", [0, 100, None, 50, 75, None, 25], [], "25")
    assert path_of(drawn) == "M 0 100.0 L 1 0.0 M 3 50.0 L 4 25.0 M 6 75.0 L 6 75.0"


def test_values_stand_as_far_from_each_other_as_is_said():
    drawn = charts.line("Days", [0, 100, 50, None], [Tick(1, "second")], "50", [0, 1, 5, 10])
    assert path_of(drawn) == "M 0 100.0 L 1 0.0 L 5 50.0"
    assert 'viewBox="0 0 10 100"' in drawn
    places = {text.text: text.get("x") for text in read(drawn).iter("text") if text.get("x")}
    assert places == {"50": "50.0%", "second": "10.0%"}


def test_values_that_all_stand_at_one_place_are_told_apart():
    assert path_of(charts.line("Days", [0, 100], [], "100", [0, 0])) == "M 0 100.0 L 1 0.0"


def test_the_last_known_number_is_written_at_its_place():
    tree = read(charts.line("Days", [10, 20, 15, None], [], "15"))
    said = next(text for text in tree.iter("text") if text.get("class") == "said")
    assert (said.text, percent(said, "x"), percent(said, "y")) == ("15", 66.67, 25.0)


def test_a_line_without_a_single_number_is_no_error():
    tree = read(charts.line("Days", [None, None], [Tick(0, "first")], ""))
    assert [text.get("class") for text in tree.iter("text")].count("said") == 0


def test_rules_have_numbers_in_the_readers_form():
    with use_language("fi"):
        tree = read(charts.line("Päivät", [3100], [], "3 100"))
    assert texts(tree)[:5] == ["0", "800", "1\xa0600", "2\xa0400", "3\xa0200"]


@pytest.mark.parametrize(
    ("most", "room"),
    [(3, "of-hundreds"), (100, "of-hundreds"), (45_000, "of-thousands"), (10**6, "of-millions")],
)
def test_the_numbers_of_the_rules_stand_before_the_plot_and_hide_nothing_of_it(most, room):
    for drawn in (charts.line("Days", [most, 1], [], "1"), charts.columns("Days", [(most,), (1,)], [])):
        tree = read(drawn)
        assert tree.get("class") == f"chart {room}"
        numbers = [text for text in tree.iter("text") if text.get("class") == "soft"]
        assert {(each.get("text-anchor"), each.get("dx"), each.get("x")) for each in numbers} == {
            ("end", "-0.5em", None)
        }


@pytest.mark.parametrize("most", [*range(1, 400), 999, 1000, 1001, 123_456])
def test_the_top_rule_is_above_every_value_and_not_far(most):
    top = drawing._round_up(most)
    assert most <= top <= max(2 * most, drawing.RULES)
    assert top % drawing.RULES == 0


def test_ticks_at_the_ends_stay_inside():
    tree = read(charts.line("Days", [1, 2, 3], [Tick(0, "a"), Tick(1, "b"), Tick(2, "c")], "3"))
    ticks = [(t.text, t.get("text-anchor"), t.get("x")) for t in tree.iter("text") if t.text in "abc"]
    assert ticks == [("a", "start", "0.0%"), ("b", "middle", "50.0%"), ("c", "end", "100.0%")]
    # Which of them a small chart leaves out.
    assert [t.text for t in tree.iter("text") if "between" in (t.get("class") or "")] == ["b"]


def test_a_bar_chart_is_drawn_as_it_was_looked_at():
    drawn = charts.bars("By role", [Bar("Sales", (20, 10), "20")])
    assert re.sub(r"(?<=>)(?=<)", "\n", str(drawn)).splitlines() == [
        '<svg width="100%" height="3.4em" class="chart" role="img" aria-label="By role">',
        '<text y="1.1em">Sales</text>',
        '<rect class="tone-0" x="0" y="1.55em" width="86.0%" height="1.1em"/>',
        '<rect class="tone-1" x="0" y="1.75em" width="43.0%" height="0.7em"/>',
        '<text dominant-baseline="central" x="86.0%" y="2.1em" dx="0.5em">20</text>',
        "</svg>",
    ]
