"""Exchange between deployments (a later issue); empty on purpose."""
