"""The review queue: what people decide reaches the snapshot at once, holds for that payload only, and balances."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from bartack.errors import AccessError, ConfigError, ConflictError
from bartack.events import Event
from bartack.hub import Hub
from bartack.store import rejects
from bartack_contracts import Person, Record
from support.ledger import assert_balanced
from support.numbered import NOW, Estate, NumberedConnector, hub_of, numbered, person


def nameless(number: int, **more: Any) -> dict[str, Any]:
    return person(number, " ", **more)


def synced(hub: Hub, **how: Any) -> Any:
    (ended,) = hub.sync("crm", **how)
    assert ended.state == "published", ended
    return ended


def record_of(hub: Hub, number: int) -> Record[Person] | None:
    with hub.store.read() as connection:
        from bartack.store import records
        from bartack_contracts import Ref

        found = records.find(connection, Ref("crm", "people", f"{number:05}"), "person/1")
        return None if found is None else found.record(Person)


@pytest.fixture
def estate() -> Estate:
    return Estate([person(1), nameless(2), person(3)], incremental=False)


@pytest.fixture
def hub(tmp_path: Path, estate: Estate) -> Any:
    with hub_of(numbered(people=estate), tmp_path, sync={"gate": False}) as made:
        synced(made)
        yield made


def test_a_correction_becomes_a_record_at_once_and_asks_no_source(hub: Hub, estate: Estate) -> None:
    asked = len(estate.asked)
    done = hub.review.fix(1, {"name.full": "Zoë Müller"}, by="ann", note="phoned")
    assert (done.changed, done.effect, str(done.ref)) == (True, "created", "crm/people/00002")
    record = record_of(hub, 2)
    assert record is not None
    assert record.value.name is not None
    assert record.value.name.full == "Zoë Müller"
    assert [issue.code for issue in record.issues] == ["row.corrected"]
    assert hub.review.list() == ()
    assert len(estate.asked) == asked
    assert_balanced(hub)


def test_the_decision_is_kept_with_who_when_and_why(hub: Hub) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann", note="phoned")
    case = hub.review.show(1)
    assert case.reject.state == "fixed"
    assert case.decision is not None
    assert (case.decision.who, case.decision.note, case.decision.decided_at) == ("ann", "phoned", NOW)
    assert case.decision.body == {"name.full": "Zoë"}


def test_the_same_decision_again_changes_nothing_and_says_so(hub: Hub) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    again = hub.review.fix(1, {"name.full": "Zoë"}, by="bob")
    assert (again.changed, again.decision.who) == (False, "ann")
    assert_balanced(hub)


def test_another_decision_over_a_decided_reject_is_refused_with_what_was_decided(hub: Hub) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    with pytest.raises(ConflictError, match=r"ann has corrected name\.full at 2026-11-23 10:00"):
        hub.review.fix(1, {"name.full": "Zora"}, by="bob")
    with pytest.raises(ConflictError, match="ann has corrected"):
        hub.review.dismiss(1, by="bob")
    with pytest.raises(ConflictError, match="ann has corrected"):
        hub.review.retry(1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"nme.full": "Zoë"}, r"no field 'nme.full'; did you mean 'name'"),
        ({"name.fill": "Zoë"}, r"no field 'name.fill'; did you mean 'full'"),
        ({"birth_date": "31.01.1970"}, "birth_date is date: .*YYYY-MM-DD"),
        ({"name": "Zoë"}, "name is PersonName: Input should be an object"),
        ({"kind": "werewolf"}, "kind is "),
        ({"emails": "zoe@example.org"}, "emails is list of EmailAddress"),
        ({"emails.address": "zoe@example.org"}, r"\[0\] is its first element"),
        ({"emails[3].address": "zoe@example.org", "name.full": "Z"}, "the list has 0 elements"),
        ({"birth_date": "1970-01-31"}, "it still is no person/1: name.full"),
        ({}, "at least one field"),
    ],
)
def test_a_correction_that_is_none_is_refused_and_changes_nothing(hub: Hub, values: Any, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        hub.review.fix(1, values, by="ann")
    assert hub.review.show(1).decision is None
    assert len(hub.review.list()) == 1
    assert record_of(hub, 2) is None


def test_corrected_values_may_be_python_values(hub: Hub) -> None:
    born = datetime(1970, 1, 31, tzinfo=UTC).date()
    hub.review.fix(1, {"name.full": "Zoë", "birth_date": born, "addresses": [{"lat": Decimal("52.5")}]}, by="ann")
    record = record_of(hub, 2)
    assert record is not None
    assert record.value.birth_date == born
    assert record.value.addresses[0].lat == Decimal("52.5")


def test_an_override_maps_the_stored_payload_by_other_rules(tmp_path: Path) -> None:
    estate = Estate([person(1), nameless(2, nick="Zoë")])
    with hub_of(numbered(people=estate), tmp_path, sync={"gate": False}) as hub:
        synced(hub)
        with pytest.raises(ConfigError, match="no normalizer named"):
            hub.review.fix(1, override={"fields": {"name.full": {"path": "nick", "use": "shout"}}}, by="ann")
        hub.review.fix(1, override={"fields": {"name.full": "nick"}}, by="ann")
        record = record_of(hub, 2)
        assert record is not None
        assert record.value.name is not None
        assert record.value.name.full == "Zoë"
        synced(hub, full=True)
        assert hub.review.list() == ()
        assert_balanced(hub)


def test_the_very_same_payload_is_corrected_again_by_the_next_sync(hub: Hub) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    ended = synced(hub)
    counts = ended.done["person/1"]
    assert (counts.delivered, counts.rejected, counts.unchanged, counts.removed) == (3, 0, 3, 0)
    record = record_of(hub, 2)
    assert record is not None
    assert [issue.code for issue in record.issues] == ["row.corrected"]
    assert hub.review.list() == ()
    assert_balanced(hub)


def test_another_payload_is_judged_afresh(hub: Hub, estate: Estate) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    estate.rows[1] = nameless(2, email="zoe@example.org")
    synced(hub)
    (waiting,) = hub.review.list()
    assert waiting.number == 2
    record = record_of(hub, 2)
    assert record is not None
    assert {issue.code for issue in record.issues} == {"row.corrected", "row.outdated"}
    estate.rows[1] = person(2, "Zora")
    synced(hub)
    record = record_of(hub, 2)
    assert record is not None
    assert record.issues == ()
    assert record.value.name is not None
    assert record.value.name.full == "Zora"
    assert hub.review.show(2).reject.state == "superseded"
    assert_balanced(hub)


def test_an_older_payload_does_not_overwrite_what_is_newer_in_the_snapshot(tmp_path: Path) -> None:
    moments = iter(range(100))
    kind = numbered(people=Estate([nameless(2)], incremental=False))
    with hub_of(kind, tmp_path, sync={"gate": False}) as hub:
        synced(hub)
        with (
            hub.store.write() as connection
        ):  # as a process of an older Bartack might leave it: a reject that still waits
            from sqlalchemy import update

            from bartack.store import tables

            connection.execute(
                update(tables.rejects).values(fetched_at=datetime(2026, 11, 22, next(moments), tzinfo=UTC))
            )
        hub.review.fix(1, {"name.full": "older"}, by="ann")
        with hub.store.write() as connection:
            connection.execute(update(tables.records).values(digest="sha256:" + "0" * 64, fetched_at=NOW))
            connection.execute(update(tables.rejects).values(state="waiting"))
        with pytest.raises(ConflictError, match=r"newer version since.*not overwritten"):
            hub.review.fix(1, {"name.full": "other"}, by="ann")
        retried = hub.review.retry()
        assert (retried.covered, retried.moot) == (0, 1)


def test_of_two_payloads_of_a_row_the_newer_one_counts(tmp_path: Path) -> None:
    now = [NOW]
    estate = Estate([nameless(2), person(1)], incremental=False)

    class Later(NumberedConnector):
        """Answers at the moment that the test says."""

    with hub_of(numbered(people=estate), tmp_path, clock=lambda: now[0], sync={"gate": False}) as hub:
        synced(hub)
        estate.rows[0] = nameless(2, email="zoe@example.org")
        now[0] = datetime(2026, 11, 24, tzinfo=UTC)
        synced(hub)
        older, newer = hub.review.list()
        hub.review.fix(newer.number, {"name.full": "Zoë"}, by="ann")
        assert hub.review.show(older.number).reject.state == "superseded"
        assert_balanced(hub)


def test_a_dismissed_payload_stays_dismissed_and_is_counted(hub: Hub) -> None:
    hub.review.dismiss(1, by="ann", note="a test customer")
    assert hub.review.list() == ()
    ended = synced(hub)
    assert ended.done["person/1"].rejected == 1
    assert ended.done["person/1"].queued == 0
    assert hub.review.list() == ()
    case = hub.review.show(1)
    assert (case.reject.state, case.reject.times) == ("dismissed", 2)
    again = hub.review.dismiss(1, by="bob")
    assert (again.changed, again.decision.who) == (False, "ann")
    assert_balanced(hub)


class Improved(NumberedConnector):
    """The connector after somebody has worked on its mapping."""

    mapping = NumberedConnector.mapping.replace("{path: name,", "{first: [name, email],")


def improved(estate: Estate) -> type[NumberedConnector]:
    return type("Improved", (Improved,), {"estates": {"people": estate}, "__module__": __name__})


def test_after_a_change_of_the_mapping_retry_makes_records_of_what_it_covers_now(tmp_path: Path) -> None:
    rows = [person(1), nameless(2, email="zoe@example.org"), nameless(3), nameless(4, email="ann@example.org")]
    estate = Estate(rows)
    with hub_of(numbered(people=estate), tmp_path, sync={"gate": False}) as hub:
        synced(hub)
        assert hub.review.retry().covered == 0
    asked = len(estate.asked)
    with hub_of(improved(estate), tmp_path, sync={"gate": False}) as hub:
        assert hub.review.show(1).mapping_changed
        assert hub.review.show(1).next_steps[0] == "bartack review retry 1"
        done = hub.review.retry(source="crm")
        assert (done.examined, done.covered, done.waiting) == (3, 2, 1)
        assert len(estate.asked) == asked
        record = record_of(hub, 2)
        assert record is not None
        assert record.issues == ()
        (left,) = hub.review.list()
        assert left.ref.id == "00003"
        assert not hub.review.show(left.number).mapping_changed
        assert_balanced(hub)
        with pytest.raises(ConflictError, match="the mapping covers it since"):
            hub.review.fix(1, {"name.full": "Zoë"}, by="ann")


def test_a_correction_that_no_longer_fits_waits_again_or_is_remarked(tmp_path: Path) -> None:
    estate = Estate([nameless(2, email="zoe@example.org"), person(1)], incremental=False)
    with hub_of(numbered(people=estate), tmp_path, sync={"gate": False}) as hub:
        synced(hub)
        hub.review.fix(1, {"emails[0].label": "home", "name.full": "Zoë"}, by="ann")
    without_emails = NumberedConnector.mapping.replace("  emails:", "  department:").replace(
        "{each: [{path: email, label: work}], use: email}", "other"
    )
    kind = type(
        "Less", (NumberedConnector,), {"estates": {"people": estate}, "__module__": __name__, "mapping": without_emails}
    )
    with hub_of(kind, tmp_path, sync={"gate": False}) as hub:
        synced(hub)
        (again,) = hub.review.list()
        assert (again.number, again.state) == (1, "waiting")
        assert_balanced(hub)


def test_what_is_wrong_is_shown_with_path_raw_value_rule_and_place(hub: Hub) -> None:
    case = hub.review.show(1)
    (issue,) = case.reject.issues
    assert (issue.field, issue.path, issue.code) == ("name.full", "name", "required.blank")
    assert issue.rule == "name → person_name"
    assert case.places == ("people.yaml:3",)
    assert case.payload == estate_row(2)
    assert case.reject.made_by.startswith("numbered ")
    assert case.reject.run == 1
    assert case.next_steps[0] == "bartack review fix 1 --set name.full=VALUE"


def estate_row(number: int) -> dict[str, Any]:
    return nameless(number)


def test_masked_sources_show_the_form_of_a_payload_and_no_value(tmp_path: Path) -> None:
    estate = Estate([nameless(2, email="zoe@example.org", phones=["030 1234567"], fax=None)])
    with hub_of(numbered(people=estate), tmp_path, sync={"gate": False}, keep={"mask": True}) as hub:
        synced(hub)
        hub.review.dismiss(1, by="ann")
        case = hub.review.show(1)
        (listed,) = hub.review.list(state="dismissed")
        assert "zoe@example.org" not in repr(case) + repr(listed.issues)
        assert "1234567" not in repr(case.payload)
        assert case.payload["fax"] is None
        assert list(case.payload) == ["id", "name", "changed", "email", "phones", "fax"]


def test_payloads_that_are_encrypted_are_corrected_like_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cryptography.fernet import Fernet

    monkeypatch.setenv("STORE_KEY", Fernet.generate_key().decode())
    store = {"url": "sqlite:///state.sqlite", "key": {"env": "STORE_KEY"}}
    estate = Estate([nameless(2, email="zoe@example.org"), person(1)])
    with hub_of(
        numbered(people=estate), tmp_path, sync={"gate": False}, keep={"payload": "encrypt"}, store=store
    ) as hub:
        synced(hub)
        hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
        with hub.store.read() as connection:
            found = rejects.get(connection, 1)
            assert found is not None
            assert found.payload is not None
            assert found.payload.startswith("fernet:")
        assert_balanced(hub)


def test_what_is_decided_is_told_as_an_event(tmp_path: Path) -> None:
    told: list[Event] = []
    estate = Estate([nameless(2), nameless(3), nameless(4)])
    with hub_of(
        numbered(people=estate), tmp_path, sync={"gate": False}, surprises={"too_many_rejects": "accept"}
    ) as made:
        synced(made)
        listening = Hub(made.config, clock=lambda: NOW, plugins=made.plugins, listener=told.append)
        with listening as hub:
            hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
            hub.review.dismiss(2, by="ann")
            hub.review.retry()
    assert [(one.step, one.attributes["action"]) for one in told] == [
        ("review", "fix"),
        ("review", "dismiss"),
        ("review", "retry"),
    ]


def test_there_is_no_such_reject(hub: Hub) -> None:
    with pytest.raises(ConfigError, match="no reject 99"):
        hub.review.show(99)
    with pytest.raises(ConfigError, match="no reject 99"):
        hub.review.fix(99, {"name.full": "Zoë"}, by="ann")


def test_rejects_of_a_source_that_is_gone_can_be_looked_at_and_dismissed(tmp_path: Path) -> None:
    kind = numbered(people=Estate([nameless(2), person(1)]))
    with hub_of(kind, tmp_path, sync={"gate": False}) as hub:
        synced(hub)
    with hub_of(kind, tmp_path, sources=("erp",)) as hub:
        assert hub.review.show(1).payload == nameless(2)
        assert hub.review.retry().errors[0].message == "no source named 'crm'"
        assert hub.review.dismiss(1, by="ann").changed
        assert_balanced(hub)


def test_a_live_read_applies_what_was_decided_over_this_very_payload_and_leaves_out_what_was_erased(
    hub: Hub, estate: Estate
) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    hub.governance.erase(["crm/people/00003"], by="ann")
    read = hub.read(Person, live=True)
    assert {record.ref.id: [issue.code for issue in record.issues] for record in read} == {
        "00001": [],
        "00002": ["row.corrected"],
    }
    assert (read.report.verdict.completeness, read.report.verdict.skipped) == ("complete", 1)
    assert hub.get("crm/people/00002", live=True).value.name.full == "Zoë"
    with pytest.raises(AccessError, match="no such record"):
        hub.get("crm/people/00003", live=True)
    estate.rows[1] = nameless(2, email="other@example.org")
    assert {record.ref.id for record in hub.read(Person, live=True)} == {"00001"}


def test_a_live_read_goes_on_without_a_store_that_breaks_and_says_so(hub: Hub) -> None:
    hub.review.fix(1, {"name.full": "Zoë"}, by="ann")
    read = hub.read(Person, live=True)
    items = read.items()
    with hub.store.write() as connection:
        connection.exec_driver_sql("DROP TABLE bartack_decisions")
    assert [item.ref.id for item in items] == ["00001", "00002", "00003"]
    assert "what people decided cannot be looked up" in " ".join(read.report.verdict.reasons)


def test_a_payload_that_comes_back_is_what_the_source_says_now(tmp_path: Path) -> None:
    now = [NOW]
    estate = Estate([nameless(2), person(1)], incremental=False, now=lambda: now[0])
    with hub_of(numbered(people=estate), tmp_path, clock=lambda: now[0], sync={"gate": False}) as hub:
        for row in (nameless(2), person(2, "Zora"), nameless(2)):
            estate.rows[0] = row
            synced(hub)
            now[0] += timedelta(days=1)
        assert hub.review.show(1).reject.state == "waiting"
        assert hub.review.fix(1, {"name.full": "Zoë"}, by="ann").effect == "updated"
        assert_balanced(hub)
