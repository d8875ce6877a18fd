"""Run aside: never ends."""

while True:
    pass
