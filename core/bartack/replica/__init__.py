"""The last good records of all sources, worth asking: searched, filtered, linked and followed."""
