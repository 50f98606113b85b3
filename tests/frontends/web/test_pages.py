"""The pages without a browser: who sees what, what is refused, and nothing of a source that becomes markup."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import requests

from bartack.frontends.web.pages.texts import shown
from bartack.frontends.web.pages.tree import lines_of
from bartack.hub import Hub
from bartack.service.access import Access
from bartack_contracts import Issue
from support.ledger import assert_balanced
from support.reviewing import INVOICE, World, invoice
from support.serving import Served, app_of, context_of, running, serving

STATIC = Path(__file__).parents[3] / "core/bartack/frontends/web/static"
TOKENS = {
    "token-of-the-operator": Access.local("operator"),
    "token-of-the-reader-1": Access("reader"),
    "token-of-who-is-masked": Access("masked", "reviewer", mask=True),
    "token-of-who-sees-less": Access("elsewhere", "reviewer", contracts=frozenset({"person"})),
}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, INVOICE, invoice(1, total="12,50"), invoice(2, total="N/A"), invoice(3))
    made.sync()
    with made.hub:
        yield made


@pytest.fixture
def served(world: World) -> Iterator[Served]:
    with serving(world.hub, tokens=TOKENS) as found:
        yield found


@pytest.fixture(scope="module")
def demo(hub: Hub) -> Iterator[Served]:
    """The demo's estate, synced."""
    with serving(hub) as found:
        yield found


def text_of(answer: requests.Response) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text))


def test_htmx_is_the_very_file_that_was_looked_at() -> None:
    script = (STATIC / "htmx-4.0.1.min.js").read_bytes()
    assert hashlib.sha256(script).hexdigest() == "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"
    assert "Zero-Clause BSD" in (STATIC / "htmx-4.0.1.LICENSE.txt").read_text(encoding="utf-8")


def test_a_reader_looks_and_has_no_decisions_to_make(served: Served) -> None:
    page = served.get("/review/1", "token-of-the-reader-1")
    assert page.status_code == 200
    assert "You may look, not decide" in page.text
    assert "/decide" not in page.text
    assert "Decide over" not in served.get("/review", "token-of-the-reader-1").text
    for path in ("/review/1/decide", "/review/1/undo"):
        refused = served.post(path, "token-of-the-reader-1", data={"action": "dismiss"})
        assert refused.status_code == 403
        assert "reader may look, not decide" in refused.text
    bulk = served.post(
        f"/review/causes/{cause_of(served)}", "token-of-the-reader-1", data={"action": "dismiss", "until": "9"}
    )
    assert bulk.status_code == 409
    assert world_states(served) == {"waiting"}


def cause_of(served: Served) -> str:
    found = re.search(r"/review\?cause=(\w+)", served.get("/review").text)
    assert found is not None
    return found[1]


def world_states(served: Served) -> set[str]:
    return set(
        re.findall(r'class="badge \w+">(waiting|fixed|dismissed|superseded)<', served.get("/review?state=all").text)
    )


def test_who_sees_other_contracts_only_sees_nothing_of_these(served: Served) -> None:
    token = "token-of-who-sees-less"
    assert served.get("/review/1", token).status_code == 404
    assert served.post("/review/1/decide", token, data={"action": "dismiss"}).status_code == 404
    assert "Nothing waits" in served.get("/review", token).text
    assert "12,50" not in served.get("/", token).text
    assert served.get("/record?ref=bartack://crm/people/00003", token).status_code == 404


def test_who_sees_masked_sees_the_form_and_no_value_and_accepts_nothing_unseen(served: Served) -> None:
    token = "token-of-who-is-masked"
    page = served.get("/review/1", token)
    assert "12,50" not in page.text
    assert "12.50" not in page.text
    assert "***" in page.text
    assert "total" in page.text
    assert "12,50" not in served.get("/review", token).text
    bulk = served.post(f"/review/causes/{cause_of(served)}", token, data={"action": "accept", "until": "9"})
    assert bulk.status_code == 409
    assert "not accepted unseen" in text_of(bulk)
    served.post(
        "/review/1/decide", data={"action": "correct", "field:total.amount": "77.10", "field:total.currency": "PLN"}
    )
    assert "77.10" not in served.get("/review/1", token).text + served.get("/review/history", token).text
    assert "77.10" in served.get("/review/history").text


