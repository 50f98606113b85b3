"""Records as files and columns: JSON lines, CSV, Arrow and Parquet, with schemas derived from the contracts."""
