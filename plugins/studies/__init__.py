"""Built-in studies: research questions, each with what to run and what follows from it."""
