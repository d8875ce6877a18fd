"""Fill a task's form on its page: what one wants to say, and something for what must be answered besides."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Locator, Page, expect

Wishes = Mapping[str, str | list[str]]
"""Name of a question -> its answer: a value, or the values of a question that takes several."""
ROUNDS = 6
REQUIRED = """
(form) => {
  const names = [];
  const open = (label) => label && !label.querySelector('.nrm-optional');
  for (const one of form.querySelectorAll('[data-nrm-questions] :is(input, select, textarea)[name]')) {
    if (['hidden', 'file'].includes(one.type) || names.includes(one.name)) continue;
    if (one.closest('.nrm-rows') || one.name.startsWith('_')) continue;
    if (one.type === 'radio' || (one.type === 'checkbox' && one.closest('.nrm-choices'))) {
      const all = [...form.querySelectorAll(`[name="${CSS.escape(one.name)}"]`)];
      const legend = one.closest('fieldset').querySelector('legend');
      if (open(legend) && !all.some((other) => other.checked)) names.push(one.name);
    } else if (one.type === 'checkbox') {
      if (!one.checked) names.push(one.name);
    } else if (open(form.querySelector(`label[for="${CSS.escape(one.id)}"]`)) && !one.value) names.push(one.name);
  }
  return names;
}
"""
FOLLOWS = """
async (form) => {
  if (!form.dataset.nrmLive || document.documentElement.dataset.script !== 'on') return null;
  const answer = await fetch(form.dataset.nrmLive, {method: 'POST', body: new FormData(form)});
  return (await answer.text()).match(/name="_shown" value="([^"]*)"/)[1];
}
"""
"""Asks the server, as the page does, which questions follow from what stands in the form."""
INVENTED = "Something invented"


def fill(page: Page, wishes: Wishes) -> None:
    """Say what one wants to say, then answer what is required and still empty: no, the first, a few words."""
    form = page.locator("#the-form")
    said: set[str] = set()
    for _ in range(ROUNDS):
        for name, value in wishes.items():
            if name not in said and named(form, name).count():
                said.add(name)
                say(form, name, value)
        settle(form)
        missing = [name for name in form.evaluate(REQUIRED) if name not in said]
        if not missing:
            break
        for name in missing:
            said.add(name)
            if named(form, name).count():
                say_anything(form, name)
    late = named(form, "_late_reason")
    if late.count():
        late.select_option("workload")


def settle(form: Locator) -> None:
    """Wait until the page shows the questions that follow from the answers."""
    shown = form.evaluate(FOLLOWS)
    if shown is not None:
        expect(form.locator('[data-nrm-questions] > [name="_shown"]')).to_have_value(shown)


def named(form: Locator, name: str) -> Locator:
    """Return the controls of a question."""
    return form.locator(f'[name="{name}"]:not([type="hidden"])')


def say(form: Locator, name: str, value: str | list[str]) -> None:
    """Answer one question."""
    control = named(form, name).first
    if kind_of(control) in ("radio", "checkbox"):
        for one in [value] if isinstance(value, str) else value:
            form.locator(f'[name="{name}"][value="{one}"]').check()
    elif kind_of(control) == "select-one":
        control.select_option(value)
    else:
        control.fill(str(value))


def say_anything(form: Locator, name: str) -> None:
    """Answer a question that one has no wish for."""
    control = named(form, name).first
    kind = kind_of(control)
    if kind in ("radio", "checkbox"):
        no = form.locator(f'[name="{name}"][value="no"]')
        (no if no.count() else control).check()
    elif kind == "select-one":
        control.select_option(index=1)
    elif kind == "date":
        control.fill("2026-05-18")
    elif kind == "datetime-local":
        control.fill("2026-05-18T10:00")
    elif kind == "time":
        control.fill("10:00")
    else:
        control.fill("1" if control.get_attribute("inputmode") else INVENTED)


def kind_of(control: Locator) -> str:
    """Return what kind of control it is, e.g. ``radio`` or ``select-one``."""
    return str(control.evaluate("(one) => one.type"))


def complete(page: Page, wishes: Wishes) -> None:
    """Fill the form and send it, answering what the server asks further, until the task is done."""
    for _ in range(ROUNDS):
        fill(page, wishes)
        with page.expect_navigation():  # a click alone may return while the form before is still shown
            page.get_by_role("button", name="Complete", exact=True).click()
        if re.search(r"/next$|done=completed", page.url):
            return
    raise AssertionError(f"not complete: {page.locator('#errors').all_inner_texts()} at {page.url}")
