"""The stages of a plan, a module each family: models, encoded rows, phases, predictions, embeddings, measures."""
