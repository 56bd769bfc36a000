"""The page of a job, looked at and used in a real browser."""

import io
from pathlib import Path

import pytest
import trio
from PIL import Image, ImageChops

from tests.app.web.browser import PATIENCE, Tab
from tests.app.web.samples import box
from tests.app.web.standin import StandIn
from tests.waiting import until

pytestmark = pytest.mark.real

JOB = "job-0001"
CENTRE = (640.0, 380.0)
# The middle of the stage, between what lies above and below the model.
STAGE = (340, 100, 940, 640)
COUNT_FRAMES = """window.frames_drawn = 0;
const clear = WebGL2RenderingContext.prototype.clear;
WebGL2RenderingContext.prototype.clear = function (...bits) { window.frames_drawn += 1; clear.apply(this, bits); };"""
SHOWN = "document.body.dataset.phase === 'shown' && getComputedStyle(document.querySelector('canvas')).opacity === '1'"


async def picture(tab: Tab) -> Image.Image:
    """The stage, as it looks now."""
    return Image.open(io.BytesIO(await tab.picture())).convert("RGB").crop(STAGE)


def differs(before: Image.Image, after: Image.Image) -> bool:
    """Whether more than a few pixels changed."""
    changed = ImageChops.difference(before, after).convert("L").point(lambda value: 255 if value > 16 else 0)
    return changed.histogram()[255] > 500


async def settle(tab: Tab) -> Image.Image:
    """Wait until the model stands still."""
    await tab.until(
        "new Promise(done => { const n = window.frames_drawn; setTimeout(() => done(n === window.frames_drawn), 150) })"
    )
    return await picture(tab)


async def show(tab: Tab, world: StandIn, *, still: bool = True) -> None:
    """Open the page of a job that succeeded."""
    await tab.call("Page.addScriptToEvaluateOnNewDocument", source=COUNT_FRAMES)
    await tab.prefer(prefers_reduced_motion="reduce" if still else "no-preference")
    world.model = box().build()
    result = {"triangles": 12, "photos_registered": 6, "simulated": True}
    await tab.goto(world.begin(JOB, state="succeeded", percent=100, result=result))
    await tab.until(SHOWN)


def at_home(tab: Tab, world: StandIn) -> bool:
    """Whether every request went to the server that the page came from."""
    host = world.url.removeprefix("http://")
    own = (f"http://{host}/", f"ws://{host}/", f"blob:{world.url}/", "data:")
    return all(url.startswith(own) for url in tab.requests)


async def test_shows_the_model_and_its_facts(tab: Tab, world: StandIn) -> None:
    """Four colours of the texture are seen; nothing is complained of; nothing comes from elsewhere."""
    await show(tab, world)
    colors = (await picture(tab)).quantize(8).getcolors()
    assert colors is not None
    assert len([amount for amount, _ in colors if amount > 5000]) >= 3
    assert await tab.text("triangles") == "12"
    assert await tab.text("photos") == "6 of 6"
    assert await tab.text("engine") == "simulated"
    assert await tab.evaluate("document.getElementById('simulated').checkVisibility()")
    assert await tab.evaluate("document.getElementById('download').download") == f"{JOB}.glb"
    assert at_home(tab, world)


async def test_saves_the_model(tab: Tab, world: StandIn, tmp_path: Path) -> None:
    """The button saves what is shown, under the job's name, without asking the server again."""
    await show(tab, world)
    asked = len(tab.requests)
    folder = trio.Path(tmp_path)
    await tab.call("Page.setDownloadBehavior", behavior="allow", downloadPath=str(folder))
    await tab.evaluate("document.getElementById('download').click()")
    saved = folder / f"{JOB}.glb"

    async def is_whole() -> bool:
        return await saved.exists() and await saved.read_bytes() == world.model

    await until(is_whole, PATIENCE, "the whole file")
    assert not [url for url in tab.requests[asked:] if not url.startswith("blob:")]


async def test_nothing_is_complained_of(tab: Tab, world: StandIn) -> None:
    """No error, no warning, no violation of the policy, from the queue to the model."""
    await tab.goto(world.begin(JOB))
    world.publish("state", state="running", attempt=1)
    world.model = box(unlit=False).build()
    world.publish("end", state="succeeded", reason=None, result={})
    await tab.until(SHOWN)
    assert tab.problems == []
    assert at_home(tab, world)


async def test_turns_under_the_mouse(tab: Tab, world: StandIn) -> None:
    """A drag, the other button, the wheel and a double click each change the picture; reset brings it back."""
    await show(tab, world)
    first = await settle(tab)
    await tab.drag(CENTRE, (760, 420))
    turned = await settle(tab)
    assert differs(first, turned)
    await tab.drag(CENTRE, (700, 430), button="right")
    moved = await settle(tab)
    assert differs(turned, moved)
    await tab.mouse("mouseWheel", *CENTRE, deltaX=0, deltaY=-300)
    closer = await settle(tab)
    assert differs(moved, closer)
    for count in (1, 2):
        for kind in ("mousePressed", "mouseReleased"):
            await tab.mouse(kind, 620, 420, button="left", clickCount=count)
    assert differs(closer, await settle(tab))
    await tab.evaluate("document.getElementById('reset').click()")
    assert not differs(first, await settle(tab))


