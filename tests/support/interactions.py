"""Interactions of any kind, for hypothesis."""

from __future__ import annotations

from hypothesis import strategies as st

from bartack.recording import Interaction, RecordedRequest, RecordedResponse

__all__ = ["INTERACTIONS"]

BODIES = st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8"))
TOKENS = st.from_regex(r"[A-Za-z][A-Za-z-]{0,10}", fullmatch=True).filter(
    lambda name: name.lower() not in ("content-encoding", "transfer-encoding", "content-length")
)
HEADERS = st.dictionaries(TOKENS, st.lists(st.text(max_size=12), min_size=1, max_size=2), max_size=3).map(
    lambda groups: tuple((name, value) for name, values in groups.items() for value in values)
)
INTERACTIONS = st.builds(
    Interaction,
    st.builds(RecordedRequest, st.sampled_from(["GET", "POST"]), st.text(max_size=20), HEADERS, st.none() | BODIES),
    st.builds(RecordedResponse, st.integers(100, 599), st.text(max_size=9), HEADERS, BODIES),
    st.none() | st.just("gzip"),
    st.none() | st.just("gzip"),
).map(Interaction.unpacked)
