"""A bundle: one process's immutable published set of diagram, forms, tables, facts, limits and ladders."""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import yaml

from nrm.decisions.dmn import MainDecision, namespace_of, read_decisions
from nrm.diagrams.dictionary import read_dictionary
from nrm.diagrams.forms import Form, read_form
from nrm.diagrams.process import Process, read_process
from nrm.vocabulary.errors import ConfigurationRefused, DocumentRefused, NotFound
from nrm.vocabulary.facts import Dictionary

MAX_FILES = 300
MAX_BYTES = 8_000_000
"""Unpacked size of a whole bundle."""
TESTS = ".tests.yaml"
"""Ending of the tests that travel with a decision table."""
DICTIONARY, LIMITS, LADDERS = "dictionary.yaml", "limits.yaml", "ladders.yaml"
Settings = Mapping[str, Mapping[str, object]]
"""Key -> plain values of a limit or ladder, as its YAML has it."""
_BAD_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, eq=False)
class Bundle:
    """Files by name; two bundles are equal if their digests are."""

    process_id: str
    files: Mapping[str, bytes]

    def __post_init__(self) -> None:
        object.__setattr__(self, "files", MappingProxyType(dict(sorted(self.files.items()))))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bundle) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (hex) over the process id and, per file in name order, name and SHA-256 of its bytes."""
        lines = [f"nrm-bundle 1 {self.process_id}"]
        lines += [f"{hashlib.sha256(data).hexdigest()} {name}" for name, data in self.files.items()]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    @cached_property
    def _process(self) -> Process:
        process = read_process(self.file(self.diagram_name))
        if process.id != self.process_id:
            sentence = f"The diagram's process is called “{process.id}”, not “{self.process_id}”."
            raise DocumentRefused(sentence, line=process.line)
        return process

    @property
    def diagram_name(self) -> str:
        """The name of the BPMN file."""
        return f"{self.process_id}.bpmn"

    def process(self) -> Process:
        """The diagram, read once. Raises DocumentRefused, NotFound."""
        return self._process

    def file(self, name: str) -> bytes:
        """The bytes of one file. Raises NotFound."""
        if name not in self.files:
            raise NotFound(f"The process “{self.process_id}” has no file “{name}”.")
        return self.files[name]

    def form(self, form_id: str) -> Form:
        """One form, read once per bytes. Raises NotFound, DocumentRefused."""
        return read_form(self.file(f"forms/{form_id}.json"))

    def table(self, table_id: str) -> bytes:
        """The DMN bytes of one decision table. Raises NotFound."""
        return self.file(f"tables/{table_id}.dmn")

    def decision(self, table_id: str) -> MainDecision:
        """The main decision of a table's file, read once; it may import the bundle's other tables.

        Raises NotFound, DocumentRefused.
        """
        if table_id not in self._decisions:
            self._decisions[table_id] = read_decisions(self.table(table_id), imported=self.imports)
        return self._decisions[table_id]

    @cached_property
    def _decisions(self) -> dict[str, MainDecision]:
        return {}

    @cached_property
    def imports(self) -> Mapping[str, bytes]:
        """Namespace to file of every decision table that can be read: what the others may import."""
        found: dict[str, bytes] = {}
        for table_id in self.table_ids:
            try:
                found.setdefault(namespace_of(self.table(table_id)), self.table(table_id))
            except DocumentRefused:  # the table's own check says so
                continue
        return found

    @property
    def form_ids(self) -> tuple[str, ...]:
        """Ids of all forms in the bundle, sorted."""
        return self._ids("forms/", ".json")

    @property
    def table_ids(self) -> tuple[str, ...]:
        """Ids of all decision tables in the bundle, sorted."""
        return self._ids("tables/", ".dmn")

    def _ids(self, folder: str, ending: str) -> tuple[str, ...]:
        names = (n for n in self.files if n.startswith(folder) and n.endswith(ending))
        return tuple(n[len(folder):-len(ending)] for n in names)

    @cached_property
    def _dictionary(self) -> Dictionary:
        return read_dictionary(self.files.get(DICTIONARY, b""))

    def dictionary(self) -> Dictionary:
        """The facts. Raises ConfigurationRefused."""
        return self._dictionary

    @cached_property
    def limits(self) -> Settings:
        """The time limits used, as plain values."""
        return _plain(self.files.get(LIMITS, b""), LIMITS)

    @cached_property
    def ladders(self) -> Settings:
        """The escalation ladders used, as plain values."""
        return _plain(self.files.get(LADDERS, b""), LADDERS)

    def with_files(self, changed: Mapping[str, bytes | None]) -> Bundle:
        """A new bundle with some files replaced, added, or (None) taken out."""
        files = {**self.files, **{name: data for name, data in changed.items() if data is not None}}
        return Bundle(self.process_id, {n: d for n, d in files.items() if changed.get(n, d) is not None})

    def to_zip(self) -> bytes:
        """The bundle as a zip; the same bundle always gives the same bytes."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, data in {**self.files, "process.txt": self.process_id.encode()}.items():
                info = zipfile.ZipInfo(name, _ZIP_DATE)
                info.compress_type = zipfile.ZIP_DEFLATED
                info.create_system = 3  # otherwise the byte differs by operating system
                archive.writestr(info, data)
        return buffer.getvalue()

    @classmethod
    def from_zip(cls, data: bytes) -> Bundle:
        """Read what :meth:`to_zip` wrote. Raises DocumentRefused: damaged, too large, odd names."""
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                files = _unpacked(archive)
        except _BAD_ZIP:
            raise DocumentRefused("The bundle is not a readable zip file.") from None
        if "process.txt" not in files:
            raise DocumentRefused("The bundle does not say which process it holds.")
        return cls(files.pop("process.txt").decode("utf-8", "replace"), files)


