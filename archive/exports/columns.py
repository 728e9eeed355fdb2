"""The columns of an export: ALMA's `ivoa.obscore` by name, unit, UCD and utype, and then what this archive adds.

Texts that people wrote are `unicodeChar`: an author's name is not ASCII.  Units are those of real rows, as ALMA sends
them.
"""

from dataclasses import dataclass

TEXT, WORDS, INT, LONG, DOUBLE, FLOAT = "char", "unicodeChar", "int", "long", "double", "float"


@dataclass(frozen=True)
class Column:
    name: str
    datatype: str
    unit: str = ""
    ucd: str = ""
    utype: str = ""
    description: str = ""


ALMA = (
    Column("obs_publisher_did", TEXT, "", "meta.ref.ivoid", "obscore:Curation.PublisherDID"),
    Column("obs_collection", TEXT, "", "meta.id", "obscore:DataID.Collection"),
    Column("facility_name", TEXT, "", "meta.id;instr.tel", "obscore:Provenance.ObsConfig.Facility.name"),
    Column("instrument_name", TEXT, "", "meta.id;instr", "obscore:Provenance.ObsConfig.Instrument.name"),
    Column("obs_id", WORDS, "", "meta.id", "obscore:DataID.observationID"),
    Column("dataproduct_type", TEXT, "", "meta.code.class", "obscore:ObsDataset.dataProductType"),
    Column("calib_level", INT, "", "meta.code;obs.calib", "obscore:ObsDataset.calibLevel"),
    Column("collections", WORDS),
    Column("target_name", WORDS, "", "meta.id;src", "obscore:Target.Name"),
    Column("s_ra", DOUBLE, "deg", "pos.eq.ra", "obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C1"),
    Column(
        "s_dec", DOUBLE, "deg", "pos.eq.dec", "obscore:Char.SpatialAxis.Coverage.Location.Coord.Position2D.Value2.C2"
    ),
    Column(
        "s_fov", DOUBLE, "deg", "phys.angSize;instr.fov", "obscore:Char.SpatialAxis.Coverage.Bounds.Extent.diameter"
    ),
    Column("s_region", TEXT, "", "pos.outline;obs.field", "obscore:Char.SpatialAxis.Coverage.Support.Area"),
    Column("s_xel1", INT, "", "meta.number", "obscore:Char.SpatialAxis.numBins1"),
    Column("s_xel2", INT, "", "meta.number", "obscore:Char.SpatialAxis.numBins2"),
    Column("em_xel", INT, "", "meta.number", "obscore:Char.SpectralAxis.numBins"),
    Column("t_xel", INT, "", "meta.number", "obscore:Char.TimeAxis.numBins"),
    Column("pol_xel", INT, "", "meta.number", "obscore:Char.PolarizationAxis.numBins"),
    Column("s_resolution", DOUBLE, "arcsec", "pos.angResolution", "obscore:Char.SpatialAxis.Resolution.refval.value"),
    Column("t_min", DOUBLE, "d", "time.start;obs.exposure", "obscore:Char.TimeAxis.Coverage.Bounds.Limits.StartTime"),
    Column("t_max", DOUBLE, "d", "time.end;obs.exposure", "obscore:Char.TimeAxis.Coverage.Bounds.Limits.StopTime"),
    Column("t_exptime", DOUBLE, "s", "time.duration;obs.exposure", "obscore:Char.TimeAxis.Coverage.Support.Extent"),
    Column("t_resolution", DOUBLE, "s", "time.resolution", "obscore:Char.TimeAxis.Resolution.refval.value"),
    Column("em_min", DOUBLE, "m", "em.wl;stat.min", "obscore:Char.SpectralAxis.Coverage.Bounds.Limits.LoLimit"),
    Column("em_max", DOUBLE, "m", "em.wl;stat.max", "obscore:Char.SpectralAxis.Coverage.Bounds.Limits.HiLimit"),
    Column("em_res_power", DOUBLE, "", "spect.resolution", "obscore:Char.SpectralAxis.Resolution.ResolPower.refval"),
    Column("pol_states", TEXT, "", "meta.code;phys.polarization", "obscore:Char.PolarizationAxis.stateList"),
    Column("o_ucd", TEXT, "", "meta.ucd", "obscore:Char.ObservableAxis.ucd"),
    Column("access_url", TEXT, "", "meta.ref.url", "obscore:Access.Reference"),
    Column("access_format", TEXT, "", "meta.code.mime", "obscore:Access.Format"),
    Column("access_estsize", LONG, "kbyte", "phys.size;meta.file", "obscore:Access.Size"),
    Column("proposal_id", TEXT, "", "meta.id;obs.proposal", "obscore:Provenance.Proposal.identifier"),
    Column("data_rights", TEXT, "", "meta.code", "obscore:Curation.Rights"),
    Column("gal_longitude", DOUBLE, "deg", "pos.galactic.lon"),
    Column("gal_latitude", DOUBLE, "deg", "pos.galactic.lat"),
    Column("band_list", TEXT),
    Column(
        "em_resolution", DOUBLE, "m", "spect.resolution;stat.mean", "obscore:Char.SpectralAxis.Resolution.refval.value"
    ),
    Column("bandwidth", DOUBLE, "Hz", "em.freq;instr.bandpass", "obscore:Char.SpectralAxis.Coverage.Bounds.Extent"),
    Column("antenna_arrays", TEXT, "", "meta.code.member;instr.setup"),
    Column("is_mosaic", TEXT),
    Column("obs_release_date", TEXT, "", "time.release", "obscore:Curation.releaseDate"),
    Column("spatial_resolution", DOUBLE, "arcsec"),
    Column(
        "frequency_support", TEXT, "GHz", "em.freq;obs;meta.main", "obscore:Char.SpectralAxis.Coverage.Location.support"
    ),
    Column("frequency", DOUBLE, "GHz", "em.freq;obs;meta.main", "obscore:Char.SpectralAxis.Coverage.Location.refval"),
    Column(
        "velocity_resolution",
        DOUBLE,
        "m/s",
        "phys.veloc;spect.resolution",
        "obscore:Char.VelocityAxis.Resolution.refval",
    ),
    Column("obs_creator_name", WORDS, "", "meta.id", "obscore:DataID.Creator"),
    Column("pub_title", WORDS),
    Column("first_author", WORDS),
    Column("authors", WORDS),
    Column("pub_abstract", WORDS),
    Column("publication_year", INT),
    Column("proposal_abstract", WORDS, "", "meta.abstract"),
    Column("schedblock_name", WORDS, "", "meta.code;obs;instr.setup"),
    Column("proposal_authors", WORDS, "", "meta.id.CoI"),
    Column("sensitivity_10kms", DOUBLE, "mJy/beam"),
    Column("cont_sensitivity_bandwidth", DOUBLE, "mJy/beam"),
    Column("pwv", FLOAT, "mm", "obs.atmos.extinction"),
    Column("group_ous_uid", TEXT),
    Column("member_ous_uid", TEXT),
    Column("asdm_uid", TEXT, "", "meta.id"),
    Column("obs_title", WORDS, "", "meta.title;obs", "obscore:DataID.Title"),
    Column("type", TEXT),
    Column("scan_intent", TEXT, "", "meta.code.class;obs"),
    Column("science_observation", TEXT, "", "meta.code.class;obs"),
    Column(
        "spatial_scale_max",
        DOUBLE,
        "arcsec",
        "pos.angResolution;stat.max",
        "obscore:Characterisation.SpatialAxis.Coverage.Bounds.limits.Interval.HiLim",
    ),
    Column("qa2_passed", TEXT, "", "meta.code"),
    Column("bib_reference", WORDS, "", "meta.bib.bibcode", "obscore:Curation.Reference"),
    Column("science_keyword", WORDS),
    Column("scientific_category", WORDS),
    Column("pi_userid", WORDS),
    Column("spectral_resolution", DOUBLE, "kHz"),
    Column("lastModified", TEXT),
)
OWN = (
    Column("qa2", TEXT, ucd="meta.code", description="PASS, SEMIPASS, FAIL or empty; qa2_passed tells not all of them"),
    Column("array", TEXT, ucd="meta.id;instr", description="12m, 7m, TP or empty"),
    Column("calibration", TEXT, ucd="meta.code", description="pipeline, manual or empty"),
    Column("spw", INT, ucd="meta.id", description="virtual id of the spectral window"),
    Column("readable", TEXT, ucd="meta.code", description="T: the data were open to whoever made this file"),
)
COLUMNS = (*ALMA, *OWN)
NAMES = tuple(column.name for column in COLUMNS)
