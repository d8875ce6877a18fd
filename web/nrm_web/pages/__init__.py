"""One module per page or family of pages; a module with ``pages`` is registered by being here."""
