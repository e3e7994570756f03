"""What letters about places say besides their wording, in both languages: the buttons, and sentences that depend on the case."""

from collections.abc import Sequence

from app.booking.rules.happened import ELSEWHERE_TOO, LINK_TOO
from app.booking.rules.policy import Notice
from app.catalogue.rules import Approval
from app.mail.rules.languages import Both

WILL_YOU_COME = Both("Say whether you will come", "Dweud a fyddwch yn dod")
CAN_YOU_STILL = Both("Say whether you can still come", "Dweud a allwch ddod o hyd")
WHO_IS_BOOKED = Both("See who is booked", "Gweld pwy sydd wedi archebu")
COMING_OR_NOT = Both("Say yes or no", "Dweud a ydych yn dod")
AGREE_OR_NOT = Both("Say yes or no", "Cytuno neu wrthod")
TAKE_OR_NOT = Both("Take the place, or say no", "Derbyn y lle, neu ei wrthod")
TAKE_HELD = Both("Take the held place, or say no", "Derbyn y lle a gedwir i chi, neu ei wrthod")
GIVE_BACK = Both("Give my place back", "Rhoi fy lle yn ôl")
NO_GIVE_BACK = Both("No, give my place back", "Na, rhoi fy lle yn ôl")
INTERESTED = Both("I am still interested", "Mae gen i ddiddordeb o hyd")
SEE = Both("See the booking", "Gweld yr archeb")

SEE_GROUP = Both("See your group", "Gweld eich grŵp")
AT_MOST = ("at most {} of them", "{} ohonynt ar y mwyaf")
NONE_OF_THEM = Both("none of them", "dim un ohonynt")

NEWS = {
    None: Both("New time", "Amser newydd"), ELSEWHERE_TOO: Both("New time and place", "Amser a lle newydd"),
    LINK_TOO: Both("New time and address to join", "Amser a chyfeiriad ymuno newydd"),
}
"""What is new, by what changed besides the time."""
ONLY = {ELSEWHERE_TOO: Both("New place", "Lle newydd"), LINK_TOO: Both("New address to join", "Cyfeiriad ymuno newydd")}


def what_is_new(too: str | None, *, times: bool) -> Both | None:
    """What is new of a session, by whether it has another time and what `happened.changed_too` says of its place; none when nothing is."""
    return NEWS[too] if times else ONLY.get(too) if too else None


def all_news(news: Sequence[str | Both]) -> str | Both:
    """What is new by the last of these and those before it, of which nobody was told yet."""
    too = next((too for too, only in ONLY.items() if only in news or NEWS[too] in news), None)
    return what_is_new(too, times=any(one in NEWS.values() for one in news)) or news[-1]


THAN_BEFORE = {
    None: Both("The session has another time than before.", "Mae gan y sesiwn amser gwahanol i’r hyn oedd ganddi."),
    ELSEWHERE_TOO: Both("The session has another time and another place than before.",
                        "Mae gan y sesiwn amser a lle gwahanol i’r hyn oedd ganddi."),
    LINK_TOO: Both("The session has another time and another address to join than before.",
                   "Mae gan y sesiwn amser a chyfeiriad ymuno gwahanol i’r hyn oedd ganddi."),
}

CAN_YOU_COME = Both("Please say whether you can still come. If you cannot, giving your place back does not count as late.",
                    "Dywedwch a allwch ddod o hyd. Os na allwch, nid yw rhoi’ch lle yn ôl yn cyfrif fel hwyr.")
TO_THE_REST = Both("It has begun, so the place stays yours. Please say whether you can come to the rest; if you cannot, send your apologies. That "
                   "costs nothing.",
                   "Mae wedi dechrau, felly chi piau’r lle o hyd. Dywedwch a allwch ddod i’r gweddill; os na allwch, anfonwch eich "
                   "ymddiheuriadau. Nid yw hynny’n costio dim.")

HELD_LONGER = Both("Our letter about it could not leave in time, so the place is held for you for longer.",
                   "Ni allai ein llythyr amdano adael mewn pryd, felly cedwir y lle i chi am fwy o amser.")
MORE_TIME = Both("Our letter about it could not leave in time, so there is more time to answer.",
                 "Ni allai ein llythyr amdano adael mewn pryd, felly mae mwy o amser i ateb.")
NOT_SURE = Both("It is not sure yet that this session takes place. If it cannot, we write to you, and nothing counts against you.",
                "Nid yw’n sicr eto y cynhelir y sesiwn hon. Os na ellir, byddwn yn ysgrifennu atoch, ac ni fydd dim yn cyfrif yn eich erbyn.")
