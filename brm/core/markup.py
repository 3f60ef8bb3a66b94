"""Markdown as people write it in comments, made into HTML that can do nothing but look so.

Two walls: the parser passes no HTML through, and whatever comes out of it is cleaned by a strict
list. Nothing in it is loaded from anywhere: pictures become links.
"""

import re
from collections.abc import Collection
from functools import cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li"),
    *("h3", "h4", "h5", "h6", "a", "span", "table", "thead", "tbody", "tr", "th", "td"),
}
SCHEMES = {"http", "https", "mailto"}
REL = "noopener nofollow"
MENTION = re.compile(r"(?<![\w.@+-])@([\w.@+-]{1,150})")
ENDINGS = ".@+-"  # of a username as well as of a sentence
# A page has one first and one second heading; those of a comment stand below them.
HEADINGS = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True})
    parser.enable(["table", "strikethrough"]).disable("image")
    return parser


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=TAGS,
        clean_content_tags={"script", "style"},
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        allowed_classes={"span": {"mention"}},
        url_schemes=SCHEMES,
        url_relative="deny",
        link_rel=REL,
    )


def rendered(text: str, mentioned: Collection[str] = ()) -> str:
    """The HTML of a text; `@name` of those `mentioned` is marked."""
    tokens = _parser().parse(text)
    for token in tokens:
        token.tag = HEADINGS.get(token.tag, token.tag)
        if token.children:
            token.children = _marked(token.children, set(mentioned))
    html = _parser().renderer.render(tokens, _parser().options, {})
    return _cleaner().clean(html)


def mentions_in(text: str) -> list[str]:
    """What stands after `@` in a text outside of code, as written, each once, in order.

    A trailing `.`, `@`, `+` or `-` may belong to a name or to the sentence; see `readings`.
    """
    found = [
        match[1]
        for token in _parser().parse(text)
        for child in token.children or ()
        if child.type == "text"
        for match in MENTION.finditer(child.content)
    ]
    return list(dict.fromkeys(found))


def readings(written: str) -> list[str]:
    """The usernames that `@written` may mean, the longest first."""
    found = [written]
    while written and written[-1] in ENDINGS:
        written = written[:-1]
        found.append(written)
    return [name for name in found if name]


def _marked(children: list[Token], mentioned: set[str]) -> list[Token]:
    """Inline tokens, with a span around each mention of somebody."""
    found: list[Token] = []
    for child in children:
        if child.type == "text" and mentioned:
            found.extend(_split(child, mentioned))
        else:
            found.append(child)
    return found


def _split(token: Token, mentioned: set[str]) -> list[Token]:
    parts, position = [], 0
    for match in MENTION.finditer(token.content):
        name = next((one for one in readings(match[1]) if one in mentioned), None)
        if name is None:
            continue
        end = match.start() + 1 + len(name)
        parts += [
            _text(token.content[position : match.start()]),
            Token("mention_open", "span", 1, attrs={"class": "mention"}),
            _text(token.content[match.start() : end]),
            Token("mention_close", "span", -1),
        ]
        position = end
    return [*parts, _text(token.content[position:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)
