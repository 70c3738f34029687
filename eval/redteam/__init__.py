"""Attacks on the assistant, and what counts as a success."""
