"""What could identify somebody is found by simple rules, with where it stands and what could stand instead."""

from itertools import pairwise

import pytest

from app.evidence.rules.redaction import candidates, flags, put_instead, segments

TEXT = ("I used the tool with Jayden, who is 9, after a call from Hill Lane Primary. As the only deaf CAMHS nurse in the area I often work alone. "
        "It helped me say what I was seeing, and the referral was accepted first time.")


def found(text, names=(), places=()):
    return [(flag.words, flag.kind) for flag in flags(text, names, places)]


def test_the_example_of_the_page_has_its_four_marks():
    assert found(TEXT) == [("Jayden", "name"), ("9", "age"), ("Hill Lane Primary", "place"), ("deaf CAMHS nurse", "job")]


def test_each_mark_stands_where_its_words_stand():
    for flag in flags(TEXT):
        assert TEXT[flag.start:flag.end] == flag.words
    assert "".join(words for words, _number in segments(TEXT, flags(TEXT))) == TEXT
    assert [number for _words, number in segments(TEXT, flags(TEXT)) if number] == [1, 2, 3, 4]


def test_what_is_put_instead_reads_as_a_sentence():
    marks = flags(TEXT)
    assert put_instead(TEXT, marks, [mark.instead for mark in marks]).startswith(
        "I used the tool with a child, who is of primary age, after a call from a school. As a practitioner in the area I often work alone.")


def test_where_nothing_is_typed_the_words_stay():
    marks = flags(TEXT)
    assert put_instead(TEXT, marks, ["", "", "", ""]) == TEXT
    assert "Jayden" not in put_instead(TEXT, marks, ["a boy", "", " ", ""])


@pytest.mark.parametrize(("text", "words", "kind"), [
    ("Kayla was upset when we met.", "Kayla", "name"),
    ("We spoke to Mr Okafor about it.", "Okafor", "name"),
    ("Her sister amina yusuf came too.", "amina yusuf", "name"),
    ("I told O'Connor at once.", "O'Connor", "name"),
    ("The boy is 14, and talks to me.", "14", "age"),
    ("It was a nine-year-old girl.", "nine-year-old", "age"),
    ("A baby of 6 weeks old was there.", "6 weeks old", "age"),
    ("We met on 3 March 2026.", "3 March 2026", "date"),
    ("We met on 03/03/26 at noon.", "03/03/26", "date"),
    ("On Tuesday she told me.", "Tuesday", "date"),
    ("It was in December.", "December", "date"),
    ("It happened in 2019 already.", "2019", "date"),
    ("She was seen at St Mary's Hospital.", "St Mary's Hospital", "place"),
    ("The family lives in Huntingdon.", "Huntingdon", "place"),
    ("They moved to 12 Mill Road last year.", "12 Mill Road", "contact"),
    ("I rang 07700 900123 twice.", "07700 900123", "contact"),
    ("I wrote to a.b@example.org.", "a.b@example.org", "contact"),
    ("Their postcode is CB1 2AB.", "CB1 2AB", "contact"),
    ("I asked the named doctor.", "named doctor", "job"),
    ("I am the only school nurse here.", "school nurse", "job"),
    ("The police of Harbour Constabulary came.", "Harbour Constabulary", "place"),
])
def test_it_is_found(text, words, kind):
    assert (words, kind) in found(text, {"amina", "yusuf"})


@pytest.mark.parametrize("text", [
    "I have not had a chance to use it yet.", "We now record the child's lived experience in every supervision.",
    "Using the tool helped. It was good. Thank you.", "The DSL and the GP agreed, and MASH accepted the referral.",
    "I may use it, and I will march on.", "We saw 14 families and made 3 referrals.", "",
])
def test_plain_words_are_left_alone(text):
    assert found(text) == []


def test_people_who_are_known_here_are_found_at_the_beginning_of_a_sentence_too():
    assert found("Grace, bless her.") == []
    assert found("Grace, bless her.", {"grace"}) == [("Grace", "name")]


