"""Reading a page as a browser, a screen reader and a strict policy would."""

from html.parser import HTMLParser
from itertools import pairwise

VOID = {"meta", "link", "input", "img", "br", "hr", "circle", "rect", "line", "path", "use"}
HEADINGS = {"h1", "h2", "h3", "h4"}
CONTROLS = {"input", "select", "textarea"}
UNLABELLED = {"hidden", "submit"}


class Page(HTMLParser):
    """A parsed page: its tags in order, its text, and what a strict policy would refuse."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        if self._open and self._open[-1] in {"script", "style"}:
            self.scripts.append(data)
        else:
            self.text += data

    def all(self, *names: str) -> list[dict[str, str | None]]:
        """Return the attributes of every tag with one of the names."""
        return [attributes for tag, attributes in self.tags if tag in names]

    @property
    def words(self) -> str:
        """The text with single blanks."""
        return " ".join(self.text.split())


def read(response) -> Page:
    """Parse the response and hold it to what every page promises."""
    page = Page(response.content.decode())
    for rule in (has_a_frame, obeys_the_policy, can_be_read_aloud, asks_no_other_host):
        rule(page)
    return page


def has_a_frame(page: Page) -> None:
    """Language, one title, one h1, the landmarks, a skip link that leads to the content."""
    assert page.all("html")[0]["lang"] == "en"
    assert len([tag for tag, _ in page.tags if tag == "h1"]) == 1
    assert len(page.all("main")) == 1
    assert page.all("header")
    assert page.all("footer")
    assert page.all("main")[0]["id"] == "main"
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert "· Claudeonomics" in page.words


def obeys_the_policy(page: Page) -> None:
    """No inline style, no inline script, no handler in an attribute."""
    assert not page.all("style")
    for tag, attributes in page.tags:
        assert "style" not in attributes, tag
        assert not [name for name in attributes if name.startswith("on")], tag
    for script in page.all("script"):
        assert script.get("src") or script.get("type") == "application/json"


def can_be_read_aloud(page: Page) -> None:
    """Headings in order, unique ids, a label for each control, references that lead somewhere."""
    levels = [int(tag[1]) for tag, _ in page.tags if tag in HEADINGS]
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), levels
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids)), sorted(ids)
    labels = {each.get("for") for each in page.all("label")}
    for control in page.all(*CONTROLS):
        if control.get("type") not in UNLABELLED:
            assert control.get("id") in labels or control.get("aria-label"), control
    for _, attributes in page.tags:
        for reference in (attributes.get("aria-labelledby") or "").split():
            assert reference in ids, reference
    for image in page.all("img"):
        assert "alt" in image
    for chart in page.all("svg"):
        assert chart.get("role") == "img" or chart.get("aria-hidden") == "true"


def asks_no_other_host(page: Page) -> None:
    """Every address is one of ours."""
    for _, attributes in page.tags:
        for name in ("href", "src", "action", "hx-get"):
            address = attributes.get(name) or ""
            assert "//" not in address, address
