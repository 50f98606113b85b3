"""Bartack's own connectors, written against :mod:`bartack.sdk` like everybody else's."""
