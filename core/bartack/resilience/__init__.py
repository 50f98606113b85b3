"""Policies around a transport: retry, quota, breaker, bulkhead, log-ins. Each is one small module, with its clock passed in."""