def test_a_plain_word_that_opens_a_sentence_is_a_name_only_where_it_acts_like_one():
    assert found("Two of my team use it.", {"two"}) == []
    assert found("Will told me at once.", {"will"}) == [("Will", "name")]


def test_a_known_name_that_is_a_plain_word_is_no_name_in_small_letters():
    assert found("I will say it.", {"will"}) == []
    assert found("It is a rose.", {"rose"}) == []


def test_agencies_that_are_known_here_are_places_whatever_their_capitals():
    assert found("I rang harbour care and waited.", (), {"Harbour Care"}) == [("harbour care", "place")]


def test_no_two_marks_overlap():
    text = "Dr Sarah Smith, the only named nurse of Hill Lane Primary School, was 40 on Tuesday 3 March 2026 in Cambridge, CB1 2AB."
    marks = flags(text, {"sarah", "smith"})
    assert all(left.end <= right.start for left, right in pairwise(marks))


def test_the_words_to_look_up_are_in_small_letters_without_a_possessive():
    assert candidates("Jayden's mum, O'Neill") >= {"jayden", "mum", "o'neill"}


def test_an_age_before_a_noun_keeps_the_sentence_whole():
    text = "a 7-year-old boy"
    marks = flags(text)
    assert put_instead(text, marks, [mark.instead for mark in marks]) == "a primary-age boy"


@pytest.mark.parametrize(("text", "words", "kind"), [
    ("i used it with jayden who is 9", "jayden", "name"),
    ("There is a boy called kai in my class.", "kai", "name"),
    ("her name is amelia rose and she is shy", "amelia rose", "name"),
    ("The mum, named precious, rang us.", "precious", "name"),
    ("I spoke to her son tyler, 12, at home.", "tyler", "name"),
    ("we met demi. she is nine and lives with nan", "demi", "name"),
    ("I supported leon aged fourteen through it.", "leon", "name"),
    ("Grace rang me.", "Grace", "name"),
    ("Kofi refused to talk.", "Kofi", "name"),
    ("Child J told me.", "J", "name"),
    ("He is in year 4 now.", "year 4", "age"),
    ("a Year Six pupil told us", "Year Six", "age"),
    ("It was on his 13th birthday.", "13th birthday", "age"),
    ("just before her tenth birthday", "tenth birthday", "age"),
    ("three siblings aged 4, 6 and 9", "aged 4, 6 and 9", "age"),
    ("children aged between five and seven", "aged between five and seven", "age"),
    ("The girl (11) said so.", "(11)", "age"),
    ("They live on mill road.", "mill road", "place"),
    ("a house off station terrace", "station terrace", "place"),
    ("He goes to hill lane primary.", "hill lane primary", "place"),
    ("she moved to st marys infants", "st marys infants", "place"),
    ("St Mary's asked us to come.", "St Mary's", "place"),
    ("a Somali family in Wisbech", "Somali family", "group"),
    ("a Somali family in Wisbech", "Wisbech", "place"),
    ("the only traveller family here", "traveller family", "group"),
    ("a polish speaking mum", "polish speaking mum", "group"),
    ("The family is Eritrean.", "Eritrean", "group"),
    ("I am the family liaison officer.", "family liaison officer", "job"),
    ("I asked the speech and language therapist.", "speech and language therapist", "job"),
])
def test_it_is_found_as_people_type_it(text, words, kind):
    assert (words, kind) in found(text)


@pytest.mark.parametrize("text", [
    "I called the police and they called back.", "We called for help and called in a colleague.", "The named person was told.",
    "I shared it with colleagues who were new.", "I told parents who asked about it.", "We met families and children of all kinds.",
    "She went to school and walked home on the main road.", "He moved to a new primary school in the village.",
    "It is used in the nursery and at our local primary.", "Training helped me. Supervision improved. Attendance increased.",
    "It took a year. In the first year we met often.", "My son and I talked.", "They said so to staff who had asked.",
    "I use it for people who are worried.", "I spoke to the child who was there.", "The school asked for help.",
])
def test_plain_words_as_people_type_them_are_left_alone(text):
    assert found(text) == []


