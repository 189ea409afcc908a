"""Compressed answers. SHELL by its libraries only: gzip and deflate always, br and zstd where their modules are there."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Protocol


class Decoder(Protocol):
    """Takes compressed bytes, gives plain ones."""

    def decompress(self, data: bytes, /) -> bytes: ...


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
    for module in ("compression.zstd", "backports.zstd"):
        try:
            decoder: Decoder = importlib.import_module(module).ZstdDecompressor()
        except ImportError:
            continue
        return decoder
    raise ImportError("zstd")


class _Plain:
    def decompress(self, data: bytes, /) -> bytes:
        return data


_DECODERS: dict[str, Callable[[], Decoder]] = {
    "": _Plain,
    "identity": _Plain,
    "gzip": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    "x-gzip": lambda: zlib.decompressobj(16 + zlib.MAX_WBITS),
    "deflate": zlib.decompressobj,
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
