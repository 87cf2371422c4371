"""HTML by small parts. Every text is escaped; only what these functions made themselves goes in as it is."""

import base64
import html
from collections.abc import Iterable, Sequence


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(value: object) -> Markup:
    """`value` as HTML: escaped, unless it is Markup."""
    return value if isinstance(value, Markup) else Markup(html.escape(str(value)))


def join(parts: Iterable[object]) -> Markup:
    return Markup("\n".join(text(part) for part in parts))


def element(name: str, *content: object, css: str = "") -> Markup:
    """<name class=css>content</name>."""
    attribute = f' class="{html.escape(css)}"' if css else ""
    return Markup(f"<{name}{attribute}>{''.join(text(part) for part in content)}</{name}>")


def table(
    headings: Sequence[str], rows: Iterable[Sequence[object]], css: str = "", numbers: Sequence[int] = ()
) -> Markup:
    """A table; `numbers` are the columns that hold figures."""

    def cells(kind: str, row: Sequence[object]) -> Markup:
        made = (element(kind, cell, css="number" if at in numbers else "") for at, cell in enumerate(row))
        return element("tr", *made)

    body = join(cells("td", row) for row in rows)
    return element("table", element("thead", cells("th", headings)), element("tbody", body), css=css)


def facts(pairs: Iterable[tuple[str, object]]) -> Markup:
    """Names and values, those without a value left out."""
    known = ((name, value) for name, value in pairs if value not in ("", None))
    rows = (element("tr", element("th", name), element("td", value)) for name, value in known)
    return element("table", element("tbody", *rows), css="facts")


def figure(svg: str, caption: str) -> Markup:
    """A picture with what it shows in words, which is its alternative text too."""
    data = base64.b64encode(svg.encode()).decode()
    image = Markup(f'<img alt="{html.escape(caption)}" src="data:image/svg+xml;base64,{data}">')
    return element("figure", image, element("figcaption", caption))


YES, NO = element("span", "✓ yes", css="yes"), element("span", "✗ no", css="no")
UNKNOWN = element("span", "not measured", css="quiet")


def section(title: str, *content: object) -> Markup:
    """A section under its heading."""
    return element("section", element("h2", title), *content)


def picture(svg: str | None, caption: str) -> Markup:
    """A figure, or nothing where there is nothing to show."""
    return figure(svg, caption) if svg else Markup("")


def measured(value: float | None, digits: int) -> Markup:
    """A figure with its digits, or that there is none."""
    return UNKNOWN if value is None else text(f"{value:.{digits}f}")


def fingerprint(value: str) -> Markup | str:
    """A hash in small type."""
    return element("span", value, css="hash") if value else ""


def page(title: str, css: str, body: Markup) -> str:
    """A whole document that may load nothing from anywhere."""
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>\n{css}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )
