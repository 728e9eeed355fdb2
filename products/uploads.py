"""One stream becomes one object: in a single request where it is small, else part by part.

Parts are read one after the other and sent several at a time; each has its CRC-32, which the server holds against what
it got.  An upload that fails takes its parts back; those of a process that was killed are swept.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from queue import SimpleQueue

from products import parts
from products.capabilities import Capabilities
from products.digests import Digesting
from products.sending import Sender, crc_header

ONLY_NEW = {"IfNoneMatch": "*"}
NOW: contextlib.nullcontext = contextlib.nullcontext()  # nobody else has to end first


class Uploading:
    """Of one object, to a server that can do what `can` says.

    `ask` calls the client and says in our words what went wrong.
    """

    def __init__(self, client, ask, sender: Sender, place: dict, *, can: Capabilities,
                 turn: AbstractContextManager = NOW):  # fmt: skip
        self._s3, self._ask, self._sender, self._place, self._can = client, ask, sender, place, can
        self._turn = turn
        self._sent: list[Future] = []

    def put(self, reader: Digesting, planned: parts.Plan) -> None:
        """All of the stream that `reader` reads."""
        free: SimpleQueue = SimpleQueue()
        for buffer in parts.buffers(planned):
            free.put(buffer)
        first = free.get()
        is_whole = first.fill(reader.read) < planned.part_bytes or planned.is_whole
        with self._turn:
            self._whole(reader, first.body) if is_whole else self._parts(reader, planned, first, free)

    def _parts(self, reader: Digesting, planned: parts.Plan, first, free: SimpleQueue) -> None:
        with self._begun() as upload:
            pool = ThreadPoolExecutor(planned.at_once, "part")
            try:
                for number, (buffer, crc32) in enumerate(_cut(reader, first, free, planned.part_bytes), start=1):
                    self._sent.append(pool.submit(self._part, buffer, free, crc32, upload | {"PartNumber": number}))
                    self._require_sent()
                told = [one.result() for one in self._sent]
            finally:
                pool.shutdown(cancel_futures=True)
            new = ONLY_NEW if self._can.upload_conditions else {}
            self._ask(self._s3.complete_multipart_upload, **upload, MultipartUpload={"Parts": told}, **new)

    def _whole(self, reader, body) -> None:
        """A small object with one request."""
        digests, key = reader.digests, self._place["Key"]
        is_new = bool(self._can.conditions)
        if not self._sender.put(key, body, crc32=digests.crc32, sha256=digests.sha256, is_new=is_new):
            told = {"ChecksumCRC32": crc_header(digests.crc32)} | (ONLY_NEW if is_new else {})
            self._ask(self._s3.put_object, **self._place, Body=body, **told)

    @contextlib.contextmanager
    def _begun(self) -> Iterator[dict]:
        begun = self._ask(self._s3.create_multipart_upload, **self._place, ChecksumAlgorithm="CRC32")
        upload = {**self._place, "UploadId": begun["UploadId"]}
        try:
            yield upload
        except BaseException:
            with contextlib.suppress(Exception):  # why it failed is what has to be said
                self._s3.abort_multipart_upload(**upload)
            raise

    def _part(self, buffer, free: SimpleQueue, crc32: int, part: dict) -> dict:
        query = {"partNumber": str(part["PartNumber"]), "uploadId": part["UploadId"]}
        try:
            etag = self._sender.put(part["Key"], buffer.body, crc32=crc32, part=query)
            if not etag:
                told = {"ChecksumCRC32": crc_header(crc32)}
                etag = self._ask(self._s3.upload_part, **part, Body=buffer.body, **told)["ETag"]
        finally:
            free.put(buffer)
        return {"PartNumber": part["PartNumber"], "ETag": etag, "ChecksumCRC32": crc_header(crc32)}

    def _require_sent(self) -> None:
        """One part that cannot be sent ends it before the rest is read."""
        for one in self._sent:
            if one.done():
                one.result()


def _cut(reader: Digesting, buffer, free: SimpleQueue, part_bytes: int) -> Iterator[tuple]:
    """Each part with its CRC-32, the first of which was read; a part that is not full is the last."""
    before = 0
    while buffer.size:
        crc32 = reader.digests.crc32_from(before)
        before += part_bytes
        yield buffer, crc32
        if buffer.size < part_bytes:
            return
        buffer = free.get()
        buffer.fill(reader.read)
