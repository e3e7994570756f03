"""The words by which the rules of redaction tell names from other words with a capital, places, jobs and ages. Short lists: they miss things."""

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FEASTS = ("christmas", "easter", "eid", "diwali", "halloween", "ramadan", "hanukkah")

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
}

ORDINALS = "first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|thirteenth|fourteenth|fifteenth|sixteenth|eighteenth"

PLACES = {
    "school": "a school", "primary": "a school", "infants": "a school", "infant": "a school", "juniors": "a school", "junior": "a school",
    "academy": "a school", "college": "a college", "university": "a university", "nursery": "a nursery", "preschool": "a nursery",
    "playgroup": "a nursery", "hospital": "a hospital", "infirmary": "a hospital", "clinic": "a clinic", "surgery": "a surgery",
    "practice": "a surgery", "pharmacy": "a pharmacy", "refuge": "a refuge", "hostel": "a hostel", "hotel": "a hotel", "centre": "a centre",
    "church": "a place of worship", "mosque": "a place of worship", "temple": "a place of worship", "synagogue": "a place of worship",
    "park": "a park", "station": "a station", "prison": "a prison", "house": "a building", "hall": "a building", "court": "a building",
    "road": "a street", "street": "a street", "avenue": "a street", "lane": "a street", "close": "a street", "drive": "a street",
    "crescent": "a street", "terrace": "a street", "way": "a street", "estate": "a street", "green": "a street", "gardens": "a street",
    "council": "a council", "trust": "a partner agency", "constabulary": "the police",
}
"""The last word of a place's name, and what to put instead."""

BEFORE_A_PLACE = ("in", "at", "from", "near", "to", "around", "outside", "of")

JOBS = (
    "nurse", "worker", "practitioner", "teacher", "officer", "psychologist", "doctor", "visitor", "midwife", "paediatrician", "consultant",
    "lead", "manager", "therapist", "counsellor", "head", "headteacher", "chaplain", "interpreter", "advocate", "adviser", "advisor", "sergeant",
    "inspector", "constable", "detective", "coordinator", "assistant", "specialist", "psychiatrist", "dentist", "pharmacist", "childminder",
    "mentor", "warden", "registrar", "clinician", "gp", "youth", "senco", "dsl", "neonatologist", "physiotherapist", "paramedic", "dietitian",
    "audiologist", "surgeon", "radiographer", "caretaker", "governor", "technician",
)
"""Words with which a job's name ends."""

RARE = (
    "named doctor", "named nurse", "named gp", "named midwife", "designated doctor", "designated nurse", "virtual school head", "coroner", "lado",
    "consultant paediatrician", "forensic examiner", "forensic psychologist", "sign language interpreter", "hospital chaplain",
    "prison chaplain", "police chaplain", "specialist midwife", "perinatal psychiatrist", "director of children's services", "chief constable",
    "child death review nurse", "gypsy and traveller liaison officer", "traveller liaison officer", "asylum lead", "armed forces lead",
    "independent scrutineer", "principal social worker", "lead member", "medical examiner", "children's guardian", "portage worker",
    "police and crime commissioner", "family liaison officer", "young carers lead", "prevent officer", "prevent lead",
    "child death overview panel manager", "educational psychologist", "speech and language therapist", "military liaison officer",
    "refugee support worker", "vicar", "rabbi", "imam", "curate", "bishop", "paediatric liaison nurse", "consultant neonatologist", "neonatologist",
    "liaison nurse", "child psychiatrist", "community paediatrician", "bereavement midwife", "teenage pregnancy midwife", "fgm midwife", "fgm lead",
    "hospital idva", "custody nurse", "forensic nurse", "youth offending nurse", "family nurse", "lac nurse", "cla nurse", "uasc lead",
    "looked after children nurse", "children in care nurse", "elective home education officer", "children missing education officer",
    "missing children coordinator", "exploitation coordinator", "play therapist", "music therapist", "art therapist", "drama therapist",
    "school chaplain", "army welfare officer", "staff officer", "head of service", "assistant director", "director of nursing",
)
"""Jobs that one or a few people of an area have."""

