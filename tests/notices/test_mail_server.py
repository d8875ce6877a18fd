"""Handing letters to a real mail server: what it gets to see, and what is said of every way in which it fails."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nrm.deployment.settings import Security, Smtp
from nrm.notices.channels import NotDelivered
from nrm.notices.letters import Letter
from nrm.notices.mail_server import MailServer
from tests.support.post_office import HOST, SENDER, Fate, PostOffice

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LETTER = Letter("ana@velmara.example", "Caseway: هناك ما ينتظركم", "مرحباً،\n\nهناك ما ينتظركم.\n", "one-id", NOW)


def to(address: str) -> Letter:
    """A letter to an address."""
    return Letter(address, LETTER.subject, LETTER.body, LETTER.message_id, NOW)


def failure(smtp: Smtp, letter: Letter = LETTER, **bounds: float) -> tuple[str, bool, bool]:
    """Send a letter that does not go: kind, whether no other try helps, whether no other letter goes either."""
    with pytest.raises(NotDelivered) as caught:
        MailServer(smtp, **bounds)(letter)
    return caught.value.kind, caught.value.final, caught.value.nobody_there


def test_a_letter_arrives_as_it_was_written() -> None:
    with PostOffice() as office:
        MailServer(office.smtp())(LETTER)
    arrived = office.letters[0]
    assert arrived.to == "ana@velmara.example"
    assert arrived.message["Subject"] == LETTER.subject
    assert arrived.message.get_content().splitlines() == LETTER.body.splitlines()
    assert {name: str(arrived.message[name]) for name in ("From", "Message-ID", "Auto-Submitted", "Date")} == {
        "From": SENDER, "Message-ID": "<one-id@mail.example>", "Auto-Submitted": "auto-generated",
        "Date": "Mon, 02 Mar 2026 09:00:00 +0000",
    }
    assert arrived.message.as_bytes().isascii(), "any server on the way takes it as it is"


def test_a_letter_that_was_taken_went_however_the_server_took_leave() -> None:
    with PostOffice(lambda: Fate.TAKE_AND_SAY_TWICE) as office:
        MailServer(office.smtp())(LETTER)
    assert len(office.letters) == 1


@pytest.mark.parametrize(("fate", "said"), [
    (Fate.REFUSE, ("refused 451", False, False)), (Fate.REFUSE_FOR_EVER, ("refused 554", True, False)),
    (Fate.HANG_UP, ("no answer", False, False)), (Fate.TAKE_AND_HANG_UP, ("no answer", False, False)),
    (Fate.TAKE_AND_REFUSE, ("refused 451", False, False)),
])
def test_a_letter_that_did_not_go(fate: Fate, said: tuple[str, bool, bool]) -> None:
    with PostOffice(lambda: fate) as office:
        assert failure(office.smtp()) == said


@pytest.mark.parametrize("address", [
    "", "nobody", "ana@", "a b@velmara.example", "ana@velmara.example\nBcc: eve@x.example",
    "ana@velmara.example, eve@x.example", "ană@velmara.example",
])
def test_what_is_no_address_is_never_tried_again(address: str) -> None:
    with PostOffice() as office:
        kind, final, _ = failure(office.smtp(), to(address))
    assert (kind, final) in {("address", True), ("refused 553", True)}
    assert office.letters == []


def test_nobody_listens() -> None:
    with closing(socket.socket()) as taken:
        taken.bind((HOST, 0))
        smtp = Smtp(HOST, taken.getsockname()[1], "", None, SENDER, Security.NONE)
        assert failure(smtp) == ("no answer", False, True)


@contextmanager
def tarpit() -> Iterator[Smtp]:
    """A server that greets and then answers in drops, one sign at a time, for ever."""
    with closing(socket.create_server((HOST, 0))) as listening:
        def drip() -> None:
            line, _ = listening.accept()
            with closing(line):
                line.sendall(b"220 hello\r\n")
                line.settimeout(0.05)
                while True:
                    try:
                        if not line.recv(1000):
                            return
                    except TimeoutError:
                        line.sendall(b"2")
                    except OSError:
                        return

        thread = Thread(target=drip)
        thread.start()
        yield Smtp(HOST, listening.getsockname()[1], "", None, SENDER, Security.NONE)
        thread.join(10)
        assert not thread.is_alive()


def test_a_server_that_answers_in_drops_is_hung_up_on() -> None:
    with tarpit() as smtp:
        assert failure(smtp, answer_s=5, whole_s=0.5)[0] == "no answer"


# -- encryption ---------------------------------------------------------------------------------------


def certificate(folder: Path, name: str) -> tuple[ssl.SSLContext, Path]:
    """A certificate for a host name, signed by itself: a server's context, and the file of who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Invented")])
    made = (
        x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(NOW - timedelta(days=3650)).not_valid_after(NOW + timedelta(days=36500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = folder / f"{name}.pem", folder / f"{name}.key"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    return context, public


def test_the_way_to_the_server_is_encrypted(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path, "localhost")
    with PostOffice(tls=context) as office:
        MailServer(office.smtp("localhost", Security.STARTTLS, trusted))(LETTER)
    assert len(office.letters) == 1


@pytest.mark.parametrize(("name", "is_trusted"), [("localhost", False), ("elsewhere.example", True)])
def test_a_server_that_cannot_prove_its_name_gets_nothing(tmp_path: Path, name: str, is_trusted: bool) -> None:
    context, trusted = certificate(tmp_path, name)
    with PostOffice(tls=context) as office:
        smtp = office.smtp("localhost", Security.STARTTLS, trusted if is_trusted else None)
        assert failure(smtp) == ("not secure", False, True)
    assert office.letters == []


def test_a_server_without_encryption_gets_nothing() -> None:
    with PostOffice() as office:
        assert failure(office.smtp("localhost", Security.STARTTLS)) == ("not secure", False, True)
    assert office.letters == []


def test_a_password_file_that_is_not_there(tmp_path: Path) -> None:
    with PostOffice() as office:
        smtp = Smtp(HOST, office.port, "office", tmp_path / "nothing", SENDER, Security.NONE)
        assert failure(smtp) == ("file not read", False, True)
