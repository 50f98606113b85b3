"""Records the project's own cassettes from the live peers, whose data is invented: record_cassettes.py

The demo's estate and ``cassettes/`` are written anew. The peers' addresses, which change with every start, are replaced by
names of example.org. Run it after a change of what a connector asks for; then look at the difference.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import bartack
from bartack.recording import Cassette
from support.peers import running

ROOT = Path(__file__).parents[2]
ESTATE = ROOT / "connectors/bartack_connectors/demo/estate"


def record() -> None:
    """Record all cassettes."""
    with tempfile.TemporaryDirectory() as name, running("tryton") as crm, running("soap_php") as billing:
        folder = Path(name)
        shutil.copytree(ESTATE, folder, dirs_exist_ok=True)
        address = crm["url"].removesuffix("/peer/rpc/")
        endpoint = billing["url"].removesuffix("?wsdl")
        text = (folder / "bartack.toml").read_text(encoding="utf-8")
        text = text.replace("https://crm.example.org", address).replace("https://billing.example.org/soap", endpoint)
        text = text.replace('"billing.example.org"', '"127.0.0.1"').replace("replay =", "record =")
        text = text.split("[sources.legacy]")[0]
        (folder / "bartack.toml").write_text(text, encoding="utf-8")
        (folder / "user.txt").write_text(crm["user"], encoding="utf-8")
        (folder / "password.txt").write_text(crm["password"], encoding="utf-8")
        with bartack.open(folder) as hub:
            for contract in ("person", "organization", "invoice"):
                for _ in hub.read(contract, allow_partial=True):
                    pass
            hub.explain("crm/parties/3")
            hub.explain("billing/customers/101")
        renamed = ((address, "https://crm.example.org"), (endpoint, "https://billing.example.org/soap"))
        for cassette in ("crm.yaml", "billing.yaml"):
            _publish(folder / cassette, ESTATE / cassette, renamed)
    shutil.copy(ESTATE / "crm.yaml", _made(ROOT / "cassettes/tryton/parties/all.yaml"))
    shutil.copy(ESTATE / "billing.yaml", _made(ROOT / "cassettes/soap/customers/php.yaml"))


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _publish(source: Path, target: Path, names: tuple[tuple[str, str], ...]) -> None:
    text = source.read_text(encoding="utf-8")
    for address, name in names:
        text = text.replace(address, name)
        text = re.sub(rf"\b{re.escape(address.partition('//')[2].partition('/')[0])}\b", name.split("/")[2], text)
    target.write_text(text, encoding="utf-8")
    Cassette.load(target)


if __name__ == "__main__":
    record()
