"""In-app notices and neutral messages through the outbox; never a name or a fact of a case."""
