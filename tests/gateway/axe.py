"""What axe finds in a page that a browser shows: faults that keep people from using it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.pages import BUILT

if TYPE_CHECKING:
    from tests.browser import Page

AXE = BUILT.parent / "node_modules" / "axe-core" / "axe.min.js"
"""`make screens` fetches it."""
_SERIOUS = (
    "axe.run({resultTypes: ['violations']}).then(({violations}) => violations"
    ".filter((v) => ['serious', 'critical'].includes(v.impact))"
    ".map((v) => [v.id, v.help, v.nodes.slice(0, 3).map((n) => n.html)]))"
)


async def serious(page: Page) -> dict[str, Any]:
    """The serious and critical violations of a page, of those schemes that have any."""
    await page.evaluate(AXE.read_text())
    found = dict[str, Any]()
    for scheme in ("light", "dark"):
        await page.prefer(scheme)
        if violations := await page.evaluate(_SERIOUS):
            found[scheme] = violations
    return found