def test_who_decides_second_is_told_with_409_and_what_happened(served: Served) -> None:
    fix = {"action": "correct", "field:total.amount": "12.50", "field:total.currency": "PLN", "note": "phoned"}
    assert served.post("/review/1/decide", data=fix).headers["Location"] == "/review/2?decided=1"
    second = served.post("/review/1/decide", data={**fix, "field:total.amount": "99.00"})
    assert second.status_code == 409
    assert "somebody else was faster" in second.text
    assert "operator has corrected total.amount, total.currency at" in text_of(second)


def test_what_was_typed_stays_where_it_is_refused(served: Served) -> None:
    wrong = served.post("/review/2/decide", data={"action": "correct", "field:total.amount": "twelve", "note": "hm"})
    assert wrong.status_code == 422
    assert 'value="twelve"' in wrong.text
    assert 'value="hm"' in wrong.text
    assert "total.amount is decimal" in text_of(wrong)
    more = {"action": "correct", "more-field": "totl", "more-value": "1"}
    assert "did you mean &#39;total&#39;" in served.post("/review/2/decide", data=more).text
    assert served.post("/review/2/decide", data={"action": "shrug"}).status_code == 422
    assert served.post("/review/2/decide").status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/review/999",
        "/review/1x",
        "/record?ref=bartack://crm/people/nobody",
        "/record?ref=nonsense",
        "/record",
        "/nowhere",
    ],
)
def test_what_is_not_there_is_a_page_that_says_so(served: Served, path: str) -> None:
    assert served.get(path).status_code in (404, 422)


@pytest.mark.parametrize(
    "query",
    [
        "state=nonsense",
        "after=x",
        "after=99999999999999999999",
        "source=nobody",
        "cause=x",
        "decided=1",
        "decided=9",
        "decided=x",
    ],
)
def test_whatever_a_link_asks_for_the_queue_answers(served: Served, query: str) -> None:
    with served.client() as client:
        assert client.get(f"{served.url}/review?{query}", timeout=30).status_code == 200


def test_one_decision_over_a_cause_takes_only_what_was_seen(world: World, served: Served) -> None:
    key = cause_of(served)
    world.estate.rows.append(invoice(4, total="N/A"))
    world.sync()
    done = served.post(f"/review/causes/{key}", data={"action": "dismiss", "until": "2", "note": "tests"})
    assert done.status_code == 200
    assert "Dismissed: 2" in text_of(done)
    assert [one.number for one in world.hub.review.list()] == [3]
    assert [one.note for one in world.hub.review.history()] == ["tests", "tests"]
    undone = served.post("/review/undo", data=[("number", "1"), ("number", "2"), ("number", "3")])
    assert undone.status_code == 200
    assert "Taken back: 2" in text_of(undone)
    assert "reject 3 waits for a decision" in text_of(undone)
    assert [one.number for one in world.hub.review.list()] == [1, 2, 3]


def test_a_refusal_is_a_page_for_people_and_problem_details_for_programs(served: Served) -> None:
    for path, token, status in (
        ("/nowhere", "token-of-the-operator", 404),
        ("/api/v1/nowhere", "token-of-the-operator", 404),
    ):
        assert served.get(path, token).headers["Content-Type"] == "application/problem+json"
        page = served.get(path, token, headers={"Accept": "text/html"})
        assert page.status_code == status
        assert page.headers["Content-Type"].startswith(
            "application/problem" if path.startswith("/api") else "text/html"
        )
    nobody = served.post("/review/1/decide", None, headers={"Accept": "text/html"}, data={"action": "dismiss"})
    assert nobody.status_code == 401
    assert 'href="/login"' in nobody.text
    assert nobody.headers["WWW-Authenticate"]
    assert "default-src" in nobody.headers["Content-Security-Policy"]
    assert len(nobody.headers.get("Content-Length", "").split(",")) == 1


