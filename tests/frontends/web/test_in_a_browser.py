"""An operator clears a quarantine in a real browser: by mouse, by keyboard, without scripts, in the dark, on a telephone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from support.browsing import Looking, looking
from support.ledger import assert_balanced
from support.reviewing import INVOICE, World, invoice
from support.serving import Served, serving

PAGES = {
    "sources": "/",
    "stream": "/stream?source=crm&stream=people",
    "review": "/review",
    "reject": "/review/1",
    "history": "/review/history",
    "problems": "/review/problems",
    "records": "/records?contract=invoice/1",
    "record": "/record?ref=bartack://crm/people/00005",
    "not there": "/review/999",
}
EVIL = "<script>alert(1)</script><img src=http://192.0.2.1/x onerror=alert(2)>\"'><svg onload=alert(3)>"
TRICKS = "pay\u202eevil\u200b\x00\x1b[2J\u2028end"


def rows() -> list[dict[str, Any]]:
    wrong = [
        invoice(1, total="12,50"),
        invoice(2, total="1.234,50"),
        invoice(3, total="N/A"),
        invoice(4, issued="31.12.2026"),
    ]
    return [*wrong, *(invoice(n, total=f"{n}.00") for n in range(5, 12))]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, INVOICE, *rows())
    made.sync()
    with made.hub:
        yield made


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serving(world.hub) as found:
        yield found


@pytest.fixture
def look(browser: Browser, served: Served) -> Iterator[Callable[..., Looking]]:
    """Opens windows; in none of them anything may go wrong."""
    from contextlib import ExitStack

    people: list[Looking] = []
    with ExitStack() as stack:

        def opened(**how: Any) -> Looking:
            people.append(stack.enter_context(looking(browser, served.url, **how)))
            return people[-1]

        yield opened
        for person in people:
            person.nothing_was_wrong()


def cleared(world: World) -> None:
    assert world.hub.review.list() == ()
    assert_balanced(world.hub)
    world.sync()
    assert world.hub.review.list() == ()


def test_an_operator_clears_a_quarantine_by_mouse(world: World, look: Callable[..., Looking]) -> None:
    operator = look()
    page = operator.page
    operator.says("4 rejected rows wait for a decision")
    operator.shot("sources")
    page.get_by_role("link", name="Waiting for a decision").click()
    operator.shot("review")
    page.locator(".causes a").first.click()
    page.get_by_text("Decide over all 3").click()
    page.get_by_label("Note: why").fill("decimal commas of the old billing")
    operator.shot("review-cause")
    page.get_by_role("button", name="Accept what is proposed for each").click()
    operator.says("Accepted: 2")
    operator.says("1 were not decided; each says why below.")
    operator.shot("bulk")
    page.get_by_role("link", name="3", exact=True).click()
    operator.says("What was sent")
    assert page.locator(".tree .bad mark").inner_text() == "N/A"
    operator.shot("reject")
    page.get_by_label("total.amount").fill("12,50")
    page.get_by_label("total.currency").fill("PLN")
    page.get_by_role("button", name="Make it a record").click()
    operator.says("Not decided.")
    operator.says("total.amount is decimal")
    page.get_by_label("total.amount").fill("12.50")
    page.get_by_role("button", name="Make it a record").click()
    operator.says("corrected crm/people/00003")
    assert operator.path == "/review/4?decided=3"
    assert page.get_by_label("issue_date").input_value() == "2026-12-31"
    operator.says("'31.12.2026', read as %d.%m.%Y")
    page.get_by_role("button", name="Accept: make it a record").click()
    operator.says("Nothing waits for a decision.")
    page.get_by_role("link", name="Who decided what").click()
    operator.says("decimal commas of the old billing")
    operator.shot("history")
    page.goto(page.url.replace("/review/history", "/record?ref=bartack://crm/people/00003"))
    operator.says("operator has corrected this row in the review queue")
    operator.shot("record")
    cleared(world)


def test_an_operator_clears_a_quarantine_by_keyboard_alone(world: World, look: Callable[..., Looking]) -> None:
    operator = look()
    press = operator.page.keyboard.press
    operator.go("/")
    press("Tab")
    assert operator.focused() == "Skip to the content"
    press("Enter")
    operator.tab_to("Waiting for a decision")
    press("Enter")
    operator.page.wait_for_url("**/review")
    operator.tab_to("3\ncrm/people")
    press("Enter")
    operator.page.wait_for_url("**/review?cause=*")
    operator.tab_to("Decide over all 3")
    press("Enter")
    operator.tab_to("Note: why")
    operator.page.keyboard.type("by keyboard")
    operator.tab_to("Accept what is proposed")
    press("Space")
    operator.says("Accepted: 2")
    operator.go("/review/3")
    press("Tab")
    press("Tab")
    assert operator.focused() == "Skip to the decision"
    press("Enter")
    operator.tab_to("Note")
    operator.page.keyboard.type("a test invoice")
    operator.tab_to("Dismiss")
    press("Enter")
    operator.says("dismissed crm/people/00003")
    operator.tab_to("Undo")
    press("Enter")
    operator.says("it waits again")
    operator.page.go_back()
    operator.go("/review/3")
    operator.tab_to("total.amount")
    operator.page.keyboard.type("12.50")
    operator.tab_to("total.currency")
    operator.page.keyboard.type("PLN")
    press("Enter")
    operator.says("corrected crm/people/00003")
    operator.tab_to("Accept: make it a record")
    press("Enter")
    operator.says("Nothing waits for a decision.")
    assert [one.action for one in world.hub.review.history(3)] == ["dismiss", "undo", "correct"]
    cleared(world)


def test_an_operator_clears_a_quarantine_without_scripts_on_a_telephone(
    world: World, look: Callable[..., Looking]
) -> None:
    operator = look(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = operator.page
    assert page.locator('noscript meta[http-equiv="refresh"]').count() or "http-equiv" in page.content()
    page.get_by_role("link", name="Refresh").click()
    page.get_by_role("link", name="Waiting for a decision").click()
    page.locator(".causes a").first.click()
    page.get_by_text("Decide over all 3").click()
    page.get_by_role("button", name="Accept what is proposed for each").click()
    operator.says("Accepted: 2")
    page.get_by_role("button", name="Undo all of it").click()
    operator.says("Taken back: 2")
    page.get_by_role("link", name="Back to the review").click()
    page.locator(".causes a").first.click()
    page.get_by_text("Decide over all 3").click()
    page.get_by_role("button", name="Dismiss all").click()
    operator.says("Dismissed: 3")
    operator.go("/review/4")
    page.get_by_role("button", name="Accept: make it a record").click()
    operator.says("Nothing waits for a decision.")
    cleared(world)


def test_of_two_operators_at_one_reject_the_second_is_told(world: World, look: Callable[..., Looking]) -> None:
    ann, bob = look(), look()
    for person in (ann, bob):
        person.go("/review/1")
    ann.page.get_by_role("button", name="Accept: make it a record").click()
    ann.says("corrected crm/people/00001")
    bob.page.get_by_role("button", name="Dismiss").click()
    bob.says("Not decided: somebody else was faster, or the source was.")
    bob.says("operator has corrected total.amount, total.currency at")
    assert bob.focused().startswith("Not decided")
    assert bob.page.get_by_role("alert").is_visible()
    bob.shot("conflict")
    assert [one.action for one in world.hub.review.history(1)] == ["correct"]
    ann.go("/review/1")
    bob.go("/review/1")
    ann.page.get_by_role("button", name="Undo").click()
    ann.says("Decide")
    bob.page.get_by_role("button", name="Undo").click()
    bob.says("has taken the decision back")
    assert [one.action for one in world.hub.review.history(1)] == ["correct", "undo"]


def test_the_page_that_is_kept_open_renews_itself_and_keeps_the_focus(
    world: World, look: Callable[..., Looking]
) -> None:
    operator = look()
    page = operator.page
    page.clock.install()
    operator.go("/")
    operator.says("4 rejected rows wait")
    page.get_by_role("link", name="Waiting for a decision").focus()
    for one in world.hub.review.list()[:3]:
        world.hub.review.dismiss(one.number, by="somebody else")
    page.clock.run_for(11_000)
    operator.says("1 rejected row waits")
    assert "Waiting for a decision" in operator.focused()


def test_who_was_logged_out_is_led_to_the_log_in_by_the_page_that_renews_itself(look: Callable[..., Looking]) -> None:
    operator = look()
    operator.page.clock.install()
    operator.go("/")
    operator.page.context.clear_cookies()
    operator.page.clock.run_for(11_000)
    operator.page.wait_for_url("**/login")


CONTRAST = """() => {
  const lum = c => { const v = c.map(x => { x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4 });
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2] };
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = c => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data] };
  const ground = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor);
    if (c[3] > 250) return c } return rgba(getComputedStyle(document.documentElement).backgroundColor) };
  const bad = [];
  for (const e of document.querySelectorAll('main *, header *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest('svg, datalist, select, noscript')) continue;
    const [a, b] = [lum(rgba(getComputedStyle(e).color)), lum(ground(e))].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) bad.push(`${e.tagName} ${e.className} "${e.textContent.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
  }
  return bad;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read_and_every_page_fits_a_telephone(
    world: World, look: Callable[..., Looking], scheme: str
) -> None:
    world.hub.review.dismiss(3, by="ann", note="a test invoice")
    world.hub.review.problems.report(world.hub.get("crm/people/00005", cached=True), "the amount is wrong", by="agent")
    operator = look(color_scheme=scheme, viewport={"width": 360, "height": 740})
    for name, path in PAGES.items():
        operator.go(path)
        assert operator.page.evaluate(CONTRAST) == [], name
        assert operator.page.evaluate("document.documentElement.scrollWidth") <= 360, name
        assert nameless(operator.page) == [], name
        operator.shot(f"telephone-{scheme}-{name.replace(' ', '-')}")
    operator.go("/login")
    assert operator.page.evaluate(CONTRAST) == []
    operator.shot(f"telephone-{scheme}-log-in")
    dark = operator.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"
    assert dark is (scheme == "dark")
    operator.page.set_viewport_size({"width": 1280, "height": 900})
    operator.go("/review/1")
    operator.shot(f"wide-{scheme}-reject")


def nameless(page: Page) -> list[str]:
    """Return controls that nobody who only listens could tell, and headings that skip a level."""
    found: list[str] = page.evaluate("""() => [
      ...[...document.querySelectorAll('input:not([type=hidden]), select, textarea')].filter(e => !e.labels.length),
      ...[...document.querySelectorAll('a, button')].filter(e => !e.textContent.trim()),
      ...[...document.querySelectorAll('svg[role=img]')].filter(e => !e.getAttribute('aria-label')),
      ...(document.querySelectorAll('h1').length === 1 ? [] : [document.body]),
      ...(document.documentElement.lang ? [] : [document.documentElement])].map(e => e.outerHTML.slice(0, 200))""")
    return found


def test_hostile_contents_do_nothing_wherever_they_stand(browser: Browser, tmp_path: Path) -> None:
    row = {**invoice(1, total=EVIL), "id": EVIL, EVIL: {EVIL: [EVIL, TRICKS]}, "long": "x" * 1_000_000, "name": TRICKS}
    row |= {f"key {n} {TRICKS}": EVIL for n in range(3_000)}
    good = {**invoice(2), "id": f"good {EVIL}", "name": EVIL, "total": "1,5"}
    world = World(tmp_path, INVOICE, row, {**good, "total": "1.50"})
    world.sync()
    with (
        world.hub,
        serving(world.hub) as served,
        looking(browser, served.url, viewport={"width": 360, "height": 740}) as mallory,
    ):
        page = mallory.page
        mallory.go("/review/1")
        page.get_by_label("Note").first.fill(EVIL)
        page.get_by_role("button", name="Dismiss").click()
        mallory.says("dismissed")
        for path in ("/", "/review", "/review?state=all", "/review/1", "/review/history", f"/records?q={EVIL}"):
            mallory.go(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
            assert page.locator("main script, main img").count() == 0, path
        mallory.go("/review/1")
        mallory.shot("hostile")
        assert "⟦U+202E⟧" in page.locator(".tree").inner_text()
        mallory.go("/records?contract=invoice/1")
        page.locator(".rejects a").first.click()
        mallory.says("Where each field comes from")
        mallory.nothing_was_wrong()
