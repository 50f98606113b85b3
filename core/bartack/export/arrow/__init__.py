"""Records as Arrow tables, and back. Everything here imports pyarrow; :mod:`bartack.export` does so only when it is asked."""
