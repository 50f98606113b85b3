"""A comparison as JUnit XML, for whatever shows test results: one case for each stream and contract field or path."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from bartack.comparing.comparison import Comparison
from bartack.comparing.findings import Finding

__all__ = ["junit", "write_junit"]

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold (section 2.2)."""


def junit(found: Sequence[Comparison], failing: Sequence[str]) -> bytes:
    """Return the document. Findings of ``failing`` severities are failures; streams without one pass; undecided is skipped."""
    root = ET.Element("testsuites", name="bartack drift")
    for one in found:
        cases = [*_findings(one, failing), *_streams(one, failing), *_undecided(one)]
        failures = sum(case.find("failure") is not None for case in cases)
        skipped = sum(case.find("skipped") is not None for case in cases)
        counts = {"tests": len(cases), "failures": failures, "errors": 0, "skipped": skipped}
        told = {name: str(count) for name, count in counts.items()}
        ET.SubElement(root, "testsuite", {"name": _text(f"{one.before} and {one.after}"), **told}).extend(cases)
    ET.indent(root)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def write_junit(path: Path, found: Sequence[Comparison], failing: Sequence[str]) -> None:
    """Write the document to a file."""
    path.write_bytes(junit(found, failing))


def _findings(one: Comparison, failing: Sequence[str]) -> list[ET.Element]:
    cases = []
    for finding in one.findings:
        case = _case(finding.stream, f"{finding.path or ', '.join(finding.fields) or 'answers'}: {finding.kind}")
        text = _told(finding)
        if finding.severity in failing:
            failure = ET.SubElement(case, "failure", type=finding.severity, message=_text(finding.message))
            failure.text = text
        else:
            ET.SubElement(case, "system-out").text = text
        cases.append(case)
    return cases


def _streams(one: Comparison, failing: Sequence[str]) -> list[ET.Element]:
    bad = {finding.stream for finding in one.at_least(failing)}
    return [_case(stream.name, "nothing changed") for stream in one.streams if stream.name not in bad]


def _undecided(one: Comparison) -> list[ET.Element]:
    cases = []
    for what in one.undecided:
        case = _case(what.stream, what.about)
        ET.SubElement(case, "skipped", message=_text(what.reason))
        cases.append(case)
    return cases


def _case(stream: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=_text(stream), name=_text(name), time="0")


def _told(one: Finding) -> str:
    lines = [
        f"{one.severity}: {one.message}",
        f"before: {one.before.part} of {one.before.whole}; after: {one.after.part} of {one.after.whole}",
        f"feeds: {', '.join(one.fields) or 'nothing'}; hits: {', '.join(one.consumers) or 'nobody who is known'}",
        f"for example: {one.example}",
        f"why: {one.why}",
        f"next step: {one.next_step}",
    ]
    return _text("\n".join(lines))


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
