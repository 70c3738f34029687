"""Questions to ranked passages, with every stage explained."""