NOT_SURE_UNTIL = ("It is not sure yet that this session takes place; that is decided by {}. If it cannot, we write to you, and nothing counts "
                  "against you.",
                  "Nid yw’n sicr eto y cynhelir y sesiwn hon; penderfynir hynny erbyn {}. Os na ellir, byddwn yn ysgrifennu atoch, ac ni fydd dim yn "
                  "cyfrif yn eich erbyn.")

SOMEBODY = Both("Somebody", "Rhywun")
COLLEAGUE = Both("A colleague", "Cydweithiwr")
COORDINATOR = Both("The coordinator", "Y cydlynydd")
NEXT = Both("next", "nesaf")
AT_THAT_TIME = ("{} (at {})", "{} ({})")
YOU_ASKED = Both("You have asked for a place", "Rydych wedi gofyn am le")
ASKED_FOR_YOU = ("{} has asked for a place for you", "Mae {} wedi gofyn am le i chi")
HAS_ASKED = ("{} has asked for a place", "Mae {} wedi gofyn am le")
HAS_ASKED_FOR = ("{} has asked for a place for {}", "Mae {} wedi gofyn am le i {}")
PUT_ON_LIST = ("{} asked for a place on it for you.", "Gofynnodd {} am le arni i chi.")
WAITED_FOR_COURSE = Both("It runs again, on a new date for those who wait for it. The first of them are offered its places; you come next, in the "
                         "order in which people asked. If this date does not suit you, leave its list: you go on waiting for the others.",
                         "Cynhelir y cwrs eto, ar ddyddiad newydd i’r rhai sy’n aros amdano. Cynigir y lleoedd i’r rhai cyntaf ohonynt; chi sydd "
                         "nesaf, yn y drefn y gofynnodd pobl. Os nad yw’r dyddiad hwn yn gyfleus, gadewch ei restr: byddwch yn dal i aros "
                         "am y lleill.")
ALSO = ("You said that you would take a place whenever one comes free. As you have a place on {}, we ask first. If you take this one, please give "
        "the other back.",
        "Dywedasoch y byddech yn derbyn lle pryd bynnag y daw un yn rhydd. Gan fod gennych le ar {}, rydym yn gofyn yn gyntaf. Os derbyniwch hwn, "
        "rhowch y llall yn ôl.")
ALSO_THEN = ("You said that you would take a place whenever one comes free. As you have a place on {} at the same time, we ask first. If you take "
             "this one, please give the other back.",
             "Dywedasoch y byddech yn derbyn lle pryd bynnag y daw un yn rhydd. Gan fod gennych le ar {} yr un pryd, rydym yn gofyn yn gyntaf. "
             "Os derbyniwch hwn, rhowch y llall yn ôl.")
ALSO_CAME = Both("You said that you would take a place whenever one comes free. As you have had another date of the course since, we ask first.",
                 "Dywedasoch y byddech yn derbyn lle pryd bynnag y daw un yn rhydd. Gan eich bod wedi cael dyddiad arall o’r cwrs ers hynny, rydym "
                 "yn gofyn yn gyntaf.")
BESIDES = ("You have something else at that time: {}. You can have both, but you can only be at one.",
           "Mae gennych rywbeth arall bryd hynny: {}. Gallwch gael y ddau, ond dim ond mewn un y gallwch fod.")
EACH_ALONE = ("{} booked you together with others. Each of you answers alone: if you take the place it is yours, whatever the others say.",
              "Archebodd {} le i chi gydag eraill. Mae pob un ohonoch yn ateb drosoch eich hun: os derbyniwch y lle, chi piau ef, beth bynnag y "
              "mae’r lleill yn ei ddweud.")
NO_TO_THIS_DATE = Both("You said that any date of the course will do. If this one does not suit you, say no: you go on waiting for the other dates.",
                       "Dywedasoch y byddai unrhyw ddyddiad o’r cwrs yn gwneud y tro. Os nad yw hwn yn gyfleus, gwrthodwch ef: byddwch yn dal i aros "
                       "am y dyddiadau eraill.")
WAITS_AGAIN = ("You wait for another date of this course again, where you stood: as any date will do, you are offered the next place that comes free "
               "for you. If you no longer want that, say so on the course’s page: {}",
               "Rydych yn aros am ddyddiad arall o’r cwrs hwn eto, lle’r oeddech o’r blaen: gan y bydd unrhyw ddyddiad yn gwneud y tro, cynigir i "
               "chi y lle nesaf a ddaw’n rhydd i chi. Os nad ydych am hynny mwyach, dywedwch hynny ar dudalen y cwrs: {}")
