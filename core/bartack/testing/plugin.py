"""Fixtures for pytest: ``pytest_plugins = ["bartack.testing.plugin"]`` in a ``conftest.py`` brings them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from bartack.testing.messages import Shape
from bartack.testing.plans import Plan
from bartack.testing.server import FaultServer, Handler

__all__ = ["fault_server"]


@pytest.fixture
def fault_server() -> Iterator[Callable[..., FaultServer]]:
    """Start a server around a good service: ``fault_server(answer, plan, shape=…)``; it ends with the test."""
    with ExitStack() as running:

        def start(answer: Handler, plan: Plan | None = None, *, shape: Shape | None = None) -> FaultServer:
            return running.enter_context(FaultServer(answer, plan, shape=shape))

        yield start
