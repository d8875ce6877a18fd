"""NRM: the open-source workflow engine for National Referral Mechanisms."""

__version__ = "0.1.0"
