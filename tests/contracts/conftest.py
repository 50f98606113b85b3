"""Hypothesis knows every contract."""

from __future__ import annotations

import support.contract_values  # noqa: F401 - it registers strategies