def assemble(bpmn_dir: Path, process_id: str, limits: Settings, ladders: Settings) -> Bundle:
    """Build the bundle of one process from the shipped layout.

    ``bpmn_dir/<process>/…`` with forms and tables, else those of ``bpmn_dir/shared``. Only the limits and
    ladders used go in. What the diagram names but nobody has stays out: the checker says so.
    Raises NotFound (no such process), DocumentRefused (diagram), ConfigurationRefused (dictionary).
    """
    folder = bpmn_dir / process_id
    diagram = folder / f"{process_id}.bpmn"
    if not diagram.is_file():
        raise NotFound(f"There is no process “{process_id}”.")
    files = {f"{process_id}.bpmn": diagram.read_bytes()}
    process = read_process(files[f"{process_id}.bpmn"])
    named = [(f"forms/{form}.json") for form in process.forms]
    named += [f"tables/{table}{ending}" for table in process.tables for ending in (".dmn", TESTS)]
    # Forms no task names belong to the process too: the one a case is opened with.
    named += [f"forms/{path.name}" for path in sorted((folder / "forms").glob("*.json"))]
    for name in dict.fromkeys(named):
        for place in (folder, bpmn_dir / "shared"):
            if _is_plain(name) and (place / name).is_file():
                files[name] = (place / name).read_bytes()
                break
    dictionary = bpmn_dir / DICTIONARY
    files[DICTIONARY] = dictionary.read_bytes() if dictionary.is_file() else b""
    return Bundle(process_id, {**files, **settings_files(process, limits, ladders)})


def settings_files(process: Process, limits: Settings, ladders: Settings) -> dict[str, bytes]:
    """``limits.yaml`` and ``ladders.yaml`` with exactly those the diagram uses, in key order."""
    used_limits = {key: dict(limits[key]) for key in sorted(process.limits) if key in limits}
    keys = set(process.ladders) | {str(v.get("ladder") or "standard") for v in used_limits.values()}
    used_ladders = {key: dict(ladders[key]) for key in sorted(keys) if key in ladders}
    return {LIMITS: _dump(used_limits), LADDERS: _dump(used_ladders)}


def _dump(values: Mapping[str, object]) -> bytes:
    return yaml.safe_dump(dict(values), sort_keys=True, allow_unicode=True, width=100).encode()


def _plain(data: bytes, file: str) -> Settings:
    try:
        found = yaml.safe_load(data.decode("utf-8")) or {}
    except (yaml.YAMLError, ValueError, RecursionError):
        raise ConfigurationRefused("The file is not well-formed YAML.", file=file) from None
    if not isinstance(found, dict) or not all(isinstance(v, dict) for v in found.values()):
        raise ConfigurationRefused("A list of “key: settings” was expected.", file=file)
    return {str(key): value for key, value in found.items()}


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = archive.infolist()
    if len(members) > MAX_FILES or sum(m.file_size for m in members) > MAX_BYTES:
        raise DocumentRefused("The bundle is too large.")
    files: dict[str, bytes] = {}
    for member in members:
        if not _is_plain(member.filename) or member.filename in files:
            raise DocumentRefused("The bundle holds a file with a name that cannot be used.")
        with archive.open(member) as stream:
            files[member.filename] = stream.read(MAX_BYTES + 1)[:MAX_BYTES]
    return files


def _is_plain(name: str) -> bool:
    parts = name.split("/")
    return len(parts) <= 2 and all(p and p[0] != "." and "\\" not in p and "\0" not in p for p in parts)