TOLD_AGAIN = ("You are told again when this course has a new date. If you no longer want that, say so on the course’s page: {}",
              "Cewch wybod eto pan fydd dyddiad newydd i’r cwrs hwn. Os nad ydych am hynny mwyach, dywedwch hynny ar dudalen y cwrs: {}")
HAS_YOUR_PLACE = ("{} has your place now.", "Mae eich lle gan {} bellach.")
GOES_ONCE_AGREED = ("Your place is held for {}, for whom somebody has to agree first. If it is not agreed, we write to you.",
                    "Cedwir eich lle i {}, y mae’n rhaid i rywun gytuno iddo yn gyntaf. Os na chytunir, byddwn yn ysgrifennu atoch.")
NOT_AGREED = Both("It was not agreed.", "Ni chytunwyd i hynny.")
REQUEST_OVER = Both("The request ended before anybody had agreed.", "Daeth y cais i ben cyn i neb gytuno.")
NOBODY_ANSWERED = Both("Nobody answered in time.", "Nid atebodd neb mewn pryd.")
AGREES = {
    Approval.MANAGER: Both("your manager", "eich rheolwr"), Approval.COORDINATOR: Both("the coordinator", "y cydlynydd"),
    Approval.BOTH: Both("your manager, and then the coordinator,", "eich rheolwr, ac yna’r cydlynydd,"),
}
HAS_TO_AGREE = ("Once you have said yes, {} has to agree; the place is held meanwhile.",
                "Ar ôl i chi dderbyn, rhaid i {} gytuno; cedwir y lle yn y cyfamser.")
GOES_TO_NEXT = Both("The place that was held for you goes to the next person.", "Bydd y lle a gadwyd i chi’n mynd i’r person nesaf.")
STILL_AGAIN = Both("If you are still interested, say so and you have your old place on the list again.",
                   "Os oes gennych ddiddordeb o hyd, dywedwch hynny a chewch eich hen le ar y rhestr eto.")
STILL_NEW = Both("If you still want to come, you can join the list again, at its end.",
                 "Os ydych am ddod o hyd, gallwch ymuno â’r rhestr eto, ar ei diwedd.")
GOES_ON = Both("If nobody answers by then, the coordinator decides.",
               "Os na fydd neb yn ateb erbyn hynny, y cydlynydd fydd yn penderfynu.")
GOES_AWAY = Both("If nobody answers by then, the place goes to somebody else.",
                 "Os na fydd neb yn ateb erbyn hynny, bydd y lle’n mynd i rywun arall.")
THEN_COORDINATOR = Both(" After your yes the coordinator decides.", " Ar ôl i chi gytuno, y cydlynydd fydd yn penderfynu.")
OTHER_DATES = ("Other dates of the course: {}", "Dyddiadau eraill y cwrs: {}")
THANKS = {
    Notice.IN_TIME: Both("Thank you for telling us in good time.", "Diolch am roi gwybod i ni mewn da bryd."),
    Notice.EXCUSED: Both("Thank you for telling us. It does not count as late.", "Diolch am roi gwybod i ni. Nid yw’n cyfrif fel hwyr."),
    Notice.LATE: Both("Thank you for telling us. It was after the date by which we ask to know, so it is noted as given back late.",
                      "Diolch am roi gwybod i ni. Roedd hynny ar ôl y dyddiad olaf ar gyfer gwneud hynny, felly nodir i’r lle gael ei roi’n "
                      "ôl yn hwyr."),
}
GIVEN_BACK_BY = ("{} gave it back for you. {}", "Rhoddodd {} ef yn ôl ar eich rhan. {}")
NOT_LATE = Both("It does not count as late.", "Nid yw’n cyfrif fel hwyr.")
COUNTS_LATE = Both("It was after the date by which we ask to know, so it is noted as given back late.",
                   "Roedd hynny ar ôl y dyddiad olaf ar gyfer gwneud hynny, felly nodir i’r lle gael ei roi’n ôl yn hwyr.")
IN_TIME_UNTIL = ("Until {} it does not count as late.", "Tan {} nid yw’n cyfrif fel hwyr.")
IF_YOU_CANNOT = Both("If you cannot come, please give your place back.", "Os na allwch ddod, rhowch eich lle yn ôl.")
PART = Both("part {} of {}", "rhan {} o {}")
LEFT = Both("they have left their agency", "eu bod wedi gadael eu hasiantaeth")
SAYS = ("{} says that {}", "mae {} yn dweud {}")
HELD_LINE = ("{} for {} on {}, {}, held until {}{}", "{} i {} ar {}, {}, wedi’u cadw tan {}{}")
NO_LEAD_LEFT = Both(": nobody there can give them names now", ": ni all neb yno roi enwau arnynt bellach")
CAN_NAME_THEM = Both("You lead the agency too: give them names when you know who comes, or give them back, on the page of your agency.",
                     "Rydych chi hefyd yn arwain yr asiantaeth: rhowch enwau arnynt pan wyddoch pwy sy’n dod, neu rhowch hwy’n ôl, ar dudalen eich "
                     "asiantaeth.")
