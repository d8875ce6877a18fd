"""Evaluations per second: a condition, a table of twenty rules, and table D-07, beside others in one run.

    python -m bench.decisions            # a minute
    python -m bench.decisions --quick    # a look

All contenders run in one process, in turns: compare ratios, not single numbers. Install ``bkflow-feel`` and
``pySFeel`` to see them; what is not installed is left out.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

from bench.feel_contenders import Contender, Facts, NotAbleError, Work, contenders
from nrm.deployment.paths import shipped

SIMPLE = "contact_missed >= 2"
CONDITION = 'risk_level = "high" and (contact_missed >= 2 or guardian = true)'
SUM = "1 + 2 * contact_missed - 3 / 4"
CHOICE = 'if contact_missed > 2 then "call" else "wait"'
FACTS: Facts = {"risk_level": "high", "contact_missed": 3, "guardian": False}
D_07 = "D-07_risk_level.dmn"
D_07_FACTS: Facts = {
    "risk_base": "medium", "has_cooperated": "no", "district_risk": "below_14", "override_asked": "none",
    "override_decided": "none", "no_contact_year": "no", "housing_stable": "yes", "threats_since_exit": "no",
}


@dataclass
class Result:
    """What one contender did with one thing: microseconds, one number per round; or why it did not."""

    contender: Contender
    micros: list[float] = field(default_factory=list)
    why_not: str = ""


def main() -> None:
    """Measure and print."""
    logging.disable(logging.ERROR)
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=15)
    options.add_argument("--calls", type=int, default=1_000)
    options.add_argument("--quick", action="store_true")
    given = options.parse_args()
    rounds, calls = (3, 100) if given.quick else (given.rounds, given.calls)
    found, missing = contenders()
    print(f"{calls} evaluations per round, {rounds} rounds in turns\n")
    print("| what | who | evaluations/s | microseconds | NRM is |\n|---|---|---|---|---|")
    for what, prepared in things(found).items():
        measure(prepared, rounds, calls)
        print("\n".join(rows(what, [result for result, _ in prepared])))
    for name in missing:
        print(f"\n{name} is not installed and was left out.")


def things(found: list[Contender]) -> dict[str, list[tuple[Result, Work | None]]]:
    """Everything that is measured, prepared for each contender."""
    texts = {"a comparison": SIMPLE, "a condition": CONDITION, "a calculation": SUM, "a choice": CHOICE}
    prepared = {what: [_condition(each, text) for each in found] for what, text in texts.items()}
    prepared["twenty rules"] = [_table(each, twenty_rules(), {"a": 9, "b": "x9"}) for each in found]
    d_07 = next(shipped("bpmn").rglob(D_07), None)
    if d_07 is not None:
        prepared["D-07"] = [_table(each, d_07.read_bytes(), D_07_FACTS) for each in found]
    return prepared


def _condition(contender: Contender, text: str) -> tuple[Result, Work | None]:
    return _checked(contender, lambda: contender.condition(text, FACTS), _expected(text))


def _expected(text: str) -> object:
    return contenders()[0][0].condition(text, FACTS)()


def _table(contender: Contender, xml: bytes, facts: Facts) -> tuple[Result, Work | None]:
    expected = contenders()[0][0].table(xml, facts)()
    return _checked(contender, lambda: contender.table(xml, facts), expected)


def _checked(contender: Contender, prepare: Callable[[], Work], expected: object) -> tuple[Result, Work | None]:
    """A contender counts only where its answer is right."""
    try:
        work = prepare()
        came = work()
    except NotAbleError:
        return Result(contender, why_not="has none"), None
    except Exception as bad:  # noqa: BLE001 - others fail in their own ways; that they fail is the result
        return Result(contender, why_not=f"fails: {type(bad).__name__}"), None
    if came == expected or (isinstance(came, float) and abs(came - float(str(expected))) < 1e-9):
        return Result(contender), work
    return Result(contender, why_not="gives a wrong answer"), None


def measure(prepared: list[tuple[Result, Work | None]], rounds: int, calls: int) -> None:
    """Fill the results, round after round, all in turns."""
    for _ in range(rounds):
        for result, work in prepared:
            if work is None:
                continue
            start = time.perf_counter()
            for _ in range(calls):
                work()
            result.micros.append((time.perf_counter() - start) / calls * 1e6)


def rows(what: str, results: list[Result]) -> list[str]:
    """The lines of the table."""
    ours = median(results[0].micros)
    lines = []
    for result in results:
        if not result.micros:
            lines.append(f"| {what} | {result.contender.name} | {result.why_not} |  |  |")
            continue
        theirs = median(result.micros)
        ratio = "" if result is results[0] else f"{theirs / ours:.1f} x as fast"
        lines.append(f"| {what} | {result.contender.name} | {1e6 / theirs:,.0f} | {theirs:.1f} | {ratio} |")
    return lines


def twenty_rules() -> bytes:
    """A table of two inputs and twenty rules, the tenth of which matches."""
    rules = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>{n}</text></inputEntry>'
        f'<inputEntry id="j{n}"><text>"x{n}"</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>{n * 10}</text></outputEntry></rule>'
        for n in range(20)
    )
    columns = "".join(
        f'<input id="{name}" label="{name}"><inputExpression id="e{name}" typeRef="{of}"><text>{name}</text>'
        "</inputExpression></input>"
        for name, of in (("a", "number"), ("b", "string"))
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="urn:bench">'
        '<decision id="twenty" name="twenty"><decisionTable id="t" hitPolicy="UNIQUE">'
        f'{columns}<output id="out" label="out" name="out" typeRef="number"/>{rules}</decisionTable></decision>'
        "</definitions>"
    ).encode()


if __name__ == "__main__":
    main()
