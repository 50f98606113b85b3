"""What stands around the rows of an answer, and leads to the next: by the names that half of all APIs have for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bartack.drafting.rows import path_of
from bartack.transports.sql.drafts.columns import bare

__all__ = ["CURSORS", "GENERIC", "OFFSETS", "PAGES", "SINCES", "SIZES", "Envelope", "list_paths", "signs"]

GENERIC = frozenset(
    "data items results result records rows list values value content entries elements hits objects collection resources"
    " payload response member page".split()
)
"""Names of lists that say nothing of what is in them."""
# What parameters of requests are called, without accents and separators, the likelier names first.
SIZES = "limit pagesize perpage size count top maxresults take rows pagelimit resultsperpage itemsperpage maxrecords"
CURSORS = (
    "cursor after startingafter pagetoken nextpagetoken nextcursor continuationtoken pagecursor pageafter token scrollid"
    " marker startcursor"
)
OFFSETS = "offset skip start startat startindex pageoffset from first"
PAGES = "page pagenumber pageno pageindex pagenum currentpage p"
SINCES = (
    "updatedsince modifiedsince changedsince updatedafter modifiedafter changedafter updatedatmin updatedfrom since"
    " modifiedfrom lastmodified lastmodifiedsince lastmodifiedafter updatedatgte updatedatgt updatedgte updatedmin"
    " filterupdatedsince filterupdatedafter filtermodifiedsince changesince"
)

# What fields of answers are called.
_TOTALS = (
    "total totalcount totalresults totalrecords totalsize totalelements totalitems recordcount odatacount itemcount"
)
_NEXTS = (
    "nextcursor nextpagetoken nextpage continuationtoken nexttoken pagetoken cursor after next nextlink nexturl odatanextlink"
    " nextpageurl nexthref endcursor"
)
_MORE = "hasmore hasnext hasnextpage more hasmoreitems moreitemsincollection"
_PAGE_COUNTS = "totalpages pagecount pages lastpage"
_DEEPEST = 3


@dataclass(frozen=True, slots=True)
class Envelope:
    """Paths in an answer: of the count of all rows, of what leads on, of "there is more", of the number of pages."""

    total: str | None = None
    next: str | None = None
    more: str | None = None
    pages: str | None = None


def list_paths(document: Any) -> list[tuple[str, list[Any]]]:
    """Return all lists of objects in an answer with their paths, the likeliest first; ``""`` is the answer itself."""
    if isinstance(document, list):
        return [("", document)] if any(isinstance(item, Mapping) for item in document) else []
    found = list(_lists(document, ()))
    return sorted(found, key=lambda one: (one[0].count("."), bare(one[0].rpartition(".")[2]) not in GENERIC))


def signs(leaves: Iterable[tuple[str, ...]]) -> Envelope:
    """Read the leaves of an envelope, as steps, for what they are called."""
    paths = [steps for steps in leaves if steps and all(steps)]
    return Envelope(_first(paths, _TOTALS), _first(paths, _NEXTS), _first(paths, _MORE), _first(paths, _PAGE_COUNTS))


def _first(paths: list[tuple[str, ...]], spellings: str) -> str | None:
    for spelling in spellings.split():
        for steps in paths:
            joined = bare("".join(steps[-2:]))
            if bare(steps[-1]) == spelling or (len(steps) > 1 and joined == spelling):
                return path_of(steps)
    return None


def _lists(node: Any, steps: tuple[str, ...]) -> Iterator[tuple[str, list[Any]]]:
    if not isinstance(node, Mapping) or len(steps) >= _DEEPEST:
        return
    for name, value in node.items():
        if not name:
            continue
        if isinstance(value, list):
            if any(isinstance(item, Mapping) for item in value):
                yield path_of((*steps, name)), value
        else:
            yield from _lists(value, (*steps, name))
