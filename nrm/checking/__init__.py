"""Findings on diagrams, forms and tables, in sentences a coordinator understands."""
