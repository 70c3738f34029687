"""Passages to answers whose every sentence is cited and checked."""
