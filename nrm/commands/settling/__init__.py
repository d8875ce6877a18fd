"""What the engine reports becomes rows: tasks, clocks, child runs, messages, incidents (design 5, settle loop)."""
