"""Lists the fixture modules; a fixture that one folder needs stands in that folder."""

pytest_plugins = [
    "tests.support.browser",
    "tests.support.bundle_site",
    "tests.support.databases",
    "tests.support.long",
]
