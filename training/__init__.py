"""Recipes for the weights that Rolebook ships. Never imported at run time."""
