"""Variants of the settings side by side, uses of the test split, and tracking."""
