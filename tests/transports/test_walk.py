"""Pages that come again: told by their rows, whatever these hold."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bartack.errors import SourceChangedError
from bartack.transports.base import Page, Query
from bartack.transports.walk import Walk

AT = datetime(2026, 11, 23, tzinfo=UTC)
ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=5)  # halves of surrogate pairs, too
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.floats()
    | st.dates()
    | st.binary(max_size=5)
    | ANY_TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=8,
)


def page(*rows: Any) -> Page:
    return Page(rows, AT, "GET /rows")


@given(st.lists(VALUES, min_size=1, max_size=3), VALUES)
def test_a_page_that_comes_again_is_a_circle_whatever_its_rows_hold(rows: list[Any], other: Any) -> None:
    walk = Walk(Query())
    walk.take(page(*rows))
    walk.take(page(*rows, other))
    with pytest.raises(SourceChangedError, match="circles"):
        walk.take(page(*rows))


@pytest.mark.parametrize(
    "other",
    [
        {"id": "1", "credit": Decimal("1.50"), "day": date(2024, 3, 10), "key": b"\xff"},
        {"id": 1, "credit": Decimal("1.51"), "day": date(2024, 3, 10), "key": b"\xff"},
        {"id": 1, "credit": Decimal("1.50"), "day": date(2024, 3, 11), "key": b"\xff"},
        {"id": 1, "credit": Decimal("1.50"), "day": date(2024, 3, 10), "key": b"\xfe"},
        {"id": 1, "credit": Decimal("1.50"), "day": None, "key": b"\xff"},
        {"id": 1, "credit": Decimal("1.50"), "key": b"\xff"},
        {"id": 1, "credit": float("nan"), "day": date(2024, 3, 10), "key": b"\xff"},
    ],
)
def test_a_page_that_differs_in_one_value_is_another_page(other: dict[str, Any]) -> None:
    walk = Walk(Query())
    walk.take(page({"id": 1, "credit": Decimal("1.50"), "day": date(2024, 3, 10), "key": b"\xff"}))
    walk.take(page(other))
