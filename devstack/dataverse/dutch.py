"""The words that made-up people are made of."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


MEN = _words("""
    Jan Pieter Willem Daan Sem Lucas Bram Thijs Ruben Joris Maarten Kees Henk Dirk Mohammed
    Youssef Sjoerd Jasper Niels Bas Wouter Koen Tim Özgür René
""")
WOMEN = _words("""
    Sanne Emma Julia Anna Lotte Fleur Marieke Ingrid Femke Nienke Esther Wilma Truus Fatima
    Aïcha Noor Roos Iris Eline Carolien Anouk Lieke Zoë Chloé Margriet
""")
NAMES = _words("""
    Jansen Bakker Visser Smit Meijer Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra
    Smits Postma Kuipers Hoekstra Koster Prins Huisman Postema Scholten Willems Wolters
    Yilmaz Kaya O'Brien Müller Jansen-Pietersen
""")
INFIXED = _words("""
    Berg Dijk Vries Boer Groot Meer Linden Heuvel Broek Brink Velde Wal Haar Jong Bosch Laan
    Horst Ven Veen Beek
""")
STREETS = _words("""
    Dorpsstraat Kerkstraat Molenweg Stationsplein Julianalaan Beatrixstraat Schoolstraat
    Prinsengracht Nieuwstraat Hoofdweg Lindelaan Beukenlaan Marktplein Havenkade Parkweg
""")
INFIXES = ("van", "de", "van der", "van den", "van de", "ten", "ter", "in 't")
TOWNS = (
    ("Zoetermeer", 27, "079"),
    ("Rotterdam", 30, "010"),
    ("Amsterdam", 10, "020"),
    ("Utrecht", 35, "030"),
    ("Groningen", 97, "050"),
    ("Eindhoven", 56, "040"),
    ("Arnhem", 68, "026"),
    ("Maastricht", 62, "043"),
    ("'s-Hertogenbosch", 52, "073"),
    ("Leeuwarden", 89, "058"),
)
JOBS = ("Inkoper", "Directeur", "Marketeer", "Controller", "Adviseur", "Projectleider", None)
DOMAINS = ("example.nl", "voorbeeld.example.nl", "mail.example.org", "example.com")
KINDS = ("Bouw", "Techniek", "Zorg", "Logistiek", "Advies", "Catering", "Media", "Energie")
FOREIGN = ("+32 470 12 34 {}", "+49 151 234567{}", "+44 7700 9001{}", "+1 202-555-01{}")
