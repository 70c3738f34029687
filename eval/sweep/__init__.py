"""Variants of the settings side by side, and how often the test split was used for it."""
