"""Perturbations that come with xharness, one file each."""
