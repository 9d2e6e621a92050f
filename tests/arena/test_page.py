"""The page in a real browser: blind to the end, keys, two windows, hostile text, narrow and wide, readable by machines.

Needs Chromium (Debian: apt-get install chromium) and the packages of the extra `dev`; skipped where they are not.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_arena import CONTESTANTS, Served, served

from bardsmith.records import Message

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

WIDE, PHONE = {"width": 1600, "height": 1000}, {"width": 400, "height": 860}
ROOMS = {"read": ".card", "rate": ".welcome", "ratings": "h1", "live": "textarea"}
SCREENSHOTS = os.environ.get("BARDSMITH_SCREENSHOTS")
"""A folder for pictures of every room, to be looked at; none are taken if it is not given."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    installed = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
    )
    with playwright.sync_playwright() as driver:
        try:
            opened = driver.chromium.launch(executable_path=installed, args=["--no-sandbox"])
        except playwright.Error as error:
            pytest.skip(f"no Chromium here: {str(error).splitlines()[0]}")
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("arena")) as found:
        yield found


@pytest.fixture
def context(browser: Any) -> Iterator[Any]:
    """A visitor of its own, whose windows share what the page remembers; an error on the page fails the test."""
    opened = browser.new_context(viewport=WIDE)
    errors: list[str] = []
    opened.on("weberror", lambda error: errors.append(str(error.error)))
    opened.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    yield opened
    opened.close()
    assert errors == []


@pytest.fixture
def page(context: Any) -> Any:
    return context.new_page()


def begin(page: Any, arena: Served, rater: str, mode: str = "Two at a time", length: int = 12) -> None:
    page.goto(f"{arena.url}/#/rate")
    page.get_by_label("Your name").fill(rater)
    page.get_by_label("How many").fill(str(length))
    page.get_by_text(mode).click()
    page.get_by_role("button", name="Begin").click()
    page.wait_for_selector(".ballot")


def number(page: Any) -> str:
    """Which item is shown, such as `3 of 12`."""
    return str(page.inner_text(".progress span"))


def press(page: Any, key: str) -> None:
    """Presses a key and waits until the page shows something else."""
    before = page.inner_html("#view")
    page.keyboard.press(key)
    page.wait_for_function("before => document.querySelector('#view').innerHTML !== before", arg=before, polling=50)
    page.wait_for_selector("#view > :not([aria-busy])")


def choices(arena: Served, rater: str) -> list[str]:
    return [vote.choice for vote in arena.ballots.votes() if vote.rater == rater]


def names_in(text: str) -> list[str]:
    return [name for name in CONTESTANTS if name in text.lower()]


def test_nothing_names_a_contestant_before_the_session_ends(page: Any, arena: Served) -> None:
    """Neither the document, nor what the page keeps, nor an address, header or body of any request or answer."""
    told: list[str] = []
    page.on("request", lambda request: told.append(f"{request.url} {request.headers} {request.post_data}"))
    page.on("response", lambda answer: told.append(f"{answer.headers} {answer.body().decode('utf-8', 'replace')}"))
    begin(page, arena, "Blind")
    for key in "120xs12012xs":
        told.append(page.content() + page.evaluate("JSON.stringify({...localStorage, ...sessionStorage})"))
        press(page, key)
    assert "That was the last one" in page.inner_text("h1")
    told.append(page.content())
    assert names_in(" ".join(told)) == []
    page.get_by_role("button", name="Show whose they are").click()
    page.wait_for_selector(".revealed")
    assert set(names_in(page.content())) == set(CONTESTANTS)
    assert choices(arena, "Blind") == [
        {"1": "left", "2": "right", "0": "tie", "x": "both bad", "s": "skip"}[key] for key in "120xs12012xs"
    ]


def test_keys_vote_and_undo_and_others_do_not(page: Any, arena: Served) -> None:
    begin(page, arena, "Keys")
    press(page, "ArrowLeft")
    press(page, "ArrowRight")
    press(page, "z")
    assert choices(arena, "Keys") == ["left"]
    assert number(page) == "2 of 12"
    for ignored in ("Control+1", "Alt+2", "q", "5", "Enter"):
        page.keyboard.press(ignored)
    page.evaluate(
        "document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '1', repeat: true, bubbles: true }))"
    )
    time.sleep(0.2)
    assert number(page) == "2 of 12"
    assert choices(arena, "Keys") == ["left"]


