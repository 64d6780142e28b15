"""Texts that would run, or break out of where they stand, if a page showed them as they are. Our own, by what they try to end."""

HIT = "window.__hit=1"

ENDS = ["", "\"", "'", "\">", "'>", "-->", "</textarea>", "</title>", "</script>", "</style>", "\u0301\">", "]]>", "</option></select>",
        "</svg>", "\\\"", "&quot;>", "{{/page}}", "`"]

SCRIPTS = [
    f"<script>{HIT}</script>", f"<img src=x onerror={HIT}>", f"<svg onload={HIT}>", f"<body onpageshow={HIT}>",
    f"<details open ontoggle={HIT}>", f"<input autofocus onfocus={HIT}>", f" autofocus onfocus={HIT} x=", f" onmouseover={HIT} x=",
    f"<iframe srcdoc='<script>parent.{HIT[7:]}</script>'>", f"javascript:{HIT}", f"<a href=javascript:{HIT}>x</a>",
    f"<\u0301script>{HIT}</script>", f"<meta http-equiv=refresh content='0;url=javascript:{HIT}'>", "{{{frame}}}", "{{>icons}}",
    "<!--", f"<style onload={HIT}></style>", f"<video><source onerror={HIT}></video>",
]


def payloads(count=300):
    """Each end with each script, and a number, so that all differ."""
    texts = [end + script for script in SCRIPTS for end in ENDS]
    return [f"{texts[number * 7 % len(texts)]} {number}" for number in range(count)]
