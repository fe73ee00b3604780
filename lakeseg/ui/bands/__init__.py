"""The parts of the page Bands."""
