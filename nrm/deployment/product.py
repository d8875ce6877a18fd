"""The product's neutral name and its languages."""

from __future__ import annotations

from dataclasses import dataclass

from nrm.deployment.reading import Item
from nrm.rules.quiet_hours import MailHours


@dataclass(frozen=True, slots=True)
class Product:
    """What is shown of the product. ``name`` stands in tab titles, mail and print: it tells nothing."""

    name: str
    country: str
    languages: tuple[str, ...]
    default_language: str
    backbone: str
    """The process a case is opened with."""
    ask_again_after_days: int
    """So long a recorded *no* is not asked again, unless the person wishes."""
    quick_exit: str
    """Where the quick-exit link leads."""
    mail_hours: MailHours
    """When mail that can wait is sent, in the local time of the reader's agency."""
    calendar_months_ahead: int
    """So many months ahead the movable feasts of every calendar have to be listed."""
    help_line: str = ""
    """A number anybody may call; on the page that the person carries."""


_TELLING = ("traffick", "victim", "rescue", "shelter", "abuse", "exploit", "slave", "trafic", "victim")


def read_product(item: Item) -> Product:
    """Read ``product.yaml``; a name that tells what the product is for is refused."""
    fields = item.fields(
        "name country languages default_language backbone ask_again_after_days quick_exit calendar_months_ahead "
        "digest_at quiet_hours", "help_line",
    )
    name = fields["name"].word()
    if any(word in name.casefold() for word in _TELLING):
        fields["name"].refuse("the name is seen over shoulders and in mail: choose one that tells nothing")
    languages = tuple(language.code() for language in fields["languages"].items())
    exit_to = fields["quick_exit"].word()
    if not exit_to.startswith("https://"):
        fields["quick_exit"].refuse("quick_exit is an https address")
    help_line = fields.get("help_line")
    return Product(
        name=name, country=fields["country"].word(), languages=languages,
        default_language=fields["default_language"].one_of(frozenset(languages), "language"),
        backbone=fields["backbone"].code(), quick_exit=exit_to,
        ask_again_after_days=fields["ask_again_after_days"].integer(1),
        calendar_months_ahead=fields["calendar_months_ahead"].integer(1),
        mail_hours=_mail_hours(fields["digest_at"], fields["quiet_hours"]),
        help_line=help_line.word() if help_line is not None else "",
    )


def _mail_hours(digest_at: Item, quiet_hours: Item) -> MailHours:
    quiet = quiet_hours.fields("from to")
    at, begins, ends = digest_at.clock(), quiet["from"].clock(), quiet["to"].clock()
    try:
        return MailHours(at, begins, ends)
    except ValueError as error:
        quiet_hours.refuse(str(error))
