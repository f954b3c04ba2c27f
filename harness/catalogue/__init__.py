"""Models, suites and presets by name: what they are, and those of registry.yaml."""
