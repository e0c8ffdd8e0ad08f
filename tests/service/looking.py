"""What a person would see of a page in a browser, asked of the browser itself."""

from typing import Any, NamedTuple

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.real_parts.chromium import Chromium
from tests.real_parts.programs import until

# Text that stands out too little from what is behind it (WCAG 2.1, 1.4.3 Contrast, level AA).
_FAINT = """
const rgb = text => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
  .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const behind = element => {
  for (let one = element; one; one = one.parentElement) {
    const color = getComputedStyle(one).backgroundColor;
    if (color !== 'rgba(0, 0, 0, 0)') return rgb(color);
  }
  return rgb('Canvas');
};
const found = [];
for (const element of document.querySelectorAll('body *')) {
  const own = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
  if (!own || !element.checkVisibility() || element.matches(':disabled')) continue;
  const style = getComputedStyle(element);
  const ink = element instanceof SVGElement ? style.fill : style.color;
  const [one, other] = [light(rgb(ink)), light(behind(element))].sort((a, b) => b - a);
  const size = parseFloat(style.fontSize), bold = style.fontWeight >= 700;
  const needed = size >= 24 || (bold && size >= 18.66) ? 3 : 4.5;
  const ratio = (one + 0.05) / (other + 0.05);
  if (ratio < needed) found.push(`${element.tagName} ${ratio.toFixed(2)} ${element.textContent.trim().slice(0, 40)}`);
}
return found;
"""  # noqa: E501
# Who sticks out of the window to the right, unless it scrolls by itself, or out of its column.
_STICKING_OUT = """
const wide = document.documentElement.clientWidth + 1, found = [];
for (const element of document.querySelectorAll('body *')) {
  if (!element.checkVisibility() || element.closest('pre, .skip, .scroll > table')) continue;
  const head = element.closest('thead');
  if (head && getComputedStyle(head).position === 'absolute') continue;
  const box = element.getBoundingClientRect();
  const among = getComputedStyle(element.parentElement).display;
  const over = /grid|flex/.test(among) && element.clientWidth && !element.matches('input, select, textarea')
    && element.scrollWidth > element.clientWidth + 4;
  if (over || (box.width && box.right > wide)) found.push(`${element.tagName} ${Math.round(box.right)} ${element.textContent.trim().slice(0, 40)}`);
}
return [...(document.documentElement.scrollWidth > wide ? ['the page itself'] : []), ...found];
"""  # noqa: E501
_REACHABLE = """
const stops = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
return [...document.querySelectorAll(stops)]
  .filter(e => e.type !== 'hidden' && !e.disabled && e.checkVisibility())
  .filter(e => e.type !== 'radio' || e.checked).length;
"""
_FOCUSED = """
const e = document.activeElement;
if (!e || e === document.body) return null;
const style = getComputedStyle(e), box = e.getBoundingClientRect();
return {
  tag: e.tagName, name: e.textContent.trim().slice(0, 60) || e.name || e.id,
  outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
  seen: box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.left >= 0,
};
"""
_LOADED = "return performance.getEntriesByType('resource').map(one => one.name)"


class Stop(NamedTuple):
    """Where the focus stood after a press of Tab."""

    tag: str
    name: str
    outlined: bool
    seen: bool


class Look:
    """A look at the page that the browser shows."""

    def __init__(self, chromium: Chromium) -> None:
        self.chromium = chromium
        self.driver = chromium.driver

    def faint(self) -> list[str]:
        """Texts with too little contrast."""
        return self._asked(_FAINT)

    def sticking_out(self) -> list[str]:
        """What is cut off or makes the page scroll sideways."""
        return self._asked(_STICKING_OUT)

    def loaded(self) -> list[str]:
        """What the page fetched beside itself."""
        return self._asked(_LOADED)

    def open_all(self) -> None:
        """Opens everything that can be opened."""
        self.driver.execute_script(
            "document.querySelectorAll('details').forEach(e => e.open = true)"
        )

    def reachable(self) -> int:
        """How many places Tab must stop at; of radio buttons one."""
        return int(self.driver.execute_script(_REACHABLE))

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def walk(self, most: int = 400) -> list[Stop]:
        """Presses Tab from the top until the focus leaves the page."""
        self.driver.execute_script("document.activeElement.blur(); scrollTo(0, 0)")
        stops: list[Stop] = []
        for _ in range(most):
            self.press(Keys.TAB)
            found = self.driver.execute_script(_FOCUSED)
            if found is None:
                break
            stops.append(Stop(**found))
        return stops

    def tab_to(self, name: str, most: int = 100) -> None:
        """Presses Tab until the element of that accessible name has the focus."""
        for _ in range(most):
            self.press(Keys.TAB)
            if self.driver.switch_to.active_element.accessible_name.startswith(name):
                return
        raise AssertionError(f"Tab never came to {name}")

    def wait_for(self, heading: str) -> None:
        """Until the page with that heading stands there."""
        until(lambda: self.heading() == heading, f"the page {heading}", seconds=20)

    def wait_for_words(self, words: str) -> None:
        until(lambda: words in self.words(), words, seconds=20)

    def heading(self) -> str:
        found = self.driver.execute_script("return document.querySelector('h1')?.innerText")
        return str(found)

    def words(self) -> str:
        return str(self.driver.execute_script("return document.body.innerText"))

    def _asked(self, script: str) -> list[str]:
        found: list[Any] = self.driver.execute_script(script)
        return [str(one) for one in found]
