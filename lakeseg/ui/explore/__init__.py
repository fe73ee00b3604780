"""The parts of the Explore page: choices, panels, the numbers of a lake, the clicked pixel, the list of lakes."""
