"""Rows of ObsCore as ALMA writes them, in files: one source in one spectral window; a test changes what it is about."""

import csv

import polars as pl

MOUS = "uid://A001/X3621/X541"
GROUP = "uid://A001/X3621/X540"
CODE = "2023.1.00101.S"
ROW = {
    "proposal_id": CODE,
    "obs_id": f"{MOUS}.source.NGC1052.spw.25",
    "member_ous_uid": MOUS,
    "group_ous_uid": GROUP,
    "asdm_uid": "uid://A002/X10ac6bc/Xc391",
    "target_name": "NGC1052",
    "calib_level": "2",
    "s_ra": "40.26999",
    "s_dec": "-8.25576",
    "s_fov": "0.0071",
    "s_region": "Circle ICRS 40.269990 -8.255760 0.003556",
    "em_min": "0.0013000403",
    "em_max": "0.0013007454",
    "em_res_power": "236000.0",
    "frequency": "230.538",
    "bandwidth": "125000000.0",
    "band_list": "6",
    "pol_states": "/XX/YY/",
    "antenna_arrays": "A001:DA41 A002:DV01",
    "frequency_support": "[230.48..230.60GHz,976.56kHz,3.2mJy/beam@10km/s,110uJy/beam@native, XX YY]",
    "scan_intent": "TARGET",
    "schedblock_name": "NGC1052_a_06_TM1",
    "obs_title": "Molecular gas in NGC 1052",
    "pi_userid": "vega",
    "obs_creator_name": "Véga, Ana",
    "qa2_passed": "T",
    "obs_release_date": "2025-01-31T00:00:00.000",
    "lastModified": "2024-02-01T10:00:00.000",
}


def row(spw=25, **changes):
    wave = {"em_min": f"{0.0013 + spw * 1e-7:.9f}", "em_max": f"{0.001301 + spw * 1e-7:.9f}"}
    return ROW | {"obs_id": f"{MOUS}.source.NGC1052.spw.{spw}"} | wave | changes


def of_mous(number, spw=25, **changes):
    """A row of another MOUS of the project."""
    uid = f"uid://A001/X3621/X{number:x}"
    named = {
        "member_ous_uid": uid,
        "group_ous_uid": f"uid://A001/X3622/X{number:x}",
        "asdm_uid": f"uid://A002/X9/X{number:x}",
    }
    return row(spw, **named | {"obs_id": f"{uid}.source.NGC1052.spw.{spw}"} | changes)


def write_csv(path, rows, columns=None):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns or list(rows[0]), extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_parquet(path, rows):
    numbers = [name for name in rows[0] if name[:2] in {"s_", "em"} and name != "s_region"] + ["frequency", "bandwidth"]
    pl.DataFrame(rows).with_columns(
        pl.col(numbers).cast(pl.Float64), pl.col("calib_level").cast(pl.Int64)
    ).write_parquet(path)
    return path


def votable(rows, *, status="OK"):
    """The text of a VOTable as a TAP service answers."""
    fields = "".join(f'<FIELD name="{name}" datatype="char" arraysize="*"/>' for name in rows[0])
    cells = "".join(f"<TR>{''.join(f'<TD>{value}</TD>' for value in each.values())}</TR>" for each in rows)
    more = f'<INFO name="QUERY_STATUS" value="{status}"/>' if status != "OK" else ""
    return (
        '<?xml version="1.0"?><VOTABLE version="1.3" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">'
        f'<RESOURCE type="results"><INFO name="QUERY_STATUS" value="OK"/><TABLE>{fields}<DATA><TABLEDATA>{cells}'
        f"</TABLEDATA></DATA></TABLE>{more}</RESOURCE></VOTABLE>"
    )


def write_votable(path, rows):
    path.write_text(votable(rows), encoding="utf-8")
    return path
