"""The words by which the rules of redaction tell names from other words with a capital, places, jobs and ages. Short lists: they miss things."""

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FEASTS = ("christmas", "easter", "eid", "diwali", "halloween", "ramadan", "hanukkah")

NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
}

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
    "mentor", "warden", "registrar", "clinician", "gp", "youth",
)
"""Words with which a job's name ends."""

RARE = (
    "named doctor", "named nurse", "named gp", "named midwife", "designated doctor", "designated nurse", "virtual school head", "coroner", "lado",
    "consultant paediatrician", "forensic examiner", "forensic psychologist", "sign language interpreter", "hospital chaplain",
    "prison chaplain", "police chaplain", "specialist midwife", "perinatal psychiatrist", "director of children's services", "chief constable",
    "child death review nurse", "gypsy and traveller liaison officer", "traveller liaison officer", "asylum lead", "armed forces lead",
    "independent scrutineer", "principal social worker", "lead member",
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
    excellent useful helpful brilliant nice well new old mum dad mother father nan gran police social health school schools""".split()  # noqa: SIM905  (words are read more easily as words)
)
"""Words that open a sentence and name nobody."""
