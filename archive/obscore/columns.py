"""ALMA's columns that the index takes, and which of them a file must have.

All others of `ivoa.obscore` follow from these (em_resolution, gal_longitude), or are the same in every row.
"""

NEEDED = ("proposal_id", "member_ous_uid", "obs_release_date", "target_name", "s_ra", "s_dec")

# Texts and their longest, in characters
TEXTS = {
    "proposal_id": 24,
    "group_ous_uid": 64,
    "member_ous_uid": 64,
    "asdm_uid": 64,
    "target_name": 256,
    "obs_release_date": 40,
    "lastModified": 40,
    "qa2_passed": 5,
    "is_mosaic": 5,
    "science_observation": 5,
    "dataproduct_type": 16,
    "band_list": 64,
    "pol_states": 64,
    "scan_intent": 1024,
    "antenna_arrays": 10_000,
    "frequency_support": 100_000,
    "s_region": 200_000,
}
OF_MOUS = {"schedblock_name": 128}
PUBLICATIONS = {
    "bib_reference": 20_000,
    "pub_title": 20_000,
    "first_author": 20_000,
    "authors": 100_000,
    "pub_abstract": 100_000,
    "publication_year": 16,
}
OF_PROJECT = {
    "obs_title": 256,
    "pi_userid": 150,
    "obs_creator_name": 256,
    "proposal_authors": 100_000,
    "proposal_abstract": 100_000,
    "scientific_category": 200,
    "science_keyword": 200,
} | PUBLICATIONS
LONGEST = TEXTS | OF_MOUS | OF_PROJECT

# Numbers with the least and the most that each can be
ANY = (float("-inf"), float("inf"))
POSITIVE = (0.0, float("inf"))
DAYS = (-678_575.0, 2_973_483.0)  # MJD of the years 1 to 9999: pages write dates
WAVES = (2.99792458e-5, float("inf"))  # metres, of at most so many GHz as `frequency`
NUMBERS = {
    "s_ra": (0.0, 360.0),
    "s_dec": (-90.0, 90.0),
    "s_fov": (0.0, 360.0),
    "s_resolution": POSITIVE,
    "spatial_resolution": POSITIVE,
    "spatial_scale_max": POSITIVE,
    "t_min": DAYS,
    "t_max": DAYS,
    "t_exptime": POSITIVE,
    "t_resolution": POSITIVE,
    "em_min": WAVES,
    "em_max": WAVES,
    "em_res_power": POSITIVE,
    "frequency": (0.0, 10_000.0),  # GHz: in Hz it would be far more
    "bandwidth": POSITIVE,
    "velocity_resolution": ANY,
    "sensitivity_10kms": POSITIVE,
    "cont_sensitivity_bandwidth": POSITIVE,
    "pwv": POSITIVE,
    "calib_level": (0, 4),
    "em_xel": (0, 2**31 - 1),
    "s_xel1": (0, 2**31 - 1),
    "s_xel2": (0, 2**31 - 1),
    "access_estsize": (0, 2**62),
}
WHOLE = frozenset({"calib_level", "em_xel", "s_xel1", "s_xel2", "access_estsize"})

OBS_ID = "obs_id"  # names the spectral window, and is made of other columns otherwise
USED = frozenset({*LONGEST, *NUMBERS, OBS_ID})
# Hashed into the fingerprint of a row: all that is said of it, but not what is said of its project
OF_ROW = (*TEXTS, *OF_MOUS)

_SPELT = {name.lower(): name for name in USED}


def known(name: str) -> str:
    """The column's own spelling, for a header that may write it in other capitals."""
    return _SPELT.get(name.strip().lower(), name)
