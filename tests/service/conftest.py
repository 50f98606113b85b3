"""The contract values that hypothesis makes here."""

from __future__ import annotations

import support.contract_values  # noqa: F401 - teaches hypothesis the contracts
