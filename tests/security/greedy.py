"""Run aside: takes more memory than it may."""

from nrm.documents.aside import bounded


def read(data: bytes) -> None:
    """Take two gigabytes."""
    bytearray(2 * 1024**3)


if __name__ == "__main__":
    bounded()
    read(b"")
