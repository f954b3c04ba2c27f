"""Kinds of tasks beyond text, written with nothing but `harness.kindkit`."""
