"""The one hardened XML parser."""
