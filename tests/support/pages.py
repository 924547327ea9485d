"""What tests of pages do with one that is open in a browser."""

DRAWN = """async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (let y = 0; y < document.body.scrollHeight; y += innerHeight) { scrollTo(0, y); await frame(); }
    const shown = (box) => box.checkVisibility() && box.getBoundingClientRect().height;
    const said = (box) => box.textContent.includes("not beside this page");
    const made = (box) => box.matches(".chart") ? box.chart : box.cy || said(box);
    const boxes = [...document.querySelectorAll(".chart, [data-graph]")].filter(shown);
    for (let left = 300; left && !boxes.every(made); left--) await frame();
    scrollTo(0, 0);
    await frame();
}"""


def drawn(page):
    """Scroll through the page, so that what is drawn when it is seen is drawn, and wait until it is."""
    page.evaluate(DRAWN)


RUN = """async () => {
    const found = await axe.run(document, {preload: false, resultTypes: ['violations']});
    return found.violations.map(({id, nodes: [first, ...more]}) => [id, more.length, first.html, first.failureSummary]);
}"""


def violations(page, axe):
    page.evaluate(axe)
    return page.evaluate(RUN)