def test_the_page_is_used_by_tab_and_enter_alone(page: Any, arena: Served) -> None:
    begin(page, arena, "Tab")
    page.locator("body").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent").startswith("B is better"):
            break
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.progress span').textContent === '2 of 12'")
    assert choices(arena, "Tab") == ["right"]
    assert "2 of 12" in page.inner_text("#status")


def test_the_other_window_is_told_and_nothing_counts_twice(context: Any, arena: Served) -> None:
    one, other = context.new_page(), context.new_page()
    begin(one, arena, "Windows")
    other.goto(f"{arena.url}/#/rate")
    other.wait_for_selector(".ballot")
    assert number(other) == "1 of 12"
    press(one, "1")
    other.bring_to_front()
    press(other, "2")  # of an item that was decided
    assert "already decided" in other.inner_text(".error")
    assert number(other) == "2 of 12"
    press(other, "2")
    assert choices(arena, "Windows") == ["left", "right"]


def test_a_reload_goes_on_where_it_was(page: Any, arena: Served) -> None:
    begin(page, arena, "Reload")
    press(page, "1")
    shown = page.inner_text(".answers")
    page.reload()
    page.wait_for_selector(".ballot")
    assert number(page) == "2 of 12"
    assert page.inner_text(".answers") == shown


def test_a_double_click_is_one_vote(page: Any, arena: Served) -> None:
    begin(page, arena, "Double")
    page.get_by_role("button", name="A is better").dblclick()
    page.wait_for_function("() => document.querySelector('.progress span').textContent !== '1 of 12'")
    page.wait_for_selector("#view > :not([aria-busy])")
    assert len(choices(arena, "Double")) == int(number(page).split()[0]) - 1 <= 2
    assert len({vote.number for vote in arena.ballots.votes() if vote.rater == "Double"}) == len(
        choices(arena, "Double")
    )


def test_scores_from_0_to_5(page: Any, arena: Served) -> None:
    begin(page, arena, "Scores", "0 to 5", length=3)
    assert page.locator(".card").count() == 1
    for key in "50s":
        press(page, key)
    assert choices(arena, "Scores") == ["5", "0", "skip"]


def test_hostile_text_is_shown_as_text(page: Any, arena: Served) -> None:
    prompt = list(arena.stored.prompts)[1]
    page.goto(f"{arena.url}/#/read?prompt={prompt}")
    page.wait_for_selector(".card")
    assert "<script>document.title='broken'</script>" in page.inner_text("article[aria-label=cedar]")
    press(page, "b")
    page.wait_for_selector(".scansion")
    assert page.title() == "bardsmith arena"
    assert page.locator("#view img, #view script").count() == 0


def test_reading_turns_pages_filters_and_links(page: Any, arena: Served) -> None:
    page.goto(arena.url)
    page.wait_for_selector(".card")
    first = page.inner_text("h1")
    press(page, "ArrowRight")
    second, link = page.inner_text("h1"), page.url
    assert second != first
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector(".card")
    assert page.inner_text("h1") == second
    page.locator("label:has-text('Fault') select").select_option("no verse")
    page.locator("label:has-text('Kind') select").select_option("poem")
    assert page.inner_text(".count") == "2 prompts"
    page.get_by_role("checkbox", name="cedar").uncheck()
    assert page.inner_text(".count") == "0 prompts"
    assert page.locator(".card").count() == 2


def test_stanzas_stay_apart_and_beats_are_marked(page: Any, arena: Served) -> None:
    page.goto(arena.url)
    page.wait_for_selector(".card")
    shown = page.inner_text(".card .text").strip()
    prompt = next(iter(arena.stored.prompts))
    assert shown == arena.stored.answers[arena.stored.of(prompt, "alder")[0]].text
    press(page, "b")
    page.wait_for_selector(".scanned")
    assert page.locator(".scanned .strong").count() > 10
    assert re.search(r"rhymes a", page.inner_text(".scansion >> nth=0"))


