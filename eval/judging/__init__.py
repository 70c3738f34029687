"""Other judges than counting: ragas, the verifier, and how often each of them is right."""
