"""What a report has beyond the tables of a summary: a module a chapter, each gives parts of a document."""