def test_a_stream_has_its_syncs_one_by_one(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, *(invoice(n) for n in range(40)), sync={"gate": True})
    world.sync()
    del world.estate.rows[3:]
    list(world.hub.sync(full=True))
    with world.hub, serving(world.hub, tokens=TOKENS) as served:
        page = served.get("/stream?source=crm&stream=people")
        told = text_of(page)
        assert "full published, complete 40 rows" in told
        assert "full held, complete 3 rows" in told
        assert "volume" in told
        assert "bartack sync crm --stream people --accept" in told
        reader = text_of(served.get("/stream?source=crm&stream=people", "token-of-the-reader-1"))
        assert "3 rows" in reader
        assert "bartack sync" not in reader
        assert served.get("/stream?source=crm&stream=people", "token-of-who-sees-less").status_code == 404
        assert served.get("/stream?source=crm").status_code == 404


def test_a_held_snapshot_is_let_through_by_who_has_looked_at_it(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, *(invoice(n) for n in range(40)), sync={"gate": True})
    world.sync()
    del world.estate.rows[3:]
    list(world.hub.sync(full=True))
    with world.hub, serving(world.hub, tokens=TOKENS) as served:
        page = served.get("/stream?source=crm&stream=people")
        found = re.search(r'name="run" value="(\d+)"', page.text)
        assert found is not None
        form = {"source": "crm", "stream": "people", "run": found[1]}
        assert "Accept it" not in served.get("/stream?source=crm&stream=people", "token-of-the-reader-1").text
        assert served.post("/stream/accept", "token-of-the-reader-1", data=form).status_code == 403
        assert served.post("/stream/accept", "token-of-who-sees-less", data=form).status_code == 404
        assert served.post("/stream/accept", data={**form, "run": "1"}).status_code == 409
        assert len(world.hub.standings()) == 1
        assert world.hub.standings()[0].records == 40
        assert served.post("/stream/accept", data=form).status_code == 303
        assert world.hub.standings()[0].records == 3
        assert "accepted by operator" in text_of(served.get("/stream?source=crm&stream=people"))
        again = served.post("/stream/accept", data=form)
        assert again.status_code == 409
        assert "nothing is held back any more" in again.text
        assert_balanced(world.hub)


