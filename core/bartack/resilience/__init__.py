"""Policies around a transport: retry, quota, breaker, bulkhead. Each is one small module, with its clock passed in."""
