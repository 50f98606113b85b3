"""What is known of a connector before it is imported."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ConnectorCard"]


@dataclass(frozen=True, slots=True)
class ConnectorCard:
    """A connector's visiting card: cheap to make, so that listing connectors imports none of them.

    ``target`` is ``"module:Class"``; ``title`` one line for people.
    """

    name: str
    target: str
    title: str = ""
