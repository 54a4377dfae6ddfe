"""Starts the processes of one machine and keeps them up."""
