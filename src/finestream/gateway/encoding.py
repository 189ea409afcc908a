"""Compressed answers. SHELL by its libraries only: gzip and deflate always, br and zstd where their modules are there."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Protocol

LARGEST = 2**20
"""Bytes of plain text that are made at once: a thousandth of it may be all that came."""


class Decoder(Protocol):
    """Takes compressed bytes, gives plain ones: at most `LARGEST` at a time. As long as it ``has_more``, it is to be asked with nothing."""

    @property
    def has_more(self) -> bool: ...
    def decompress(self, data: bytes, /) -> bytes: ...


class _Inner(Protocol):
    """One member; ``unused_data``: what it has not taken of the last bytes."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, most: int, /) -> bytes: ...


class _Zlib:
    """zlib's own, which keeps what is beyond the bound and what is behind its end apart."""

    def __init__(self, bits: int) -> None:
        self._inner = zlib.decompressobj(bits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data if self.eof else self._inner.unconsumed_tail

    def decompress(self, data: bytes, most: int, /) -> bytes:
        return self._inner.decompress(data, most)


class _Members:
    """A format whose members may follow each other: some servers end one with each flush. Each begins with ``magic``; None: none follows.

    Damage never takes whole members in front of it: they are given out first, and the damage is raised with the next bytes. Of a damaged
    member nothing is given out that came with the bytes in which it shows: its checksum says that the text itself is wrong.
    """

    def __init__(self, make: Callable[[], _Inner], magic: bytes | None = b"") -> None:
        self.has_more = False
        self._make = make
        self._magic = magic
        self._inner = make()
        self._left = b""
        self._is_over = False
        self._damage: Exception | None = None

    def decompress(self, data: bytes, /) -> bytes:
        if self._damage:
            raise self._damage
        plain = b""
        self._left += data
        while (self._left or self.has_more) and not self._is_over and len(plain) < LARGEST:
            if self._inner.eof:
                self._follow()
                continue
            try:
                plain += self._piece(LARGEST - len(plain))
            except Exception as damage:  # each library has errors of its own
                if not plain:
                    raise
                self._damage, self.has_more = damage, False
                break
        return plain

    def _piece(self, most: int) -> bytes:
        piece = self._inner.decompress(self._left, most)
        self._left = self._inner.unused_data
        self.has_more = len(piece) == most  # there may be more that waits in the library, even where all was taken
        return piece

    def _follow(self) -> None:
        """Behind a member: another one, or padding and whatever else servers leave there."""
        self.has_more = False
        if self._magic is not None and self._left[: len(self._magic)] == self._magic[: len(self._left)]:
            self._inner = self._make()
        else:
            self._is_over, self._left = True, b""


def _gzip() -> Decoder:
    return _Members(lambda: _Zlib(16 + zlib.MAX_WBITS), b"\x1f\x8b")


class _Deflate:
    """RFC 9110 means zlib's format by it; many servers send the bare one. The first byte tells."""

    def __init__(self) -> None:
        self._inner: Decoder | None = None

    @property
    def has_more(self) -> bool:
        return self._inner is not None and self._inner.has_more

    def decompress(self, data: bytes, /) -> bytes:
        if self._inner is None:
            bits = zlib.MAX_WBITS if data[0] & 15 == zlib.DEFLATED else -zlib.MAX_WBITS
            self._inner = _Members(lambda: _Zlib(bits), None)
        return self._inner.decompress(data)


class _Brotli:
    def __init__(self, module: str) -> None:
        self._inner = importlib.import_module(module).Decompressor()
        self.has_more = False
        if not hasattr(self._inner, "can_accept_more_data"):
            raise ImportError("one that knows no bound unpacks whatever a byte stands for")

    def decompress(self, data: bytes, /) -> bytes:
        plain = bytes(self._inner.process(data, output_buffer_limit=LARGEST))
        # It takes the bound for a hint, and may accept more data (1.2.1) while it still has some to give.
        self.has_more = len(plain) >= LARGEST or not self._inner.can_accept_more_data()
        return plain


def _brotli() -> Decoder:
    try:
        return _Brotli("brotli")
    except ImportError:
        return _Brotli("brotlicffi")


def _zstd() -> Decoder:
    try:
        module = importlib.import_module("compression.zstd")
    except ImportError:
        module = importlib.import_module("backports.zstd")
    return _Members(module.ZstdDecompressor)


class _Plain:
    has_more = False

    def decompress(self, data: bytes, /) -> bytes:
        return data


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "": _Plain,
    "identity": _Plain,
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _Deflate,
    "br": _brotli,
    "zstd": _zstd,
}


def decoder(encoding: str) -> Decoder | None:
    """What turns this `Content-Encoding` into plain bytes, or None when nothing here can: such an answer is passed on as it is,
    unwatched.
    """
    make = _DECODERS.get(encoding.strip().lower())
    try:
        return make() if make else None
    except ImportError:
        return None
