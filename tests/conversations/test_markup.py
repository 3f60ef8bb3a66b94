"""Markdown of comments: looks like something, does nothing (T15, W14)."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brm.core.markup import mentions_in, readings, rendered

pytestmark = pytest.mark.once
VECTORS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<body onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<details open ontoggle=alert(1)>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<form action=//evil.example><button>x</button></form>",
    "<style>@import '//evil.example'</style>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<object data=//evil.example>",
    "<video src=//evil.example onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](vbscript:msgbox(1))",
    "[x](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "![x](https://evil.example/tracker.png)",
    "![x](javascript:alert(1))",
    '![x](x"onerror="alert(1))',
    '[x](https://example.com "onmouseover=alert(1)")',
    '[x][1]\n\n[1]: javascript:alert(1) "t"',
    "`<script>alert(1)</script>`",
    "```html\n<script>alert(1)</script>\n```",
    '``` " onmouseover=alert(1) x="\n```',
    "@lead<script>alert(1)</script>",
    "[x](//evil.example)",
]
ALLOWED = re.compile(
    r"</?(?:p|br|hr|strong|em|s|code|pre|blockquote|ul|li|h[3-6]|table|thead|tbody|tr|th|td)>"
    r"|<ol(?: start=\"\d+\")?>|</ol>|</a>|</span>|<span class=\"mention\">"
    r"|<a href=\"(?:https?://|mailto:)[^\"<>]*\" rel=\"noopener nofollow\">"
    r"|<a rel=\"noopener nofollow\">"
)


def is_inert(html):
    """Whether nothing but allowed tags is left."""
    return "<" not in ALLOWED.sub("", html)


@pytest.mark.parametrize("text", VECTORS)
def test_no_vector_survives(text):
    assert len(VECTORS) >= 29
    html = rendered(text, {"lead"})
    assert is_inert(html), html
    assert "<img" not in html


@given(st.text(st.sampled_from("<>&\"'`[]()!:/\\*_~#-|=@ \n\tajsvcript.x1"), max_size=120))
def test_whatever_is_written_is_inert(text):
    assert is_inert(rendered(text, {"a", "js"}))


def test_what_people_write_looks_so():
    assert rendered("**Yes** and *no*\nnext") == (
        "<p><strong>Yes</strong> and <em>no</em><br>\nnext</p>\n"
    )
    assert rendered("# Big") == "<h3>Big</h3>\n"
    assert rendered("[docs](https://example.com/a?b=1&c=2)") == (
        '<p><a href="https://example.com/a?b=1&amp;c=2" rel="noopener nofollow">docs</a></p>\n'
    )
    assert rendered("1 < 2 & 3") == "<p>1 &lt; 2 &amp; 3</p>\n"
    assert rendered("3. c\n4. d").startswith('<ol start="3">')
    assert "<table>" in rendered("|a|b|\n|-|-|\n|1|2|")


def test_a_picture_becomes_a_link():
    assert rendered("![plan](https://example.com/p.png)") == (
        '<p>!<a href="https://example.com/p.png" rel="noopener nofollow">plan</a></p>\n'
    )


@pytest.mark.parametrize(
    "text",
    ["[" * 9_999, "`" * 9_999, "*a " * 3_333, "> " * 5_000, "- " * 5_000, "![" * 5_000,
     "|a" * 3_000 + "\n" + "|-" * 2_000, "<" * 9_999, "[a](" * 2_500, "@a" * 5_000],
)  # fmt: skip
def test_the_longest_and_worst_texts_take_no_time(text):
    began = time.process_time()
    assert is_inert(rendered(text[:10_000]))
    mentions_in(text[:10_000])
    assert time.process_time() - began < 2


def test_mentions_are_found_outside_of_code_and_addresses():
    text = (
        "@mei.chen, ask @max+1 (not a@b.example). `@code` [@link](https://x.example)\n\n    @block"
    )
    assert mentions_in(text) == ["mei.chen", "max+1", "link"]
    assert mentions_in("@twice @twice") == ["twice"]
    assert readings("mei.") == ["mei.", "mei"]


def test_only_those_who_were_told_are_marked():
    html = rendered("@mei, @max. and @meier `@mei`", {"mei", "max"})
    assert html == (
        '<p><span class="mention">@mei</span>, <span class="mention">@max</span>. and @meier'
        " <code>@mei</code></p>\n"
    )
