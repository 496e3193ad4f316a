"""What doctors are specialists in. Codes are SNOMED CT's, of the value set that FHIR R4 names c80-practice-codes."""

SYSTEM = "http://snomed.info/sct"

GROUPS = {
    "General": {
        "394814009": "General practice",
        "394802001": "General medicine",
        "394537008": "Paediatrics",
    },
    "Inner organs": {
        "394579002": "Cardiology",
        "394583002": "Endocrinology",
        "394584008": "Gastroenterology",
        "394593009": "Medical oncology",
        "394589003": "Nephrology",
        "418112009": "Pulmonary medicine",
        "394810000": "Rheumatology",
        "394612005": "Urology",
    },
    "Mind and nerves": {
        "394591006": "Neurology",
        "394587001": "Psychiatry",
        "394913002": "Psychotherapy",
    },
    "Skin, eyes, ears": {
        "394582007": "Dermatology",
        "394604002": "Ear, nose and throat surgery",
        "394594003": "Ophthalmology",
    },
    "Surgery and birth": {
        "394577000": "Anaesthetics",
        "394609007": "General surgery",
        "394585009": "Obstetrics and gynaecology",
        "394801008": "Trauma and orthopaedics",
    },
    "Moving again": {
        "722138006": "Physiotherapy",
        "394602003": "Rehabilitation",
    },
}
"""Names of ours by code, as doctors choose from them."""
SPECIALTIES = {code: name for group in GROUPS.values() for code, name in group.items()}
