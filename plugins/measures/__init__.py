"""Built-in measures: numbers about checkpoints that are no task's score."""