def test_a_page_that_renews_itself_is_led_to_the_log_in(served: Served) -> None:
    answer = served.get("/", None, headers={"HX-Request": "true", "Accept": "text/html"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/login")


def test_a_record_shows_its_fields_its_links_and_no_folder_of_this_machine(demo: Served) -> None:
    page = demo.get("/record?ref=bartack://billing/customers/101")
    told = text_of(page)
    assert "crm/parties/3 person/1 the same email zoe.mueller@example.org : emails[0].address here" in told
    assert "path name sent Zoë Müller rule name → person_name at billing-customers.yaml:4" in told
    assert "/estate/" not in page.text
    crm = demo.get("/record?ref=bartack://crm/parties/3", "token-of-who-sees-crm")
    assert crm.status_code == 200
    assert "billing" not in crm.text
    assert "mueller" not in crm.text
    assert demo.get("/record?ref=bartack://billing/customers/101", "token-of-who-sees-crm").status_code == 404
    assert "billing" not in demo.get("/", "token-of-who-sees-crm").text


def test_records_are_searched_for_page_by_page(demo: Served) -> None:
    found = demo.get("/records?contract=person/1&q=Müller")
    assert "Zoë Müller" in found.text
    first = demo.get("/records?contract=activity/1")
    following = re.search(r'href="(/records\?[^"]*cursor=[^"]*)"', first.text)
    assert following is not None
    second = demo.get(following[1].replace("&amp;", "&"))
    assert second.status_code == 200
    assert not set(re.findall(r"bartack%3A//[^\"]*", first.text)) & set(re.findall(r"bartack%3A//[^\"]*", second.text))
    cited = demo.get("/records?q=bartack://billing/customers/101")
    assert cited.headers["Location"] == "/record?ref=bartack%3A%2F%2Fbilling%2Fcustomers%2F101"


def test_the_accounting_equation_and_the_rates_are_on_the_page(served: Served) -> None:
    told = text_of(served.get("/"))
    assert "3 rows = 1 delivered + 2 rejected + 0 duplicates + 0 tombstones + 0 skipped" in told
    assert "rejected lately 66.7 % failed syncs 0 of 1" in told
    chart = re.search(r'<svg class="chart".*?</svg>', served.get("/").text, re.DOTALL)
    assert chart is not None
    assert 'aria-label="the last 1 syncs: at most 3 rows, 66.7% rejected, 0 failed"' in chart[0]
    assert chart[0].count("<rect") == 2


def test_a_source_that_is_not_ready_and_one_that_is_held_back_say_so_and_what_to_do(tmp_path: Path) -> None:
    world = World(tmp_path, INVOICE, *(invoice(n) for n in range(40)), sync={"gate": True})
    world.sync()
    world.estate.rows[:] = world.estate.rows[:3]
    (held,) = world.hub.sync(full=True)
    assert held.state == "held"
    with world.hub, serving(world.hub) as served:
        page = text_of(served.get("/"))
        assert "a snapshot is held back" in page
        assert "bartack sync crm --stream people --accept" in page
        assert "1 in trouble" in page


def test_a_reported_problem_is_looked_at_and_settled_once(world: World, served: Served) -> None:
    record = world.hub.get("crm/people/00003", cached=True)
    world.hub.review.problems.report(record, "the amount <b>is</b> wrong", field="total", by="agent")
    assert "1 reported problem" in text_of(served.get("/"))
    assert "the amount &lt;b&gt;is&lt;/b&gt; wrong" in served.get("/record?ref=bartack://crm/people/00003").text
    assert "the amount" not in served.get("/review/problems", "token-of-who-is-masked").text
    assert "the amount" not in served.get("/review/problems", "token-of-who-sees-less").text
    assert served.post("/review/problems/1/settle", "token-of-the-reader-1").status_code == 403
    assert served.post("/review/problems/1/settle", "token-of-who-sees-less").status_code == 404
    assert served.post("/review/problems/1/settle", data={"note": "asked billing"}).status_code == 303
    again = served.post("/review/problems/1/settle")
    assert again.status_code == 409
    assert "operator has settled it" in again.text
    assert served.post("/review/problems/7/settle").status_code == 404
    assert "Nothing is reported" in served.get("/review/problems").text


# -- hostile contents -------------------------------------------------------------------------------------------------


class Markup(HTMLParser):
    """Gathers elements and attributes, so that what should be text cannot hide as markup."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.handlers: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.handlers += [
            name for name, value in attrs if name.startswith("on") or name == "style" or "javascript:" in (value or "")
        ]


EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'>"
TRICKS = "pay\u202eevil\u200b\x00\x1b[2J\ud800\u2028end"


def test_hostile_contents_are_text_wherever_they_stand(tmp_path: Path) -> None:
    row = {**invoice(1, total=EVIL), "id": EVIL, EVIL: {EVIL: [EVIL, TRICKS]}, "long": "x" * 1_000_000, "name": TRICKS}
    good = {**invoice(2), "id": f"good {EVIL}", "name": EVIL}
    world = World(tmp_path, INVOICE, row, good)
    world.sync()
    with world.hub, serving(world.hub) as served:
        served.post("/review/1/decide", data={"action": "dismiss", "note": EVIL + TRICKS.replace("\ud800", "")})
        served.post("/review/1/undo", data={"note": EVIL})
        ref = f"bartack://crm/people/{requests.utils.quote(good['id'], safe='')}"  # type: ignore[attr-defined]
        paths = ["/", "/review", "/review/1", "/review/history", "/review?decided=1", "/records?contract=invoice/1"]
        paths += [f"/records?contract=invoice/1&q={EVIL}", f"/review?source={EVIL}", f"/record?ref={ref}"]
        for path in paths:
            answer = served.get(path)
            assert answer.status_code == 200, (path, answer.text[:500])
            found = Markup(answer.text)
            assert found.handlers == [], path
            assert found.elements.count("script") <= 1, path
            assert "img" not in found.elements, path
            assert not set(answer.text) & set("\u202e\u200b\x00\x1b\u2028"), path
            assert len(answer.content) < 60_000, path
        assert "⟦U+202E⟧" in served.get("/review/1").text
        assert "(1,000,000 characters)" in served.get("/review/1").text
        wrong = served.post("/review/1/decide", data={"action": "correct", f"field:{EVIL}": EVIL})
        assert wrong.status_code == 422
        assert Markup(wrong.text).handlers == []
        assert "img" not in Markup(wrong.text).elements


def test_a_large_or_deep_row_is_bounded_and_what_is_wrong_is_in_it() -> None:
    deep: Any = "end"
    for _ in range(200):
        deep = {"in": deep}
    many = {f"key {n}": n for n in range(10_000)}
    payload = {"deep": deep, **many, "rows": [{"type": "a"}, {"type": "b", "total": "N/A"}], "list": list(range(5000))}
    issues = [
        Issue(path="'key 9876'", field="x", code="type.invalid", message="m"),
        Issue(path="rows[type=b].total", field="total", code="required.unreadable", message="m", severity="error"),
        Issue(path="gone.inner", field="y", code="required.absent", message="m", severity="error"),
        Issue(path=None, field=None, code="row.outdated", message="m"),
        Issue(path="not a [path", field=None, code="row.outdated", message="m"),
    ]
    lines = lines_of(payload, issues)
    assert len(lines) < 400
    told = {(line.key, line.value): [issue.code for issue in line.issues] for line in lines if line.issues}
    assert told == {
        ("key 9876", "9876"): ["type.invalid"],
        ("total", "N/A"): ["required.unreadable"],
        ("gone", "not sent"): ["required.absent"],
    }
    assert any(line.kind == "more" and "more" in line.value for line in lines)
    assert max(line.level for line in lines) <= 9
    joined = lines_of(
        {"first": " ", "last": ""}, [Issue(path="first, last", field="name", code="required.blank", message="m")]
    )
    assert [(line.key, line.value, len(line.issues)) for line in joined[1:]] == [("first", '" "', 1), ("last", '""', 1)]
    assert [line.value for line in lines_of("text", ())] == ["text"]
    assert [line.value for line in lines_of([], ())] == ["no elements"]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Zoë Müller", "Zoë Müller"),
        ("שלום", "שלום"),
        ("a\u202eb", "a⟦U+202E⟧b"),
        ("a\r\nb\tc", "a ⏎ b⟦U+0009⟧c"),
        ("\ud800", "⟦U+D800⟧"),
        ("\U000e0041", "⟦U+E0041⟧"),
        ("\ue000", "⟦U+E000⟧"),
    ],
)
def test_what_nobody_would_see_is_written_out(text: str, seen: str) -> None:
    assert shown(text) == seen
    assert shown(shown(text)) == seen
    shown(text).encode()


def test_a_proposal_with_invisible_characters_stands_in_the_form_as_json(tmp_path: Path) -> None:
    from bartack.frontends.web.pages.texts import prefilled

    assert prefilled("12.50") == "12.50"
    assert prefilled(12) == "12"
    assert prefilled(["Zoë"]) == '["Zoë"]'
    assert json.loads(prefilled("a\u200bb")) == "a\u200bb"
    assert prefilled("a\u200bb").isascii()


def test_pages_hold_no_style_and_no_script_of_their_own(world: World) -> None:
    templates = STATIC.parent / "templates"
    for file in templates.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle=|\son\w+=|<style|js:|hx-on|safe\b|Markup", text), file.name
    with running(app_of(world.hub)) as served:
        sent = served.get("/review").headers["Content-Security-Policy"]
    assert "unsafe" not in sent
    assert context_of(world.hub).templates.autoescape is True
