"""Faults made for real, from a seed: what was published must stay right whatever happens, and one more run must get the night done."""
