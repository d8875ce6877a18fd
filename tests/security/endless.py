"""Run aside: never ends."""


def read(data: bytes) -> None:
    """Go on for ever."""
    while True:
        pass


if __name__ == "__main__":
    read(b"")
