"""The invented persons the demo's cases are about: names nobody could take for real, and their circumstances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

GIVEN: Mapping[str, tuple[str, ...]] = {
    "male": ("Aro", "Bejan", "Casim", "Dumo", "Eryk", "Farro", "Ghenu", "Ivo", "Jalo", "Kemal", "Luro", "Mihu",
             "Nicu", "Orlo", "Piro", "Radu", "Sami", "Tudo", "Umar", "Vlado", "Yan", "Zaro"),
    "female": ("Amina", "Bela", "Cira", "Dunia", "Elda", "Fana", "Gala", "Hira", "Ilda", "Jora", "Kala", "Lidra",
               "Mirel", "Noa", "Ofra", "Pela", "Rada", "Sefa", "Tala", "Una", "Vera", "Zita"),
}
FAMILY = ("Invented", "Example", "Madeup", "Fictional", "Testperson", "Imagined", "Pretend")
"""Seven names and twenty-two: everybody is called differently up to 154 cases of a sex."""
LANGUAGES: Mapping[str, str] = {
    "ro": "Romanian", "ru": "Russian", "uk": "Ukrainian", "sq": "Albanian", "ar": "Arabic", "bn": "Bengali",
    "fr": "French", "id": "Indonesian", "tl": "Tagalog", "tr": "Turkish", "vi": "Vietnamese", "en": "English",
    "rom": "Romani", "hi": "Hindi",
}
SPOKEN_HERE = ("ro", "ru", "rom")
WISHES = ("To sleep, and then see.", "My papers back.", "That nobody calls my family.", "My wages, all of them.",
          "A room with a key.", "To call home on Sunday.")
GOALS = ("I want to work as a cook and have my own door.", "I want my wages and then go to sea again, with papers.",
         "I want to learn the language and bring my sister.", "I want to go back to school.",
         "I want my workshop back.", "I want quiet, and work that ends at five.", "I want to drive a bus one day.")
NEEDS = ("New identity papers", "A doctor for the back", "Somebody to talk to, once a week", "Help with the wage claim",
         "A course that starts in spring", "Winter clothes and a phone")


@dataclass(frozen=True, slots=True)
class Person:
    """One invented person: what is known of them and what forms say about their circumstances."""

    sex: str
    given: str
    family: str
    language: str
    age: int
    about: Mapping[str, str]

    @property
    def answers(self) -> dict[str, object]:
        """What any form that asks is told of the person."""
        foreign = self.language not in SPOKEN_HERE
        return {
            "chosen_name": self.given, "given_name": self.given, "family_name": self.family, "sex": self.sex,
            "language": self.language, "language_used": self.language, "age_estimate": self.age,
            "interpreter_needed": "yes" if foreign else "no",
        }


def invent_person(rng: Random, number: int, *, sex: str, languages: tuple[str, ...], age: tuple[int, int],
                  about: Mapping[str, str]) -> Person:
    """Invent a person. ``about`` are the story's circumstances: work, work_place, promise, pay …"""
    language = rng.choice(languages)
    names = GIVEN[sex]
    given = names[number * 5 % len(names)]
    circumstances = {
        "name": given, "language": LANGUAGES[language], "nn": str(rng.randrange(10, 99)),
        "n": str(rng.randrange(2, 60)),
        "wish": rng.choice(WISHES), "goal": rng.choice(GOALS), "need": rng.choice(NEEDS), **about,
    }
    family = FAMILY[(number // len(names) + number) % len(FAMILY)]
    return Person(sex, given, family, language, rng.randint(*age), circumstances)
