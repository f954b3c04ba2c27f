"""Tables, figures and texts as values, and what they are written as: Markdown, LaTeX, SVG, HTML, values by comma."""
