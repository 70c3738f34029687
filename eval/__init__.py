"""Gold questions, run files and their scores."""
