"""The parts of the page Study."""
