"""Files to clean text, sections, units and chunks in a library."""
