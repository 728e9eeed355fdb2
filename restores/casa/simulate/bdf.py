"""Binary data of an ASDM: one MIME file per scan and spectral window, as the ALMA correlator writes it.

Layout after the ALMA BDF specification (header schema version 2): a header part, then one multipart per integration
with its own header, flags and cross-correlations.  The filler of CASA reads flags only with axes out of
`(BAL )?ANT (BAB )?(SPW )?(POL )?`, and each integration must be closed by the inner boundary.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

POLARIZATIONS = ("XX", "YY")

_OPENING = """\
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="MIME_boundary-1"; type="text/xml"
Content-Description: ALMA Binary Data
Content-Location: {uid}

--MIME_boundary-1
Content-Type: text/xml; charset="UTF-8"
Content-Transfer-Encoding: 8bit
Content-Location: {place}desc.xml

<?xml version="1.0" encoding="UTF-8"?>
<sdmDataHeader byteOrder="Little_Endian" schemaVersion="2" xsi:noNamespaceSchemaLocation="binDataHeader9.xsd" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" \
xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xhtml="http://www.w3.org/1999/xhtml" \
xmlns:xvers="http://aramis.obspm.fr/~alma/xvers" projectPath="{place}" xvers:schemaVersion="0" \
xvers:revision="0.0.96">
<startTime>{start}</startTime>
<dataOID xlink:type="locator" xlink:href="{uid}" xlink:title="ALMA Binary Data"/>
<dimensionality axes="TIM">{integrations}</dimensionality>
<execBlock href="{block_uid}"/>
<numAntenna>{antennas}</numAntenna>
<correlationMode>CROSS_ONLY</correlationMode>
<spectralResolution>FULL_RESOLUTION</spectralResolution>
<processorType>CORRELATOR</processorType>
<dataStruct xsi:type="true" apc="AP_UNCORRECTED">
<baseband name="{baseband}">
<spectralWindow sw="1" swbb="{baseband}" crossPolProducts="{polarizations}" scaleFactor="1" \
numSpectralPoint="{channels}" numBin="1" sideband="LSB"/>
</baseband>
<flags size="{flags}" axes="BAL ANT BAB POL"/>
<crossData size="{numbers}" axes="BAL SPP POL"/>
</dataStruct>
</sdmDataHeader>
"""

_INTEGRATION = """\
--MIME_boundary-1
Content-Type: Multipart/Related; boundary="MIME_boundary-2";type="text/xml"
Content-Description: Data and metadata subset
--MIME_boundary-2
Content-Type: text/xml; charset="UTF-8"
Content-Location: {place}desc.xml

<sdmDataSubsetHeader xmlns:xlink="http://www.w3.org/1999/xlink" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="BinaryCrossData" projectPath="{place}">
<schedulePeriodTime>
<time>{time}</time>
<interval>{interval}</interval>
</schedulePeriodTime>
<dataStruct ref ="true"/>
<flags xlink:href= "{place}flags.bin"/>
<crossData xlink:href= "{place}crossData.bin" type="FLOAT32_TYPE"/>
</sdmDataSubsetHeader>
--MIME_boundary-2
Content-Type: binary/octet-stream
Content-Location: {place}flags.bin

"""

_CROSS = "\n--MIME_boundary-2\nContent-Type: binary/octet-stream\nContent-Location: {place}crossData.bin\n\n"


@dataclass(frozen=True)
class BinaryHeader:
    """What one file says of itself; times in nanoseconds of MJD, `number` the scan."""

    uid: str
    block_uid: str
    number: int
    antennas: int
    baseband: str
    start_ns: int
    interval_ns: int


def write_bdf(path: Path, header: BinaryHeader, times_ns: list[int], data: np.ndarray) -> None:
    """Write `data`, complex64 [time, baseline, channel, polarization]; no data are flagged by the correlator."""
    baselines, channels = data.shape[1:3]
    flags = (baselines + header.antennas) * len(POLARIZATIONS)
    unflagged = np.zeros(flags, "<u4").tobytes()
    place = f"1/{header.number}/1/"
    opening = _OPENING.format(
        uid=header.uid,
        place=place,
        start=header.start_ns,
        integrations=len(times_ns),
        block_uid=header.block_uid,
        antennas=header.antennas,
        baseband=header.baseband,
        polarizations=" ".join(POLARIZATIONS),
        channels=channels,
        flags=flags,
        numbers=baselines * channels * len(POLARIZATIONS) * 2,
    )
    with path.open("wb") as out:
        out.write(opening.encode())
        for number, (time, integration) in enumerate(zip(times_ns, data, strict=True), start=1):
            here = f"{place}{number}/"
            out.write(_INTEGRATION.format(place=here, time=time, interval=header.interval_ns).encode())
            out.write(unflagged)
            out.write(_CROSS.format(place=here).encode())
            out.write(np.ascontiguousarray(integration, "<c8").tobytes())
            out.write(b"\n--MIME_boundary-2--\n")
        out.write(b"--MIME_boundary-1--\n")
