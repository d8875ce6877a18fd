"""A hundred texts that would run a script, or reach another site, wherever a page took them for more than text.

``HIT`` stands for the call that tells of it. Families after the OWASP filter evasion sheet, the mutation series of
DOMPurify's own tests, and what our libraries (diagram, tables, panel) do with text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle

HIT = "HIT"
ELSEWHERE = "hit.invalid"
"""A host that nothing may ever be asked of."""
FAMILIES: dict[str, tuple[str, ...]] = {
    "script": (
        "<script>HIT</script>", '"><script>HIT</script>', "'><script>HIT</script>", "</script><script>HIT</script>",
        "<ScRiPt>HIT</sCrIpT>", "<script src=//hit.invalid/x.js></script>", "<script type=module>HIT</script>",
        "<scr<script>ipt>HIT</scr</script>ipt>", "</title><script>HIT</script>", "</textarea><script>HIT</script>",
        "--><script>HIT</script>", "]]><script>HIT</script>", "<script>HIT//", "<script/x>HIT</script>",
    ),
    "handlers": (
        "<img src=x onerror=HIT>", "<img/src=x/onerror=HIT>", '" autofocus onfocus="HIT', "' onmouseover='HIT",
        "<body onload=HIT>", "<input autofocus onfocus=HIT>", "<details open ontoggle=HIT>",
        "<video src=x onerror=HIT>",
        "<audio src=x onerror=HIT>", "<iframe onload=HIT>", "<select autofocus onfocus=HIT>",
        "<object data=x onerror=HIT>",
        "<div onpointerover=HIT class=ds-card>x</div>", "<style onload=HIT></style>", "<button autofocus onfocus=HIT>x",
        "<x contenteditable autofocus onfocus=HIT>x</x>",
    ),
    "svg": (
        "<svg onload=HIT>", "<svg><script>HIT</script></svg>", "<svg><animate onbegin=HIT attributeName=x dur=1s>",
        '<svg><a xlink:href="javascript:HIT"><text y=20>x</text></a></svg>', "<svg><image href=x onerror=HIT>",
        "<svg><foreignObject><img src=x onerror=HIT></foreignObject></svg>", "<svg/onload=HIT//",
        "<svg><set attributeName=onmouseover to=HIT>", "</text></svg><svg onload=HIT>",
        '<svg><use href="data:image/svg+xml,<svg id=x onload=HIT>#x">',
    ),
    "addresses": (
        "javascript:HIT", "JaVaScRiPt:HIT", "java\tscript:HIT", "&#106;avascript:HIT", "<a href=javascript:HIT>x</a>",
        "<iframe src=javascript:HIT></iframe>", "<form action=javascript:HIT><button>x</button></form>",
        "data:text/html,<script>HIT</script>", "[x](javascript:HIT)", '![x](x"onerror="HIT)',
        "<base href=//hit.invalid/>",
        '<iframe srcdoc="<script>HIT</script>"></iframe>', "<meta http-equiv=refresh content=0;url=javascript:HIT>",
        "<object data=javascript:HIT></object>", "https://hit.invalid/<img src=//hit.invalid/i.png>",
    ),
    "templates": (
        "{{HIT}}", "{{constructor.constructor('HIT')()}}", "${HIT}", "#{HIT}", "<%= HIT %>", "{% print(HIT) %}",
        "{{ config.items() }}HIT", '"+HIT+"', "'-HIT-'", "');HIT//", "*/HIT/*", "\\x3cscript\\x3eHIT\\x3c/script\\x3e",
        "\\u003cscript\\u003eHIT\\u003c/script\\u003e",
    ),
    "mutations": (
        '<noscript><p title="</noscript><img src=x onerror=HIT>">',
        '<svg><p><style><a id="</style><img src=x onerror=HIT>">',
        '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=HIT&gt;">',
        '<form><math><mtext></form><form><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=HIT src=x>">',
        "<listing>&lt;img src=x onerror=HIT&gt;</listing>", "<xmp><img src=x onerror=HIT></xmp>",
        '<math><annotation-xml encoding="text/html"><img src=x onerror=HIT></annotation-xml></math>',
        "<select><style></select><img src=x onerror=HIT>", "<template><img src=x onerror=HIT></template>",
        '<svg><title><![CDATA[</title><img src=x onerror=HIT>]]></svg>',
    ),
    "styles": (
        "<style>*{background:url(//hit.invalid/1)}</style>", "x;background:url(//hit.invalid/2)", "expression(HIT)",
        "</style><style>@import '//hit.invalid/3';</style>", '<div style="background:url(//hit.invalid/4)">x</div>',
        "<link rel=stylesheet href=//hit.invalid/5.css>", "}*{background:url(//hit.invalid/6)}",
    ),
    "signs": (
        "＜script＞HIT＜/script＞", "\u202e<script>HIT</script>", "<\u2028script>HIT</script>",
        "%3Cscript%3EHIT%3C/script%3E",
        "&lt;script&gt;HIT&lt;/script&gt;", "&amp;lt;img src=x onerror=HIT&amp;gt;",
        "+ADw-script+AD4-HIT+ADw-/script+AD4-",
        "<\u017fcript>HIT</\u017fcript>", "\u200b<img src=x onerror\u3000=HIT>",
    ),
    "names": (
        "<form id=document><input name=cookie>HIT", "<a id=trustedTypes><a id=trustedTypes name=createPolicy>HIT",
        "__proto__", "constructor", "<input name=csrf_token value=x>", "<img name=getElementById src=x onerror=HIT>",
    ),
}
TEXTS = tuple(text for family in FAMILIES.values() for text in family)


@dataclass
class Ammunition:
    """Hands out texts in turn, each with a number of its own, and remembers where each went."""

    texts: tuple[str, ...] = TEXTS
    places: list[str] = field(default_factory=list)
    _next: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._next = cycle(self.texts)

    def text(self, place: str) -> str:
        """The next text, for a place."""
        self.places.append(place)
        return f"{len(self.places)} " + next(self._next).replace(HIT, f"nrmHit({len(self.places)})")
