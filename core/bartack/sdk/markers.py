"""The marker of hook implementations."""

from __future__ import annotations

import pluggy

__all__ = ["hookimpl"]

hookimpl = pluggy.HookimplMarker("bartack")
"""Marks a function of a plugin module as an implementation of one of :mod:`bartack.hookspecs`."""
