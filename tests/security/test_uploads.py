"""goal:S14: sixty files as they should not come: refused or made harmless, whatever their names say."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

import pikepdf
import pytest
from PIL import Image

from nrm.documents import aside, papers
from nrm.documents.papers import ENDINGS, LARGEST, clean, kind_of
from nrm.vocabulary.errors import InvalidInput
from tests.support.goals import Reached
from tests.support.papers import A_PDF, located_photo, pdf, picture, stream

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
JS = "<< /S /JavaScript /JS (app.alert\\(1\\)) >>"
PDF, JPEG, PNG, TEXT = "application/pdf", "image/jpeg", "image/png", "text/plain"


def zipped(*names: str, content: bytes = b"invented") -> bytes:
    """An archive of files of these names."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, content)
    return out.getvalue()


def claimed(kind: str, width: int, height: int) -> bytes:
    """A picture whose first lines say that it has very many points."""
    data = bytearray(picture(kind))
    if kind == "PNG":
        import zlib

        data[16:24] = width.to_bytes(4, "big") + height.to_bytes(4, "big")
        data[29:33] = zlib.crc32(data[12:29]).to_bytes(4, "big")
        return bytes(data)
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = height.to_bytes(2, "big") + width.to_bytes(2, "big")
    return bytes(data)


