"""Given names, as far as they tell a woman from a man: a hint for drawing someone known by name alone."""

import re

_WOMEN = """
abigail ada agnes aisha alex alice amelie amy ana andrea angela anja anna anne april ariel astrid audrey ava
beatrice bella beth bianca birgit brigid camille carmen caroline catherine cecile charlotte chloe claire clara
daisy dana daphne deborah diana dolores doris edith eleanor elena elif elin elisabeth elise elizabeth ella ellen
elsa emily emma erin esther eva eve evelyn faith fatima fay felicity fiona fleur flora frances freya gabrielle
gail georgia gemma ginger grace greta gwen hana hannah harriet hazel heather heidi helen helena hope ida ilse
imogen ines ingrid irene iris isabel isla ivy jade jane janet jasmine jean jenny jess jessica jill joan joy
judith julia julie june karen kate katherine kay keira kim laura lauren layla lea leah leila lena lily linda
lisa liv lola lucy lydia mabel mae maeve magda maia mara maren margaret margot maria marie marion marlene mary
matilda maud may meg mei melanie mercy mia michelle mina mira miriam moira molly nadia nancy naomi natalie
nell nina noor nora olga olive olivia ondine orla pearl penelope petra phoebe pia polly priya rachel rebecca
renee rita robin romy rosa rose rosie ruby ruth sally sara sarah selma senna serena signe sigrid silvia simone
sofia sonja sophie stella sue sunniva susan sylvia tamar tess thea tilda tina uma ursula vera veronica victoria
vivian wanda wendy willow xenia yara yasmin yuki yvonne zara zelda zoe
"""
_MEN = """
aaron adam adrian ahmed aidan alan albert aldo alec ali anders andre andrew anton ari arjun arthur asher axel
ben benjamin bill bjorn bob boris brian bruno caleb cal carl carlos charles chen christian christopher cole
conrad craig cyrus damien dan daniel dario david dean dennis diego dirk dominic don duncan dylan ed eddie edgar
edward eli elias elliot emil enzo eric erik ethan ezra fabian felix finn francis frank fred gabriel gareth gary
george gerald gideon giles glen graham greg gus hamish hans harold harry hassan hector henry hiro hugo ian igor
ilya isaac ivan ivo jack jacob jakob jake james jan jasper javier jay jed jeff jens jeremy jim joe joel john
jonah jonas jonathan jordan jorge jose josef joseph joshua juan jules jun kai karl keith ken kenji kevin kofi
kurt kyle lars lee leo leon levi liam linus louis luca lucas luis luke mads magnus malik marc marco marcus mario
mark marlon martin mateo matt matthew max michael miguel mike milo mohammed morgan moses nate nathan ned neil
nicholas nick nico niels nikita noah noel nolan oliver omar orson oscar otto owen pablo pascal patrick paul
pedro percy peter phil pierre quentin rafael raj ralph ramon ravi ray rex richard rob robert roland roman ron
rory ross rowan roy rufus rui russell ryan sam samir samuel santiago saul scott sean sebastian sergei seth simon
sven tariq ted theo thomas tim tobias tom tony tristan victor viktor vincent vito wade walter warren will
william wolf xavier yan yusuf zach zane
"""
_WORDS_TOO = """
april august bill carmen cole dean drew don ella faith felicity flora florence frank gail georgia ginger grace heather
hope iris ivy jack jade jasmine jay joy june lily mads mark may mercy olive pearl penny phil poppy ray rich rob robin
rose ruby scott sue violet wade will willow wolf art rowan ross
"""
_ARE_WOMENS, _ARE_MENS = frozenset(_WOMEN.split()), frozenset(_MEN.split())
_ONLY_NAMES = (_ARE_WOMENS | _ARE_MENS) - frozenset(_WORDS_TOO.split())
"""Without those that a sentence may begin with although nobody is called so, and those of months and places."""


def gender_of_name(name: str) -> bool | None:
    """True for a woman's name, False for a man's, None where it is neither's."""
    for part in name.lower().split():
        if part in _ARE_WOMENS:
            return True
        if part in _ARE_MENS:
            return False
    last = name.lower().rsplit(" ", 1)[-1]
    if last.endswith(("a", "elle", "ette", "lyn")):
        return True
    return False if last.endswith(("o", "us", "os", "ard", "ert", "ick", "ael")) else None


def names_in(text: str) -> tuple[str, ...]:
    """The given names that ``text`` calls people by, each once, in the order they are first called."""
    called = re.findall(r"\b[A-Z][a-z]+\b", text)
    return tuple(dict.fromkeys(name for name in called if name.lower() in _ONLY_NAMES))
