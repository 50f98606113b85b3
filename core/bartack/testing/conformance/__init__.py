"""Is a connector right? Some sixty named checks that its author did not write, run offline over its recordings.

::

    from bartack.testing import ConformanceSuite

    class TestAcme(ConformanceSuite):
        connector = "acme"

The page ``docs/conformance.md`` lists the checks. Three levels: ``core`` (it reads, and nothing is lost), ``dependable`` (it
survives what sources do), ``complete`` (its recordings and documents cover what it declares).
"""