LEADS_NAME_THEM = Both("Another lead of the agency can give them names, or give them back, and is told as you are.",
                       "Gall arweinydd arall yr asiantaeth roi enwau arnynt, neu eu rhoi’n ôl, ac mae’n cael gwybod fel chi.")
NAME_A_LEAD = Both("Where nobody can give them names, ask the agency who leads it now, so that an administrator gives that person the role of agency "
                   "lead; or release the places on the page of the session, so that others can have them. The desk shows them until then.",
                   "Lle na all neb roi enwau arnynt, gofynnwch i’r asiantaeth pwy sy’n ei harwain bellach, fel y gall gweinyddwr roi rôl arweinydd "
                   "asiantaeth i’r person hwnnw; neu rhyddhewch y lleoedd ar dudalen y sesiwn, fel y gall eraill eu cael. Mae’r ddesg yn eu dangos "
                   "tan hynny.")
LEFT_MEANWHILE = Both("they left while the session was called off", "gadawsant tra oedd y sesiwn wedi’i chanslo")

LATE_BY_NOW = Both("By now it counts as late, unless you tell us of a good reason. Please do it all the same.",
                   "Erbyn hyn mae’n cyfrif fel hwyr, oni bai eich bod yn rhoi rheswm da. Gwnewch hynny er hynny.")
NOT_LATE_FOR_YOU = Both("It does not count as late for you.", "Nid yw’n cyfrif fel hwyr i chi.")
NOT_LATE_WITH_BOTH = Both("It does not count as late as long as you have the other date of the course too, and that is still to come.",
                          "Nid yw’n cyfrif fel hwyr cyhyd â bod dyddiad arall y cwrs gennych hefyd, a hwnnw eto i ddod.")
UNDO_UNTIL = ("You can take it back until {}: ", "Gallwch ei gymryd yn ôl tan {}: ")

NO_DATE = Both("We are sorry for the trouble. You are told when the course runs again if you ask for it on its page.",
               "Mae’n ddrwg gennym am y drafferth. Cewch wybod pan gynhelir y cwrs eto os gofynnwch am hynny ar ei dudalen.")
DID_NOT_ASK_TO_MOVE = Both("They were moved without having asked, and did not agree to the new date.",
                           "Fe’u symudwyd heb ofyn, ac ni chytunasant i’r dyddiad newydd.")
REGISTER_CORRECTED = Both("The register was corrected.", "Cywirwyd y gofrestr.")
LIST_ENDED = Both("Its waiting list has ended with it.", "Mae ei rhestr aros wedi dod i ben gyda hi.")
HELD_FOR_YOU = ("A place is held for you until {} on another date:\n\n> {}\n> {}", "Cedwir lle i chi tan {} ar ddyddiad arall:\n\n> {}\n> {}")
FIRST_ON_LIST = ("You stand at the front of the waiting list of another date, before those who asked in the usual way: {}.",
                 "Rydych ar flaen rhestr aros dyddiad arall, cyn y rhai a ofynnodd yn y ffordd arferol: {}.")
ON_IT_ALREADY = ("You are on another date of the course already: {}.", "Rydych eisoes ar ddyddiad arall o’r cwrs: {}.")
HELD_NO_LONGER = ("Nothing is held for you on another date any more: {}.",
                  "Nid oes dim yn cael ei gadw i chi ar ddyddiad arall mwyach: {}.")
ONE_OF_SEVERAL = ("> {}\n> {}\n\n{}\n\n",) * 2
REST_CANCELLED = Both("The rest is cancelled", "Mae’r gweddill wedi’i ganslo")
ONE_GIVEN = ("> {}\n> {}\n\n",) * 2
GAP = Both("\n\n", "\n\n")
ALWAYS_LEADS = Both("The address to join always leads to the present meeting, also when it is changed the night before.",
                    "Mae’r cyfeiriad ymuno bob amser yn arwain at y cyfarfod cyfredol, hyd yn oed os caiff ei newid y noson gynt.")

HELD_UNTIL_THEN = Both("The day has come until which they were held.", "Mae’r dyddiad y cadwyd hwy hyd ato wedi dod.")
RELEASED_BY = ("{} has released them.", "Mae {} wedi eu rhyddhau.")
