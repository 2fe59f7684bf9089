"""One pass over a text file, without any parser: its encoding, line ends and number of rows."""

import codecs
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha1
from pathlib import Path
from typing import IO

import numpy as np

from engagement.errors import UsageError

CHUNK_BYTES = 1 << 24
QUOTE, LF, CR = ord('"'), ord("\n"), ord("\r")
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class TextFile:
    """What the bytes of a text file say.

    `rows` are its lines that are not empty; between quotes there are no line ends. `line_ends` are
    the kinds found: LF, CR LF, CR.
    """

    rows: int
    line_ends: frozenset[str]
    has_bom: bool


def look_at(path: Path, delimiter: str | None = None) -> TextFile:
    """Reads a text file from beginning to end.

    Args:
        path: The file; a name that ends in .gz is uncompressed.
        delimiter: What separates values that may be in quotes; None if quotes mean nothing.

    Raises:
        UsageError: It is not UTF-8, holds a NUL byte or a quote inside a value, or is no whole gzip
            file.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, rows, has_bom = 1, _Rows(delimiter), False
    for place, chunk in enumerate(chunks_of(path)):
        if place == 0:
            if chunk.startswith(UTF_16):
                raise UsageError(f"{path} is UTF-16, not UTF-8: save it as UTF-8.")
            has_bom = chunk.startswith(codecs.BOM_UTF8)
            chunk = chunk.removeprefix(codecs.BOM_UTF8)
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as error:
            line = lines + error.object[: error.start].count(b"\n")
            raise UsageError(f"{path}, line {line} is not UTF-8: save the file as UTF-8.") from None
        if b"\0" in chunk:
            line = lines + chunk[: chunk.index(b"\0")].count(b"\n")
            raise UsageError(
                f"{path}, line {line} holds a NUL byte, which no text has: write the file again."
            )
        stray = rows.add(chunk)
        if stray is not None:
            line = lines + chunk[:stray].count(b"\n")
            raise UsageError(
                f"{path}, line {line} has a quote inside a value: put the value in quotes, and"
                ' write "" for a quote.'
            )
        lines += chunk.count(b"\n")
    return TextFile(rows.count(), frozenset(rows.line_ends), has_bom)


def opened(path: Path) -> IO[bytes]:
    """The bytes of a file, uncompressed."""
    return gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb")  # type: ignore[return-value]


def copy_of(path: Path, scratch: Path, chunks: Iterable[bytes]) -> Path:
    """Writes a copy of a file, whose place in a folder tells it from others of its name."""
    scratch.mkdir(parents=True, exist_ok=True)
    place = sha1(str(path).encode(), usedforsecurity=False).hexdigest()[:12]
    copy = scratch / f"{place}-{path.name.removesuffix('.gz')}"
    with copy.open("wb") as target:
        target.writelines(chunks)
    return copy


def chunks_of(path: Path) -> Iterator[bytes]:
    """The bytes of a file; no chunk ends within CR LF or beside a quote, but the last."""
    try:
        with opened(path) as file:
            while chunk := file.read(CHUNK_BYTES):
                while chunk.endswith((b"\r", b'"')) and (following := file.read(1)):
                    chunk += following
                yield chunk
    except (EOFError, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is no whole gzip file: write it again.") from error


class _Rows:
    """Counts the rows of a file that comes in chunks."""

    def __init__(self, delimiter: str | None) -> None:
        self.line_ends: set[str] = set()
        self._delimiter = ord(delimiter) if delimiter else None
        self._is_within_quotes = False
        self._ended = 0
        self._last = LF

    def count(self) -> int:
        """The rows so far, the last without a line end, too."""
        return self._ended + (self._last not in (LF, CR) or self._is_within_quotes)

    def add(self, chunk: bytes) -> int | None:
        """Counts one more chunk; the place of a quote inside a value, None without one."""
        content = np.frombuffer(chunk, dtype=np.uint8)
        is_end = (content == LF) | (content == CR)
        stray = None
        if self._delimiter is not None and (self._is_within_quotes or b'"' in chunk):
            is_quote = content == QUOTE
            quotes = np.cumsum(is_quote, dtype=np.int64) + self._is_within_quotes
            is_end &= quotes % 2 == 0
            stray = self._stray(content, is_quote.nonzero()[0])
            self._is_within_quotes = bool(quotes[-1] % 2)
        (ends,) = is_end.nonzero()
        self._note_line_ends(content, ends)
        # A row ends where a line end follows something else.
        before = _shifted(content, self._last)[ends]
        was_end = np.concatenate([[self._last in (LF, CR)], is_end[:-1]])[ends]
        self._ended += int(((before != LF) & (before != CR) | ~was_end).sum())
        self._last = int(content[-1])
        return stray

    def _stray(self, content: np.ndarray, places: np.ndarray) -> int | None:
        """The first quote that opens or closes a value anywhere but at its beginning or end."""
        around = np.array([self._delimiter or QUOTE, LF, CR, QUOTE])
        before = _shifted(content, self._last)[places]
        after = _shifted(content[::-1], LF)[::-1][places]
        opens = np.arange(len(places)) % 2 == int(self._is_within_quotes)
        is_stray = np.where(opens, ~np.isin(before, around), ~np.isin(after, around))
        return int(places[is_stray.argmax()]) if is_stray.any() else None

    def _note_line_ends(self, content: np.ndarray, ends: np.ndarray) -> None:
        kinds = content[ends]
        is_lf, is_cr = kinds == LF, kinds == CR
        before = _shifted(content, 0)[ends]
        after = _shifted(content[::-1], 0)[::-1][ends]
        kinds_found = {
            "CR LF": (is_cr & (after == LF)).any(),
            "CR": (is_cr & (after != LF)).any(),
            "LF": (is_lf & (before != CR)).any(),
        }
        self.line_ends |= {kind for kind, is_there in kinds_found.items() if is_there}


def _shifted(content: np.ndarray, first: int) -> np.ndarray:
    """(n,) bytes: what stands before each byte; `first` before the first."""
    return np.concatenate([np.array([first], dtype=np.uint8), content[:-1]])
