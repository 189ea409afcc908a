"""Handoffs: a document that one agent writes and others read before it is whole. PURE. Its one law: nothing is lost, nothing told twice.

``reading`` what arrives of a call's input, in pieces · ``document`` what all calls together have handed on, as numbered parts ·
``batching`` when parts go to a receiver · ``messages`` what an agent is told.
"""

from __future__ import annotations

from finestream.handoff.batching import Batch
from finestream.handoff.document import Document, Part
from finestream.handoff.reading import RESUME, Piece, Reader, read_whole

__all__ = ["RESUME", "Batch", "Document", "Part", "Piece", "Reader", "read_whole"]