ALONE = ("only", "sole", "single", "one and only")
"""Before a job these say that nobody else has it."""

PLAIN_CAPITALS = frozenset(
    """i i'm i've i'd i'll english welsh british scottish irish polish romanian urdu arabic ukrainian gdpr nhs gp gps cse cce csa csae fgm dsl dsls
    mash camhs send senco sencos ehcp ehc lado hbv da dv idva iro cpp cin chin eha tac taf s47 section ofsted covid cafcass dbs pc ds dash marac
    prevent ptsd asd adhd team teams zoom word excel sway key stage year child children young person people mum dad mother father nan gran grandma
    grandad sister brother aunt uncle mr mrs ms miss dr head social worker health visitor police designated safeguarding lead early help local
    authority working together keeping safe education multi-agency threshold document brook traffic light graded care profile gcp gcp2 neglect
    tool toolkit strategy professional curiosity voice lived experience daily strengthening families signs safety outcome star""".split()  # noqa: SIM905  (words are read more easily as words)
)
"""Words with a capital inside a sentence that name nobody."""

OPENERS = frozenset(
    """i we it this that these those he she they you my our your his her their its the a an and but or so as at in on of for from with without to
    by if when while where who what how why since because before after during until once then now later next first last today yesterday although
    though however also even just only both each every all some many most more much several few no not never none nobody nothing there here yes
    having being doing using working talking thinking knowing following thank thanks please one two three another other others someone somebody
    everyone everybody anyone people children staff parents families professionals colleagues managers practitioners learning training course
    previously recently sometimes often always usually generally overall despite instead perhaps maybe clearly really very feel felt found made
    gave took used went got had has have was were is are be been do did does can could would should may might will more less better good great
    anyway afterwards beforehand meanwhile nowadays besides moreover furthermore therefore thus hence plus still yet whilst ok okay
    fantastic amazing wonderful superb informative insightful thorough relevant interesting comment feedback quote answer response note example
    excellent useful helpful brilliant nice well new old mum dad mother father nan gran police social health school schools""".split()  # noqa: SIM905  (words are read more easily as words)
)
"""Words that open a sentence and name nobody."""

KIN = ("son", "daughter", "brother", "sister", "sibling", "baby", "twin", "boy", "girl", "child", "mum", "dad", "mother", "father", "nan", "gran",
       "partner", "boyfriend", "girlfriend", "husband", "wife", "uncle", "aunt", "cousin", "stepdad", "stepmum", "pupil", "student", "patient",
       "client")
DONE_TO = ("with", "about", "for", "to", "told", "asked", "met", "saw", "seen", "visited", "helped", "supported", "of", "from", "and")
"""Words after which a name in small letters may stand, when an age or "who" follows it."""

PEOPLE = ("family", "families", "mum", "mums", "mother", "mothers", "dad", "dads", "father", "fathers", "parent", "parents", "child", "children",
          "boy",
          "boys", "girl", "girls", "pupil", "pupils", "student", "students", "man", "men", "woman", "women", "community", "teenager", "teenagers",
          "household", "couple", "carer", "carers", "baby", "siblings", "lad", "patient", "client", "person", "people")
GROUPS = ("polish", "romanian", "lithuanian", "latvian", "bulgarian", "ukrainian", "russian", "albanian", "kosovan", "turkish", "kurdish",
          "syrian", "iraqi",
          "iranian", "afghan", "pakistani", "indian", "bangladeshi", "sri lankan", "tamil", "nepali", "nepalese", "chinese", "vietnamese", "filipino",
          "thai", "somali", "eritrean", "ethiopian", "sudanese", "nigerian", "ghanaian", "congolese", "zimbabwean", "jamaican", "caribbean",
          "black caribbean", "black african", "brazilian", "portuguese", "spanish", "italian", "greek", "hungarian", "slovak", "czech", "roma",
          "romany",
          "gypsy", "traveller", "irish traveller", "showman", "jewish", "orthodox jewish", "muslim", "hindu", "sikh", "jehovah’s witness",
          "jehovah's witness", "plymouth brethren", "mormon", "deaf", "refugee", "asylum-seeking", "asylum seeking", "military", "army")
