"""Heads of the built-in plugin kinds: modules of their own, since they import torch."""
