"""What a stream usually looks like, and how one tells that it does not any more.

``facts`` are counted of every page, ``baseline`` keeps those of the last good runs, ``checks`` compare a new run with it,
``gate`` says whether its snapshot may replace the last good one.
"""