async def test_turns_with_the_keyboard(tab: Tab, world: StandIn) -> None:
    """Arrows turn, plus and minus zoom, R resets; only while the model has the focus."""
    await show(tab, world)
    first = await settle(tab)
    await tab.key("ArrowLeft")
    assert not differs(first, await settle(tab))
    await tab.evaluate("document.querySelector('canvas').focus()")
    first = await settle(tab)
    for name in ("ArrowLeft", "ArrowUp", "+"):
        before = await settle(tab)
        await tab.key(name)
        assert differs(before, await settle(tab)), name
    await tab.key("r")
    assert not differs(first, await settle(tab))


async def test_turns_by_itself_until_touched_and_then_rests(tab: Tab, world: StandIn) -> None:
    """Pictures are drawn only while something moves."""
    await show(tab, world, still=False)
    drawn = await tab.evaluate("window.frames_drawn")
    await tab.until(f"window.frames_drawn > {drawn} + 5")
    await tab.drag(CENTRE, (660, 390))
    assert not differs(await settle(tab), await settle(tab))


async def test_survives_the_loss_of_the_graphics_card(tab: Tab, world: StandIn) -> None:
    """What was uploaded is uploaded again."""
    await show(tab, world)
    first = await settle(tab)
    await tab.evaluate(
        "window.card = document.querySelector('canvas').getContext('webgl2').getExtension('WEBGL_lose_context');"
        "window.card.loseContext()"
    )
    await tab.until("document.querySelector('canvas').getContext('webgl2').isContextLost()")
    await tab.evaluate("new Promise(done => setTimeout(() => { window.card.restoreContext(); done() }, 50))")
    await tab.until("!document.querySelector('canvas').getContext('webgl2').isContextLost()")
    assert not differs(first, await settle(tab))


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_follows_the_colour_scheme(tab: Tab, world: StandIn, scheme: str) -> None:
    """The page is as light or dark as the system; texts keep a contrast of 4.5 to 1 on what they stand on."""
    await tab.prefer(prefers_color_scheme=scheme)
    await tab.goto(world.begin(JOB, state="failed", reason="No."))
    await tab.until("document.body.dataset.phase === 'notice'")
    ratios = await tab.evaluate("""(() => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d');
      const luminance = (name) => {
        canvas.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name);
        canvas.fillRect(0, 0, 1, 1);
        const part = (v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(part);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const pairs = ['ink paper', 'ink panel', 'soft paper', 'soft panel', 'soft pool', 'accent panel',
        'on-accent accent', 'on-amber amber', 'soft track'];
      return Object.fromEntries(pairs.map((pair) => {
        const [a, b] = pair.split(' ').map((name) => luminance('--' + name)).sort((x, y) => y - x);
        return [pair, (a + 0.05) / (b + 0.05)];
      }));
    })()""")
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}
    brightness = Image.open(io.BytesIO(await tab.picture())).convert("L").resize((1, 1)).getpixel((0, 0))
    assert isinstance(brightness, int)
    assert (brightness > 128) == (scheme == "light")


async def test_fits_a_phone(tab: Tab, world: StandIn) -> None:
    """Nothing is wider or higher than the screen, and what is pressed is large enough for a finger."""
    await tab.size(390, 844, phone=True, density=2)
    await show(tab, world)
    assert await tab.evaluate(
        "document.documentElement.scrollWidth <= 390 && document.documentElement.scrollHeight <= 844"
    )
    assert await tab.evaluate(
        "[...document.querySelectorAll('button, .button')].filter(b => b.checkVisibility())"
        ".every(b => b.getBoundingClientRect().width >= 44 && b.getBoundingClientRect().height >= 44)"
    )
    assert await tab.evaluate("document.querySelector('canvas').width") == 780


async def test_turns_and_zooms_with_fingers(tab: Tab, world: StandIn) -> None:
    """One finger turns; two that go apart zoom."""
    await tab.size(390, 844, phone=True)
    await show(tab, world)
    box_of_stage = (40, 120, 320, 640)

    async def look() -> Image.Image:
        await settle(tab)
        return Image.open(io.BytesIO(await tab.picture())).convert("RGB").crop(box_of_stage)

    async def touch(kind: str, *points: tuple[int, int]) -> None:
        fingers = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
        await tab.call("Input.dispatchTouchEvent", type=kind, touchPoints=fingers)

    first = await look()
    await touch("touchStart", (200, 400))
    await touch("touchMove", (140, 420))
    await touch("touchEnd")
    turned = await look()
    assert differs(first, turned)
    await touch("touchStart", (190, 400), (210, 400))
    await touch("touchMove", (150, 400), (250, 400))
    await touch("touchEnd")
    assert differs(turned, await look())


async def test_a_browser_without_graphics_can_still_save_the_model(tab: Tab, world: StandIn) -> None:
    """It is told what is missing."""
    await tab.call(
        "Page.addScriptToEvaluateOnNewDocument", source="HTMLCanvasElement.prototype.getContext = () => null"
    )
    world.model = box().build()
    await tab.goto(world.begin(JOB, state="succeeded", result={}))
    await tab.until("document.getElementById('notice-title').textContent.includes('cannot draw in 3D')")
    assert await tab.evaluate("document.getElementById('download').checkVisibility({ visibilityProperty: true })")
