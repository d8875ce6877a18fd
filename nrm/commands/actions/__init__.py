"""Actions: what service and send tasks of a diagram may do, by name, with typed parameters. Nothing else exists."""
