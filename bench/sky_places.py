"""Where ALMA looks, in what, and who asks: the committed tables that `bench/sky_world.py` draws from.

Popular fields and targets are real ones, with the share of projects that goes there roughly as in the archive; band
shares, bandwidths, categories and keywords are those of some 3000 real projects.
"""

# name, ra, dec (ICRS degrees), spread in degrees, weight among projects on popular fields
FIELDS = (
    ("COSMOS", 150.119, 2.206, 0.55, 16), ("GOODS-S", 53.12, -27.80, 0.12, 14), ("HUDF", 53.162, -27.791, 0.03, 8),
    ("UDS", 34.4, -5.2, 0.3, 6), ("SSA22", 334.39, 0.27, 0.1, 4), ("ECDFS", 53.1, -27.8, 0.25, 4),
    ("Orion KL", 83.809, -5.372, 0.02, 8), ("OMC-2", 83.86, -5.1, 0.15, 6), ("ONC", 83.82, -5.39, 0.1, 6),
    ("Sgr A*", 266.4168, -29.0078, 0.01, 8), ("Sgr B2", 266.835, -28.385, 0.03, 6), ("CMZ", 266.4, -29.0, 0.6, 6),
    ("Taurus", 67.0, 26.5, 2.5, 9), ("Lupus", 239.5, -36.0, 3.0, 7), ("Ophiuchus", 246.7, -24.4, 0.8, 10),
    ("Chamaeleon I", 167.0, -77.0, 1.2, 4), ("Upper Sco", 243.0, -21.5, 5.0, 5), ("Perseus", 52.3, 31.3, 1.0, 8),
    ("Serpens", 277.5, 1.2, 0.4, 5), ("Corona Australis", 285.4, -36.9, 0.3, 2), ("30 Dor", 84.676, -69.1, 0.12, 6),
    ("LMC", 80.0, -68.5, 2.0, 3), ("SMC", 13.2, -72.8, 1.0, 3), ("Virgo", 187.7, 12.4, 4.0, 6),
    ("Fornax", 54.6, -35.4, 1.5, 4), ("Carina", 161.2, -59.7, 0.4, 3), ("W43", 281.9, -2.0, 0.1, 3),
    ("W51", 290.92, 14.51, 0.05, 3), ("NGC 6334", 260.2, -35.8, 0.2, 3), ("NGC 253", 11.888, -25.288, 0.04, 5),
    ("Abell 2744", 3.58, -30.39, 0.04, 3), ("Abell S1063", 342.18, -44.53, 0.03, 2), ("SPT deep", 352.5, -55.0, 3.0, 4),
    ("H-ATLAS G09", 135.0, 0.5, 4.0, 4), ("H-ATLAS G15", 217.5, 0.5, 4.0, 3), ("AKARI NEP", 90.0, -66.5, 0.6, 1),
    ("South pole field", 40.0, -89.6, 0.4, 1), ("RA zero field", 0.02, -1.5, 0.4, 2),
)  # fmt: skip
# Single targets that many projects come back to
TARGETS = (
    ("TW Hya", 165.4662, -34.7047), ("HL Tau", 67.9102, 18.2327), ("HD 163296", 269.0887, -21.9562),
    ("HD 142527", 239.1745, -42.3232), ("AS 209", 252.3135, -14.3694), ("IM Lup", 239.0383, -37.9349),
    ("GM Aur", 73.7957, 30.3662), ("MWC 480", 74.6927, 29.8436), ("PDS 70", 212.0421, -41.3980),
    ("HD 100546", 173.3560, -70.1948), ("HD 97048", 167.0137, -77.6549), ("Elias 2-27", 246.6882, -24.3867),
    ("IRAS 16293-2422", 248.0937, -24.4756), ("L1527 IRS", 69.9743, 26.0528), ("B335", 294.2537, 7.5693),
    ("L1448 IRS 3B", 51.4013, 30.7547), ("NGC 1333 IRAS 4A", 52.2939, 31.2255), ("HH 212", 85.9642, -1.0480),
    ("HH 211", 55.9872, 32.0129), ("BHR 71", 180.4017, -65.1478), ("VLA 1623", 246.6100, -24.4083),
    ("Beta Pictoris", 86.8212, -51.0665), ("Fomalhaut", 344.4127, -29.6222), ("49 Ceti", 23.6575, -15.6764),
    ("R Doradus", 69.1900, -62.0773), ("W Hydrae", 207.2583, -28.3676), ("IRC +10216", 146.9892, 13.2788),
    ("VY CMa", 110.7430, -25.7676), ("Mira", 34.8366, -2.9776), ("Betelgeuse", 88.7929, 7.4071),
    ("Eta Carinae", 161.2648, -59.6845), ("SN 1987A", 83.8667, -69.2697), ("Proxima Centauri", 217.4289, -62.6795),
    ("M83", 204.2538, -29.8658), ("M87", 187.7059, 12.3911), ("M51", 202.4696, 47.1952), ("NGC 1068", 40.6696, -0.0133),
    ("NGC 1097", 41.5794, -30.2749), ("NGC 1365", 53.4015, -36.1404), ("NGC 1052", 40.2700, -8.2558),
    ("NGC 3504", 165.7966, 27.9724), ("NGC 3256", 156.9636, -43.9037), ("NGC 4945", 196.3645, -49.4682),
    ("NGC 4418", 186.7276, -0.8776), ("NGC 6240", 253.2454, 2.4009), ("NGC 7469", 345.8151, 8.8739),
    ("Arp 220", 233.7384, 23.5032), ("Centaurus A", 201.3651, -43.0191), ("Circinus", 213.2914, -65.3392),
    ("Antennae", 180.4717, -18.8772), ("Cloverleaf", 213.9427, 11.4954), ("SDP.81", 135.7987, 0.6525),
    ("SDP.9", 136.9012, -0.6722), ("SPT0418-47", 64.6650, -47.8820), ("SPT0311-58", 47.8875, -58.3927),
    ("MACS J0416.1-2403", 64.0381, -24.0675), ("El Gordo", 15.7188, -49.2495), ("3C 273", 187.2779, 2.0524),
    ("PKS 1830-211", 278.4162, -21.0611), ("BRI 1202-0725", 181.3465, -7.7092), ("CR7", 150.2417, 1.8042),
    ("Himiko", 34.4899, -5.1459), ("A1689-zD1", 197.8749, -1.3221), ("WISE J224607.57-052635.0", 341.5315, -5.4431),
)  # fmt: skip
# Quasars that calibrate; bandpass calibrators are the first of them, everywhere in the archive
CALIBRATORS = (
    (65.8158, -1.3425), (291.2127, -29.2417), (187.2779, 2.0524), (194.0465, -5.7893), (201.3651, -43.0191),
    (83.1625, 21.1425), (338.1517, 11.7308), (79.9572, -45.7789), (277.1900, -17.0000), (343.4906, 16.1482),
    (234.4100, -27.5000), (53.0917, -36.4500), (29.9900, -27.8700), (149.6200, 2.1000), (248.8146, 38.1346),
    (155.7000, -45.4000), (309.2500, -31.0000), (24.4221, 33.1597), (129.7000, -8.6000), (97.7500, -19.9900),
)  # fmt: skip
# band: share of projects, limits in GHz, rest frequencies in GHz that tunings are set to
BANDS = {
    1: (0.2, 35.0, 50.0, (36.392, 42.879, 45.379, 48.991)),
    3: (26.7, 84.0, 116.0, (86.243, 86.754, 88.632, 89.188, 93.174, 97.981, 98.5, 109.782, 110.201, 115.271)),
    4: (5.9, 125.0, 163.0, (130.269, 137.6, 140.840, 145.603, 146.969, 150.498)),
    5: (2.3, 163.0, 211.0, (170.323, 177.261, 178.375, 183.310, 203.4)),
    6: (38.6, 211.0, 275.0, (217.105, 218.222, 219.560, 220.399, 226.875, 230.538, 230.538, 230.538, 231.322, 233.0,
                             241.791, 244.936, 260.518, 265.886, 267.558)),
    7: (20.4, 275.0, 373.0, (279.512, 293.912, 330.588, 342.883, 343.5, 345.796, 345.796, 345.796, 349.4, 354.505,
                             356.734, 372.421)),
    8: (3.8, 385.0, 500.0, (406.0, 461.041, 492.161)),
    9: (1.7, 602.0, 720.0, (661.067, 672.0, 691.473)),
    10: (0.4, 787.0, 950.0, (806.652, 809.342, 880.9)),
}  # fmt: skip
# GHz, share, channels
WINDOWS = (
    (1.875, 0.46, 480), (1.875, 0.06, 3840), (2.0, 0.14, 128), (0.9375, 0.07, 960), (0.46875, 0.07, 960),
    (0.234375, 0.07, 960), (0.1171875, 0.06, 480), (0.05859375, 0.07, 480),
)  # fmt: skip
# year, share of projects, middle of its observing season as MJD
YEARS = (
    (2011, 3, 56050), (2012, 5, 56600), (2013, 8, 57100), (2015, 11, 57500), (2016, 12, 57860), (2017, 11, 58220),
    (2018, 11, 58590), (2019, 10, 59100), (2021, 9, 59690), (2022, 8, 60050), (2023, 6, 60420), (2024, 4, 60790),
    (2025, 3, 61150),
)  # fmt: skip
# category: share, keywords; one project has one or two of them
CATEGORIES = {
    "ISM and star formation": (32, (
        "Low-mass star formation", "High-mass star formation", "Astrochemistry", "Outflows, jets and ionized winds",
        "Inter-Stellar Medium (ISM)/Molecular clouds", "Pre-stellar cores, Infra-Red Dark Clouds (IRDC)",
        "Magellanic Clouds", "HII regions", "Photon-Dominated Regions (PDR)/X-Ray Dominated Regions (XDR)")),
    "Active galaxies": (23, (
        "Active Galactic Nuclei (AGN)/Quasars (QSO)", "High-z Active Galactic Nuclei (AGN)", "Outflows, jets, feedback",
        "Starbursts, star formation", "Galactic centres/nuclei", "Starburst galaxies", "Sub-mm Galaxies (SMG)",
        "Merging and interacting galaxies")),
    "Disks and planet formation": (17, (
        "Disks around low-mass stars", "Debris disks", "Disks around high-mass stars", "Exo-planets")),
    "Galaxy evolution": (15, (
        "Galaxy structure & evolution", "Sub-mm Galaxies (SMG)", "Lyman Break Galaxies (LBG)", "Gravitational lenses",
        "Lyman Alpha Emitters/Blobs (LAE/LAB)", "Surveys of galaxies", "Early-type galaxies",
        "Luminous and Ultra-Luminous Infra-Red Galaxies (LIRG & ULIRG)")),
    "Stars and stellar evolution": (5, (
        "Asymptotic Giant Branch (AGB) stars", "Post-AGB stars", "Evolved stars - Shaping/physical structure",
        "Evolved stars - Chemistry", "Hypergiants", "Supernovae (SN) ejecta", "Transients", "Black holes")),
    "Local Universe": (3, (
        "Spiral galaxies", "Giant Molecular Clouds (GMC) properties", "Dwarf/metal-poor galaxies")),
    "Cosmology": (3, (
        "Damped Lyman Alpha (DLA) systems", "Galaxy groups and clusters", "Galaxy Clusters",
        "Gamma Ray Bursts (GRB)")),
    "Solar system": (2, (
        "Solar system - Planetary atmospheres", "Solar system - Comets",
        "Solar system - Trans-Neptunian Objects (TNOs)", "Solar system - Asteroids")),
}  # fmt: skip
SURNAMES = (
    "Alvarez", "Aoki", "Bauer", "Bianchi", "Bosman", "Brown", "Carrasco", "Chen", "Cortes", "Dubois", "Egami",
    "Fischer", "Fuentes", "Garay", "Gonzalez", "Hales", "Hirota", "Huang", "Ikeda", "Jansen", "Jimenez", "Johnson",
    "Kawabe", "Keller", "Kim", "Kohno", "Larsen", "Leroy", "Lopez", "Maiolino", "Martin", "Mendez", "Miller",
    "Moreau", "Nagai", "Nakamura", "Nguyen", "Novak", "Ohashi", "Olofsson", "Perez", "Qiu", "Rivera", "Rossi",
    "Saito", "Sakamoto", "Schmidt", "Silva", "Smith", "Sorensen", "Tanaka", "Torres", "Umehata", "van_Dishoeck",
    "Vidal", "Vlemmings", "Wang", "Watanabe", "Weber", "Wilson", "Yamada", "Zhang", "Ziegler",
)  # fmt: skip
FORENAMES = (
    "Ada", "Akira", "Amelia", "Ana", "Andrea", "Antonio", "Beatriz", "Carlos", "Catherine", "Chiara", "Daniel",
    "David", "Diego", "Elena", "Emma", "Eva", "Fabian", "Felix", "Francisca", "Gabriel", "Hannah", "Hiroshi", "Ines",
    "Isabel", "Ivan", "Jan", "Jorge", "Julia", "Karin", "Kenji", "Laura", "Lei", "Lucia", "Luis", "Maria", "Marta",
    "Mei", "Miguel", "Naoko", "Nicolas", "Olga", "Oscar", "Paula", "Pedro", "Rafael", "Sara", "Sofia", "Takeshi",
    "Thomas", "Yuki",
)  # fmt: skip
