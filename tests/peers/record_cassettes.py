"""Records the project's own cassettes from the live peers, whose data is invented: record_cassettes.py

The demo's estate and ``cassettes/`` are written anew. The peers' addresses, which change with every start, are replaced by
names of example.org. Run it after a change of what a connector asks for; then look at the difference.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import bartack
from bartack.hub import Hub
from bartack.reading.recorded import record, record_resumptions
from bartack.recording import Cassette
from bartack.recording.library import RESUMED
from bartack.recording.sql import SqlCassette
from bartack.transports.base import Query
from support.peers import running

ROOT = Path(__file__).parents[2]
ESTATE = ROOT / "connectors/bartack_connectors/demo/estate"
PAGES = {"crm": Query(page_size=4), "billing": Query()}
"""Small pages, so that there are several of them; of the SOAP service the configuration says how large they are."""

Names = tuple[tuple[str, str], ...]


def record_all() -> None:
    """Record all cassettes."""
    with estate() as (folder, names):
        with bartack.open(folder) as hub:
            for source, query in PAGES.items():
                connector = hub.source(source).connector.name
                for stream in hub.source(source).streams:
                    for cassette in recorded(hub, source, stream.name, query, folder):
                        cassette.save()
                        publish(
                            cassette.path, ROOT / f"cassettes/{connector}/{stream.name}/{cassette.path.name}", names
                        )
        text = (folder / "bartack.toml").read_text(encoding="utf-8")
        (folder / "bartack.toml").write_text(text.replace("replay =", "record ="), encoding="utf-8")
        with bartack.open(folder) as hub:
            for contract in ("person", "organization", "invoice"):
                for _ in hub.read(contract, allow_partial=True):
                    pass
            hub.explain("crm/parties/3")
            hub.explain("billing/customers/101")
        for name in ("crm.yaml", "billing.yaml"):
            publish(folder / name, ESTATE / name, names)


@contextmanager
def estate() -> Iterator[tuple[Path, Names]]:
    """Lay out the demo's estate, with its CRM and its billing service alive; yield it with the names of their addresses."""
    with tempfile.TemporaryDirectory() as name, running("tryton") as crm, running("soap_php") as billing:
        folder = Path(name)
        shutil.copytree(ESTATE, folder, dirs_exist_ok=True)
        address = crm["url"].removesuffix("/peer/rpc/")
        endpoint = billing["url"].removesuffix("?wsdl")
        text = (folder / "bartack.toml").read_text(encoding="utf-8")
        text = text.replace("https://crm.example.org", address).replace("https://billing.example.org/soap", endpoint)
        text = text.replace('"billing.example.org"', '"127.0.0.1"').split("[sources.legacy]")[0]
        text = text.replace("replay =", 'keep = { personal = "keep" }\nreplay =')  # for it is invented
        (folder / "bartack.toml").write_text(text, encoding="utf-8")
        (folder / "user.txt").write_text(crm["user"], encoding="utf-8")
        (folder / "password.txt").write_text(crm["password"], encoding="utf-8")
        yield folder, ((address, "https://crm.example.org"), (endpoint, "https://billing.example.org/soap"))


def recorded(hub: Hub, name: str, stream: str, query: Query, folder: Path) -> Iterator[Cassette | SqlCassette]:
    """Record a read of a stream, and how it goes on behind each page, where there are several."""
    take, cassette = record(hub.source(name), stream, folder / "all.yaml", query)
    if take.error is not None:
        raise take.error
    print(f"{name}/{stream}: {take.report.rows} rows, {len(cassette)} interactions")
    yield cassette
    resumed = record_resumptions(hub.source(name), stream, folder / f"{RESUMED}.yaml", query)
    if len(resumed):
        yield resumed


def publish(source: Path, target: Path, names: Names) -> None:
    """Put a cassette in its place, with names in the place of addresses."""
    text = source.read_text(encoding="utf-8")
    for address, name in names:
        text = text.replace(address, name)
        text = re.sub(rf"\b{re.escape(address.partition('//')[2].partition('/')[0])}\b", name.split("/")[2], text)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
    Cassette.load(target)


if __name__ == "__main__":
    record_all()
