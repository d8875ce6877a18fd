"""Tables, encryption, the unit of work and migrations; the only place that commits."""
