"""What doctors are specialists in. Codes are SNOMED CT's, of the value set that FHIR R4 names c80-practice-codes."""

SYSTEM = "http://snomed.info/sct"

SPECIALTIES = {
    "394814009": "General practice",
    "394577000": "Anaesthetics",
    "394579002": "Cardiology",
    "394582007": "Dermatology",
    "394583002": "Endocrinology",
    "394584008": "Gastroenterology",
    "394585009": "Obstetrics and gynaecology",
    "394587001": "Psychiatry",
    "394589003": "Nephrology",
    "394591006": "Neurology",
    "394593009": "Medical oncology",
    "394594003": "Ophthalmology",
    "394602003": "Rehabilitation",
    "394609007": "General surgery",
    "394612005": "Urology",
    "394801008": "Trauma and orthopaedics",
    "394802001": "General medicine",
    "394810000": "Rheumatology",
    "394913002": "Psychotherapy",
    "394537008": "Paediatrics",
    "394604002": "Ear, nose and throat surgery",
    "418112009": "Pulmonary medicine",
    "722138006": "Physiotherapy",
}
"""Names of ours, by code."""
