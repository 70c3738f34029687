"""Scorecards for people: a page, Markdown, JSON, and the tables in README and docs."""
