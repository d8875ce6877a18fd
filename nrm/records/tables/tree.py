"""The tree over the history: each entry's place in it, what was signed of it, and who outside has confirmed that."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from nrm.records.tables.base import Base, JsonMap, Serial

_NUMBER = BigInteger().with_variant(Integer, "sqlite")


class TreeLeaf(Base):
    """An entry's place in the tree, from 0, given once and for ever; the database refuses to update or delete it."""

    __tablename__ = "tree_leaf"

    position: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    history_id: Mapped[int] = mapped_column(_NUMBER)
    hash: Mapped[str] = mapped_column(String(64))
    """Of the entry's chain, number and digest, in hex."""

    __table_args__ = (Index("uq_tree_leaf_history_id", "history_id", unique=True),)


class TreeNode(Base):
    """A node with 256, 65,536 ... leaves below it, so that proofs and heads need a few hundred hashes only."""

    __tablename__ = "tree_node"

    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    """8, 16, 24 ...: two to this power is the number of leaves."""
    position: Mapped[int] = mapped_column(_NUMBER, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(String(64))


class StoredCheckpoint(Base):
    """A signed head of the tree; never changed."""

    __tablename__ = "checkpoint"

    id: Mapped[Serial]
    size: Mapped[int] = mapped_column(_NUMBER)
    at: Mapped[datetime]
    root: Mapped[str] = mapped_column(String(64))
    note: Mapped[str]
    """The signed note; what stands beside it is read from it."""

    __table_args__ = (Index(None, "size"),)


class AnchorState(Base):
    """How it stands with one place outside that keeps checkpoints."""

    __tablename__ = "anchor"

    place: Mapped[str] = mapped_column(String, primary_key=True)
    """As the settings name it."""
    tries: Mapped[int] = mapped_column(default=0)
    """Since the last one that succeeded."""
    next_at: Mapped[datetime]
    error: Mapped[str | None]
    """The kind of the last failure, in few words."""
    checkpoint_id: Mapped[int | None] = mapped_column(_NUMBER)
    """The newest checkpoint the place has confirmed."""
    confirmed_at: Mapped[datetime | None]


class AnchorReceipt(Base):
    """A place has taken a checkpoint: what it said to that; never changed."""

    __tablename__ = "anchor_receipt"

    place: Mapped[str] = mapped_column(String, primary_key=True)
    checkpoint_id: Mapped[int] = mapped_column(
        _NUMBER, ForeignKey("checkpoint.id", deferrable=True, initially="DEFERRED"), primary_key=True,
        autoincrement=False,
    )
    at: Mapped[datetime]
    receipt: Mapped[JsonMap]

    __table_args__ = (Index(None, "checkpoint_id"),)