def locked() -> bytes:
    """A PDF that asks for a password."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(A_PDF)) as paper:
        paper.save(out, encryption=pikepdf.Encryption(owner="a", user="b"))
    return out.getvalue()


def crowded() -> bytes:
    """A small PDF with very many objects in compressed streams."""
    with pikepdf.new() as paper:
        paper.add_blank_page()
        for number in range(100_100):
            paper.make_indirect(pikepdf.Dictionary(N=number))
        paper.Root.Many = pikepdf.Array([one for one in paper.objects if isinstance(one, pikepdf.Dictionary)])
        out = io.BytesIO()
        paper.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


OPEN_XML = "application/vnd.openxmlformats-officedocument"
OFFICE = ("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin")
REFUSED: dict[str, tuple[str, str, Callable[[], bytes] | bytes]] = {
    "nothing": ("a.txt", TEXT, b""),
    "larger than 20 MB": ("a.txt", TEXT, b"x" * (LARGEST + 1)),
    "a web page": ("a.html", "text/html", b"<script>alert(1)</script>"),
    "a web page that says it is text by its name only": ("a.html", TEXT, b"<script>alert(1)</script>"),
    "a drawing": ("a.svg", "image/svg+xml", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "a drawing called a picture": ("a.png", PNG, b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
    "a program": ("a.exe", "application/octet-stream", b"MZ\x90\0"),
    "a program called a picture": ("a.png", PNG, b"MZ\x90\0"),
    "a program called a PDF": ("a.pdf", PDF, b"\x7fELF\2\1\1\0"),
    "a script": ("a.sh", "application/x-sh", b"#!/bin/sh\nrm -rf /\n"),
    "a script whose type is text": ("a.sh", TEXT, b"#!/bin/sh\n"),
    "a batch file whose type is text": ("a.bat", TEXT, b"@echo off\n"),
    "a shortcut": ("a.lnk", TEXT, b"L\0\0\0\1\x14\2\0"),
    "an internet shortcut": ("a.url", TEXT, b"[InternetShortcut]\nURL=file:///\n"),
    "the test virus as a program": ("eicar.com", "application/octet-stream", EICAR),
    "the test virus as a PDF": ("eicar.pdf", PDF, EICAR),
    "the test virus as a picture": ("eicar.jpg", JPEG, EICAR),
    "the test virus in an archive": ("eicar.zip", "application/zip", lambda: zipped("eicar.com", content=EICAR)),
    "an archive": ("a.zip", "application/zip", lambda: zipped("a.txt")),
    "an archive called text": ("a.txt", TEXT, lambda: zipped("a.txt")),
    "an archive with a way out": ("a.zip", PDF, lambda: zipped("../../etc/passwd")),
    "an archive that unpacks without end": ("a.zip", "application/zip", lambda: zipped("a", content=b"\0" * 9_000_000)),
    "a packed stream": ("a.gz", "application/gzip", b"\x1f\x8b\x08\0"),
    "a document with a macro": ("a.docm", "application/vnd.ms-word.document.macroEnabled.12", lambda: zipped(*OFFICE)),
    "a document with a macro called a PDF": ("a.pdf", PDF, lambda: zipped(*OFFICE)),
    "a document without one": ("a.docx", f"{OPEN_XML}.wordprocessingml.document", lambda: zipped(*OFFICE[:2])),
    "an old document": ("a.doc", "application/msword", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "formatted text": ("a.rtf", "application/rtf", b"{\\rtf1 {\\object\\objocx}}"),
    "a letter": ("a.eml", "message/rfc822", b"From: a@b.example\n\nx"),
    "a moving picture": ("a.gif", "image/gif", b"GIF89a<script>alert(1)</script>"),
    "a moving picture called PNG": ("a.png", PNG, b"GIF89a"),
    "a bitmap": ("a.bmp", "image/bmp", b"BM"),
    "text with a NUL": ("a.txt", TEXT, b"a\0b"),
    "text that steers a terminal": ("a.txt", TEXT, b"\x1b]0;x\x07"),
    "text that is not UTF-8": ("a.txt", TEXT, b"\xff\xfea\0"),
    "a path in its name": ("../a.txt", TEXT, b"words"),
    "a path in its name, the other way": ("..\\a.txt", TEXT, b"words"),
    "an end in its name": ("a.txt\0.pdf", TEXT, b"words"),
    "a line in its name": ("a\r\nSet-Cookie: x.txt", TEXT, b"words"),
    "no name": (" ", TEXT, b"words"),
    "two endings": ("a.txt.exe", TEXT, b"words"),
    "a PDF that says it is a picture": ("a.png", PNG, A_PDF),
    "a picture that says it is a PDF": ("a.pdf", PDF, lambda: picture("PNG")),
    "a PDF that begins elsewhere": ("a.pdf", PDF, b"GIF89a" + A_PDF),
    "a PDF without anything in it": ("a.pdf", PDF, b"%PDF-1.7\n"),
    "a PDF cut off": ("a.pdf", PDF, A_PDF[:-60]),
    "a PDF with a program": ("a.pdf", PDF, pdf(root=f"/Names << /JavaScript << /Names [(x) {JS}] >> >>")),
    "a PDF that runs a program when opened": ("a.pdf", PDF, pdf(root=f"/OpenAction {JS}")),
    "a PDF that runs a program on its page": ("a.pdf", PDF, pdf(page=f"/AA << /O {JS} >>")),
    "a PDF whose program is named in hexadecimal": (
        "a.pdf", PDF, pdf(root="/OpenAction << /S /J#61vaScript /J#53 (x) >>")),
    "a PDF whose program stands elsewhere in it": ("a.pdf", PDF, pdf(root="/OpenAction 4 0 R", objects=(JS.encode(),))),
    "a PDF that goes to a page, then runs a program": (
        "a.pdf", PDF, pdf(root=f"/OpenAction << /S /GoTo /D [3 0 R /Fit] /Next {JS} >>")),
    "a PDF that starts something": ("a.pdf", PDF, pdf(root="/OpenAction << /S /Launch /F (cmd.exe) >>")),
    "a PDF that sends what is typed": (
        "a.pdf", PDF, pdf(page="/Annots [<< /Subtype /Link /A << /S /SubmitForm /F (http://127.0.0.1:9/) >> >>]")),
    "a PDF with a file in it": ("a.pdf", PDF, pdf(root="/Names << /EmbeddedFiles << /Names [] >> >>")),
    "a PDF with a form of another kind": (
        "a.pdf", PDF, pdf(root="/AcroForm << /XFA 4 0 R >>", objects=(stream(b"<x/>"),))),
    "a PDF that opens another one": ("a.pdf", PDF, pdf(root="/OpenAction << /S /GoToR /F (//127.0.0.1/x.pdf) >>")),
    "a PDF with a film": ("a.pdf", PDF, pdf(page="/Annots [<< /Subtype /RichMedia >>]")),
    "a PDF with a password": ("a.pdf", PDF, locked),
    "a PDF with very many objects": ("a.pdf", PDF, crowded),
    "a signed PDF with something behind its end": (
        "a.pdf", PDF, pdf(root="/AcroForm << /Fields [<< /V << /ByteRange [0 1 2 3] >> >>] >>", end=b"PK\x03\x04")),
    "a picture cut off": ("a.jpg", JPEG, lambda: picture()[:300]),
    "a picture of a thousand million points": ("a.png", PNG, lambda: claimed("PNG", 40_000, 25_000)),
    "a photograph of four thousand million points": ("a.jpg", JPEG, lambda: claimed("JPEG", 65_000, 65_000)),
    "a picture whose points are missing": ("a.png", PNG, b"\x89PNG\r\n\x1a\n" + b"\0" * 200),
}


def test_there_are_sixty_files(reached: Reached) -> None:
    reached("S14", f"{len(REFUSED)} files refused, {len(HARMLESS)} made harmless")
    assert len(REFUSED) + len(HARMLESS) >= 60


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_not_taken_is_refused_in_a_sentence(case: str) -> None:
    name, kind, made = REFUSED[case]
    with pytest.raises(InvalidInput) as refused:
        clean(name, kind, io.BytesIO(made() if callable(made) else made))
    sentence = refused.value.fields["file"][0]
    assert sentence.endswith(".")
    assert "alert" not in sentence


HARMLESS: dict[str, tuple[str, str, bytes, bytes]] = {  # name, type, content, what must be gone
    "where a photograph was taken": ("a.jpg", JPEG, located_photo(), b"CANARY"),
    "the device": ("a.jpg", JPEG, located_photo(), b"Invented Phones"),
    "an archive behind a photograph": ("a.jpg", JPEG, picture() + zipped("x.exe"), b"x.exe"),
    "a page behind a picture": ("a.png", PNG, picture("PNG") + b"<script>alert(1)</script>", b"script"),
    "a page inside a photograph": ("a.jpg", JPEG, picture(comment=b"<script>alert(1)</script>"), b"script"),
    "a program of colours": ("a.jpg", JPEG, picture(icc_profile=b"CANARY" * 50), b"CANARY"),
    "who wrote a document": (
        "a.pdf", PDF, pdf(objects=(b"<< /Author (CANARY) /Producer (Invented) >>",), trailer="/Info 4 0 R"), b"CANARY"),
    "what a document says of itself": (
        "a.pdf", PDF, pdf(root="/Metadata 4 0 R", objects=(
            stream(b"<x:xmpmeta>CANARY</x:xmpmeta>", "/Type /Metadata /Subtype /XML"),)), b"CANARY"),
    "an archive behind a document": ("a.pdf", PDF, pdf(end=zipped("x.exe")), b"x.exe"),
}


@pytest.mark.parametrize("case", HARMLESS)
def test_what_is_taken_has_lost(case: str) -> None:
    name, kind, content, gone = HARMLESS[case]
    assert gone in content
    kept = clean(name, kind, io.BytesIO(content))
    assert gone not in kept
    assert kind_of(kept) == kind


def test_a_photograph_is_upright_and_has_no_memory() -> None:
    turned = clean("a.jpeg", JPEG, io.BytesIO(located_photo(turned=6)))
    with Image.open(io.BytesIO(turned)) as seen:
        assert seen.size == (30, 40), "as it was held"
        assert not seen.getexif()
        assert set(seen.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_pictures_of_every_kind_of_colour_are_taken(mode: str) -> None:
    out = io.BytesIO()
    Image.new(mode, (8, 8)).save(out, "PNG")
    assert kind_of(clean("a.PNG", PNG, io.BytesIO(out.getvalue()))) == PNG


def test_a_cmyk_photograph_is_taken() -> None:
    out = io.BytesIO()
    Image.new("CMYK", (8, 8)).save(out, "JPEG")
    assert kind_of(clean("a.jpg", JPEG, io.BytesIO(out.getvalue()))) == JPEG


ALLOWED = {
    "a plain page": A_PDF,
    "a page to begin with": pdf(root="/OpenAction << /S /GoTo /D [3 0 R /Fit] >>"),
    "a page to begin with, in short": pdf(root="/OpenAction [3 0 R /Fit]"),
    "a link": pdf(page="/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] "
                       "/A << /S /URI /URI (https://law.example/) >> >>]"),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_ordinary_documents_are_taken(case: str) -> None:
    kept = clean("a.pdf", PDF, io.BytesIO(ALLOWED[case]))
    with pikepdf.open(io.BytesIO(kept)) as paper:
        assert len(paper.pages) == 1
    assert kept == clean("a.pdf", PDF, io.BytesIO(ALLOWED[case])), "the same file comes out the same"


def test_a_signed_document_stays_byte_for_byte() -> None:
    signed = pdf(root="/AcroForm << /Fields [<< /V << /ByteRange [0 1 2 3] >> >>] >>")
    assert clean("a.pdf", PDF, io.BytesIO(signed)) == signed


def test_text_stays_as_it_was() -> None:
    words = "Zażółć, ștergere, مرحبا\r\n".encode()
    assert clean("words.TXT", TEXT, io.BytesIO(words)) == words


def test_every_type_has_endings() -> None:
    assert set(ENDINGS) == set(papers.MAGIC)


def test_what_takes_too_long_is_ended() -> None:
    with pytest.raises(aside.Refused, match="too_much"):
        aside.run_aside("tests.security.endless", b"", longest_s=1)


def test_what_takes_too_much_memory_dies_alone() -> None:
    with pytest.raises(aside.Refused, match="too_much"):
        aside.run_aside("tests.security.greedy", b"")


def test_a_program_aside_finds_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NRM_KEK_FILE", "canary")
    assert aside.run_aside("tests.security.telling", b"x") == b"[]"
