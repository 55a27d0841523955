"""The states of consent that a browser may be in, and how somebody brings it there: by the buttons of the site."""

from collections.abc import Collection
from dataclasses import dataclass, field

from playwright.sync_api import Page

from audits.consent.traces import SETTLE_MS
from clevenio.registry import Registry

# What an address may carry that comes from an advertisement; without consent nothing of it may stay.
CLICKED = (
    "?gclid=made-up&fbclid=made-up&msclkid=made-up&li_fat_id=made-up&utm_source=example&utm_campaign=example"
)


@dataclass(frozen=True)
class State:
    """What was decided: `boxes` are the categories that hold, `then_withdrawn` that they were given up again."""

    name: str
    button: str | None = None
    boxes: frozenset[str] = frozenset()
    then_withdrawn: bool = False
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def allowed(self) -> frozenset[str]:
        """The optional categories that may be used."""
        return frozenset() if self.then_withdrawn else self.boxes

    @property
    def is_decided(self) -> bool:
        """Whether anything was answered, which is what the two necessary cookies tell."""
        return self.button is not None


def states(registry: Registry) -> tuple[State, ...]:
    """Fresh, refused, each category alone, all, withdrawn, and a browser that says no by itself."""
    names = [category.id for category in registry.categories]
    return (
        State("fresh"),
        State("refused", "reject"),
        *(State(name, "save", frozenset({name})) for name in names),
        State("all", "accept", frozenset(names)),
        State("withdrawn", "accept", frozenset(names), then_withdrawn=True),
        State("GPC", headers={"Sec-GPC": "1"}),
    )


def reach(page: Page, state: State, home: str) -> None:
    """Come in by an advertisement and answer the bar. Who answers nothing comes in by the walk's own first page."""
    if state.button is None:
        return
    page.goto(home + CLICKED)
    if state.button == "save":
        _tick(page, state.boxes)
    _press(page, f"#site-choices [data-choice={state.button}]")
    if state.then_withdrawn:
        # What was allowed is used for a while, so that there is something to take back.
        page.goto(home)
        page.wait_for_load_state("networkidle")
        _press(page, "footer [data-choice=withdraw]")


def _tick(page: Page, boxes: Collection[str]) -> None:
    page.locator("#site-choices summary").click()
    for box in boxes:
        page.locator(f"#site-choices [name=category][value={box}]").check()


def _press(page: Page, button: str) -> None:
    """One click, and the answer to its post; with scripts it is announced in place, without them a page follows."""
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.locator(button).click()
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(SETTLE_MS)
    page.wait_for_load_state("networkidle")
