"""Native rows come back from the store exactly as they were, or say why they do not."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import BartackError, ConfigError, StoreError
from bartack.policies import Keep
from bartack.reading.account import payload_digest
from bartack.store.payloads import Payloads

KEY = Fernet.generate_key().decode()
PLAIN = Payloads.for_policy(Keep(), None)
ENCRYPTED = Payloads.for_policy(Keep(payload="encrypt"), KEY)

offsets = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(
    lambda t: timezone(timedelta(seconds=t.seconds // 2))
)
keys = st.text() | st.sampled_from(["$decimal", "$object", "$bytes", "$", "$date"])
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(10**400), 10**400)
    | st.floats(allow_nan=False)
    | st.text(st.characters())  # with lone surrogates and NUL, as rows may hold them
    | st.decimals(allow_nan=False)
    | st.binary()
    | st.dates()
    | st.datetimes(timezones=st.none() | offsets)
    | st.times(timezones=st.none() | offsets)
)
values = st.recursive(leaves, lambda inner: st.lists(inner) | st.dictionaries(keys, inner), max_leaves=20)


def typed(value: Any) -> Any:
    """Return the value beside its types: 1, 1.0, True and Decimal(1) are equal to Python, and differ here."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    return type(value).__name__, str(value), value


@given(values)
def test_every_row_comes_back_equal_and_of_the_same_types(row: Any) -> None:
    text = PLAIN.pack(row)
    assert text is not None
    assert text.isascii()
    assert typed(PLAIN.unpack(text)) == typed(row)


@given(st.dictionaries(keys, values))
def test_an_encrypted_row_comes_back_with_the_same_digest(row: dict[str, Any]) -> None:
    text = ENCRYPTED.pack(row)
    assert text is not None
    assert payload_digest(ENCRYPTED.unpack(text)) == payload_digest(row)


def test_moments_keep_their_offset_and_microseconds() -> None:
    row = {
        "zone": datetime(2026, 3, 29, 3, 0, 0, 1, ZoneInfo("Europe/Berlin")),
        "naive": datetime(2026, 3, 29, 3, 0),
        "day": date(2026, 3, 29),
        "clock": time(23, 59, 59, 999999),
        "price": Decimal("12.50"),
        "blob": memoryview(b"\x00\xff"),
    }
    back = PLAIN.unpack(str(PLAIN.pack(row)))
    assert back["zone"] == row["zone"]
    assert back["zone"].utcoffset() == timedelta(hours=2)
    assert back["blob"] == b"\x00\xff"
    assert str(back["price"]) == "12.50"
    assert (back["naive"], back["day"], back["clock"]) == (row["naive"], row["day"], row["clock"])


def test_nothing_of_an_encrypted_row_can_be_read_without_the_key() -> None:
    text = ENCRYPTED.pack({"name": "Zoë Müller", "mail": "zoe@example.org"})
    assert text is not None
    assert text.startswith("fernet:")
    assert "zoe" not in text
    assert ENCRYPTED.pack({"a": 1}) != ENCRYPTED.pack({"a": 1})  # equal rows do not show that they are


def test_drop_keeps_nothing() -> None:
    assert Payloads.for_policy(Keep(payload="drop"), None).pack({"name": "Zoë"}) is None


def test_what_was_kept_under_an_earlier_policy_is_still_read() -> None:
    row = {"price": Decimal("1.10")}
    assert ENCRYPTED.unpack(str(PLAIN.pack(row))) == row
    for payload in ("keep", "drop"):
        later = Payloads.for_policy(Keep.model_validate({"payload": payload}), KEY)
        assert later.unpack(str(ENCRYPTED.pack(row))) == row


def test_a_wrong_key_is_a_store_error_that_says_what_to_do() -> None:
    other = Payloads.for_policy(Keep(payload="encrypt"), Fernet.generate_key().decode())
    with pytest.raises(StoreError, match=r"another key.*Next step: set key in \[store\]"):
        other.unpack(str(ENCRYPTED.pack({"a": 1})))
    with pytest.raises(StoreError, match="there is no key"):
        PLAIN.unpack(str(ENCRYPTED.pack({"a": 1})))


@pytest.mark.parametrize(
    "text",
    ["", "{", '{"$decimal":"x"}', '{"$bytes":"é"}', '{"$date":7}', '{"$no":1}', "[" * 100_000, "fernet:x", "fernet:é"],
)
def test_a_damaged_payload_is_a_store_error_without_the_payload(text: str) -> None:
    with pytest.raises(StoreError, match="damaged") as caught:
        ENCRYPTED.unpack(text)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None or caught.value.__suppress_context__


def test_a_key_that_is_missing_or_no_key_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"needs a key.*generate_key"):
        Payloads.for_policy(Keep(payload="encrypt"), None)
    with pytest.raises(ConfigError, match="no Fernet key") as caught:
        Payloads.for_policy(Keep(payload="encrypt"), "correct horse battery staple")
    assert "horse" not in str(caught.value)


def test_without_the_package_the_pip_line_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.fernet", None)
    with pytest.raises(ConfigError, match=r'pip install "bartack\[encrypt\]"'):
        Payloads.for_policy(Keep(payload="encrypt"), KEY)


def test_a_value_that_no_row_can_hold_is_refused_not_changed() -> None:
    with pytest.raises(TypeError, match="a row cannot hold a set"):
        PLAIN.pack({"tags": {1, 2}})


def test_the_text_is_plain_json_for_plain_rows() -> None:
    row = {"id": 7, "name": "Zoë", "tags": ["a", None]}
    assert json.loads(str(PLAIN.pack(row))) == row
    assert issubclass(StoreError, BartackError)
