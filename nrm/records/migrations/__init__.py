"""The migrations: the schema's own history. Run them through ``nrm.records.schema``."""
