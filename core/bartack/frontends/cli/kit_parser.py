"""What can be typed to test integrations: cassettes, new connectors, drift, rehearsals."""

from __future__ import annotations

import argparse

from bartack.frontends.cli.parsing import Commands, command, config, machine, positive

__all__ = ["add_kit"]


def add_kit(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands of the contract-testing kit."""
    _cassette(commands)
    _rehearse(commands)
    _drift(commands)
    _new(commands)


def _rehearse(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "what another mapping, connector or contract would make of payloads that are there, before it ships"
    parser = command(commands, "rehearse", "rehearse:run", about)
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("--stream", metavar="STREAM", help="only this stream")
    parser.add_argument(
        "--mapping", action="append", default=[], metavar="STREAM=FILE", help="a mapping to try (repeatable)"
    )
    parser.add_argument("--candidate", metavar="CONFIG", help="another bartack.toml, with the source as it would be")
    parser.add_argument(
        "--cassette", action="append", default=[], metavar="FILE", help="on a recording (default: on the store)"
    )
    parser.add_argument(
        "--against", metavar="FILE", help="JSON lines that an earlier version printed of the recordings"
    )
    config(parser)
    machine(parser)


def _drift(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "what is different from when it was recorded: which fields, how grave, for whom"
    parser = command(commands, "drift", "drift:run", about)
    parser.add_argument(
        "sides", nargs="+", metavar="SOURCE | BEFORE AFTER", help="a source as it is now, or two recordings or folders"
    )
    parser.add_argument(
        "--against", metavar="FILE", help="compare a source with this recording, or with the store's baseline: store"
    )
    parser.add_argument("--sample", type=positive, default=200, metavar="N", help="rows to ask a source for (200)")
    parser.add_argument("--stream", action="append", default=[], metavar="STREAM", help="only this one (repeatable)")
    parser.add_argument("--connector", metavar="NAME", help="what made recordings that do not say it themselves")
    parser.add_argument(
        "--noise", nargs=2, metavar=("A", "B"), help="two recordings of one moment: what differs in them is noise"
    )
    parser.add_argument(
        "--fail-on", default="BREAKING,SILENT", metavar="SEVERITIES", help="exit with 1 on these (BREAKING,SILENT)"
    )
    parser.add_argument("--junit", metavar="FILE", help="write the result as JUnit XML, too")
    config(parser)
    machine(parser)


def _new(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "a plugin of one's own: drafted from what is known of the system, with tests"
    parser: argparse.ArgumentParser = commands.add_parser("new", help=about, description=about)
    kinds = parser.add_subparsers(title="kinds", metavar="KIND", required=True)
    drafted = command(kinds, "connector", "new:connector", "write the plugin distribution of a connector")
    drafted.add_argument("name", metavar="NAME", help="what sources will call it: small letters, digits, dashes")
    drafted.add_argument(
        "--from",
        dest="origin",
        metavar="ORIGIN",
        help="an OpenAPI document, a WSDL, a saved answer (JSON), or the URL of a database; default: a skeleton",
    )
    drafted.add_argument("--folder", metavar="FOLDER", help="where to write (default: ./bartack-NAME)")
    machine(drafted)


def _cassette(commands: Commands[argparse.ArgumentParser]) -> None:
    about = "recordings: look, record, replay, clean, scan, turn hostile, find what is stale"
    parser: argparse.ArgumentParser = commands.add_parser("cassette", help=about, description=about)
    steps = parser.add_subparsers(title="steps", metavar="STEP", required=True)
    shown = _cassette_step(steps, "show", "cassettes:show", "what was recorded, when and with what")
    shown.add_argument("file", metavar="FILE")
    _record(steps)
    _replay(steps)
    _mutate(steps)
    _cleaning(steps)
    _doctor(steps)
    _archive(steps)


def _record(steps: Commands[argparse.ArgumentParser]) -> None:
    about = "read a source live and write a recording of each of its streams"
    parser = _cassette_step(steps, "record", "recording:run", about)
    parser.add_argument("source", metavar="SOURCE")
    parser.add_argument("--stream", metavar="STREAM", help="only this stream")
    parser.add_argument("--limit", type=positive, metavar="N", help="at most so many records of a stream")
    parser.add_argument("--scenario", metavar="NAME", help="name of the file (all)")
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--folder", default="cassettes", metavar="FOLDER", help="for CONNECTOR/STREAM/NAME.yaml (cassettes)"
    )
    where.add_argument("--out", metavar="FILE", help="write one stream to this file: YAML, or JSON if it ends so")
    parser.add_argument("--again", action="store_true", help="write over what is there, and tell what is different")
    parser.add_argument("--keep-failed", action="store_true", help="write a read that failed, too: it is a scenario")
    parser.add_argument("--in-ci", action="store_true", help="record although the variable CI is set")
    config(parser)


def _replay(steps: Commands[argparse.ArgumentParser]) -> None:
    about = (
        "read a recording with its connector, offline; or serve it to clients in any language, until it is interrupted"
    )
    parser = _cassette_step(steps, "replay", "replaying:run", about)
    config(parser)
    parser.add_argument("files", nargs="+", metavar="FILE", help="a recording, or a folder of them")
    parser.add_argument("--stream", metavar="STREAM", help="only this stream")
    parser.add_argument("--connector", metavar="NAME", help="what made a recording that does not say it itself")
    _serve(parser.add_argument_group("as a server on 127.0.0.1"))


def _serve(parser: argparse._ArgumentGroup) -> None:
    parser.add_argument("--serve", action="store_true", help="serve it, until SIGINT or SIGTERM")
    parser.add_argument("--requests", type=positive, metavar="N", help="end after so many requests")
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="of the first recorded host, then on (free ones)"
    )
    parser.add_argument(
        "--rate", type=positive, metavar="N", help="answer so many requests a second, the others with 429"
    )
    parser.add_argument(
        "--latency", type=_latency, default=0.0, metavar="SECONDS", help="until an answer begins; or: recorded (0)"
    )
    parser.add_argument(
        "--fail",
        type=_share,
        action="append",
        default=[],
        metavar="KIND=SHARE",
        help="let so many requests fail: 429=5%%, reset=1%%, timeout=1%% (repeatable)",
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="which ones fail (0)")


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port")
    return int(text)


def _latency(text: str) -> float | str:
    try:
        return text if text == "recorded" else float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a number of seconds nor 'recorded'") from None


def _share(text: str) -> tuple[str, float]:
    name, _, share = text.partition("=")
    try:
        return name, float(share.removesuffix("%")) / (100 if share.endswith("%") else 1)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form 429=5%") from None


def _mutate(steps: Commands[argparse.ArgumentParser]) -> None:
    about = "turn recordings hostile: does the connector survive, do requests match, do the tests notice?"
    parser = _cassette_step(steps, "mutate", "twins:mutate", about)
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--stream", metavar="STREAM", help="only this one (default: all that were recorded)")
    parser.add_argument("--connector", metavar="NAME", help="what made recordings that do not say it themselves")
    parser.add_argument("--source", metavar="SOURCE", help="read them through this source of the configuration")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same twins (0)")
    parser.add_argument("--family", action="append", default=[], metavar="FAMILY", help="only these (repeatable)")
    parser.add_argument("--count", type=positive, metavar="N", help="so many twins of each feed (default: all)")
    parser.add_argument("--write", metavar="FOLDER", help="keep the twins as cassettes, for tests of your own")
    parser.add_argument("--requests", action="store_true", help="change the requests instead: does a replay see it?")
    parser.add_argument("--kill", metavar="COMMAND", help="run these tests over changed fields: which do they not see?")
    parser.add_argument(
        "--survivors",
        type=int,
        default=0,
        metavar="N",
        help="so many fields may go unnoticed before it is a failure (0)",
    )
    config(parser)


def _cleaning(steps: Commands[argparse.ArgumentParser]) -> None:
    about = "take secrets and personal data out of recordings, in place"
    scrubbed = _cassette_step(steps, "scrub", "scrubbing:scrub", about)
    scrubbed.add_argument("files", nargs="+", metavar="FILE")
    scrubbed.add_argument("--check", action="store_true", help="only say what would be replaced: exit status 1")
    scrubbed.add_argument("--connector", metavar="NAME", help="whose mappings say what else is personal")
    config(scrubbed)
    about = "search files and folders for secrets and personal data; none is shown"
    scanned = _cassette_step(steps, "scan", "scrubbing:scan", about)
    scanned.add_argument("paths", nargs="*", metavar="PATH", help="default: here")
    scanned.add_argument("--allow", metavar="FILE", help="what may be passed over (default: bartack-scan.toml)")
    scanned.add_argument("--reason", metavar="TEXT", help="allow all that is found, for this reason")
    config(scanned)


def _doctor(steps: Commands[argparse.ArgumentParser]) -> None:
    about = "find what is stale, broken, doubled or nobody's in a folder of recordings, and what they never show"
    parser = _cassette_step(steps, "doctor", "doctor:run", about)
    parser.add_argument("folder", nargs="?", default="cassettes", metavar="FOLDER", help="default: cassettes")
    parser.add_argument("--tests", metavar="PATH", help="find recordings, too, that none of these tests refers to")
    parser.add_argument("--max-age", default="90d", metavar="90d", help="what is older is stale (90d)")
    parser.add_argument(
        "--fail-on",
        choices=["note", "warning", "error"],
        default="warning",
        help="exit with 1 on findings as grave as that (warning)",
    )
    config(parser)


def _archive(steps: Commands[argparse.ArgumentParser]) -> None:
    about = (
        "turn an HTTP archive of a browser or proxy into a recording without secrets, or a recording into an archive"
    )
    parser = _cassette_step(steps, "har", "archives:har", about)
    parser.add_argument("file", metavar="FILE", help="what there is; an archive ends in .har")
    parser.add_argument("out", metavar="OUT", help="what it becomes")


def _cassette_step(
    steps: Commands[argparse.ArgumentParser], name: str, run: str, about: str
) -> argparse.ArgumentParser:
    """Add a step of ``cassette``; most need no configuration."""
    parser: argparse.ArgumentParser = steps.add_parser(name, help=about, description=about)
    parser.set_defaults(run=f"bartack.frontends.cli.{run}")
    machine(parser)
    return parser
