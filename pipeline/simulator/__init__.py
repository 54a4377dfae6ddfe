"""Transactions to try the product with: a seeded world of customers, terminals and fraud.

The algorithm is the published one of the *Fraud Detection Handbook* (Le Borgne, Siblini, Lebichot, Bontempi, 2022), chapter 3,
with what a warehouse adds to it: rows arrive later than they occur, labels are known days later, and some disputes come to nothing.
Every day is drawn from the seed and its own date alone, so that two simulations which share a day agree on it.
"""

from pipeline.simulator.parameters import Simulation
from pipeline.simulator.stream import Simulated, simulate, simulated_days

__all__ = ["Simulated", "Simulation", "simulate", "simulated_days"]
