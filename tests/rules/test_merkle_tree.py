"""Merkle trees: the vectors of RFC 9162's reference implementation, another library's, and proofs (goal:A4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from nrm.rules.merkle import (
    Growing,
    consistency_path,
    consistency_proof,
    head_of_part,
    inclusion_path,
    inclusion_proof,
    leaf_hash,
    node_hash,
    tree_head,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    bytes.fromhex(x)
    for x in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
HEADS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def test_the_empty_tree() -> None:
    assert tree_head([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize("size", range(1, 9))
def test_heads_of_the_reference_tree(size: int) -> None:
    assert tree_head(LEAVES[:size]).hex() == HEADS[size - 1]


def test_the_example_of_section_2_1_5() -> None:
    """With seven leaves the inclusion path of d3 is [c, g, l], the consistency proof 3 to 7 [c, d, g, l]."""
    a, b, c, d, e, f, j = (leaf_hash(x) for x in LEAVES[:7])
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, left = node_hash(g, h), node_hash(i, j)
    assert inclusion_proof(LEAVES[:7], 3) == (c, g, left)
    assert inclusion_proof(LEAVES[:7], 0) == (b, h, left)
    assert inclusion_proof(LEAVES[:7], 6) == (i, k)
    assert consistency_proof(LEAVES[:7], 3) == (c, d, g, left)
    assert consistency_proof(LEAVES[:7], 4) == (left,)
    assert consistency_proof(LEAVES[:7], 6) == (i, j, k)


@given(st.integers(1, 70), st.data())
def test_proofs_hold_where_true_and_nowhere_else(size: int, data: st.DataObject) -> None:
    leaves = [n.to_bytes(2, "big") for n in range(size)]
    head = tree_head(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = inclusion_proof(leaves, index)
    assert verify_inclusion(leaves[index], index, size, path, head)
    assert not verify_inclusion(b"other", index, size, path, head)
    assert not verify_inclusion(leaves[index], index, size, path, leaf_hash(b"other"))
    assert not verify_inclusion(leaves[index], size, size, path, head)
    first = data.draw(st.integers(1, size))
    proof = consistency_proof(leaves, first)
    earlier = tree_head(leaves[:first])
    assert verify_consistency(first, earlier, size, head, proof)
    assert not verify_consistency(first, leaf_hash(b"other"), size, head, proof)
    if first < size:
        assert not verify_consistency(first, earlier, size, leaf_hash(b"other"), proof)
        assert not verify_consistency(first, earlier, size, head, (*proof, head))


def test_there_is_no_proof_of_what_is_not_there() -> None:
    with pytest.raises(IndexError):
        inclusion_proof(LEAVES, 8)
    with pytest.raises(IndexError):
        consistency_proof(LEAVES, 9)


# -- the same from the nodes of complete parts, as a database keeps them -----------------------------


def by_the_letter(hashes: list[bytes]) -> bytes:
    """The head as section 2.1.1 defines it."""
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return node_hash(by_the_letter(hashes[:k]), by_the_letter(hashes[k:]))


@pytest.mark.parametrize("size", range(1, 71))
def test_heads_and_proofs_of_every_size_from_complete_nodes(size: int) -> None:
    leaves = [n.to_bytes(2, "big") for n in range(size)]
    hashes = [leaf_hash(leaf) for leaf in leaves]

    def node(level: int, position: int) -> bytes:
        part = hashes[position << level : (position + 1) << level]
        assert len(part) == 1 << level, "only complete nodes are asked for"
        return by_the_letter(part)

    def head(start: int, end: int) -> bytes:
        return head_of_part(node, start, end)

    assert head(0, size) == by_the_letter(hashes) == tree_head(leaves)
    for index in range(size):
        assert inclusion_path(head, index, size) == inclusion_proof(leaves, index)
    for first in range(1, size + 1):
        assert consistency_path(head, first, size) == consistency_proof(leaves, first)


def test_a_tree_that_grows_has_the_head_of_each_size() -> None:
    tree, leaves = Growing(), [n.to_bytes(2, "big") for n in range(70)]
    for size, leaf in enumerate(leaves):
        assert (tree.size, tree.head()) == (size, tree_head(leaves[:size]))
        tree.add(leaf_hash(leaf))


@pytest.mark.parametrize("size", range(40))
def test_a_tree_of_whole_parts_and_the_rest_beside_it(size: int) -> None:
    leaves = [n.to_bytes(2, "big") for n in range(size)]
    parts, rest = Growing(), Growing()
    for leaf in leaves:
        rest.add(leaf_hash(leaf))
        if rest.size == 4:
            parts.add(rest.head())
            rest = Growing()
    assert parts.head_with(rest) == tree_head(leaves)


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=40), st.data())
def test_a_library_of_others_computes_the_same_tree(leaves: list[bytes], data: st.DataObject) -> None:
    theirs = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        theirs.append_entry(leaf)
    size = data.draw(st.integers(1, len(leaves)))
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    assert tree_head(leaves[:size]) == theirs.get_root(size)
    inclusion = theirs.prove_inclusion(index + 1, size)  # they count from one, and begin the path with the leaf
    assert [leaf_hash(leaves[index]), *inclusion_proof(leaves[:size], index)] == inclusion.path
    growth = consistency_proof(leaves[:size], first)  # theirs has more steps; it is the roots that must agree
    assert verify_consistency(first, theirs.get_root(first), size, theirs.get_root(size), growth)
