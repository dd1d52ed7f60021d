# SPDX-License-Identifier: MIT
"""Pages about the C library, made from its headers, which are the manual: each declaration as it
stands there, the comment above it as text, and each name a link to where it is declared."""
import html
import re

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import CLexer

NAME = re.compile(r"\b(?:gemlet|GEMLET)_\w+")


def blocks(header):
    """(comment, code) of what empty lines part, without guards, includes and extern "C"."""
    body = re.sub(r"#ifdef __cplusplus\n.*?#endif\n", "", header, flags=re.S)
    body = re.sub(r"^#include .*\n|^#(?:ifndef|define) GEMLET_\w+_H\n", "", body, flags=re.M)
    body = re.sub(r"\n#endif\s*$", "\n", body)
    for block in re.split(r"\n\s*\n(?=\S)", body):
        comment, code = re.fullmatch(r"\s*(/\*.*?\*/)?(.*)", block, re.S).groups()
        if comment or code.strip():
            yield plain_text(comment or ""), code.strip()


def plain_text(comment):
    text = re.sub(r"^/\*|\*/$", "", comment)
    text = re.sub(r"^ *\* ?", "", text, flags=re.M)
    return text.replace("SPDX-License-Identifier: MIT\n", "").strip()


def declared_names(code):
    """What a block of code declares: its functions, or its macros, or its types."""
    for pattern in (
            r"^GEMLET_API [^(]*?\b(gemlet_\w+)\(",
            r"^static inline [^(]*?\b(gemlet_\w+)\(",
            r"^typedef [^;{]*\(\*(gemlet_\w+)\)",
            r"^\} (gemlet_\w+);|^typedef [^{;]*?\b(gemlet_\w+);",
            r"^ *# *define (GEMLET_\w+)",
    ):
        names = ["".join(found) for found in re.findall(pattern, code, re.M)]
        if names:
            return list(dict.fromkeys(names))
    return []


class Library:
    """headers: name (model.h) to text."""

    def __init__(self, headers):
        self.headers = headers
        self.place = {}  # of each name: page.html#anchor
        for header, text in headers.items():
            for _, code in blocks(text):
                declared = declared_names(code)
                for name in declared:
                    self.place[name] = f"{page_name(header)}.html#{name}"
                for name in re.findall(r"^ {4}(?:X\()?(GEMLET_\w+)", code, re.M) if declared else []:  # values
                    self.place.setdefault(name, f"{page_name(header)}.html#{declared[0]}")

    def page(self, header):
        """In Markdown with HTML inside."""
        title, first, parts = f"# gemlet/{header}\n\n", True, []
        for comment, code in blocks(self.headers[header]):
            names = declared_names(code)
            if names:
                others = "".join(f'<a id="{name}"></a>' for name in names[1:])
                parts.append(f"### {', '.join(names)} {others} {{: #{names[0]} }}\n")
            if code:
                parts.append(self.listing(code))
            parts.append(self.paragraphs(comment))
            if first:
                parts.append(f"```c\n#include <gemlet/{header}>\n```\n")
                first = False
        return title + "\n".join(parts)

    def listing(self, code):
        code = re.sub(r"^GEMLET_API ", "", code, flags=re.M)
        return self.linked(highlight(code, CLexer(), HtmlFormatter(cssclass="codehilite")))

    def paragraphs(self, comment):
        text = re.sub(r"`([^`]*)`", r"<code>\1</code>", html.escape(comment, quote=False))
        text = re.sub(r"\bdocs/([\w-]+)\.md\b", r'<a href="../\1.html">docs/\1.md</a>', text)
        return "".join(f"<p>{self.linked(part)}</p>\n" for part in re.split(r"\n\s*\n", text) if part)

    def linked(self, markup):
        def link(match):
            place = self.place.get(match.group())
            return f'<a href="{place}">{match.group()}</a>' if place else match.group()
        return NAME.sub(link, markup)

    def index(self, names):
        """names: the headers in the order of the list."""
        lines = ["# The C library\n", "The headers are the manual; these pages are made from them.\n"]
        for header in names:
            comment = next(blocks(self.headers[header]))[0].split("\n\n")[0].replace("\n", " ")
            lines.append(f"- [gemlet/{header}]({page_name(header)}.md): {html.escape(comment, quote=False)}")
        return "\n".join(lines) + "\n"


def page_name(header):
    return header.removesuffix(".in").removesuffix(".h")
