"""Compressed answers. SHELL by its libraries only: gzip and deflate always, br and zstd where their modules are there."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Protocol


class Decoder(Protocol):
    """Takes compressed bytes, gives plain ones."""

    def decompress(self, data: bytes, /) -> bytes: ...


class _Inner(Decoder, Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...


class _Members:
    """A format whose members may follow each other: some servers end one with each flush. Each begins with ``magic``.

    Damage never takes whole members in front of it: they are given out first, and the damage is raised with the next bytes. Of a damaged
    member nothing is given out that came with the bytes in which it shows: its checksum says that the text itself is wrong.
    """

    def __init__(self, make: Callable[[], _Inner], magic: bytes = b"") -> None:
        self._make = make
        self._magic = magic
        self._inner = make()
        self._is_over = False
        self._damage: Exception | None = None

    def decompress(self, data: bytes, /) -> bytes:
        if self._damage:
            raise self._damage
        plain = b""
        while data and not self._is_over:
            if self._inner.eof:
                self._follow(data)
                continue
            try:
                plain += self._inner.decompress(data)
            except Exception as damage:  # each library has errors of its own
                if not plain:
                    raise
                self._damage = damage
                break
            data = self._inner.unused_data
        return plain

    def _follow(self, data: bytes) -> None:
        """Behind a member: another one, or padding and whatever else servers leave there."""
        if data[: len(self._magic)] == self._magic[: len(data)]:
            self._inner = self._make()
        else:
            self._is_over = True


def _gzip() -> Decoder:
    return _Members(lambda: zlib.decompressobj(16 + zlib.MAX_WBITS), b"\x1f\x8b")


class _Deflate:
    """RFC 9110 means zlib's format by it; many servers send the bare one. The first byte tells."""

    def __init__(self) -> None:
        self._inner: Decoder | None = None

    def decompress(self, data: bytes, /) -> bytes:
        if self._inner is None:
            self._inner = zlib.decompressobj(zlib.MAX_WBITS if data[0] & 15 == zlib.DEFLATED else -zlib.MAX_WBITS)
        return self._inner.decompress(data)


class _Brotli:
    def __init__(self, module: str) -> None:
        self._inner = importlib.import_module(module).Decompressor()

    def decompress(self, data: bytes, /) -> bytes:
        return bytes(self._inner.process(data))


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
