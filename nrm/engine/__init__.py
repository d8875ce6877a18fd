"""Control flow and nothing else: the only importer of SpiffWorkflow; no database, no clock."""
