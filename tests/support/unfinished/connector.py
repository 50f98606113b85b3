"""Where a connector would be.

A text that says TODO, as this one, is none of the marks that are looked for.
"""

# TODO: quota: how much does the source allow?