@pytest.mark.parametrize(("text", "words", "kind"), [
    ("Kayleigh (13) told us about it.", "Kayleigh", "name"),
    ("Kayleigh, a Year 9 pupil, told us.", "Kayleigh", "name"),
    ("Leila. She was eight.", "Leila", "name"),
    ("Kai, Mia and Noah were seen.", "Kai", "name"),
    ("Ahmed & his brother came.", "Ahmed", "name"),
    ("Ahmed, 9, was much calmer.", "Ahmed", "name"),
    ("Jade – the eldest – spoke up.", "Jade", "name"),
    ("It went well. Tariq, who had run away, came back.", "Tariq", "name"),
    ('Emily:"I feel safe now"', "Emily", "name"),
    ("Mia 6 and Noah 8 were placed together.", "Mia", "name"),
    ("Mia 6 and Noah 8 were placed together.", "6", "age"),
    ("Two boys, 7 and 9, were placed.", "7 and 9", "age"),
    ("She is 17 and pregnant.", "17", "age"),
    ("17 and pregnant", "17", "age"),
    ("le15 6qs", "le15 6qs", "contact"),
    ("They live at cb1 2ab now.", "cb1 2ab", "contact"),
    ("flat 3, mill road", "flat 3", "contact"),
    ("flat 3, mill road", "mill road", "place"),
    ("I went to 12 mill road.", "mill road", "place"),
    ("JS and KW were seen.", "JS", "name"),
    ("JS and KW were seen.", "KW", "name"),
    ("J.S. told me.", "J.S.", "name"),
    ("We saw TB's mum.", "TB", "name"),
    ("kayleigh's mum told me", "kayleigh", "name"),
    ("I'm the paediatric liaison nurse for Rutland.", "paediatric liaison nurse", "job"),
    ("I am the perinatal link nurse for Rutland.", "perinatal link nurse", "job"),
    ("I am the school's only SENCO.", "SENCO", "job"),
    ("I asked the consultant neonatologist.", "consultant neonatologist", "job"),
    ("I asked the lead for children in care at LPT.", "lead for children in care", "job"),
    ("her instagram kayleigh.07 says so", "instagram kayleigh.07", "contact"),
    ("It was @kayleigh_07 who wrote.", "@kayleigh_07", "contact"),
    ("case number 123456", "case number 123456", "contact"),
    ("reg AB12 CDE", "reg AB12 CDE", "contact"),
    ("His car is AB12 CDE.", "AB12 CDE", "contact"),
    ("st marys primary", "st marys primary", "place"),
    ("the kids on Eastfield estate", "Eastfield estate", "place"),
])
def test_the_commonest_forms_are_found_where_a_sentence_begins_and_in_small_letters_too(text, words, kind):
    assert (words, kind) in found(text)


@pytest.mark.parametrize("text", [
    "Anyway, my team and I use it. Afterwards, the parents asked for more.", "Fantastic. She was a great trainer.", "Module 1 and Module 2 were good.",
    "Level 3 and above.", "The GP and the HV were there.", "LA and MASH were told.", "My colleague's son told me.", "The child's mum was there.",
    "The trainer's mum came.", "Form b1 2nd edition is used.", "We are the lead for this and the lead for it.", "I rang the social worker for Early Help.",
    "We have 7 and 9 places.", "We made 5 referrals and 17 visits.", "He drove along the main road.", "Primary school was hard. Our school helped.",
    "Feedback: “it was good”.", "Neglect, a topic of ours, was covered.", "Supervision – the best part – was short.", "We met at 9 and left.",
    "Safeguarding, Prevent and Early Help were covered.", "Slides, handouts and the quiz were useful.", "The case was opened in week 12.",
    "I use facebook and instagram at work.", "The ref is in the file.", "It took 20 minutes and a form.", "Is it OK? It was.", "Confidence, 9 of 10, was high.",
])
def test_plain_words_in_those_forms_are_left_alone(text):
    assert found(text) == []
