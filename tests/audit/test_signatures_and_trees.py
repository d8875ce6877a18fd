"""The auditor's program computes signatures and trees itself: held against RFC 8032, a library, and our trees."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from nrm.rules.merkle import consistency_proof, inclusion_proof, leaf_hash, tree_head
from nrm.verify import ORDER, Tree, consistent, included, plain_base64, signed_by

RFC_8032 = [
    ("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
     ("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
     "d25bf5f0595bbe24655141438e7a100b")),
    ("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
     ("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
     "387b2eaeb4302aeeb00d291612bb0c00")),
    ("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
     ("6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
     "4a7c15e9716ed28dc027beceea1ec40a")),
]
"""Section 7.1: public key, message, signature."""
LEAVES = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_the_vectors_of_rfc_8032(key: str, message: str, signature: str) -> None:
    assert signed_by(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))
    assert not signed_by(bytes.fromhex(key), bytes.fromhex(message) + b"!", bytes.fromhex(signature))


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=100), st.integers(0, 511))
def test_what_a_library_signs_is_recognised_and_one_bit_of_it_counts(seed: bytes, message: bytes, bit: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    key, signature = private.public_key().public_bytes_raw(), private.sign(message)
    assert signed_by(key, message, signature)
    turned = bytearray(signature)
    turned[bit // 8] ^= 1 << bit % 8
    assert not signed_by(key, message, bytes(turned))


def test_there_is_one_way_of_writing_a_signature() -> None:
    key, _, signature = (bytes.fromhex(part) for part in RFC_8032[0])
    again = int.from_bytes(signature[32:], "little") + ORDER
    assert not signed_by(key, b"", signature[:32] + again.to_bytes(32, "little"))


@pytest.mark.parametrize(("key", "signature"), [
    (b"", bytes(64)), (bytes(31), bytes(64)), (b"\xff" * 32, bytes(64)), (bytes(32), bytes(63)),
    ((2**255 - 19).to_bytes(32, "little"), bytes(64)), ((1 | 1 << 255).to_bytes(32, "little"), bytes(64)),
    ((2).to_bytes(32, "little"), bytes(64)),
])
def test_what_is_no_key_or_no_signature_signs_nothing(key: bytes, signature: bytes) -> None:
    assert not signed_by(key, b"", signature)


@pytest.mark.parametrize(("text", "raw"), [
    ("AAE=", b"\x00\x01"), ("AAF=", None), ("AAE", None), ("AAE=\n", None), ("A A=", None), ("é", None), ("", b""),
])
def test_base64_is_written_one_way(text: str, raw: bytes | None) -> None:
    assert plain_base64(text) == raw


@given(LEAVES, st.data())
def test_roots_and_proofs_are_those_of_the_installation(leaves: list[bytes], data: st.DataObject) -> None:
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf_hash(leaf))
    root, size = tree.root(), len(leaves)
    assert root == tree_head(leaves)
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    path, growth = inclusion_proof(leaves, index), consistency_proof(leaves, first)
    assert included(leaf_hash(leaves[index]), index, size, path, root)
    assert consistent(first, tree_head(leaves[:first]), size, root, growth)
    assert not included(leaf_hash(leaves[index]), index, size, [*path, bytes(32)], root)
    assert not included(leaf_hash(b"other!"), index, size, path, root) or leaves[index] == b"other!"
    assert not consistent(first, hashlib.sha256(b"x").digest(), size, root, growth)
    assert not consistent(first, tree_head(leaves[:first]), size, root, [*growth, bytes(32)])


def test_the_empty_tree() -> None:
    assert Tree().root() == hashlib.sha256(b"").digest()
    assert not included(bytes(32), 0, 0, [], bytes(32))