"""Nationalities, faiths and communities: beside people and a place, few may be meant."""

STREETS = ("road", "street", "avenue", "lane", "close", "crescent", "terrace", "drive", "gardens", "estate", "court")
SCHOOLS = ("primary", "infants", "infant", "juniors", "junior", "academy", "nursery", "preschool", "college", "grammar", "high school", "school")

NO_PLACES = frozenset(
    """a an the this that these those his her my our your their its one two each every any some no another other same local new old special private
    public main busy quiet whole first last next nearest nearby large small rural village town city mainstream state independent primary secondary
    infant junior nursery high middle upper lower early foster care child children children's childs child’s adult further sixth form home and or in
    at of on to from by with for as is was when who which where after before during school schools back side front safe narrow long short country
    dead right wrong hard steep council housing private feeder partner linked own brother's sister's pupil referral alternative provision boarding
    day faith catholic church community our-own between across all both several many few more most different current previous former""".split()  # noqa: SIM905  (words are read more easily as words)
)
"""Words before "school" or "street" that are no part of a name."""

NO_NAMES = frozenset(
    """me us you him her them it this that these those back for out off over up down in into on onto at upon around away again when after because and
    or by to from with without about as if social emergency services service police mash camhs home school daily twice once weekly today tonight
    tomorrow yesterday several many multiple different someone somebody anyone nobody none everyone people person persons individual individuals
    doctor nurse midwife professional contact key safeguarding lead above below perpetrator perpetrators victim abuser child children young parents
    names name so also only just not never always often later then now round together early meeting meetings conference case cases strategy core
    review help support advice concern concerns worries issue issues something anything nothing everything one ones others other another both all
    colleagues staff team teams managers practitioners professionals families friends peers pupils students patients clients residents carers
    siblings babies boys girls men women adults teenagers those whoever work working place places course training tool tools toolkit example
    examples session sessions day days week weeks month months year years time times child's parent guardian foster teenager toddler infant baby
    grown grown-up elder elderly older younger eldest youngest oldest little lad lass chair panel head class reception""".split()  # noqa: SIM905  (words are read more easily as words)
)
"""Words in small letters that stand where a name could."""

PLAIN_ENDS = ("ers", "ors", "ents", "ants", "ists", "ies", "ing", "ly", "tion", "tions", "sion", "sions", "ment", "ments", "ness", "ance", "ence",
              "ity", "ship", "ism")
"""How words end that name nobody."""

OWNERS = frozenset(
    """colleague friend neighbour somebody someone everybody resident user trainer learner grandparent
    victim""".split()  # noqa: SIM905  (words are read more easily as words)
)
"""Words in small letters whose mother or son nobody can be found by."""

NUMBERED = frozenset(
    """level module part section chapter unit slide question week day tier band group table page room ward step phase stage key year grade option
    item point session standard form type""".split()  # noqa: SIM905  (words are read more easily as words)
)
"""Words with a capital after which a number is no age."""

ABBREVIATIONS = frozenset(
    """la sw ssw hv ta it hr uk eu us ok tv ai id qa cp pm am ae ed er ot ep ht fe eh ap ng pe re rse dv da pa ra io
    cpd""".split()  # noqa: SIM905  (words are read more easily as words)
)
"""Two or three capitals that are no initials of a person."""

COMMON_JOBS = frozenset({"social worker", "health visitor", "school nurse", "head teacher", "family support worker", "police officer",
    "class teacher",
                         "youth worker", "support worker", "key worker", "early help worker", "duty worker", "team manager", "safeguarding lead",
                         "duty officer", "allocated worker", "allocated social worker", "lead professional", "community nurse"})
"""Jobs that many have, also where they are named with a place."""
