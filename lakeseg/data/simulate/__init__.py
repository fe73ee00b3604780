"""A simulator of lakes as MODIS sees them, for the demo and for tests. Nothing here is an observation."""

from __future__ import annotations

from lakeseg.data.simulate.demo import DEFAULT_SEED, SIMULATOR_VERSION, make_demo, make_small, simulate_lake

__all__ = ["DEFAULT_SEED", "SIMULATOR_VERSION", "make_demo", "make_small", "simulate_lake"]
