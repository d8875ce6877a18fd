"""Published statistics (a later issue); empty on purpose."""
