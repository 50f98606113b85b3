"""Damage at random: bytes of a good answer turned, cut out, doubled or put in. The same seed does the same damage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Literal

from bartack.testing.encoding_faults import packed
from bartack.testing.fault import STAY, Fault, Scene, Step
from bartack.testing.plans import Turn

__all__ = ["Mutating", "mutated"]

_LONGEST = 24
"""Bytes that one change cuts out, doubles or puts in at most."""


def mutated(content: bytes, dice: Random) -> bytes:
    """Return ``content`` with one to three changes: a byte turned, a piece cut out, doubled, put in, or all from there cut."""
    damaged = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 3))):
        at = dice.randrange(len(damaged) + 1)
        piece = dice.randint(1, _LONGEST)
        match dice.randrange(6):
            case 0 if at < len(damaged):
                damaged[at] ^= 1 << dice.randrange(8)
            case 1 if at < len(damaged):
                damaged[at] = dice.randrange(256)
            case 2:
                del damaged[at : at + piece]
            case 3:
                damaged[at:at] = damaged[at : at + piece]
            case 4:
                damaged[at:at] = dice.randbytes(piece)
            case _:
                del damaged[at:]
    return bytes(damaged)


@dataclass(frozen=True, slots=True)
class Mutating:
    """A plan that damages every answer that is a page (that is page ``page``), by ``seed`` and the number of the request.

    ``where``: the whole response as it is ``wire``, the whole response packed as ``gzip``, or only the ``payload``, with
    honest headers around it.
    """

    seed: int
    where: Literal["wire", "gzip", "payload"]
    page: int | None = None

    def fault(self, turn: Turn) -> Fault | None:
        """Return the damage of a turn."""
        if turn.answer.page is None or self.page not in (None, turn.answer.page):
            return None
        dice = Random(f"{self.seed}/{turn.number}/{self.where}")  # noqa: S311 - no secret, and the same each time

        def script(scene: Scene) -> Sequence[Step]:
            if self.where == "payload":
                return replace(scene.answer, content=mutated(scene.body, dice)).wire(), STAY
            return (mutated(self._response(scene), dice),)

        return Fault(f"mutated_{self.where}", "T23", "damage at random", script, "accounted")

    def _response(self, scene: Scene) -> bytes:
        if self.where == "wire":
            return scene.answer.wire()
        content = packed(scene.body)
        return scene.head("Content-Encoding: gzip", f"Content-Length: {len(content)}") + content