def test_live_answers_stream_side_by_side(page: Any, arena: Served) -> None:
    page.goto(f"{arena.url}/#/live")
    page.get_by_label("Ask them yourself").fill("Why is the sea salt?")
    page.keyboard.press("Control+Enter")
    page.wait_for_function("() => document.querySelectorAll('.card .poem').length === 3")
    page.wait_for_selector("button:has-text('Stop')", state="hidden")
    assert page.inner_text(".card >> nth=0").splitlines()[-1] == "and so I sing."
    assert choices(arena, "") == []


def test_a_room_that_was_left_does_not_speak_into_the_next(page: Any, arena: Served) -> None:
    """The reading room's answer comes late, when the rater is in the other room already."""
    held: list[Any] = []
    page.route("**/api/prompts", lambda route: held.append(route))
    page.goto(arena.url)
    page.wait_for_function("() => document.querySelector('nav [aria-current]')")
    page.get_by_role("link", name="Rate", exact=True).click()
    page.wait_for_selector(".welcome")
    held[0].continue_()
    page.wait_for_timeout(300)
    assert names_in(page.content()) == []
    assert page.url.endswith("#/rate")


def test_no_request_leaves_the_host(page: Any, arena: Served) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for room, ready in ROOMS.items():
        page.goto(f"{arena.url}/#/{room}")
        page.wait_for_selector(ready)
    assert asked
    assert [url for url in asked if not url.startswith(arena.url + "/")] == []


def test_the_page_is_usable_within_a_second(browser: Any, arena: Served) -> None:
    """From an empty cache to the first answers, where processors are free for it; tried ten times at most."""
    if hasattr(os, "getloadavg") and os.getloadavg()[0] > 2 * (os.cpu_count() or 1):
        pytest.skip("the processors are busy with something else: the bar is for a machine that is not")
    seconds: list[float] = []
    while len(seconds) < 10 and min(seconds, default=9) >= 1:
        fresh = browser.new_context().new_page()
        started = time.monotonic()
        fresh.goto(arena.url)
        fresh.wait_for_selector(".card")
        seconds.append(time.monotonic() - started)
        fresh.context.close()
    assert min(seconds) < 1


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_room_fits_the_window_and_passes_axe(
    browser: Any, arena: Served, size: dict[str, int], scheme: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed").Axe()
    page = browser.new_context(viewport=size, color_scheme=scheme).new_page()

    def look(name: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name
        found = axe.run(page).response["violations"]
        told = [f"{fault['id']}: {node['html']}" for fault in found for node in fault["nodes"]]
        assert told == [], name
        if SCREENSHOTS:
            page.screenshot(path=Path(SCREENSHOTS) / f"{name}-{size['width']}-{scheme}.png")

    for room, ready in ROOMS.items():
        page.goto(f"{arena.url}/#/{room}")
        page.wait_for_selector(ready)
        look(room)
    begin(page, arena, f"Axe {scheme} {size['width']}", length=2)
    look("pairs")
    press(page, "1")
    press(page, "2")
    look("last")
    page.get_by_role("button", name="Show whose they are").click()
    page.wait_for_selector(".revealed")
    look("revealed")
    page.goto(f"{arena.url}/#/ratings")
    page.wait_for_selector("table, .refused")
    look("ratings")
    page.goto(f"{arena.url}/#/read?prompt={list(arena.stored.prompts)[2]}")
    page.wait_for_selector(".card")
    press(page, "b")
    page.wait_for_selector(".scanned")
    look("beats")
    page.context.close()


def test_print_leaves_the_answers_and_nothing_to_press(page: Any, arena: Served) -> None:
    page.goto(arena.url)
    page.wait_for_selector(".card")
    page.emulate_media(media="print")
    assert page.locator("aside, .masthead, .tools, .card button").filter(visible=True).count() == 0
    assert page.locator(".card").filter(visible=True).count() == 3


def test_reading_shows_no_system_prompt_above_all_but_under_each_what_it_was_told(page: Any, tmp_path: Path) -> None:
    system = (Message(role="system", content="Only in verse, please."),)
    with served(tmp_path, prompts=2, contestants=("base", "lora"), system=system) as arena:
        page.goto(arena.url)
        page.wait_for_selector(".card")
        assert page.locator(".asked .system").count() == 0
        told = page.locator(".card .told").all_text_contents()
    assert told == ["Nothing: it was asked the bare question.", "Only in verse, please."]
