"""The command line, the web server and the worker: imported by nobody."""
