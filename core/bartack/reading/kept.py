"""Re-derives a record of the snapshot from the native row that is kept beside it; no source is asked."""

from __future__ import annotations

from bartack.policies import Keep
from bartack.reading.decisions import decision_over
from bartack.reading.explain import Explanation, explain_row
from bartack.reading.source import Feed
from bartack.store import records
from bartack.store.payloads import Payloads
from bartack.store.state import StateStore
from bartack_contracts import Ref

__all__ = ["explain_kept"]


def explain_kept(feed: Feed, store: StateStore, ref: Ref) -> Explanation | None:
    """Say how each field of a live record comes about, as the mapping is now; ``None`` where its row is not kept.

    Raises
    ------
    StoreError
        the row cannot be read: damaged, or encrypted and there is no key.
    """
    with store.read() as connection:
        found = records.find(connection, ref, feed.contract)
    if found is None or found.row["payload"] is None:
        return None
    row = Payloads.for_policy(Keep(), store.key).unpack(found.row["payload"])
    return explain_row(feed, row, decision_over(store, feed, ref.id, row))
